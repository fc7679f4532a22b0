"""The figures that a plan is made from are those of the rows as they are."""

from __future__ import annotations

from conformance.measure.plan import plan
from conformance.rows import ROWS
from tests.bench.spending import on_a_scripted_server, spent_where_half_is_refused, where_half_is_ignored
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


MOST_OVER_PLAN = 1.5


def test_an_endpoint_that_does_not_heed_half_is_asked_little_more_than_planned() -> None:
    over = where_half_is_ignored()
    assert 0.8 <= over.ignored / (len(ROWS) // 2) <= 1.1
    assert over.over_plan <= MOST_OVER_PLAN, f"{over.requests} requests"


def test_a_server_that_answers_by_a_script_is_asked_little_more_than_planned() -> None:
    """Of most rows nothing can be known there: they are not to cost more than those that can be."""
    over = on_a_scripted_server()
    assert over.untested >= len(ROWS) // 3
    assert over.over_plan <= MOST_OVER_PLAN, f"{over.requests} requests"
