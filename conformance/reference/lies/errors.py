"""Lies about how requests are refused."""

from __future__ import annotations

from typing import Any

from conformance.reference import faults
from conformance.reference.acts import OTHER_ENVELOPE
from conformance.reference.lies.lie import Lie
from conformance.reference.transforms import Transform, default, error_reshape, only

EVERY = ""
# Only the rows of this table ask without it.
LIMIT = "max_tokens"
OFFICIAL = b'{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"}}'


def envelope(name: str, transform: Transform, **due: Any) -> Lie:
    """A form of errors that breaks the row."""
    return Lie(row="errors.envelope", name=name, transforms=(transform,), status="broken", **due)


def reshaped(name: str, shape: dict[str, Any], note: str) -> Lie:
    """An error body of another form where max_tokens is missing."""
    return envelope(name, error_reshape(shape, unless=LIMIT), note=f"HTTP 400: {note}")


def said(name: str, body: bytes, media_type: str | None, note: str) -> Lie:
    """A refusal of another kind where max_tokens is missing."""
    answer = faults.say(EVERY, body, media_type, status=400, unless=LIMIT)
    return envelope(name, answer, note=f"HTTP 400: {note}")


NO_TYPE, NO_MESSAGE = "error.type is missing", "error.message is missing"

ENVELOPE = [
    envelope("foreign", error_reshape(OTHER_ENVELOPE), note="HTTP 40.: the body has no type error"),
    envelope("of_a_framework", error_reshape({"detail": "$message"}), note="HTTP 40.: the body has no type error"),
    # Errors of one kind alone, as where a gateway's own checks answer otherwise than the engine behind it.
    envelope(
        "mixed",
        error_reshape(OTHER_ENVELOPE, unless="messages"),
        note="HTTP 400: the body has no type error",
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
        faults.page(400, EVERY, unless=LIMIT),
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


def unrefused(name: str, transform: Transform, **due: Any) -> Lie:
    """Another end of a request without max_tokens; unless told otherwise it breaks the row."""
    due = {"status": "broken", **due}
    return Lie(row="errors.missing_max_tokens", name=name, transforms=(transform,), **due)


def refused_otherwise(name: str, transform: Transform, note: str) -> Lie:
    """A refusal that is not the one that is documented."""
    return unrefused(name, transform, status="partial", code="other_refusal", note=f"refused otherwise: {note}")


MISSING_MAX_TOKENS = [
    unrefused("answered", default("max_tokens", 1024), note="answered instead of refused"),
    *(
        refused_otherwise(f"status_{status}", faults.fail(status, EVERY, "It lacks something", unless=LIMIT), note)
        for status, note in (
            (401, "HTTP 401: It lacks something"),
            (403, "HTTP 403: It lacks something"),
            (404, "HTTP 404: It lacks something"),
            (413, "HTTP 413: It lacks something"),
            (422, "HTTP 422: It lacks something"),
        )
    ),
    refused_otherwise(
        "other_kind",
        error_reshape({"type": "error", "error": {"type": "api_error", "message": "$message"}}, unless=LIMIT),
        "HTTP 400: max_tokens: Field required",
    ),
    unrefused("crashed", faults.fail(500, EVERY, unless=LIMIT), note="no clean refusal: HTTP 500: Internal error"),
    unrefused(
        "overloaded", faults.fail(503, EVERY, "Overloaded", unless=LIMIT), note="no clean refusal: HTTP 503: Over"
    ),
    unrefused("page", faults.page(200, EVERY, unless=LIMIT), note="no clean refusal: HTTP 200 with an HTML page"),
    unrefused("bad_gateway", faults.page(502, EVERY, unless=LIMIT), note="no clean refusal: HTTP 502: an HTML page"),
    unrefused(
        "error_in_200", faults.error_in_answer(EVERY, unless=LIMIT), note="no clean refusal: HTTP 200 that is an error"
    ),
    unrefused("foreign", faults.foreign(EVERY, unless=LIMIT), note="no clean refusal: an OpenAI-shaped answer"),
    unrefused("empty", faults.empty(EVERY, unless=LIMIT), note="no clean refusal: HTTP 200 with an empty body"),
    unrefused("hangs", faults.hang(EVERY, unless=LIMIT), note="no clean refusal: timeout: not done in"),
    unrefused("cut", faults.cut(EVERY, unless=LIMIT), note="no clean refusal: .*cut: .*closed connection"),
    unrefused(
        "limited",
        faults.fail(429, EVERY, "Slow down", unless=LIMIT),
        status="untested",
        code="rate_limited",
        note="HTTP 429: Slow down",
    ),
    unrefused(
        "flickers",
        faults.fail(500, EVERY, "Not now", every=2, unless=LIMIT),
        status="untested",
        code="unstable",
        note="different ends, one of them HTTP 500: Not now",
    ),
]

LIES: list[Lie] = [*ENVELOPE, *MISSING_MAX_TOKENS]
