"""Documents: a PDF that is one, and citations that are verbatim or not."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from conformance.protocol.status import Deviation
from conformance.rows.content.documents import look_at_citations
from conformance.rows.shared.paper import pdf_block, pdf_of
from tests.core.made_up import message

DATA = "The harbour is old. The code of the tower is QX-7731. It is lit at dusk."
CODE = "QX-7731"
CITED = DATA[20:53]


def test_every_object_of_the_pdf_stands_where_its_table_says() -> None:
    file = pdf_of(["One (1)", "Back\\slash"])
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", file)[1])  # type: ignore[index]
    table = file[start:].split(b"\n")
    assert table[:2] == [b"xref", b"0 6"]
    for number, entry in enumerate(table[3:8], 1):
        place, generation, state = entry.split()
        assert len(entry) == 19  # with its space and its line feed, 20 bytes as the format demands
        assert (generation, state) == (b"00000", b"n")
        assert file[int(place) :].startswith(f"{number} 0 obj\n".encode())
    length, stream = re.search(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", file, re.DOTALL).groups()  # type: ignore[union-attr]
    assert int(length) == len(stream)
    assert rb"(One \(1\)) Tj" in stream
    assert rb"(Back\\slash) Tj" in stream


def test_the_block_holds_the_pdf() -> None:
    source = pdf_block(["One"])["source"]
    assert base64.b64decode(source["data"]) == pdf_of(["One"])
    assert source["media_type"] == "application/pdf"


def citing(**changes: Any) -> dict[str, Any]:
    whole = {
        "type": "char_location",
        "cited_text": CITED,
        "document_index": 0,
        "start_char_index": 20,
        "end_char_index": 53,
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


def cited(*citations: Any, text: str = f"It is {CODE}.") -> dict[str, Any]:
    return message(content=[{"type": "text", "text": text, "citations": list(citations)}])


def test_a_citation_is_verbatim_at_its_place() -> None:
    detection = look_at_citations(cited(citing()), DATA, CODE)
    assert (detection.seen, detection.deviation) == (True, None)
    assert look_at_citations(cited(citing(), text="As it is told."), DATA, CODE).seen


@pytest.mark.parametrize(
    ("citation", "deviation", "note"),
    [
        (citing(cited_text="The code is QX-7731."), Deviation.IMPLAUSIBLE, "does not stand in the document"),
        (citing(cited_text=None), Deviation.INCOMPLETE, "no cited_text"),
        (citing(cited_text=""), Deviation.INCOMPLETE, "no cited_text"),
        (citing(type="page_location"), Deviation.RENAMED, "is a page_location, not a char_location"),
        (citing(start_char_index=21), Deviation.INCOMPLETE, "document 0, 21 to 53"),
        (citing(end_char_index=None), Deviation.INCOMPLETE, "document 0, 20 to None"),
        (citing(start_char_index=True), Deviation.INCOMPLETE, "document 0, True to 53"),
        (citing(document_index=1), Deviation.INCOMPLETE, "document 1, 20 to 53"),
        ("[1]", Deviation.INCOMPLETE, "a citation is str, not an object"),
        (None, Deviation.INCOMPLETE, "a citation is NoneType, not an object"),
    ],
)
def test_a_flawed_citation_is_named(citation: Any, deviation: Deviation, note: str) -> None:
    detection = look_at_citations(cited(citing(), citation), DATA, CODE)
    assert (detection.seen, detection.deviation) == (True, deviation)
    assert note in detection.note


@pytest.mark.parametrize(
    ("answer", "void"),
    [
        (message(f"It is {CODE}."), False),
        (message(f"it is {CODE.lower()}"), False),
        (message("I do not know."), True),
        (message(content=[{"type": "text", "text": CODE, "citations": None}]), False),
        (message(content=[{"type": "text", "text": CODE, "citations": "none"}]), False),
        (message(content=[]), True),
    ],
)
def test_without_citations_nothing_is_seen_and_no_answer_from_elsewhere_tells(answer: Any, void: bool) -> None:
    detection = look_at_citations(answer, DATA, CODE)
    assert (detection.seen, detection.void) == (False, void)
