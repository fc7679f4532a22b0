"""cache_control at the top of a request and in its system prompt."""

from __future__ import annotations

from conformance.probing.case import case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Run
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared import caching, sources


@case(
    "fields.system.cache_control",
    "MUST cache a system block that carries cache_control",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def system_cache_control(run: Run) -> caching.Cached:
    def build(label: str, marker: dict[str, Json]) -> Request:
        return caching.in_a_system_block(run, label, marker)

    return caching.Cached(label=caching.SYSTEM_BLOCK, build=build)


@case(
    "fields.cache_control",
    "MAY cache automatically with top-level cache_control",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def cache_control(run: Run) -> caching.Cached:
    def build(label: str, marker: dict[str, Json]) -> Request:
        return run.message(f"{caching.long_text(run, label)}\n\nSay OK.", max_tokens=32, **marker)

    return caching.Cached(label="fields.cache_control", build=build)
