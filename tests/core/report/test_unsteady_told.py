"""A run in which requests fail by chance says so where it is read."""

from __future__ import annotations

from conformance.report import markdown, terminal
from conformance.report.matrix import schema
from tests.core.matrices import matrix, row

NOTE = "23 of 290 requests (8 %) failed in ways that come and go"


def test_the_share_of_failures_is_said_at_the_top() -> None:
    built = matrix(row("stream.order"), unsteady=NOTE)
    assert f"**Unsteady: {NOTE}.**" in markdown.page(built).splitlines()[2]
    assert next(iter(terminal.lines(built)))[0] == f"unsteady: {NOTE}"


def test_a_steady_run_says_nothing_of_it() -> None:
    built = matrix(row("stream.order"))
    assert "nsteady" not in markdown.page(built)
    assert not any("unsteady" in line for line, _ in terminal.lines(built))
    assert "unsteady" not in schema()["properties"]["run"]["required"]
