"""Lies about a prompt that is longer than the model's context."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.fixed_answers import kept
from conformance.lies.shared.refusals import Bad, no_clean_refusal, refused_otherwise
from conformance.reference import faults
from conformance.reference.transforms import put

LONG = Bad(
    row="errors.prompt_too_long", given={"messages[*].content": "(?s)^.{60000}"}, due="400 invalid_request_error"
)

TOKENS = "a prompt of about 26,000 tokens"

OTHER_WORDS = (
    ("context_size", "the request exceeds the available context size, try increasing it"),
    ("context_length", "This model's maximum context length is 20000 tokens. Please reduce your messages."),
    ("bad_request", "Bad request"),
)

LIES: list[Lie] = [
    *(
        LONG.lie(
            f"said_as_{name}",
            faults.fail(400, "", words),
            status="partial",
            code="other_refusal",
            note=rf"{TOKENS}: refused otherwise: HTTP 400: {words} \(clients look for the words",
        )
        for name, words in OTHER_WORDS
    ),
    *refused_otherwise(LONG, statuses=(401, 403, 404, 413, 422)),
    *no_clean_refusal(LONG),
    LONG.lie(
        "cut_silently",
        put("messages[*].content", "Say OK."),
        note=rf"{TOKENS} is answered instead of refused, and counted as \d+: it is cut silently",
    ),
    LONG.lie("answered_unread", faults.say("", kept("OK")), note=f"{TOKENS} is answered .* counted as 10: it is cut"),
]
