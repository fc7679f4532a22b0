"""Sending back what the endpoint emitted: every line of the table, and that it goes back as it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.probing.run import Dialect
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.rows.replay.own_turns import OwnTurns, Turn, answered_calls, calls_made, said_words
from tests.core.made_up import (
    RUN,
    STOP,
    ask_capability,
    block,
    called,
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

OK, NO, OOPS, LATER = exchange(message()), refusal(), refusal("oops", 500), refusal("slow down", 429)
LOCKED = refusal("bad key", 401)
CALL = exchange(called("get_weather"))
CALL_STREAM = streamed(
    b"".join([start(), block(0, "tool_use", id="t", name="get_weather"), close(0), end("tool_use"), STOP])
)
BROKEN_STREAM = streamed(start() + block(0) + delta(0, text="OK") + STOP)
MISSING = untested(Reason.MODEL_TOO_WEAK, "nothing is called")
TURN = Turn(what="one call", asks=RUN.message("Call it."), shows=calls_made(), main=True)

Reply = Callable[[str, Request], Exchange]


def asked_first(role: str) -> bool:
    return role in ("one call, unstreamed", "one call, streamed")


def walked(
    back: Reply,
    *,
    first: Exchange = CALL,
    first_streamed: Exchange = CALL_STREAM,
    turn: Turn = TURN,
    shown: int = 8,
    force: bool = False,
) -> tuple[Verdict, list[str]]:
    """`first` and `first_streamed` are answered to what asks for a call, `back` to everything after it; the model calls
    so often of eight."""

    def reply(role: str, asked: Request) -> Exchange:
        if asked_first(role):
            return first_streamed if asked.json.get("stream") else first
        return back(role, asked)

    return drive(
        OwnTurns(turns=[turn], ask_capability=ask_capability(shown), force=force, missing=MISSING).ask(RUN), reply
    )


def always(answer: Exchange, *, without: Exchange = OK) -> Reply:
    """What is sent back meets this answer, the conversation without it the other."""
    return lambda role, _: without if role.endswith("without it") else answer


@pytest.mark.parametrize(
    ("answer", "without", "status", "reason"),
    [
        pytest.param(OK, OK, Status.SUPPORTED, None, id="taken"),
        pytest.param(NO, OK, Status.BROKEN, None, id="refused twice"),
        pytest.param(OOPS, OK, Status.BROKEN, None, id="crashed over twice"),
        pytest.param(exchange({"error": "x"}), OK, Status.BROKEN, None, id="an error in a 200"),
        pytest.param(LOCKED, OK, Status.BROKEN, None, id="the key refused, but not without it"),
        pytest.param(NO, NO, Status.UNTESTED, Reason.CONTROL_REFUSED, id="refused without it as well"),
        pytest.param(OOPS, OOPS, Status.UNTESTED, Reason.CONTROL_REFUSED, id="crashed over without it as well"),
        pytest.param(LATER, OK, Status.UNTESTED, Reason.RATE_LIMITED, id="rate limited"),
    ],
)
def test_an_own_turn_is_taken_back_or_it_is_broken(
    answer: Exchange, without: Exchange, status: Status, reason: Reason | None
) -> None:
    verdict, _ = walked(always(answer, without=without))
    assert (verdict.status, verdict.reason) == (status, reason)


def test_a_refusal_is_told_with_which_turn_it_was_and_the_words_of_the_server() -> None:
    verdict, _ = walked(lambda role, _: NO if role == "one call, streamed, sent back" else OK)
    assert verdict.status is Status.BROKEN
    assert verdict.note == "its own turn is not taken back (one call, streamed): HTTP 400: no"


def test_one_bad_moment_is_no_refusal() -> None:
    verdict, _ = walked(lambda role, asked: OOPS if role.endswith("sent back") and not asked.attempt else OK)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.UNSTABLE)


def test_the_blocks_go_back_as_they_came_with_a_result_for_each() -> None:
    blocks = [
        {"type": "thinking", "thinking": "", "signature": "c2ln", "further": None},
        {"type": "text", "text": ""},
        {"type": "tool_use", "id": "a.b:1", "name": "x", "input": {"a": ["ü", {"b": None}]}, "caller": {"type": "y"}},
        {"type": "tool_use", "name": "x", "input": ""},
    ]
    sent: list[list[object]] = []

    def back(role: str, asked: Request) -> Exchange:
        sent.append(asked.json["messages"])
        return OK

    walked(back, first=exchange(message(content=blocks)))
    first, assistant, user = sent[0]
    assert first == {"role": "user", "content": "Call it."}
    assert assistant == {"role": "assistant", "content": blocks}
    assert isinstance(user, dict)
    assert [each["tool_use_id"] for each in user["content"]] == ["a.b:1", None]


def test_both_modes_are_asked_and_sent_back_in_their_own() -> None:
    modes: list[bool] = []

    def back(role: str, asked: Request) -> Exchange:
        modes.append(bool(asked.json.get("stream")))
        return OK

    _, roles = walked(back)
    assert modes == [False, True]
    assert roles[0] == "one call, unstreamed"


def test_where_every_request_is_streamed_nothing_else_is_asked() -> None:
    run = replace(RUN, dialect=Dialect(streamed=True))
    turn = replace(TURN, asks=run.message("Call it."))
    steps = OwnTurns(turns=[turn], ask_capability=ask_capability(8), missing=MISSING).ask(run)
    verdict, roles = drive(steps, lambda role, _: CALL_STREAM)
    assert verdict.status is Status.SUPPORTED
    assert {role.split(", ")[1] for role in roles} == {"streamed"}


@pytest.mark.parametrize(
    ("first", "first_streamed", "status", "reason"),
    [
        pytest.param(OK, streamed(text_stream("OK")), Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="no call"),
        pytest.param(NO, NO, Status.UNTESTED, Reason.PREREQUISITE_REFUSED, id="tools refused"),
        pytest.param(LATER, LATER, Status.UNTESTED, Reason.RATE_LIMITED, id="rate limited"),
        pytest.param(CALL, NO, Status.SUPPORTED, None, id="streaming refused"),
        pytest.param(NO, CALL_STREAM, Status.SUPPORTED, None, id="streaming alone answered"),
        pytest.param(CALL, BROKEN_STREAM, Status.SUPPORTED, None, id="a stream that breaks its grammar"),
        pytest.param(OK, BROKEN_STREAM, Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="no call, and such a stream"),
        pytest.param(CALL, CALL, Status.SUPPORTED, None, id="one body where a stream was asked for"),
    ],
)
def test_what_never_came_is_not_judged(
    first: Exchange, first_streamed: Exchange, status: Status, reason: Reason | None
) -> None:
    verdict, _ = walked(always(OK), first=first, first_streamed=first_streamed)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_what_did_not_come_is_told_beside_supported() -> None:
    verdict, _ = walked(always(OK), first_streamed=streamed(text_stream("OK")))
    assert verdict.note == "sent back as they came; what did not come: one call, streamed"


def test_a_call_that_max_tokens_cut_is_not_sent_back() -> None:
    cut = exchange({**called("get_weather"), "stop_reason": "max_tokens"})
    verdict, _ = walked(always(OK), first=cut, first_streamed=NO)
    assert verdict == MISSING


def test_a_model_that_calls_now_and_then_is_asked_until_it_does() -> None:
    tries: list[int] = []

    def reply(role: str, asked: Request) -> Exchange:
        if role == "one call, unstreamed":
            tries.append(asked.attempt)
            return CALL if asked.attempt == 7 else OK
        return OK

    steps = OwnTurns(turns=[TURN], ask_capability=ask_capability(3), missing=MISSING).ask(RUN)
    verdict, _ = drive(steps, reply)
    assert verdict.status is Status.SUPPORTED
    assert tries == list(range(8))


@pytest.mark.parametrize("shown", [0, 8])
def test_a_model_that_calls_always_or_never_is_asked_once(shown: int) -> None:
    _, roles = walked(always(OK), first=OK, first_streamed=NO, shown=shown)
    assert roles.count("one call, unstreamed") == 1


def test_a_call_is_forced_only_where_none_comes_by_itself() -> None:
    chosen: list[object] = []

    def reply(role: str, asked: Request) -> Exchange:
        if asked_first(role):
            chosen.append(asked.json.get("tool_choice"))
            return NO if asked.json.get("stream") else CALL if chosen[-1] else OK
        return OK

    steps = OwnTurns(turns=[TURN], ask_capability=ask_capability(0), force=True, missing=MISSING).ask(RUN)
    verdict, _ = drive(steps, reply)
    assert verdict.status is Status.SUPPORTED
    assert chosen == [None, {"type": "any"}, None]
    _, roles = walked(always(OK), force=True)
    assert roles.count("one call, unstreamed") == 1


def test_the_answer_to_a_chained_turn_is_sent_back_too() -> None:
    last = "one call, unstreamed, and then the answer to it, sent back"
    turn = replace(TURN, chained=True)
    verdict, roles = walked(lambda role, _: NO if role == last else OK, turn=turn)
    assert last in roles
    assert verdict.note == (
        "its own turn is not taken back (one call, unstreamed, and then the answer to it): HTTP 400: no"
    )
    empty = exchange(message(content=[]))
    assert last not in walked(always(empty), turn=turn)[1]


def test_a_turn_that_is_not_the_main_one_exercises_nothing() -> None:
    verdict, _ = walked(always(OK), turn=replace(TURN, main=False))
    assert verdict == MISSING
    verdict, _ = walked(always(NO), turn=replace(TURN, main=False))
    assert verdict.status is Status.BROKEN


def test_results_are_given_to_calls_and_words_to_words() -> None:
    given = answered_calls([*called("a", "b")["content"], "no block", {"type": "server_tool_use", "id": "s"}])
    assert [each["content"] for each in given] == ["Done: number 1 of 2.", "Done: number 2 of 2."]
    assert [each["type"] for each in answered_calls([{"type": "text", "text": "Hello"}])] == ["text"]


@pytest.mark.parametrize(
    ("content", "words", "with_thought"),
    [
        ([{"type": "text", "text": "OK"}], True, False),
        ([{"type": "text", "text": " \n"}], False, False),
        ([{"type": "thinking", "thinking": ""}, {"type": "text", "text": "OK"}], True, True),
        ([{"type": "thinking", "thinking": "x"}], False, False),
        ([], False, False),
    ],
)
def test_words_are_words(content: list[dict[str, str]], words: bool, with_thought: bool) -> None:
    assert said_words(message(content=content)) is words
    assert said_words(message(content=content), thought=True) is with_thought


def test_calls_are_counted_and_thinking_wanted_beside_them() -> None:
    two = called("a", "b")
    thought = {**two, "content": [{"type": "thinking", "thinking": ""}, *two["content"]]}
    assert calls_made(at_least=2)(two)
    assert not calls_made(at_least=3)(two)
    assert not calls_made(thought=True)(two)
    assert calls_made(thought=True)(thought)


def test_a_stream_that_breaks_its_grammar_is_not_told_as_one_that_did_not_come() -> None:
    verdict, _ = walked(always(OK), first_streamed=BROKEN_STREAM)
    assert (verdict.status, verdict.note) == (
        Status.SUPPORTED,
        "sent back as they came; in a stream that breaks its grammar: one call, streamed",
    )
