"""Lies about Claude Code: what its first request, or the turn after a tool call, is refused for."""

from __future__ import annotations

import json
from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.fixed_answers import message
from conformance.reference import faults
from conformance.reference.transforms import (
    Transform,
    answer_drop,
    answer_put,
    drop,
    only,
    put_header,
    refuse,
    refuse_header,
)

CODE = "$headers.x-app"
"""A header that this client alone sends."""

SCOPE_BETA = "prompt-caching-scope-2026-01-05"

UNKNOWN_BETA = only(
    faults.fail(
        400,
        "$headers.anthropic-beta",
        f"Unexpected value(s) `{SCOPE_BETA}` for the `anthropic-beta` header",
        beside=CODE,
    ),
    {"$headers.anthropic-beta": SCOPE_BETA},
)

FIRST = "clients.claude_code.first_request"
TOOL_TURN = "clients.claude_code.tool_turn"
CALLED = "messages[role=assistant]"
"""What the turn after a tool call holds, and the first request does not."""


def code(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie to Claude Code; unless told otherwise its request is refused for the part that the note names."""
    return Lie(row=FIRST, name=name, transforms=transforms, **{"status": "rejected", **due})


def refused_over(name: str, path: str, part: str, given: dict[str, str] | None = None) -> Lie:
    """A refusal of one part, in this request alone: the part has rows of its own."""
    transform = only(refuse(path, f"{path} is not for us", beside=CODE), given or {})
    return code(name, transform, note=f"it is answered without {part}: HTTP 400: .* is not for us")


def event(kind: str, **data: Any) -> bytes:
    """One frame of a stream."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


START = event("message_start", message=message("") | {"content": [], "stop_reason": None})
BLOCK = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
DELTA = event("content_block_delta", index=0, delta={"type": "text_delta", "text": "Hello"})
STOP = event("content_block_stop", index=0)
END = event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 1})
LAST = event("message_stop")
GRAMMAR = "the stream breaks its grammar: "
SURVIVED = "the stream breaks its grammar, and Claude Code finishes its turn on it: "


def streamed(name: str, *frames: bytes, note: str, **due: Any) -> Lie:
    """A stream with a flaw in it."""
    answer = faults.say(CODE, b"".join(frames), "text/event-stream")
    return code(name, answer, note=note, **{"status": "broken", **due})


