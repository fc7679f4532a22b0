"""Answers gathered for the rules of the wire: both modes, tries, and a second showing of what is broken."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.capability import FIRST_TRIES
from conformance.probing.run import Dialect, Run
from conformance.probing.verdict import Verdict, Violation
from conformance.protocol.answer import calls
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.shared.sampled_answers import (
    SECOND_SHOWING,
    Given,
    gather,
    gather_calls,
    gather_until,
    hold_to,
    in_both_modes,
)
from tests.core.made_up import RUN, called, drive, end, exchange, message, refusal, request, start, streamed

STREAMED_ONLY = Run(seed=7, model="m", dialect=Dialect(streamed=True))
OK, NO, OOPS = exchange(message()), refusal("no"), refusal("oops", 500)


def rules(found: list[Violation]) -> list[str]:
    return [violation.rule for violation in found]


def bad(each: Given) -> list[Violation]:
    return [Violation(rule="bad")] if each.message["id"] == "bad" else []


BAD, GOOD = message(id="bad"), message(id="good")


@pytest.mark.parametrize(
    ("shown", "again", "rule", "deviation", "asked"),
    [
        pytest.param([GOOD, GOOD], [], "", None, 0, id="kept"),
        pytest.param([BAD, BAD], [], "a: bad", None, 0, id="in two answers"),
        pytest.param([BAD, GOOD], [BAD, GOOD], "a: bad", None, 2, id="shown again"),
        pytest.param(
            [BAD, GOOD],
            [GOOD, GOOD],
            "in 1 of 3 answers to the same request: a: bad",
            Deviation.UNSTEADY,
            2,
            id="never again",
        ),
    ],
)
def test_a_violation_must_be_shown_twice(
    shown: list[Any], again: list[Any], rule: str, deviation: Deviation | None, asked: int
) -> None:
    answers = [Given(role=role, request=request(), message=each) for role, each in zip("ab", shown, strict=True)]
    attempts: list[int] = []

    def reply(role: str, asked: Request) -> Exchange:
        attempts.append(asked.attempt)
        return exchange(again[asked.attempt - SECOND_SHOWING])

    found, roles = drive(hold_to(bad, answers), reply)
    assert (rules(found)[:1], len(roles)) == ([rule] if rule else [], asked)
    assert [each.deviation for each in found[:1]] == ([deviation] if rule else [])
    assert attempts == [SECOND_SHOWING, SECOND_SHOWING + 1][:asked]


def test_a_doubt_needs_no_second_showing() -> None:
    doubt = Violation(rule="odd", deviation=Deviation.IMPLAUSIBLE)
    found, roles = drive(
        hold_to(lambda each: [doubt], [Given(role="one call", request=request(), message=GOOD)]), lambda role, asked: OK
    )
    assert (rules(found), roles) == (["one call: odd"], [])


def test_both_modes_are_asked_where_the_endpoint_has_both() -> None:
    asked = in_both_modes(RUN, {"a": RUN.message("hi")})
    assert {role: each.json.get("stream") for role, each in asked.items()} == {"a": None, "a, streamed": True}
    only = in_both_modes(STREAMED_ONLY, {"a": STREAMED_ONLY.message("hi")})
    assert {role: each.json.get("stream") for role, each in only.items()} == {"a": True}


def test_what_is_not_answered_is_left_out_and_the_flaw_of_a_stream_is_kept() -> None:
    unended = streamed(b"".join([start(), end()]))
    replies = {"a": OK, "b": NO, "c": OOPS, "d": unended}
    found, _ = drive(gather({role: request() for role in replies}), lambda role, asked: replies[role])
    assert [(each.role, each.flaw) for each in found] == [("a", ""), ("d", "the stream ends without message_stop")]


def test_what_does_not_show_is_asked_again_so_often_and_all_answers_are_kept() -> None:
    shown = exchange(called("x"))
    replies = {"a": [OK, OK, shown], "b": [shown], "c": [OK] * 4}

    def reply(role: str, asked: Request) -> Exchange:
        return replies[role[0]][asked.attempt]

    found, roles = drive(gather_until({role: request() for role in replies}, lambda m: bool(calls(m)), 4), reply)
    assert roles == ["a", "b", "c", "a, try 2", "c, try 2", "a, try 3", "c, try 3", "c, try 4"]
    assert len(found) == len(roles)


def scene(role: str, asked: Request, ask_capability: bool, forced: bool) -> Exchange:
    """What a model answers that calls when asked to, or only where it is forced."""
    calling = ask_capability or (forced and "tool_choice" in asked.json)
    return exchange(called(asked.json["tools"][0]["name"])) if calling else OK


@pytest.mark.parametrize(("ask_capability", "forced"), [(True, True), (False, True)])
def test_a_model_that_never_calls_when_asked_is_forced(ask_capability: bool, forced: bool) -> None:
    calling, roles = drive(gather_calls(RUN), lambda role, asked: scene(role, asked, ask_capability, forced))
    assert calling.verdict is None
    assert all(calls(each.message) for each in calling.given)
    assert {each.role for each in calling.given} == set(roles[8 if ask_capability else 8 + FIRST_TRIES :])
    assert {bool(each.request.json.get("tool_choice")) for each in calling.given} == {not ask_capability}


def test_without_any_call_nothing_is_known_and_why() -> None:
    weak, _ = drive(gather_calls(RUN), lambda role, asked: scene(role, asked, False, False))
    assert weak.verdict == Verdict(
        status=Status.UNTESTED, reason=Reason.MODEL_TOO_WEAK, note="no answer of this run calls a tool"
    )
    assert len(weak.given) == 18
    refused, _ = drive(gather_calls(RUN), lambda role, asked: NO)
    assert refused.verdict is not None
    assert (refused.verdict.reason, refused.verdict.note, refused.given) == (
        Reason.CONTROL_REFUSED,
        "one call is not answered: HTTP 400: no",
        [],
    )
