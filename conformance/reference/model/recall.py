"""Finds in the prompt what a question asks for; what the prompt does not say is never made up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.reference.model.read import CALL_KINDS, RESULT_KINDS, Passage
from conformance.reference.model.words import (
    KIND_WORDS,
    WORD,
    codes,
    content_stems,
    quoted,
    sentences,
    stem,
    stems,
    weak_stems,
    words_in,
)

COPULA = re.compile(
    r"\s+(?:is|are|was|were|equals|will be|has been|means|reads|called|named)(?:\s*:)?\s+|\s*"
    r"(?::|=|→|->|–|—)\s+|\s*=\s*"
)
CLAUSE = re.compile(
    r"(?:[,;]\s*(?:and\s+|but\s+|while\s+)?|\s+(?:and|but|while)\s+)"
    r"(?=(?:the|my|your|its|our|their|his|her|a|an)\s[^,;.]*?\s(?:is|are|was|were|=)\s|(?:I|we|you|he|she|they|it)\s)",
    re.I,
)
BRANCH = re.compile(r"[,;]|\b(?:and|but|while)\b", re.I)
TAIL = re.compile(
    r"(?:,?\s+(?:which|because|but|so that|so|please|and (?:you|it|I|we|this|that|must|never|do|remember|nothing))\b"
    r"|\s+\(|;\s|\s+[—–]\s|,\s+(?:and )?(?:remember|keep|please|do not|don't)\b).*$",
    re.I | re.S,
)
LEAD = re.compile(
    r"^(?:(?:now|exactly|always|currently|set to|called|named|still|the (?:word|code|number"
    r"|name|string|value|phrase))\s+)+"
    r"(?=\S)",
    re.I,
)
CODE_NOUN = re.compile(
    r"\b(?:codes?|codewords?|tokens?|ids?|identifiers?|passwords?|serials?|keys?|numbers?|references?|pins?|canar(?:y|ies))\b",
    re.I,
)
PLURAL = re.compile(r"\b(?:all|both|every|each|list|enumerate|(?:two|three|four|five|several)\s+\w+s)\b", re.I)
ORDINALS = frozenset(
    words_in("""
    first second third fourth fifth sixth 1st 2nd 3rd 4th alpha beta gamma delta left right
""")
)

ORDINAL_INDEX = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "last": -1, "final": -1}

RUN_WORDS = frozenset({"code", "ran", "run", "python", "command", "sandbox", "printout"})
DOCUMENTS = frozenset({"document", "fetch"})
SEARCHES = frozenset({"search_result", "server_result", "search_error"})
KIND_ASKED: tuple[tuple[re.Pattern[str], frozenset[str], bool], ...] = tuple(
    (re.compile(pattern, re.I | re.S), kinds, strict)
    for pattern, kinds, strict in (
        (r"\bsearch\w*\b.*\berror|\berror\b.*\bsearch|\berror[_ ]code\b", frozenset({"search_error"}), False),
        (r"\bsearch[- ]results?\b|\bresults? of (?:the|your) search", SEARCHES, True),
        (r"\b(?:query|queries)\b|\b(?:search|searched|looking|looked) (?:for|up)\b", CALL_KINDS, False),
        (r"\bstdout\b|\bprinted\b|\b(?:output|result|printout) of (?:the|your) (?:program|script"
        r"|code|run)\b|\b(?:program|script|code|sandbox|execution|python|run)\b.*\b(?:print|output"
        r"|produce)",
         frozenset({"code_result"}), False),
        (r"\b(?:tools?|functions?|servers?|calls?)\b.*\b(?:return|result|output|respon|said|say|report|g[ia]ve|answer"
         r"|produce|c[ao]me back|fetch|found)|\b(?:results?|outputs?|response|returned|reported)\b.*"
         r"\b(?:tools?|functions?|calls?|servers?)\b|\btool[_ ]results?\b|\bg[eo]t back\b|\b(?:was"
        r"|were|you) returned\b|\breturned (?:for|by|when|in|to)\b|\bcame back\b", RESULT_KINDS, False),
        (r"\b(?:arguments?|parameters?|inputs?)\b|\b(?:with|for) (?:which|what)\b.*\b(?:call|use"
        r"|invoke|run|ask|pass|look)"
         r"|\b(?:did you|you) (?:call|use|invoke|pass|request|query|look|check|run)\w*\b|\bcalled with\b",
         CALL_KINDS, False),
        (r"\b(?:documents?|files?|pdfs?|attachments?|attached|report|articles?|papers?)\b", DOCUMENTS, True),
        (r"\bpages?\b", DOCUMENTS, False),
        (r"\bsystem (?:prompt|message)|\byour instructions\b", frozenset({"system"}), False),
        (r"\b(?:your|the) (?:earlier |previous |own )?(?:thinking|thoughts?|reasoning)\b", frozenset({"thinking"}),
         False),
    )
)  # fmt: skip
NAME_OF_TOOL = re.compile(
    r"\b(?:which|what) (?:\w+ )?(?:tools?|functions?)\b(?!['’])(?! (?:return|result|output|say|report|give))"
    r"|\bname of (?:the|that|each|every) (?:\w+ )?(?:tool|function)|\b(?:tool|function)(?:['’]s)? names?\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Find:
    """One value found: the sentence that says it, where that sentence begins in its passage, and how well it fits."""

    value: str
    sentence: str
    start: int
    passage: Passage
    order: int
    score: float


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for: the words that matter, the kind of block, whether several answers are wanted."""

    text: str
    wanted: dict[str, float]
    kinds: frozenset[str]
    strict: bool
    plural: bool


