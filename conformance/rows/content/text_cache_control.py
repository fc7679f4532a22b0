"""cache_control of a text block."""

from __future__ import annotations

from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Request
from conformance.rows.content.text import Block
from conformance.rows.shared import caching, sources


@row(
    "content.text.cache_control",
    "MUST cache up to a text block that carries cache_control and report it in usage",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def text_cache_control(run: Run) -> Conversation[Verdict]:
    def build(label: str, marker: Block) -> Request:
        return caching.in_a_text_block(run, label, marker)

    return (yield from caching.caches(run, caching.TEXT_BLOCK, build))
