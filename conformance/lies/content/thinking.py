"""Lies about thinking blocks in the history."""

from __future__ import annotations

from dataclasses import replace

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.unclear_refusals import unclean
from conformance.reference import faults
from conformance.reference.seals import seal
from conformance.reference.transforms import Transform, drop, put, refuse, rename

BLOCKS = "messages[*].content"
THINKING = f"{BLOCKS}[type=thinking]"
REDACTED = f"{BLOCKS}[type=redacted_thinking]"

PLACEHOLDER = (
    "A thought stood here that this gateway keeps to itself, as its own rules on what the model thinks demand."
)


def _thinking(name: str, *transforms: Transform, status: str, note: str, code: str = "") -> Lie:
    return Lie(row="content.thinking", name=name, transforms=transforms, status=status, note=note, code=code)


def _redacted(name: str, *transforms: Transform, status: str, note: str, code: str = "") -> Lie:
    return Lie(row="content.redacted_thinking", name=name, transforms=transforms, status=status, note=note, code=code)


LIES: list[Lie] = [
    *failures("content.thinking", THINKING, without=["flickers"]),
    _thinking(
        "read_unsigned",
        rename(f"{THINKING}.thinking", "text"),
        drop(f"{THINKING}.signature"),
        put(f"{THINKING}.type", "text"),
        status="supported",
        note="read; an invented signature is not refused",
    ),
    _thinking(
        "dropped",
        drop(THINKING),
        status="ignored",
        note="not refused, and the thought does not come back, and its content does not lengthen the prompt",
    ),
    _thinking(
        "replaced",
        put(THINKING, {"type": "text", "text": PLACEHOLDER}),
        status="untested",
        code="cannot_tell",
        note="the thought does not come back, although the prompt grew",
    ),
    _thinking(
        "only_validated",
        put(f"{THINKING}.thinking[:string]", PLACEHOLDER),
        put(f"{THINKING}.signature", seal(PLACEHOLDER)),
        status="accepted",
        note="validated only: HTTP 400: .*thinking: Input should be a valid string",
    ),
    *(
        replace(lie, transforms=(*lie.transforms, drop(THINKING)))
        for lie in unclean(
            "content.thinking",
            "no_text",
            THINKING,
            "a thinking block that is no text",
            unless=f"{THINKING}.thinking[:string]",
        )
    ),
    _thinking(
        "signature_forbidden",
        refuse(f"{THINKING}.signature"),
        status="rejected",
        note="signature: Extra inputs are not permitted",
    ),
    _thinking(
        "signature_lost",
        drop(f"{THINKING}.signature"),
        status="rejected",
        note="signature: Field required",
    ),
    _thinking(
        "crashed_over_signature",
        faults.fail(500, THINKING, "Invalid signature in thinking block"),
        status="broken",
        note="HTTP 500: Invalid signature",
    ),
    _thinking(
        "limited_over_signature",
        faults.fail(429, THINKING, "Too many signatures to check"),
        status="untested",
        code="rate_limited",
        note="HTTP 429: Too many signatures",
    ),
    *failures("content.redacted_thinking", REDACTED, without=["forbidden", "flickers"]),
    _redacted(
        "forbidden",
        faults.fail(403, REDACTED, "Not in your plan"),
        status="untested",
        code="cannot_tell",
        note="refused, but not for the lookup: HTTP 403: Not in your plan",
    ),
    _redacted(
        "refused_vaguely",
        faults.fail(400, REDACTED, "Invalid request"),
        status="untested",
        code="cannot_tell",
        note="refused, but not for the lookup: HTTP 400: Invalid request",
    ),
    _redacted(
        "request_blamed",
        faults.fail(400, REDACTED, "The request data is invalid"),
        status="untested",
        code="cannot_tell",
        note="refused, but not for the lookup: HTTP 400: The request data is invalid",
    ),
    _redacted("dropped", drop(REDACTED), status="ignored", note="a bogus value is accepted and nothing comes of it"),
    _redacted(
        "replaced",
        put(REDACTED, {"type": "text", "text": PLACEHOLDER}),
        status="ignored",
        note="a bogus value is accepted and nothing comes of it",
    ),
    _redacted(
        "data_forbidden",
        refuse(f"{REDACTED}.data"),
        status="untested",
        code="cannot_tell",
        note="data: Extra inputs are not permitted",
    ),
    _redacted(
        "data_lost",
        drop(f"{REDACTED}.data"),
        status="untested",
        code="cannot_tell",
        note="data: Field required",
    ),
    _redacted(
        "crashed_over_data",
        faults.fail(500, REDACTED, "could not decrypt data"),
        status="supported",
        note="a bogus value is looked up: HTTP 500: could not decrypt data",
    ),
]
