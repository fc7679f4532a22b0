"""Lies about requests that must be refused, each with its status and type."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.fixed_answers import kept
from conformance.lies.shared.refusals import Bad, no_clean_refusal, refused_otherwise
from conformance.reference import faults
from conformance.reference.transforms import (
    AT_ROUTE,
    HEADERS,
    METHOD,
    default,
    drop,
    error_reshape,
    map_unknown_models,
    only,
    put,
)

PLAIN_ERROR = b'{"error":"sorry"}'
KEPT = faults.say("", kept("OK"))
"""Answered without a look at the question."""

NO_MAX_TOKENS = Bad(row="errors.missing_max_tokens", beside="messages", unless="max_tokens")

MISSING_MAX_TOKENS = [
    NO_MAX_TOKENS.lie("answered", default("max_tokens", 1024), status="ignored", note="^answered instead of refused$"),
    *refused_otherwise(NO_MAX_TOKENS, statuses=(401, 403, 404, 413, 422)),
    *no_clean_refusal(NO_MAX_TOKENS),
]

WRONG_KEY = Bad(
    row="errors.invalid_key",
    given={f"{HEADERS}.x-api-key": "^sk-"},
    role="a wrong key: ",
    due="401 authentication_error",
)

NO_KEY = Bad(
    row="errors.invalid_key",
    given={HEADERS: "(?s)^(?!.*'(x-api-key|authorization)')"},
    role="no key at all: ",
    due="401 authentication_error",
)

INVALID_KEY = [
    NO_KEY.lie(
        "keyless_answered",
        KEPT,
        status="partial",
        code="incomplete",
        note=r"refused in one form only \(HTTP 401: invalid x-api-key\); no key at all is answered",
    ),
    *refused_otherwise(NO_KEY, "keyless_", statuses=(400, 403, 404)),
    *no_clean_refusal(NO_KEY, "keyless_", alone=False),
    WRONG_KEY.lie(
        "answered",
        KEPT,
        status="partial",
        code="incomplete",
        note=r"refused in one form only \(HTTP 401: x-api-key header .*\); a wrong key is answered",
    ),
    *refused_otherwise(WRONG_KEY, statuses=(400, 403, 404)),
    *no_clean_refusal(WRONG_KEY, alone=False),
]

STRANGER = Bad(row="errors.unknown_model", given={"model": "^(?!reference-)"}, due="404 not_found_error")

UNKNOWN_MODEL = [
    Lie(
        row="errors.unknown_model",
        name="mapped",
        transforms=(map_unknown_models(),),
        status="partial",
        code="mapped",
        note=r"a model that does not exist is answered as reference-1 \(404 not_found_error is due\)",
    ),
    *refused_otherwise(STRANGER, statuses=(400, 422)),
    *(
        STRANGER.lie(
            f"status_{status}",
            faults.fail(status, "", "It lacks something"),
            status="untested",
            code="key_refused",
            note=f"^the key that is good for messages is not let in: HTTP {status}: It lacks something$",
        )
        for status in (401, 403)
    ),
    STRANGER.lie(
        "kind_of_another_language",
        error_reshape({"type": "error", "error": {"type": "NotFoundError", "message": "$message"}}),
        status="partial",
        code="other_refusal",
        note=r"HTTP 404: model: .* \(error.type is NotFoundError, 404 not_found_error is due\)",
        reports=("L02",),
    ),
    *no_clean_refusal(STRANGER, alone=False),
]

NO_MESSAGES = Bad(row="errors.missing_messages", beside="max_tokens", unless="messages", role="without messages: ")
EMPTY_MESSAGES = Bad(row="errors.missing_messages", given={"messages": r"^\[\]$"}, role="with empty messages: ")
HELLO = [{"role": "user", "content": "Hello"}]

MISSING_MESSAGES = [
    NO_MESSAGES.answered("answered", default("messages", HELLO)),
    EMPTY_MESSAGES.answered("empty_answered", put("messages", HELLO)),
    *(
        lie
        for bad, prefix in ((NO_MESSAGES, ""), (EMPTY_MESSAGES, "empty_"))
        for lie in (*refused_otherwise(bad, prefix, statuses=(401, 403, 404, 422)), *no_clean_refusal(bad, prefix))
    ),
]

UNREADABLE = Bad(
    row="errors.malformed_json",
    unless="model",
    given={AT_ROUTE: "^/v1/messages$", f"{HEADERS}.{METHOD}": "POST"},
    role="a body that breaks off: ",
)

MALFORMED_JSON = [
    UNREADABLE.lie(
        "answered",
        KEPT,
        status="ignored",
        note="^answered instead of refused: a body that breaks off, a body of words$",
    ),
    *refused_otherwise(UNREADABLE, statuses=(401, 403, 413, 415, 422)),
    # Both bodies flicker together, so that each meets one end twice.
    *no_clean_refusal(UNREADABLE, alone=False),
]

BAD_TYPES = [
    *(
        lie
        for name, field_, pattern, role, change in (
            ("role", "messages[*].role", r"^\d", "a role that is a number: ", put("messages[*].role", "user")),
            ("limit", "max_tokens", "^[a-z]", "max_tokens that is a word: ", put("max_tokens", 32)),
        )
        for bad in [Bad(row="errors.bad_types", given={field_: pattern}, role=role)]
        for lie in (
            bad.answered(f"{name}_answered", change),
            *refused_otherwise(bad, f"{name}_", statuses=(401, 403, 404, 422)),
            *no_clean_refusal(bad, f"{name}_"),
        )
    ),
    *(
        lie
        for field_, pattern, role, other in (
            (
                "temperature",
                "^[a-z]",
                "a temperature that is a word",
                "tool_choice: Input should be a valid dictionary",
            ),
            ("tool_choice", r"^\d", "a tool_choice that is a number", "temperature: Input should be a valid number"),
        )
        for bad in [Bad(row="errors.bad_types", given={field_: pattern}, role=f"{role}: ")]
        for lie in (
            bad.lie(
                f"{field_}_answered",
                drop(field_),
                status="partial",
                code="incomplete",
                note=rf"refused in one form only \(HTTP 400: {other}.*\); {role} is answered",
            ),
            *refused_otherwise(bad, f"{field_}_", statuses=(401, 422)),
            *no_clean_refusal(bad, f"{field_}_"),
        )
    ),
    Bad(row="errors.bad_types", given={"max_tokens": "^[a-z]"}).lie(
        "refusal_of_the_engine_as_a_crash",
        faults.fail(500, "", "request failed with status code 400: max_tokens must be an integer"),
        note="no clean refusal: max_tokens that is a word: HTTP 500: request failed with status code 400",
        reports=("L07",),
    ),
    Lie(
        row="errors.bad_types",
        name="optional_fields_answered",
        transforms=(
            only(drop("temperature"), {"temperature": "^[a-z]"}),
            only(drop("tool_choice"), {"tool_choice": r"^\d"}),
        ),
        status="partial",
        code="incomplete",
        note="answered instead of refused: a temperature that is a word, a tool_choice that is a number",
    ),
]

CALLS, RESULTS = (f"messages[*].content[type={kind}]" for kind in ("tool_use", "tool_result"))
NO_RESULT = Bad(row="errors.tool_pairing", beside=CALLS, unless=RESULTS, role="a tool_use without its tool_result: ")
NO_CALL = Bad(row="errors.tool_pairing", beside=RESULTS, unless=CALLS, role="a tool_result without its tool_use: ")

TOOL_PAIRING = [
    lie
    for bad, prefix in ((NO_RESULT, "call_"), (NO_CALL, "result_"))
    for lie in (
        bad.answered(f"{prefix}answered", KEPT),
        *refused_otherwise(bad, prefix, statuses=(401, 403, 404, 422)),
        *no_clean_refusal(bad, prefix),
    )
]

NOWHERE = Bad(
    row="errors.unknown_route",
    given={AT_ROUTE: "^/v1/(?!messages|models|files)"},
    role="an unknown path: ",
    due="404 or 405",
)

BY_GET = Bad(
    row="errors.unknown_route",
    given={AT_ROUTE: "^/v1/messages$", f"{HEADERS}.{METHOD}": "GET"},
    role="GET of /v1/messages: ",
    due="404 or 405",
)


def in_another_form(bad: Bad, prefix: str) -> list[Lie]:
    """Not found, but not in the official envelope."""
    at = f"refused otherwise: {bad.role}HTTP 404: "
    return [
        bad.lie(f"{prefix}{name}", fault, status="partial", code="other_refusal", note=f"{at}{note}")
        for name, fault, note in (
            ("not_found_page", faults.page(404, ""), "the content type is text/html"),
            (
                "not_found_in_words",
                faults.say("", b"404 page not found", "text/plain", status=404),
                "the content type is",
            ),
            ("not_found_foreign", faults.say("", b'{"detail":"Not Found"}', status=404), "the body has no type error"),
            ("not_found_empty", faults.say("", b"", None, status=404), "the content type is missing"),
        )
    ]


UNKNOWN_ROUTE = [
    *(
        lie
        for bad, prefix in ((NOWHERE, ""), (BY_GET, "get_"))
        for lie in (
            bad.answered(f"{prefix}answered", KEPT),
            *refused_otherwise(bad, prefix, statuses=(400, 401, 403, 410), kinds=False),
            *in_another_form(bad, prefix),
            *no_clean_refusal(bad, prefix),
            bad.lie(
                f"{prefix}moved", faults.say("", b"", None, status=307), note=f"no clean refusal: {bad.role}HTTP 307"
            ),
        )
    ),
    NOWHERE.lie(
        "answered_with_nothing",
        faults.say("", b"", "text/plain"),
        note="no clean refusal: an unknown path: HTTP 200 with an empty body",
        reports=("N02",),
    ),
    NOWHERE.lie(
        "falsely_compressed",
        faults.say("", PLAIN_ERROR, status=404, encoding="gzip"),
        note="no clean refusal: an unknown path: .*cut: DecodingError",
        reports=("N19",),
    ),
]

LIES: list[Lie] = [
    *INVALID_KEY,
    *UNKNOWN_MODEL,
    *MISSING_MAX_TOKENS,
    *MISSING_MESSAGES,
    *MALFORMED_JSON,
    *BAD_TYPES,
    *TOOL_PAIRING,
    *UNKNOWN_ROUTE,
]
