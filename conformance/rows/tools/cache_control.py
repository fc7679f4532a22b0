"""cache_control of a tool."""

from __future__ import annotations

from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared import caching, sources
from conformance.rows.tools.definition import CITY, bare_tool


@row(
    "tools.cache_control",
    "MUST cache tool definitions that carry cache_control",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def cache_control(run: Run) -> Conversation[Verdict]:
    def build(label: str, marker: dict[str, Json]) -> Request:
        long = caching.long_text(run, label)
        tool = {**bare_tool("get_ledger", CITY), "description": long, **marker}
        return run.message("Say OK.", max_tokens=32, tools=[tool])

    return (yield from caching.caches(run, "tools.cache_control", build))
