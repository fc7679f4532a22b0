"""Lies about bad requests for a stream."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import STREAMED, Lie
from conformance.lies.shared.fixed_answers import kept
from conformance.lies.shared.streams import told
from conformance.reference import faults
from conformance.reference.stream import frame
from conformance.reference.stream_changes import error_as_stream
from conformance.reference.transforms import Transform, default, only, put

NO_LIMIT: dict[str, Any] = {"unless": "max_tokens"}

FIRST = "without max_tokens"


def early(name: str, transform: Transform, note: str, **due: Any) -> Lie:
    """A bad request for a stream that is refused in another way, or not at all."""
    return told("stream.early_error", name, transform, note=note, **{"given": {}, **due})


ERROR = frame({"type": "error", "error": {"type": "invalid_request_error", "message": "max_tokens: needed"}})
SAID = b'{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: needed"}}'
INSIDE = "HTTP 200 and a stream instead of a refusal: HTTP 200 stream that ends in an error event: max_tokens"

LIES: list[Lie] = [
    early("inside_a_stream", error_as_stream(beside=STREAMED), f"{FIRST}: {INSIDE}"),
    early(
        "inside_a_started_stream",
        faults.say(STREAMED, frame({"type": "ping"}) + ERROR, "text/event-stream", **NO_LIMIT),
        INSIDE,
    ),
    early(
        "words_out_of_order",
        error_as_stream(beside=STREAMED, given={"max_tokens": "many"}),
        "with a max_tokens that is no number: HTTP 200 and a stream instead of a refusal",
    ),
    early(
        "no_messages_inside_a_stream",
        error_as_stream(beside=STREAMED, unless="messages"),
        "without messages: HTTP 200 and a stream instead of a refusal",
    ),
    early(
        "as_a_stream_with_its_status",
        error_as_stream(400, beside=STREAMED),
        f"{FIRST}: HTTP 400 as text/event-stream, not as JSON",
        status="partial",
        code="other_refusal",
    ),
    early(
        "in_words",
        faults.say(STREAMED, b"Bad request", "text/plain", status=400, **NO_LIMIT),
        f"{FIRST}: HTTP 400 as text/plain, not as JSON",
        status="partial",
        code="other_refusal",
    ),
    early(
        "as_a_page",
        faults.page(400, STREAMED, **NO_LIMIT),
        f"{FIRST}: HTTP 400 as text/html, not as JSON",
        status="partial",
        code="other_refusal",
    ),
    early(
        "in_a_good_answer",
        faults.say(STREAMED, SAID, **NO_LIMIT),
        f"{FIRST}: no clean refusal: HTTP 200 that is an error",
    ),
    early("crashes", faults.fail(500, STREAMED, **NO_LIMIT), f"{FIRST}: no clean refusal: HTTP 500: Internal error"),
    early("hangs", faults.hang(STREAMED, **NO_LIMIT), f"{FIRST}: no clean refusal: timeout"),
    early("is_cut", faults.cut(STREAMED, **NO_LIMIT), f"{FIRST}: no clean refusal: .*cut: .*closed connection"),
    early("gets_nothing", faults.empty(STREAMED, **NO_LIMIT), f"{FIRST}: no clean refusal: .*empty body"),
    early("gets_a_page", faults.page(200, STREAMED, **NO_LIMIT), f"{FIRST}: no clean refusal: .*HTML page"),
    early(
        "answered",
        default("max_tokens", 64, beside=STREAMED),
        f"{FIRST}: answered, although the same is refused without a stream",
        status="partial",
        code="incomplete",
    ),
    early(
        "answered_with_a_limit_of_its_own",
        put("max_tokens", 64, beside=STREAMED),
        "with a max_tokens that is no number: answered, although the same is refused without a stream",
        status="partial",
        code="incomplete",
        given={"max_tokens": "many"},
    ),
    early(
        "answered_from_a_cache",
        faults.say(STREAMED, kept("OK"), **NO_LIMIT),
        f"{FIRST}: answered, although",
        status="partial",
        code="incomplete",
    ),
    Lie(
        row="stream.early_error",
        name="all_answered",
        transforms=(
            default("max_tokens", 64, beside=STREAMED),
            only(put("max_tokens", 64, beside=STREAMED), {"max_tokens": "many"}),
            default("messages", [{"role": "user", "content": "Hello"}], beside=STREAMED),
        ),
        status="ignored",
        note=f"{FIRST}: answered, although the same is refused without a stream",
    ),
    early(
        "limited",
        faults.fail(429, STREAMED, "Slow down", **NO_LIMIT),
        "^$",
        status="supported",
    ),
    early(
        "comes_once",
        faults.fail(500, STREAMED, **NO_LIMIT, every=2),
        f"seen once and not again: {FIRST}: no clean refusal: HTTP 500",
        status="untested",
        code="unstable",
    ),
]
