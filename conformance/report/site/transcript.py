"""A stream as a page tells it: its events with their times, deltas of one block that follow each other put together."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby
from typing import Any

from conformance.protocol.exchange import Exchange
from conformance.protocol.sse import decode

FIRST_EVENTS, LAST_EVENTS = 40, 12
LONGEST_EVENT = 600
FEW = 3
"""So many deltas of one block are still read one by one."""

DELTA = "content_block_delta"
PIECES = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
"""The deltas that carry a piece of a longer text, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a stream: its number, when its last byte arrived, in seconds after sending, its name and its data.
    One that stands for several has the number and the time of the last as well. `skipped` stands for so many events
    between."""

    number: int = 0
    at: float = 0.0
    name: str = ""
    data: str = ""
    last: int = 0
    until: float = 0.0
    skipped: int = 0

    @property
    def count(self) -> int:
        """How many events of the stream this stands for."""
        return self.skipped or self.last - self.number + 1


def transcript(exchange: Exchange) -> list[Event]:
    """Every event of a stream with the time at which it was whole."""
    body = exchange.body
    ends = list(accumulate(len(data) for _, data in exchange.chunks))
    events: list[Event] = []
    place = 0
    for frame in decode(body):
        for line in frame.raw.split(b"\n"):  # as framed: its own line ends may be others
            place = body.index(line, place) + len(line)
        at = exchange.chunks[bisect_left(ends, place)][0]
        name = frame.event if frame.event is not None else "(no event line)"
        data = frame.data if frame.data is not None else "(no data)"
        unended = "" if frame.complete else " (never ended)"
        events.append(
            Event(number=frame.number, last=frame.number, at=at, until=at, name=f"{name}{unended}", data=data)
        )
    return events


def joined(events: Sequence[Event]) -> list[Event]:
    """Runs of more than FEW well-formed deltas of one kind and block as one event each, their pieces put together:
    token by token nobody reads a stream. Whatever is odd about an event keeps it apart."""

    def kind(event: Event) -> tuple[Any, ...]:
        piece = piece_of(event)
        return (event.number,) if piece is None else piece[:2]

    return [each for _, run in groupby(events, kind) for each in as_one(list(run))]


def piece_of(event: Event) -> tuple[int, str, str] | None:
    """The block, the kind and the piece of a delta that is as it should be and holds nothing else; else None."""
    if event.name != DELTA:
        return None
    try:
        data = json.loads(event.data)
        index, delta = data["index"], data["delta"]
        key = PIECES[delta["type"]]
        piece = delta[key]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    plain = {"type": DELTA, "index": index, "delta": {"type": delta["type"], key: piece}}
    if type(index) is not int or not isinstance(piece, str) or data != plain:
        return None
    return index, delta["type"], piece


def as_one(run: Sequence[Event]) -> Iterator[Event]:
    """A run of events of one kind, as one event where there are more than FEW."""
    pieces = [piece for event in run if (piece := piece_of(event)) is not None]
    if len(run) <= FEW or len(pieces) < len(run):
        yield from run
        return
    index, kind, _ = pieces[0]
    whole = "".join(piece for _, _, piece in pieces)
    data = {"type": DELTA, "index": index, "delta": {"type": kind, PIECES[kind]: whole}}
    name = f"{DELTA}, {len(run)} joined"
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    yield replace(run[0], name=name, data=text, last=run[-1].last, until=run[-1].until)


def shortened(events: Sequence[Event]) -> list[Event]:
    """The beginning and the end of a long stream, with what lies between as one line, and long data cut."""
    between = events[FIRST_EVENTS : len(events) - LAST_EVENTS]
    kept = [replace(event, data=cut(event.data, LONGEST_EVENT)) for event in events]
    if len(between) <= 1:
        return kept
    skipped = Event(skipped=sum(event.count for event in between))
    return [*kept[:FIRST_EVENTS], skipped, *kept[-LAST_EVENTS:]]


def cut(text: str, limit: int) -> str:
    """A text of at most some `limit` characters, which says how long the whole is."""
    return text if len(text) <= limit else f"{text[: limit // 2]} … ({len(text):,} characters in all)"
