"""Lies about a plain-text document."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.blocks import ABSENT, BLOCKS, GREW, NOTHING, PLACEHOLDER
from conformance.lies.shared.combinators import narrowed
from conformance.reference.transforms import answer_put, drop, only, put, refuse

DOCUMENT = f"{BLOCKS}[type=document]"

# The question about a plain-text document, alone or among others.
PLAIN_TEXT = {f"{DOCUMENT}.source.type": "^text$", "max_tokens": "^(40|300)$"}

_PLAIN: list[Lie] = [
    *failures("content.document", DOCUMENT),
    Lie(
        row="content.document",
        name="dropped",
        transforms=(drop(DOCUMENT),),
        status="ignored",
        note=ABSENT,
    ),
    Lie(
        row="content.document",
        name="swallowed",
        transforms=(put(DOCUMENT, NOTHING),),
        status="ignored",
        note=ABSENT,
    ),
    Lie(
        row="content.document",
        name="emptied",
        transforms=(put(f"{DOCUMENT}.source.data", ""),),
        status="ignored",
        note=ABSENT,
    ),
    Lie(
        row="content.document",
        name="replaced",
        transforms=(put(DOCUMENT, PLACEHOLDER),),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    Lie(
        row="content.document",
        name="plain_text_refused",
        transforms=(refuse(f"{DOCUMENT}.source[type=text]"),),
        status="rejected",
        note="HTTP 400: .*Input tag 'text'",
    ),
]

LIES: list[Lie] = [
    *narrowed(_PLAIN, PLAIN_TEXT),
    Lie(
        row="content.document",
        name="dropped_uncounted",
        transforms=(only(drop(DOCUMENT), PLAIN_TEXT), answer_put("usage.input_tokens", 7)),
        status="ignored",
        note="^the code does not come back$",
    ),
]
