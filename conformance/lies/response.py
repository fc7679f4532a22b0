"""Lies about what every answer must look like."""

from __future__ import annotations

from typing import Any

from conformance.lies import answers, cache_counts, calls_made, clean_text
from conformance.lies.lie import Lie
from conformance.reference.transforms import Transform, answer_add, answer_default, answer_drop, answer_put


def envelope(name: str, transform: Transform, **due: Any) -> Lie:
    """A lie about the Message itself; unless told otherwise it breaks the row."""
    return Lie(row="response.envelope", name=name, transforms=(transform,), **{"status": "broken", **due})


def usage(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie about the counts; unless told otherwise it breaks the row."""
    return Lie(row="response.usage", name=name, transforms=transforms, **{"status": "broken", **due})


def doubtful(name: str, *transforms: Transform, **due: Any) -> Lie:
    """Counts that cannot be true."""
    return usage(name, *transforms, **{"status": "partial", "code": "implausible", **due})


def leftover(key: str, value: Any) -> Lie:
    """A key of another protocol beside the official ones."""
    return envelope(
        key,
        answer_default(key, value),
        status="partial",
        code="extra_keys",
        note=f"leftovers of another protocol: {key}$",
    )


ENVELOPE = [
    envelope("other_type", answer_put("type", "completion"), note="type is 'completion', not 'message'"),
    envelope("typeless", answer_drop("type"), note="type is None, not 'message'"),
    envelope("other_role", answer_put("role", "model"), note="role is 'model', not 'assistant'"),
    envelope("roleless", answer_drop("role"), note="role is None, not 'assistant'"),
    envelope(
        "same_id",
        answer_put("id", "msg_mock_warmup"),
        note="two answers have the same id 'msg_mock_warmup'",
        reports=("B18",),
    ),
    envelope("no_id", answer_drop("id"), note="id is None, not a string"),
    envelope("null_id", answer_put("id", None), note="id is None, not a string"),
    envelope("empty_id", answer_put("id", ""), note="id is '', not a string"),
    envelope("numeric_id", answer_put("id", 7), note="id is 7, not a string"),
    envelope("no_model", answer_drop("model"), note="model is None, not a string"),
    envelope("empty_model", answer_put("model", ""), note="model is '', not a string"),
    envelope("model_as_object", answer_put("model", {"name": "x"}), note="model is {'name': 'x'}, not a string"),
    envelope(
        "text_for_a_block",
        answer_add("content", "OK", unless="stream[:true]"),
        note="content.1 is not a block with a type",
    ),
    envelope(
        "untyped_block",
        answer_add("content", {"text": "OK"}, unless="stream[:true]"),
        note="content.1 is not a block with a type",
    ),
    envelope(
        "block_with_a_number_for_a_type",
        answer_add("content", {"type": 1, "text": "OK"}, unless="stream[:true]"),
        note="content.1 is not a block with a type",
    ),
    leftover("object", "chat.completion"),
    leftover("created", 1_700_000_000),
    leftover("system_fingerprint", "fp_1"),
]

INPUT, OUTPUT = "usage.input_tokens", "usage.output_tokens"
NO_INPUT = r"usage\.input_tokens is not a count"
NO_OUTPUT = r"usage\.output_tokens is not a count"

USAGE = [
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


LIES: list[Lie] = [
    *ENVELOPE,
    *USAGE,
    *answers.LIES,
    *calls_made.LIES,
    *clean_text.LIES,
    *cache_counts.LIES,
]
