"""Lies about tool_choice none."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.tool_choice import NONE, becomes, every_second
from conformance.reference.transforms import drop

CALLED_ALL_THE_SAME = r"a tool is called in 3 of 3 tries"

LIES: list[Lie] = [
    *failures("tool_choice.none", NONE),
    Lie(
        row="tool_choice.none",
        name="dropped",
        transforms=(drop(NONE),),
        status="ignored",
        note=CALLED_ALL_THE_SAME,
    ),
    Lie(
        row="tool_choice.none",
        name="reversed",
        transforms=(becomes(NONE, "any"),),
        status="ignored",
        note=CALLED_ALL_THE_SAME,
    ),
    Lie(
        row="tool_choice.none",
        name="unsteady",
        transforms=every_second(NONE, drop(NONE)),
        status="partial",
        code="unsteady",
        note="a tool is called in [12] of 3 tries",
    ),
]
