"""Lies to the official SDK: a message or a stream that it cannot use, and what it survives."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.broken_streams import BROKEN, SSE
from conformance.lies.shared.combinators import narrowed
from conformance.reference import faults
from conformance.reference.headers import CURRENT_VERSION
from conformance.reference.transforms import (
    Transform,
    answer_add,
    answer_drop,
    answer_put,
    default,
    drop,
    only,
    refuse_header,
)

# Headers that this client alone sends.
SDK = "$headers[x-stainless-lang][x-stainless-async=false]"
CREATED = {"max_tokens": "^32$"}
"""The limit of the row about create: other uses of the SDK have others."""


def sdk(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie to the SDK; unless told otherwise it breaks the row."""
    # A header is read before there is a body to look at.
    steps = (step if step.stage == "headers" else only(step, {**step.given, **CREATED}) for step in transforms)
    return Lie(row="clients.sdk.message", name=name, transforms=tuple(steps), **{"status": "broken", **due})


MESSAGE = b'{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"OK"}],'
MESSAGE += b'"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":6,"output_tokens":1}}'

TEXT = "content[type=text]"
UNREADABLE = "reading the SDK's Message fails: "
NO_WORDS = "the SDK's Message has no text or no usage"

OF_THE_SDK = [
    # A header has no place in a body that could be refused as a field.
    *narrowed(failures("clients.sdk.message", SDK, without=["refused"]), CREATED),
    sdk(
        "refused",
        refuse_header("x-stainless-lang"),
        status="rejected",
        note="HTTP 400: x-stainless-lang: header is not supported",
    ),
    sdk("walled_off", faults.page(403, SDK), status="rejected", note="HTTP 403: an HTML page"),
    sdk("bad_gateway", faults.page(502, SDK), note="HTTP 502: an HTML page"),
    sdk("key_unread", faults.fail(401, SDK, "invalid key"), status="rejected", note="HTTP 401: invalid key"),
    sdk(
        "older_version_alone",
        refuse_header("anthropic-version", CURRENT_VERSION),
        status="partial",
        code="one_form",
        note="works with anthropic-version 2023-06-01 only; as SDK 2 sends it: the SDK raises BadRequestError",
    ),
    sdk(
        "newer_version_crashes",
        only(faults.fail(500, SDK), {"$headers.anthropic-version": CURRENT_VERSION}),
        status="partial",
        code="one_form",
        note="only; as SDK 2 sends it: the SDK raises InternalServerError: HTTP 500",
    ),
    sdk("typeless", answer_drop("type", beside=SDK), note="the SDK's Message has type None"),
    sdk("other_type", answer_put("type", "completion", beside=SDK), note="the SDK's Message has type 'completion'"),
    sdk("other_role", answer_put("role", "model", beside=SDK), note="type 'message' and role 'model'"),
    sdk("no_usage", answer_drop("usage", beside=SDK), note=UNREADABLE),
    sdk("null_usage", answer_put("usage", None, beside=SDK), note=UNREADABLE),
    sdk("no_input_count", answer_drop("usage.input_tokens", beside=SDK), note=UNREADABLE),
    sdk("null_output_count", answer_put("usage.output_tokens", None, beside=SDK), note=UNREADABLE),
    sdk(
        "counts_as_text",
        answer_put("usage.input_tokens", "6", beside=SDK),
        answer_put("usage.output_tokens", "1", beside=SDK),
        note=NO_WORDS,
    ),
    sdk("block_without_text", answer_drop(f"{TEXT}.text", beside=SDK), note=UNREADABLE),
    sdk("null_text", answer_put(f"{TEXT}.text", None, beside=SDK), note=UNREADABLE),
    sdk("text_for_a_block", answer_add("content", "OK", beside=SDK), note=UNREADABLE),
    sdk("content_as_text", answer_put("content", "OK", beside=SDK), note="JSON that is no Message .no content array"),
    sdk("null_content", answer_put("content", None, beside=SDK), note="JSON that is no Message .no content array"),
    # The SDK reads the JSON for what it is, so its user meets a Message.
    sdk("mislabelled", faults.say(SDK, MESSAGE, "text/event-stream"), status="supported", note="^$"),
    sdk("streamed_unasked", default("stream", True, beside=SDK), note="the SDK returns a str instead of a Message"),
    sdk("array", faults.say(SDK, b"[" + MESSAGE + b"]"), note="HTTP 200 with a body that is not a JSON object"),
    sdk("wrapped", faults.say(SDK, b'{"code":0,"data":' + MESSAGE + b"}"), note="no content array"),
    sdk(
        "cut_json",
        faults.say(SDK, MESSAGE[:90]),
        note="HTTP 200 with a body that is not JSON: it ends in the middle, after 90 characters",
    ),
    sdk("falsely_compressed", faults.say(SDK, MESSAGE, encoding="gzip"), note="cut: DecodingError", reports=("N18",)),
    sdk("accepted_alone", faults.say(SDK, b'{"id":"msg_1","status":"queued"}', status=202), note="HTTP 202 with JSON"),
    sdk("moved", faults.say(SDK, b"", status=307), note="HTTP 307"),
]

# The header that the SDK's streams alone send, and the limit of the row: a tool loop has another.
STREAM = "$headers.x-stainless-stream-helper"
STREAMED = {"max_tokens": "^52$"}
ROW = "clients.sdk.stream"
RAISES = "the SDK raises "
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
    *OF_THE_SDK,
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
