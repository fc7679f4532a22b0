"""The tools that reach into the web, which the endpoint runs: web_search and web_fetch."""

from __future__ import annotations

from typing import Any

from conformance.probing.case import case
from conformance.probing.contrast import Message
from conformance.probing.detection import Detection
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Run
from conformance.rows.shared import sources
from conformance.rows.shared.known_tools import Known
from conformance.rows.shared.server_tools import ServerTool, lacking, ran, unreported
from conformance.rows.tools.client_tools import spelled_out

WEB_SEARCH_BETA = "web-search-2025-03-05"
WEB_FETCH_BETA = "web-fetch-2025-09-10"

PAGE = "https://example.com/"
"""A page that is kept for examples and answers everyone."""


def look_at_search(message: Message) -> Detection:
    def flaw_of(content: Any) -> str | None:
        if not isinstance(content, list):
            return "the result is neither a list of pages nor an error"
        if not content:
            return "the search finds no page at all"
        missing = lacking(content[0], ("url", "title", "encrypted_content"))
        return f"the pages lack {', '.join(missing)}" if missing else None

    detection = ran(message, "web_search_tool_result", "web_search", flaw_of)
    return unreported(message, detection, "web_search_requests")


def look_at_fetch(message: Message) -> Detection:
    def flaw_of(content: Any) -> str | None:
        if not isinstance(content, dict):
            return "the result is neither a page nor an error"
        missing = lacking(content, ("url", "retrieved_at"))
        if not isinstance(content.get("content"), dict) or content["content"].get("type") != "document":
            missing.append("a document")
        return f"the result lacks {', '.join(missing)}" if missing else None

    detection = ran(message, "web_fetch_tool_result", "web_fetch", flaw_of)
    return unreported(message, detection, "web_fetch_requests")


@case(
    "tools.web_search",
    "MAY run the web_search server tool",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.WEB_SEARCH,
)
def web_search(run: Run) -> ServerTool:
    prompt = run.wording(
        "tools.web_search",
        "Use web_search to search the web for 'IANA example domains'. Then name the first page that you find.",
        "Search the web with the web_search tool for 'IANA example domains' and give me the first page found.",
    )
    query = {"query": {"type": "string", "description": "What to search for"}}
    known = Known(
        typed={"type": "web_search_20250305", "name": "web_search", "max_uses": 1},
        twin=spelled_out("web_search", "Searches the web.", query, ["query"]),
        prompt=prompt,
        max_tokens=500,
        beta=WEB_SEARCH_BETA,
    )
    return ServerTool(known=known, detect=look_at_search)


@case(
    "tools.web_fetch",
    "MAY run the web_fetch server tool",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.WEB_FETCH,
)
def web_fetch(run: Run) -> ServerTool:
    prompt = run.wording(
        "tools.web_fetch",
        f"Use web_fetch to fetch {PAGE} and tell me its title.",
        f"Fetch the page {PAGE} with the web_fetch tool. What is its title?",
    )
    address = {"url": {"type": "string", "description": "The address of the page"}}
    known = Known(
        typed={"type": "web_fetch_20250910", "name": "web_fetch", "max_uses": 1},
        twin=spelled_out("web_fetch", "Fetches a page of the web.", address, ["url"]),
        prompt=prompt,
        max_tokens=500,
        beta=WEB_FETCH_BETA,
    )
    return ServerTool(known=known, detect=look_at_fetch)
