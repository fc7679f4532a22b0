"""Lies about usage of an answer."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.reference.transforms import Transform, answer_drop, answer_put


def usage(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie about the counts; unless told otherwise it breaks the row."""
    return Lie(row="response.usage", name=name, transforms=transforms, **{"status": "broken", **due})


def doubtful(name: str, *transforms: Transform, **due: Any) -> Lie:
    """Counts that cannot be true."""
    return usage(name, *transforms, **{"status": "partial", "code": "implausible", **due})


INPUT, OUTPUT = "usage.input_tokens", "usage.output_tokens"
NO_INPUT = r"usage\.input_tokens is not a count"
NO_OUTPUT = r"usage\.output_tokens is not a count"

LIES: list[Lie] = [
    usage("dropped", answer_drop("usage"), note=NO_INPUT),
    usage("null", answer_put("usage", None), note=NO_INPUT),
    usage("as_array", answer_put("usage", [6, 1], unless="stream[:true]"), note=NO_INPUT),
    usage("no_input", answer_drop(INPUT), note=NO_INPUT),
    usage("null_input", answer_put(INPUT, None), note=NO_INPUT),
    usage("input_as_text", answer_put(INPUT, "6"), note=NO_INPUT),
    usage("negative_input", answer_put(INPUT, -1), note=NO_INPUT),
    usage("broken_input", answer_put(INPUT, 6.5), note=NO_INPUT),
    usage("input_as_bool", answer_put(INPUT, True), note=NO_INPUT),
    usage("endless_input", answer_put(INPUT, 2**60), note=NO_INPUT),
    usage("no_output", answer_drop(OUTPUT), note=NO_OUTPUT),
    usage("null_output", answer_put(OUTPUT, None, unless="stream[:true]"), note=NO_OUTPUT),
    usage("output_as_text", answer_put(OUTPUT, "1", unless="stream[:true]"), note=NO_OUTPUT),
    usage("negative_output", answer_put(OUTPUT, -1), note=NO_OUTPUT),
    doubtful(
        "zero",
        answer_put(INPUT, 0),
        answer_put(OUTPUT, 0),
        note="a count is 0 although there was a prompt",
        reports=("D03",),
    ),
    doubtful("zero_input", answer_put(INPUT, 0), note="a count is 0 although there was a prompt"),
    doubtful("zero_output", answer_put(OUTPUT, 0), note="a count is 0 although there was a prompt and an answer"),
    doubtful("constant", answer_put(INPUT, 7), note="the prompt total hardly moves .* .7 to 7"),
]
