"""Lies about tool results that are given as blocks of text."""

from __future__ import annotations

from dataclasses import replace

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.blocks import RESULTS, on_result
from conformance.lies.shared.combinators import narrowed
from conformance.reference.transforms import drop, keep_first, keep_last, only, put, refuse

ARRAY = f"{RESULTS}.content[:array]"
ARRAY_ROW = "content.tool_result.content.array"
TWO_TEXTS = {ARRAY: "top shelf.*bottom shelf"}
"""Where a result holds two texts."""

LIES: list[Lie] = [
    *narrowed(failures(ARRAY_ROW, ARRAY), TWO_TEXTS),
    on_result(
        ARRAY_ROW,
        "strings_alone",
        "rejected",
        "HTTP 400: .*tool_result.content: Input should be a valid string",
        refuse(ARRAY, "messages.2.content.0.tool_result.content: Input should be a valid string"),
    ),
    replace(
        on_result(ARRAY_ROW, "emptied", "ignored", "no code comes back", only(put(ARRAY, []), TWO_TEXTS)),
    ),
    on_result(ARRAY_ROW, "dropped", "ignored", "no code comes back", drop(ARRAY)),
    on_result(
        ARRAY_ROW,
        "replaced",
        "untested",
        "no code comes back, yet it may have reached the prompt",
        only(put(ARRAY, "The tool was called, and what it gave is kept by the gateway in a file."), TWO_TEXTS),
        code="cannot_tell",
    ),
    on_result(
        ARRAY_ROW,
        "first_alone",
        "partial",
        "of 2 text blocks of the result only number 1 is read",
        keep_first(ARRAY),
        code="incomplete",
    ),
    on_result(
        ARRAY_ROW,
        "last_alone",
        "partial",
        "of 2 text blocks of the result only number 2 is read",
        keep_last(f"{RESULTS}.content[type=text]"),
        code="incomplete",
    ),
]
