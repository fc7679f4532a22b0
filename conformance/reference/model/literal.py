"""Finds the text that an instruction wants said word for word: "Reply with exactly: X", "say the word X"."""

from __future__ import annotations

import re

from conformance.reference.model.words import codes, number_of, quoted

VERB = (
    r"(?:reply|respond|answer|say|repeat|echo|write|output|return|print|type|send|copy|give|state|produce|emit|utter"
    r"|transcribe|parrot|recite|display|show|provide)"
)
ORDER = re.compile(rf"\b{VERB}(?:ing|s)?\b", re.I)
COLON = re.compile(rf"\b{VERB}\b(?P<lead>[^:\n\"“?]{{0,90}})(?::[ \t]*\n?|\n)\s*(?P<text>\S.*)$", re.I | re.S)
CLOSED = re.compile(
    r"\s*(?:,?\s*(?:and|with|but)\s+)?(?:please\s+)?(?:say\s+|write\s+|add\s+|do not\s+\w+\s+"
    r"|don't\s+\w+\s+|output\s+)?"
    r"(?:nothing\s+(?:else|more|but that)|no\s+(?:other|extra|more|further|additional)\s+\w+(?:[^.\n]*)|anything\s+else"
    r"|no\s+(?:punctuation|explanation|commentary|quotes|preamble)[^.\n]*|without\s+(?:any|quot|punct|expl|anything|further)[^.\n]*"
    r"|(?:that is|that's) all)\s*[.!]?\s*$",
    re.I,
)
FILLER = re.compile(
    r"^\s*(?:(?:back|to me|me|please|with|only|just|exactly|simply|precisely|verbatim|nothing but|using|by saying|as"
    r"|to (?:everything|every message|every question|all messages|anything|whatever[^,]*)|"
    r"(?:this|that|it)(?=:))\b\s*[:,]?\s*)+",
    re.I,
)
MUST_BE = re.compile(
    r"\b(?:answer|reply|response|output|message)s?\b[^.:]*\b(?:must|should|shall|has to|is to"
    r"|needs to|will|may)\b[^.:]*?"
    r"\b(?:be|consist of|contain|read|say|include)\b(?P<text>.+)$",
    re.I | re.S,
)
NOUN = re.compile(
    r"^(?:the|this|a|one|that)?\s*(?:(?:single|exact|one|following|literal|two|three|magic|secret)\s+)*"
    r"(?P<noun>words?|codes?|codewords?|numbers?|names?|strings?|phrase|text|token|letters?|sentence|line|value|marker|tag"
    r"|id|identifier|password|character|digits?)\b\s*:?\s*(?P<text>.*)$",
    re.I | re.S,
)
NOT_LITERAL = re.compile(
    r"^(?:the|a|an|my|your|his|her|its|their|our|this|that|these|those|it|them|which|what|who|whose|where|when|why|how|if"
    r"|whether|all|both|each|every|any|one|two|three|in|of|on|from|for|by|to|at|as|about|after|before|you|i|we|he|she|they"
    r"|is|was|are|were|be|something|anything|whatever|me|us|truthfully|briefly|concisely|honestly|politely|quickly|and|or"
    r"|only|alone|just|exactly|verbatim|code|words?|numbers?|text|json|poem|haiku|story|returned|given|found|contained|hidden|written|stored|mentioned|used"
    r"|above|below|shown|inside|within|between|next|first|last|second|followed|appears?|spelled|so|not|then|again|there"
    r"|using|with|according|based|normally|naturally|freely|short|some|several|to-day|please|separated|once|instead)\b(?![-_]\w)",
    re.I,
)
STOPPED = re.compile(
    r"\s*(?:,?\s+and\s+(?:nothing|no|then|do|stop|end|the|finish|close|begin|start|always"
    r"|never)\b|,\s*(?:nothing|no|not|without|with no|whatever|regardless|always|every"
    r"|please)\b|\s+without\b"
    r"|\s+(?:in|at|on|to|for|when|whenever|after|before|if|as)\s+(?:every|each|all|any|your|the|a|my|its|asked|this|you|i|an"
    r"|everything|response|reply|uppercase|capital|lower|upper|it)\b"
    r"|\s+(?:only|verbatim|exactly|please|always)\s*[.!]?$|\s+regardless\b|\s+no matter\b|\s+instead\b"
    r"|\s+(?:\w+|\d+)\s+times\b|\s+(?:twice|thrice)\b|\s+back to me\b|[.!?;](?=\s|$)|\n).*$",
    re.I | re.S,
)
TIMES = re.compile(r"\b(?P<n>\d{1,3}|\w+)\s+times\b|\b(?P<word>twice|thrice)\b", re.I)
OPTIONS = re.compile(
    r"(?:^|\b(?:with|either|only|just|say|answer|reply|respond|simply|:)\s+)[\"'“]?(?P<a>[A-Za-z]+)[\"'”]?\s+or\s+(?:with\s+)?"
    r"[\"'“]?(?P<b>[A-Za-z]+)",
    re.I,
)


