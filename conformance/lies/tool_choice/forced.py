"""Lies about tool_choice any and tool."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.tool_choice import ANY, TOOL, becomes, every_second
from conformance.reference.transforms import answer_put

NOTHING_CALLED = r"no tool is called in 3 of 3 tries"

LIES: list[Lie] = [
    *failures("tool_choice.any", ANY),
    Lie(
        row="tool_choice.any",
        name="dropped",
        transforms=(becomes(ANY, "auto"),),
        status="ignored",
        note=NOTHING_CALLED,
    ),
    Lie(
        row="tool_choice.any",
        name="reversed",
        transforms=(becomes(ANY, "none"),),
        status="ignored",
        note=NOTHING_CALLED,
    ),
    Lie(
        row="tool_choice.any",
        name="only_unstreamed",
        transforms=(becomes(ANY, "auto", beside="stream[:true]"),),
        status="partial",
        code="one_mode",
        note="seen unstreamed, absent in a stream .no tool is called",
    ),
    Lie(
        row="tool_choice.any",
        name="only_streamed",
        transforms=(becomes(ANY, "auto", unless="stream[:true]"),),
        status="partial",
        code="one_mode",
        note="seen in a stream, absent unstreamed .no tool is called in 3 of 3 tries",
    ),
    Lie(
        row="tool_choice.any",
        name="unsteady",
        transforms=every_second(ANY, becomes(ANY, "auto")),
        status="partial",
        code="unsteady",
        note="no tool is called in [12] of 3 tries",
    ),
    *failures("tool_choice.tool", TOOL),
    Lie(
        row="tool_choice.tool",
        name="dropped",
        transforms=(becomes(TOOL, "auto"),),
        status="ignored",
        note="get_weather is called where get_time is named, in 4 of 4 tries",
    ),
    Lie(
        row="tool_choice.tool",
        name="any_will_do",
        transforms=(becomes(TOOL, "any"),),
        status="ignored",
        note="get_weather is called where get_time is named, in 4 of 4 tries",
    ),
    Lie(
        row="tool_choice.tool",
        name="reversed",
        transforms=(becomes(TOOL, "none"),),
        status="ignored",
        note="no tool is called where get_time is named, in 4 of 4 tries",
    ),
    Lie(
        row="tool_choice.tool",
        name="unsteady",
        transforms=every_second(TOOL, becomes(TOOL, "auto")),
        status="partial",
        code="unsteady",
        note="get_weather is called where get_time is named, in [123] of 4 tries",
    ),
    Lie(
        row="tool_choice.tool",
        name="renamed",
        transforms=(answer_put("content[type=tool_use].name", "functions.call", beside=TOOL),),
        status="untested",
        code="cannot_tell",
        note=r"called by a name that was not offered .functions\.call",
    ),
]
