"""Whatever an endpoint sends, reading it gives a finding and never an error of the suite's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.protocol.answer import Outcome, describe_error, read_answer
from conformance.protocol.sse import decode
from conformance.protocol.stream import read_stream
from tests.core.made_up import JSON_HEADERS, STOP, STREAM_HEADERS, block, close, delta, end, exchange, start, streamed

HTML_HEADERS = {"content-type": "text/html"}

LEAVES = st.none() | st.booleans() | st.integers(-2, 3) | st.floats() | st.text(max_size=3)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner))
WORDS = st.sampled_from(
    [
        *("text", "thinking", "tool_use", "text_delta", "thinking_delta", "signature_delta", "input_json_delta"),
        *("citations_delta", "redacted_thinking", "end_turn", "max_tokens", "{}", "[", '{"a"'),
    ]
)
KEYS = st.sampled_from(
    [
        *("type", "text", "thinking", "signature", "partial_json", "citation", "citations", "input", "content"),
        *("stop_reason", "usage", "index"),
    ]
)
PARTS = st.dictionaries(KEYS, WORDS | VALUES, max_size=4)
KINDS = st.sampled_from(
    ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "ping"]
)


@st.composite
def nearly_right_frames(draw: st.DrawFn) -> bytes:
    """Frames of the protocol's shapes with anything at all inside them."""
    kind = draw(KINDS)
    data = {"type": kind, "index": draw(st.integers(0, 1) | VALUES)}
    for part in ("message", "content_block", "delta", "usage"):
        if draw(st.booleans()):
            data[part] = draw(PARTS | VALUES)
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


STREAMS = st.lists(nearly_right_frames() | st.sampled_from([start(), block(0), close(0), end(), STOP]), max_size=8)
BODIES = st.binary() | VALUES.map(lambda value: json.dumps(value).encode()) | STREAMS.map(b"".join)


@given(st.binary())
def test_any_bytes_can_be_decoded_and_read(body: bytes) -> None:
    decode(body)
    read_stream(body)


@given(STREAMS)
def test_frames_of_the_right_shape_with_anything_inside_can_be_read(frames: list[bytes]) -> None:
    read_stream(b"".join([start(), *frames]))


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([end(delta={"stop_reason": "end_turn", "content": "x"})], id="the end replaces the content"),
        pytest.param([end(delta={"content": []}), block(0), delta(0, text="x")], id="the end empties the content"),
        pytest.param([block(0), end(delta={"content": []}), delta(0, text="x")], id="content emptied inside a block"),
        pytest.param(
            [block(0, citations=5), delta(0, "citations_delta", citation={})], id="citations that are no list"
        ),
        pytest.param([block(0), delta(0, ["text_delta"])], id="a type that is a list"),  # type: ignore[arg-type]
        pytest.param(
            [block(0, "tool_use"), delta(0, "input_json_delta", partial_json="[" * 200_000), close(0)],
            id="fragments nested without end",
        ),
    ],
)
def test_a_stream_that_is_made_to_confuse_can_be_read(frames: list[bytes]) -> None:
    answer = read_answer(streamed(b"".join([start(), *frames, end(), STOP])))
    assert answer.stream is not None


@given(
    BODIES,
    st.none() | st.integers(100, 599),
    st.sampled_from([{}, JSON_HEADERS, STREAM_HEADERS, HTML_HEADERS]),
    st.sampled_from([None, "cut: gone", "connect: refused", "timeout: 9 s"]),
)
def test_any_exchange_can_be_read(
    body: bytes, status: int | None, headers: Mapping[str, str], failure: str | None
) -> None:
    answer = read_answer(exchange(body, status, headers=headers, failure=failure))
    assert (answer.message is not None) is (answer.outcome is Outcome.ANSWERED)
    assert (answer.problem == "") is (answer.outcome is Outcome.ANSWERED)
    describe_error(exchange(body, status, headers=headers))


def fit_to_be_shown(text: str) -> bool:
    shown = all(char.isprintable() or char == "\u3000" for char in text)
    return shown and len(text) <= 400


HOSTILE: list[Any] = [
    "two\nlines",
    "\x1b[31mred\x07",
    "\u202egnp.exe",
    "\ud83d half a pair",
    "long " * 200,
    {"message": "\x1b]0;title\x07"},
    {"message": "\ud83d"},
]


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("status", [200, 400, 401, 429, 500])
def test_what_an_error_says_becomes_one_short_line_that_can_be_written_down(status: int, words: Any) -> None:
    problem = read_answer(exchange({"error": words}, status)).problem
    problem.encode()
    assert "\n" not in problem
    assert fit_to_be_shown(problem)


@pytest.mark.parametrize("words", HOSTILE)
def test_what_an_error_event_says_becomes_one_short_line_that_can_be_written_down(words: Any) -> None:
    body = f"event: error\ndata: {json.dumps({'type': 'error', 'error': {'message': words}})}\n\n".encode()
    problem = read_answer(streamed(body)).problem
    problem.encode()
    assert fit_to_be_shown(problem)


@pytest.mark.parametrize("words", [word for word in HOSTILE if isinstance(word, str)])
def test_the_broken_rule_of_a_stream_is_one_short_line_that_can_be_written_down(words: str) -> None:
    event = f"event: ping\ndata: {json.dumps({'type': words})}\n\n".encode()
    violation = read_stream(event).violation
    assert violation is not None
    violation.encode()
    assert fit_to_be_shown(violation)


def test_nothing_that_is_read_is_kept_twice() -> None:
    given = streamed(start() + end() + STOP)
    assert read_answer(given) is read_answer(given)