def read_question(text: str) -> Question:
    """The question that a text asks."""
    kinds: frozenset[str] = frozenset()
    strict = False
    for pattern, asked, hard in KIND_ASKED:
        if pattern.search(text):
            kinds, strict = asked, hard
            break
    words = [word for word in content_stems(text) if not (kinds and word in KIND_WORDS)]
    if "code_result" in kinds:
        words = [word for word in words if word not in RUN_WORDS]
    if not words and (not kinds or kinds in (DOCUMENTS, SEARCHES)):
        words = weak_stems(text)
    entities = {stem(match.group()) for match in WORD.finditer(text) if _is_entity(text, match)}
    wanted = {word: 2.0 if word in entities or word in ORDINALS else 1.0 for word in words}
    nouns = [w for w in re.findall(r"\b[a-z]{4,}s\b", text) if stem(w) != w and w not in ("does", "contains", "says")]
    plural = bool(PLURAL.search(text)) or any(stem(noun) in wanted for noun in nouns)
    return Question(text, wanted, kinds, strict, plural)


def recall(ask: str, passages: Sequence[Passage]) -> list[Find]:
    """The finds that answer `ask`, in prompt order; empty when the prompt does not say."""
    if NAME_OF_TOOL.search(ask):
        return _tool_names(ask, passages)
    question = read_question(ask)
    found = _search(question, passages)
    best = max((find.score for find in found), default=0.0)
    if best < 0.99:
        parts = [part for part in re.split(r"\band\b|,|;|\?|\bthen\b|\bfollowed by\b", ask) if content_stems(part)]
        if len(parts) > 1:
            pieces = [_search(read_question(part), passages) for part in parts]
            joined = list(dict.fromkeys(find for piece in pieces for find in piece if find.score > 0.5))
            if len({find.value for find in joined}) > len({find.value for find in found}):
                return joined
    if not found and ORDINAL_INDEX.keys() & set(stems(ask)):
        return _by_position(ask, passages)
    return found


def _by_position(ask: str, passages: Sequence[Passage]) -> list[Find]:
    """ "The second city": the place in the order of all that fit, where no statement says second itself."""
    word = next(word for word in stems(ask) if word in ORDINAL_INDEX)
    rest = re.sub(rf"\b{word}\b", "", ask, flags=re.I)
    question = read_question(rest)
    plural = Question(rest, question.wanted, question.kinds, question.strict, plural=True)
    found = _search(plural, passages)
    index = ORDINAL_INDEX[word]
    return [found[index]] if len(found) > max(index, 0) and len(found) > 1 else []


def _is_entity(text: str, match: re.Match[str]) -> bool:
    word = match.group()
    if any(letter.isdigit() for letter in word):
        return True
    before = text[: match.start()].rstrip()
    return word[0].isupper() and word != "I" and bool(before) and before[-1] not in ".!?:\n\"'"


