"""Claude Code's turns: what is sent, with each part left out, and what is said where there is no second turn."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import PROBES
from conformance.rows.clients.claude_code_requests import PARTS, THE_CALL, THE_THINKING, errand, opening, report
from tests.core.made_up import RUN, block, close, delta, drive, end, exchange, message, refusal, start, streamed
from tests.core.made_up import STOP as LAST

TOOL_TURN = PROBES["clients.claude_code.tool_turn"]

THOUGHT: dict[str, Any] = {"type": "thinking", "thinking": "I read it.", "signature": "c2ln"}
CALL: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"file_path": "/tmp/notes.txt"}}
ANSWER = [THOUGHT, CALL]
CALLED = b"".join(
    [
        start(),
        block(0, "tool_use", id="toolu_1", name="Read"),
        delta(0, "input_json_delta", partial_json="{}"),
        close(0),
        end("tool_use"),
        LAST,
    ]
)
SAID = b"".join([start(), block(0), delta(0, text="No."), close(0), end(), LAST])


def markers(request: Request) -> int:
    return json.dumps(request.json).count('"cache_control"')


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_left_out_by_itself_of_both_turns(part: str) -> None:
    for whole, less in (
        (opening(RUN), opening(RUN, without=part)),
        (report(RUN, ANSWER), report(RUN, ANSWER, without=part)),
    ):
        assert less.identity != whole.identity
        changed = [key for key in whole.json if less.json.get(key) != whole.json[key]]
        assert len(changed) <= 1 or part == "cache_control"


def test_the_second_turn_replays_the_answer_as_it_came() -> None:
    first = errand(RUN)
    user, system, assistant, results = report(RUN, ANSWER).json["messages"]
    assert user["content"][1]["text"] == first.json["messages"][0]["content"][1]["text"]
    assert system["role"] == "system"
    assert assistant == {"role": "assistant", "content": ANSWER}
    (result,) = results["content"]
    assert (result["type"], result["tool_use_id"]) == ("tool_result", "toolu_1")
    assert report(RUN, ANSWER).path == "/v1/messages?beta=true"
    # Two in the system prompt, and one that moves with the last turn.
    assert markers(report(RUN, ANSWER)) == markers(first) == 3


def test_the_thinking_and_the_call_are_left_out_of_the_second_turn() -> None:
    def kinds(without: str) -> list[list[str]]:
        turns = report(RUN, ANSWER, without=without).json["messages"][2:]
        return [[each["type"] for each in turn["content"]] for turn in turns]

    assert kinds(THE_THINKING) == [["tool_use"], ["tool_result"]]
    assert kinds(THE_CALL) == [["text"], ["text"]]


def judged(*turns: bytes | Exchange, second: Exchange | None = None, calls: bool = True) -> Any:
    """The verdict where the tries of the first turn are met so, and other tool requests with a call or not."""

    def reply(role: str, asked: Request) -> Exchange:
        if "x-app" in asked.headers:
            if any(turn["role"] == "assistant" for turn in asked.json["messages"]):
                return second or streamed(SAID)
            turn = turns[min(asked.attempt, len(turns) - 1)]
            return streamed(turn) if isinstance(turn, bytes) else turn
        return exchange(message(content=[CALL]) if calls and "tools" in asked.json else message())

    return drive(TOOL_TURN(RUN), reply)


def test_the_second_turn_goes_on_from_the_first_call() -> None:
    verdict, roles = judged(SAID, CALLED)
    assert (verdict.status, verdict.note) == (Status.SUPPORTED, "there was no thinking to replay")
    assert len([role for role in roles if "request for a tool call" in role]) == 2


@pytest.mark.parametrize(
    ("turns", "calls", "reason"),
    [
        ([SAID], True, "model_too_weak"),
        ([SAID], False, "model_too_weak"),
        ([refusal("no", 400)], True, "prerequisite_refused"),
        ([refusal("slow", 429)], True, "rate_limited"),
    ],
)
def test_there_is_no_second_turn_without_a_call(turns: list[bytes | Exchange], calls: bool, reason: str) -> None:
    verdict, _ = judged(*turns, calls=calls)
    assert (verdict.status, verdict.reason.value) == (Status.UNTESTED, reason)


def test_a_first_turn_that_is_not_streamed_is_asked_for_without_a_stream() -> None:
    verdict, roles = judged(exchange(message(content=[CALL])))
    assert (verdict.status, verdict.note) == (Status.SUPPORTED, "there was no thinking to replay")
    assert "the same, without a stream" in roles


def test_a_second_turn_that_is_answered_without_a_stream_only_is_partial() -> None:
    verdict, _ = judged(CALLED, second=exchange(message(content=[CALL])))
    assert (verdict.status, verdict.deviation) == (Status.PARTIAL, Deviation.ONE_MODE)


def test_a_call_of_a_tool_that_it_does_not_have_is_no_call() -> None:
    verdict, _ = judged(CALLED.replace(b'"Read"', b'"read_file"'))
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.PREREQUISITE_REFUSED)
    assert "read_file" in verdict.note


def test_a_signature_that_is_refused_only_costs_the_thinking() -> None:
    thought = b"".join(
        [
            start(),
            block(0, "thinking", thinking="", signature=""),
            delta(0, "thinking_delta", thinking="Hm."),
            delta(0, "signature_delta", signature="c2ln"),
            close(0),
            block(1, "tool_use", id="toolu_1", name="Read"),
            delta(1, "input_json_delta", partial_json="{}"),
            close(1),
            end("tool_use"),
            LAST,
        ]
    )

    def reply(role: str, asked: Request) -> Exchange:
        replayed = json.dumps(asked.json.get("messages"))
        if "tool_result" in replayed and "signature" in replayed:
            return refusal("messages.2.content.0: Invalid `signature` in `thinking` block")
        if "x-app" not in asked.headers:
            return exchange(message())
        return streamed(SAID if "tool_result" in replayed else thought)

    verdict, _ = drive(TOOL_TURN(RUN), reply)
    assert (verdict.status, verdict.deviation) == (Status.PARTIAL, Deviation.INCOMPLETE)
    assert "leaves out" in verdict.note


def test_a_second_turn_that_is_refused_names_the_part() -> None:
    verdict, roles = judged(CALLED, second=refusal("no results"))
    assert verdict.status is Status.REJECTED
    assert verdict.note == "no single part is the cause: HTTP 400: no results"
    assert f"without {THE_CALL}" in roles
    assert f"without {THE_THINKING}" not in roles


NOTHING = b"".join([start(), end(), LAST])


def test_a_stream_that_holds_nothing_is_no_answer_to_the_first_request() -> None:
    def judged(first: bytes, again: bytes, bare: Exchange) -> Verdict:
        def reply(role: str, asked: Request) -> Exchange:
            return streamed(again if asked.attempt else first) if asked.json.get("stream") else bare

        return drive(PROBES["clients.claude_code.first_request"](RUN), reply)[0]

    empty = b"".join([start(), block(0), close(0), end(), LAST])
    for nothing in (NOTHING, empty):
        verdict = judged(nothing, nothing, exchange(message()))
        assert (verdict.status, verdict.note) == (
            Status.BROKEN,
            "the stream holds no content: no block, or text blocks without text",
        )
    assert judged(NOTHING, SAID, exchange(message())).status is Status.UNTESTED
    assert judged(SAID, SAID, exchange(message())).status is Status.SUPPORTED
