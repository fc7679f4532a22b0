"""What comes in a stream is what comes unstreamed: the words, the calls, the counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.reference.stream_changes import change_event, drop_event, repeat_event
from conformance.reference.transforms import Act, Transform
from conformance.rows import BY_ID
from conformance.rows.response.cache import READ, unread_in_streams
from conformance.rows.response.tool_use import STEADILY, fewer_in_one_mode
from conformance.rows.shared.sampled_answers import SEVERAL, Given
from conformance.rows.stream.equals_message import TRAITS
from conformance.rows.stream.sampled_streams import SEVERAL_SCRIPTS
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
    start,
    streamed,
    text_stream,
)
from tests.in_process import KEY, verdicts

MODEL = DEFAULT_MODELS[0]
TEXT = {"delta.type": "text_delta"}


def judged(*changes: Transform) -> Verdict:
    """`stream.equals_message` where every stream is changed so."""
    app = create_app(api_key=KEY, acts=[Act("stream.equals_message", "changed", changes)])
    return verdicts(app, model=MODEL, rows=[BY_ID["stream.equals_message"]])["stream.equals_message"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(drop_event(TEXT, nth=0), id="the first piece of text is lost"),
        pytest.param(drop_event(TEXT, nth=2), id="the third piece of text is lost"),
        pytest.param(drop_event(TEXT, nth=-1), id="the last piece of text is lost"),
        pytest.param(repeat_event(TEXT, nth=None), id="every piece of text comes twice"),
    ],
)
def test_a_stream_that_loses_or_doubles_text_is_broken(change: Transform) -> None:
    verdict = judged(change)
    assert verdict.status is Status.BROKEN
    assert ": the words to repeat '" in verdict.note or ": the text '" in verdict.note


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("one two three", "one three", True),
        ("one two three", "one two two three three", True),
        ("one two three", "one two", False),
        ("one two three", "two three", True),
        ("one two three", "four five six", False),
        ("one  two\nthree", "one two three", False),
        ("one two three four", "o", False),
    ],
)
def test_a_gap_in_one_mode_is_told_from_another_answer(one: str, other: str, differ: bool) -> None:
    assert trait("the text", message(one), message(other)) is differ
    assert trait("the text", message(other), message(one)) is differ


def trait(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    (found,) = (each for each in TRAITS if each.name == name)
    return found.differs(one, other)


@pytest.mark.parametrize("text", ["Gr?? aus Z?rich", SEVERAL_SCRIPTS.encode().decode("latin-1"), SEVERAL_SCRIPTS[1:]])
def test_damaged_letters_are_no_repetition(text: str) -> None:
    assert trait("the words to repeat", message(text), message(SEVERAL_SCRIPTS))
    assert not trait("the words to repeat", message(f"Sure: {SEVERAL_SCRIPTS}"), message(SEVERAL_SCRIPTS))


def calling(*cities: str, reason: str = "tool_use") -> dict[str, Any]:
    made = [{"type": "tool_use", "id": f"t{n}", "name": "x", "input": {"city": c}} for n, c in enumerate(cities)]
    return message(content=made, stop_reason=reason)


def test_calls_are_the_same_by_name_and_input() -> None:
    assert not trait("the calls", calling("Oslo"), calling("Oslo"))
    assert trait("the calls", calling("Oslo"), calling("Lima"))
    assert trait("the calls", calling("Oslo"), calling())
    assert not trait("the calls", calling("Oslo", reason="max_tokens"), message("I wi"))


def spent(tokens: int, text: str = "The same words.") -> dict[str, Any]:
    return message(text, usage={"input_tokens": 10, "output_tokens": tokens})


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        (spent(4), spent(4), False),
        (spent(4), spent(9), False),
        (spent(4), spent(10), True),
        (spent(1), spent(40), True),
        (spent(0), spent(40), False),
        (spent(4, "Other words."), spent(40), False),
        (spent(4), message("The same words.", usage={"input_tokens": 10}), False),
    ],
)
def test_the_same_words_count_the_same_in_both_modes(one: dict[str, Any], other: dict[str, Any], differ: bool) -> None:
    assert trait("the count of the same output", one, other) is differ


def first_answers(streamed_calls: int, whole_calls: int) -> list[Given]:
    return [
        Given(
            role=f"{SEVERAL}, streamed" if mode else SEVERAL,
            request=RUN.message("Call.", **({"stream": True} if mode else {})),
            message=calling(*["Oslo"] * count),
            streamed=mode,
        )
        for mode, count in ((True, streamed_calls), (False, whole_calls))
    ]


@pytest.mark.parametrize(
    ("first", "again", "broken"),
    [
        ((3, 3), (3, 3), False),
        ((1, 3), (1, 3), True),
        ((3, 1), (3, 1), True),
        ((1, 3), (3, 3), False),
        ((1, 3), (0, 3), False),
    ],
)
def test_several_calls_are_as_many_in_both_modes(first: tuple[int, int], again: tuple[int, int], broken: bool) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        in_stream = bool(asked.json.get("stream"))
        return as_stream(again[0]) if in_stream else exchange(calling(*["Oslo"] * again[1]), asked=asked)

    found, roles = drive(fewer_in_one_mode(first_answers(*first)), reply)
    assert bool(found) is broken
    assert len(roles) == (0 if first[0] == first[1] else 2 * STEADILY)


def as_stream(count: int) -> Exchange:
    """A stream of so many calls."""
    parts = [
        block(n, "tool_use", id=f"t{n}", name="x")
        + delta(n, "input_json_delta", partial_json=json.dumps({"city": "Oslo"}))
        + close(n)
        for n in range(count)
    ]
    return streamed(b"".join([start(), *parts, end("tool_use"), STOP]))


def cache_read(tokens: int, *, in_stream: bool) -> Given:
    usage = {"input_tokens": 10, "output_tokens": 4, READ: tokens}
    return Given(role="marked", request=RUN.message("Hi."), message=message(usage=usage), streamed=in_stream)


@pytest.mark.parametrize(
    ("given", "broken"),
    [
        ([cache_read(5000, in_stream=False)], False),
        ([cache_read(5000, in_stream=False), cache_read(5000, in_stream=True)], False),
        ([cache_read(5000, in_stream=False), cache_read(0, in_stream=True)], True),
    ],
)
def test_a_cache_that_no_stream_reports_is_one_modes(given: Sequence[Given], broken: bool) -> None:
    found, _ = drive(unread_in_streams(given), lambda role, asked: streamed(text_stream("x")))
    assert [each.deviation for each in found] == ([Deviation.ONE_MODE] if broken else [])


def test_a_cache_that_a_later_stream_reports_is_reported() -> None:
    given = [cache_read(5000, in_stream=False), cache_read(0, in_stream=True)]
    usage = {"input_tokens": 10, "output_tokens": 4, READ: 5000}
    found, _ = drive(unread_in_streams(given), lambda role, asked: exchange(message(usage=usage)))
    assert found == []


def test_a_stream_whose_letters_are_damaged_is_broken() -> None:
    damaged = change_event("put", "delta.text", "?", where=TEXT, nth=0)
    assert judged(damaged).status is Status.BROKEN
