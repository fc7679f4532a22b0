"""Refusals whose words or whose key prove nothing, keys that nobody checks, a version with other rules: no row is
blamed for what it is not the cause of."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.expect.profile import RowResult, assess, load_profile
from conformance.probing.verdict import Verdict
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.reference.faults import fail
from conformance.reference.transforms import Transform, answer_drop, at_route, only, refuse
from conformance.rows import BY_ID
from tests.in_process import KEY, verdicts
from tests.proofs.test_confounders import BLOCKS, Due, Moves, alike, behaving, complaints, judged

NOPE = {"type": "error", "error": {"type": "invalid_request_error", "message": "nope"}}


class OneWording:
    """Stands before an endpoint and gives every refusal the same status and the same words."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def told(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and 400 <= message["status"] < 500:
                refused = True
                message = {**message, "status": 400, "headers": [(b"content-type", b"application/json")]}
            elif message["type"] == "http.response.body" and refused:
                message = {**message, "body": json.dumps(NOPE).encode()}
            await send(message)

        await self.app(scope, receive, told)


def tight_lipped(*transforms: Transform) -> Starlette:
    app = behaving(*transforms)
    app.add_middleware(OneWording)
    return app


ANYTHING = "^refused in the words that this endpoint has for any bad request: HTTP 400: nope$"
NOTHING_PROVEN = Due("untested", ANYTHING, "not_attributable")
OTHERWISE = Due("partial", "HTTP 400: nope", "other_refusal")
IN_ONE_WORDING: Moves = {
    # Each gives a bogus value, whose refusal only words could tell from that of the field or block.
    **alike(
        (
            "fields.container",
            "fields.mcp_servers",
            "content.image.url",
            "content.image.file",
            "content.document.url",
            "content.thinking",
            "content.redacted_thinking",
            "content.container_upload",
        ),
        NOTHING_PROVEN,
    ),
    # These are refused, and not as is due: with another status, or without the name.
    **alike(
        (
            "headers.anthropic_version",
            "fields.unknown",
            "errors.invalid_key",
            "errors.unknown_model",
            "errors.unknown_route",
            "endpoints.models.retrieve",
            "endpoints.batches",
            "endpoints.files",
        ),
        OTHERWISE,
    ),
    "headers.request_id": Due("partial", "no request-id for", "incomplete"),
}


def test_words_that_are_the_same_for_all_prove_nothing() -> None:
    assert judged(tight_lipped(), IN_ONE_WORDING) == []


SERVER_BLOCKS = (
    "content.server_tool_use",
    "content.web_search_tool_result",
    "content.web_fetch_tool_result",
    "content.code_execution_tool_result",
)


def test_of_blocks_that_belong_together_none_is_blamed_in_such_words() -> None:
    app = tight_lipped(refuse(f"{BLOCKS}[type=server_tool_use]"))
    assert judged(app, {**IN_ONE_WORDING, **alike(SERVER_BLOCKS, NOTHING_PROVEN)}) == []


def test_a_call_is_not_blamed_for_its_result_in_such_words() -> None:
    rows = [BY_ID[row] for row in ("content.tool_use.id", "content.tool_result.tool_use_id")]
    found = verdicts(tight_lipped(refuse(f"{BLOCKS}[type=tool_result]")), model=DEFAULT_MODELS[0], rows=rows)
    assert complaints(found, alike((row.id for row in rows), NOTHING_PROVEN)) == []


ROUTES = {
    "^/v1/models": ("endpoints.models", "endpoints.models.retrieve"),
    "^/v1/messages/count_tokens": ("endpoints.count_tokens",),
    "^/v1/messages/batches": ("endpoints.batches",),
    "^/v1/files": ("endpoints.files",),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("status", [401, 403])
def test_a_route_to_which_the_key_is_not_let_in_is_not_known(route: str, status: int) -> None:
    closed = Due("untested", f"^the key .* is not let in: HTTP {status}: Not with this key$", "key_refused")
    app = behaving(at_route(route, fail(status, "", "Not with this key")))
    assert judged(app, alike(ROUTES[route], closed)) == []


def test_a_model_to_which_the_key_is_not_let_in_is_not_known() -> None:
    closed = Due("untested", "is not let in: HTTP 403: Not with this key", "key_refused")
    app = behaving(only(fail(403, "model", "Not with this key"), {"model": "^(?!reference-)"}))
    assert judged(app, alike(("fields.model", "errors.unknown_model"), closed)) == []


def readiness(found: Mapping[str, Verdict], name: str) -> str:
    profile = load_profile(name, BY_ID)
    met = {row: RowResult(each.status, each.deviation, each.reason) for row, each in found.items()}
    return str(assess(profile, met).readiness)


def test_where_no_key_is_checked_no_profile_is_degraded_by_that() -> None:
    found = verdicts(create_app(api_key=None), model=DEFAULT_MODELS[0])
    assert readiness(found, "sdk-basics") == "ready"
    assert readiness(found, "claude-code") == "ready"


NO_THOUGHT = "^this model never thinks: no thinking block comes with thinking enabled or adaptive$"


def test_a_model_that_never_thinks_has_nothing_to_send_back() -> None:
    app = behaving(answer_drop("content[type=thinking]"))
    found = verdicts(app, model=DEFAULT_MODELS[0], rows=[BY_ID["replay.thinking"]])
    assert complaints(found, {"replay.thinking": Due("untested", NO_THOUGHT, "not_applicable")}) == []


def test_where_thinking_is_adaptive_alone_that_is_what_is_sent_back() -> None:
    app = behaving(refuse("thinking[type=enabled]"))
    assert complaints(verdicts(app, model=DEFAULT_MODELS[0], rows=[BY_ID["replay.thinking"]]), {}) == []


SAMPLING = (
    "fields.temperature",
    "fields.temperature.above_one",
    "fields.temperature.with_top_p",
    "fields.top_k",
    "fields.top_p",
)


def test_in_the_version_that_has_no_sampling_no_field_of_it_is_rejected() -> None:
    of_the_version = Due(
        "untested", "^anthropic-version 2026-10-21 has none of the fields of sampling: ", "not_applicable"
    )
    found = verdicts(create_app(api_key=KEY), model=DEFAULT_MODELS[0], anthropic_version="2026-10-21")
    assert complaints(found, alike(SAMPLING, of_the_version)) == []
