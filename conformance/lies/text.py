"""Lies about text: the string, the blocks, their cache marker and their citations."""

from __future__ import annotations

from conformance.lies.caching import automatic, cache_lies
from conformance.lies.lie import Lie, failures
from conformance.lies.narrow import reported, unclean
from conformance.reference.transforms import answer_copy, drop, keep_first_item, keep_last, put, refuse

BLOCKS = "messages[*].content"
TEXTS = f"{BLOCKS}[type=text]"
OTHERS = f"{BLOCKS}[type!=text]"
"""What no message holds that is text alone."""
CITATIONS = f"{TEXTS}.citations"


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
    *reported(
        cache_lies(
            "content.text.cache_control",
            f"{TEXTS}.cache_control",
            unless="system",
            emptied=put(f"{TEXTS}[cache_control].text", "..."),
            unasked=automatic(TEXTS, unless="tools"),
        ),
        {"never_read": ("D11",)},
    ),
    *failures("content.text.citations", CITATIONS),
    Lie(
        row="content.text.citations",
        name="dropped",
        transforms=(drop(CITATIONS),),
        status="accepted",
        note="a bad value is accepted as well; the field has no visible effect",
    ),
    Lie(
        row="content.text.citations",
        name="coerced",
        transforms=(put(f"{CITATIONS}[:string]", []),),
        status="accepted",
        note="a bad value is accepted as well; the field has no visible effect",
    ),
    *unclean(
        "content.text.citations",
        "bad_value",
        f"{CITATIONS}[:string]",
        "a bad value",
        short="accepted",
        told="whether a bad one is refused is not known: ",
    ),
    Lie(
        row="content.text.citations",
        name="kind_refused",
        transforms=(refuse(f"{CITATIONS}[type=char_location]"),),
        status="rejected",
        note="HTTP 400: .*'char_location'",
    ),
]
