"""Lies about why an answer ended, and how lies about all answers are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.lies.lie import STREAMED, Lie
from conformance.lies.narrow import reported
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import (
    Transform,
    answer_drop,
    answer_put,
    only,
)

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
    return Lie(row=f"response.{row}", name=name, transforms=transforms, **{"status": "broken", **due})


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


EARLY = answer_put("stop_reason", "end_turn", CALLED)
HELD = "a tool_use block is there, but stop_reason is end_turn"
LOST = "stop_reason is tool_use, but no tool_use block is there"


def foreign(word: Any, where: Mapping[str, Any], told: str) -> Lie:
    """A word of another protocol where an official one is due."""
    name = f"{word or 'nothing'}_for_{where['stop_reason']}"
    return lie("stop_reason", name, answer_put("stop_reason", word, where), note=told)


NO_WORD = "is none of the official ones"

STOP_REASON = [
    foreign("stop", ENDED, f"stop_reason is 'stop', which {NO_WORD}"),
    foreign("length", CUT, f"cut at the limit: stop_reason is 'length', which {NO_WORD}"),
    foreign("tool_calls", CALLED, f"one call: stop_reason is 'tool_calls', which {NO_WORD}"),
    foreign("stop", STOPPED, f"with stop sequences: stop_reason is 'stop', which {NO_WORD}"),
    foreign("STOP", ENDED, f"stop_reason is 'STOP', which {NO_WORD}"),
    foreign("", ENDED, f"stop_reason is '', which {NO_WORD}"),
    foreign(None, CALLED, "one call: stop_reason is None"),
    lie(
        "stop_reason",
        "null",
        answer_put("stop_reason", None, ENDED, unless=STREAMED),
        note="stop_reason is None",
        reports=("C07",),
    ),
    lie(
        "stop_reason",
        "missing",
        only(answer_drop("stop_reason", ENDED, unless=STREAMED), BARE),
        note="stop_reason is None",
    ),
    lie(
        "stop_reason",
        "a_list",
        answer_put("stop_reason", ["end_turn"], ENDED, unless=STREAMED),
        note=r"stop_reason is \['end_turn'\]",
    ),
    lie("stop_reason", "ends_in_spite_of_a_call", EARLY, note=HELD, reports=("C01", "C02")),
    *in_one_mode("stop_reason", "ends_in_spite_of_a_call", EARLY, HELD),
    lie("stop_reason", "a_call_for_words", answer_put("stop_reason", "tool_use", ENDED), note=LOST),
    lie(
        "stop_reason",
        "pauses_in_spite_of_a_call",
        only(answer_put("stop_reason", "pause_turn", CALLED), SEVERAL),
        note="several calls: a tool_use block is there, but stop_reason is pause_turn",
    ),
    once(
        "stop_reason",
        answer_put("stop_reason", "length"),
        status="partial",
        code="unsteady",
        note="in 1 of 3 answers to the same request: cut at the limit: .*'length'",
    ),
]

NAMED = "stop_sequence"
STOP_SEQUENCE = [
    lie(
        "stop_sequence",
        "missing",
        answer_drop(NAMED, unless=STREAMED),
        note="a bare message: the key stop_sequence is missing",
    ),
    lie(
        "stop_sequence",
        "missing_where_none_was_hit",
        answer_drop(NAMED, ENDED, unless=STREAMED),
        note="the key stop_sequence is missing",
    ),
    lie(
        "stop_sequence",
        "missing_beside_a_call",
        answer_drop(NAMED, CALLED, unless=STREAMED),
        note="one call: the key stop_sequence is missing",
    ),
    *(
        lie(
            "stop_sequence",
            name,
            answer_put(NAMED, value, ENDED),
            note=f"stop_sequence is {value!r}, which was not asked for",
        )
        for name, value in (("empty", ""), ("none_in_words", "None"), ("false", False), ("end_of_text", "<|im_end|>"))
    ),
    *in_one_mode(
        "stop_sequence",
        "made_up",
        answer_put(NAMED, "\n\n", ENDED),
        r"stop_sequence is '\\n\\n', which was not asked for",
    ),
    lie(
        "stop_sequence",
        "unnamed",
        answer_put(NAMED, None, STOPPED),
        note="with stop sequences: stop_reason is stop_sequence, but stop_sequence is None",
    ),
    *in_one_mode(
        "stop_sequence",
        "unnamed",
        answer_put(NAMED, None, STOPPED),
        "stop_reason is stop_sequence, but stop_sequence is None",
    ),
    lie(
        "stop_sequence",
        "shouted",
        answer_put(NAMED, "stop", STOPPED),
        note="stop_reason is stop_sequence, but stop_sequence is 'stop'",
    ),
    lie(
        "stop_sequence",
        "unreported",
        answer_put(NAMED, None, STOPPED),
        answer_put("stop_reason", "end_turn", STOPPED),
        status="partial",
        code="unreported",
        note="with stop sequences: the answer is cut at [A-Z]+, but stop_sequence is null",
        reports=("C11",),
    ),
    lie(
        "stop_sequence",
        "only_named",
        answer_put("stop_reason", "end_turn", STOPPED),
        status="partial",
        code="unreported",
        note="stop_sequence is '[A-Z]+', but stop_reason is end_turn",
    ),
]

LIES: list[Lie] = reported([*STOP_REASON, *STOP_SEQUENCE], {"ends_in_spite_of_a_call_streamed": ("C03",)})
