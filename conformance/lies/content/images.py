"""Lies about images: at the top of a message, and inside a tool's result."""

from __future__ import annotations

from dataclasses import replace

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.blocks import BLOCKS, PLACEHOLDER, RESULTS, on_result
from conformance.lies.shared.combinators import narrowed
from conformance.reference import faults
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import answer_put, drop, keep_first_item, keep_last, only, put, refuse

IMAGE = f"{BLOCKS}[type=image]"

# The question of three images, and no other.
QUESTION = {"max_tokens": "^60$"}
COLOURS_MISSED = r"the colours \w+, \w+, \w+ are not named"

TOP_LEVEL: list[Lie] = [
    *narrowed(failures("content.image", IMAGE), QUESTION),
    Lie(
        row="content.image",
        name="dropped",
        transforms=(only(drop(IMAGE), QUESTION),),
        status="ignored",
        note=f"{COLOURS_MISSED}, and other images get the same answer",
    ),
    Lie(
        row="content.image",
        name="replaced",
        transforms=(only(put(IMAGE, PLACEHOLDER), QUESTION),),
        status="ignored",
        note=f"{COLOURS_MISSED}, and other images get the same answer",
    ),
    Lie(
        row="content.image",
        name="made_up",
        transforms=(answer_put("content[type=text].text", "red, green, blue", beside=IMAGE),),
        status="ignored",
        note=f"{COLOURS_MISSED}, and other images get the same answer",
    ),
    Lie(
        row="content.image",
        name="last_alone",
        transforms=(keep_last(IMAGE),),
        status="untested",
        code="cannot_tell",
        note=f"{COLOURS_MISSED}, though the images may have arrived",
    ),
    Lie(
        row="content.image",
        name="first_alone",
        transforms=(keep_first_item(IMAGE),),
        status="untested",
        code="cannot_tell",
        note=f"{COLOURS_MISSED}, though the images may have arrived",
    ),
    Lie(
        row="content.image",
        name="last_alone_uncounted",
        transforms=(keep_last(IMAGE), answer_put("usage.input_tokens", 30, beside=IMAGE)),
        status="ignored",
        note=f"{COLOURS_MISSED}, and the prompt does not grow by them",
    ),
    Lie(
        row="content.image",
        name="every_second_time",
        transforms=(only(mark(IMAGE), QUESTION), drop(IMAGE, beside=MARKED)),
        status="untested",
        code="cannot_tell",
        note="the colours of one set of images are named, not of the other",
    ),
    Lie(
        row="content.image",
        name="second_time_refused",
        transforms=tuple(
            only(step, QUESTION) for step in (mark(IMAGE), faults.fail(400, IMAGE, "One at a time", unless=MARKED))
        ),
        status="untested",
        code="cannot_tell",
        note="the second set of images was not answered",
    ),
    Lie(
        row="content.image",
        name="base64_refused",
        transforms=(refuse(f"{IMAGE}.source[type=base64]"),),
        status="rejected",
        note="HTTP 400: .*'base64'",
    ),
    Lie(
        row="content.image",
        name="wherever_it_stands_forbidden",
        transforms=(
            faults.fail(403, IMAGE, "Forbidden"),
            faults.fail(403, f"{RESULTS}.content[type=image]", "Forbidden"),
        ),
        status="rejected",
        note="HTTP 403: Forbidden",
        reports=("J11",),
    ),
]

IMAGE_IN_RESULT = f"{RESULTS}.content[type=image]"
IMAGE_ROW = "content.tool_result.content.image"
MISSED = r"the colours \w+, \w+, \w+ are not named"
SAME = f"{MISSED}, and other images get the same answer"
PLACEHOLDER = {"type": "text", "text": "[image omitted]"}

IN_RESULTS: list[Lie] = [
    *failures(IMAGE_ROW, IMAGE_IN_RESULT),
    replace(
        on_result(
            IMAGE_ROW,
            "strings_wanted",
            "rejected",
            "HTTP 400: .*Input should be a valid string",
            refuse(IMAGE_IN_RESULT, "messages.2.content.0.tool_result.content: Input should be a valid string"),
        ),
        reports=("J01",),
    ),
    replace(
        on_result(
            IMAGE_ROW, "input_invalid", "rejected", "HTTP 400: Invalid input", refuse(IMAGE_IN_RESULT, "Invalid input")
        ),
        reports=("J02",),
    ),
    on_result(IMAGE_ROW, "dropped", "ignored", SAME, drop(IMAGE_IN_RESULT)),
    on_result(IMAGE_ROW, "replaced", "ignored", SAME, put(IMAGE_IN_RESULT, PLACEHOLDER)),
    on_result(
        IMAGE_ROW,
        "made_up",
        "ignored",
        SAME,
        answer_put("content[type=text].text", "red, green, blue", beside=IMAGE_IN_RESULT),
    ),
    on_result(
        IMAGE_ROW,
        "last_alone",
        "untested",
        f"{MISSED}, though the images may have arrived",
        keep_last(IMAGE_IN_RESULT),
        code="cannot_tell",
    ),
    on_result(
        IMAGE_ROW,
        "first_alone",
        "untested",
        f"{MISSED}, though the images may have arrived",
        keep_first_item(IMAGE_IN_RESULT),
        code="cannot_tell",
    ),
    on_result(
        IMAGE_ROW,
        "last_alone_uncounted",
        "ignored",
        f"{MISSED}, and the prompt does not grow by them",
        keep_last(IMAGE_IN_RESULT),
        answer_put("usage.input_tokens", 30, beside=IMAGE_IN_RESULT),
    ),
    on_result(
        IMAGE_ROW,
        "every_second_time",
        "untested",
        "the colours of one set of images are named, not of the other",
        mark(IMAGE_IN_RESULT),
        drop(IMAGE_IN_RESULT, beside=MARKED),
        code="cannot_tell",
    ),
    on_result(
        IMAGE_ROW,
        "second_time_refused",
        "untested",
        "the second set of images was not answered",
        mark(IMAGE_IN_RESULT),
        faults.fail(400, IMAGE_IN_RESULT, "One at a time", unless=MARKED),
        code="cannot_tell",
    ),
    on_result(
        IMAGE_ROW,
        "no_image_anywhere",
        "untested",
        "what the row needs is refused: HTTP 400: .*'image'",
        refuse("messages[*].content[type=image]"),
        refuse(IMAGE_IN_RESULT),
        code="prerequisite_refused",
    ),
    on_result(
        IMAGE_ROW,
        "blind_everywhere",
        "untested",
        "^what the row needs is missing: content.image is ignored",
        drop("messages[*].content[type=image]"),
        drop(IMAGE_IN_RESULT),
        code="prerequisite_refused",
    ),
]

LIES: list[Lie] = [
    *IN_RESULTS,
    *TOP_LEVEL,
]
