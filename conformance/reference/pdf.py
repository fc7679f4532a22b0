"""A naive reader of PDF text: the strings that content streams show, page after page as they stand in the file."""

from __future__ import annotations

import re
import zlib
from functools import lru_cache

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")
_SHOWN = re.compile(rb"\(((?:\\.|[^\\()])*)\)|<([0-9A-Fa-f\s]+)>|(T\*|Td|TD|Tm|'|\"|ET)(?![A-Za-z])", re.DOTALL)
_ESCAPE = re.compile(rb"\\([nrtbf()\\]|[0-7]{1,3})")
_LETTERS = {b"n": b"\n", b"r": b"\n", b"t": b"\t", b"b": b"", b"f": b""}


def is_pdf(data: bytes) -> bool:
    """Whether the bytes look like a PDF file with at least one page."""
    return data[:1024].lstrip().startswith(b"%PDF-") and (bool(_PAGE.search(data)) or b"/ObjStm" in data)


@lru_cache(maxsize=64)
def pdf_pages(data: bytes) -> tuple[str, ...]:
    """The text of each page; streams are taken for pages in the order in which they stand."""
    texts = [text for text in (_shown(stream) for stream in _streams(data)) if text.strip()]
    return tuple(texts)


def _streams(data: bytes) -> list[bytes]:
    streams = []
    for match in _STREAM.finditer(data):
        raw = match.group(1)
        try:
            streams.append(zlib.decompressobj().decompress(raw))
        except zlib.error:
            streams.append(raw)
    return [stream for stream in streams if b"Tj" in stream or b"TJ" in stream or b"'" in stream]


def _shown(stream: bytes) -> str:
    parts: list[str] = []
    for literal, hexadecimal, operator in _SHOWN.findall(stream):
        if operator:
            if parts and not parts[-1].endswith("\n"):
                parts.append("\n")
        elif hexadecimal:
            digits = re.sub(rb"\s", b"", hexadecimal)
            parts.append(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode()).decode("latin-1"))
        else:
            parts.append(_ESCAPE.sub(_unescaped, literal).decode("latin-1"))
    return "".join(parts).strip()


def _unescaped(match: re.Match[bytes]) -> bytes:
    token = match.group(1)
    if token.isdigit():
        return bytes([int(token, 8) & 0xFF])
    return _LETTERS.get(token, token)
