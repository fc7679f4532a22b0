"""The other endpoints of the API."""

from __future__ import annotations

from conformance.probing.row import Table
from conformance.rows.beta_query import add_beta_query
from conformance.rows.catalogue import add_models
from conformance.rows.counting import add_count_tokens
from conformance.rows.stores import add_batches, add_files

TABLE = Table("endpoints")

add_count_tokens(TABLE)
add_models(TABLE)
add_batches(TABLE)
add_files(TABLE)
add_beta_query(TABLE)
