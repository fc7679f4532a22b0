"""How a secret may be spelled: as it is, percent-encoded, escaped in JSON or HTML, in hexadecimal digits, or in base64.

Two ways that know nothing of each other. `holds` undoes every escape and looks for the plain secret: it decides.
`spans` says where a spelling stands, so that the rest of an answer can be kept.

Every repetition in a pattern is bounded: an endpoint chooses what is searched, megabytes of backslashes as well.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import lru_cache

ESCAPE = re.compile(
    rb"%(?:25){0,4}([0-9a-f]{2})"
    rb"|\\\\{0,15}u00([0-9a-f]{2})"
    rb"|\\\\{0,15}([/\"'&<>=+\\-])"
    rb"|&#0{0,6}([0-9]{2,3});?"
    rb"|&#x0{0,6}([0-9a-f]{2});?"
    rb"|&(amp|lt|gt|quot|apos|sol|equals|plus);",
    re.IGNORECASE,
)
NAMED = {
    b"amp": b"&",
    b"lt": b"<",
    b"gt": b">",
    b"quot": b'"',
    b"apos": b"'",
    b"sol": b"/",
    b"equals": b"=",
    b"plus": b"+",
}

LEVELS = 4
"""An escape may be escaped again: JSON inside JSON inside an address."""

BLOCK = 256 * 1024

SECOND_ALPHABET = bytes.maketrans(b"-_", b"+/")
OPAQUE = rb"(?:\\{1,16}[rnt]|\s){0,8}"
BASE64 = rb"[A-Za-z0-9+/_-]"


@lru_cache(maxsize=64)
def literals(value: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """What `holds` looks for once nothing is escaped: in lower case the secret and its hexadecimal digits, and as it
    is what base64 makes of it at each of the three places in a group where it can begin."""
    return value.lower(), tuple(core for _, core, _ in _in_base64(value))


def plain(data: bytes) -> bytes:
    """The bytes with every escape undone."""
    for level in range(LEVELS):
        if not ESCAPE.search(data):
            break
        # In blocks: each escape that is undone is an object for a while, and an endpoint can send millions. What lies
        # across two blocks lies in one on the next level, whose blocks are of another size.
        size = BLOCK - 997 * level
        data = b"".join(ESCAPE.sub(_undo, data[at : at + size]) for at in range(0, len(data), size))
    return data


def _undo(found: re.Match[bytes]) -> bytes:
    percent, escaped, char, decimal, hexadecimal, name = found.groups()
    digits = percent or escaped or hexadecimal
    if digits:
        return bytes([int(digits, 16)])
    if decimal:
        return bytes([int(decimal)]) if int(decimal) < 256 else found[0]
    return char if char else NAMED[name.lower()]


def holds(data: bytes, value: bytes, undone: bytes | None = None) -> bool:
    """Does a spelling of the secret stand in the bytes? `undone` is plain(data), where the caller has it."""
    bare = plain(data) if undone is None else undone
    return _holds(bare, value) or (b"\0" in data and _holds(plain(data.replace(b"\0", b"")), value))


def _holds(bare: bytes, value: bytes) -> bool:
    folded, cores = literals(value)
    low = bare.lower()
    if folded in low or value.hex().encode() in low:
        return True
    squeezed = _squeezed(bare)
    return any(core in squeezed for core in cores)


def _squeezed(data: bytes) -> bytes:
    """Without the line breaks that may stand inside base64, escaped or not, and in its first alphabet."""
    for escaped in (rb"\n", rb"\r", rb"\t"):
        data = data.replace(escaped, b"")
    return data.translate(SECOND_ALPHABET, b"\r\n\t \\")


LONG, END = 256, 48
"""Characters beyond which a secret is found by its two ends, and of each end: a pattern of some thousand characters in
every escape takes seconds to compile."""

ESCAPED = 24
"""Bytes that one character takes at most in a spelling that is worth finding."""


def spans(data: bytes, value: bytes) -> Iterator[tuple[int, int]]:
    """Where the spellings of the secret stand. Of a long one all is taken between its two ends; where one of them is
    missing, it cannot be said where it stands, and all is."""
    wide = b"\0" in data
    if len(value) <= LONG:
        yield from (found.span() for found in _pattern(value, wide).finditer(data))
        return
    at = 0
    begins, ends = _pattern(value[:END], wide), _pattern(value[-END:], wide)
    while (begin := begins.search(data, at)) is not None:
        end = ends.search(data, begin.end(), begin.end() + ESCAPED * len(value))
        if end is None:
            yield 0, len(data)
            return
        yield begin.start(), end.end()
        at = end.end()


@lru_cache(maxsize=64)
def _pattern(value: bytes, wide: bool) -> re.Pattern[bytes]:
    """`wide`: as UTF-16 and UTF-32 have it too, with zeros between the characters."""
    text = value.decode("utf-8", "surrogateescape")
    spelled = [_spelled(char, fold=True) for char in text]
    ways = [b"".join(spelled), *([rb"\0{1,3}".join(spelled)] if wide else [])]
    ways.append(b"(?i:" + value.hex().encode() + b")")
    for before, core, after in _in_base64(value):
        chars = OPAQUE.join(_spelled(chr(byte), fold=False) for byte in core)
        ways.append((BASE64 + b"?" if before else b"") + chars + (OPAQUE + BASE64 + b"?" if after else b""))
    return re.compile(b"|".join(ways))


def _spelled(char: str, *, fold: bool) -> bytes:
    """A pattern for one character in every escape. Base64 has two alphabets, and its case matters."""
    raw = char.encode("utf-8", "surrogateescape")
    twins = {"+": "+-", "/": "/_"}.get(char, char) if not fold else char
    escaped = [_escaped(each) for each in twins]
    alone = b"|".join(re.escape(each.encode("utf-8", "surrogateescape")) for each in twins)
    literal = b"(?i:" + alone + b")" if fold and raw.isalpha() else alone
    return b"(?:" + literal + b"|(?i:" + b"|".join(escaped) + b"))"


def _escaped(char: str) -> bytes:
    raw = char.encode("utf-8", "surrogateescape")
    ways = [b"".join(b"%%(?:25){0,4}%02x" % byte for byte in raw)]
    if len(raw) == 1:
        ways += [rb"\\{1,16}u00%02x" % raw[0], b"&#0{0,6}%d;?" % raw[0], b"&#x0{0,6}%02x;?" % raw[0]]
        if not raw.isalnum():
            ways.append(rb"\\{1,16}" + re.escape(raw))
        ways += [b"&" + name + b";" for name, stands in NAMED.items() if stands == raw]
    return b"|".join(ways)


def _in_base64(value: bytes) -> Iterator[tuple[bool, bytes, bool]]:
    """For each place in a group of three where the value can begin: the characters that it alone makes, and whether it
    has a part in the one before and the one after."""
    for skipped in range(3):
        encoded = base64.b64encode(b"\0" * skipped + value + b"\0\0")
        begin, end = 8 * skipped, 8 * (skipped + len(value))
        yield begin % 6 != 0, encoded[-(-begin // 6) : end // 6], end % 6 != 0
