"""Generic changes to a stream: to its events, before they are framed, and to its frames, as bytes in time.

`where` names paths of an event and what they must be (`{"type": "content_block_delta", "index": 0}`); `nth` says which
of the events that fit is meant: 0 the first, -1 the last, None all. Conditions on the request are those of every other
transform, `every=2` included, which acts on the first stream that meets them, not on the second, and so on.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.reference.changes import CHANGES, value_at
from conformance.reference.stages import holds
from conformance.reference.stream import frame
from conformance.reference.transforms import Transform

Json = dict[str, Any]
Where = Mapping[str, Any]
EVENT_STREAM = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Picked:
    """Which of the events that fit is meant, and what is done with it."""

    nth: int | None
    operand: Any = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that leave together, after a pause in seconds; `event` is what they frame. `cut` closes the connection
    after them instead of going on."""

    data: bytes
    pause: float = 0.0
    event: Json | None = None
    cut: bool = False


def drop_event(where: Where, *, nth: int | None = None, **conditions: Any) -> Transform:
    """Leave events out."""
    return Transform("events", "drop_event", "", Picked(nth), where, **conditions)


def change_event(
    change: str, path: str, value: Any = None, *, where: Where, nth: int | None = None, **conditions: Any
) -> Transform:
    """Make a change of CHANGES (put, drop, default, rename, as_text, …) at a path of events."""
    if change not in CHANGES:
        raise ValueError(f"not a change: {change!r}")
    return Transform("events", change, path, Picked(nth, value), where, **conditions)


def insert_event(
    event: Json, *, where: Where, nth: int | None = -1, before: bool = False, **conditions: Any
) -> Transform:
    """Put an event of one's own after the events meant, or before them."""
    return Transform("events", "insert_event", "", Picked(nth, (event, before)), where, **conditions)


def repeat_event(where: Where, *, nth: int | None = 0, **conditions: Any) -> Transform:
    """Send events twice."""
    return Transform("events", "repeat_event", "", Picked(nth), where, **conditions)


def move_event(where: Where, by: int, *, nth: int | None = 0, **conditions: Any) -> Transform:
    """Send events so many places later, or earlier where it is less than 0."""
    return Transform("events", "move_event", "", Picked(nth, by), where, **conditions)


def end_events(where: Where, *, nth: int | None = 0, **conditions: Any) -> Transform:
    """Send no more events after the one meant."""
    return Transform("events", "end_event", "", Picked(nth), where, **conditions)


def join_deltas(where: Where, key: str, **conditions: Any) -> Transform:
    """Send what the deltas meant say under `key` in the first of them of each block, and leave the others out."""
    return Transform("events", "join_event", key, Picked(None), where, **conditions)


def type_stream(media_type: str | None, **conditions: Any) -> Transform:
    """Send the stream as another content type; None for none."""
    return Transform("frames", "type", "", Picked(None, media_type), **conditions)


def change_bytes(
    pattern: bytes, new: bytes, *, where: Where | None = None, nth: int | None = None, **conditions: Any
) -> Transform:
    """Put bytes in place of those that a pattern finds in frames."""
    return Transform("frames", "bytes", "", Picked(nth, (pattern, new)), where or {}, **conditions)


def insert_bytes(
    data: bytes, *, where: Where | None = None, nth: int | None = -1, before: bool = False, **conditions: Any
) -> Transform:
    """Put bytes of one's own after the frames meant (the last of all, unless told otherwise), or before them."""
    return Transform("frames", "insert", "", Picked(nth, (data, before)), where or {}, **conditions)


def cut_stream(where: Where, *, nth: int | None = 0, clean: bool = False, **conditions: Any) -> Transform:
    """Close the connection after a frame; `clean` ends the answer as if it were whole."""
    return Transform("frames", "cut", "", Picked(nth, clean), where, **conditions)


def hold_back(where: Where | None = None, *, until: Where | None = None, **conditions: Any) -> Transform:
    """Keep the frames meant (all, unless told otherwise), and what follows them, until the last of them, or of
    `until`, is there; then send them at once."""
    return Transform("frames", "hold", "", Picked(None, until), where or {}, **conditions)


def slow_down(seconds: float, where: Where | None = None, *, nth: int | None = None, **conditions: Any) -> Transform:
    """Wait so long before the frames meant."""
    return Transform("frames", "slow", "", Picked(nth, seconds), where or {}, **conditions)


def error_as_stream(status: int = 200, **conditions: Any) -> Transform:
    """Send a refusal as a stream that holds one error event."""
    return Transform("error", "as_stream", "", status, **conditions)


def hurry(**conditions: Any) -> Transform:
    """Send every frame as soon as it is there, without the pauses of a model that takes its time."""
    return Transform("frames", "hurry", "", Picked(None), **conditions)


def resize(size: int, **conditions: Any) -> Transform:
    """Send the same bytes in pieces of another size."""
    return Transform("frames", "resize", "", Picked(None, size), **conditions)


Turn = Callable[[Transform, Json], int]


def acts_now(step: Transform, sent: Json, turn: Turn) -> bool:
    """Whether a step acts on the stream that answers this request."""
    return holds(step, sent) and (step.every == 1 or turn(step, sent) % step.every == 1)


def apply_events(steps: Iterable[Transform], events: list[Json], sent: Json, turn: Turn) -> list[Json]:
    """The events as changed."""
    for step in steps:
        if not acts_now(step, sent, turn):
            continue
        places = _meant(events, step)
        if step.name in EVENTS:
            events = EVENTS[step.name](events, places, step)
            continue
        changed = {place: copy.deepcopy(events[place]) for place in places}
        for event in changed.values():
            CHANGES[step.name](event, step.path, step.value.operand)
        events = [changed.get(number, event) for number, event in enumerate(events)]
    return events


