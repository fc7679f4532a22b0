"""Models that think before they answer: what is cut before it shows anything is asked again with room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conformance.probing.room import GIVEN_UP_AFTER, LADDER, Room, recorded, room_of, shows_nothing
from conformance.probing.run import Run
from conformance.protocol.answer import raw_text_of, read_answer, text_of
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import BY_ID
from tests.core.made_up import called, exchange, message, refusal, request
from tests.in_process import KEY, verdicts

ASKED = replace(request(max_tokens=40), room=True)
THOUGHT = {"type": "thinking", "thinking": "Hmm.", "signature": "s"}
CALL = called("get_weather")["content"]


def cut(content: list[Any], spent: int = 40, reason: str = "max_tokens", asked: Request = ASKED) -> Exchange:
    return exchange(message(content=content, stop_reason=reason, usage={"output_tokens": spent}), asked=asked)


def said(words: str) -> list[Any]:
    return [{"type": "text", "text": words}]


@pytest.mark.parametrize(
    ("content", "spent", "reason", "nothing"),
    [
        pytest.param(said("OK."), 2, "end_turn", False, id="not cut"),
        pytest.param([THOUGHT], 20, "end_turn", False, id="not cut, thoughts alone"),
        pytest.param([], 40, "max_tokens", True, id="cut, nothing"),
        pytest.param([THOUGHT], 40, "max_tokens", True, id="cut, thoughts alone"),
        pytest.param([THOUGHT], 40, "end_turn", True, id="cut by its count, told as end_turn"),
        pytest.param([THOUGHT, *said("The")], 40, "max_tokens", True, id="cut, thoughts and some words"),
        pytest.param([THOUGHT, *CALL], 40, "max_tokens", True, id="cut, thoughts and half a call"),
        pytest.param([{"type": "redacted_thinking", "data": "x"}], 40, "max_tokens", True, id="cut, hidden thoughts"),
        pytest.param(said("<think>\nHmm, the"), 40, "max_tokens", True, id="cut, an open tag"),
        pytest.param(said("<think>Hmm</think>The code"), 40, "max_tokens", True, id="cut, a tag and some words"),
        pytest.param(said("The cod"), 40, "max_tokens", True, id="cut, fewer characters than tokens"),
        pytest.param(said("The code of the locker that you gave me is "), 40, "max_tokens", False, id="just long"),
        pytest.param(CALL, 6, "max_tokens", False, id="cut, a call"),
    ],
)
def test_a_cut_answer_that_shows_nothing(content: list[Any], spent: int, reason: str, nothing: bool) -> None:
    assert shows_nothing(cut(content, spent, reason)) is nothing


def test_a_question_about_the_limit_itself_is_answered_by_a_cut() -> None:
    assert not shows_nothing(cut([THOUGHT], asked=request(max_tokens=40)))
    run = Run(seed=1, model="m")
    assert run.message("Hi.", max_tokens=9).room
    assert not run.message("Hi.", max_tokens=9, exact=True).room


def test_what_is_no_limit_gets_no_room() -> None:
    for limit in ("many", True, 0, None):
        assert request(max_tokens=limit).with_room(1024) == request(max_tokens=limit)
    assert request(max_tokens=40).with_room(1024).json["max_tokens"] == 1064


def needing(tokens: int) -> Callable[[Request], Exchange]:
    """An endpoint whose model thinks so long before it says OK."""

    def answer(asked: Request) -> Exchange:
        limit = asked.json["max_tokens"]
        if limit <= tokens:
            return cut([THOUGHT], limit, asked=asked)
        return exchange(message("OK.", usage={"output_tokens": tokens + 2}), asked=asked)

    return answer


def climb(answer: Callable[[Request], Exchange], room: Room, *questions: Request) -> list[list[int]]:
    """The limits with which each question was asked, one question after the other."""

    async def send(asked: Request) -> Exchange:
        return answer(asked)

    async def all_of() -> list[list[int]]:
        return [[e.request.json["max_tokens"] for e in await room.ask(each, send)] for each in questions]

    return asyncio.run(all_of())


def question(number: int) -> Request:
    return replace(request(max_tokens=40, system=f"{number}"), room=True)


def test_a_question_is_asked_again_with_room_and_the_next_one_starts_with_it() -> None:
    room = Room()
    assert climb(needing(300), room, question(1), question(2), question(1)) == [[40, 1064], [1064], [1064]]
    assert climb(needing(3000), room, question(3)) == [[1064, 4136]]


def test_what_was_answered_without_room_is_not_asked_again() -> None:
    room = Room()
    assert climb(needing(3), room, question(1)) == [[40]]
    climb(needing(300), room, question(2))
    assert climb(needing(3), room, question(1)) == [[40]]


def test_an_endpoint_that_cuts_at_every_limit_is_not_asked_for_ever() -> None:
    room = Room()
    limits = climb(needing(10**6), room, *map(question, range(GIVEN_UP_AFTER + 2)))
    assert [len(each) for each in limits] == [len(LADDER)] * GIVEN_UP_AFTER + [1, 1]


def test_a_limit_that_is_refused_is_not_tried_again_and_the_cut_answer_stands() -> None:
    def answer(asked: Request) -> Exchange:
        if asked.json["max_tokens"] > 2000:
            return replace(refusal("max_tokens: at most 2000"), request=asked)
        return needing(3000)(asked)

    room = Room()
    assert climb(answer, room, question(1), question(2)) == [[40, 1064], [40, 1064]]


def test_a_recording_gives_the_answers_in_the_order_in_which_they_were_asked() -> None:
    held = {e.request.identity: e for e in (needing(300)(ASKED.with_room(step)) for step in LADDER[:2])}
    found = recorded(ASKED, lambda asked: held.get(asked.identity))
    assert [room_of(ASKED, each) for each in found] == [0, 1024]
    held.pop(ASKED.identity)  # the run knew by then
    assert [room_of(ASKED, each) for each in recorded(ASKED, lambda asked: held.get(asked.identity))] == [1024]
    assert recorded(ASKED, lambda asked: None) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<think>\nHmm.\n</think>\n\nOK.", "OK."),
        ("Hmm, so.\n</think>\nOK.", "OK."),
        ("<think>Hmm", ""),
        ("OK.", "OK."),
        ("The tag <think> opens it.", "The tag <think> opens it."),
    ],
)
def test_thinking_at_the_head_of_the_text_is_no_words(text: str, words: str) -> None:
    answer = read_answer(exchange(message(text)))
    assert answer.message is not None
    assert (raw_text_of(answer.message), text_of(answer.message)) == (text, words)


SAMPLE = ("fields.system", "tools.name", "tool_choice.any", "messages.prefill", "content.tool_result.content")


@pytest.mark.parametrize("temper", ["thinks_60_tokens", "thinks_1500_tokens", "thinks_in_the_text", "thinks_unseen"])
def test_a_model_that_thinks_before_it_answers_is_as_good_as_another(temper: str) -> None:
    app = create_app(api_key=KEY, temper=temper)
    found = verdicts(app, model=DEFAULT_MODELS[0], rows=[BY_ID[row] for row in SAMPLE])
    assert {row: verdict.status for row, verdict in found.items()} == dict.fromkeys(SAMPLE, Status.SUPPORTED)


def test_a_model_that_thinks_without_end_is_not_called_weak_nor_its_endpoint_deaf() -> None:
    app = create_app(api_key=KEY, temper="thinks_without_end")
    found = verdicts(app, model=DEFAULT_MODELS[0], rows=[BY_ID[row] for row in SAMPLE])
    reasons = {row: verdict.reason for row, verdict in found.items()}
    # A call that is forced comes before any thinking would.
    assert reasons.pop("tool_choice.any") in (None, Reason.CUT)
    assert set(reasons.values()) == {Reason.CUT}
