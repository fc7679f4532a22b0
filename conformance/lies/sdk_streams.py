"""Lies to the SDK while it streams: what its accumulator cannot use, and what it survives."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.narrow import narrowed
from conformance.lies.streaming import BROKEN, SSE
from conformance.reference import faults
from conformance.reference.headers import CURRENT_VERSION
from conformance.reference.transforms import Transform, answer_drop, answer_put, drop, only, refuse_header

# The header that the SDK's streams alone send, and the limit of the row: a tool loop has another.
STREAM = "$headers.x-stainless-stream-helper"
STREAMED = {"max_tokens": "^52$"}
ROW = "clients.sdk.stream"
RAISES = "the SDK raises "
UNREADABLE = "reading the SDK's Message fails: "

SAID = {name: body for name, body, _ in BROKEN}
UNUSABLE = {
    "never_started": "a stream without a message",
    "reason_missing": "the SDK's stream ends without a stop_reason",
    "reason_null": "the SDK's stream ends without a stop_reason",
    "content_at_start": "the words of the SDK's stream are not those of its Message",
    "message_missing": "a stream without a message",
    "block_never_started": f"{RAISES}IndexError: list index out of range",
    "delta_elsewhere": f"{RAISES}IndexError: list index out of range",
    "delta_foreign": "the SDK's stream holds no words",
    "events_unnamed": f"{RAISES}AssertionError: no event of a message reaches it",
    "lines_unparted": "a stream without a message",
    "data_garbled": f"{RAISES}JSONDecodeError: Expecting value",
    "foreign_stream_and_done": "a stream without a message",
    "one_body_as_stream": "a stream without a message",
    "nothing_as_stream": "a stream without a message",
    "ends_in_an_error": "stream that ends in an error event: Sorry",
    "ends_in_overload": "HTTP 529 inside the stream: Sorry",
}
"""The streams that leave a user of the SDK without a Message, and what is due to be said."""
SURVIVED = ("never_stopped", "started_twice", "block_never_stopped", "goes_on_after_stop", "events_misnamed")
"""The streams that break their grammar, but not the SDK."""


def stream(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie to the SDK's streams; unless told otherwise it breaks the row."""
    steps = (step if step.stage == "headers" else only(step, {**step.given, **STREAMED}) for step in transforms)
    return Lie(row=ROW, name=name, transforms=tuple(steps), **{"status": "broken", **due})


def says(name: str, **due: Any) -> Lie:
    return stream(name, faults.say(STREAM, SAID[name], SSE), **due)


LIES: list[Lie] = [
    *narrowed(failures(ROW, STREAM, without=["refused"]), STREAMED),
    stream(
        "refused",
        refuse_header("x-stainless-stream-helper"),
        status="rejected",
        note="HTTP 400: x-stainless-stream-helper: header is not supported",
    ),
    stream(
        "newer_version_crashes",
        only(faults.fail(500, STREAM), {"$headers.anthropic-version": CURRENT_VERSION}),
        status="partial",
        code="one_form",
        note="works with anthropic-version 2023-06-01 only; .* the SDK raises InternalServerError: HTTP 500",
    ),
    stream(
        "unstreamed", drop("stream", beside=STREAM), note=f"{RAISES}AssertionError: no event of a message reaches it"
    ),
    stream("no_usage", answer_drop("usage", beside=STREAM), note=f"{RAISES}AttributeError: .*output_tokens"),
    stream("null_usage", answer_put("usage", None, beside=STREAM), note=UNREADABLE),
    stream("no_input_count", answer_drop("usage.input_tokens", beside=STREAM), note=UNREADABLE),
    stream("no_reason", answer_put("stop_reason", None, beside=STREAM), note="ends without a stop_reason"),
    stream("no_words", answer_drop("content[type=text]", beside=STREAM), note="the SDK's stream holds no words"),
    stream("other_role", answer_put("role", "model", beside=STREAM), note="type 'message' and role 'model'"),
    *(says(name, note=note) for name, note in UNUSABLE.items()),
    *(says(name, status="supported", note="^$") for name in SURVIVED),
]
