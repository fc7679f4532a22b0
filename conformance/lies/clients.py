"""Lies about real clients: what the SDK cannot use; those about Claude Code stand by themselves."""

from __future__ import annotations

from typing import Any

from conformance.lies import claude_code, sdk_loops, sdk_streams
from conformance.lies.lie import Lie, failures
from conformance.lies.narrow import narrowed
from conformance.reference import faults
from conformance.reference.headers import CURRENT_VERSION
from conformance.reference.transforms import (
    Transform,
    answer_add,
    answer_drop,
    answer_put,
    default,
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


LIES: list[Lie] = [*OF_THE_SDK, *sdk_streams.LIES, *sdk_loops.LIES, *claude_code.LIES]
