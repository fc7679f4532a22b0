"""Lies about what server tools and MCP servers leave in the history."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.blocks import BLOCKS, UNKNOWN
from conformance.reference import faults
from conformance.reference.transforms import HEADERS, Transform, drop, drop_header, only, put, refuse, refuse_header

USE = f"{BLOCKS}[type=server_tool_use]"
SEARCH = f"{BLOCKS}[type=web_search_tool_result]"
FETCH = f"{BLOCKS}[type=web_fetch_tool_result]"
CODE = f"{BLOCKS}[type=code_execution_tool_result]"
MCP_USE = f"{BLOCKS}[type=mcp_tool_use]"
BETA = "mcp-client-2025-11-20"
MCP_RESULT = f"{BLOCKS}[type=mcp_tool_result]"
SERVER_TOOL_USE = "content.server_tool_use"
WEB_SEARCH_RESULT = "content.web_search_tool_result"
WEB_FETCH_RESULT = "content.web_fetch_tool_result"
CODE_RESULT = "content.code_execution_tool_result"
MCP_TOOL_USE = "content.mcp_tool_use"
MCP_TOOL_RESULT = "content.mcp_tool_result"
ABSENT = "the code does not come back, and its content does not lengthen the prompt"
GREW = r"the code does not come back, although the prompt grew \(from \d+ to \d+ tokens\)"
ANOTHER = "the blocks that belong together are refused, but not for this one: "


def _failing(row: str, path: str, companions: Iterable[str] = ()) -> list[Lie]:
    """Every way to fail over a block. `companions` are the rows whose requests hold it as well: of a refusal they know
    that it is for the other block, of a crash they do not."""
    together = list(companions)
    # Two rows that meet a step every second time take its turns from each other.
    without = ["forbidden", *(["flickers"] if together else [])]
    found = failures(row, path, without=without)
    found.append(
        Lie(
            row=row,
            name="forbidden",
            transforms=(faults.fail(403, path, "Not in your plan"),),
            status="untested",
            code="prerequisite_refused",
            note=f"{ANOTHER}HTTP 403: Not in your plan",
        )
    )
    return found


def _lie(row: str, name: str, *transforms: Transform, status: str, note: str, code: str = "") -> Lie:
    return Lie(row=row, name=name, transforms=transforms, status=status, note=note, code=code)


LIES: list[Lie] = [
    *_failing(SERVER_TOOL_USE, USE, [WEB_SEARCH_RESULT, WEB_FETCH_RESULT, CODE_RESULT]),
    _lie(
        SERVER_TOOL_USE,
        "dropped",
        drop(USE),
        drop(SEARCH),
        drop(FETCH),
        drop(CODE),
        status="ignored",
        note=ABSENT,
    ),
    _lie(
        SERVER_TOOL_USE,
        "dropped_alone",
        drop(USE),
        status="untested",
        code="prerequisite_refused",
        note=f"{ANOTHER}HTTP 400: .*unexpected `tool_use_id`",
    ),
    _lie(
        SERVER_TOOL_USE,
        "refused_where_strangers_pass",
        drop(UNKNOWN),
        refuse(USE),
        status="rejected",
        note="HTTP 400: .*Input tag 'server_tool_use'",
    ),
    _lie(
        SERVER_TOOL_USE,
        "emptied",
        put(f"{USE}.input", {}),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    *_failing(WEB_SEARCH_RESULT, SEARCH, [SERVER_TOOL_USE]),
    _lie(
        WEB_SEARCH_RESULT,
        "dropped",
        drop(f"{USE}[name=web_search]"),
        drop(SEARCH),
        status="ignored",
        note=ABSENT,
    ),
    _lie(
        WEB_SEARCH_RESULT,
        "dropped_alone",
        drop(SEARCH),
        status="untested",
        code="prerequisite_refused",
        note=f"{ANOTHER}HTTP 400: .*without a corresponding",
    ),
    _lie(
        WEB_SEARCH_RESULT,
        "use_and_strangers_dropped",
        drop(USE),
        drop(UNKNOWN),
        status="untested",
        code="prerequisite_refused",
        note=f"{ANOTHER}HTTP 400: .*unexpected `tool_use_id`",
    ),
    _lie(
        WEB_SEARCH_RESULT,
        "emptied",
        put(f"{SEARCH}.content", []),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    _lie(
        WEB_SEARCH_RESULT,
        "error_mapped",
        put(f"{SEARCH}.content.error_code", "unavailable"),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    _lie(
        WEB_SEARCH_RESULT,
        "errors_mapped_to_one",
        put(f"{SEARCH}.content.error_code", "unavailable"),
        status="untested",
        code="cannot_tell",
        note="the code does not come back, although the prompt grew",
    ),
    _lie(
        WEB_SEARCH_RESULT,
        "one_error_known",
        only(
            put(f"{SEARCH}.content.error_code", "unavailable"),
            {f"{SEARCH}.content.error_code": "max_uses_exceeded|query_too_long"},
        ),
        status="untested",
        code="cannot_tell",
        # Which of the codes is asked for first is drawn by the seed.
        note="too_many_requests comes back, but .* stands in its place: a guess|the code does not come back, although",
    ),
    *_failing(WEB_FETCH_RESULT, FETCH),
    _lie(
        WEB_FETCH_RESULT,
        "dropped",
        drop(f"{USE}[name=web_fetch]"),
        drop(FETCH),
        status="ignored",
        note=ABSENT,
    ),
    _lie(
        WEB_FETCH_RESULT,
        "dropped_alone",
        drop(FETCH),
        status="untested",
        code="prerequisite_refused",
        note=f"{ANOTHER}HTTP 400: .*without a corresponding",
    ),
    _lie(
        WEB_FETCH_RESULT,
        "emptied",
        put(f"{FETCH}.content.content.source.data", ""),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    _lie(
        WEB_FETCH_RESULT,
        "turned_into_an_error",
        put(f"{FETCH}.content", {"type": "web_fetch_tool_result_error", "error_code": "unavailable"}),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    *_failing(CODE_RESULT, CODE),
    _lie(
        CODE_RESULT,
        "dropped",
        drop(f"{USE}[name=code_execution]"),
        drop(CODE),
        status="ignored",
        note=ABSENT,
    ),
    _lie(
        CODE_RESULT,
        "dropped_alone",
        drop(CODE),
        status="untested",
        code="prerequisite_refused",
        note=f"{ANOTHER}HTTP 400: .*without a corresponding",
    ),
    _lie(
        CODE_RESULT,
        "emptied",
        put(f"{CODE}.content.stdout", ""),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    *_failing(MCP_TOOL_USE, MCP_USE, [MCP_TOOL_RESULT]),
    _lie(
        MCP_TOOL_USE,
        "dropped",
        drop(MCP_USE),
        drop(MCP_RESULT),
        status="ignored",
        note=ABSENT,
    ),
    _lie(
        MCP_TOOL_USE,
        "dropped_alone",
        drop(MCP_USE),
        status="untested",
        code="prerequisite_refused",
        note=f"{ANOTHER}HTTP 400: .*unexpected `tool_use_id`",
    ),
    _lie(
        MCP_TOOL_USE,
        "emptied",
        put(f"{MCP_USE}.input", {}),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    _lie(
        MCP_TOOL_USE,
        "beta_refused",
        refuse_header("anthropic-beta", BETA),
        status="untested",
        code="prerequisite_refused",
        note="what the row needs is refused: HTTP 400: anthropic-beta: header is not supported",
    ),
    _lie(
        MCP_TOOL_USE,
        "beta_lost",
        only(drop_header("anthropic-beta"), {f"{HEADERS}.anthropic-beta": f"^{BETA}$"}),
        status="rejected",
        note="Input tag 'mcp_tool_use' found using 'type' does not match",
    ),
    *_failing(MCP_TOOL_RESULT, MCP_RESULT, [MCP_TOOL_USE]),
    _lie(
        MCP_TOOL_RESULT,
        "dropped",
        drop(MCP_RESULT),
        drop(MCP_USE),
        status="ignored",
        note=ABSENT,
    ),
    _lie(
        MCP_TOOL_RESULT,
        "dropped_alone",
        drop(MCP_RESULT),
        status="untested",
        code="prerequisite_refused",
        note=f"{ANOTHER}HTTP 400: .*without a corresponding",
    ),
    _lie(
        MCP_TOOL_RESULT,
        "emptied",
        put(f"{MCP_RESULT}.content", ""),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
]
