"""Lies about tool_choice auto."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.tool_choice import AUTO, becomes
from conformance.reference.transforms import put

LIES: list[Lie] = [
    # The row of the parallel calls turns to the other type, so it stays; a flicker would meet its requests in between.
    *failures("tool_choice.auto", AUTO, without=["flickers"]),
    Lie(
        row="tool_choice.auto",
        name="reversed",
        transforms=(becomes(AUTO, "none"),),
        status="ignored",
        note="a tool is called without tool_choice, but not with auto",
    ),
    Lie(
        row="tool_choice.auto",
        name="forced",
        transforms=(put(f"{AUTO}.type", "any"),),
        status="ignored",
        note="a tool is called (even )?for a greeting",
    ),
]
