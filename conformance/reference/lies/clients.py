"""Lies about real clients: what the SDK cannot use, and what Claude Code's first request is refused for."""

from __future__ import annotations

import json
from typing import Any

from conformance.reference import faults
from conformance.reference.headers import CURRENT_VERSION
from conformance.reference.lies.lie import Lie, failures
from conformance.reference.transforms import (
    Transform,
    answer_add,
    answer_drop,
    answer_put,
    default,
    drop,
    only,
    put_header,
    refuse,
    refuse_header,
)

# Headers that each client alone sends.
SDK = "$headers.x-stainless-lang"
CODE = "$headers.x-app"


def sdk(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie to the SDK; unless told otherwise it breaks the row."""
    return Lie(row="clients.sdk.message", name=name, transforms=transforms, **{"status": "broken", **due})


MESSAGE = b'{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"OK"}],'
MESSAGE += b'"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":6,"output_tokens":1}}'
TEXT = "content[type=text]"
UNREADABLE = "reading the SDK's Message fails: "
NO_WORDS = "the SDK's Message has no text or no usage"

OF_THE_SDK = [
    # A header has no place in a body that could be refused as a field.
    *failures("clients.sdk.message", SDK, without=["refused"]),
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
    sdk("cut_json", faults.say(SDK, MESSAGE[:90]), note="HTTP 200 with a body that is not a JSON object"),
    sdk("falsely_compressed", faults.say(SDK, MESSAGE, encoding="gzip"), note="cut: DecodingError"),
    sdk("accepted_alone", faults.say(SDK, b'{"id":"msg_1","status":"queued"}', status=202), note="HTTP 202 with JSON"),
    sdk("moved", faults.say(SDK, b"", status=307), note="HTTP 307"),
]


def code(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie to Claude Code; unless told otherwise its request is refused for the part that the note names."""
    return Lie(
        row="clients.claude_code.first_request", name=name, transforms=transforms, **{"status": "rejected", **due}
    )


def refused_over(name: str, path: str, part: str, given: dict[str, str] | None = None) -> Lie:
    """A refusal of one part, in this request alone: the part has rows of its own."""
    transform = only(refuse(path, f"{path} is not for us", beside=CODE), given or {})
    return code(name, transform, note=f"it is answered without {part}: HTTP 400: .* is not for us")


def event(kind: str, **data: Any) -> bytes:
    """One frame of a stream."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


START = event("message_start", message=json.loads(MESSAGE) | {"content": [], "stop_reason": None})
BLOCK = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
DELTA = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hello"})
STOP = event("content_block_stop", index=0)
END = event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 1})
LAST = event("message_stop")
GRAMMAR = "the stream breaks its grammar: "


def streamed(name: str, *frames: bytes, note: str, **due: Any) -> Lie:
    """A stream with a flaw in it."""
    answer = faults.say(CODE, b"".join(frames), "text/event-stream")
    return code(name, answer, note=note, **{"status": "broken", **due})


OF_CLAUDE_CODE = [
    *failures("clients.claude_code.first_request", CODE, without=["refused"]),
    code(
        "refused",
        refuse_header("x-app"),
        note="no single part is the cause: HTTP 400: x-app: header is not supported",
    ),
    code(
        "betas_unknown",
        refuse_header("anthropic-beta", beside="x-app"),
        # What needs a beta is let pass without it, else its lack would be the next refusal.
        drop("context_management", beside=CODE),
        note="it is answered without anthropic-beta: HTTP 400: anthropic-beta: header is not supported",
    ),
    code(
        "betas_taken_away",
        put_header("anthropic-beta", "", beside="x-app"),
        note="it is answered without context_management: HTTP 400: context_management: Extra inputs",
    ),
    refused_over("thinking_refused", "thinking[type=adaptive]", "thinking"),
    refused_over("context_management_refused", "context_management", "context_management"),
    refused_over("effort_refused", "output_config", "output_config"),
    refused_over("user_refused", "metadata.user_id", "metadata"),
    refused_over("limit_refused", "max_tokens", "max_tokens 32000", {"max_tokens": r"^\d{5}$"}),
    refused_over("cache_control_refused", "system[*].cache_control", "cache_control or without system blocks"),
    refused_over("cache_control_of_turns_refused", "messages[*].content[*].cache_control", "cache_control"),
    refused_over("system_blocks_refused", "system[:array]", "system blocks"),
    refused_over("tools_refused", "tools[*]", "tools"),
    refused_over("system_turn_refused", "messages[role=system]", "the system turn"),
    code(
        "system_turn_crashes",
        faults.fail(500, "messages[role=system]", "system message must be at the beginning"),
        status="broken",
        note="it is answered without the system turn: HTTP 500: system message must be at the beginning",
    ),
    code(
        "tools_crash",
        faults.fail(500, "tools", beside=CODE),
        status="broken",
        note="it is answered without tools: HTTP 500",
    ),
    code(
        "two_parts_refused",
        refuse("thinking", beside=CODE),
        refuse("messages[role=system]"),
        note="no single part is the cause: HTTP 400: thinking",
    ),
    code(
        "context_too_small",
        refuse("tools", "prompt is too long: 9000 tokens > 8192 maximum", beside=CODE),
        status="untested",
        code="context_too_small",
        note="prompt is too long",
    ),
    code(
        "unstreamed",
        drop("stream", beside=CODE),
        status="broken",
        note="the answer is one JSON body where a stream was asked for",
    ),
    code(
        "unfinished",
        answer_put("stop_reason", None, beside=CODE),
        status="broken",
        note=f"{GRAMMAR}.*message_stop before a message_delta with a stop_reason",
    ),
    streamed("endless", START, BLOCK, DELTA, note=f"{GRAMMAR}the stream ends without message_stop"),
    streamed("headless", BLOCK, DELTA, STOP, END, LAST, note="a stream without a message"),
    streamed(
        "nameless_frames",
        *(frame.partition(b"\n")[2] for frame in (START, BLOCK, DELTA, STOP, END, LAST)),
        note=f"{GRAMMAR}frame 1: no event line",
    ),
    streamed("unstopped", START, BLOCK, DELTA, END, LAST, note=f"{GRAMMAR}.*message_delta while block 0 is open"),
    streamed("unstarted", START, DELTA, END, LAST, note=f"{GRAMMAR}.*delta for block 0, which is not open"),
    streamed(
        "failed_inside",
        START,
        event("error", error={"type": "api_error", "message": "upstream gone"}),
        note="HTTP 200 stream that ends in an error event: upstream gone",
    ),
    streamed(
        "overloaded_inside",
        START,
        event("error", error={"type": "overloaded_error", "message": "Overloaded"}),
        note="HTTP 529 inside the stream: Overloaded",
    ),
    streamed(
        "limited_inside",
        START,
        event("error", error={"type": "rate_limit_error", "message": "Slow down"}),
        status="untested",
        code="rate_limited",
        note="HTTP 429 inside the stream: Slow down",
    ),
    streamed(
        "of_another_protocol",
        b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: [DONE]\n\n',
        note="a stream without a message",
    ),
    streamed("silent", b": keep-alive\n\n", note="a stream without a message"),
]

LIES: list[Lie] = [*OF_THE_SDK, *OF_CLAUDE_CODE]
