"""Standing orders: what the system prompt, or an earlier turn, wants of every reply or of some."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.reference.model.literal import ORDER, literal, spoken
from conformance.reference.model.read import Passage
from conformance.reference.model.words import WORD, codes, content_stems, quoted, sentences, stems, weak_stems, words_in

CONDITION = re.compile(
    r"^(?:\W*)(?:and\s+)?(?:if|when|whenever|once|each time|every time|should)\s+"
    r"(?P<condition>.+?)(?:,\s*|\s+then\s+|:\s*"
    r"|\s+(?=(?:you (?:must|should|always)\s+)?(?:always\s+|only\s+|just\s+|simply\s+|please\s+)?"
    r"(?:reply|respond|answer|say|output|return|write|give|state|tell)\b(?! for\b)))(?P<order>.+)$",
    re.I | re.S,
)
LATE_CONDITION = re.compile(
    r"^(?P<order>.+?)\s+(?:if|when|whenever)\s+(?P<condition>(?:you\s+are\s+|you're\s+)?"
    r"(?:asked|the user|someone|anyone|i ask|i say)\b.+)$",
    re.I | re.S,
)
STANDING = re.compile(
    r"\b(?:always|every|each|any|all|whatever|no matter|regardless|everything|only ever|from now on|must)\b", re.I
)
REPLY = r"(?:repl\w+|answers?|responses?|messages?|outputs?|sentences?|turns?|texts?)"
END = re.compile(
    rf"\b(?:end|finish|conclude|close|terminate|sign off|follow)\w*\b(?P<between>.*?)\b(?:with"
    rf"|by (?:adding|saying|writing)|in|on)\b\s+(?P<rest>.+)$"
    rf"|\b(?:append|add|attach)\w*\s+(?P<added>.+?)\s+(?:to|at|after)\b.*\b(?:end|{REPLY}|everything)\b"
    rf"|\blast word of (?:every|each|your|any) {REPLY} (?:must|should|has to)? ?(?:be|is)\s+(?P<last>.+)$"
    rf"|\b(?:include|contain|mention|incorporate)\w*\s+(?P<inside>.+?)(?:\s+(?:in|somewhere|at)\b.*|[.!]*)$",
    re.I | re.S,
)
BEGIN = re.compile(
    rf"\b(?:begin|start|open|preface|prefix|precede)\w*\b(?P<between>.*?)\b(?:with|by (?:saying"
    rf"|writing)|in)\b\s+(?P<rest>.+)$"
    rf"|\bfirst word of (?:every|each|your|any) {REPLY} (?:must|should|has to)? ?(?:be|is)\s+(?P<last>.+)$",
    re.I | re.S,
)
MAYBE = re.compile(r"\b(?:if|otherwise|else)\b", re.I)
OTHERWISE = re.compile(
    r"(?:\botherwise|\belse\b|\bif (?:you (?:do not|don't|cannot|can't|are not|aren't|have no"
    r"|see no)|there (?:is|are) (?:no|none|not)"
    r"|it (?:is not|isn't|does not|doesn't)|not|none|no\b|nothing|unknown|unsure|(?:the|that"
    r"|no such) [^,]*?\b(?:not|no|missing|unknown|absent)\b)"
    r"[^.,;:]*)\s*[,:]?\s*(?:then\s+)?(?:please\s+)?(?:you\s+(?:must|should)\s+)?(?P<order>(?:just\s+|simply\s+|only\s+)?"
    r"(?:reply|say|answer|respond|write|output|return)\b[^.\n]+)",
    re.I,
)
GENERIC = frozenset(
    words_in("""
    asks asked ask user users someone anyone says say mention mentions request requests question prompted wants
    anything
