"""Lies about tool search, which the endpoint itself runs."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.server_tools import server_lies
from conformance.lies.shared.tools import lie
from conformance.reference import faults
from conformance.reference.transforms import answer_drop, answer_put, drop, refuse, refuse_header

TOOL_ROW = "tools.tool_search"
REGEX = "tools[type=tool_search_tool_regex_20251119]"
BM25 = "tools[type=tool_search_tool_bm25_20251119]"
FOUND = "content[type=tool_search_tool_result].content.tool_references"

# Where the search by regex is refused, the one by bm25 is asked for as well.
BY_REGEX_ALONE = ("refused", "forbidden", "schema_demanded", "behind_its_beta", "beta_refused_as_well")

LIES: list[Lie] = [
    *(
        each
        for each in server_lies(
            TOOL_ROW,
            "tool_search_tool_regex_20251119",
            "tool_search_tool_regex",
            "pattern",
            "tool_search_tool_result",
            "advanced-tool-use-2025-11-20",
        )
        if each.name not in (*BY_REGEX_ALONE, "crashes_under_its_beta")
    ),
    lie(
        TOOL_ROW,
        "regex_refused",
        refuse(REGEX),
        status="partial",
        code="one_form",
        note="the search by bm25 is run, the one by regex refused: HTTP 400: ",
    ),
    lie(TOOL_ROW, "refused", refuse(REGEX), refuse(BM25), status="rejected", note="HTTP 400: .*regex"),
    lie(
        TOOL_ROW,
        "forbidden",
        *(faults.fail(403, path, "Not in your plan") for path in (REGEX, BM25)),
        status="rejected",
        note="HTTP 403: Not in your plan",
    ),
    lie(
        TOOL_ROW,
        "behind_its_beta",
        *(refuse(path, unless="$headers.anthropic-beta") for path in (REGEX, BM25)),
        status="partial",
        code="one_form",
        note="known only with the header anthropic-beta: advanced-tool-use-2025-11-20; without it HTTP 400: ",
    ),
    lie(
        TOOL_ROW,
        "beta_refused_as_well",
        *(refuse(path, unless="$headers.anthropic-beta") for path in (REGEX, BM25)),
        refuse_header("anthropic-beta", "advanced-tool-use-2025-11-20"),
        status="rejected",
        note="HTTP 400: ",
    ),
    lie(
        TOOL_ROW,
        "deferred_tools_refused",
        refuse("tools[*].defer_loading"),
        status="untested",
        code="prerequisite_refused",
        note="the search is taken, but no deferred tool: HTTP 400: ",
    ),
    lie(
        TOOL_ROW,
        "nothing_deferred",
        drop("tools[*].defer_loading"),
        status="ignored",
        note="the deferred tool is called at once, without any search",
    ),
    lie(
        TOOL_ROW,
        "nothing_found",
        answer_put(FOUND, []),
        status="partial",
        code="incomplete",
        note="the search does not find the deferred tool",
    ),
    lie(
        TOOL_ROW,
        "references_left_out",
        answer_drop(FOUND),
        status="partial",
        code="incomplete",
        note="the result has no tool_references",
    ),
    lie(
        TOOL_ROW,
        "call_swallowed",
        answer_drop("content[type=tool_use]", beside=REGEX),
        status="partial",
        code="incomplete",
        note="stop_reason is tool_use, but no tool is called",
    ),
]
