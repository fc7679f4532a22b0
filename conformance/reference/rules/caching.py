"""Rules on cache_control: at most four breakpoints, the longer time to live first (prompt caching documents)."""

from __future__ import annotations

from typing import Any

from conformance.reference.errors import invalid
from conformance.reference.walk import blocks_of, nested_blocks, tools_of

MOST_BREAKPOINTS = 4


def check(body: dict[str, Any]) -> None:
    """Count the breakpoints in prompt order: tools, system, messages, and the automatic one."""
    marks = [tool.get("cache_control") for tool in tools_of(body)]
    marks += [block.get("cache_control") for block in blocks_of(body.get("system") or [])]
    marks += [block.get("cache_control") for _place, _role, block in nested_blocks(body)]
    explicit = [mark for mark in marks if mark]
    automatic = body.get("cache_control")
    if automatic and marks and marks[-1] and _ttl(marks[-1]) != _ttl(automatic):
        raise invalid("cache_control: the last block already carries a cache_control with another ttl")
    found = [*explicit, automatic] if automatic and not (marks and marks[-1]) else explicit
    if len(found) > MOST_BREAKPOINTS:
        raise invalid(f"A maximum of {MOST_BREAKPOINTS} blocks with cache_control may be provided. Found {len(found)}.")
    lives = [_ttl(mark) for mark in found]
    if "5m" in lives and "1h" in lives[lives.index("5m") :]:
        raise invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")


def _ttl(mark: dict[str, Any]) -> str:
    return str(mark.get("ttl") or "5m")
