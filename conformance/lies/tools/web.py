"""Lies about the tools that go out into the web."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.server_tools import TEXT, server_lies
from conformance.lies.shared.tools import lie
from conformance.reference import faults
from conformance.reference.transforms import answer_drop, answer_put, refuse

SEARCH_ROW = "tools.web_search"
SEARCH = "tools[type=web_search_20250305]"
HITS = "content[type=web_search_tool_result].content"

WEB_SEARCH = [
    *(
        each
        for each in server_lies(
            SEARCH_ROW, "web_search_20250305", "web_search", "query", "web_search_tool_result", "web-search-2025-03-05"
        )
        if not each.name.startswith("only_")
    ),
    lie(
        SEARCH_ROW,
        "unprocessable",
        faults.fail(422, SEARCH, "body.tools[0].input_schema: Field required"),
        status="rejected",
        note=r"HTTP 422: body.tools\[0\].input_schema: Field required",
        reports=("O01",),
    ),
    lie(
        SEARCH_ROW,
        "unknown_to_a_strict_union",
        refuse(SEARCH),
        refuse("messages[*].content[type=search_result]"),
        status="rejected",
        note="HTTP 400: .*web_search_20250305",
        reports=("O03",),
    ),
    lie(
        SEARCH_ROW,
        "unsupported_upstream",
        faults.fail(400, SEARCH, "unsupported_value: The requested tool web_search is not supported."),
        status="rejected",
        note="HTTP 400: unsupported_value",
        reports=("O05",),
    ),
    lie(
        SEARCH_ROW,
        "no_encrypted_content",
        answer_drop(f"{HITS}[*].encrypted_content"),
        status="partial",
        code="incomplete",
        note="the pages lack encrypted_content",
    ),
    lie(
        SEARCH_ROW,
        "own_search_of_another_shape",
        answer_put(HITS, [{"link": "https://example.com/", "snippet": "x"}]),
        status="partial",
        code="incomplete",
        note="the pages lack url, title, encrypted_content",
    ),
    lie(
        SEARCH_ROW,
        "nothing_found",
        answer_put(HITS, []),
        status="partial",
        code="incomplete",
        note="the search finds no page at all",
    ),
    lie(
        SEARCH_ROW,
        "result_as_text",
        answer_put(HITS, "Example Domains: https://www.iana.org/"),
        status="partial",
        code="incomplete",
        note="the result is neither a list of pages nor an error",
    ),
    lie(
        SEARCH_ROW,
        "uncounted",
        answer_drop("usage.server_tool_use"),
        status="partial",
        code="unreported",
        note="usage.server_tool_use does not count it as web_search_requests",
    ),
    lie(
        SEARCH_ROW,
        "counted_as_none",
        answer_put("usage.server_tool_use.web_search_requests", 0),
        status="partial",
        code="unreported",
        note="usage.server_tool_use does not count it as web_search_requests",
    ),
    lie(
        SEARCH_ROW,
        "counted_and_not_shown",
        answer_put("content[*]", TEXT, beside=SEARCH),
        status="partial",
        code="unreported",
        note="usage counts web_search_requests, but the answer has no result block",
    ),
]

FETCH_ROW = "tools.web_fetch"
FETCH = "tools[type=web_fetch_20250910]"
PAGE = "content[type=web_fetch_tool_result].content"

WEB_FETCH = [
    *(
        each
        for each in server_lies(
            FETCH_ROW, "web_fetch_20250910", "web_fetch", "url", "web_fetch_tool_result", "web-fetch-2025-09-10"
        )
        if not each.name.startswith("only_")
    ),
    lie(
        FETCH_ROW,
        "no_time_of_retrieval",
        answer_drop(f"{PAGE}.retrieved_at"),
        status="partial",
        code="incomplete",
        note="the result lacks retrieved_at",
    ),
    lie(
        FETCH_ROW,
        "page_as_text",
        answer_put(f"{PAGE}.content", "Example Domain"),
        status="partial",
        code="incomplete",
        note="the result lacks a document",
    ),
    lie(
        FETCH_ROW,
        "result_as_text",
        answer_put(PAGE, "Example Domain"),
        status="partial",
        code="incomplete",
        note="the result is neither a page nor an error",
    ),
    lie(
        FETCH_ROW,
        "counted_as_none",
        answer_put("usage.server_tool_use.web_fetch_requests", 0),
        status="partial",
        code="unreported",
        note="usage.server_tool_use does not count it as web_fetch_requests",
    ),
    lie(
        FETCH_ROW,
        "counted_and_not_shown",
        answer_put("content[*]", TEXT, beside=FETCH),
        status="partial",
        code="unreported",
        note="usage counts web_fetch_requests, but the answer has no result block",
    ),
]

LIES: list[Lie] = [
    *WEB_SEARCH,
    *WEB_FETCH,
]
