"""Lists all codes of a conversation, wherever they stand, and the names of the tools that were called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.reference.model.read import CALL_KINDS, Passage
from conformance.reference.model.recall import CODE_NOUN, Find
from conformance.reference.model.words import codes, sentences

EVERY = re.compile(r"\b(?:all|every|each|list|enumerate|collect)\b|\b(?:which|what)\s+\w+s\b", re.I)
ANYWHERE = re.compile(
    r"\b(?:anywhere|wherever|throughout|so far)\b|\b(?:in|of|from|across) (?:this|our|the) (?:whole |entire )?"
    r"(?:conversation|chat|dialogue|exchange)\b",
    re.I,
)

NAMES_OF_TOOLS = re.compile(
    r"\bnames? of (?:(?:the|that|those|all|each|every) )*(?:tools?|functions?)\b|\b(?:tool|function)s?['’]? names?\b",
    re.I,
)


def every_code(ask: str, passages: Sequence[Passage]) -> list[Find]:
    """All codes of the prompt in their order, where that is what is asked for; else none."""
    asking = [
        sentence
        for _start, sentence in sentences(ask)
        if CODE_NOUN.search(sentence) and EVERY.search(sentence) and ANYWHERE.search(sentence)
    ]
    if not asking:
        return []
    found: dict[str, Find] = {}
    for number, passage in enumerate(passages):
        for start, sentence in sentences(passage.text):
            for code in codes(sentence):
                if any(sign.isdigit() for sign in code):
                    found.setdefault(code, Find(code, sentence, start, passage, number * 10_000 + start, 1.0))
    if any(NAMES_OF_TOOLS.search(sentence) for sentence in asking):
        for number, passage in enumerate(passages):
            if passage.kind in CALL_KINDS:
                found.setdefault(passage.tool, Find(passage.tool, passage.tool, 0, passage, number * 10_000, 1.0))
    return list(found.values())
