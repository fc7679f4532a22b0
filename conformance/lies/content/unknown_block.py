"""Lies about content blocks of a type that no documentation knows."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.blocks import UNKNOWN
from conformance.lies.shared.combinators import narrowed
from conformance.lies.shared.unclear_refusals import ENDS, unclear
from conformance.reference import faults
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import Transform, drop, error_reshape, put

ROW = "content.unknown"
OF_USER = UNKNOWN.replace("messages[*]", "messages[role=user]")
OF_ASSISTANT = UNKNOWN.replace("messages[*]", "messages[role=assistant]")

# Other rows ask how a stranger is met as well; theirs holds no text.
WITH_TEXT = {f"{UNKNOWN}.text": "."}
BAD_REQUEST = {"type": "error", "error": {"type": "bad_request", "message": "$message"}}


def _lie(name: str, status: str, note: str, *transforms: Transform, code: str = "") -> Lie:
    return Lie(row=ROW, name=name, transforms=transforms, status=status, note=note, code=code)


LIES: list[Lie] = [
    _lie(
        "dropped",
        "ignored",
        "answered instead of refused, and nothing shows that it was read: it is dropped in silence",
        drop(UNKNOWN),
    ),
    _lie(
        "read_as_text", "ignored", "answered instead of refused, and its text is read", put(f"{UNKNOWN}.type", "text")
    ),
    _lie(
        "replaced",
        "ignored",
        "answered instead of refused, .*: it is dropped in silence",
        put(UNKNOWN, {"type": "text", "text": "[unsupported content]"}),
    ),
    _lie(
        "dropped_of_the_user",
        "partial",
        r"refused in one form only \(HTTP 400: messages.1.content.0: Input tag 'zz_note_",
        drop(OF_USER),
        code="incomplete",
    ),
    _lie(
        "dropped_of_the_assistant",
        "partial",
        r"refused in one form only \(HTTP 400: messages.2.content.0: Input tag 'zz_note_",
        drop(OF_ASSISTANT),
        code="incomplete",
    ),
    *(
        _lie(
            f"refused_with_{status}",
            "partial",
            f"refused otherwise: HTTP {status}: What is this",
            faults.fail(status, UNKNOWN, "What is this"),
            code="other_refusal",
        )
        for status in (403, 404, 413, 422)
    ),
    _lie(
        "refused_under_another_type",
        "partial",
        "refused otherwise: HTTP 400: messages.2.content.0: Input tag",
        error_reshape(BAD_REQUEST, beside=UNKNOWN),
        code="other_refusal",
    ),
    *narrowed(unclear(ROW, "stranger", UNKNOWN, "no clean refusal: ", status="broken", code="", ends=ENDS), WITH_TEXT),
    *narrowed(
        [
            _lie(
                "limited",
                "untested",
                "HTTP 429: Slow down",
                faults.fail(429, UNKNOWN, "Slow down"),
                code="rate_limited",
            ),
            _lie(
                "crashes_at_first",
                "untested",
                "the same request met different ends, one of them HTTP 500: Oops",
                mark(OF_USER),
                faults.fail(500, OF_USER, "Oops", beside=MARKED),
                code="unstable",
            ),
        ],
        WITH_TEXT,
    ),
]