def spoken(sentence: str, *, whole: str | None = None) -> str | None:
    """The text that an imperative sentence wants said, or None when it names none.

    `whole` is the sentence with all that follows it, for text that runs on after a colon.
    """
    text = whole if whole is not None else sentence
    after_colon = COLON.search(text)
    if after_colon and is_lead(after_colon["lead"], after_colon["text"], after_colon.group()):
        return _repeated(_unwrapped(_closed(after_colon["text"])), after_colon["lead"])
    required = MUST_BE.search(sentence)
    if required:
        return literal(required["text"])
    order = ORDER.search(sentence)
    if not order:
        return None
    if quoted(text) and not quoted(sentence) and re.search(r"[\"'“`«]", sentence):
        sentence = text  # a quotation that holds the end of a sentence
    rest = FILLER.sub("", sentence[order.end() :]).strip()
    marks = quoted(rest)
    if marks and len(rest[: rest.index(marks[0])].split()) <= 9 and not _asks_about(rest[: rest.index(marks[0])]):
        return _repeated(marks[0] if len(marks) == 1 else _first_quoted(rest, marks), rest)
    return literal(rest, verb=order.group().lower())


def literal(rest: str, *, verb: str = "say") -> str | None:
    """The literal that `rest`, the object of an order, begins with."""
    marks = quoted(rest)
    if marks and len(rest[: rest.index(marks[0])].split()) <= 6:
        return marks[0]
    rest = FILLER.sub("", rest).strip()
    named = NOUN.match(rest)
    if named and named["text"]:
        text = STOPPED.sub("", _closed(named["text"])).strip(" \"'“”`")
        loose = named["noun"].lower().startswith(("word", "phrase", "letter", "sentence", "character", "digit"))
        if text and not NOT_LITERAL.match(text) and (loose or _is_token(text)):
            return _repeated(text.rstrip("."), rest)
        return None
    if named:
        return None
    text = STOPPED.sub("", _closed(rest)).strip(" \"'“”`")
    if not text or NOT_LITERAL.match(text) or re.search(r"\bor\b", text) or text.lower().endswith("ly"):
        return None
    free = verb in ("say", "reply", "respond", "answer", "repeat", "echo", "utter", "type", "send")
    if len(text.split()) > 12 or not (_is_token(text) or (free and len(text.split()) <= 8)):
        return None
    return _repeated(text.rstrip(".!"), rest)


def options(text: str) -> tuple[str, str] | None:
    """The two words of which an instruction wants one: "answer YES or NO"."""
    found = OPTIONS.search(text)
    return (found["a"], found["b"]) if found else None


def _is_token(text: str) -> bool:
    first = text.split()[0]
    return bool(codes(first)) or first.isupper() or first.replace(".", "").isdigit() or len(text) == 1


def is_lead(lead: str, text: str, whole: str) -> bool:
    """Whether what comes before a colon orders what comes after it to be said."""
    lead = lead.lower()
    if _unwrapped(text.strip()) != text.strip():
        return True
    if re.search(
        r"\b(?:question|quer|problem|puzzle|riddle|about|whether|describe|list|which|what|who|how|context)", lead
    ):
        return False
    if re.search(
        r"\b(?:exact|verbatim|follow|word for word|literal|this|back|after me|these|string|text|phrase|sentence|line)",
        lead,
    ):
        return True
    if text.rstrip().endswith("?") or ORDER.match(text):
        return False
    if re.search(r"\b(?:only|just|number|name|one|single|short|brief|format|json|json|document|image|tool)\b", lead):
        return bool(codes(text.split()[0])) and len(text.split()) < 12
    return not re.search(r"\b(?:in|of|from|with the|each|code|codes)\b", lead) or lead.strip() in ("with", "")


def _asks_about(lead: str) -> bool:
    return bool(
        re.search(
            r"\b(?:what|which|how|of|from|in|about|contain\w*|letters?|meaning|after|before|backwards?|reverse)\b",
            lead,
            re.I,
        )
    )


def _first_quoted(rest: str, marks: list[str]) -> str:
    between = rest[rest.index(marks[0]) + len(marks[0]) + 1 :]
    joined = re.match(r"\s*(?:,|and|then|followed by)\s*[\"'“]", between)
    return " ".join(marks) if joined else marks[0]


def _closed(text: str) -> str:
    """The text without trailing sentences that only say to add nothing."""
    while True:
        shorter = CLOSED.sub("", text)
        if shorter == text or not shorter.strip():
            return text.strip()
        text = shorter


def _unwrapped(text: str) -> str:
    text = text.strip()
    pairs = {'"': '"', "“": "”", "'": "'", "`": "`", "«": "»", "<": ">"}
    if len(text) > 1 and pairs.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        return text[1:-1]
    return text


def _repeated(text: str, lead: str) -> str:
    times = TIMES.search(lead)
    if not times:
        return text
    count = number_of(times["word"] or times["n"])
    joint = ", " if "comma" in lead else "\n" if re.search(r"\blines?\b", lead) else " "
    return joint.join([text] * count) if count and count <= 1000 else text
