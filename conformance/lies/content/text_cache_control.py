"""Lies about cache_control of a text block."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.blocks import TEXTS
from conformance.lies.shared.caching import automatic, cache_lies
from conformance.lies.shared.combinators import reported
from conformance.reference.transforms import put

LIES: list[Lie] = [
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
]