""")
)


@dataclass(frozen=True, slots=True)
class Orders:
    """What holds for the reply at hand."""

    fixed: tuple[str, ...]
    begin: tuple[str, ...]
    end: tuple[str, ...]
    unknown: str | None
    casing: str | None


RULING = re.compile(
    r"\b(?:repl\w+|respon\w+|answer\w*|say\w*|repeat\w*|echo\w*|write|output\w*|return|print|type|send|state|give|utter|end|ends|finish\w*"
    r"|conclud\w+|clos\w+|append\w*|add|attach\w*|word|include\w*|contain\w*|mention\w*|begin\w*|start\w*|open|prefa\w+|prefix\w*"
    r"|case|uppercase|lowercase|caps|letters|tell|message\w*|sign)\b",
    re.I,
)


def is_order(sentence: str) -> bool:
    """Whether a sentence of a user turn sets a rule rather than asks for something now."""
    return bool(CONDITION.match(sentence) or (MAYBE.search(sentence) and OTHERWISE.search(sentence)))


def read_orders(passages: Sequence[Passage], ask: str) -> Orders:
    """The standing orders that apply to `ask`."""
    fixed: list[str] = []
    begin: list[str] = []
    end: list[str] = []
    casing = None
    for passage in passages:
        system = passage.kind == "system"
        if not system and not (passage.kind == "text" and passage.role == "user"):
            continue
        for start, sentence in sentences(passage.text):
            if not system and not (CONDITION.match(sentence) or STANDING.search(sentence)):
                continue
            if not RULING.search(sentence):
                continue
            if system and (re.search(r"\b(?:upper ?case|capital letters|all caps)\b", sentence, re.I)):
                casing = "upper"
            elif system and re.search(r"\blower ?case\b", sentence, re.I):
                casing = "lower"
            _read(sentence, passage.text[start:], ask, system, fixed, begin, end)
    found = OTHERWISE.search(ask)
    unknown = spoken(found["order"]) if found else None
    return Orders(tuple(dict.fromkeys(fixed)), tuple(begin), tuple(end), unknown, casing)


def _read(
    sentence: str, whole: str, ask: str, system: bool, fixed: list[str], begin: list[str], end: list[str]
) -> None:
    if OTHERWISE.search(sentence):
        return
    conditional = CONDITION.match(sentence) or LATE_CONDITION.match(sentence)
    if conditional:
        if _applies(conditional["condition"], ask):
            said = spoken(conditional["order"])
            place = _placed(END, conditional["order"])
            if place:
                end.append(place)
            elif said:
                fixed.append(said)
        return
    standing = bool(STANDING.search(sentence))
    if re.search(r"\b(?:never|do not|don't)\b", sentence, re.I) and not quoted(sentence):
        return
    first, last = _placed(BEGIN, sentence), _placed(END, sentence)
    if first or last:
        if (system or standing) and first:
            begin.append(first)
        if (system or standing) and last:
            end.append(last)
        return
    if not ORDER.search(sentence) or sentence.rstrip().endswith("?"):
        return
    if system or (standing and re.search(r"\b(?:every|all|each|any|whatever|from now on)\b", sentence, re.I)):
        said = spoken(sentence, whole=sentence) or _everything(sentence)
        if said and (system or standing):
            fixed.append(said)


def _everything(sentence: str) -> str | None:
    """ "Answer every message with only the word X": the order's object comes after with, be or only."""
    for match in re.finditer(r"\b(?:with|be|is|say|only|exactly)\b\s+", sentence, re.I):
        rest = sentence[match.end() :]
        said = literal(rest, verb="output")
        if said and not re.search(rf"^(?:{REPLY}|questions?)\b", rest, re.I):
            return said
    return None


def _placed(pattern: re.Pattern[str], sentence: str) -> str | None:
    found = pattern.search(sentence)
    if not found:
        return None
    rest = next((value for key, value in found.groupdict().items() if key != "between" and value), "")
    between = found.groupdict().get("between") or ""
    if between and not re.search(rf"\b(?:{REPLY}|it|everything|you|off|them|always)\b", between, re.I):
        return None
    marks = quoted(rest)
    if marks:
        return marks[0]
    said = literal(rest, verb="say")
    if said:
        return said
    tokens = codes(rest)
    return tokens[0] if tokens else None


def _applies(condition: str, ask: str) -> bool:
    words = [w for w in content_stems(condition) + weak_stems(condition) if w not in GENERIC]
    if not words:
        return bool(WORD.search(ask))
    asked = set(stems(ask))
    return sum(word in asked for word in words) / len(words) >= 0.5
