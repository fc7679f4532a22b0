"""Lies about why an answer ended: stop_reason and stop_sequence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.lies.lie import STREAMED, Lie
from conformance.lies.shared.answers import BARE, CALLED, CUT, ENDED, LOST, SEVERAL, STOPPED, in_one_mode, lie, once
from conformance.lies.shared.combinators import reported
from conformance.reference.transforms import answer_drop, answer_put, only

EARLY = answer_put("stop_reason", "end_turn", CALLED)
HELD = "a tool_use block is there, but stop_reason is end_turn"


def foreign(word: Any, where: Mapping[str, Any], told: str) -> Lie:
    """A word of another protocol where an official one is due."""
    name = f"{word or 'nothing'}_for_{where['stop_reason']}"
    return lie("response.stop_reason", name, answer_put("stop_reason", word, where), note=told)


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
        "response.stop_reason",
        "null",
        answer_put("stop_reason", None, ENDED, unless=STREAMED),
        note="stop_reason is None",
        reports=("C07",),
    ),
    lie(
        "response.stop_reason",
        "missing",
        only(answer_drop("stop_reason", ENDED, unless=STREAMED), BARE),
        note="stop_reason is None",
    ),
    lie(
        "response.stop_reason",
        "a_list",
        answer_put("stop_reason", ["end_turn"], ENDED, unless=STREAMED),
        note=r"stop_reason is \['end_turn'\]",
    ),
    lie("response.stop_reason", "ends_in_spite_of_a_call", EARLY, note=HELD, reports=("C01", "C02")),
    *in_one_mode("response.stop_reason", "ends_in_spite_of_a_call", EARLY, HELD),
    lie("response.stop_reason", "a_call_for_words", answer_put("stop_reason", "tool_use", ENDED), note=LOST),
    lie(
        "response.stop_reason",
        "pauses_in_spite_of_a_call",
        only(answer_put("stop_reason", "pause_turn", CALLED), SEVERAL),
        note="several calls: a tool_use block is there, but stop_reason is pause_turn",
    ),
    once(
        "response.stop_reason",
        answer_put("stop_reason", "length"),
        status="partial",
        code="unsteady",
        note="in 1 of 3 answers to the same request: cut at the limit: .*'length'",
    ),
]

NAMED = "stop_sequence"

STOP_SEQUENCE = [
    lie(
        "response.stop_sequence",
        "missing",
        answer_drop(NAMED, unless=STREAMED),
        note="a bare message: the key stop_sequence is missing",
    ),
    lie(
        "response.stop_sequence",
        "missing_where_none_was_hit",
        answer_drop(NAMED, ENDED, unless=STREAMED),
        note="the key stop_sequence is missing",
    ),
    lie(
        "response.stop_sequence",
        "missing_beside_a_call",
        answer_drop(NAMED, CALLED, unless=STREAMED),
        note="one call: the key stop_sequence is missing",
    ),
    *(
        lie(
            "response.stop_sequence",
            name,
            answer_put(NAMED, value, ENDED),
            note=f"stop_sequence is {value!r}, which was not asked for",
        )
        for name, value in (("empty", ""), ("none_in_words", "None"), ("false", False), ("end_of_text", "<|im_end|>"))
    ),
    *in_one_mode(
        "response.stop_sequence",
        "made_up",
        answer_put(NAMED, "\n\n", ENDED),
        r"stop_sequence is '\\n\\n', which was not asked for",
    ),
    lie(
        "response.stop_sequence",
        "unnamed",
        answer_put(NAMED, None, STOPPED),
        note="with stop sequences: stop_reason is stop_sequence, but stop_sequence is None",
    ),
    *in_one_mode(
        "response.stop_sequence",
        "unnamed",
        answer_put(NAMED, None, STOPPED),
        "stop_reason is stop_sequence, but stop_sequence is None",
    ),
    lie(
        "response.stop_sequence",
        "shouted",
        answer_put(NAMED, "stop", STOPPED),
        note="stop_reason is stop_sequence, but stop_sequence is 'stop'",
    ),
    lie(
        "response.stop_sequence",
        "unreported",
        answer_put(NAMED, None, STOPPED),
        answer_put("stop_reason", "end_turn", STOPPED),
        status="partial",
        code="unreported",
        note="with stop sequences: the answer is cut at [A-Z]+, but stop_sequence is null",
        reports=("C11",),
    ),
    lie(
        "response.stop_sequence",
        "only_named",
        answer_put("stop_reason", "end_turn", STOPPED),
        status="partial",
        code="unreported",
        note="stop_sequence is '[A-Z]+', but stop_reason is end_turn",
    ),
]

LIES: list[Lie] = reported([*STOP_REASON, *STOP_SEQUENCE], {"ends_in_spite_of_a_call_streamed": ("C03",)})
