"""The rules of a Messages event stream, and how a broken one is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.protocol.exchange import one_line
from conformance.protocol.sse import Frame
from conformance.protocol.status import Deviation

MOST_SHOWN = 140


class Rule(StrEnum):
    """What is judged apart from the rest: each is the rule of one row."""

    UTF8 = "utf8"
    FRAMING = "framing"
    NO_DONE = "no_done"
    ORDER = "order"
    BLOCKS = "blocks"
    SKELETONS = "skeletons"
    INPUT_JSON = "input_json"
    MESSAGE_START = "message_start"
    MESSAGE_DELTA = "message_delta"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A broken rule: `told` says how, `shown` are the bytes of the frame, shortened. `deviation` marks what the
    documents let pass with a warning, `fatal` what a reader of the stream stumbles over."""

    rule: Rule
    told: str
    shown: str = ""
    fatal: bool = False
    deviation: Deviation | None = None

    @property
    def note(self) -> str:
        """The whole in one line."""
        return f"{self.told}: {self.shown}" if self.shown else self.told


def show(frame: Frame) -> str:
    """The bytes of a frame in one short line."""
    return shorten(frame.raw)


def shorten(raw: bytes) -> str:
    """The beginning of what came, as text in one line."""
    return one_line(raw[: 4 * MOST_SHOWN].decode("utf-8", "backslashreplace"), MOST_SHOWN)
