"""Lies about tool results that are given as blocks: texts, images, references to tools."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.narrow import narrowed, reported
from conformance.reference import faults
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import (
    Transform,
    answer_put,
    drop,
    keep_first,
    keep_first_item,
    keep_last,
    only,
    put,
    refuse,
)

RESULTS = "messages[*].content[type=tool_result]"
ARRAY = f"{RESULTS}.content[:array]"
IMAGE = f"{RESULTS}.content[type=image]"
REFERENCE = f"{RESULTS}.content[type=tool_reference]"
DEFERRED = "tools[*].defer_loading"
ARRAY_ROW, IMAGE_ROW = "content.tool_result.content.array", "content.tool_result.content.image"
REFERENCE_ROW = "content.tool_reference"
TWO_TEXTS = {ARRAY: "top shelf.*bottom shelf"}
"""Where a result holds two texts."""

MISSED = r"the colours \w+, \w+, \w+ are not named"
SAME = f"{MISSED}, and other images get the same answer"
UNCALLED = "the tool that is referred to is not called"
PLACEHOLDER = {"type": "text", "text": "[image omitted]"}


def _lie(row: str, name: str, status: str, note: str, *transforms: Transform, **further: Any) -> Lie:
    return Lie(row=row, name=name, transforms=transforms, status=status, note=note, **further)


ARRAYS: list[Lie] = [
    *narrowed(failures(ARRAY_ROW, ARRAY), TWO_TEXTS),
    _lie(
        ARRAY_ROW,
        "strings_alone",
        "rejected",
        "HTTP 400: .*tool_result.content: Input should be a valid string",
        refuse(ARRAY, "messages.2.content.0.tool_result.content: Input should be a valid string"),
    ),
    replace(
        _lie(ARRAY_ROW, "emptied", "ignored", "no code comes back", only(put(ARRAY, []), TWO_TEXTS)),
    ),
    _lie(ARRAY_ROW, "dropped", "ignored", "no code comes back", drop(ARRAY)),
    _lie(
        ARRAY_ROW,
        "replaced",
        "untested",
        "no code comes back, yet it may have reached the prompt",
        only(put(ARRAY, "The tool was called, and what it gave is kept by the gateway in a file."), TWO_TEXTS),
        code="cannot_tell",
    ),
    _lie(
        ARRAY_ROW,
        "first_alone",
        "partial",
        "of 2 text blocks of the result only number 1 is read",
        keep_first(ARRAY),
        code="incomplete",
    ),
    _lie(
        ARRAY_ROW,
        "last_alone",
        "partial",
        "of 2 text blocks of the result only number 2 is read",
        keep_last(f"{RESULTS}.content[type=text]"),
        code="incomplete",
    ),
]

IMAGES: list[Lie] = [
    *failures(IMAGE_ROW, IMAGE),
    replace(
        _lie(
            IMAGE_ROW,
            "strings_wanted",
            "rejected",
            "HTTP 400: .*Input should be a valid string",
            refuse(IMAGE, "messages.2.content.0.tool_result.content: Input should be a valid string"),
        ),
        reports=("J01",),
    ),
    replace(
        _lie(IMAGE_ROW, "input_invalid", "rejected", "HTTP 400: Invalid input", refuse(IMAGE, "Invalid input")),
        reports=("J02",),
    ),
    _lie(IMAGE_ROW, "dropped", "ignored", SAME, drop(IMAGE)),
    _lie(IMAGE_ROW, "replaced", "ignored", SAME, put(IMAGE, PLACEHOLDER)),
    _lie(
        IMAGE_ROW,
        "made_up",
        "ignored",
        SAME,
        answer_put("content[type=text].text", "red, green, blue", beside=IMAGE),
    ),
    _lie(
        IMAGE_ROW,
        "last_alone",
        "untested",
        f"{MISSED}, though the images may have arrived",
        keep_last(IMAGE),
        code="cannot_tell",
    ),
    _lie(
        IMAGE_ROW,
        "first_alone",
        "untested",
        f"{MISSED}, though the images may have arrived",
        keep_first_item(IMAGE),
        code="cannot_tell",
    ),
    _lie(
        IMAGE_ROW,
        "last_alone_uncounted",
        "ignored",
        f"{MISSED}, and the prompt does not grow by them",
        keep_last(IMAGE),
        answer_put("usage.input_tokens", 30, beside=IMAGE),
    ),
    _lie(
        IMAGE_ROW,
        "every_second_time",
        "untested",
        "the colours of one set of images are named, not of the other",
        mark(IMAGE),
        drop(IMAGE, beside=MARKED),
        code="cannot_tell",
    ),
    _lie(
        IMAGE_ROW,
        "second_time_refused",
        "untested",
        "the second set of images was not answered",
        mark(IMAGE),
        faults.fail(400, IMAGE, "One at a time", unless=MARKED),
        code="cannot_tell",
    ),
    _lie(
        IMAGE_ROW,
        "no_image_anywhere",
        "untested",
        "what the row needs is refused: HTTP 400: .*'image'",
        refuse("messages[*].content[type=image]"),
        refuse(IMAGE),
        code="prerequisite_refused",
    ),
    _lie(
        IMAGE_ROW,
        "blind_everywhere",
        "untested",
        "^what the row needs is missing: content.image is ignored",
        drop("messages[*].content[type=image]"),
        drop(IMAGE),
        code="prerequisite_refused",
    ),
]

REFERENCES: list[Lie] = [
    *reported(failures(REFERENCE_ROW, REFERENCE), {"refused": ("H17",), "overloaded": ("H18",), "crashed": ("H19",)}),
    _lie(REFERENCE_ROW, "dropped", "ignored", UNCALLED, drop(REFERENCE)),
    _lie(REFERENCE_ROW, "swallowed", "ignored", UNCALLED, put(REFERENCE, {"type": "text", "text": "A reference."})),
    _lie(
        REFERENCE_ROW,
        "deferral_dropped",
        "accepted",
        "validated only: HTTP 400: Tool reference .* not found.*called without a reference to it as well",
        drop(DEFERRED),
    ),
    _lie(
        REFERENCE_ROW,
        "deferral_and_references_dropped",
        "untested",
        "the deferred tool is called without a reference to it as well",
        drop(DEFERRED),
        drop(REFERENCE),
        code="not_attributable",
    ),
    _lie(
        REFERENCE_ROW,
        "deferral_refused",
        "untested",
        "what the row needs is refused: HTTP 400: .*defer_loading: Extra inputs",
        refuse(DEFERRED),
        code="prerequisite_refused",
    ),
    _lie(
        REFERENCE_ROW,
        "deferred_tools_lost",
        "rejected",
        "HTTP 400: Tool reference 'read_gauge_.*' not found in available tools",
        drop("tools[defer_loading]"),
        reports=("H21",),
    ),
    _lie(
        REFERENCE_ROW,
        "name_lost",
        "rejected",
        "HTTP 400: .*tool_name: Field required",
        drop(f"{REFERENCE}.tool_name"),
    ),
]