OF_THE_FIRST_REQUEST = [
    *failures(FIRST, CODE, without=["refused"]),
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
    code(
        "caching_beta_refused",
        UNKNOWN_BETA,
        drop("context_management", beside=CODE),
        note=r"it is answered without anthropic-beta: HTTP 400: Unexpected value\(s\) `prompt-caching-scope",
        reports=("H15",),
    ),
    code(
        "caching_beta_and_editing_refused",
        UNKNOWN_BETA,
        refuse("context_management", beside=CODE),
        note=r"no single part is the cause: HTTP 400: (context_management: Extra inputs|Unexpected value)",
        reports=("H02",),
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
        faults.fail(500, "messages[role=system]", "system message must be at the beginning", beside=CODE),
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
        refuse("messages[role=system]", beside=CODE),
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
        status="partial",
        code="one_mode",
        note="answered without a stream only.*the answer is one JSON body where a stream was asked for",
    ),
    code(
        "unfinished",
        answer_put("stop_reason", None, beside=CODE),
        status="partial",
        code="framing",
        note=f"{SURVIVED}.*message_stop before a message_delta with a stop_reason",
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


def tool_turn(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie to the turn after a tool call; unless told otherwise it is refused for the part that the note names."""
    return Lie(row=TOOL_TURN, name=name, transforms=transforms, **{"status": "rejected", **due})


def turned_over(name: str, path: str, part: str) -> Lie:
    """A refusal of one part of the turn alone."""
    transform = only(refuse(path, f"{path} is not for us", beside=CODE), {f"{CALLED}.role": "assistant"})
    return tool_turn(name, transform, note=f"it is answered without {part}: HTTP 400: .* is not for us")


def turned_in_a_stream(name: str, *frames: bytes, note: str, **due: Any) -> Lie:
    """The turn after a call is answered with a stream that has a flaw in it."""
    answer = faults.say(CALLED, b"".join(frames), "text/event-stream", beside=CODE)
    return tool_turn(name, answer, note=note, **{"status": "broken", **due})


THOUGHT = "content[type=thinking]"
CALL = "content[type=tool_use]"
NEITHER = "the tool call and its result"
NO_THOUGHT = f"the thinking block or without {NEITHER}"

OF_THE_TOOL_TURN = [
    *failures(TOOL_TURN, CALLED, beside=CODE, without=["refused"]),
    turned_over("thinking_blocks_refused", f"messages[*].{THOUGHT}", NO_THOUGHT),
    turned_over("call_refused", f"messages[*].{CALL}", NEITHER),
    turned_over("result_refused", "messages[*].content[type=tool_result]", NEITHER),
    turned_over(
        "marked_result_refused",
        "messages[*].content[type=tool_result].cache_control",
        f"cache_control or without {NEITHER}",
    ),
    turned_over("thinking_refused", "thinking", "thinking"),
    turned_over("context_management_refused", "context_management", "context_management"),
    turned_over("system_turn_refused", "messages[role=system]", "the system turn"),
    turned_over("tools_refused", "tools[*]", "tools"),
    tool_turn(
        "crashes_over_the_result",
        faults.fail(500, "messages[*].content[type=tool_result]", beside=CODE),
        status="broken",
        note=f"it is answered without {NEITHER}: HTTP 500",
    ),
    tool_turn(
        "own_signature_dropped",
        answer_put(f"{THOUGHT}.signature", "", beside=CODE),
        status="partial",
        code="incomplete",
        note="refused with its thinking, which Claude Code then leaves out: HTTP 400: .*signature",
    ),
    tool_turn(
        "own_signature_of_another",
        answer_put(f"{THOUGHT}.signature", "bm90IG91cnM=", beside=CODE),
        status="partial",
        code="incomplete",
        note="refused with its thinking, which Claude Code then leaves out: HTTP 400: .*signature",
    ),
    tool_turn(
        "own_id_unfit",
        answer_put(f"{CALL}.id", "call:1/a b", beside=CODE),
        note=f"it is answered without {NEITHER}: HTTP 400: .*id",
    ),
    tool_turn(
        "thoughtless",
        answer_drop(THOUGHT, beside=CODE),
        status="supported",
        note="^there was no thinking to replay$",
    ),
    tool_turn(
        "context_too_small",
        refuse(CALLED, "prompt is too long: 9000 tokens > 8192 maximum", beside=CODE),
        status="untested",
        code="context_too_small",
        note="prompt is too long",
    ),
    tool_turn(
        "first_turn_without_tools",
        drop("tools", beside=CODE),
        status="untested",
        code="model_too_weak",
        note="no tool is called for in 3 tries of Claude Code's request",
    ),
    tool_turn(
        "unstreamed",
        only(drop("stream", beside=CODE), {f"{CALLED}.role": "assistant"}),
        status="partial",
        code="one_mode",
        note="answered without a stream only.*the answer is one JSON body where a stream was asked for",
    ),
    tool_turn(
        "unfinished",
        only(answer_put("stop_reason", None, beside=CODE), {f"{CALLED}.role": "assistant"}),
        status="partial",
        code="framing",
        note=f"{SURVIVED}.*message_stop before a message_delta with a stop_reason",
    ),
    turned_in_a_stream("endless", START, BLOCK, DELTA, note=f"{GRAMMAR}the stream ends without message_stop"),
    turned_in_a_stream("silent", b": keep-alive\n\n", note="a stream without a message"),
    turned_in_a_stream(
        "failed_inside",
        START,
        event("error", error={"type": "api_error", "message": "upstream gone"}),
        note="HTTP 200 stream that ends in an error event: upstream gone",
    ),
]

LIES: list[Lie] = [
    *OF_THE_FIRST_REQUEST,
    *OF_THE_TOOL_TURN,
]
