"""Lies about the rows of `endpoints`."""

from __future__ import annotations

from conformance.lies import beta_query, catalogue, counting, stores
from conformance.lies.lie import Lie

LIES: list[Lie] = [*counting.LIES, *catalogue.LIES, *stores.LIES, *beta_query.LIES]