def apply_frames(
    steps: Iterable[Transform], pieces: list[Piece], sent: Json, turn: Turn
) -> tuple[list[Piece], str | None]:
    """The frames as changed, and the content type that they are sent as."""
    media_type: str | None = EVENT_STREAM
    for step in steps:
        if not acts_now(step, sent, turn):
            continue
        if step.name == "type":
            media_type = step.value.operand
        else:
            places = _meant([piece.event or {} for piece in pieces], step)
            pieces = FRAMES[step.name](pieces, places, step)
    return pieces, media_type


def stream_of_error(steps: Iterable[Transform], body: Json, sent: Json) -> tuple[bytes, int] | None:
    """A refusal as a stream, with its status, where a step has it so."""
    for step in steps:
        if step.name == "as_stream" and holds(step, sent):
            return frame(body), step.value
    return None


def framed(events: Sequence[Json], pause: float, pauses: int) -> list[Piece]:
    """Events as frames, with a few short pauses, so that they leave one after another."""
    every = max(1, len(events) // pauses)
    return [
        Piece(frame(event), pause if number and number % every == 0 else 0.0, event)
        for number, event in enumerate(events)
    ]


def _fits(event: Json, where: Where) -> bool:
    return all(value_at(event, path) == value for path, value in where.items())


def _meant(events: Sequence[Json], step: Transform) -> list[int]:
    places = [number for number, event in enumerate(events) if _fits(event, step.where)]
    nth = step.value.nth
    if nth is None:
        return places
    return [places[nth]] if -len(places) <= nth < len(places) else []


def _drop(events: list[Json], places: list[int], _step: Transform) -> list[Json]:
    return [event for number, event in enumerate(events) if number not in places]


def _insert(events: list[Json], places: list[int], step: Transform) -> list[Json]:
    added, before = step.value.operand
    found: list[Json] = []
    for number, event in enumerate(events):
        here = [added] if number in places else []
        found += [*here, event] if before else [event, *here]
    return found


def _repeat(events: list[Json], places: list[int], _step: Transform) -> list[Json]:
    return [event for number, event in enumerate(events) for _ in range(2 if number in places else 1)]


def _move(events: list[Json], places: list[int], step: Transform) -> list[Json]:
    found = list(events)
    for place in places if step.value.operand < 0 else reversed(places):
        found.insert(max(0, place + step.value.operand), found.pop(place))
    return found


def _end(events: list[Json], places: list[int], _step: Transform) -> list[Json]:
    return events[: places[0] + 1] if places else events


def _join(events: list[Json], places: list[int], step: Transform) -> list[Json]:
    found: list[Json] = []
    first: dict[Any, Json] = {}
    for number, event in enumerate(events):
        if number not in places:
            found.append(event)
        elif event.get("index") in first:
            first[event.get("index")]["delta"][step.path] += event["delta"][step.path]
        else:
            found.append(copy.deepcopy(event))
            first[event.get("index")] = found[-1]
    return found


def _bytes(pieces: list[Piece], places: list[int], step: Transform) -> list[Piece]:
    pattern, new = step.value.operand
    return [
        replace(piece, data=re.sub(pattern, new, piece.data)) if number in places else piece
        for number, piece in enumerate(pieces)
    ]


def _insert_bytes(pieces: list[Piece], places: list[int], step: Transform) -> list[Piece]:
    data, before = step.value.operand
    return [
        replace(piece, data=data + piece.data if before else piece.data + data) if number in places else piece
        for number, piece in enumerate(pieces)
    ]


def _cut(pieces: list[Piece], places: list[int], step: Transform) -> list[Piece]:
    if not places:
        return pieces
    last = places[0]
    return [*pieces[:last], replace(pieces[last], cut=not step.value.operand)]


def _hold(pieces: list[Piece], places: list[int], step: Transform) -> list[Piece]:
    if not places:
        return pieces
    until = step.value.operand
    ends = [n for n, piece in enumerate(pieces) if until is not None and _fits(piece.event or {}, until)]
    first, last = places[0], max(ends or places)
    held = pieces[first : last + 1]
    together = Piece(b"".join(piece.data for piece in held), sum(piece.pause for piece in held))
    return [*pieces[:first], together, *pieces[last + 1 :]]


def _slow(pieces: list[Piece], places: list[int], step: Transform) -> list[Piece]:
    return [
        replace(piece, pause=piece.pause + step.value.operand) if number in places else piece
        for number, piece in enumerate(pieces)
    ]


def _hurry(pieces: list[Piece], _places: list[int], _step: Transform) -> list[Piece]:
    return [replace(piece, pause=0.0) for piece in pieces]


def _resize(pieces: list[Piece], _places: list[int], step: Transform) -> list[Piece]:
    whole = b"".join(piece.data for piece in pieces)
    size = step.value.operand
    return [Piece(whole[start : start + size], 0.001) for start in range(0, len(whole), size)]


EVENTS: dict[str, Callable[[list[Json], list[int], Transform], list[Json]]] = {
    "drop_event": _drop,
    "insert_event": _insert,
    "repeat_event": _repeat,
    "move_event": _move,
    "end_event": _end,
    "join_event": _join,
}

FRAMES: dict[str, Callable[[list[Piece], list[int], Transform], list[Piece]]] = {
    "bytes": _bytes,
    "insert": _insert_bytes,
    "cut": _cut,
    "hold": _hold,
    "slow": _slow,
    "hurry": _hurry,
    "resize": _resize,
}
