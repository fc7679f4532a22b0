"""Decodes server-sent events from raw bytes, strictly enough to judge the framing itself.

The rules are the WHATWG's (HTML, section 9.2.6): LF, CRLF or CR end a line, a blank line ends a frame, `:` begins a
comment, several data lines are joined by LF, one leading BOM is dropped, an unfinished last frame is not dispatched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LINE_END = re.compile(rb"\r\n|\n|\r")
BOM = b"\xef\xbb\xbf"
QUIET = re.compile(rb"(?:(?::[^\r\n]*+(?:\r\n|\n|\r))*+(?:\r\n|\n|\r))++")
"""Between two frames: comments that a blank line ends, as many as there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One event as framed: `event` is None where no event line was sent. `number` counts frames from 1, `raw` are its
    bytes, without the line end of its last line."""

    number: int
    event: str | None
    data: str | None
    complete: bool = True
    raw: bytes = field(default=b"", compare=False, repr=False)


def decode(body: bytes) -> list[Frame]:
    """All frames of a whole body, in order; comments and blank frames are passed over.

    A last frame that no blank line ends is given with `complete` False: a client never sees it.
    Bytes that are not UTF-8 become U+FFFD.
    """
    return list(frames_of(body))


def frames_of(body: bytes) -> Iterator[Frame]:
    """The frames of `decode`, one at a time: a body of a million of them is never held as a million objects."""
    event: str | None = None
    data: list[str] = []
    seen = False
    number = 0
    begun: int | None = None
    ended = 0
    place = len(BOM) if body.startswith(BOM) else 0
    while place < len(body):
        if begun is None:
            quiet = QUIET.match(body, place)
            if quiet is not None:
                place = quiet.end()
                continue
        line_end = LINE_END.search(body, place)
        # What follows the last line end is no blank line, but the end of the body.
        start, end, place = place, *(line_end.span() if line_end else (len(body), len(body)))
        if start == end:
            if seen:
                number += 1
                yield _frame(number, event, data, body[begun:ended])
            event, data, seen, begun = None, [], False, None
            continue
        begun = start if begun is None else begun
        ended = end
        if body.startswith(b":", start):
            continue
        name, _, value = body[start:end].decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event, seen = value, True
        elif name == "data":
            data.append(value)
            seen = True
    if seen:  # a frame still open here had no blank line
        yield _frame(number + 1, event, data, body[begun:ended], complete=False)


def _frame(number: int, event: str | None, data: list[str], raw: bytes, *, complete: bool = True) -> Frame:
    joined = "\n".join(data) if data else None
    return Frame(number=number, event=event, data=joined, complete=complete, raw=LINE_END.sub(b"\n", raw))
