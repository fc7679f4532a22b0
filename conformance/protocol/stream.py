"""Reads a Messages event stream: the message that it adds up to, and the rules of the grammar that it breaks.

The grammar is section 3 of the official streaming documents: message_start, content blocks one at a time with
contiguous indices, message_delta, message_stop; ping and unknown events anywhere. It is read by a small state machine:
which block is open, which index is due, whether the message has begun and ended. A broken rule is noted and the rest is
read on, so that one defect is told once, under its own rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from conformance.protocol.sse import BOM, Frame, frames_of
from conformance.protocol.status import Deviation
from conformance.protocol.stream_reading import StreamReading, blame, note_down, violate
from conformance.protocol.stream_rules import Broken, Rule, shorten, show
from conformance.protocol.stream_shapes import (
    DELTA_TEXT,
    DELTAS_OF,
    count_of,
    flaws_of_counts,
    flaws_of_message,
    flaws_of_skeleton,
)
from conformance.protocol.strict_json import JsonFaultError, parse

TOLD_AT_THE_END = ("stop_reason", "stop_sequence", "stop_details", "container")
"""What a message_delta may set."""

MOST_FRAMES = 20_000
"""A frame has about a hundred bytes, so an answer within the wire's limit has hardly more."""

KNOWN_EVENTS = {
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
}


def read_stream(body: bytes, *, cut: bool = False) -> StreamReading:
    """Plays the frames of a whole body; reads on after a violation, as lenient clients do, and keeps the first.
    `cut`: the reader hung up, so a missing end is no fault of the stream."""
    frames = frames_of(body)
    reading = play((frame for frame in frames if frame.complete) if cut else frames, cut=cut)
    if body.strip() and not reading.shown and not cut:
        told = "the stream holds no frame, neither event: nor data:"
        reading.broken = [Broken(rule=Rule.FRAMING, told=told, shown=shorten(body))]
    if body.startswith(BOM):
        told = "the stream begins with a byte order mark, over which the official SDK misses the first event"
        note_down(reading, Broken(rule=Rule.FRAMING, told=told, deviation=Deviation.FRAMING))
    return reading


def play(frames: Iterable[Frame], *, cut: bool = False) -> StreamReading:
    """The reading of frames, in their order. A flood of them is read no further than MOST_FRAMES."""
    reading = StreamReading()
    for frame in frames:
        if frame.number > MOST_FRAMES:
            violate(reading, Rule.ORDER, frame, f"the stream has more than {MOST_FRAMES:,} frames")
            return reading
        step(reading, frame)
    if reading.unjoined is not None and not reading.of(Rule.INPUT_JSON):
        reading.shown.discard(Rule.INPUT_JSON)  # nobody is blamed for pieces that do not join, so none is cleared
    if cut:
        return reading
    if not reading.finished and reading.error is None:
        note_down(reading, Broken(rule=Rule.ORDER, told="the stream ends without message_stop", fatal=True))
        if reading.begun and not reading.stop_reason_sent:
            reading.shown.add(Rule.MESSAGE_DELTA)
            note_down(reading, Broken(rule=Rule.MESSAGE_DELTA, told="the stream ends and never says a stop_reason"))
    return reading


def step(reading: StreamReading, frame: Frame) -> None:
    """Takes in one frame."""
    reading.shown |= {Rule.UTF8, Rule.FRAMING, Rule.NO_DONE}
    if not is_utf8(frame.raw):
        blame(reading, Rule.UTF8, frame, "its bytes are not UTF-8")
    data = data_of(reading, frame)
    if data is None:
        return
    kind = data["type"]
    if frame.event is None:
        violate(reading, Rule.FRAMING, frame, "no event line (the official SDK drops such frames)")
    elif frame.event != kind:
        violate(reading, Rule.FRAMING, frame, f"event {frame.event} carries data of type {kind}")
    reading.shown.add(Rule.ORDER)
    if reading.finished:
        violate(reading, Rule.ORDER, frame, f"{kind} after message_stop")
        return
    if kind == "ping":
        return
    if reading.error is not None:
        blame(reading, Rule.ORDER, frame, f"{kind} after an error event")
    if kind == "error":
        reading.error = data.get("error") if isinstance(data.get("error"), dict) else {}
        return
    if kind not in KNOWN_EVENTS:
        return  # new events must be tolerated
    if kind != "message_start" and not reading.begun:
        violate(reading, Rule.ORDER, frame, f"{kind} before message_start")
    if kind == "content_block_start" and reading.stop_reason_sent:
        blame(reading, Rule.ORDER, frame, "content_block_start after the message_delta with the stop_reason")
    STEPS[kind](reading, frame, data)


