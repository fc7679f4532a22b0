"""Where this project lives, and the issue by which a finding is disputed there."""

from __future__ import annotations

from urllib.parse import quote, urlencode

REPOSITORY = "https://github.com/messages-api-conformance/messages-api-conformance"
"""Whoever publishes from another place says so with `--repository`."""

MOST_BODY = 4000
"""Characters: browsers and GitHub refuse an address of more than some 8,000 bytes."""


def new_issue(repository: str, title: str, body: str) -> str:
    """The address of a new issue that is filled in already."""
    # A question mark or a hash in either belongs to the text, so both are percent-encoded throughout.
    return f"{repository}/issues/new?{urlencode({'title': title, 'body': body[:MOST_BODY]}, quote_via=quote)}"


def file_page(repository: str, path: str) -> str:
    """The page of a file of the main branch."""
    return f"{repository}/blob/main/{quote(path)}"
