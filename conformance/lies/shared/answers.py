"""How lies about all answers are made: about one kind of answer, in one mode, or in one answer of several."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.lies.lie import STREAMED, Lie
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import Transform, only

CALLS = "content[type=tool_use]"

ENDED, CALLED, STOPPED, CUT = (
    {"stop_reason": each} for each in ("end_turn", "tool_use", "stop_sequence", "max_tokens")
)

# The limits of some of the rows' questions: nothing else is asked with them.
BARE, SHORT, SEVERAL = ({"max_tokens": f"^{limit}$"} for limit in (32, 16, 400))
ONCE = 50
"""So seldom is what every answer to a question but the first is spared."""


def lie(row: str, name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie about every answer; unless told otherwise it breaks the row."""
    return Lie(row=row, name=name, transforms=transforms, **{"status": "broken", **due})


def in_one_mode(row: str, name: str, transform: Transform, note: str, **due: Any) -> list[Lie]:
    """The same lie in each mode alone: the note names the answer, and so its mode."""
    return [
        lie(
            row,
            f"{name}_streamed",
            only(transform, {"stream": "True", **transform.given}),
            note=f", streamed: {note}",
            **due,
        ),
        lie(row, f"{name}_unstreamed", replace(transform, unless=STREAMED), note=f"^[a-z ]+: {note}", **due),
    ]


def once(row: str, transform: Transform, **due: Any) -> Lie:
    """A lie told of the first answer alone to the question of the limit."""
    first = only(mark("max_tokens", unless=STREAMED, every=ONCE), SHORT)
    return lie(row, "once", first, replace(transform, beside=MARKED), **due)


LOST = "stop_reason is tool_use, but no tool_use block is there"
