"""cache_control of a text block."""

from __future__ import annotations

from conformance.probing.case import case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Run
from conformance.protocol.exchange import Request
from conformance.rows.shared import caching, sources
from conformance.rows.shared.tool_turns import Block


@case(
    "content.text.cache_control",
    "MUST cache up to a text block that carries cache_control and report it in usage",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def text_cache_control(run: Run) -> caching.Cached:
    def build(label: str, marker: Block) -> Request:
        return caching.in_a_text_block(run, label, marker)

    return caching.Cached(label=caching.TEXT_BLOCK, build=build)
