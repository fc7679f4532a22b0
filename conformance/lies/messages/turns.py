"""Lies about several turns, and turns of one role in a row."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.reference import faults
from conformance.reference.transforms import (
    Transform,
    answer_drop,
    answer_put,
    drop,
    keep_first_item,
    keep_last,
    put,
    refuse,
)

# Other rows tell what an assistant did in blocks; only this one has an assistant that merely spoke.
SPOKEN = "messages[role=assistant].content[:string]"

MULTI_TURN: list[Lie] = [
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

MERGED = "messages.consecutive_roles"
TWICE = "messages[1][role=user]"
SPOKEN_TWICE = "messages[2][role=assistant]"
ALTERNATE = "roles must alternate between user and assistant, but found multiple {} roles in a row"


def merged(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row=MERGED, name=name, transforms=transforms, **due)


CONSECUTIVE: list[Lie] = [
    *failures(MERGED, TWICE),
    merged(
        "must_alternate",
        refuse(TWICE, ALTERNATE.format("user")),
        status="rejected",
        note="HTTP 400: roles must alternate .* multiple user roles",
    ),
    merged(
        "first_lost",
        drop("messages[0]", beside=TWICE),
        status="partial",
        code="incomplete",
        note="of 2 consecutive user turns only number 2 is read",
    ),
    merged(
        "second_lost",
        drop(TWICE),
        status="partial",
        code="incomplete",
        note="of 2 consecutive user turns only number 1 is read",
    ),
    merged(
        "last_kept",
        keep_last("messages[role=user]", beside=TWICE),
        status="ignored",
        note="no code comes back",
    ),
    merged(
        "replaced",
        put("messages[0].content", "The harbour town keeps a ledger of its boats.", beside=TWICE),
        put("messages[1].content", "The harbour town keeps a ledger of its boats.", beside=TWICE),
        status="untested",
        code="cannot_tell",
        note="no code comes back, yet it may have reached the prompt",
    ),
    merged(
        "only_user_turns",
        refuse(SPOKEN_TWICE, ALTERNATE.format("assistant")),
        status="partial",
        code="one_form",
        note="consecutive user turns are read, but assistant turns are refused: HTTP 400: roles must alternate",
    ),
    merged(
        "assistant_turns_crash",
        faults.fail(500, SPOKEN_TWICE, "Conversation roles must alternate"),
        status="broken",
        note="HTTP 500: Conversation roles must alternate",
    ),
    merged(
        "assistant_turns_hang",
        faults.hang(SPOKEN_TWICE),
        status="broken",
        note="timeout: not done in",
    ),
]

LIES: list[Lie] = [
    *MULTI_TURN,
    *CONSECUTIVE,
]
