"""Lies about a search_result block."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.blocks import ABSENT, BLOCKS, GREW, NOTHING, PLACEHOLDER
from conformance.reference.transforms import drop, put, refuse

SEARCH_RESULT = f"{BLOCKS}[type=search_result]"

LIES: list[Lie] = [
    *failures("content.search_result", SEARCH_RESULT),
    Lie(
        row="content.search_result",
        name="dropped",
        transforms=(drop(SEARCH_RESULT),),
        status="ignored",
        note=ABSENT,
    ),
    Lie(
        row="content.search_result",
        name="swallowed",
        transforms=(put(SEARCH_RESULT, NOTHING),),
        status="ignored",
        note=ABSENT,
    ),
    Lie(
        row="content.search_result",
        name="title_alone",
        transforms=(put(f"{SEARCH_RESULT}.content", []),),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    Lie(
        row="content.search_result",
        name="replaced",
        transforms=(put(SEARCH_RESULT, PLACEHOLDER),),
        status="untested",
        code="cannot_tell",
        note=GREW,
    ),
    Lie(
        row="content.search_result",
        name="array_refused",
        transforms=(
            refuse(
                f"{SEARCH_RESULT}.content[:array]",
                "messages.0.content.0.search_result.content: Input should be a valid string",
            ),
        ),
        status="rejected",
        note="HTTP 400: .*search_result.content: Input should be a valid string",
    ),
]
