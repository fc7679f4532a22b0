"""Documents and search results that hold a code, one of each kind."""

from __future__ import annotations

from conformance.probing.run import Run
from conformance.rows.shared.paper import pdf_block
from conformance.rows.shared.tool_turns import Block, text_block

SPACE = "The office has a desk of dark wood, with a lamp upon it, an inkwell and a ledger for the ships that pass."
"""Words enough that the prompt's growth tells one block from two."""


def plain_document(run: Run) -> Block:
    return {
        "type": "document",
        "title": "Locker list",
        "source": {
            "type": "text",
            "media_type": "text/plain",
            "data": "The harbour keeps its keys in lockers. "
            f"The code of the yellow locker is {run.nonce('document')}. "
            "Lockers are opened in the morning and closed in the evening.",
        },
    }


def pdf_document(run: Run) -> Block:
    page = (
        "The harbour keeps its keys in lockers.",
        f"The code of the orange locker is {run.nonce('document.pdf')}.",
        "Lockers are opened in the morning and closed in the evening.",
    )
    return pdf_block(page)


def drawer_codes(run: Run) -> list[str]:
    return [run.nonce(f"document.content/{n}") for n in range(2)]


def drawer_words(run: Run) -> list[str]:
    places = ("upper", "lower")
    return [
        f"{SPACE} The code of the {place} drawer is {code}."
        for place, code in zip(places, drawer_codes(run), strict=True)
    ]


def document_in_parts(run: Run) -> Block:
    return {
        "type": "document",
        "title": "Drawers",
        "source": {"type": "content", "content": [text_block(each) for each in drawer_words(run)]},
    }


def found_page(run: Run) -> Block:
    code = run.nonce("search_result")
    return {
        "type": "search_result",
        "source": "https://library.invalid/lockers",
        "title": "Lockers",
        "content": [text_block(f"Each locker of the library has a code. The code of the white locker is {code}.")],
    }
