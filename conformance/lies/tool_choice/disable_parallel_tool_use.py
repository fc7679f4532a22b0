"""Lies about disable_parallel_tool_use."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.tool_choice import ANY, AUTO, becomes, every_second
from conformance.reference.transforms import default, drop, refuse

FLAG = "tool_choice.disable_parallel_tool_use"

LIES: list[Lie] = [
    *failures("tool_choice.disable_parallel_tool_use", FLAG),
    Lie(
        row="tool_choice.disable_parallel_tool_use",
        name="dropped",
        transforms=(drop(FLAG),),
        status="ignored",
        note="3, 3, 3 calls with the flag",
        reports=("P13",),
    ),
    Lie(
        row="tool_choice.disable_parallel_tool_use",
        name="extraneous",
        transforms=(refuse(FLAG, "extraneous key [disable_parallel_tool_use] is not permitted"),),
        status="rejected",
        note="HTTP 400: extraneous key .disable_parallel_tool_use. is not permitted",
        reports=("P14",),
    ),
    Lie(
        row="tool_choice.disable_parallel_tool_use",
        name="unsteady",
        transforms=every_second(FLAG, drop(FLAG)),
        status="partial",
        code="unsteady",
        note="3, 1, 3 calls with the flag",
    ),
    Lie(
        row="tool_choice.disable_parallel_tool_use",
        name="nothing_called",
        transforms=(becomes("tool_choice[disable_parallel_tool_use]", "none"),),
        status="untested",
        code="cannot_tell",
        note="no tool is called .0, 0, 0 calls with the flag",
    ),
    Lie(
        row="tool_choice.disable_parallel_tool_use",
        name="one_by_one_anyway",
        transforms=(default(f"{AUTO}.disable_parallel_tool_use", True),),
        status="untested",
        code="model_too_weak",
        note="without the field this model makes two calls or more at once in 0 of 8 tries",
    ),
    Lie(
        row="tool_choice.disable_parallel_tool_use",
        name="nothing_to_compare_with",
        transforms=(refuse(AUTO), refuse(ANY)),
        status="untested",
        code="control_refused",
        note="the control, without the field, is not answered: HTTP 400",
    ),
]
