"""What a Messages stream adds up to, and the rule that it breaks."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.protocol.stream import read_stream
from conformance.protocol.stream_reading import StreamReading
from tests.core.made_up import STOP, block, close, delta, end, frame, start, text_stream

PING = frame("ping")
HELLO = delta(0, text="Hello")


def read(*frames: bytes) -> StreamReading:
    return read_stream(b"".join(frames))


def content(*frames: bytes) -> list[dict[str, Any]]:
    reading = read(*frames)
    assert (reading.violation, reading.warning, reading.error) == (None, None, None)
    assert reading.message is not None
    found: list[dict[str, Any]] = reading.message["content"]
    return found


def test_text_deltas_add_up_to_the_text_of_their_block() -> None:
    reading = read(text_stream("Hel", "", "lo ", "\N{WAVING HAND SIGN}"))
    assert reading.message is not None
    assert reading.message["content"] == [{"type": "text", "text": "Hello \N{WAVING HAND SIGN}"}]
    assert (reading.violation, reading.warning, reading.error, reading.finished) == (None, None, None, True)


def test_the_message_has_what_the_start_and_the_deltas_said() -> None:
    usage = {"output_tokens": 9, "cache_read_input_tokens": None}
    reading = read(start(usage={"input_tokens": 10, "output_tokens": 1}), end("stop_sequence", usage=usage), STOP)
    assert reading.message == {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "made-up-1",
        "content": [],
        "stop_reason": "stop_sequence",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 9},
    }


def test_a_stop_sequence_of_the_delta_is_kept() -> None:
    reading = read(start(), end(delta={"stop_reason": "stop_sequence", "stop_sequence": "ZULU"}), STOP)
    assert reading.message is not None
    assert (reading.message["stop_reason"], reading.message["stop_sequence"]) == ("stop_sequence", "ZULU")


def told_at_the_end(**told: Any) -> dict[str, Any]:
    """The message of a stream whose start names a container and whose message_delta says this."""
    reading = read(
        start(container={"id": "c_1"}, stop_sequence="KILO"), end(delta={"stop_reason": "end_turn", **told}), STOP
    )
    assert reading.violation is None
    assert reading.message is not None
    return reading.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stop_reason", "pause_turn"),
        ("stop_sequence", "ZULU"),
        ("stop_details", {"type": "refusal"}),
        ("container", {"id": "c_2"}),
    ],
)
def test_a_message_delta_sets_what_is_known_at_the_end_alone(name: str, value: Any) -> None:
    assert told_at_the_end(**{name: value}) == {**told_at_the_end(), name: value}


def test_a_null_of_a_message_delta_unsets_the_stop_sequence_alone() -> None:
    message = told_at_the_end(stop_sequence=None, stop_details=None, container=None)
    assert (message["stop_sequence"], message["container"]) == (None, {"id": "c_1"})
    assert "stop_details" not in message
    assert told_at_the_end()["stop_sequence"] == "KILO"


@pytest.mark.parametrize("name", ["id", "type", "role", "model", "content", "usage", "zz_new"])
def test_a_message_delta_sets_nothing_else(name: str) -> None:
    assert told_at_the_end(**{name: "other"}) == told_at_the_end()


def test_a_message_delta_tells_of_context_that_was_edited() -> None:
    report = {"applied_edits": [{"type": "clear_tool_uses_20250919", "cleared_tool_uses": 1}]}
    for told, kept in ((report, report), (None, None), ([], None)):
        reading = read_stream(b"".join([start(), end(context_management=told), STOP]))
        assert reading.message is not None
        assert reading.message.get("context_management") == kept


def test_a_start_without_usage_takes_that_of_the_delta() -> None:
    reading = read(start(usage=None), end(), STOP)
    assert reading.message is not None
    assert reading.message["usage"] == {"output_tokens": 9}


def test_tool_input_fragments_join_to_an_object() -> None:
    fragments = ("", '{"ci', 'ty": ["Oslo"', "]}")
    deltas = [delta(0, "input_json_delta", partial_json=each) for each in fragments]
    assert content(start(), block(0, "tool_use", id="t", name="n"), *deltas, close(0), end("tool_use"), STOP) == [
        {"type": "tool_use", "id": "t", "name": "n", "input": {"city": ["Oslo"]}}
    ]


def test_a_tool_block_without_fragments_keeps_the_input_of_its_start() -> None:
    assert content(start(), block(0, "tool_use", input={"a": 1}), close(0), end(), STOP)[0]["input"] == {"a": 1}
    empty = delta(0, "input_json_delta", partial_json="")
    assert content(start(), block(0, "tool_use"), empty, close(0), end(), STOP)[0]["input"] == {}


@pytest.mark.parametrize("kind", ["tool_use", "server_tool_use", "mcp_tool_use"])
def test_every_tool_block_is_filled_by_fragments(kind: str) -> None:
    given = delta(0, "input_json_delta", partial_json='{"q": 1}')
    assert content(start(), block(0, kind, input={}), given, close(0), end(), STOP)[0]["input"] == {"q": 1}


def test_the_fragments_of_two_tool_blocks_stay_apart() -> None:
    frames = [start()]
    for index in (0, 1):
        piece = delta(index, "input_json_delta", partial_json=f'{{"n": {index}}}')
        frames += [block(index, "tool_use"), piece, close(index)]
    assert [each["input"] for each in content(*frames, end(), STOP)] == [{"n": 0}, {"n": 1}]


def test_fragments_that_max_tokens_cut_stay_as_they_are() -> None:
    cut = delta(0, "input_json_delta", partial_json='{"city": "Os')
    assert content(start(), block(0, "tool_use"), cut, close(0), end("max_tokens"), STOP)[0]["input"] == '{"city": "Os'


def test_thinking_and_its_signature_add_up() -> None:
    frames = [
        block(0, "thinking"),
        delta(0, "thinking_delta", thinking="Hm"),
        delta(0, "thinking_delta", thinking="m."),
        delta(0, "signature_delta", signature="abc"),
    ]
    assert content(start(), *frames, close(0), end(), STOP) == [
        {"type": "thinking", "thinking": "Hmm.", "signature": "abc"}
    ]


def test_citations_are_gathered() -> None:
    frames = [delta(0, "citations_delta", citation={"n": 1}), HELLO, delta(0, "citations_delta", citation={"n": 2})]
    assert content(start(), block(0, citations=None), *frames, close(0), end(), STOP) == [
        {"type": "text", "text": "Hello", "citations": [{"n": 1}, {"n": 2}]}
    ]


def test_a_block_that_comes_whole_is_kept() -> None:
    assert content(start(), block(0, "redacted_thinking", data="x"), close(0), end(), STOP) == [
        {"type": "redacted_thinking", "data": "x"}
    ]


def test_pings_and_unknown_events_may_stand_anywhere() -> None:
    news = frame("usage_update", tokens=5)
    around = [PING, news]
    frames = [start(), block(0), HELLO, close(0), end()]
    assert content(*around, *(each for part in frames for each in (part, *around)), STOP) == [
        {"type": "text", "text": "Hello"}
    ]


def test_done_is_a_warning_and_no_violation() -> None:
    reading = read(text_stream("Hi"), b"data: [DONE]\n\n")
    assert reading.violation is None
    assert reading.warning == "frame 7: data: [DONE] is not part of this protocol"
    assert reading.finished


def test_an_error_event_is_kept_and_explains_a_stream_without_end() -> None:
    reading = read(start(), frame("error", error={"type": "overloaded_error", "message": "busy"}))
    assert reading.error == {"type": "overloaded_error", "message": "busy"}
    assert reading.violation is None
    assert not reading.finished


@pytest.mark.parametrize("error", [None, "busy", 5])
def test_an_error_event_without_an_error_object_is_still_an_error(error: object) -> None:
    assert read(frame("error", error=error)).error == {}


def test_a_stream_that_the_reader_cut_lacks_no_end() -> None:
    half = b'event: content_block_delta\ndata: {"type": "content_block'
    for frames in ([], [start()], [start(), block(0), HELLO], [start(), block(0), HELLO, half]):
        reading = read_stream(b"".join(frames), cut=True)
        assert (reading.violation, reading.finished) == (None, False)
        assert (reading.message is None) is (not frames)


def test_a_rule_that_was_broken_before_the_reader_cut_is_named_all_the_same() -> None:
    reading = read_stream(start() + HELLO + start(), cut=True)
    assert reading.violation == "frame 2: delta for block 0, which is not open"


VIOLATIONS: list[tuple[str, list[bytes], str]] = [
    ("an unfinished frame", [text_stream("x"), b"event: ping\ndata: {}"], "frame 7: no blank line ends it"),
    ("no data line", [start(), b"event: ping\n\n"], "frame 2: event ping has no data line"),
    ("no JSON", [start(), b"event: ping\ndata: {\n\n"], "frame 2: data is not JSON"),
    ("endless nesting", [start(), b"data: " + b"[" * 200_000 + b"\n\n"], "frame 2: data is not JSON"),
    ("no object", [start(), b"event: ping\ndata: []\n\n"], "frame 2: data is not an object with a type"),
    ("no type", [start(), b"event: ping\ndata: {}\n\n"], "frame 2: data is not an object with a type"),
    ("a type of 5", [start(), b'event: ping\ndata: {"type": 5}\n\n'], "frame 2: data is not an object with a type"),
    ("no event line", [b'data: {"type": "ping"}\n\n', text_stream("x")], "frame 1: no event line"),
    (
        "another event line",
        [b'event: pong\ndata: {"type": "ping"}\n\n', text_stream("x")],
        "frame 1: event pong carries data of type ping",
    ),
    ("events after the end", [text_stream("x"), PING], "frame 7: ping after message_stop"),
    ("a second stop", [text_stream("x"), STOP], "frame 7: message_stop after message_stop"),
    ("a block before the start", [block(0), text_stream("x")], "frame 1: content_block_start before message_start"),
    ("a delta before the start", [HELLO, text_stream("x")], "frame 1: content_block_delta before message_start"),
    ("an end before the start", [end(), text_stream("x")], "frame 1: message_delta before message_start"),
    ("a stop before the start", [STOP], "frame 1: message_stop before message_start"),
    ("a second start", [start(), PING, start()], "frame 3: a second message_start"),
    ("a start without a message", [frame("message_start")], "frame 1: message_start carries no message"),
    ("content at the start", [start(content=["x"])], "frame 1: message_start does not begin with empty content"),
    ("no content at the start", [start(content=None)], "frame 1: message_start does not begin with empty content"),
    ("a reason at the start", [start(stop_reason="end_turn")], "frame 1: message_start already has a stop_reason"),
    (
        "no block",
        [start(), frame("content_block_start", index=0)],
        "frame 2: content_block_start carries no block with a type",
    ),
    (
        "a block without type",
        [start(), frame("content_block_start", index=0, content_block={})],
        "frame 2: content_block_start carries no block with a type",
    ),
    ("two blocks at once", [start(), block(0), block(1)], "frame 3: block 1 starts while block 0 is open"),
    ("a skipped index", [start(), block(1)], "frame 2: block index 1 where 0 is due"),
    ("an index twice", [start(), block(0), close(0), block(0)], "frame 4: block index 0 where 1 is due"),
    ("a delta of no block", [start(), HELLO], "frame 2: delta for block 0, which is not open"),
    (
        "a delta of a closed block",
        [start(), block(0), close(0), HELLO],
        "frame 4: delta for block 0, which is not open",
    ),
    ("a delta of another block", [start(), block(0), delta(1, text="x")], "frame 3: delta for block 1, which is not"),
    (
        "no delta",
        [start(), block(0), frame("content_block_delta", index=0)],
        "frame 3: content_block_delta carries no delta",
    ),
    ("a foreign delta", [start(), block(0, "tool_use"), HELLO], "frame 3: text_delta in a tool_use block"),
    ("an empty delta", [start(), block(0), delta(0)], "frame 3: text_delta carries no text"),
    (
        "a delta of a whole block",
        [start(), block(0, "redacted_thinking", data="x"), HELLO],
        "frame 3: text_delta in a redacted_thinking block",
    ),
    ("a stop of no block", [start(), close(0)], "frame 2: stop of block 0, which is not open"),
    ("a stop of another block", [start(), block(0), close(1)], "frame 3: stop of block 1, which is not open"),
    ("no delta of the message", [start(), frame("message_delta")], "frame 2: message_delta carries no delta"),
    (
        "an end inside a block",
        [start(), block(0), end(), close(0), STOP],
        "frame 3: message_delta while block 0 is open",
    ),
    ("a stop inside a block", [start(), end(), block(0), STOP], "frame 4: message_stop while block 0 is open"),
    ("no end", [start(), STOP], "frame 2: message_stop before a message_delta with a stop_reason"),
    ("an end without reason", [start(), end(None), STOP], "frame 3: message_stop before a message_delta with a stop"),
    (
        "fragments that are no object",
        [start(), block(0, "tool_use"), delta(0, "input_json_delta", partial_json="[1]"), close(0), end("tool_use")],
        "frame 5: the input_json_delta fragments of a block do not join to a JSON object",
    ),
    ("no stop", [start(), block(0), HELLO, close(0), end()], "the stream ends without message_stop"),
    ("nothing", [], "the stream ends without message_stop"),
]


@pytest.mark.parametrize(("frames", "rule"), [pytest.param(frames, rule, id=name) for name, frames, rule in VIOLATIONS])
def test_a_broken_rule_is_named_with_its_frame(frames: list[bytes], rule: str) -> None:
    violation = read(*frames).violation
    assert violation is not None
    assert violation.startswith(rule)


def test_the_first_broken_rule_is_kept_and_the_rest_is_still_read() -> None:
    no_event_line = b'data: {"type": "ping"}\n\n'
    reading = read(no_event_line, text_stream("Hi"), STOP)
    assert reading.violation is not None
    assert reading.violation.startswith("frame 1: no event line")
    assert reading.message is not None
    assert reading.message["content"] == [{"type": "text", "text": "Hi"}]


def test_a_second_start_does_not_replace_the_message() -> None:
    message = read(start(), block(0), HELLO, start(id="msg_2")).message
    assert message is not None
    assert message["id"] == "msg_1"
    assert message["content"] == [{"type": "text", "text": "Hello"}]
