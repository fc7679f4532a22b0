"""Lies about what the blocks of a stream open with and are filled with: their skeletons, and the JSON of calls."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.lies.shared.streams import (
    DELTA,
    JSON_DELTA,
    OPENED,
    TEXT_DELTA,
    THINKS,
    flickers,
    harmless,
    told,
)
from conformance.reference.stream_changes import (
    change_event,
    drop_event,
    insert_event,
    join_deltas,
    move_event,
    repeat_event,
)

TEXT = {**OPENED, "content_block.type": "text"}
CALL = {**OPENED, "content_block.type": "tool_use"}
THOUGHT = {**OPENED, "content_block.type": "thinking"}


def skeleton(name: str, where: dict[str, Any], key: str, value: Any, note: str, **due: Any) -> Lie:
    """A block that opens with something of its own; a value of `...` leaves the key out."""
    path = f"content_block.{key}"
    step = change_event("drop", path, where=where) if value is ... else change_event("put", path, value, where=where)
    return told("stream.skeletons", name, step, note=note, **due)


def foreign(name: str, where: dict[str, Any], delta: Any, note: str, **due: Any) -> Lie:
    """A delta that does not belong into its block."""
    return told("stream.skeletons", name, change_event("put", "delta", delta, where=where, nth=0), note=note, **due)


THOUGHT_DELTA = {"type": "thinking_delta", "thinking": "Hm"}

SKELETONS: list[Lie] = [
    skeleton("text_at_once", TEXT, "text", "OK", "block 0: a text block starts with text 'OK' instead of an empty one"),
    skeleton("no_text", TEXT, "text", ..., "block 0: a text block starts with text None instead"),
    skeleton("null_text", TEXT, "text", None, "block 0: a text block starts with text None instead"),
    skeleton("typeless", OPENED, "type", ..., "content_block_start carries no block with a type"),
    skeleton("input_as_text", CALL, "input", "", "block 0: a tool_use block starts with input '' instead of {}"),
    skeleton("no_input", CALL, "input", ..., "a tool_use block starts with input None instead of {}"),
    skeleton("null_input", CALL, "input", None, "a tool_use block starts with input None instead of {}"),
    skeleton("input_at_once", CALL, "input", {"a": 1}, "a tool_use block starts with input {'a': 1} instead of {}"),
    skeleton("no_id", CALL, "id", ..., "a tool_use block starts with id None, not a name"),
    skeleton("null_id", CALL, "id", None, "a tool_use block starts with id None, not a name"),
    skeleton("empty_id", CALL, "id", "", "a tool_use block starts with id '', not a name"),
    skeleton("no_name", CALL, "name", ..., "a tool_use block starts with name None, not a name"),
    skeleton("empty_name", CALL, "name", "", "a tool_use block starts with name '', not a name"),
    skeleton(
        "thought_at_once",
        THOUGHT,
        "thinking",
        "Hm",
        "a thinking block starts with thinking 'Hm' instead of an empty one",
        given=THINKS,
    ),
    skeleton(
        "signed_at_once",
        THOUGHT,
        "signature",
        "sig",
        "a thinking block starts with signature 'sig' instead of an empty one",
        given=THINKS,
    ),
    skeleton(
        "no_signature",
        THOUGHT,
        "signature",
        ...,
        "block 0 was opened without an empty signature, and is signed now",
        given=THINKS,
        status="partial",
        code="incomplete",
    ),
    told(
        "stream.skeletons",
        "no_block",
        change_event("drop", "content_block", where=OPENED),
        note="content_block_start carries no block with a type",
    ),
    foreign("thought_in_text", TEXT_DELTA, THOUGHT_DELTA, "thinking_delta in a text block", reports=("A09",)),
    foreign("words_in_a_call", JSON_DELTA, {"type": "text_delta", "text": "x"}, "text_delta in a tool_use block"),
    foreign("words_of_another_protocol", TEXT_DELTA, {"content": "x"}, "None in a text block"),
    foreign("delta_as_text", TEXT_DELTA, "x", "content_block_delta carries no delta"),
    foreign("no_words", TEXT_DELTA, {"type": "text_delta"}, "text_delta carries no text"),
    foreign("null_words", TEXT_DELTA, {"type": "text_delta", "text": None}, "text_delta carries no text"),
    told(
        "stream.skeletons",
        "words_in_a_thought",
        change_event("put", "delta", {"type": "text_delta", "text": "x"}, where={**DELTA, "index": 0}, nth=0),
        note="text_delta in a thinking block",
        given=THINKS,
    ),
    told(
        "stream.skeletons",
        "signed_too_early",
        move_event({**DELTA, "delta.type": "signature_delta"}, -1),
        note="thinking_delta after the signature_delta of its block",
        given=THINKS,
    ),
    told(
        "stream.skeletons",
        "signed_twice",
        repeat_event({**DELTA, "delta.type": "signature_delta"}),
        note="signature_delta after the signature_delta of its block",
        given=THINKS,
    ),
    harmless(
        "stream.skeletons", "null_citations", change_event("default", "content_block.citations", None, where=TEXT)
    ),
    harmless("stream.skeletons", "another_key", change_event("default", "content_block.zz_new", 1, where=OPENED)),
    flickers(
        "stream.skeletons",
        change_event("put", "content_block.text", "OK", where=TEXT, every=2),
        "a text block starts with text 'OK'",
    ),
]

UNJOINED = "the input_json_delta fragments of a block do not join to a JSON object: "
LONG = {"max_tokens": "^310$"}
NO_ARGUMENTS = {"tools[*].input_schema.properties": "^{}$", "max_tokens": "^200$"}


def piece(name: str, value: Any, note: str, **due: Any) -> Lie:
    """A piece of the input that is something else."""
    step = change_event("put", "delta.partial_json", value, where=JSON_DELTA, nth=due.pop("nth", -1))
    return told("stream.input_json", name, step, note=note, **{"given": LONG, **due})


INPUT_JSON: list[Lie] = [
    told(
        "stream.input_json",
        "last_piece_lost",
        drop_event(JSON_DELTA, nth=-1),
        note=rf"a tool call with a long input: frame \d+: {UNJOINED}" + '{"note"',
        given=LONG,
    ),
    told("stream.input_json", "piece_lost", drop_event(JSON_DELTA, nth=1), note=UNJOINED, given=LONG),
    told("stream.input_json", "piece_twice", repeat_event(JSON_DELTA, nth=1), note=UNJOINED, given=LONG),
    told("stream.input_json", "pieces_swapped", move_event(JSON_DELTA, 1, nth=1), note=UNJOINED, given=LONG),
    told(
        "stream.input_json",
        "whole_input_at_the_end_again",
        join_deltas(JSON_DELTA, "partial_json"),
        repeat_event(JSON_DELTA),
        note=UNJOINED + ".*}{",
        given=LONG,
    ),
    piece("as_an_object", {"a": 1}, r"partial_json is {.a.: 1}, not a text"),
    piece("null", None, "partial_json is null, not a text"),
    piece("as_a_number", 1, "partial_json is 1, not a text"),
    piece("in_single_quotes", "{'title': 'x'}", UNJOINED),
    piece("cut_short", '{"title', UNJOINED),
    told(
        "stream.input_json",
        "under_another_name",
        change_event("rename", "delta.partial_json", "arguments", where=JSON_DELTA),
        note="partial_json is null, not a text",
    ),
    told(
        "stream.input_json",
        "as_text_in_text",
        join_deltas(JSON_DELTA, "partial_json"),
        change_event("put", "delta.partial_json", '"{\\"title\\": 1}"', where=JSON_DELTA),
        note=UNJOINED,
        given=LONG,
    ),
    told(
        "stream.input_json",
        "an_array",
        join_deltas(JSON_DELTA, "partial_json"),
        change_event("put", "delta.partial_json", '["x"]', where=JSON_DELTA),
        note=UNJOINED + r"\[.x.\]",
        given=LONG,
    ),
    piece("null_without_arguments", "null", f"a tool call without arguments: .*{UNJOINED}null", given=NO_ARGUMENTS),
    piece("none_without_arguments", "None", f"{UNJOINED}None", given=NO_ARGUMENTS),
    piece("text_without_arguments", '""', UNJOINED, given=NO_ARGUMENTS),
    told(
        "stream.input_json",
        "empty_object_put_before",
        insert_event(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
            where=OPENED,
            nth=0,
        ),
        note=UNJOINED + "{}{",
        given=LONG,
    ),
    harmless(
        "stream.input_json",
        "empty_object_without_arguments",
        change_event("put", "delta.partial_json", "{}", where=JSON_DELTA, nth=-1, given=NO_ARGUMENTS),
    ),
    harmless("stream.input_json", "no_delta_without_arguments", drop_event(JSON_DELTA, given=NO_ARGUMENTS)),
    harmless("stream.input_json", "in_one_piece", join_deltas(JSON_DELTA, "partial_json")),
    harmless(
        "stream.input_json",
        "with_empty_pieces",
        insert_event(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": ""}},
            where=JSON_DELTA,
            nth=None,
        ),
    ),
]

LIES: list[Lie] = [*SKELETONS, *INPUT_JSON]
