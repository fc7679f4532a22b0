"""Lies about conversations of several turns."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.reference import faults
from conformance.reference.transforms import (
    Transform,
    answer_drop,
    answer_prepend,
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

PREFILLED = "messages.prefill"
BEGUN, LATER_TURN = "messages[1][role=assistant]", "messages[2]"
TEXT = "content[type=text].text"
ANEW = "the answer begins anew instead of going on after the prefill"


def prefilled(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row=PREFILLED, name=name, transforms=transforms, **due)


PREFILL: list[Lie] = [
    *failures(PREFILLED, BEGUN, unless=LATER_TURN),
    prefilled(
        "not_for_this_model",
        refuse(BEGUN, "This model does not support assistant message prefill.", unless=LATER_TURN),
        status="rejected",
        note="HTTP 400: This model does not support assistant message prefill",
    ),
    prefilled("dropped", drop(BEGUN, unless=LATER_TURN), status="ignored", note=ANEW),
    prefilled(
        "given_back",
        answer_prepend(TEXT, "messages[1].content[*].text", beside=BEGUN, unless=LATER_TURN),
        status="partial",
        code="incomplete",
        note="the answer goes on after the prefill, but gives the prefill back as well",
    ),
    prefilled(
        "taken_for_a_whole_turn",
        answer_put(TEXT, "Is there anything else?", beside=BEGUN, unless=LATER_TURN),
        status="ignored",
        note="the answer does not hold the rest of the line",
    ),
    prefilled(
        "nothing_said",
        answer_put("content", [], beside=BEGUN, unless=LATER_TURN),
        status="ignored",
        note="the answer does not hold the rest of the line",
    ),
]

SYSTEM_ROW = "messages.role_system"
SYSTEM_TURN = "messages[role=system]"
CLIENT = "thinking"
"""What a client's request with a system turn holds as well."""


def system_turn(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row=SYSTEM_ROW, name=name, transforms=transforms, **due)


def refused_with(name: str, words: str, *reports: str, status: int = 400) -> Lie:
    """A system turn refused in the words of some server."""
    return system_turn(
        name,
        faults.fail(status, SYSTEM_TURN, words),
        status="rejected",
        note=f"HTTP {status}: .*{words.rpartition(': ')[2][:30]}",
        reports=reports,
    )


UNREAD = "the code does not come back"
TURN_BETA = "$headers[anthropic-beta=mid-conversation-system-2026-04-07]"

SYSTEM_TURNS: list[Lie] = [
    *failures(SYSTEM_ROW, SYSTEM_TURN, unless=CLIENT),
    refused_with(
        "unknown_variant", "messages[1].role: unknown variant `system`, expected user or assistant", "I01", "I02", "I03"
    ),
    refused_with("not_allowed", "System messages are not allowed", "I05"),
    refused_with("unexpected_role", "Unexpected message role: system", "I06"),
    refused_with("mistaken_for_a_model", "The model may not exist or you lack access to it", "I07"),
    system_turn(
        "breaks_the_template",
        faults.fail(500, SYSTEM_TURN, "system message must be at the beginning"),
        status="broken",
        note="HTTP 500: system message must be at the beginning",
        reports=("I09",),
    ),
    system_turn(
        "dropped",
        drop(SYSTEM_TURN),
        status="ignored",
        note=f"{UNREAD}, and its content does not lengthen the prompt",
    ),
    system_turn(
        "dropped_and_uncounted",
        drop(SYSTEM_TURN),
        answer_drop("usage", beside=SYSTEM_TURN, unless=CLIENT),
        status="ignored",
        note=f"{UNREAD}$",
    ),
    system_turn(
        "replaced",
        put(
            f"{SYSTEM_TURN}.content",
            "The harbour town keeps a ledger of every boat that enters the bay.",
            unless=CLIENT,
        ),
        status="untested",
        code="cannot_tell",
        note=f"{UNREAD}, although the prompt grew",
    ),
    system_turn(
        "beta_unknown",
        faults.fail(400, TURN_BETA, "Unexpected value for the `anthropic-beta` header"),
        status="supported",
        note="^$",
    ),
    system_turn(
        "beta_unknown_and_dropped",
        faults.fail(400, TURN_BETA, "Unexpected value for the `anthropic-beta` header"),
        drop(SYSTEM_TURN),
        status="ignored",
        note=UNREAD,
    ),
]

LIES: list[Lie] = [*MULTI_TURN, *CONSECUTIVE, *PREFILL, *SYSTEM_TURNS]
