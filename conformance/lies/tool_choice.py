"""Lies about tool_choice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.reference import faults
from conformance.reference.faults import MARKED
from conformance.reference.transforms import (
    Transform,
    answer_put,
    default,
    drop,
    only,
    put,
    refuse,
    wrap_string,
)

OBJECT = "tool_choice[type]"
STRING = "tool_choice[:string]"
NONE, AUTO, ANY, TOOL = (f"tool_choice[type={kind}]" for kind in ("none", "auto", "any", "tool"))
FLAG = "tool_choice.disable_parallel_tool_use"


def becomes(path: str, kind: str, *, beside: str = "", unless: str = "") -> Transform:
    """Read the choice as one of another type."""
    return put(path, {"type": kind}, beside=beside, unless=unless)


def every_second(path: str, change: Transform) -> tuple[Transform, ...]:
    """A change that is made to every second request that holds something at `path`."""
    return (faults.mark(path), replace(change, beside=MARKED))


NOTHING_CALLED = r"no tool is called in 3 of 3 tries"
CALLED_ALL_THE_SAME = r"a tool is called in 3 of 3 tries"

BY_TYPE = [
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

OBJECT_FORM = [
    *failures("tool_choice.object_form", OBJECT, without=["flickers"]),
    Lie(
        row="tool_choice.object_form",
        name="strings_alone",
        transforms=(refuse(OBJECT, "tool_choice: Input should be a valid string"), wrap_string("tool_choice", "type")),
        status="rejected",
        note="HTTP 400: tool_choice: Input should be a valid string",
    ),
    Lie(
        row="tool_choice.object_form",
        name="dropped",
        transforms=(drop(OBJECT),),
        status="ignored",
        note="a tool is called in spite of type none, and none is called in spite of type any",
    ),
    Lie(
        row="tool_choice.object_form",
        name="auto_alone",
        transforms=(refuse(ANY), refuse(NONE), refuse(TOOL)),
        status="accepted",
        note="accepted; what it does is the rows of its types",
    ),
    Lie(
        row="tool_choice.object_form",
        name="half_dropped",
        transforms=(refuse(ANY), drop(NONE)),
        status="accepted",
        note="accepted; what it does is the rows of its types",
    ),
]


def strings(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie of an endpoint that takes strings, which no official one does."""
    return Lie(row="tool_choice.string_form", name=name, transforms=transforms, **due)


TAKEN = wrap_string("tool_choice", "type")
STRING_NONE = {"tool_choice": "^none$"}

STRING_FORM = [
    # Failing once, it is still refused the second time.
    *failures("tool_choice.string_form", STRING, without=["flickers"]),
    strings(
        "flickers",
        faults.fail(500, STRING, "Not now", every=2),
        TAKEN,
        status="untested",
        code="unstable",
        note="failed once and was answered once: HTTP 500: Not now",
    ),
    strings("taken", TAKEN, status="supported", note='"none" is honoured as well'),
    strings(
        "none_refused",
        only(refuse("tool_choice", "tool_choice: must be auto"), STRING_NONE),
        TAKEN,
        status="partial",
        code="one_form",
        note='"auto" is accepted, "none" is not: HTTP 400: tool_choice: must be auto',
    ),
    strings(
        "none_crashed",
        only(faults.fail(500, "tool_choice"), STRING_NONE),
        TAKEN,
        status="untested",
        code="cannot_tell",
        note='"none" meets neither an answer nor a refusal: HTTP 500',
    ),
    strings(
        "dropped",
        drop(STRING),
        status="ignored",
        note='a tool is called although tool_choice is "none"; the object of that type is honoured',
    ),
    strings(
        "dropped_as_the_object_is",
        drop(STRING),
        drop(NONE),
        status="accepted",
        note='accepted; that "none" is read cannot be seen',
    ),
]

DISABLE_PARALLEL = [
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

LIES: list[Lie] = [*BY_TYPE, *OBJECT_FORM, *STRING_FORM, *DISABLE_PARALLEL]
