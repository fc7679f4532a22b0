"""What is known of a stream while it is read: its message, and the rules that it broke."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.protocol.exchange import one_line
from conformance.protocol.sse import Frame
from conformance.protocol.status import Deviation
from conformance.protocol.stream_rules import Broken, Rule, show


@dataclass(slots=True)
class StreamReading:
    """What a stream adds up to. `message` is None when it never started one; `violation` is the first broken rule that
    a reader stumbles over, with the number of its frame; `warning` a flaw that clients survive; `error` the object of
    an error event.

    `broken` holds the first severe and the first slight breach of every rule, `shown` the rules of which the stream had
    something to judge. `lost` says that a frame could not be read, so that what comes after it proves nothing of its
    own. The fields from `begun` on are where the reader stands: the block that is open, the pieces of its input, the
    index that is due."""

    message: dict[str, Any] | None = None
    violation: str | None = None
    warning: str | None = None
    error: dict[str, Any] | None = None
    finished: bool = False
    broken: list[Broken] = field(default_factory=list)
    shown: set[Rule] = field(default_factory=set)
    lost: bool = False
    begun: bool = False
    content: list[dict[str, Any]] = field(default_factory=list)
    block: dict[str, Any] | None = None
    index: object = None
    next_index: int = 0
    pieces: list[str] = field(default_factory=list)
    unjoined: str | None = None
    piece_lost: bool = False
    signed: bool = False
    output: int = 0
    stop_reason_sent: bool = False

    def of(self, rule: Rule) -> list[Broken]:
        """How one rule is broken, severe breaches first."""
        return sorted((each for each in self.broken if each.rule is rule), key=lambda each: each.deviation is not None)


def note_down(reading: StreamReading, broken: Broken) -> None:
    """Keeps a broken rule, unless the same rule is known to be broken as badly, or a lost frame may be its cause."""
    if broken.fatal and reading.violation is None:
        reading.violation = broken.told
    if reading.lost and broken.rule is not Rule.FRAMING:
        return
    if not is_known(reading, broken.rule, severe=broken.deviation is None):
        reading.broken.append(broken)


def is_known(reading: StreamReading, rule: Rule, *, severe: bool) -> bool:
    """Whether a rule is known to be broken as badly already."""
    return any(each.rule is rule and (each.deviation is None) == severe for each in reading.broken)


def violate(reading: StreamReading, rule: Rule, frame: Frame, told: str) -> None:
    """A breach that a reader stumbles over."""
    if reading.violation is not None and is_known(reading, rule, severe=True):
        return  # ten thousand frames with one and the same flaw are not described ten thousand times
    told = one_line(f"frame {frame.number}: {told}")
    note_down(reading, Broken(rule=rule, told=told, shown=show(frame), fatal=True))


def blame(reading: StreamReading, rule: Rule, frame: Frame, told: str, deviation: Deviation | None = None) -> None:
    """A breach that this reader gets over."""
    if is_known(reading, rule, severe=deviation is None):
        return
    told = one_line(f"frame {frame.number}: {told}")
    note_down(reading, Broken(rule=rule, told=told, shown=show(frame), deviation=deviation))
