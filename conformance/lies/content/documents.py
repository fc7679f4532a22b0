"""Lies about documents other than plain text, and about citations."""

from __future__ import annotations

import base64

from conformance.lies.lie import STREAMED, Lie, failures
from conformance.reference.transforms import (
    Transform,
    answer_drop,
    answer_put,
    default,
    drop,
    keep_first,
    keep_last,
    only,
    put,
    refuse,
)

DOCUMENT = "messages[*].content[type=document]"
PDF = f"{DOCUMENT}.source[type=base64]"
PARTS = f"{DOCUMENT}.source[type=content]"
SWITCH = f"{DOCUMENT}.citations"
CITATIONS = "content[type=text].citations"
IS_PDF = {f"{DOCUMENT}.source.type": "^base64$"}
IN_PARTS = {f"{DOCUMENT}.source.type": "^content$"}
NOTHING = {"type": "text", "text": "..."}
PLACEHOLDER = {"type": "text", "text": "Something was attached here that this gateway did not hand on to the model."}
ABSENT = r"the code does not come back, and its content does not lengthen the prompt \(from \d+ to \d+ tokens\)"
GREW = r"the code does not come back, although the prompt grew \(from \d+ to \d+ tokens\)"
UNCITED = "the answer comes without citations"
BLANK = base64.b64encode(b"%PDF-1.4\n1 0 obj\n<< /Type /Page >>\nendobj\n%%EOF\n").decode()
"""A page on which nothing stands."""

PDF_ROW = "content.document.pdf"
PARTS_ROW = "content.document.content"
CITATIONS_ROW = "content.document.citations"


def _lie(row: str, name: str, status: str, note: str, *transforms: Transform, code: str = "") -> Lie:
    return Lie(row=row, name=name, transforms=transforms, status=status, note=note, code=code)


PDFS: list[Lie] = [
    *failures(PDF_ROW, PDF),
    Lie(
        row=PDF_ROW,
        name="documents_refused",
        transforms=(refuse(DOCUMENT),),
        status="rejected",
        note="HTTP 400: messages.0.content.0: Input tag 'document' found using 'type' does not match",
        reports=("J10",),
    ),
    _lie(PDF_ROW, "dropped", "ignored", ABSENT, only(drop(DOCUMENT), IS_PDF)),
    _lie(PDF_ROW, "swallowed", "ignored", ABSENT, only(put(DOCUMENT, NOTHING), IS_PDF)),
    _lie(PDF_ROW, "emptied", "ignored", ABSENT, put(f"{PDF}.data", BLANK)),
    _lie(PDF_ROW, "replaced", "untested", GREW, only(put(DOCUMENT, PLACEHOLDER), IS_PDF), code="cannot_tell"),
    _lie(
        PDF_ROW,
        "dropped_uncounted",
        "ignored",
        "^the code does not come back, and its content does not lengthen",
        only(drop(DOCUMENT), IS_PDF),
        answer_put("usage.input_tokens", 7, beside=PDF),
    ),
    _lie(
        PDF_ROW,
        "not_a_pdf",
        "rejected",
        "HTTP 400: .*The PDF specified was not valid",
        put(f"{PDF}.data", base64.b64encode(b"no").decode()),
    ),
]

