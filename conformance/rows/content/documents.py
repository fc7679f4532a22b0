"""Documents other than plain text, and their citations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.probing.capability import copies_codes
from conformance.probing.case import Case, case
from conformance.probing.contrast import Message, ask_contrast
from conformance.probing.detection import UNSTREAMED, Detection, look_for, modes_agree
from conformance.probing.every_code import EveryCode
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import contains
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import blocks, text_of
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation
from conformance.rows.shared import sources
from conformance.rows.shared.papers import document_in_parts, drawer_codes, drawer_words, pdf_document
from conformance.rows.shared.scenes import papers_read
from conformance.rows.shared.tool_turns import text_block

PDF_QUESTION = "According to the document, what is the code of the orange locker? Reply with the code only."


@case("content.document.pdf", "MUST read a base64 PDF", evidence_kind=EvidenceKind.NONCE, source=sources.PDF_SUPPORT)
def pdf(run: Run) -> Case:
    question = text_block(PDF_QUESTION)
    return Case(
        control=run.message([question], max_tokens=40),
        treatment=in_a_pdf(run),
        detect=contains(run.nonce("document.pdf")),
        grows=30,
        scene=papers_read(run),
    )


def in_a_pdf(run: Run) -> Request:
    """The question with the document that answers it."""
    return run.message([pdf_document(run), text_block(PDF_QUESTION)], max_tokens=40)


@case(
    "content.document.content",
    "MUST read a document given as content blocks",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.CITATIONS,
)
def parts(run: Run) -> Case:
    question = "What are the codes of the upper drawer and of the lower drawer? Reply with both codes."
    joined = run.message([text_block(" ".join([*drawer_words(run), question]))], max_tokens=60)
    return Case(
        control=run.message([text_block(question)], max_tokens=60),
        treatment=run.message([document_in_parts(run), text_block(question)], max_tokens=60),
        detect=EveryCode(
            codes=drawer_codes(run),
            joined=joined,
            what="content blocks of the document",
        ),
        scene=papers_read(run),
    )


@row(
    "content.document.citations",
    "MUST cite the document verbatim when citations are enabled",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.CITATIONS,
)
def citations(run: Run) -> Conversation[Verdict]:
    code = run.nonce("document.citations")
    data = (
        "The harbour has a tower of stone. "
        f"The code of the tower is {code}. "
        "The tower is lit at dusk, and its keeper writes down every ship."
    )
    question = text_block("According to the document, what is the code of the tower?")

    def asked(**further: object) -> Request:
        source = {"type": "text", "media_type": "text/plain", "data": data}
        return run.message([{"type": "document", "source": source, **further}, question], max_tokens=200)

    def detect(message: Message) -> Detection:
        return look_at_citations(message, data, code)

    treatment = asked(citations={"enabled": True})
    contrast = yield from ask_contrast(asked(), treatment)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        # Officially the prompt grows where citations are enabled; a field that was dropped cannot make it grow.
        finding = yield from look_for(
            run, contrast, treatment, detect, ask_capability=copies_codes, grows=9, tries=UNSTREAMED
        )
        finding = yield from modes_agree(run, treatment, detect, finding, ask_capability=copies_codes, tried=1)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def look_at_citations(message: Message, data: str, code: str) -> Detection:
    """Does a text block cite the document, in its own words, at the place where they stand? An answer that does not
    come from the document has nothing to cite."""
    cited = [each for block in blocks(message, "text") for each in _list(block.get("citations"))]
    if not cited:
        void = code.casefold() not in text_of(message).casefold()
        why = "the answer does not come from the document" if void else "the answer comes without citations"
        return Detection(seen=False, missed=why, void=void)
    flaws = [flaw for flaw in (_flaw(each, data) for each in cited) if flaw is not None]
    if flaws:
        deviation, note = flaws[0]
        return Detection(seen=True, note=note, deviation=deviation)
    return Detection(seen=True)


def _flaw(citation: object, data: str) -> tuple[Deviation, str] | None:
    """What is wrong with a citation of a plain-text document."""
    if not isinstance(citation, Mapping):
        return Deviation.INCOMPLETE, f"a citation is {type(citation).__name__}, not an object"
    kind, said = citation.get("type"), citation.get("cited_text")
    if not isinstance(said, str) or not said:
        return Deviation.INCOMPLETE, "a citation has no cited_text"
    if said not in data:
        return Deviation.IMPLAUSIBLE, "the cited text does not stand in the document"
    if kind != "char_location":
        return Deviation.RENAMED, f"the citation is a {kind}, not a char_location"
    start, end = citation.get("start_char_index"), citation.get("end_char_index")
    if citation.get("document_index") != 0 or not _is_place(data, start, end, said):
        told_place = f"document {citation.get('document_index')}, {start} to {end}"
        return (
            Deviation.INCOMPLETE,
            f"the cited text stands in the document, but not where the citation says: {told_place}",
        )
    return None


def _is_place(data: str, start: object, end: object, said: str) -> bool:
    return type(start) is int and type(end) is int and start >= 0 and data[start:end] == said


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