def is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def data_of(reading: StreamReading, frame: Frame) -> dict[str, Any] | None:
    """The object that a frame carries; None where there is none to play."""
    if frame.data is not None and frame.data.strip() == "[DONE]":
        reading.warning = f"frame {frame.number}: data: [DONE] is not part of this protocol"
        done = Broken(rule=Rule.NO_DONE, told=reading.warning, shown=show(frame), deviation=Deviation.FRAMING)
        note_down(reading, done)
        return None
    fault = ""
    try:
        data = parse(frame.data or "")
    except JsonFaultError as error:
        data, fault = None, str(error)
    readable = isinstance(data, dict) and isinstance(data.get("type"), str)
    if not frame.complete:
        # Half a frame is a stream that was cut off; a whole one lacks only its blank line, several run together many.
        told = "no blank line ends it, so no client sees it"
        whole = readable or reading.finished or frame.raw.count(b"\ndata:") > 1
        rule = Rule.FRAMING if whole else Rule.ORDER
        violate(reading, rule, frame, told)
        if reading.finished:
            return None
    elif frame.data is None:
        violate(reading, Rule.FRAMING, frame, f"event {frame.event} has no data line")
    elif data is None and frame.data.strip() != "null":
        violate(reading, Rule.FRAMING, frame, f"data is not JSON: {fault}")
    elif not readable:
        violate(reading, Rule.FRAMING, frame, "data is not an object with a type")
    if not readable:
        reading.lost = True
        return None
    assert isinstance(data, dict)
    return data


