"""Lies about container and mcp_servers."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.reference import faults
from conformance.reference.headers import MCP_BETAS
from conformance.reference.transforms import Transform, answer_copy, answer_default, drop, refuse

MCP_BETA = "$headers[anthropic-beta=mcp-client-2025-11-20]"


def _injected(row: str, path: str, dropped: tuple[Transform, ...]) -> list[Lie]:
    """A field that is given a bogus value, whose lookup must fail; `dropped` takes it away."""
    other = "refused, but not for the lookup: HTTP 4"
    return [
        # An honest refusal follows where it only flickers, so it must be taken as well.
        *failures(row, path, without=["forbidden", "flickers"]),
        Lie(
            row=row,
            name="flickers",
            transforms=(faults.fail(400, path, "Not now", every=2), *dropped),
            status="untested",
            code="unstable",
            note="failed once and was answered once: HTTP 400: Not now",
        ),
        Lie(
            row=row,
            name="dropped",
            transforms=dropped,
            status="ignored",
            note="a bogus value is accepted and nothing comes of it",
        ),
        *(
            Lie(
                row=row,
                name=f"{name}_refused",
                transforms=(faults.fail(status, path, words),),
                status="untested",
                code="cannot_tell",
                note=f"{other}.*{words}",
            )
            for name, status, words in (
                ("forbidden_and", 403, "Not in your plan"),
                ("vaguely", 400, "Invalid request"),
                ("unsupported_and", 400, f"{path} is not supported"),
                ("unfound_and", 400, f"No such parameter: {path}"),
            )
        ),
        *(
            Lie(
                row=row,
                name=f"looked_up_with_{status}",
                transforms=(faults.fail(status, path, f"{path}: library was not found"),),
                status="supported",
                note=f"a bogus value is looked up: HTTP {status}: {path}: library was not found",
            )
            for status in (404, 502)
        ),
    ]


CONTAINER: list[Lie] = [
    *_injected("fields.container", "container", (drop("container"),)),
    Lie(
        row="fields.container",
        name="echoed",
        transforms=(
            drop("container"),
            answer_default("container", None, beside="container"),
            answer_copy("container", "container", beside="container"),
        ),
        status="ignored",
        note="a bogus value is accepted and nothing comes of it",
    ),
]

MCP_SERVERS: list[Lie] = [
    *_injected("fields.mcp_servers", "mcp_servers", (drop("mcp_servers"), drop("tools[type=mcp_toolset]"))),
    Lie(
        row="fields.mcp_servers",
        name="dropped_without_toolset",
        transforms=(drop("mcp_servers", unless="tools"),),
        status="supported",
        note="a bogus value is looked up: .*Connection error",
    ),
    Lie(
        row="fields.mcp_servers",
        name="toolset_refused",
        transforms=(drop("mcp_servers", unless="tools"), refuse("tools[type=mcp_toolset]")),
        status="ignored",
        note="a bogus value is accepted and nothing comes of it",
    ),
    Lie(
        row="fields.mcp_servers",
        name="crashes_with_toolset",
        transforms=(faults.fail(500, "mcp_servers", beside="tools"),),
        status="broken",
        note="HTTP 500: Internal error",
    ),
    Lie(
        row="fields.mcp_servers",
        name="hangs_with_toolset",
        transforms=(faults.hang("mcp_servers", beside="tools"),),
        status="broken",
        note="timeout: not done in",
    ),
    Lie(
        row="fields.mcp_servers",
        name="beta_refused",
        transforms=(faults.fail(400, MCP_BETA, "Unexpected value for the `anthropic-beta` header"),),
        status="untested",
        code="prerequisite_refused",
        note="what the row needs is refused: HTTP 400: Unexpected value",
    ),
    Lie(
        row="fields.mcp_servers",
        name="beta_limited",
        transforms=(faults.fail(429, MCP_BETA, "Slow down"),),
        status="untested",
        code="rate_limited",
        note="HTTP 429: Slow down",
    ),
]

assert MCP_BETA[:-1].partition("=")[2] in MCP_BETAS

LIES: list[Lie] = [
    *CONTAINER,
    *MCP_SERVERS,
]
