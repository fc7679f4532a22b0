"""Rules that hold across fields, checked once the shape is right."""

from __future__ import annotations

from typing import Any

from conformance.reference.rules import caching, history, limits, sources, tooling, turns


def check_rules(body: dict[str, Any], *, version: str, betas: frozenset[str], counting: bool) -> None:
    """Refuse, with the official text, the first rule that a well-shaped body breaks."""
    if not counting:
        limits.check(body, version=version)
    turns.check(body, version=version)
    tooling.check(body, betas=betas)
    history.check(body)
    caching.check(body)
    sources.check(body)