def start_message(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    if reading.begun:
        violate(reading, Rule.ORDER, frame, "a second message_start")
        return
    reading.begun = True
    reading.shown.add(Rule.MESSAGE_START)
    message = data.get("message")
    if not isinstance(message, dict):
        violate(reading, Rule.MESSAGE_START, frame, "message_start carries no message")
        return
    if message.get("content") != []:
        violate(reading, Rule.MESSAGE_START, frame, "message_start does not begin with empty content")
    if message.get("stop_reason") is not None:
        violate(reading, Rule.MESSAGE_START, frame, "message_start already has a stop_reason")
    for told, deviation in flaws_of_message(message):
        blame(reading, Rule.MESSAGE_START, frame, told, deviation)
    reading.message = {**message, "content": reading.content}
    reading.output = count_of(message.get("usage"), "output_tokens") or 0


def start_block(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    reading.shown |= {Rule.BLOCKS, Rule.SKELETONS}
    block = data.get("content_block")
    if reading.block is not None:
        told = f"block {data.get('index')} starts while block {reading.index} is open"
        violate(reading, Rule.BLOCKS, frame, told)
        close_block(reading)
    if data.get("index") != reading.next_index:
        violate(reading, Rule.BLOCKS, frame, f"block index {data.get('index')} where {reading.next_index} is due")
    reading.index = data.get("index")
    reading.next_index += 1
    if not isinstance(block, dict) or not isinstance(block.get("type"), str):
        violate(reading, Rule.SKELETONS, frame, "content_block_start carries no block with a type")
        reading.block = {"type": ""}
        return
    for told, deviation in flaws_of_skeleton(block):
        blame(reading, Rule.SKELETONS, frame, f"block {reading.index}: {told}", deviation)
    reading.block = dict(block)
    reading.content.append(reading.block)


def fill_block(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    block = reading.block
    if block is None or data.get("index") != reading.index:
        violate(reading, Rule.BLOCKS, frame, f"delta for block {data.get('index')}, which is not open")
        reading.piece_lost = True
        return
    if not block["type"]:
        return  # nobody knows what may fill it
    delta = data.get("delta")
    if not isinstance(delta, dict):
        violate(reading, Rule.SKELETONS, frame, "content_block_delta carries no delta")
        return
    kind = delta.get("type")
    if not isinstance(kind, str) or kind not in DELTAS_OF.get(block["type"], set()):
        violate(reading, Rule.SKELETONS, frame, f"{kind} in a {block['type']} block")
        return
    if reading.signed:
        blame(reading, Rule.SKELETONS, frame, f"{kind} after the signature_delta of its block")
    if kind == "signature_delta" and not reading.signed and block.get("signature") is None:
        told = f"block {reading.index} was opened without an empty signature, and is signed now"
        blame(reading, Rule.SKELETONS, frame, told, Deviation.INCOMPLETE)
    reading.signed = kind == "signature_delta" or reading.signed
    if kind in DELTA_TEXT:
        key = DELTA_TEXT[kind]
        piece = delta.get(key)
        if not isinstance(piece, str):
            violate(reading, Rule.SKELETONS, frame, f"{kind} carries no {key}")
            return
        block[key] = f"{block.get(key) or ''}{piece}"
    elif kind == "input_json_delta":
        piece = delta.get("partial_json")
        reading.shown.add(Rule.INPUT_JSON)
        if not isinstance(piece, str):
            blame(reading, Rule.INPUT_JSON, frame, f"partial_json is {json.dumps(piece):.60}, not a text")
        reading.pieces.append(str(delta.get("partial_json", "")))
    elif kind == "citations_delta":
        if not isinstance(block.get("citations"), list):
            block["citations"] = []
        block["citations"].append(delta.get("citation"))


def stop_block(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    if reading.block is None or data.get("index") != reading.index:
        violate(reading, Rule.BLOCKS, frame, f"stop of block {data.get('index')}, which is not open")
        return
    close_block(reading)


def close_block(reading: StreamReading) -> None:
    """Joins what the open block was filled with."""
    assert reading.block is not None
    if "input" in reading.block or reading.pieces:
        reading.shown.add(Rule.INPUT_JSON)
    joined = "".join(reading.pieces)
    if joined:
        try:
            value = parse(joined)
        except JsonFaultError:
            value = None
        # A cut by max_tokens may leave the fragment unfinished; message_delta decides which it was.
        reading.block["input"] = value if isinstance(value, dict) else joined
        if not isinstance(value, dict):
            reading.unjoined = joined
    reading.block, reading.pieces, reading.signed = None, [], False


def end_message(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    reading.shown.add(Rule.MESSAGE_DELTA)
    delta = data.get("delta")
    if not isinstance(delta, dict):
        violate(reading, Rule.MESSAGE_DELTA, frame, "message_delta carries no delta")
        return
    if reading.block is not None:
        violate(reading, Rule.BLOCKS, frame, f"message_delta while block {reading.index} is open")
    reason = delta.get("stop_reason")
    if reading.message is not None:
        reading.message.update({key: delta[key] for key in TOLD_AT_THE_END if delta.get(key) is not None})
        if isinstance(data.get("context_management"), dict):
            reading.message["context_management"] = data["context_management"]
        if "stop_sequence" in delta:
            reading.message["stop_sequence"] = delta["stop_sequence"]
        if isinstance(data.get("usage"), dict):
            before = reading.message.get("usage")
            for rule, flaw in flaws_of_counts(before, data["usage"], reading.content):
                blame(reading, rule, frame, flaw, Deviation.IMPLAUSIBLE)
            known = {k: v for k, v in data["usage"].items() if v is not None}
            reading.message["usage"] = {**(before if isinstance(before, dict) else {}), **known}
    check_end(reading, frame, data, delta)
    if reason is not None:
        reading.stop_reason_sent = True
        # A piece may be lost with the block that it did not find open.
        if reading.unjoined is not None and reason != "max_tokens" and not reading.piece_lost:
            told = "the input_json_delta fragments of a block do not join to a JSON object"
            told = f"frame {frame.number}: {told}"
            shown = shorten(reading.unjoined.encode("utf-8", "surrogatepass"))
            note_down(reading, Broken(rule=Rule.INPUT_JSON, told=told, shown=shown, fatal=True))


def check_end(reading: StreamReading, frame: Frame, data: dict[str, Any], delta: dict[str, Any]) -> None:
    """What a message_delta must say besides the stop_reason."""
    reason = delta.get("stop_reason")
    if reason is None:
        if reading.stop_reason_sent:
            blame(reading, Rule.MESSAGE_DELTA, frame, "a later message_delta takes the stop_reason back")
    elif not isinstance(reason, str):
        blame(reading, Rule.MESSAGE_DELTA, frame, f"stop_reason is {json.dumps(reason):.60}, not a text")
    elif "stop_sequence" not in delta:
        blame(reading, Rule.MESSAGE_DELTA, frame, "message_delta has no stop_sequence, not even null")
    usage = data.get("usage")
    if usage is None and reason is None:
        return
    output = count_of(usage, "output_tokens")
    if output is None:
        blame(reading, Rule.MESSAGE_DELTA, frame, "message_delta has no count of output_tokens")
        return
    if output < reading.output:
        told = f"output_tokens falls from {reading.output} to {output}, and must be cumulative"
        blame(reading, Rule.MESSAGE_DELTA, frame, told)
    elif output == 0 and reading.content:
        told = "output_tokens is 0 although there was an answer"
        blame(reading, Rule.MESSAGE_DELTA, frame, told, Deviation.IMPLAUSIBLE)
    reading.output = max(output, reading.output)


def stop_message(reading: StreamReading, frame: Frame, data: dict[str, Any]) -> None:
    if reading.block is not None:
        violate(reading, Rule.BLOCKS, frame, f"message_stop while block {reading.index} is open")
    reading.shown.add(Rule.MESSAGE_DELTA)
    if not reading.stop_reason_sent:
        violate(reading, Rule.MESSAGE_DELTA, frame, "message_stop before a message_delta with a stop_reason")
    reading.finished = True


STEPS = {
    "message_start": start_message,
    "content_block_start": start_block,
    "content_block_delta": fill_block,
    "content_block_stop": stop_block,
    "message_delta": end_message,
    "message_stop": stop_message,
}
