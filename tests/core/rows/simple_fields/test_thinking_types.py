"""How thinking is asked for: what counts as silence, as omitted, and what is said where nothing is thought."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.simple_fields.thinking_types import look_at_silence, look_at_summary, omits
from tests.core.made_up import RUN, drive, exchange, message, refusal

SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
EMPTY = {**SIGNED, "thinking": ""}
UNSIGNED = {**EMPTY, "signature": ""}
WORDS = {"type": "text", "text": "54"}
SPENT = {"input_tokens": 9, "output_tokens": 30, "output_tokens_details": {"thinking_tokens": 21}}


def thought(block: Any, **fields: Any) -> dict[str, Any]:
    return message(content=[block, WORDS], **fields)


@pytest.mark.parametrize(
    ("given", "seen", "deviation"),
    [
        pytest.param(message("54"), True, None, id="words alone"),
        pytest.param(thought(SIGNED), False, None, id="a block"),
        pytest.param(thought(EMPTY), False, None, id="a block without its text"),
        pytest.param(thought({"type": "redacted_thinking", "data": "x"}), False, None, id="a redacted block"),
        pytest.param(message("<think>Hm.</think>54"), False, None, id="in the text"),
        pytest.param(message("54", usage=SPENT), True, Deviation.INCOMPLETE, id="counted"),
        pytest.param(
            message("54", usage={**SPENT, "output_tokens_details": {"thinking_tokens": 0}}), True, None, id="0"
        ),
        pytest.param(message("54", usage={**SPENT, "output_tokens_details": None}), True, None, id="null"),
    ],
)
def test_silence_is_no_thinking_in_any_place(given: Any, seen: bool, deviation: Deviation | None) -> None:
    detection = look_at_silence(given)
    assert (detection.seen, detection.deviation) == (seen, deviation)


@pytest.mark.parametrize(
    ("shown", "given", "seen", "deviation"),
    [
        pytest.param(SIGNED, thought(EMPTY), True, None, id="empty"),
        pytest.param(SIGNED, thought({"type": "thinking", "signature": "s"}), True, None, id="no text at all"),
        pytest.param(SIGNED, thought(SIGNED), False, None, id="shown"),
        pytest.param(SIGNED, message("54"), True, Deviation.INCOMPLETE, id="no block"),
        pytest.param(SIGNED, thought(UNSIGNED), True, Deviation.UNSIGNED, id="unsigned"),
        pytest.param({**SIGNED, "signature": ""}, thought(UNSIGNED), True, None, id="never signed"),
    ],
)
def test_omitted_thinking_is_a_signed_block_without_text(
    shown: Any, given: Any, seen: bool, deviation: Deviation | None
) -> None:
    detection = omits(thought(shown))(given)
    assert (detection.seen, detection.deviation) == (seen, deviation)


def test_a_summary_is_a_block_with_text() -> None:
    assert [look_at_summary(each).seen for each in (thought(SIGNED), thought(EMPTY), message("54"))] == [1, 0, 0]


def judged(kind: str, *, enabled: Any, adaptive: Any, other: Exchange, bare: Any = None, off: Any = None) -> Verdict:
    """What a row comes to, by how each type of thinking is met."""
    plain = message("54")

    def reply(role: str, asked: Request) -> Exchange:
        thinking = asked.json.get("thinking")
        if thinking is None:
            return exchange(bare or plain)
        answers = {"enabled": enabled, "adaptive": adaptive, "disabled": off or plain}
        found = answers.get(thinking["type"], other)
        return found if isinstance(found, Exchange) else exchange(found)

    return drive(BY_ID[f"fields.thinking.{kind}"].probe(RUN), reply)[0]


ON, OFF = thought(SIGNED), message("54")
OOPS, NO, OK = refusal("oops", 500), refusal("thinking.type: unknown"), exchange(message())


@pytest.mark.parametrize(
    ("adaptive", "enabled", "other", "status", "reason", "note"),
    [
        (ON, ON, OK, Status.SUPPORTED, None, ""),
        (OFF, ON, NO, Status.ACCEPTED, None, "validated only"),
        (OFF, OFF, NO, Status.ACCEPTED, None, "validated only"),
        (OFF, ON, OOPS, Status.ACCEPTED, None, "validated only: a type that does not exist is not taken, but without"),
        (OFF, ON, refusal("slow", 429), Status.UNTESTED, Reason.CANNOT_TELL, "neither an answer nor a refusal"),
        (OFF, ON, OK, Status.IGNORED, None, "though one comes with thinking enabled"),
        (OFF, OFF, OK, Status.UNTESTED, Reason.PREREQUISITE_REFUSED, "nor does one with thinking enabled"),
        (OFF, NO, OK, Status.UNTESTED, Reason.PREREQUISITE_REFUSED, "nor does one with thinking enabled"),
        (OFF, OOPS, OK, Status.UNTESTED, Reason.CANNOT_TELL, "with thinking enabled: HTTP 500"),
        (NO, ON, OK, Status.REJECTED, None, "thinking.type: unknown"),
    ],
)
def test_adaptive_thinking_that_does_not_come_is_explained(
    adaptive: Any, enabled: Any, other: Exchange, status: Status, reason: Reason | None, note: str
) -> None:
    verdict = judged("adaptive", enabled=enabled, adaptive=adaptive, other=other)
    assert (verdict.status, verdict.reason) == (status, reason)
    assert note in verdict.note


@pytest.mark.parametrize(
    ("bare", "off", "enabled", "other", "status", "reason"),
    [
        (ON, OFF, ON, OK, Status.SUPPORTED, None),
        (OFF, OFF, ON, OK, Status.SUPPORTED, None),
        (ON, ON, ON, OK, Status.IGNORED, None),
        (OFF, OFF, OFF, NO, Status.ACCEPTED, None),
        (OFF, OFF, OFF, OOPS, Status.ACCEPTED, None),
        (OFF, OFF, OFF, refusal("slow", 429), Status.UNTESTED, Reason.CANNOT_TELL),
        (OFF, OFF, OFF, OK, Status.UNTESTED, Reason.PREREQUISITE_REFUSED),
        (OFF, OFF, NO, OK, Status.UNTESTED, Reason.PREREQUISITE_REFUSED),
        (OFF, OFF, OOPS, OK, Status.UNTESTED, Reason.CANNOT_TELL),
        (OFF, NO, ON, OK, Status.REJECTED, None),
    ],
)
def test_silence_counts_where_there_is_something_to_be_silenced(
    bare: Any, off: Any, enabled: Any, other: Exchange, status: Status, reason: Reason | None
) -> None:
    verdict = judged("disabled", enabled=enabled, adaptive=OFF, other=other, bare=bare, off=off)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_nothing_can_be_displayed_where_nothing_is_thought() -> None:
    missing, limited = Reason.PREREQUISITE_REFUSED, refusal("Slow down", 429)
    for enabled, reason in ((OFF, missing), (NO, missing), (limited, Reason.RATE_LIMITED)):
        verdict = judged("display", enabled=enabled, adaptive=OFF, other=OK)
        assert (verdict.status, verdict.reason) == (Status.UNTESTED, reason)


def test_adaptive_thinking_is_displayed_where_no_other_type_is_taken() -> None:
    def reply(role: str, asked: Request) -> Exchange:
        thinking = asked.json["thinking"]
        if thinking["type"] == "enabled":
            return NO
        return exchange(thought(EMPTY if thinking.get("display") == "omitted" else SIGNED))

    verdict, _ = drive(BY_ID["fields.thinking.display"].probe(RUN), reply)
    assert verdict.status is Status.SUPPORTED
