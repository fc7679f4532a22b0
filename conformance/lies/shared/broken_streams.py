"""Streams with a flaw in them, word for word."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.lies.shared.fixed_answers import kept, message
from conformance.reference.stream import events_of, frame

Json = dict[str, Any]
SSE = "text/event-stream; charset=utf-8"

# Streams with thinking still come, but no call, no long answer and no plain one.
EVENTS = list(events_of(message("OK")))
WHOLE = b"".join(map(frame, EVENTS))


def _said(events: list[Json]) -> bytes:
    return b"".join(map(frame, events))


def _without(*kinds: str) -> bytes:
    return _said([event for event in EVENTS if event["type"] not in kinds])


def _changed(kind: str, change: Callable[[Json], Json]) -> bytes:
    return _said([change(event) if event["type"] == kind else event for event in EVENTS])


def _after(kind: str, *added: Json) -> bytes:
    """The stream with events put in after the last one of a kind."""
    place = max(number for number, event in enumerate(EVENTS) if event["type"] == kind)
    return _said([*EVENTS[: place + 1], *added, *EVENTS[place + 1 :]])


def _failing(kind: str) -> bytes:
    error = {"type": "error", "error": {"type": kind, "message": "Sorry"}}
    return _said(EVENTS[:3]) + frame(error)


FOREIGN = b"".join(
    b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": [{"delta": delta}]}).encode() + b"\n\n"
    for delta in ({"role": "assistant"}, {"content": "OK"}, {})
)

BROKEN: tuple[tuple[str, bytes, str], ...] = (
    ("never_stopped", _without("message_stop"), "ends without message_stop"),
    ("never_started", _without("message_start"), "a stream without a message .*before message_start"),
    ("started_twice", _after("message_start", EVENTS[0]), "a second message_start"),
    ("reason_missing", _without("message_delta"), "message_stop before a message_delta with a stop_reason"),
    (
        "reason_null",
        _changed("message_delta", lambda event: {**event, "delta": {"stop_reason": None, "stop_sequence": None}}),
        "message_stop before a message_delta with a stop_reason",
    ),
    (
        "reason_at_start",
        _changed("message_start", lambda event: {**event, "message": {**event["message"], "stop_reason": "end_turn"}}),
        "message_start already has a stop_reason",
    ),
    (
        "content_at_start",
        _changed(
            "message_start",
            lambda event: {**event, "message": {**event["message"], "content": [{"type": "text", "text": "OK"}]}},
        ),
        "message_start does not begin with empty content",
    ),
    ("message_missing", _changed("message_start", lambda event: {"type": event["type"]}), "carries no message"),
    ("block_never_started", _without("content_block_start"), "delta for block 0, which is not open"),
    ("block_never_stopped", _without("content_block_stop"), "message_delta while block 0 is open"),
    (
        "block_from_one",
        _changed("content_block_start", lambda event: {**event, "index": 1}),
        "block index 1 where 0 is due",
    ),
    (
        "delta_elsewhere",
        _changed("content_block_delta", lambda event: {**event, "index": 1}),
        "delta for block 1, which is not open",
    ),
    (
        "delta_foreign",
        _changed("content_block_delta", lambda event: {**event, "delta": {"type": "thinking_delta", "thinking": "O"}}),
        "thinking_delta in a text block",
    ),
    (
        "delta_after_stop",
        _after("content_block_stop", next(event for event in EVENTS if event["type"] == "content_block_delta")),
        "delta for block 0, which is not open",
    ),
    ("goes_on_after_stop", WHOLE + frame(EVENTS[-1]), "message_stop after message_stop"),
    (
        "events_unnamed",
        b"\n".join(line for line in WHOLE.split(b"\n") if not line.startswith(b"event:")),
        "no event line",
    ),
    ("events_misnamed", WHOLE.replace(b"event: message_delta", b"event: delta"), "event delta carries data of type"),
    ("lines_unparted", WHOLE.replace(b"\n\n", b"\n", 3), "data is not JSON"),
    ("end_unparted", WHOLE.removesuffix(b"\n"), "no blank line ends it"),
    ("data_garbled", WHOLE.replace(b'data: {"type": "message_delta"', b'data: {"type": message_delta'), "is not JSON"),
    ("foreign_stream", FOREIGN, "a stream without a message"),
    ("foreign_stream_and_done", FOREIGN + b"data: [DONE]\n\n", "a stream without a message"),
    ("one_body_as_stream", kept("OK"), "a stream without a message"),
    ("nothing_as_stream", b"", "a stream without a message"),
    ("ends_in_an_error", _failing("api_error"), "stream that ends in an error event: Sorry"),
    ("ends_in_overload", _failing("overloaded_error"), "HTTP 529 inside the stream: Sorry"),
)
"""Streams that no client can use: what is said, and what is due to be said of it."""