def _search(question: Question, passages: Sequence[Passage]) -> list[Find]:
    pool = [passage for passage in passages if passage.kind in question.kinds]
    if question.kinds and not pool and question.strict:
        nouns = [word for word in stems(question.text) if word in KIND_WORDS]
        pool = [p for p in passages if p.kind == "text" and any(noun in stems(p.text) for noun in nouns)]
        if not pool:
            return []
    found = _best(question, _matches(question, pool or passages))
    if not found and pool and not question.strict:
        words = content_stems(question.text) or weak_stems(question.text)
        wider = Question(question.text, dict.fromkeys(words, 1.0), frozenset(), False, question.plural)
        found = _best(wider, _matches(wider, passages))
    if not found and CODE_NOUN.search(question.text) and all(w in _CODE_STEMS for w in question.wanted):
        found = _loose_codes(question, pool or passages)
    return found


_CODE_STEMS = frozenset(
    stem(word) for word in ["code", "token", "id", "identifier", "password", "serial", "key", "number", "reference"]
)


def _matches(question: Question, passages: Sequence[Passage]) -> list[Find]:
    found: list[Find] = []
    total = sum(question.wanted.values())
    for number, passage in enumerate(passages):
        labelled = frozenset(stems(passage.label)) if passage.label else frozenset()
        if not total or all(word in labelled for word in question.wanted):
            if passage.kind in question.kinds:
                found += _whole(question, passage, number)
            continue
        if not _mentions(question, passage, labelled):
            continue
        near = [word[: max(3, len(word) - 1)] for word in question.wanted]
        for start, text, pair in _statements(passage):
            if not pair and not any(word in text.lower() for word in near):
                continue
            find = _match(question, passage, labelled, start, text, pair, number, total)
            if find:
                found.append(find)
        if not found and labelled.intersection(question.wanted) and passage.kind in question.kinds:
            held = sum(weight for word, weight in question.wanted.items() if word in labelled)
            if held / total >= 0.6:
                found += _whole(question, passage, number)
    return found


def _mentions(question: Question, passage: Passage, labelled: frozenset[str]) -> bool:
    if labelled.intersection(question.wanted) or passage.pairs:
        return True
    text = passage.text.lower()
    return any(word[: max(3, len(word) - 1)] in text for word in question.wanted)


def _whole(question: Question, passage: Passage, number: int) -> Iterator[Find]:
    pairs = passage.pairs if passage.kind in CALL_KINDS or passage.kind in ("search_error", "code_result") else ()
    for key, value in pairs:
        if key != "return_code":
            yield Find(value, f"{key}: {value}", 0, passage, number * 10_000, 1.0)
    if not pairs and passage.text.strip():
        if passage.kind in DOCUMENTS and CODE_NOUN.search(question.text):
            return
        yield Find(passage.text.strip(), passage.text.strip(), 0, passage, number * 10_000, 1.0)


def _statements(passage: Passage) -> Iterator[tuple[int, str, tuple[str, str] | None]]:
    for key, value in passage.pairs:
        yield 0, f"{key}: {value}", (key, value)
    if passage.pairs and passage.kind != "code_result":
        return
    for start, sentence in sentences(passage.text):
        if " " not in sentence or not BRANCH.search(sentence):
            yield start, sentence, None
            continue
        offset = 0
        for clause in CLAUSE.split(sentence):
            offset = sentence.index(clause, offset)
            yield start + offset, clause, None
            offset += len(clause)


def _match(
    question: Question,
    passage: Passage,
    labelled: frozenset[str],
    start: int,
    text: str,
    pair: tuple[str, str] | None,
    number: int,
    total: float,
) -> Find | None:
    here = frozenset(stems(text))
    said = [word for word in question.wanted if word in here]
    if not said:
        return None
    held = sum(weight for word, weight in question.wanted.items() if word in here or word in labelled)
    coverage = held / total
    if pair:
        subject, value = pair[0], pair[1]
    else:
        subject, value = _split(text, frozenset(question.wanted), question.text)
    if not value:
        return None
    known = question.wanted
    extra = [w for w in content_stems(subject) if w not in known and w not in KIND_WORDS]
    if coverage < 0.5 or (coverage < 0.67 and extra):
        return None
    missing_entity = any(
        w not in here and w not in labelled and (any(c.isdigit() for c in w) or w in ORDINALS) for w in known
    )
    if missing_entity:
        return None
    score = coverage - 0.01 * len(extra) + 0.005 * len(set(stems(subject)).intersection(known))
    return Find(value, text, start, passage, number * 10_000 + start, score)


