"""Lies about an assistant turn at the end."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.reference.transforms import Transform, answer_prepend, answer_put, drop, refuse

PREFILLED = "messages.prefill"
BEGUN, LATER_TURN = "messages[1][role=assistant]", "messages[2]"
TEXT = "content[type=text].text"
ANEW = "the answer begins anew instead of going on after the prefill"


def prefilled(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row=PREFILLED, name=name, transforms=transforms, **due)


LIES: list[Lie] = [
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
