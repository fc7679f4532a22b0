"""Decodes server-sent events from raw bytes, strictly enough to judge the framing itself.

The rules are the WHATWG's (HTML, section 9.2.6): LF, CRLF or CR end a line, a blank line ends a frame, `:` begins a
comment, several data lines are joined by LF, one leading BOM is dropped, an unfinished last frame is not dispatched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LINE_END = re.compile(rb"\r\n|\n|\r")
BOM = b"\xef\xbb\xbf"


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
    frames: list[Frame] = []
    event: str | None = None
    data: list[str] = []
    lines: list[bytes] = []
    seen = False

    def close(*, complete: bool) -> None:
        nonlocal event, data, lines, seen
        if seen:
            joined = "\n".join(data) if data else None
            raw = b"\n".join(lines)
            frames.append(Frame(number=len(frames) + 1, event=event, data=joined, complete=complete, raw=raw))
        event, data, lines, seen = None, [], [], False

    *ended, unended = LINE_END.split(body.removeprefix(BOM))
    # What follows the last line end is no blank line when it is empty, but the end of the body.
    for raw in [*ended, *([unended] if unended else [])]:
        if not raw:
            close(complete=True)
            continue
        lines.append(raw)
        if raw.startswith(b":"):
            continue
        name, _, value = raw.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event, seen = value, True
        elif name == "data":
            data.append(value)
            seen = True
    # A frame still open here had no blank line.
    close(complete=False)
    return frames