def _split(text: str, wanted: frozenset[str], ask: str) -> tuple[str, str]:
    """A statement's subject and value, by the copula whose left side says most of what is wanted."""
    best: tuple[int, str, str] = (0, "", "")
    for match in COPULA.finditer(text):
        left, right = text[: match.start()], text[match.end() :]
        held = len(wanted.intersection(stems(left)))
        if held > best[0]:
            best = (held, left, right)
    if best[0]:
        return best[1], tidy(best[2], ask)
    for match in COPULA.finditer(text):
        left, right = text[: match.start()], text[match.end() :]
        if wanted.intersection(stems(right)) and match.group().strip() in ("is", "are", "was", "were", "="):
            return right, tidy(re.sub(r"^(?:the|a|an)\s+(?=[a-z])", "", left, flags=re.I), ask)
    asked = frozenset(stems(ask))
    tokens = [code for code in codes(text) if not asked.issuperset(stems(code))] or quoted(text)
    if tokens:
        return "", " and ".join(dict.fromkeys(tokens))
    names = re.findall(r"(?<!^)(?<![.!?] )\b[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)*", text)
    names = [name for name in names if name != "I" and not asked.issuperset(stems(name))]
    if names:
        return "", " and ".join(names)
    numbers = re.findall(r"\b\d+(?:[.,]\d+)*\b", text)
    if numbers:
        return "", " and ".join(numbers)
    tail = re.search(r"\b(?:in|at|on|to|likes?|loves?|prefers?|owns?|from|by)\s+(.+?)[.!?]*$", text)
    return "", tidy(tail.group(1), ask) if tail else ""


def tidy(value: str, ask: str) -> str:
    """A value without what merely follows or wraps it."""
    value = LEAD.sub("", TAIL.sub("", value.strip())).strip()
    marks = quoted(value)
    if len(marks) == 1 and len(value) < len(marks[0]) + 20:
        return marks[0]
    if CODE_NOUN.search(ask) and len(value.split()) > 6 and codes(value):
        return " and ".join(dict.fromkeys(codes(value)))
    return value.strip(" \t\n.,;:!?\"'`“”*")


def _best(question: Question, found: list[Find]) -> list[Find]:
    if not found:
        return []
    top = max(find.score for find in found)
    near = [find for find in found if find.score >= top - (0.12 if question.plural else 0.02)]
    if CODE_NOUN.search(question.text) and any(codes(find.value) for find in near):
        near = [find for find in near if codes(find.value)]
    if not question.plural:
        values = {find.value for find in near}
        latest = max(near, key=lambda find: (find.passage.turn, find.order))
        whole = [find for find in near if find.sentence == find.value]
        near = near if len(values) == 1 else whole if len(whole) > 1 and whole == near else [latest]
    unique: dict[str, Find] = {}
    for find in sorted(near, key=lambda find: find.order):
        unique.setdefault(find.value, find)
    return list(unique.values())


def _loose_codes(question: Question, passages: Sequence[Passage]) -> list[Find]:
    found = [
        Find(code, text, start, passage, number * 10_000 + start, 1.0)
        for number, passage in enumerate(passages)
        for start, text in sentences(passage.text)
        for code in codes(text)
    ]
    digits = [find for find in found if any(letter.isdigit() for letter in find.value)]
    found = digits or found
    unique = list({find.value: find for find in found}.values())
    return unique if question.plural else unique[-1:]


def _tool_names(ask: str, passages: Sequence[Passage]) -> list[Find]:
    calls = [(n, p) for n, p in enumerate(passages) if p.kind in CALL_KINDS]
    wanted = [word for word in content_stems(ask) if word not in KIND_WORDS]
    near = [(n, p) for n, p in calls if set(wanted).intersection(stems(f"{p.label} {p.text}"))]
    finds = [Find(p.tool, p.tool, 0, p, n, 1.0) for n, p in (near or calls)]
    return list({find.value: find for find in finds}.values())
