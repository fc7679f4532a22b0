"""Lies about the envelope of an error."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from conformance.lies.lie import Lie
from conformance.reference import faults
from conformance.reference.acts import OTHER_ENVELOPE
from conformance.reference.transforms import Transform, error_reshape, only

EVERY = ""

# Only the rows of this table ask without it, and all but one have messages.
LIMIT, MESSAGES = "max_tokens", "messages"
OFFICIAL = b'{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"}}'


def envelope(name: str, transform: Transform, **due: Any) -> Lie:
    """A form of errors that breaks the row."""
    return Lie(row="errors.envelope", name=name, transforms=(transform,), status="broken", **due)


def reshaped(name: str, shape: dict[str, Any], note: str) -> Lie:
    """An error body of another form where max_tokens is missing."""
    return envelope(name, error_reshape(shape, beside=MESSAGES, unless=LIMIT), note=f"HTTP 400: {note}")


def reported(name: str, report: str, error: dict[str, Any]) -> Lie:
    """An error body as a public report has it: of no official form, and of no official type."""
    lie = reshaped(name, {"error": error}, f"the body has no type error: .*{re.escape(error['type'])}")
    return replace(lie, reports=(report,))


def said(name: str, body: bytes, media_type: str | None, note: str) -> Lie:
    """A refusal of another kind where max_tokens is missing."""
    answer = faults.say(EVERY, body, media_type, status=400, beside=MESSAGES, unless=LIMIT)
    return envelope(name, answer, note=f"HTTP 400: {note}")


NO_TYPE, NO_MESSAGE = "error.type is missing", "error.message is missing"
NESTED = '{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"}}'

LIES: list[Lie] = [
    reported(
        "of_a_proxy", "L01", {"type": "None", "code": "400", "param": "None", "message": "max_tokens: Field required"}
    ),
    reported("wrapped_as_text", "L03", {"type": "None", "message": NESTED}),
    reported("wrapped_by_a_relay", "L09", {"type": "<nil>", "message": NESTED}),
    reported(
        "of_a_cloud",
        "L10",
        {"type": "BadRequest", "code": "InvalidParameter", "param": "max_tokens", "message": "$message"},
    ),
    envelope("foreign", error_reshape(OTHER_ENVELOPE), note="HTTP 40.: the body has no type error"),
    envelope(
        "of_a_framework",
        error_reshape({"detail": "$message"}),
        note="HTTP 40.: the body has no type error",
    ),
    # Errors of one kind alone, as where a gateway's own checks answer otherwise than the engine behind it.
    envelope(
        "mixed",
        error_reshape(OTHER_ENVELOPE, beside=LIMIT, unless=MESSAGES),
        note="HTTP 400: the body has no type error",
        reports=("L02",),
    ),
    envelope(
        "mixed_by_key",
        only(error_reshape(OTHER_ENVELOPE), {"$headers.x-api-key": "^sk-wrong"}),
        note="HTTP 401: the body has no type error",
    ),
    envelope(
        "mixed_by_model",
        only(error_reshape(OTHER_ENVELOPE), {"model": "^no-such"}),
        note="HTTP 404: the body has no type error",
    ),
    reshaped("untyped", {"error": {"type": "$type", "message": "$message"}}, "the body has no type error"),
    reshaped("error_as_text", {"type": "error", "error": "$message"}, "error is no object"),
    reshaped("error_as_array", {"type": "error", "error": ["$message"]}, "error is no object"),
    reshaped("error_missing", {"type": "error", "message": "$message"}, "error is no object"),
    reshaped("kind_missing", {"type": "error", "error": {"message": "$message"}}, NO_TYPE),
    reshaped("kind_null", {"type": "error", "error": {"type": None, "message": "$message"}}, NO_TYPE),
    reshaped("kind_empty", {"type": "error", "error": {"type": "", "message": "$message"}}, NO_TYPE),
    reshaped("message_missing", {"type": "error", "error": {"type": "$type"}}, NO_MESSAGE),
    reshaped("message_empty", {"type": "error", "error": {"type": "$type", "message": ""}}, NO_MESSAGE),
    reshaped("message_as_object", {"type": "error", "error": {"type": "$type", "message": {}}}, NO_MESSAGE),
    envelope(
        "page",
        faults.page(400, EVERY, beside=MESSAGES, unless=LIMIT),
        note="HTTP 400: the content type is text/html, not application/json",
    ),
    said("plain", b"max_tokens is missing", "text/plain", "the content type is text/plain, not application/json"),
    said("mislabelled", OFFICIAL, "text/plain", "the content type is text/plain, not application/json"),
    said("unlabelled", OFFICIAL, None, "the content type is missing, not application/json"),
    said(
        "streamed", b"event: error\ndata: " + OFFICIAL + b"\n\n", "text/event-stream", "the content type is text/event"
    ),
    said("empty", b"", "application/json", "the body is no JSON object"),
    said("as_array", b"[" + OFFICIAL + b"]", "application/json", "the body is no JSON object"),
    said("words_as_json", b"max_tokens is missing", "application/json", "the body is no JSON object"),
]
