"""Citations of what an answer rests on, verbatim (Messages API, "Citations")."""

from __future__ import annotations

from typing import Any

from conformance.reference.model.recall import Find


def citations_of(find: Find) -> list[dict[str, Any]]:
    """The citation of a find, in the form that its source asks for; none where citations are off."""
    cited = find.passage.cited
    if cited is None:
        return []
    if cited.form == "search_result_location":
        return [
            {
                "type": cited.form,
                "cited_text": find.passage.text,
                "search_result_index": cited.index,
                "source": cited.source,
                "title": cited.title,
                "start_block_index": cited.block,
                "end_block_index": cited.block + 1,
            }
        ]
    start, end = find.start, find.start + len(find.sentence)
    common: dict[str, Any] = {
        "type": cited.form,
        "cited_text": find.passage.text[start:end],
        "document_index": cited.index,
        "document_title": cited.title,
        "file_id": None,
    }
    if cited.form == "char_location":
        return [{**common, "start_char_index": start, "end_char_index": end}]
    if cited.form == "page_location":
        return [{**common, "start_page_number": cited.block + 1, "end_page_number": cited.block + 2}]
    whole = {"cited_text": find.passage.text, "start_block_index": cited.block, "end_block_index": cited.block + 1}
    return [{**common, **whole}]
