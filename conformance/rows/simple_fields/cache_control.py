"""cache_control at the top of a request and in its system prompt."""

from __future__ import annotations

from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import (
    Verdict,
)
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared import caching, sources


@row(
    "fields.system.cache_control",
    "MUST cache a system block that carries cache_control",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def system_cache_control(run: Run) -> Conversation[Verdict]:
    def build(label: str, marker: dict[str, Json]) -> Request:
        return caching.in_a_system_block(run, label, marker)

    return (yield from caching.caches(run, caching.SYSTEM_BLOCK, build))


@row(
    "fields.cache_control",
    "MAY cache automatically with top-level cache_control",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def cache_control(run: Run) -> Conversation[Verdict]:
    def build(label: str, marker: dict[str, Json]) -> Request:
        return run.message(f"{caching.long_text(run, label)}\n\nSay OK.", max_tokens=32, **marker)

    return (yield from caching.caches(run, "fields.cache_control", build))
