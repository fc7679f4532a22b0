"""The figures that a plan is made from are those of the rows as they are."""

from __future__ import annotations

from conformance.plan import plan
from conformance.rows import ROWS
from tests.bench.spending import spent_where_half_is_refused
from tests.plan_figures import FILE, dump, walked


def test_the_figures_are_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == dump(walked()), "python -m tests.plan_figures makes them anew"


def test_every_row_is_in_the_plan() -> None:
    assert plan([row.id for row in ROWS]).unknown == []


def test_what_needs_long_prompts_is_caching_and_claude_code() -> None:
    """By the figures alone: the others do with short prompts."""
    apart = [row.id for row in ROWS if plan([row.id]).apart_rows]
    assert apart
    for row in apart:
        assert "cache" in row or row.startswith("clients.claude_code."), row


def test_the_endpoint_that_refuses_half_refuses_half() -> None:
    """The benchmark's: what is refused there is refused of the row itself, and hardly of others with it."""
    refused = spent_where_half_is_refused().refused
    assert 0.9 <= refused / (len(ROWS) // 2) <= 1.1
