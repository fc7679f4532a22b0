"""The tables of strict and of deferred tools, and the call that must stay what it is beside an option."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.capability import Capability
from conformance.probing.verdict import Effect
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import PROBES
from conformance.rows.tools.defer_loading import SearchOutcome, judge_deferral
from conformance.rows.tools.options import judge_strict, right_call
from tests.core.made_up import RUN, called, drive, exchange, message, refusal


@pytest.mark.parametrize(
    ("free", "held", "effect"),
    [
        pytest.param("xxxx", "oooo", Effect.SEEN, id="held, and not by itself"),
        pytest.param("xxxx", "ooox", Effect.ABSENT, id="broken once"),
        pytest.param("oooo", "x", Effect.ABSENT, id="broken, and kept without strict"),
        pytest.param("oooo", "oooo", Effect.CANNOT_TELL, id="kept by itself"),
        pytest.param("xxxo", "oooo", Effect.CANNOT_TELL, id="kept once by itself"),
        pytest.param("xxx", "oooo", Effect.TOO_WEAK, id="not always called without strict"),
        pytest.param("xxxx", "ooo", Effect.TOO_WEAK, id="not always called with strict"),
        pytest.param("xxxx", "", Effect.TOO_WEAK, id="never called with strict, in few tries"),
        pytest.param("xxxxxxxx", "", Effect.ABSENT, id="never called with strict"),
        pytest.param("", "", Effect.TOO_WEAK, id="never called"),
    ],
)
def test_strict_holds_where_the_model_would_not(free: str, held: str, effect: Effect) -> None:
    # x breaks the schema, o keeps to it.
    finding = judge_strict(free=[each == "x" for each in free], held=[each == "x" for each in held])
    assert finding.effect is effect


STEADY, UNSTEADY, NEVER = (Capability(shown=shown, tries=8, what="calls it") for shown in (8, 4, 0))
UNASKED = Capability(shown=0, tries=0, unanswered=8, what="calls it")
WHY = "after a tool_reference HTTP 400: no"
CALLED, LOST, UNKNOWN = SearchOutcome(True), SearchOutcome(False, WHY), SearchOutcome(None, WHY)


@pytest.mark.parametrize(
    ("early", "saved", "found", "capability", "effect", "deviation"),
    [
        pytest.param(True, 200, CALLED, STEADY, Effect.ABSENT, None, id="called early"),
        pytest.param(True, None, LOST, NEVER, Effect.ABSENT, None, id="called early, nothing else is known"),
        pytest.param(False, 0, CALLED, STEADY, Effect.CANNOT_TELL, None, id="no shorter"),
        pytest.param(False, 59, CALLED, STEADY, Effect.CANNOT_TELL, None, id="hardly shorter"),
        pytest.param(False, 60, CALLED, NEVER, Effect.SEEN, None, id="shorter, and brought in"),
        pytest.param(False, None, CALLED, STEADY, Effect.SEEN, None, id="not counted, and brought in"),
        pytest.param(False, None, CALLED, UNSTEADY, Effect.TOO_WEAK, None, id="not counted, called now and then"),
        pytest.param(False, 60, LOST, STEADY, Effect.SEEN, Deviation.INCOMPLETE, id="shorter, never brought in"),
        pytest.param(False, None, LOST, STEADY, Effect.SEEN, Deviation.INCOMPLETE, id="not counted, never brought in"),
        pytest.param(False, 60, LOST, UNSTEADY, Effect.TOO_WEAK, None, id="never brought in, called now and then"),
        pytest.param(False, 60, LOST, NEVER, Effect.TOO_WEAK, None, id="never brought in, never called"),
        pytest.param(False, 60, LOST, UNASKED, Effect.CANNOT_TELL, None, id="never brought in, not answered"),
        pytest.param(False, 60, UNKNOWN, STEADY, Effect.CANNOT_TELL, None, id="shorter, and no search is answered"),
        pytest.param(False, 60, UNKNOWN, NEVER, Effect.TOO_WEAK, None, id="no search is answered, never called"),
    ],
)
def test_a_deferred_tool_is_out_until_it_is_found(
    early: bool,
    saved: int | None,
    found: SearchOutcome,
    capability: Capability,
    effect: Effect,
    deviation: Deviation | None,
) -> None:
    finding = judge_deferral(early, saved, found, capability)
    assert (finding.effect, finding.deviation) == (effect, deviation)
    assert deviation is None or WHY in finding.note


def weather(given: Any, name: str = "get_weather") -> dict[str, Any]:
    return message(content=[{"type": "tool_use", "id": "t", "name": name, "input": given}])


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (weather({"city": "Oslo"}), True),
        (weather({}), False),
        (weather('{"city": "Oslo"}'), False),
        (weather({"city": "Oslo"}, "custom"), False),
        (message(), False),
    ],
)
def test_a_call_stays_what_it_is(answer: dict[str, Any], seen: bool) -> None:
    assert right_call(answer).seen is seen


GOOD, BAD = exchange(weather({"city": "Oslo"})), exchange(called("get_weather"))


@pytest.mark.parametrize(
    ("plain", "typed", "status", "reason"),
    [
        pytest.param(GOOD, GOOD, Status.SUPPORTED, None, id="as without the type"),
        pytest.param(GOOD, BAD, Status.IGNORED, None, id="called without its input"),
        pytest.param(GOOD, exchange(message()), Status.IGNORED, None, id="lost"),
        pytest.param(GOOD, refusal(), Status.REJECTED, None, id="refused"),
        pytest.param(exchange(message()), exchange(message()), Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="weak"),
        pytest.param(refusal(), refusal(), Status.UNTESTED, Reason.CONTROL_REFUSED, id="no tool is taken"),
    ],
)
def test_a_custom_tool_is_judged_by_what_it_is_without_its_type(
    plain: Exchange, typed: Exchange, status: Status, reason: Reason | None
) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        return typed if "type" in asked.json["tools"][0] else plain

    verdict, _ = drive(PROBES["tools.type_custom"](RUN), reply)
    assert (verdict.status, verdict.reason) == (status, reason)
