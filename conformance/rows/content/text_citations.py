"""Citations of an answer, sent back."""

from __future__ import annotations

from conformance.probing.case import case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import Validation
from conformance.probing.run import Run
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared import sources
from conformance.rows.shared.tool_turns import text_block


@case(
    "content.text.citations",
    "MUST accept citations on an assistant text block",
    evidence_kind=EvidenceKind.VALIDATION,
    source=sources.CITATIONS,
)
def text_citations(run: Run) -> Validation:
    cited = {
        "type": "char_location",
        "cited_text": "The harbour opens at six.",
        "document_index": 0,
        "document_title": "Harbour",
        "start_char_index": 0,
        "end_char_index": 25,
    }

    def conversation(**further: Json) -> Request:
        return run.conversation(
            [
                {"role": "user", "content": "When does the harbour open?"},
                {"role": "assistant", "content": [text_block("The harbour opens at six.", **further)]},
                {"role": "user", "content": "Thank you. Say OK."},
            ]
        )

    return Validation(
        control=conversation(),
        valid=conversation(citations=[cited]),
        invalid=conversation(citations="none of this is a list"),
    )
