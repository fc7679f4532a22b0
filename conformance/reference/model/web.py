"""The web as this endpoint knows it: a few pages that it carries itself, since there is no way out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from conformance.reference.model.words import content_stems, stems

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page."""

    url: str
    title: str
    text: str


PAGES = (
    Page(
        "https://example.com/",
        "Example Domain",
        "This domain is kept for examples in documents. Anyone may name it without asking.",
    ),
    Page(
        "https://www.iana.org/help/example-domains",
        "Example Domains",
        "Some domains are set aside by IANA for examples, example.com and example.org among them.",
    ),
    Page(
        "https://www.rfc-editor.org/rfc/rfc2606.html",
        "RFC 2606: Reserved Top Level DNS Names",
        "Four top level domains are reserved for tests and documents: test, example, invalid and localhost.",
    ),
)


def allowed(page: Page, tool: Json) -> bool:
    """Whether the tool's lists of domains let a page through."""
    host = urlsplit(page.url).hostname or ""

    def listed(domains: list[str]) -> bool:
        return any(host == domain or host.endswith(f".{domain}") for domain in domains)

    if tool.get("allowed_domains"):
        return listed(tool["allowed_domains"])
    return not listed(tool.get("blocked_domains") or [])


def search(query: str, tool: Json) -> list[Page]:
    """The pages that share a word with the query, best first."""
    wanted = set(content_stems(query))
    scored = [(len(wanted.intersection(stems(f"{page.title} {page.text}"))), page) for page in PAGES]
    found = [page for score, page in sorted(scored, key=lambda item: -item[0]) if score > 0]
    return [page for page in found if allowed(page, tool)]


def fetch(url: str, tool: Json) -> Page | None:
    """The page at an address; None where it cannot be reached."""
    return next((page for page in PAGES if page.url.rstrip("/") == url.rstrip("/") and allowed(page, tool)), None)
