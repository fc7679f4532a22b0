"""Lies about text, as a string and in blocks."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.blocks import BLOCKS, TEXTS
from conformance.reference.transforms import answer_copy, keep_first_item, keep_last, put, refuse

OTHERS = f"{BLOCKS}[type!=text]"
"""What no message holds that is text alone."""

LIES: list[Lie] = [
    Lie(
        row="content.string",
        name="emptied",
        transforms=(put(f"{BLOCKS}[:string]", "..."),),
        status="ignored",
        note="^the code does not come back$",
    ),
    Lie(
        row="content.string",
        name="echoed",
        transforms=(
            answer_copy(
                "content[type=text].text",
                f"{BLOCKS}[:string]",
                beside=f"{BLOCKS}[:string]",
                unless="messages[role=assistant]",
            ),
        ),
        status="untested",
        code="cannot_tell",
        note="echoes its prompt, so a code that comes back proves nothing",
    ),
    Lie(
        row="content.text.text",
        name="last_alone",
        transforms=(keep_last(TEXTS),),
        status="partial",
        code="incomplete",
        note="of 2 text blocks only number 2 is read",
    ),
    Lie(
        row="content.text.text",
        name="first_alone",
        transforms=(keep_first_item(TEXTS),),
        status="partial",
        code="incomplete",
        note="of 2 text blocks only number 1 is read",
    ),
    Lie(
        row="content.text.text",
        name="emptied",
        transforms=(put(f"{TEXTS}.text", "...", unless=OTHERS),),
        status="ignored",
        note="no code comes back",
    ),
    Lie(
        row="content.text.text",
        name="refused",
        transforms=(refuse(TEXTS, "messages.0.content: Input should be a valid string", unless=OTHERS),),
        status="rejected",
        note="Input should be a valid string",
    ),
]
