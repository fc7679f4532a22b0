"""Tools known by their type: what tells a call that knows it from a guess, and a header that they once needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.probing.contrast import Contrast, Message
from conformance.probing.detection import Detection
from conformance.probing.run import Conversation
from conformance.probing.verdict import Effect, Finding, Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.shared.betas import as_it_is, or_under_beta
from conformance.rows.shared.known_tools import Known, called_with, unguessed
from conformance.rows.tools.client_tools import BASH, BASH_TOLD, COMPUTER_TOLD, MEMORY_TOLD, member_of_toolset
from tests.core.made_up import RUN, answered, drive, exchange, message, refusal

TYPED = {"type": "bash_20250124", "name": "bash"}
KNOWN = Known(typed=TYPED, twin=BASH, prompt="Restart the shell.")


def call(name: str = "bash", given: Any = None, **fields: Any) -> dict[str, Any]:
    block = {"type": "tool_use", "id": "t", "name": name, "input": {} if given is None else given, **fields}
    return message(content=[block])


RESTART = call(given={"restart": True})


@pytest.mark.parametrize(
    ("given", "seen", "void", "deviation"),
    [
        pytest.param({"restart": True}, True, False, None, id="as the type has it"),
        pytest.param({"restart": True, "why": "x"}, True, False, Deviation.EXTRA_KEYS, id="a foreign key beside it"),
        pytest.param({"restart": "true"}, False, False, None, id="of another type"),
        pytest.param({"command": "exec bash"}, False, True, None, id="what anyone may guess"),
        pytest.param({"command": 5}, False, False, None, id="a guess of another type"),
        pytest.param({}, False, False, None, id="nothing"),
        pytest.param('{"restart": true}', False, False, None, id="text"),
        pytest.param(None, False, False, None, id="null"),
    ],
)
def test_a_call_is_told_by_its_input(given: Any, seen: bool, void: bool, deviation: Deviation | None) -> None:
    answer = message(content=[{"type": "tool_use", "id": "t", "name": "bash", "input": given}])
    detection = BASH_TOLD.detect("bash")(answer)
    assert (detection.seen, detection.void, detection.deviation) == (seen, void, deviation)
    assert seen or "bash is called with" in detection.missed


def test_a_right_input_under_another_name_is_renamed() -> None:
    detection = BASH_TOLD.detect("bash")(call("shell", {"restart": True}))
    assert (detection.deviation, detection.note) == (Deviation.RENAMED, "bash is called as shell")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (message("No."), "no tool is called"),
        (call(given={"a": 1, "b": 2}), "bash is called with a, b"),
        (call(), "bash is called with an empty input"),
        (call(name=""), "a tool without a name is called with an empty input"),
        (call(given=[1]), "bash is called with a list"),
    ],
)
def test_a_note_says_how_a_tool_was_called(answer: Message, words: str) -> None:
    assert called_with(answer) == words


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"command": "view", "path": "/memories"}, True),
        ({"command": "view", "path": "/memories/a.md"}, True),
        ({"command": "view", "path": "notes"}, False),
        ({"command": "recall", "path": "/memories"}, False),
        ({"query": "notes"}, False),
    ],
)
def test_the_place_of_memories_is_told_by_the_type(given: dict[str, Any], fits: bool) -> None:
    assert MEMORY_TOLD.detect("memory")(call("memory", given)).seen is fits


def test_a_click_has_its_place() -> None:
    detect = COMPUTER_TOLD.detect("computer")
    assert detect(call("computer", {"action": "left_click", "coordinate": [120, 240]})).seen
    other = detect(call("computer", {"action": "click", "x": 120, "y": 240}))
    assert (other.seen, other.void) == (False, True)


@pytest.mark.parametrize(
    ("answer", "seen", "deviation"),
    [
        (call("screenshot", toolset_name="computer"), True, None),
        (call("screenshot"), True, Deviation.UNREPORTED),
        (call("screenshot", toolset_name=""), True, Deviation.UNREPORTED),
        (call("computer"), False, None),
        (message("No."), False, None),
    ],
)
def test_a_member_says_its_toolset(answer: Message, seen: bool, deviation: Deviation | None) -> None:
    detection = member_of_toolset(answer)
    assert (detection.seen, detection.deviation) == (seen, deviation)


SEEN, ABSENT = Finding(effect=Effect.SEEN), Finding(effect=Effect.ABSENT, note="no tool is called")
WEAK = Finding(effect=Effect.TOO_WEAK)


@pytest.mark.parametrize(
    ("finding", "alone", "grown", "effect"),
    [
        pytest.param(SEEN, call(), 0, Effect.SEEN, id="seen, and not by the name alone"),
        pytest.param(SEEN, RESTART, 0, Effect.IN_CONTROL, id="seen, and guessed from the name"),
        pytest.param(SEEN, RESTART, 200, Effect.SEEN, id="guessed, but a definition is in the prompt"),
        pytest.param(SEEN, RESTART, None, Effect.IN_CONTROL, id="guessed, and the prompt is not counted"),
        pytest.param(SEEN, None, 0, Effect.CANNOT_TELL, id="seen, the name alone is refused"),
        pytest.param(SEEN, None, 200, Effect.SEEN, id="the name alone is refused, a definition is in the prompt"),
        pytest.param(ABSENT, call(), 0, Effect.ABSENT, id="absent"),
        pytest.param(ABSENT, call(), 200, Effect.CANNOT_TELL, id="absent, but a definition is in the prompt"),
        pytest.param(ABSENT, call(), None, Effect.ABSENT, id="absent, and the prompt is not counted"),
        pytest.param(WEAK, call(), 200, Effect.TOO_WEAK, id="too weak"),
    ],
)
def test_a_guess_is_told_from_knowledge(
    finding: Finding, alone: dict[str, Any] | None, grown: int | None, effect: Effect
) -> None:
    def counted(answer: dict[str, Any], tokens: int) -> dict[str, Any]:
        usage = {"input_tokens": 10 if grown is None else tokens, "output_tokens": 4}
        return {**answer, "usage": usage}

    def reply(role: str, asked: Request) -> Exchange:
        if role.startswith("its name alone"):
            return refusal() if alone is None else exchange(counted(alone, 100))
        return exchange(counted(message(), 90 if role == "a longer prompt" else 10))

    typed = answered(content=RESTART["content"], usage={"input_tokens": 100 + (grown or 0), "output_tokens": 4})
    twin = answered(usage={"input_tokens": 100, "output_tokens": 4})
    contrast = Contrast([twin], [typed], exchange())
    steps = unguessed(RUN, KNOWN, BASH_TOLD.detect("bash"), dress=as_it_is, contrast=contrast, finding=finding)
    assert drive(steps, reply)[0].effect is effect


def test_the_twin_alone_is_asked_without_what_stands_beside_the_type() -> None:
    known = Known(typed=TYPED, twin=BASH, prompt="x", beside=({"name": "other"},))
    assert [len(known.asked(RUN, tool).json["tools"]) for tool in (TYPED, BASH)] == [2, 1]


def said(status: Status, **fields: Any) -> Verdict:
    return Verdict(status=status, **fields)


REJECTED, SUPPORTED = said(Status.REJECTED, note="HTTP 400: no"), said(Status.SUPPORTED)
UNTESTED = said(Status.UNTESTED, reason=Reason.MODEL_TOO_WEAK, note="weak")


@pytest.mark.parametrize(
    ("without", "header", "under", "status", "code"),
    [
        pytest.param(SUPPORTED, True, REJECTED, Status.SUPPORTED, None, id="known without"),
        pytest.param(said(Status.IGNORED), True, SUPPORTED, Status.IGNORED, None, id="ignored without"),
        pytest.param(REJECTED, False, UNTESTED, Status.REJECTED, None, id="the header is refused"),
        pytest.param(REJECTED, True, SUPPORTED, Status.PARTIAL, Deviation.ONE_FORM, id="known with it"),
        pytest.param(REJECTED, True, said(Status.ACCEPTED), Status.PARTIAL, Deviation.ONE_FORM, id="accepted with it"),
        pytest.param(REJECTED, True, UNTESTED, Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="taken with it"),
        pytest.param(REJECTED, True, said(Status.IGNORED), Status.REJECTED, None, id="ignored with it"),
        pytest.param(REJECTED, True, said(Status.BROKEN), Status.REJECTED, None, id="broken with it"),
    ],
)
def test_what_is_refused_is_asked_once_more_under_its_former_beta(
    without: Verdict, header: bool, under: Verdict, status: Status, code: Reason | Deviation | None
) -> None:
    def probe(dress: Callable[[Request], Request]) -> Conversation[Verdict]:
        yield from ()
        dressed = "anthropic-beta" in dress(RUN.message("x")).headers
        return under if dressed else without

    def reply(role: str, asked: Request) -> Exchange:
        return exchange(message()) if header or "anthropic-beta" not in asked.headers else refusal()

    verdict, _ = drive(or_under_beta(RUN, "some-beta", probe), reply)
    assert (verdict.status, verdict.deviation or verdict.reason) == (status, code)
    assert status is not Status.PARTIAL or "anthropic-beta: some-beta" in verdict.note


def test_a_sight_of_nothing_says_so() -> None:
    assert BASH_TOLD.detect("bash")(message()) == Detection(seen=False, missed="no tool is called")
