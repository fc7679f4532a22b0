"""How lies about streams are told: to requests for a stream of some limits alone, so that rows that stream for other
reasons are left in peace."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.reference.transforms import Transform, only

SEVERAL = {"max_tokens": "^(16|56|310)$"}
THINKS = {"thinking.type": "enabled", "max_tokens": "^1424$"}
START = {"type": "message_start"}
OPENED = {"type": "content_block_start"}
DELTA = {"type": "content_block_delta"}
TEXT_DELTA = {**DELTA, "delta.type": "text_delta"}
JSON_DELTA = {**DELTA, "delta.type": "input_json_delta"}
CLOSED = {"type": "content_block_stop"}
END = {"type": "message_delta"}
LAST = {"type": "message_stop"}
PING = {"type": "ping"}


def told(row: str, name: str, *transforms: Transform, note: str, given: Any = SEVERAL, **due: Any) -> Lie:
    """A lie to several streamed requests; unless told otherwise it breaks the row."""
    narrow = tuple(only(step, step.given or given) for step in transforms)
    return Lie(row=row, name=name, transforms=narrow, note=note, **{"status": "broken", **due})


def harmless(row: str, name: str, *transforms: Transform) -> Lie:
    """Something odd that breaks no rule."""
    return told(row, name, *transforms, note="^$", status="supported")


def flickers(row: str, transform: Transform, note: str) -> Lie:
    """A breach that comes the first time a request is asked, and not the second: `transform` acts every second time."""
    return told(
        row,
        "comes_once",
        transform,
        note=f"seen once and not again: .*{note}",
        # One request alone, so that the turns are its own.
        given={"max_tokens": "^56$"},
        status="untested",
        code="unstable",
    )
