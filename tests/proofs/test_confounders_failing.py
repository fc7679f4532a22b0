"""Failures that are not a row's doing: each leaves the rows honest or untested, and blames a row that is the cause."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import pytest

from conformance.probing.row import Row
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Reason
from conformance.reference.app import DEFAULT_MODELS
from conformance.reference.faults import fail
from conformance.rows import ROWS
from conformance.wire.client import Limits
from tests.in_process import QUICK, verdicts
from tests.proofs.lying import honest
from tests.proofs.test_confounders import (
    BLOCKS,
    CLAUDE_CODE,
    TOOL_TURN,
    Due,
    Moves,
    Says,
    alike,
    behaving,
    behind,
    complaints,
    judged,
)

ABOUT_TOOLS = ("tools.name", "tools.input_schema")
ABOUT_CALLS = ("response.stop_reason", "response.tool_use", "response.text_clean", "clients.sdk.tool_loop")
WITH_TOOLS = (
    "fields.context_management",
    "tools.description",
    "tools.strict",
    "tools.input_examples",
    "tools.cache_control",
    "tools.defer_loading",
    "tools.eager_input_streaming",
    "tools.type_custom",
    "tools.bash",
    "tools.text_editor",
    "tools.memory",
    "tools.computer",
    "tools.web_search",
    "tools.web_fetch",
    "tools.code_execution",
    "tools.tool_search",
    "tool_choice.none",
    "tool_choice.auto",
    "tool_choice.any",
    "tool_choice.tool",
    "tool_choice.object_form",
    "tool_choice.string_form",
    "tool_choice.disable_parallel_tool_use",
    "content.thinking",
    "content.tool_use.id",
    "content.tool_use.input",
    "content.tool_use.name",
    "content.tool_use.cache_control",
    "content.tool_result.tool_use_id",
    "content.tool_result.content",
    "content.tool_result.content.array",
    "content.tool_result.content.image",
    "content.tool_result.cache_control",
    "content.tool_result.is_error",
    "content.tool_reference",
)
WITH_BLOCKS = (
    "fields.context_management",
    "content.text.cache_control",
    "content.text.citations",
    "content.image",
    "content.image.url",
    "content.image.file",
    "content.document",
    "content.document.pdf",
    "content.document.url",
    "content.document.content",
    "content.document.citations",
    "content.search_result",
    "content.thinking",
    "content.redacted_thinking",
    "content.tool_use.id",
    "content.tool_use.input",
    "content.tool_use.name",
    "content.tool_use.cache_control",
    "content.tool_result.tool_use_id",
    "content.tool_result.content",
    "content.tool_result.content.array",
    "content.tool_result.cache_control",
    "content.tool_result.is_error",
    "content.tool_reference",
    "content.server_tool_use",
    "content.web_search_tool_result",
    "content.web_fetch_tool_result",
    "content.code_execution_tool_result",
    "content.mcp_tool_use",
    "content.mcp_tool_result",
    "content.container_upload",
)
SENT_BACK = ("replay.tool_use", "replay.thinking")
CONTROL_MEETS = {500: "control_refused", 403: "control_refused", 503: "rate_limited", 429: "rate_limited"}
"""Why a row is untested whose control meets this status."""

TREATMENT_MEETS = {
    500: Due("broken", "HTTP 500: Sorry"),
    403: Due("rejected", "HTTP 403: Sorry"),
    503: Due("broken", "HTTP 503: Sorry"),
    429: Due("untested", "HTTP 429: Sorry", "rate_limited"),
}
"""What a row is that meets this status with what it asks for, and not without it."""


def met_beforehand(status: int) -> Due:
    """What a row is whose first request, which is in order, meets such a status: it may be what the row needs."""
    return Due("untested", f"HTTP {status}: Sorry", f"{CONTROL_MEETS[status]}|prerequisite_refused")


def met_by_both(status: int) -> Due:
    return Due("untested", f"^the control, .* is not answered: HTTP {status}: Sorry", CONTROL_MEETS[status])


@pytest.mark.parametrize("status", CONTROL_MEETS)
def test_every_request_with_tools_fails(status: int) -> None:
    moves = {
        **alike(WITH_TOOLS, met_by_both(status)),
        # Their controls offer no tools.
        **alike((*ABOUT_TOOLS, CLAUDE_CODE), TREATMENT_MEETS[status]),
        **alike((*SENT_BACK, "errors.tool_pairing", TOOL_TURN), met_beforehand(status)),
        # Its toolset meets what any tool meets: its server is neither supported nor at fault.
        "fields.mcp_servers": Due("untested", f"HTTP {status}: Sorry", ".+"),
        **alike(ABOUT_CALLS, Due("untested", f"HTTP {status}: Sorry", CONTROL_MEETS[status])),
        "stream.input_json": Due("untested", "no stream shows it", "never_exercised"),
    }
    assert judged(behaving(fail(status, "tools", "Sorry")), moves) == []


@pytest.mark.parametrize("status", CONTROL_MEETS)
def test_every_request_with_blocks_fails(status: int) -> None:
    moves = {
        **alike(WITH_BLOCKS, met_by_both(status)),
        # The control of text blocks is a string.
        **alike(("content.text.text", "messages.prefill", CLAUDE_CODE), TREATMENT_MEETS[status]),
        **alike((*SENT_BACK, "replay.text", "content.unknown", "errors.tool_pairing"), met_beforehand(status)),
        # Its image comes after a result that is text.
        **alike(("content.tool_result.content.image", TOOL_TURN), met_beforehand(status)),
        # Out of the prompt it is; each way back is a block.
        "tools.defer_loading": Due(
            "untested", f"whether a search brings it back: .* HTTP {status}: Sorry", "cannot_tell"
        ),
        # Its second turn holds blocks.
        "clients.sdk.tool_loop": TREATMENT_MEETS[status],
        "response.usage.cache": Due("untested", f"HTTP {status}: Sorry", CONTROL_MEETS[status]),
    }
    assert judged(behaving(fail(status, f"{BLOCKS}[:array]", "Sorry")), moves) == []


NEEDY = (
    "content.tool_result.content.image",
    "fields.mcp_servers",
    "fields.context_management",
    "fields.speed",
    "fields.temperature.with_top_p",
)
"""The rows that ask first for what they need."""


def found_behind(says: Says, *, rows: Iterable[Row] = ROWS, limits: Limits = QUICK) -> Mapping[str, Verdict]:
    return verdicts(behind(says), model=DEFAULT_MODELS[0], rows=rows, limits=limits)


@cache
def requests_of_a_run() -> int:
    met = 0

    def counts(number: int, _body: bytes) -> None:
        nonlocal met
        met = number

    found_behind(counts)
    return met


def place_in_a_run(label: str, draw: int) -> int:
    """The number of a request, from the first to the last of a run, that a seed draws."""
    return random.Random(f"{label}/{draw}").randint(1, requests_of_a_run())


def ending(after: int, status: int) -> Says:
    """Answers so many requests, and no further one."""
    return lambda number, _body: (status, "Later") if number > after else None


def neither_honest_nor_untested(found: Mapping[str, Verdict], reasons: Sequence[str] = tuple(Reason)) -> list[str]:
    """What fails for a moment, or for good, may leave a row untested, and nothing else. Of an object form that was
    taken once, that it is accepted is known."""
    taken = ("tool_choice.object_form", "accepted")
    return [
        f"{row}: {verdict.status} ({verdict.deviation or verdict.reason or ''}): {verdict.note}"
        for row, verdict in found.items()
        if verdict.status != honest()[row] and (row, verdict.status) != taken
        if verdict.status != "untested" or verdict.reason not in reasons
    ]


GONE = {429: "rate_limited", 503: "rate_limited", 500: "control_refused", 401: "key_refused"}
"""Why the rows are untested of an endpoint that answers with this status from some request on."""


def due_when_gone(status: int) -> Moves:
    """What the rows are when the bare message alone was answered. A reader that looks at refusals can take a 401 for
    one; a row that asks for something beforehand may name that."""
    why, said = GONE[status], f"HTTP {status}: Later"
    beforehand = f"{why}|prerequisite_refused" if status in (500, 401) else why
    never = Due("untested", "no answer of this run shows it", "never_exercised")
    unclear = Due("untested", f"neither an answer nor a refusal: {said}", "cannot_tell")
    moves = {
        **alike((row.id for row in ROWS), Due("untested", said, why)),
        **alike((*NEEDY, TOOL_TURN), Due("untested", said, beforehand)),
        "headers.x_api_key": unclear,
        **({} if status == 401 else {"fields.model": unclear}),
        "response.usage": never,
        "errors.envelope": never,
        "headers.request_id": never,
        "errors.prompt_too_long": Due("untested", "not asked", "not_asked"),
    }
    # One answer shows the envelope; a 401 is what a wrong key must meet, and an error of the right shape.
    kept = {"response.envelope"} | (OF_A_WRONG_KEY if status == 401 else set())
    return {row: due for row, due in moves.items() if row not in kept}


OF_A_WRONG_KEY = {"headers.x_api_key", "headers.request_id", "errors.envelope"}


@pytest.mark.parametrize("status", GONE)
def test_nothing_is_answered_after_the_first_request_of_a_row(status: int) -> None:
    found = [found_behind(ending(1, status), rows=[row]) for row in ROWS]
    assert [each for one in found for each in complaints(one, due_when_gone(status))] == []


LIMITED = ("rate_limited", "cannot_tell", "unstable", "never_exercised")
"""Why a row is untested that met a limit in its middle: never for what its model or its control would do."""


@pytest.mark.parametrize("after", [2, 3, 4, 5, 6])
def test_a_limit_is_met_in_the_middle_of_a_row(after: int) -> None:
    found = [found_behind(ending(after, 429), rows=[row]) for row in ROWS]
    assert [each for one in found for each in neither_honest_nor_untested(one, LIMITED)] == []


def limited_for_a_while(after: int, seconds: float) -> Says:
    """Answers so many requests, then none for some seconds, then all."""
    begun: float | None = None

    def says(number: int, _body: bytes) -> tuple[int, str] | None:
        nonlocal begun
        now = asyncio.get_running_loop().time()
        if number > after and begun is None:
            begun = now
        return (429, "Slow down") if begun is not None and now < begun + seconds else None

    return says


@pytest.mark.parametrize("draw", range(6))
def test_a_limit_is_waited_out(draw: int) -> None:
    after, patient = place_in_a_run("limited", draw), replace(QUICK, patience=60)
    assert complaints(found_behind(limited_for_a_while(after, 20), limits=patient), {}) == []


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("draw", range(6))
def test_an_endpoint_goes_down_in_the_middle_of_a_run(draw: int, status: int) -> None:
    assert neither_honest_nor_untested(found_behind(ending(place_in_a_run("down", draw), status))) == []


@pytest.mark.parametrize("draw", range(20))
def test_a_gateway_has_one_bad_moment(draw: int) -> None:
    bad = place_in_a_run("bad moment", draw)

    def says(number: int, _body: bytes) -> tuple[int, str] | None:
        return (502, "Bad gateway") if number == bad else None

    assert neither_honest_nor_untested(found_behind(says)) == []
