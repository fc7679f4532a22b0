"""Lies about output_config: effort, and the format of the answer."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.combinators import in_one_mode_alone, reported
from conformance.lies.shared.unclear_refusals import unclean
from conformance.reference import faults
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import Transform, answer_put, answer_wrap, drop, only, put

EFFORT, FORMAT = "output_config.effort", "output_config.format"
EFFORT_ROW, FORMAT_ROW = "fields.output_config.effort", "fields.output_config.format"

# Other requests say an effort beside thinking.
THINKING = "thinking"
NO_EFFORT = {EFFORT: "^(?!low|medium|high|xhigh|max)"}
TEXT = "content[type=text].text"
ANY_OBJECT = {"type": "json_schema", "schema": {"type": "object", "additionalProperties": False}}


def effort(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row=EFFORT_ROW, name=name, transforms=transforms, **due)


def form(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row=FORMAT_ROW, name=name, transforms=transforms, **due)


OF_EFFORT: list[Lie] = [
    *failures(EFFORT_ROW, EFFORT, unless=THINKING),
    effort(
        "dropped",
        drop(EFFORT),
        status="untested",
        code="cannot_tell",
        note=r"a bad value is accepted as well, and the length of the answers tells nothing \(\d+ to \d+ tokens",
    ),
    effort(
        "dropped_for_clients_too",
        drop("output_config"),
        status="untested",
        code="cannot_tell",
        note="a bad value is accepted as well, and the length of the answers tells nothing",
    ),
    effort(
        "bad_value_taken_for_another",
        only(put(EFFORT, "medium"), NO_EFFORT),
        status="supported",
        note=r"answers take \d+ to \d+ tokens with low, \d+ to \d+ with high; a bad value is accepted as well",
    ),
    effort(
        "turned_round",
        only(put(EFFORT, "medium"), NO_EFFORT),
        only(put(EFFORT, "max"), {EFFORT: "^low$"}),
        status="untested",
        code="cannot_tell",
        note="the length of the answers tells nothing",
    ),
    effort(
        "long_answers_crash",
        drop(EFFORT),
        only(faults.fail(500, EFFORT), {"max_tokens": "^1500$"}),
        status="untested",
        code="cannot_tell",
        note="a bad value is accepted as well, and not every try of the same question was answered",
    ),
    *unclean(EFFORT_ROW, "bad_value", EFFORT, "a bad value", given=NO_EFFORT),
]

NO_JSON = "the answer is no JSON object"

OF_FORMAT: list[Lie] = [
    *reported(failures(FORMAT_ROW, FORMAT), {"crashed": ("O06",)}),
    form(
        "dropped",
        drop(FORMAT),
        status="ignored",
        note=f"{NO_JSON}, and its content does not lengthen the prompt",
        reports=("O07",),
    ),
    form(
        "dropped_and_counted",
        drop(FORMAT),
        answer_put("usage.input_tokens", 90, beside=FORMAT),
        status="untested",
        code="cannot_tell",
        note=rf"{NO_JSON}, although the prompt grew \(from \d+ to 90 tokens",
    ),
    form(
        "any_object_will_do",
        put(FORMAT, ANY_OBJECT),
        status="partial",
        code="incomplete",
        note="the answer is a JSON object, but without the keys of the schema",
    ),
    form(
        "fenced",
        answer_wrap(TEXT, "```json\n", "\n```", beside=FORMAT),
        status="partial",
        code="framing",
        note="the JSON stands in a code fence",
    ),
    form(
        "introduced",
        answer_wrap(TEXT, "Here is the JSON that you asked for: ", "", beside=FORMAT),
        status="ignored",
        note=NO_JSON,
    ),
    form(
        "in_a_list",
        answer_wrap(TEXT, "[", "]", beside=FORMAT),
        status="ignored",
        note=NO_JSON,
    ),
    form("answered_with_nothing", answer_put("content", [], beside=FORMAT), status="ignored", note=NO_JSON),
    form(
        "unsteady",
        mark(FORMAT),
        drop(FORMAT, beside=MARKED),
        status="partial",
        code="unsteady",
        note="seen in . of 3 tries",
    ),
    *in_one_mode_alone(FORMAT_ROW, drop(FORMAT), NO_JSON),
]

LIES: list[Lie] = [
    *OF_EFFORT,
    *OF_FORMAT,
]
