"""Lies about stream: streams with a flaw in them, word for word."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import STREAMED, Lie, failures
from conformance.lies.shared.broken_streams import BROKEN, SSE, WHOLE, _failing, _without
from conformance.lies.shared.combinators import narrowed
from conformance.reference import faults
from conformance.reference.transforms import drop, only

# The row's own question; Claude Code streams as well, and thinks.
BARE = {"max_tokens": "^32$"}

FRAMED: tuple[tuple[str, bytes, str | None, str], ...] = (
    ("done_is_said", WHOLE + b"data: [DONE]\n\n", SSE, r"\[DONE\] is not part of this protocol"),
    ("typed_as_json", WHOLE, "application/json", "the stream comes as application/json"),
    ("typed_as_text", WHOLE, "text/plain", "the stream comes as text/plain"),
    ("untyped", WHOLE, None, "the stream comes as no content type"),
)
"""Streams that clients survive."""


def _says(body: bytes, media_type: str | None = SSE, *, every: int = 1) -> tuple[Any, ...]:
    return (only(faults.say(STREAMED, body, media_type, every=every), BARE),)


LIES: list[Lie] = [
    *narrowed(failures("fields.stream", STREAMED, unless="thinking"), BARE),
    Lie(
        row="fields.stream",
        name="dropped",
        transforms=(only(drop("stream", unless="thinking"), BARE),),
        status="ignored",
        note="the answer is one JSON body",
    ),
    *(
        Lie(row="fields.stream", name=name, transforms=_says(body), status="broken", note=note)
        for name, body, note in BROKEN
    ),
    *(
        Lie(
            row="fields.stream",
            name=name,
            transforms=_says(body, media_type),
            status="partial",
            code="framing",
            note=note,
        )
        for name, body, media_type, note in FRAMED
    ),
    Lie(
        row="fields.stream",
        name="ends_in_a_rate_limit",
        transforms=_says(_failing("rate_limit_error")),
        status="untested",
        code="rate_limited",
        note="HTTP 429 inside the stream: Sorry",
    ),
    Lie(
        row="fields.stream",
        name="breaks_once",
        transforms=_says(_without("message_stop"), every=2),
        status="untested",
        code="unstable",
        note="failed once and was answered once: .*ends without message_stop",
    ),
]
