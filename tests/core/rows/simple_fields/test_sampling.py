"""Rows of sampling: how many answers they take, and what they make of them."""

from __future__ import annotations

import pytest

from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Status
from conformance.rows import BY_ID
from tests.core.made_up import RUN, drive, exchange, message

LIKELIEST = "11112222333344445555"
FIELDS = ("temperature", "top_p", "top_k")
WIDE: dict[str, tuple[float, ...]] = {"temperature": (1, 1.5), "top_p": (), "top_k": ()}
"""The values that narrow nothing."""


def number(seed: int) -> str:
    return str(10**19 + 7 * seed)


def walked(row: str, ignored: set[str], *, single: int | None = None) -> tuple[Status, list[str]]:
    """The status of a row on an endpoint whose model answers otherwise each time, but for what narrows it, unless it is
    `ignored`; and the questions asked with such a field. `single`: only so many narrowed answers are alike."""
    seen: dict[str, int] = {}

    def reply(role: str, asked: Request) -> Exchange:
        body = asked.json
        narrow = [name for name in FIELDS if name not in ignored and body.get(name) not in (None, *WIDE[name])]
        seen.setdefault(asked.identity, len(seen))
        late = single is not None and asked.attempt >= single
        return exchange(message(LIKELIEST if narrow and not late else number(seen[asked.identity])), asked=asked)

    verdict, _ = drive(BY_ID[row].probe(RUN), reply)
    asked = [key for key in seen if any(f'\\"{name}\\":' in key for name in FIELDS)]
    return verdict.status, asked


@pytest.mark.parametrize(
    ("row", "tries"),
    [
        # Two with the field, one with another that narrows; temperature asks 1.5 as well, with_top_p two controls.
        ("fields.temperature", 2 + 1 + 1),
        ("fields.top_k", 2 + 1),
        ("fields.top_p", 2 + 1),
        ("fields.temperature.with_top_p", 2 + 1 + 2),
    ],
)
def test_two_answers_are_enough_where_they_are_the_likeliest(row: str, tries: int) -> None:
    status, asked = walked(row, set())
    assert status is Status.SUPPORTED
    assert len(asked) == tries


@pytest.mark.parametrize(
    ("row", "ignored"),
    [
        ("fields.temperature", {"temperature"}),
        ("fields.top_k", {"top_k"}),
        ("fields.top_p", {"top_p"}),
    ],
)
def test_a_field_that_is_not_heeded_is_ignored_whatever_the_others_do(row: str, ignored: set[str]) -> None:
    assert walked(row, ignored)[0] is Status.IGNORED


@pytest.mark.parametrize(
    ("row", "other"),
    [("fields.temperature", "top_p"), ("fields.top_k", "temperature"), ("fields.top_p", "temperature")],
)
def test_where_the_other_field_narrows_nothing_three_answers_are_asked_as_ever(row: str, other: str) -> None:
    status, asked = walked(row, {other})
    assert status is Status.SUPPORTED
    assert sum(f'\\"{row.removeprefix("fields.")}\\":' in key for key in asked) >= 3


def test_two_answers_that_differ_are_not_taken_for_narrowed() -> None:
    assert walked("fields.top_k", set(), single=1)[0] is not Status.SUPPORTED
