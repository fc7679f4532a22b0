"""Words and sentences: what counts as content, where a sentence ends, which tokens look like codes."""

from __future__ import annotations

import re
from functools import lru_cache

WORD = re.compile(r"[A-Za-z0-9]+(?:['’][A-Za-z]+)?")
BOUNDARY = re.compile(r"[.!?]+[\"'”’)]*(?=\s|$)|;(?=\s)|\n|$")
CODE = re.compile(
    r"\b(?=[A-Za-z0-9_-]*\d)(?=[A-Za-z0-9_-]*[A-Za-z_-])[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*\b"
    r"|\b[A-Z0-9]{2,}(?:[-_][A-Za-z0-9]+)+\b|\b\d{4,}\b|\b[A-Z]{3,}(?:-[A-Z0-9]+)*\b"
)
QUOTED = re.compile(r"\"([^\"\n]+)\"|“([^”\n]+)”|`([^`\n]+)`|(?<![\w])'([^'\n]+)'(?!\w)|«([^»\n]+)»")


def words_in(text: str) -> list[str]:
    """The words of a list that is written as running text."""
    return text.split()


STOP = frozenset(
    words_in("""
    a an and any are as at be been being but by can could did do does doing down else ever exactly for from
    further get give given gave go had has have having he her here his how i if in into is it its itself just
    kindly know let like list made make many may me mention mentioned might more most much must my no not now of
    off on once one only or other our out over own please precisely put read remember remind repeat reply respond
    response said same say says see seen shall she should show simply so some state still such tell than that the
    their them then there these they thing this those through to told too under up us use used user using very was
    we were what what's whats when where which who whose why will with would you your yours report reports back
    again anything everything nothing asked ask asks contain contains contained both all every each two three
    following found find appears appear look looked about after before above earlier previous previously also
    really currently today inside within provided provides include includes included came come i'm i've you've
    it's reads verbatim quote output write print copy return returned returns called call calls hold holds stored
    store written between separated comma commas space spaces line lines order sentence brief briefly according
    based mean means need needs needed want wants help thank thanks without whatever always during nor don't
    doesn't didn't isn't can't i'd i'll
""")
)
WEAK = frozenset(
    words_in("""
    secret hidden special exact full complete whole name names named word words value values answer answers
    current correct message note detail details last
""")
)
KIND_WORDS = frozenset(
    words_in("""
    document documents file files pdf attachment attached page pages report text texts message messages block
    blocks tool tools function functions result results search system prompt instruction instructions conversation
    context image images picture pictures thinking thought thoughts reasoning program script code_execution
    execution argument arguments parameter parameters input inputs passed pass server mcp stdout printed uploaded
    received knowledge
""")
)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without its plural or possessive ending, in lower case."""
    word = word.lower().replace("’", "'").removesuffix("'s")
    if word.isdigit() or len(word) <= 3:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return {"colour": "color", "favourite": "favorite", "lives": "live", "living": "live"}.get(word, word)


@lru_cache(maxsize=4096)
def stems(text: str) -> tuple[str, ...]:
    """The stems of all words, in order."""
    return tuple(stem(word) for word in WORD.findall(text.replace("_", " ")))


def content_stems(text: str) -> list[str]:
    """The stems of the words that carry meaning, without repeats, in order."""
    found: dict[str, None] = {}
    for word in WORD.findall(text.replace("_", " ")):
        if word.lower() not in STOP and word.lower() not in WEAK:
            found.setdefault(stem(word))
    return list(found)


def weak_stems(text: str) -> list[str]:
    """The stems of words that carry meaning only where nothing else does, such as name and word."""
    return list(dict.fromkeys(stem(word) for word in WORD.findall(text) if word.lower() in WEAK))


@lru_cache(maxsize=256)
def sentences(text: str) -> tuple[tuple[int, str], ...]:
    """Sentences and lines with where they begin."""
    found = []
    start = 0
    for match in BOUNDARY.finditer(text):
        piece = text[start : match.end()]
        sentence = piece.strip()
        if sentence:
            found.append((start + len(piece) - len(piece.lstrip()), sentence))
        start = match.end()
    return tuple(found)


def quoted(text: str) -> list[str]:
    """The quoted strings of a text, in order."""
    return [next(group for group in match.groups() if group) for match in QUOTED.finditer(text)]


def codes(text: str) -> list[str]:
    """Tokens that look like codes, numbers of four digits or more, or shouted words."""
    return CODE.findall(text)


NUMBER_WORDS = {
    name: number
    for number, name in enumerate(
        words_in("""
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty
""")
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "once": 1, "twice": 2, "thrice": 3}


def number_of(word: str) -> int | None:
    """The number that a word or digits stand for."""
    digits = word.replace(",", "")
    return int(digits) if digits.isdigit() else NUMBER_WORDS.get(word.lower())