PARTS_AND_CITATIONS: list[Lie] = [
    *failures(PARTS_ROW, PARTS),
    _lie(PARTS_ROW, "dropped", "ignored", "no code comes back", only(drop(DOCUMENT), IN_PARTS)),
    _lie(PARTS_ROW, "swallowed", "ignored", "no code comes back", only(put(DOCUMENT, NOTHING), IN_PARTS)),
    _lie(PARTS_ROW, "emptied", "ignored", "no code comes back", put(f"{PARTS}.content", [])),
    _lie(
        PARTS_ROW,
        "replaced",
        "untested",
        "no code comes back, yet it may have reached the prompt",
        only(put(DOCUMENT, {**PLACEHOLDER, "text": PLACEHOLDER["text"] * 3}), IN_PARTS),
        code="cannot_tell",
    ),
    _lie(
        PARTS_ROW,
        "first_alone",
        "partial",
        "of 2 content blocks of the document only number 1 is read",
        keep_first(f"{PARTS}.content"),
        code="incomplete",
    ),
    _lie(
        PARTS_ROW,
        "last_alone",
        "partial",
        "of 2 content blocks of the document only number 2 is read",
        keep_last(f"{PARTS}.content[*]"),
        code="incomplete",
    ),
    *failures(CITATIONS_ROW, SWITCH),
    _lie(
        CITATIONS_ROW,
        "dropped",
        "ignored",
        f"{UNCITED}, and its content does not lengthen the prompt",
        drop(SWITCH),
    ),
    _lie(
        CITATIONS_ROW,
        "turned_off",
        "ignored",
        f"{UNCITED}, and its content does not lengthen the prompt",
        put(f"{SWITCH}.enabled", False),
    ),
    _lie(
        CITATIONS_ROW,
        "hidden",
        "untested",
        f"{UNCITED}, although the prompt grew",
        answer_drop(CITATIONS, beside=SWITCH),
        code="cannot_tell",
    ),
    _lie(
        CITATIONS_ROW,
        "hidden_streamed",
        "partial",
        rf"seen unstreamed, absent in a stream \({UNCITED}\)",
        answer_drop(CITATIONS, beside=STREAMED),
        code="one_mode",
    ),
    _lie(
        CITATIONS_ROW,
        "only_streamed",
        "partial",
        rf"seen in a stream, absent unstreamed \({UNCITED}",
        drop(SWITCH, unless=STREAMED),
        code="one_mode",
    ),
    _lie(
        CITATIONS_ROW,
        "in_other_words",
        "partial",
        "the cited text does not stand in the document",
        answer_put(f"{CITATIONS}[*].cited_text", "The tower has a code."),
        code="implausible",
    ),
    _lie(
        CITATIONS_ROW,
        "in_other_words_streamed",
        "partial",
        "in a stream: the cited text does not stand in the document",
        answer_put(f"{CITATIONS}[*].cited_text", "The tower has a code.", beside=STREAMED),
        code="implausible",
    ),
    _lie(
        CITATIONS_ROW,
        "misplaced",
        "partial",
        r"stands in the document, but not where the citation says: document 0, 0 to \d+",
        answer_put(f"{CITATIONS}[*].start_char_index", 0),
        code="incomplete",
    ),
    _lie(
        CITATIONS_ROW,
        "of_another_document",
        "partial",
        "but not where the citation says: document 3, ",
        answer_put(f"{CITATIONS}[*].document_index", 3),
        code="incomplete",
    ),
    _lie(
        CITATIONS_ROW,
        "of_another_type",
        "partial",
        "the citation is a page_location, not a char_location",
        answer_put(f"{CITATIONS}[*].type", "page_location"),
        code="renamed",
    ),
    _lie(
        CITATIONS_ROW,
        "without_words",
        "partial",
        "a citation has no cited_text",
        answer_drop(f"{CITATIONS}[*].cited_text"),
        code="incomplete",
    ),
    _lie(
        CITATIONS_ROW,
        "as_numbers",
        "partial",
        "a citation is int, not an object",
        answer_put(CITATIONS, [1]),
        code="incomplete",
    ),
    _lie(
        CITATIONS_ROW,
        "always_on",
        "untested",
        "the same is seen without the field",
        default(SWITCH, {"enabled": True}),
        code="not_attributable",
    ),
    _lie(
        CITATIONS_ROW,
        "document_unread",
        "untested",
        "the answer does not come from the document",
        put(f"{DOCUMENT}[citations].source.data", "The page is empty."),
        answer_drop(CITATIONS),
        code="model_too_weak",
    ),
]

LIES: list[Lie] = [
    *PDFS,
    *PARTS_AND_CITATIONS,
]
