"""Small tasks with one right answer: counting, arithmetic, letters and words, a little general knowledge."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable

from conformance.reference.model.words import number_of, quoted

_NUMBER = r"(?:\d[\d,]*|one|two|three|five|ten|twenty|hundred)"
COUNT = re.compile(
    rf"\b(?:count\w*|numbers?|integers?|digits)\b(?P<lead>[^.\n]{{0,60}}?)(?:\bfrom\s+|\bbetween\s+|\s)(?P<a>{_NUMBER})"
    rf"\s*(?:\(inclusive\)\s*)?(?:to|up to|down to|through|thru|until|till|and|-|–|\.\.\.?)\s*(?P<b>{_NUMBER})\b",
    re.I,
)
COUNT_TO = re.compile(rf"\bcount(?:ing)?\s+(?:up\s+|slowly\s+|out loud\s+)*to\s+(?P<b>{_NUMBER})\b", re.I)
STEP = re.compile(r"\b(?:in steps of|by|in increments of|every)\s+(?P<n>\d+|two|three|five|ten)s?\b", re.I)
BACKWARDS = re.compile(r"\b(?:backwards?|descending|in reverse|down(?: to| from)?|countdown)\b", re.I)
CONTENT_COUNT = re.compile(r"\b(?:random|sum|add|pick|choose|guess|prime|product|average)\b", re.I)
MOST_NUMBERS = 20_000

ARITHMETIC = re.compile(
    r"(?<![\w.-])\(*\d+(?:\.\d+)?\)*(?:\s*(?:\*\*|[*+/x×÷^]|\s-\s|-(?=\d)|(?:\s)(?:plus|minus"
    r"|times|multiplied by|divided by|over"
    r"|mod|modulo)\s)\s*\(*\d+(?:\.\d+)?\)*)+(?![\w-])",
    re.I,
)
SPOKEN = (
    (re.compile(r"\bplus\b", re.I), "+"),
    (re.compile(r"\bminus\b", re.I), "-"),
    (re.compile(r"\b(?:times|multiplied by)\b|[x×]", re.I), "*"),
    (re.compile(r"\b(?:divided by|over)\b|÷", re.I), "/"),
    (re.compile(r"\bmod(?:ulo)?\b", re.I), "%"),
    (re.compile(r"\^"), "**"),
)
NAMED_SUM = re.compile(
    r"\b(?P<what>sum|product|difference|add|multiply|total)\b[^\d?]*(?P<a>\d+)\s*(?:,|and|by|to|from)\s*(?P<b>\d+)",
    re.I,
)
_APPLY: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
CAPITALS = {
    "france": "Paris",
    "germany": "Berlin",
    "italy": "Rome",
    "spain": "Madrid",
    "japan": "Tokyo",
    "china": "Beijing",
    "russia": "Moscow",
    "england": "London",
    "portugal": "Lisbon",
    "egypt": "Cairo",
    "greece": "Athens",
    "austria": "Vienna",
    "poland": "Warsaw",
    "canada": "Ottawa",
    "australia": "Canberra",
    "brazil": "Brasilia",
    "india": "New Delhi",
    "norway": "Oslo",
    "sweden": "Stockholm",
}


def count_out(text: str) -> str | None:
    """The numbers that "count from A to B" asks for."""
    if CONTENT_COUNT.search(text):
        return None
    found = COUNT.search(text)
    only = None if found else COUNT_TO.search(text)
    if found:
        first, last = number_of(found["a"]), number_of(found["b"])
        if not re.search(r"\bcount|\b(?:list|write|print|say|output|recite|give|all|enumerate|type)\b", text, re.I):
            return None
    elif only:
        first, last = 1, number_of(only["b"])
    else:
        return _alphabet(text)
    if first is None or last is None:
        return None
    if BACKWARDS.search(text) and first < last:
        first, last = last, first
    step = 1
    stepped = STEP.search(text)
    if stepped:
        step = number_of(stepped["n"]) or 1
    last = min(last, first + MOST_NUMBERS) if last >= first else max(last, first - MOST_NUMBERS)
    numbers = range(first, last + 1, step) if last >= first else range(first, last - 1, -step)
    return _joint(text).join(map(str, numbers))


def _alphabet(text: str) -> str | None:
    if not re.search(r"\b(?:recite|say|write|list|print|type|give)\b.*\balphabet\b", text, re.I):
        return None
    return _joint(text).join("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _joint(text: str) -> str:
    if re.search(r"\b(?:per line|own line|new ?lines?|separate lines?|line by line|each line|a line)\b", text, re.I):
        return "\n"
    return ", " if re.search(r"\bcommas?\b", text, re.I) else " "


def calculate(text: str) -> str | None:
    """The value of the first sum in words or signs."""
    found = ARITHMETIC.search(text)
    if found:
        expression = found.group()
        for pattern, sign in SPOKEN:
            expression = pattern.sub(sign, expression)
        try:
            return _shown(_value(ast.parse(expression.strip(), mode="eval").body))
        except (SyntaxError, ZeroDivisionError, ValueError, OverflowError):
            return None
    named = NAMED_SUM.search(text)
    if not named:
        return None
    a, b = int(named["a"]), int(named["b"])
    what = named["what"].lower()
    return str(a * b if what in ("product", "multiply") else abs(a - b) if what == "difference" else a + b)


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Pow) and abs(right) <= 64 and abs(left) <= 10_000:
            return float(left**right) if isinstance(left**right, float) else left**right
        apply = _APPLY.get(type(node.op))
        if apply:
            return apply(left, right)
    raise ValueError("not a sum")


def _shown(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.6f}".rstrip("0")


def letters(text: str) -> str | None:
    """Spelling, reversing, casing and counting of a given word."""
    lowered = text.lower()
    target = _target(text)
    if not target:
        return None
    if re.search(r"\b(?:backwards?|reverse[ds]?|in reverse)\b", lowered):
        if re.search(r"\bwords\b", lowered) and " " in target:
            return " ".join(reversed(target.split()))
        return target[::-1]
    counted = re.search(
        r"how many (?:times does the (?:letter )?)?[\"'“]?(?:letter )?([a-z])[\"'”]?(?:'s|s)?\b"
        r"(?: appear| occur)?.*\bin\b",
        lowered,
    )
    if counted:
        return str(target.lower().count(counted.group(1)))
    if re.search(r"how many (?:letters|characters)|number of (?:letters|characters)", lowered):
        return str(sum(not letter.isspace() for letter in target))
    if re.search(r"how many words|number of words|count the words", lowered):
        return str(len(target.split()))
    for where, index in (("first", 0), ("last", -1), ("second", 1), ("third", 2), ("final", -1)):
        if re.search(rf"\b{where} (?:letter|character)\b", lowered):
            return target[index] if len(target) > abs(index) else None
        if re.search(rf"\b{where} word\b", lowered) and len(target.split()) > 1:
            return target.split()[index].strip(".,!?")
    if re.search(r"\b(?:upper ?case|capital letters|all caps|capitali[sz]e)\b", lowered):
        return target.upper()
    if re.search(r"\blower ?case\b", lowered):
        return target.lower()
    if re.search(r"\b(?:spell|letter by letter)\b", lowered):
        return "-".join(target)
    if re.search(r"\balphabetical(?:ly)?\b|\bsort\b", lowered):
        words = [w for w in re.split(r"[,\s]+", target) if w.lower() not in ("and", "")]
        return ", ".join(sorted(words, key=str.lower))
    return None


def _target(text: str) -> str | None:
    marks = quoted(text)
    if marks:
        return max(marks, key=len)
    after = re.search(r":\s*([^:\n]+?)[.?!]?\s*$", text)
    if after:
        return after.group(1)
    named = re.search(
        r"\b(?:words?|string|name|text|phrase)\s+(?!in\b|of\b|that\b|backward|alphabet|is\b|are\b)([A-Za-z][\w-]*)",
        text,
        re.I,
    )
    if named:
        return named.group(1)
    plain = re.search(
        r"\b(?:letters?|characters?|spell|reverse|reversed?|in|of)\s+(?:(?:are|in|of|the|word)\s+)*([A-Za-z]{2,}[\w-]*)",
        text,
        re.I,
    )
    return plain.group(1) if plain else None


def known_fact(text: str) -> str | None:
    """A handful of things that everybody knows."""
    capital = re.search(r"\bcapital(?: city)? of ([A-Z][a-z]+)", text)
    if capital:
        return CAPITALS.get(capital.group(1).lower())
    parity = re.search(r"\bis (?:the number )?(\d+) (?:an )?(even|odd)\b", text, re.I)
    if parity:
        even = int(parity.group(1)) % 2 == 0
        return "Yes" if even == (parity.group(2).lower() == "even") else "No"
    bigger = re.search(r"\b(?:bigger|larger|greater|higher|largest|biggest)\b[^\d]*(\d+)[^\d]+(\d+)", text)
    if bigger:
        return str(max(map(int, bigger.groups())))
    week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    day = re.search(r"\b(after|before)\s+(\w+day)\b", text, re.I)
    if day and day.group(2).capitalize() in week:
        step = 1 if day.group(1).lower() == "after" else -1
        return week[(week.index(day.group(2).capitalize()) + step) % 7]
    return None
