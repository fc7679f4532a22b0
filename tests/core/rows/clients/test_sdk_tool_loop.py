"""The official SDK in a stream and in a whole tool loop, over recorded data."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from conformance.probing.capability import Capability
from conformance.probing.verdict import Effect, Verdict, untested
from conformance.protocol.answer import Answer, Outcome
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.clients.sdk import stream, unfinished
from conformance.rows.clients.sdk_tool_loop import (
    TURNS,
    Loop,
    go_round,
    in_both_modes,
    uncallable,
    what_came_of,
    where_it_fails,
)
from conformance.rows.shared.missing import Missing
from tests.core.made_up import (
    RUN,
    STOP,
    block,
    close,
    delta,
    drive,
    end,
    exchange,
    message,
    refusal,
    start,
    streamed,
    text_stream,
)

NO, OOPS = refusal("no"), refusal("oops", 500)
USE = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}
CALL, DONE = exchange(message(content=[USE], stop_reason="tool_use")), exchange(message("It is sunny."))
CALL_STREAM = streamed(
    b"".join(
        [
            start(),
            block(0, "tool_use", id="toolu_1", name="get_weather"),
            delta(0, "input_json_delta", partial_json='{"city": '),
            delta(0, "input_json_delta", partial_json='"Oslo"}'),
            close(0),
            end("tool_use"),
            STOP,
        ]
    )
)
DONE_STREAM = streamed(text_stream("It is ", "sunny."))


def said(text: str, **fields: Any) -> Any:
    return SimpleNamespace(content=[SimpleNamespace(type="text", text=text)], **{"stop_reason": "end_turn", **fields})


@pytest.mark.parametrize(
    ("pieces", "given", "told"),
    [
        (["O", "K"], said("OK"), ""),
        (["O"], said("OK"), "the words of the SDK's stream are not those of its Message"),
        (["OK"], said("OK", stop_reason=None), "the SDK's stream ends without a stop_reason"),
        ([], said(""), "the SDK's stream holds no words"),
        ([], said("", stop_reason="max_tokens"), ""),
    ],
)
def test_what_a_user_of_the_stream_would_stumble_over_is_named(pieces: list[str], given: Any, told: str) -> None:
    assert unfinished(pieces, given) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param(streamed(text_stream("O", "K")), "", id="a stream"),
        pytest.param(exchange(message()), "the SDK raises AssertionError: no event of a message reaches it", id="JSON"),
        pytest.param(NO, "the SDK raises BadRequestError: HTTP 400: no", id="a refusal"),
        pytest.param(
            streamed(b"".join([start(), delta(0, text="O"), end(), STOP])),
            "the SDK raises IndexError: list index out of range",
            id="no block",
        ),
        pytest.param(streamed(text_stream("OK").removesuffix(STOP)), "", id="without an end, which the SDK survives"),
    ],
)
def test_a_stream_goes_through_the_accumulator(given: Exchange, told: str) -> None:
    (problem, _), roles = drive(stream(RUN, {}, 0), lambda role, asked: given)
    assert (problem, roles) == (told, ["the SDK's request 1"])


def loop_over(*answers: Exchange, streamed_: bool = False) -> tuple[Loop, list[Any]]:
    bodies: list[Any] = []

    def reply(role: str, asked: Request) -> Exchange:
        bodies.append(asked.json)
        return answers[len(bodies) - 1]

    return drive(go_round(RUN, {}, 0, streamed=streamed_), reply)[0], bodies


@pytest.mark.parametrize(("answers", "mode"), [([CALL, DONE], False), ([CALL_STREAM, DONE_STREAM], True)])
def test_a_whole_loop_sends_the_call_back_as_it_came_with_its_result(answers: list[Exchange], mode: bool) -> None:
    found, (first, second) = loop_over(*answers, streamed_=mode)
    assert (found.problem, found.runs, found.ended, found.turn) == ("", 1, True, 2)
    assert second["messages"][:1] == first["messages"]
    assert second["messages"][1] == {"role": "assistant", "content": [USE]}
    (given,) = second["messages"][2]["content"]
    assert (given["type"], given["tool_use_id"], "is_error" in given) == ("tool_result", "toolu_1", False)
    assert first["tools"] == second["tools"]


def test_a_tool_that_was_not_offered_is_answered_as_a_client_would() -> None:
    strange = exchange(message(content=[{**USE, "name": "x"}], stop_reason="tool_use"))
    found, (_, second) = loop_over(strange, DONE)
    assert (found.problem, found.ended) == ("", True)
    assert second["messages"][2]["content"][0]["is_error"] is True


def test_a_model_that_calls_for_ever_is_left_alone_in_time() -> None:
    found, bodies = loop_over(*[CALL] * TURNS)
    assert (found.problem, found.runs, found.ended, len(bodies)) == ("", TURNS, False, TURNS)


@pytest.mark.parametrize(
    ("answers", "turn", "told"),
    [
        ([NO], 1, "the SDK raises BadRequestError: HTTP 400: no"),
        ([CALL, OOPS], 2, "the SDK raises InternalServerError: HTTP 500: oops"),
        ([exchange(message(content=[USE]))], 1, "the loop ends before the tool is run: stop_reason is end_turn beside"),
        (
            [exchange(message(content=[USE], stop_reason=None))],
            1,
            "the loop ends before the tool is run: stop_reason is None",
        ),
        ([exchange(message(stop_reason="tool_use"))], 1, "stop_reason tool_use and no tool_use block"),
        ([exchange(b"<html>", headers={"content-type": "text/html"})], 1, "the SDK returns a str instead of a Message"),
        ([exchange(message(content=["x"]))], 1, "reading the SDK's Message fails: "),
    ],
)
def test_what_breaks_a_loop_is_named_with_its_turn(answers: list[Exchange], turn: int, told: str) -> None:
    found, _ = loop_over(*answers)
    assert (told in found.problem, found.turn, found.ended) == (True, turn, False)


@pytest.mark.parametrize(
    ("fields", "reason", "told"),
    [
        ({}, "tool_use", ""),
        ({"input": '{"ci'}, "max_tokens", ""),
        ({"id": None}, "tool_use", "the SDK's tool_use block has id None and name 'get_weather'"),
        ({"name": 5}, "tool_use", "the SDK's tool_use block has id 'toolu_1' and name 5"),
        ({"input": "{}"}, "tool_use", "the input of the SDK's tool_use block is str, not an object"),
    ],
)
def test_a_call_that_cannot_be_run_is_named(fields: dict[str, Any], reason: str, told: str) -> None:
    made = SimpleNamespace(stop_reason=reason, content=[SimpleNamespace(**{**USE, **fields})])
    assert uncallable(made) == told


ANSWER = Answer(outcome=Outcome.ANSWERED)
LEFT = Loop(problem="", answer=ANSWER, turn=1)
ENDLESS = Loop(problem="", answer=ANSWER, turn=4, runs=4)
ENDED = Loop(problem="", answer=ANSWER, turn=2, runs=1, ended=True)


@pytest.mark.parametrize(
    ("loops", "shown", "effect"),
    [
        ([LEFT, ENDED], 0, Effect.SEEN),
        ([LEFT, ENDLESS], 8, Effect.TOO_WEAK),
        ([LEFT] * 3, 8, Effect.ABSENT),
        ([LEFT] * 3, 4, Effect.TOO_WEAK),
        ([LEFT] * 3, 0, Effect.TOO_WEAK),
    ],
)
def test_what_came_of_loops_without_a_problem(loops: list[Loop], shown: int, effect: Effect) -> None:
    assert what_came_of(loops, Capability(shown=shown, tries=8)).effect is effect


def test_a_model_that_calls_for_ever_because_it_is_given_no_result_is_not_weak() -> None:
    found = what_came_of(
        [ENDLESS], Capability(shown=8, tries=8), Missing("the text beside a tool_result is not read", ())
    )
    assert (found.effect, found.note) == (
        Effect.CANNOT_TELL,
        "the model calls a tool again, 4 times in a row, but the text beside a tool_result is not read",
    )


WORKS = Verdict(status=Status.SUPPORTED)
FORM = Verdict(status=Status.PARTIAL, deviation=Deviation.ONE_FORM)
FAILS = Verdict(status=Status.BROKEN, note="why")
UNKNOWN = untested(Reason.RATE_LIMITED, "slow")


@pytest.mark.parametrize(
    ("plain", "streamed_", "due"),
    [
        (WORKS, WORKS, WORKS),
        (FORM, WORKS, FORM),
        (WORKS, FORM, FORM),
        (UNKNOWN, WORKS, UNKNOWN),
        (WORKS, UNKNOWN, Verdict(status=Status.SUPPORTED, note="with stream untested: slow")),
        (
            WORKS,
            FAILS,
            Verdict(
                status=Status.PARTIAL, deviation=Deviation.ONE_MODE, note="works with create only; with stream: why"
            ),
        ),
        (
            FAILS,
            WORKS,
            Verdict(
                status=Status.PARTIAL, deviation=Deviation.ONE_MODE, note="works with stream only; with create: why"
            ),
        ),
        (
            untested(Reason.CONTROL_REFUSED, "why"),
            WORKS,
            Verdict(
                status=Status.PARTIAL, deviation=Deviation.ONE_MODE, note="works with stream only; with create: why"
            ),
        ),
        (FAILS, FAILS, FAILS),
        (FAILS, UNKNOWN, FAILS),
    ],
)
def test_two_loops_come_to_one_verdict(plain: Verdict, streamed_: Verdict, due: Verdict) -> None:
    assert in_both_modes(plain, streamed_) == due


def test_a_loop_that_fails_here_and_there_meets_an_unstable_endpoint() -> None:
    first, second = (Loop(problem="x", answer=ANSWER, turn=turn) for turn in (1, 2))
    assert where_it_fails(FAILS, [second, second]).note == "in turn 2 of the loop: why"
    assert where_it_fails(FAILS, [first, second]).reason is Reason.UNSTABLE
    assert where_it_fails(WORKS, []) == WORKS


def test_the_row_asks_for_a_loop_in_each_mode_and_none_that_is_not_streamed_at_all() -> None:
    def reply(role: str, asked: Request) -> Exchange:
        first = len(asked.json["messages"]) == 1
        if asked.json.get("stream"):
            return CALL_STREAM if first else DONE_STREAM
        return CALL if first else DONE

    row = BY_ID["clients.sdk.tool_loop"].probe
    assert drive(row(RUN), reply)[0] == WORKS
    unstreamed, _ = drive(row(RUN), lambda role, asked: reply(role, asked.without_fields("stream")))
    due = "works with create only; with stream: not even without the SDK: the answer is one JSON body"
    assert (unstreamed.status, unstreamed.deviation) == (Status.PARTIAL, Deviation.ONE_MODE)
    assert unstreamed.note.startswith(due)


def test_a_loop_is_tried_with_a_stream_that_breaks_its_grammar_and_not_with_a_500() -> None:
    def judged(stream: Exchange) -> Verdict:
        def reply(role: str, asked: Request) -> Exchange:
            if asked.json.get("stream"):
                return stream
            return CALL if len(asked.json["messages"]) == 1 else DONE

        return drive(BY_ID["clients.sdk.tool_loop"].probe(RUN), reply)[0]

    lost = judged(streamed(start() + end("tool_use") + STOP))
    assert (lost.status, lost.deviation) == (Status.PARTIAL, Deviation.ONE_MODE)
    assert "the SDK's Message has stop_reason tool_use and no tool_use block" in lost.note
    failed = judged(refusal("no", 500, "api_error"))
    assert (failed.status, failed.deviation) == (Status.PARTIAL, Deviation.ONE_MODE)
