"""Lies about the object and the string form of tool_choice."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.tool_choice import ANY, NONE, TOOL
from conformance.reference import faults
from conformance.reference.transforms import Transform, drop, only, refuse, wrap_string

OBJECT = "tool_choice[type]"
STRING = "tool_choice[:string]"

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

LIES: list[Lie] = [
    *OBJECT_FORM,
    *STRING_FORM,
]
