"""Reads JSON from an endpoint so that every client would read the same of it, within bounds; else says why it cannot.

Python's own parser takes more than JSON (NaN, Infinity, a name twice) and less (a number of 5,000 digits), and lets a
body of a few megabytes grow into gigabytes of objects. What it would take here and another client would not is no JSON
that an endpoint may rely on, so it is told as a fault, in words by which it can be found.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

DEEPEST = 200
"""Levels: deeper ones exhaust the stack of some client or other; answers of this protocol need about ten."""

TOO_DEEP = f"it is nested deeper than {DEEPEST} levels"

MOST_VALUES = 200_000
"""Separate values in one body: a megabyte of `[],[],…` is a hundred of objects."""

MOST_DIGITS = 4300
"""Digits of an integer: what Python, and with it the official SDK, reads at most."""

_SIGN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
"""What gives a body its shape; a whole string is one sign, so that the brackets in it do not count."""


class JsonFaultError(ValueError):
    """What is read is no JSON that all clients read alike; the text says why, as the end of `it is not JSON: …`."""


def parse(source: bytes | str) -> Any:
    """The value. Raises JsonFaultError, never RecursionError."""
    text = source if isinstance(source, str) else _decoded(source)
    _check_size(text)
    try:
        return json.loads(
            text,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_finite,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise JsonFaultError(_told(error, text)) from error
    except RecursionError as error:
        raise JsonFaultError(TOO_DEEP) from error


def fault_of(source: bytes | str) -> str:
    """Why it cannot be read; empty where it can."""
    try:
        parse(source)
    except JsonFaultError as fault:
        return str(fault)
    return ""


def encoding_fault(body: bytes) -> str:
    """Why clients cannot read what is JSON but for its encoding: RFC 8259, section 8.1, has UTF-8 alone, and no mark
    before it. Empty where it keeps that rule, and where it is no JSON at all."""
    encoding = json.detect_encoding(body)
    if encoding == "utf-8" or fault_of(body):
        return ""
    if encoding == "utf-8-sig":
        return "a byte order mark stands before its JSON, which RFC 8259 forbids"
    return f"its JSON is in {encoding[:6].upper()}, where RFC 8259 has UTF-8 alone"


def _decoded(body: bytes) -> str:
    # Read in UTF-16 and UTF-32 as well, as some clients do: it is the fault of one row, and not of all.
    encoding = json.detect_encoding(body)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise JsonFaultError(f"byte {error.start} is not {encoding.upper().removesuffix('-SIG')}") from error


def _check_size(text: str) -> None:
    opened = text.count("[") + text.count("{")
    if opened <= DEEPEST and opened + text.count(",") <= MOST_VALUES:
        return
    values = depth = 0
    for found in _SIGN.finditer(text):
        sign = text[found.start()]
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        values += sign in "[{,"
        if depth > DEEPEST:
            raise JsonFaultError(TOO_DEEP)
        if values > MOST_VALUES:
            raise JsonFaultError(f"it holds more than {MOST_VALUES:,} values")


def _no_constant(name: str) -> Any:
    raise JsonFaultError(f"{name} is no number of JSON")


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise JsonFaultError(f"it holds a number of {len(digits):,} digits")
    try:
        return int(digits)
    except ValueError as error:  # a lower limit of this machine's own
        raise JsonFaultError(f"it holds a number of {len(digits):,} digits") from error


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise JsonFaultError(f"the number {digits:.40} is beyond what clients can hold")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        first: dict[str, Any] = {}
        for name, value in pairs:
            # Which of two counts is left open (RFC 8259, section 4): clients differ, and so would their findings.
            if name in first and first[name] != value:
                raise JsonFaultError(f"the name {json.dumps(name):.60} stands twice in one object, with other values")
            first[name] = value
    return found


def _told(error: json.JSONDecodeError, text: str) -> str:
    if not text.strip():
        return "there is nothing in it"
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return f"it ends in the middle, after {len(text):,} characters"
    return f"{error.msg.removesuffix(' at')} at character {error.pos:,}"
