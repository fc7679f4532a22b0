"""A search_result block."""

from __future__ import annotations

from conformance.probing.case import Case, case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Run
from conformance.probing.scene import contains
from conformance.rows.shared import sources
from conformance.rows.shared.papers import found_page
from conformance.rows.shared.scenes import papers_read
from conformance.rows.shared.tool_turns import text_block


@case(
    "content.search_result",
    "MUST read a search_result block",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.SEARCH_RESULTS,
)
def search_result(run: Run) -> Case:
    question = text_block(
        "According to the search result, what is the code of the white locker? Reply with the code only."
    )
    return Case(
        control=run.message([question], max_tokens=40),
        treatment=run.message([found_page(run), question], max_tokens=40),
        detect=contains(run.nonce("search_result")),
        grows=20,
        scene=papers_read(run),
    )
