"""Reads a Messages event stream: the message that it adds up to, and the first rule of the grammar it breaks.

The grammar is section 3 of the official streaming documents: message_start, content blocks one at a time with
contiguous indices, message_delta, message_stop; ping and unknown events anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.exchange import one_line
from conformance.sse import Frame, decode

DELTAS_OF = {
    "text": {"text_delta", "citations_delta"},
    "thinking": {"thinking_delta", "signature_delta"},
    "tool_use": {"input_json_delta"},
    "server_tool_use": {"input_json_delta"},
    "mcp_tool_use": {"input_json_delta"},
}
"""Which deltas fill which block; a block that is not here comes complete in its start event."""

DELTA_TEXT = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}

TOLD_AT_THE_END = ("stop_reason", "stop_sequence", "stop_details", "container")
"""What a message_delta may set."""

KNOWN_EVENTS = {
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
}


@dataclass(slots=True)
class StreamReading:
    """What a stream adds up to. `message` is None when it never started one; `violation` is the first broken rule,
    with the number of its frame; `warning` a flaw that clients survive; `error` the object of an error event."""

    message: dict[str, Any] | None = None
    violation: str | None = None
    warning: str | None = None
    error: dict[str, Any] | None = None
    finished: bool = False
    _open: int | None = None
    _next: int = 0
    _json: dict[int, list[str]] = field(default_factory=dict)
    _stop_reason_sent: bool = False


def read_stream(body: bytes, *, cut: bool = False) -> StreamReading:
    """Plays the frames of a whole body; reads on after a violation, as lenient clients do, and keeps the first.
    `cut`: the reader hung up, so a missing end is no fault of the stream."""
    frames = decode(body)
    return play([frame for frame in frames if frame.complete] if cut else frames, cut=cut)


def play(frames: Sequence[Frame], *, cut: bool = False) -> StreamReading:
    """The reading of frames already decoded."""
    reading = StreamReading()
    for frame in frames:
        step(reading, frame)
    if cut:
        return reading
    if reading.violation is None and not reading.finished and reading.error is None:
        reading.violation = "the stream ends without message_stop"
    return reading


def violate(reading: StreamReading, frame: Frame, rule: str) -> None:
    if reading.violation is None:
        reading.violation = one_line(f"frame {frame.number}: {rule}")


def step(reading: StreamReading, frame: Frame) -> None:
    """Takes in one frame."""
    if not frame.complete:
        violate(reading, frame, "no blank line ends it, so no client sees it")
        return
    if frame.data is None:
        violate(reading, frame, f"event {frame.event} has no data line")
        return
    if frame.data.strip() == "[DONE]":
        reading.warning = f"frame {frame.number}: data: [DONE] is not part of this protocol"
        return
    try:
        data = json.loads(frame.data)
    except (ValueError, RecursionError):
        violate(reading, frame, "data is not JSON")
        return
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        violate(reading, frame, "data is not an object with a type")
        return
    if frame.event is None:
        violate(reading, frame, "no event line (the official SDK drops such frames)")
    elif frame.event != data["type"]:
        violate(reading, frame, f"event {frame.event} carries data of type {data['type']}")
    if reading.finished:
        violate(reading, frame, f"{data['type']} after message_stop")
        return
    kind = data["type"]
    if kind == "ping":
        return
    if kind == "error":
        reading.error = data.get("error") if isinstance(data.get("error"), dict) else {}
        return
    if kind not in KNOWN_EVENTS:
        return  # new events must be tolerated
    if kind != "message_start" and reading.message is None:
        violate(reading, frame, f"{kind} before message_start")
        return
    STEPS[kind](reading, frame, data)


def start_message(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    if reading.message is not None:
        violate(reading, frame, "a second message_start")
        return
    message = data.get("message")
    if not isinstance(message, dict):
        violate(reading, frame, "message_start carries no message")
        return
    if message.get("content") != []:
        violate(reading, frame, "message_start does not begin with empty content")
    if message.get("stop_reason") is not None:
        violate(reading, frame, "message_start already has a stop_reason")
    reading.message = {**message, "content": []}


def start_block(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    block = data.get("content_block")
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        violate(reading, frame, "content_block_start carries no block with a type")
        return
    if reading._open is not None:
        violate(reading, frame, f"block {data.get('index')} starts while block {reading._open} is open")
    if data.get("index") != reading._next:
        violate(reading, frame, f"block index {data.get('index')} where {reading._next} is due")
    assert reading.message is not None
    reading.message["content"].append(dict(block))
    reading._open = reading._next
    reading._next += 1


def fill_block(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    delta = data.get("delta")
    if reading._open is None or data.get("index") != reading._open:
        violate(reading, frame, f"delta for block {data.get('index')}, which is not open")
        return
    assert reading.message is not None
    block = reading.message["content"][reading._open]
    if not isinstance(delta, dict):
        violate(reading, frame, "content_block_delta carries no delta")
        return
    kind = delta.get("type")
    if not isinstance(kind, str) or kind not in DELTAS_OF.get(block["type"], set()):
        violate(reading, frame, f"{kind} in a {block['type']} block")
        return
    if kind in DELTA_TEXT:
        key = DELTA_TEXT[kind]
        piece = delta.get(key)
        if not isinstance(piece, str):
            violate(reading, frame, f"{kind} carries no {key}")
            return
        block[key] = f"{block.get(key) or ''}{piece}"
    elif kind == "input_json_delta":
        reading._json.setdefault(reading._open, []).append(str(delta.get("partial_json", "")))
    elif kind == "citations_delta":
        before = block.get("citations")
        block["citations"] = [*(before if isinstance(before, list) else []), delta.get("citation")]


def stop_block(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    if reading._open is None or data.get("index") != reading._open:
        violate(reading, frame, f"stop of block {data.get('index')}, which is not open")
        return
    assert reading.message is not None
    joined = "".join(reading._json.get(reading._open, []))
    if joined:
        try:
            value = json.loads(joined)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            reading.message["content"][reading._open]["input"] = value
        else:
            # A cut by max_tokens may leave the fragment unfinished; message_delta decides which it was.
            reading.message["content"][reading._open]["input"] = joined
    reading._open = None


def end_message(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    delta = data.get("delta")
    assert reading.message is not None
    if not isinstance(delta, dict):
        violate(reading, frame, "message_delta carries no delta")
        return
    if reading._open is not None:
        violate(reading, frame, f"message_delta while block {reading._open} is open")
    told = {key: delta[key] for key in TOLD_AT_THE_END if delta.get(key) is not None}
    reading.message.update(told)
    if "stop_sequence" in delta:
        reading.message["stop_sequence"] = delta["stop_sequence"]
    if isinstance(data.get("usage"), dict):
        before = reading.message.get("usage")
        known = {k: v for k, v in data["usage"].items() if v is not None}
        reading.message["usage"] = {**(before if isinstance(before, dict) else {}), **known}
    if delta.get("stop_reason") is not None:
        reading._stop_reason_sent = True
        unfinished = [b for b in reading.message["content"] if isinstance(b.get("input"), str)]
        if unfinished and delta["stop_reason"] != "max_tokens":
            violate(reading, frame, "the input_json_delta fragments of a block do not join to a JSON object")


def stop_message(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    if reading._open is not None:
        violate(reading, frame, f"message_stop while block {reading._open} is open")
    if not reading._stop_reason_sent:
        violate(reading, frame, "message_stop before a message_delta with a stop_reason")
    reading.finished = True


STEPS = {
    "message_start": start_message,
    "content_block_start": start_block,
    "content_block_delta": fill_block,
    "content_block_stop": stop_block,
    "message_delta": end_message,
    "message_stop": stop_message,
}
