"""The cases: one a row, its id the row's id. What a row asks and how it is decided stands in `rows/`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.probing.row import Row
from conformance.rows import rows_of

Judged = Callable[[Row], None]


def each(table: str) -> pytest.MarkDecorator:
    rows = rows_of(table)
    return pytest.mark.parametrize("row", rows, ids=[row.id for row in rows])


@each("headers")
def test_headers(row: Row, judged: Judged) -> None:
    judged(row)


@each("simple_fields")
def test_simple_fields(row: Row, judged: Judged) -> None:
    judged(row)


@each("tools")
def test_tools(row: Row, judged: Judged) -> None:
    judged(row)


@each("tool_choice")
def test_tool_choice(row: Row, judged: Judged) -> None:
    judged(row)


@each("messages")
def test_messages(row: Row, judged: Judged) -> None:
    judged(row)


@each("content")
def test_content(row: Row, judged: Judged) -> None:
    judged(row)


@each("response")
def test_response(row: Row, judged: Judged) -> None:
    judged(row)


@each("stream")
def test_stream(row: Row, judged: Judged) -> None:
    judged(row)


@each("errors")
def test_errors(row: Row, judged: Judged) -> None:
    judged(row)


@each("replay")
def test_replay(row: Row, judged: Judged) -> None:
    judged(row)


@each("endpoints")
def test_endpoints(row: Row, judged: Judged) -> None:
    judged(row)


@each("clients")
def test_clients(row: Row, judged: Judged) -> None:
    judged(row)
