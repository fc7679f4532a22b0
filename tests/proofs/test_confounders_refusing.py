"""Refusals: those that a row is the cause of, under whatever name, and those of which it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from conformance.reference.faults import fail
from conformance.reference.transforms import Transform, refuse, refuse_header
from tests.proofs.test_confounders import (
    BLOCKS,
    CACHING,
    CLAUDE_CODE,
    TOOL_TURN,
    Due,
    Moves,
    alike,
    behaving,
    behind,
    judged,
)
from tests.proofs.test_confounders_failing import TREATMENT_MEETS

OTHER_NAMES = {
    "fields.stop_sequences": ("stop_sequences", "stop: Extra inputs are not permitted"),
    "fields.top_k": ("top_k", "top_logprobs: Extra inputs are not permitted"),
    "fields.system": ("system[:string]", "instructions: Extra inputs are not permitted"),
    "fields.container": ("container", "session: Extra inputs are not permitted"),
    "fields.mcp_servers": ("mcp_servers", "connectors: Extra inputs are not permitted"),
    "content.search_result": (
        f"{BLOCKS}[type=search_result]",
        "content.0.type: Input should be 'image_url'",
    ),
}


AFTER_A_REFUSAL: Mapping[str, Moves] = {
    "fields.stop_sequences": {
        "response.stop_sequence": Due("untested", "a request with stop sequences is not answered", "control_refused")
    }
}
"""The rows that read what comes of the field."""


@pytest.mark.parametrize("row", OTHER_NAMES)
def test_a_field_is_refused_under_another_name(row: str) -> None:
    path, message = OTHER_NAMES[row]
    refused = Due("rejected", f"^HTTP 400: {re.escape(message)}$")
    assert judged(behaving(refuse(path, message)), {row: refused, **AFTER_A_REFUSAL.get(row, {})}) == []


MCP = ("fields.mcp_servers", "content.mcp_tool_use", "content.mcp_tool_result")
NO_HEADER = "HTTP 400: anthropic-beta: header is not supported"
NEEDED: Mapping[str, tuple[Transform, Moves]] = {
    "the beta of MCP": (
        refuse_header("anthropic-beta", "mcp-client-2025-11-20"),
        alike(MCP, Due("untested", f"what the row needs is refused: {NO_HEADER}", "prerequisite_refused")),
    ),
    "every beta": (
        refuse_header("anthropic-beta"),
        {
            **alike(
                (*MCP, TOOL_TURN, "fields.context_management", "fields.speed"),
                Due("untested", f"what the row needs is refused: {NO_HEADER}", "prerequisite_refused"),
            ),
            **alike(("headers.anthropic_beta", CLAUDE_CODE), Due("rejected", NO_HEADER)),
        },
    ),
    "top_p": (
        refuse("top_p"),
        {
            "fields.top_p": Due("rejected", "HTTP 400: top_p: Extra"),
            "fields.temperature.with_top_p": Due("untested", "HTTP 400: top_p: Extra", "prerequisite_refused"),
        },
    ),
    "thinking": (
        refuse("thinking"),
        {
            **alike(
                ("fields.thinking", "fields.thinking.adaptive", "fields.thinking.disabled"),
                Due("rejected", "HTTP 400: thinking: Extra"),
            ),
            "fields.thinking.display": Due("untested", "there is none to be displayed", "prerequisite_refused"),
            "fields.thinking.budget_tokens": Due("untested", "thinking is refused altogether", "prerequisite_refused"),
            CLAUDE_CODE: Due("rejected", "^it is answered without thinking: HTTP 400"),
            TOOL_TURN: Due("untested", "what the row needs is refused: HTTP 400: thinking", "prerequisite_refused"),
            "replay.thinking": Due("untested", "^this model never thinks", "not_applicable"),
        },
    ),
    "server_tool_use": (
        refuse(f"{BLOCKS}[type=server_tool_use]"),
        {
            "content.server_tool_use": Due("rejected", "HTTP 400: .*server_tool_use"),
            **alike(
                (
                    "content.web_search_tool_result",
                    "content.web_fetch_tool_result",
                    "content.code_execution_tool_result",
                ),
                Due("untested", "refused, but not for this one", "prerequisite_refused"),
            ),
        },
    ),
}


@pytest.mark.parametrize("what", NEEDED)
def test_what_a_row_needs_is_refused(what: str) -> None:
    refusal, moves = NEEDED[what]
    assert judged(behaving(refusal), moves) == []


PARTS = {
    "fields.top_k": "top_k",
    "content.search_result": f"{BLOCKS}[type=search_result]",
    "tool_choice.any": "tool_choice[type=any]",
}
"""A field, a block and a type of tool_choice. The object form of tool_choice does not move with one of its types."""


@pytest.mark.parametrize("row", PARTS)
@pytest.mark.parametrize("status", TREATMENT_MEETS)
def test_the_treatment_alone_fails(row: str, status: int) -> None:
    assert judged(behaving(fail(status, PARTS[row], "Sorry")), {row: TREATMENT_MEETS[status]}) == []


@pytest.mark.parametrize("row", PARTS)
@pytest.mark.parametrize("status", [400, 401, 500, 503])
def test_a_refusal_comes_and_goes(row: str, status: int) -> None:
    unsteady = Due("untested", f"failed once and was answered once: HTTP {status}: Not now", "unstable")
    assert judged(behaving(fail(status, PARTS[row], "Not now", every=2)), {row: unsteady}) == []


TOO_LONG = (
    "prompt is too long: {tokens} tokens > {most} maximum",
    "the request exceeds the available context size ({most} tokens), try increasing it",
    "This model's maximum context length is {most} tokens. However, your messages resulted in {tokens} tokens.",
)
"""As the official API, llama.cpp and vLLM say it."""


@pytest.mark.parametrize("words", TOO_LONG, ids=["official", "llama.cpp", "vLLM"])
@pytest.mark.parametrize("most", [4096, 1000])
def test_the_context_is_too_small(words: str, most: int) -> None:
    def says(_number: int, body: bytes) -> tuple[int, str] | None:
        tokens = len(body) // 4
        return (400, words.format(tokens=tokens, most=most)) if tokens > most else None

    short = Due("untested", f"HTTP 400: .*{most} (tokens|maximum)", "context_too_small")
    cached = (*CACHING, "response.usage.cache")
    rows = cached if most > 1000 else (*cached, CLAUDE_CODE, TOOL_TURN)
    assert judged(behind(says), alike(rows, short)) == []
