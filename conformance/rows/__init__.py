"""All rows. A row is one entry in the file of its table; a new table is one line here."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.probing.row import Row, Table
from conformance.rows import (
    clients,
    content,
    endpoints,
    errors,
    headers,
    messages,
    replay,
    response,
    simple_fields,
    stream,
    tool_choice,
    tools,
)
from conformance.rows.needs import with_needs

TABLES: tuple[Table, ...] = (
    headers.TABLE,
    simple_fields.TABLE,
    tools.TABLE,
    tool_choice.TABLE,
    messages.TABLE,
    content.TABLE,
    response.TABLE,
    stream.TABLE,
    errors.TABLE,
    replay.TABLE,
    endpoints.TABLE,
    clients.TABLE,
)

ROWS: tuple[Row, ...] = tuple(
    with_needs(row, lambda basis: BY_ID[basis].probe) for table in TABLES for row in table.rows
)

BY_ID: dict[str, Row] = {row.id: row for row in ROWS}

if len(BY_ID) != len(ROWS):  # one id in two tables; within one, Table.row refuses it
    raise ValueError(f"a row id stands in two tables: {sorted(r.id for r in ROWS if BY_ID[r.id] is not r)}")


def rows_of(table: str) -> Sequence[Row]:
    """The rows of one table, in order."""
    return [row for row in ROWS if row.table == table]
