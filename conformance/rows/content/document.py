"""A plain-text document."""

from __future__ import annotations

from conformance.probing.case import Case, case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Run
from conformance.probing.scene import contains
from conformance.rows.shared import sources
from conformance.rows.shared.papers import plain_document
from conformance.rows.shared.scenes import papers_read
from conformance.rows.shared.tool_turns import text_block


@case("content.document", "MUST read a plain-text document", evidence_kind=EvidenceKind.NONCE, source=sources.CITATIONS)
def document(run: Run) -> Case:
    question = text_block("According to the document, what is the code of the yellow locker? Reply with the code only.")
    return Case(
        control=run.message([question], max_tokens=40),
        treatment=run.message([plain_document(run), question], max_tokens=40),
        detect=contains(run.nonce("document")),
        grows=30,
        scene=papers_read(run),
    )
