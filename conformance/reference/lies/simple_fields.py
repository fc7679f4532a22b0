"""Lies about the top-level fields of a request."""

from __future__ import annotations

from conformance.reference.lies.lie import Lie, failures
from conformance.reference.transforms import drop

LIES: list[Lie] = [
    *failures("fields.top_k", "top_k"),
    Lie(
        row="fields.top_k",
        name="dropped",
        transforms=(drop("top_k"),),
        status="ignored",
        note="8 answers of . kinds with it, 4 of . without",
    ),
]
