"""Lies about the counts of a prompt that is cached."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.lies.lie import Lie
from conformance.reference.transforms import Transform, answer_add_up, answer_drop, answer_put, only

# A long text block that is marked: the row's own question.
MARKED = "messages[*].content[type=text].cache_control"
STREAMED = {"stream": "True"}

INPUT, READ, WRITTEN = (
    f"usage.{key}" for key in ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
)

PARTS = "usage.cache_creation"
WHOLE = 6000
TWICE = "= 1[01][0-9]{3}, where the same length uncached is 5[0-9]{3}"


def counts(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie about the marked prompt's counts; unless told otherwise it breaks the row."""
    steps = tuple(replace(step, beside=MARKED, unless="system") for step in transforms)
    return Lie(row="response.usage.cache", name=name, transforms=steps, **{"status": "broken", **due})


LIES: list[Lie] = [
    counts("read_twice", answer_add_up(INPUT, INPUT, READ), note=f"marked, second time: .* {TWICE}", reports=("D10",)),
    counts("written_twice", answer_add_up(INPUT, INPUT, WRITTEN), note=f"marked, first time: .* {TWICE}"),
    counts("cached_twice", answer_add_up(INPUT, INPUT, READ, WRITTEN), note=f"marked, first time: .* {TWICE}"),
    counts(
        "read_twice_streamed", only(answer_add_up(INPUT, INPUT, READ), STREAMED), note=f"marked, streamed: .* {TWICE}"
    ),
    counts("input_is_whole_in_streams", only(answer_put(INPUT, WHOLE), STREAMED), note=f"marked, streamed: .* {TWICE}"),
    counts(
        "read_left_out_of_streams",
        only(answer_put(READ, 0), STREAMED),
        note=r"the same prompt adds up otherwise: marked, streamed: .* = \d{1,2}; ",
    ),
    counts(
        "writing_left_out",
        answer_put(WRITTEN, 0),
        answer_drop(PARTS),
        note=r"the same prompt adds up otherwise: marked, first time: .* = \d{1,2}; ",
    ),
    counts(
        "parts_add_up_otherwise",
        answer_put(f"{PARTS}.ephemeral_1h_input_tokens", 7),
        note="usage.cache_creation adds up to",
    ),
    counts(
        "written_as_text",
        answer_put(WRITTEN, "5000"),
        note="usage.cache_creation_input_tokens is '5000', not a count",
    ),
    counts(
        "negative_read",
        answer_put(READ, -1),
        note="usage.cache_read_input_tokens is -1, not a count",
    ),
    counts(
        "read_as_a_fraction",
        answer_put(READ, 0.9),
        note="usage.cache_read_input_tokens is 0.9, not a count",
    ),
    counts(
        "read_unbounded",
        answer_put(READ, 5_000_000),
        note="5000000 read .*, where the same length uncached is",
    ),
    counts(
        "uncached",
        answer_put(WRITTEN, 0),
        answer_put(READ, 0),
        answer_drop(PARTS),
        answer_put(INPUT, WHOLE),
        status="untested",
        code="never_exercised",
        note="usage reports no cache for a marked prompt of some 5,000 tokens",
    ),
    counts("parts_unsaid", answer_drop(PARTS), status="supported", note="^$"),
    counts("null_where_nothing_is_read", answer_put(READ, None, {READ: 0}), status="supported", note="^$"),
]
