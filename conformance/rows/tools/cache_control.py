"""cache_control of a tool."""

from __future__ import annotations

from conformance.probing.case import case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Run
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared import caching, sources
from conformance.rows.tools.definition import CITY, bare_tool


@case(
    "tools.cache_control",
    "MUST cache tool definitions that carry cache_control",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def cache_control(run: Run) -> caching.Cached:
    def build(label: str, marker: dict[str, Json]) -> Request:
        long = caching.long_text(run, label)
        tool = {**bare_tool("get_ledger", CITY), "description": long, **marker}
        return run.message("Say OK.", max_tokens=32, tools=[tool])

    return caching.Cached(label="tools.cache_control", build=build)
