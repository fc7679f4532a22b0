"""Lies about conversations of several turns."""

from __future__ import annotations

from conformance.reference.lies.lie import Lie, failures
from conformance.reference.transforms import answer_drop, answer_put, keep_first_item, keep_last, put

# Other rows tell what an assistant did in blocks; only this one has an assistant that merely spoke.
SPOKEN = "messages[role=assistant].content[:string]"

LIES: list[Lie] = [
    *failures("messages.multi_turn", SPOKEN),
    Lie(
        row="messages.multi_turn",
        name="dropped",
        transforms=(keep_last("messages[*]", beside=SPOKEN),),
        status="ignored",
        note="the code does not come back, and its content does not lengthen the prompt",
    ),
    Lie(
        row="messages.multi_turn",
        name="later_turns_dropped",
        transforms=(keep_first_item("messages[*]", beside=SPOKEN),),
        # The first turn is longer than the question that it stands in for, so the prompt grew.
        status="untested",
        code="cannot_tell",
        note="come back.*although the prompt grew",
    ),
    Lie(
        row="messages.multi_turn",
        name="earlier_user_turns_dropped",
        # The assistant's turn arrives, so the prompt grows by a part of what it should.
        transforms=(keep_last("messages[role=user]", beside=SPOKEN),),
        status="untested",
        code="cannot_tell",
        note=r"the code does not come back, although the prompt grew .from \d\d to \d\d tokens",
    ),
    Lie(
        row="messages.multi_turn",
        name="dropped_but_counted",
        transforms=(keep_last("messages[*]", beside=SPOKEN), answer_put("usage.input_tokens", 41, beside=SPOKEN)),
        status="untested",
        code="cannot_tell",
        note=r"the code does not come back, although the prompt grew .from \d\d to 41 tokens",
    ),
    Lie(
        row="messages.multi_turn",
        name="dropped_and_uncounted",
        transforms=(keep_last("messages[*]", beside=SPOKEN), answer_put("usage.input_tokens", 7, unless="tools")),
        status="ignored",
        note="the code does not come back$",
        moves={"response.usage": "partial"},
    ),
    Lie(
        row="messages.multi_turn",
        name="dropped_without_usage",
        transforms=(keep_last("messages[*]", beside=SPOKEN), answer_drop("usage", beside=SPOKEN)),
        status="ignored",
        note="the code does not come back$",
    ),
    Lie(
        row="messages.multi_turn",
        name="garbled",
        transforms=(put("messages[*].content", "...", beside=SPOKEN),),
        status="ignored",
        note="the code does not come back",
    ),
]
