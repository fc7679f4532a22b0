"""Which rule of the stream a defect breaks, and that it breaks no other."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange
from conformance.protocol.sse import Frame, decode
from conformance.protocol.status import Deviation
from conformance.protocol.stream import read_stream
from conformance.protocol.stream_reading import StreamReading
from conformance.protocol.stream_rules import Rule
from tests.core.made_up import (
    STOP,
    STREAM_HEADERS,
    block,
    close,
    delta,
    end,
    frame,
    message,
    request,
    start,
    text_stream,
)

CALL = block(0, "tool_use", id="toolu_1", name="get_weather")
THOUGHT = [block(0, "thinking"), delta(0, "thinking_delta", thinking="Hm")]
UNSIGNED = {"type": "thinking", "thinking": ""}
SIGNED = delta(0, "signature_delta", signature="s")
WORDS = [block(0), delta(0, text="Hi"), close(0)]


def pieces(*given: Any) -> list[bytes]:
    return [CALL, *(delta(0, "input_json_delta", partial_json=each) for each in given), close(0)]


def body_of(*inside: bytes) -> bytes:
    return b"".join([start(), *inside, end(), STOP])


def broken(reading: StreamReading) -> dict[Rule, tuple[str, Deviation | None]]:
    return {each.rule: (each.told, each.deviation) for each in reading.broken}


CACHED = {"input_tokens": 10, "output_tokens": 9, "cache_read_input_tokens": 5000}

BROKEN: list[tuple[str, bytes, Rule, str, Deviation | None]] = [
    (
        "a prompt of no tokens at the end",
        b"".join([start(), *WORDS, end(usage={"input_tokens": 0, "output_tokens": 9}), STOP]),
        Rule.MESSAGE_DELTA,
        "message_delta has input_tokens 0 where message_start had 10",
        Deviation.IMPLAUSIBLE,
    ),
    (
        "a cache that is forgotten at the end",
        b"".join([start(usage=CACHED), *WORDS, end(usage={**CACHED, "cache_read_input_tokens": 0}), STOP]),
        Rule.MESSAGE_DELTA,
        "message_delta has cache_read_input_tokens 0 where message_start had 5000",
        Deviation.IMPLAUSIBLE,
    ),
    (
        "a cache that is told at the end alone",
        b"".join([start(usage={**CACHED, "cache_read_input_tokens": 0}), *WORDS, end(usage=CACHED), STOP]),
        Rule.MESSAGE_START,
        "message_start has no cache_read_input_tokens where message_delta has 5000",
        Deviation.IMPLAUSIBLE,
    ),
    ("no event line", b'data: {"type": "ping"}\n\n' + text_stream("x"), Rule.FRAMING, "no event line", None),
    ("two frames in one", text_stream("x", "y").replace(b"\n\n", b"\n", 3), Rule.FRAMING, "data is not JSON", None),
    ("no blank line at the end", text_stream("x")[:-1], Rule.FRAMING, "no blank line ends it", None),
    ("lines of JSON", b'{"type": "message_start"}\n{"type": "message_stop"}\n', Rule.FRAMING, "holds no frame", None),
    ("a mark before it", b"\xef\xbb\xbf" + text_stream("x"), Rule.FRAMING, "byte order mark", Deviation.FRAMING),
    ("bytes of another charset", text_stream("x").replace(b'"x"', b'"\xfc"'), Rule.UTF8, "are not UTF-8", None),
    ("the end of another protocol", text_stream("x") + b"data: [DONE]\n\n", Rule.NO_DONE, "DONE", Deviation.FRAMING),
    ("no start", text_stream("x").removeprefix(start()), Rule.ORDER, "before message_start", None),
    (
        "a start with no message",
        frame("message_start") + text_stream("x")[len(start()) :],
        Rule.MESSAGE_START,
        "no",
        None,
    ),
    ("half a frame", body_of(*WORDS)[:-20], Rule.ORDER, "no blank line ends it", None),
    ("more after the end", text_stream("x") + frame("news"), Rule.ORDER, "news after message_stop", None),
    ("a block after the end", b"".join([start(), end(), *WORDS, STOP]), Rule.ORDER, "content_block_start after", None),
    ("no opening", body_of(delta(0, text="x"), close(0)), Rule.BLOCKS, "which is not open", None),
    ("no close", body_of(block(0), delta(0, text="x")), Rule.BLOCKS, "message_delta while block 0", None),
    ("counted from one", body_of(block(1), delta(1, text="x"), close(1)), Rule.BLOCKS, "index 1 where 0 is due", None),
    ("words at once", body_of(block(0, text="x"), close(0)), Rule.SKELETONS, "starts with text 'x'", None),
    ("no id", body_of(block(0, "tool_use", name="x"), close(0)), Rule.SKELETONS, "starts with id None", None),
    ("no block", body_of(frame("content_block_start", index=0), close(0)), Rule.SKELETONS, "carries no block", None),
    (
        "no signature at the start",
        body_of(frame("content_block_start", index=0, content_block=UNSIGNED), SIGNED, close(0)),
        Rule.SKELETONS,
        "opened without an empty signature, and is signed now",
        Deviation.INCOMPLETE,
    ),
    ("signed twice", body_of(*THOUGHT, SIGNED, SIGNED, close(0)), Rule.SKELETONS, "after the signature_delta", None),
    ("an object as a piece", body_of(*pieces({"a": 1})), Rule.INPUT_JSON, 'partial_json is {"a": 1}, not a text', None),
    ("pieces of an array", body_of(*pieces("[1", "]")), Rule.INPUT_JSON, "do not join to a JSON object", None),
    (
        "no usage",
        start(usage=None) + text_stream("x")[len(start()) :],
        Rule.MESSAGE_START,
        "no count of input_tok",
        None,
    ),
    (
        "no id of the message",
        start(id=None) + text_stream("x")[len(start()) :],
        Rule.MESSAGE_START,
        "has id None",
        None,
    ),
    (
        "a prompt of nothing",
        start(usage={"input_tokens": 0, "output_tokens": 1}) + text_stream("x")[len(start()) :],
        Rule.MESSAGE_START,
        "input_tokens 0 although there was a prompt",
        Deviation.IMPLAUSIBLE,
    ),
    (
        "no end",
        b"".join([start(), *WORDS, STOP]),
        Rule.MESSAGE_DELTA,
        "before a message_delta with a stop_reason",
        None,
    ),
    (
        "no stop_sequence",
        b"".join([start(), *WORDS, end(delta={"stop_reason": "end_turn"}), STOP]),
        Rule.MESSAGE_DELTA,
        "no stop_sequence, not even null",
        None,
    ),
    (
        "a reason taken back",
        b"".join([start(), *WORDS, end(), end(None), STOP]),
        Rule.MESSAGE_DELTA,
        "takes the stop_reason back",
        None,
    ),
    (
        "falling counts",
        b"".join([start(), *WORDS, end(usage={"output_tokens": 3}), STOP]),
        Rule.MESSAGE_DELTA,
        "output_tokens falls from 4 to 3",
        None,
    ),
    (
        "no words counted",
        b"".join([start(usage={"input_tokens": 9, "output_tokens": 0}), *WORDS, end(usage={"output_tokens": 0}), STOP]),
        Rule.MESSAGE_DELTA,
        "output_tokens is 0",
        Deviation.IMPLAUSIBLE,
    ),
]


@pytest.mark.parametrize(
    ("body", "rule", "told", "deviation"), [pytest.param(*rest, id=name) for name, *rest in BROKEN]
)
def test_a_defect_breaks_one_rule(body: bytes, rule: Rule, told: str, deviation: Deviation | None) -> None:
    found = broken(read_stream(body))
    assert set(found) == {rule}
    assert told in found[rule][0]
    assert found[rule][1] is deviation


SOUND: list[tuple[str, bytes]] = [
    ("words", text_stream("Hel", "lo")),
    ("no words at all", body_of()),
    ("a call", body_of(*pieces("", '{"a"', ": 1}"))),
    ("a call without arguments", body_of(*pieces(""))),
    ("a call with an empty object", body_of(*pieces("{}"))),
    ("a thought", body_of(*THOUGHT, SIGNED, close(0))),
    (
        "a thought that is never signed",
        body_of(frame("content_block_start", index=0, content_block=UNSIGNED), close(0)),
    ),
    ("a block of a new type", body_of(block(0, "zz_new", data="x"), close(0))),
    (
        "an input counted at zero, read from a cache",
        start(usage={"input_tokens": 0, "cache_read_input_tokens": 8, "output_tokens": 1})
        + text_stream("x")[len(start()) :],
    ),
    ("a piece that max_tokens cut", b"".join([start(), *pieces('{"a'), end("max_tokens"), STOP])),
    ("carriage returns", text_stream("x").replace(b"\n", b"\r\n")),
    ("an error event at the end", start() + frame("error", error={"type": "api_error", "message": "x"})),
]


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in SOUND])
def test_a_sound_stream_breaks_no_rule(body: bytes) -> None:
    assert broken(read_stream(body)) == {}


def test_a_rule_is_shown_by_what_it_is_about_alone() -> None:
    everything = {*Rule} - {Rule.REFUSAL}
    assert read_stream(body_of(*pieces("{}"))).shown == everything
    assert read_stream(text_stream("x")).shown == everything - {Rule.INPUT_JSON}
    assert read_stream(body_of()).shown == everything - {Rule.INPUT_JSON, Rule.BLOCKS, Rule.SKELETONS}
    assert read_stream(b": hello\n\n").shown == set()


def test_a_broken_rule_shows_the_bytes_of_its_frame_in_one_short_line() -> None:
    (each,) = read_stream(body_of(block(0, text="x" * 500), close(0))).broken
    assert each.note.startswith("frame 2: block 0: a text block starts with text 'xxx")
    assert ": event: content_block_start data: {" in each.note
    assert "\n" not in each.note
    assert len(each.note) < 350


def test_severe_and_slight_breaches_of_a_rule_are_both_kept_severe_first() -> None:
    body = b"\xef\xbb\xbf" + b'data: {"type": "ping"}\n\n' + text_stream("x")
    assert [each.deviation for each in read_stream(body).of(Rule.FRAMING)] == [None, Deviation.FRAMING]


def test_after_a_frame_that_cannot_be_read_nothing_else_is_blamed() -> None:
    reading = read_stream(text_stream("x").replace(b"data: ", b"data: {", 1))
    assert reading.lost
    assert set(broken(reading)) == {Rule.FRAMING}


def fed(chunks: list[bytes]) -> list[Frame]:
    """What a client that reads byte by byte, whatever the chunks, makes of a stream."""
    lines: list[bytes] = [b""]
    after_return = False
    for byte in b"".join(chunks).removeprefix(b"\xef\xbb\xbf"):
        if after_return and byte == 10:
            after_return = False
            continue
        after_return = byte == 13
        if byte in (10, 13):
            lines.append(b"")
        else:
            lines[-1] += bytes([byte])
    frames: list[Frame] = []
    event, data = None, None
    for number, line in enumerate(lines):
        last = number == len(lines) - 1
        if line and not line.startswith(b":"):
            name, _, value = line.decode("utf-8", "replace").partition(":")
            value = value.removeprefix(" ")
            if name == "event":
                event = value
            elif name == "data":
                data = value if data is None else f"{data}\n{value}"
        if not line or last:
            if event is not None or data is not None:
                frames.append(Frame(number=len(frames) + 1, event=event, data=data, complete=not last))
            event, data = None, None
    return frames


SNIPPETS = st.sampled_from(
    [
        *(b"data: ", b"event: ", b"id: 7", b": c", b"\n", b"\r", b"\r\n", b"\n\n", b"\xef\xbb\xbf", "ü🎉".encode()),
        *(b"\xff", b"ping", b'{"type": "ping"}', start(), *WORDS, end(), STOP),
    ]
)
BODIES = st.lists(SNIPPETS, max_size=12).map(b"".join) | st.binary(max_size=60)


def cut_up(body: bytes, places: list[int]) -> list[bytes]:
    at = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[begin:stop] for begin, stop in pairwise(at)]


@settings(max_examples=400)
@given(BODIES, st.lists(st.integers(0, 5000), max_size=6))
def test_a_stream_is_read_the_same_in_any_chunks(body: bytes, places: list[int]) -> None:
    chunks = cut_up(body, places)
    assert decode(body) == fed(chunks)
    in_pieces = Exchange(
        request=request(), status=200, headers=STREAM_HEADERS, chunks=tuple((0.1, each) for each in chunks)
    )
    whole = Exchange(request=request(), status=200, headers=STREAM_HEADERS, chunks=((0.1, body),))
    assert read_answer(in_pieces) == read_answer(whole)
    reading = read_stream(body)
    assert all(each.note == each.note.strip() and "\n" not in each.note for each in reading.broken)


def test_made_up_messages_are_whole() -> None:
    begun = json.loads(start().partition(b"data: ")[2])["message"]
    assert set(begun) == set(message())


@pytest.mark.parametrize("last", [end(None), b""])
def test_a_stream_that_never_says_why_it_ended_breaks_two_rules(last: bytes) -> None:
    found = broken(read_stream(b"".join([start(), *WORDS, last])))
    assert found[Rule.MESSAGE_DELTA] == ("the stream ends and never says a stop_reason", None)
    assert found[Rule.ORDER] == ("the stream ends without message_stop", None)


def test_a_stream_without_message_stop_has_said_why_it_ended() -> None:
    assert set(broken(read_stream(b"".join([start(), *WORDS, end()])))) == {Rule.ORDER}


def test_counts_of_the_prompt_may_be_left_out_or_estimated_first() -> None:
    for usage in ({"output_tokens": 9}, {"input_tokens": 8, "output_tokens": 9}, {**CACHED, "input_tokens": None}):
        assert not broken(read_stream(b"".join([start(usage=CACHED), *WORDS, end(usage={**CACHED, **usage}), STOP])))


def test_pieces_that_do_not_join_are_told_although_their_block_is_closed_twice() -> None:
    reading = read_stream(body_of(CALL, delta(0, "input_json_delta", partial_json='"Oslo"}'), close(0), close(0)))
    assert {Rule.INPUT_JSON, Rule.BLOCKS} <= broken(reading).keys()


def test_nothing_is_said_of_pieces_one_of_which_came_while_its_block_was_not_open() -> None:
    half, rest = (delta(0, "input_json_delta", partial_json=each) for each in ('{"city": ', '"Oslo"}'))
    reading = read_stream(body_of(CALL, half, close(0), rest))
    assert Rule.BLOCKS in broken(reading)
    assert Rule.INPUT_JSON not in broken(reading)
    assert Rule.INPUT_JSON not in reading.shown
