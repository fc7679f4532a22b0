"""Lies about a system message among the turns."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.reference import faults
from conformance.reference.transforms import Transform, answer_drop, drop, put

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

LIES: list[Lie] = [
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
