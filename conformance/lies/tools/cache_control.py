"""Lies about cache_control of a tool."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.caching import MARKER, cache_lies
from conformance.reference.transforms import answer_drop, default, put

MARKED = "tools[*].cache_control"

LIES: list[Lie] = [
    *cache_lies(
        "tools.cache_control",
        MARKED,
        emptied=put("tools[cache_control].description", "..."),
        unasked=default("cache_control", MARKER),
    ),
    Lie(
        row="tools.cache_control",
        name="left_out_of_usage",
        transforms=(
            answer_drop("usage.cache_read_input_tokens", beside=MARKED),
            answer_drop("usage.cache_creation_input_tokens", beside=MARKED),
        ),
        status="untested",
        code="cannot_tell",
        note=r"usage counts \d{1,2} tokens of prompt",
    ),
]
