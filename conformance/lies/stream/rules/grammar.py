"""Lies about the order of a stream's events, and about its blocks: how they open, fill and close."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.lies.shared.streams import (
    CLOSED,
    DELTA,
    END,
    JSON_DELTA,
    LAST,
    OPENED,
    PING,
    START,
    TEXT_DELTA,
    THINKS,
    flickers,
    harmless,
    told,
)
from conformance.reference.stream_changes import (
    change_bytes,
    change_event,
    cut_stream,
    drop_event,
    end_events,
    insert_event,
    join_deltas,
    move_event,
    repeat_event,
)

TEXT = {**OPENED, "content_block.type": "text"}
CALL = {**OPENED, "content_block.type": "tool_use"}
THOUGHT = {**OPENED, "content_block.type": "thinking"}
WORDS = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "!"}}
EMPTY = {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}
NO_END = "the stream ends without message_stop"

ORDER: list[Lie] = [
    told("stream.order", "never_stopped", drop_event(LAST), note=NO_END, reports=("M03",)),
    told("stream.order", "ends_after_the_blocks", end_events(CLOSED, nth=-1), note=NO_END, reports=("M01",)),
    told("stream.order", "ends_inside_a_block", cut_stream(DELTA, clean=True), note=NO_END),
    told(
        "stream.order",
        "ends_inside_a_frame",
        change_bytes(rb"(?s)^(.{60}).*", rb"\1", where=DELTA, nth=0),
        cut_stream(DELTA, clean=True),
        note="no blank line ends it, so no client sees it: event: content_block_delta data: ",
    ),
    told(
        "stream.order",
        "never_started",
        drop_event(START),
        note="frame 1: content_block_start before message_start: event: content_block_start",
        reports=("A01", "A02"),
    ),
    told(
        "stream.order", "started_late", move_event(START, 1), note="frame 1: content_block_start before message_start"
    ),
    told("stream.order", "started_at_the_end", move_event(START, 40), note="content_block_start before message_start"),
    told("stream.order", "started_twice", repeat_event(START), note="frame 2: a second message_start"),
    told("stream.order", "stopped_twice", repeat_event(LAST), note="message_stop after message_stop"),
    told("stream.order", "goes_on_with_pings", insert_event(PING, where=LAST), note="ping after message_stop"),
    told(
        "stream.order",
        "goes_on_with_words",
        insert_event(WORDS, where=LAST),
        note="content_block_delta after message_stop",
    ),
    told(
        "stream.order", "goes_on_with_news", insert_event({"type": "news"}, where=LAST), note="news after message_stop"
    ),
    told(
        "stream.order",
        "goes_on_with_an_answer",
        insert_event({"type": "message_start", "message": {}}, where=LAST),
        note="message_start after message_stop",
    ),
    told(
        "stream.order",
        "stopped_early",
        move_event(LAST, -1),
        note="message_delta after message_stop",
    ),
    told(
        "stream.order",
        "block_after_the_end",
        insert_event(EMPTY, where=END),
        insert_event({"type": "content_block_stop", "index": 1}, where=END, before=False),
        note="content_block_start after the message_delta with the stop_reason",
        given={"max_tokens": "^56$"},
    ),
    harmless("stream.order", "pings_everywhere", insert_event(PING, where={}, nth=None, before=True)),
    harmless("stream.order", "no_pings", drop_event(PING)),
    harmless("stream.order", "news_everywhere", insert_event({"type": "news"}, where={}, nth=None, before=True)),
    flickers("stream.order", drop_event(LAST, every=2), NO_END),
]

FIRST, SECOND = {"index": 0}, {"index": 1}

BLOCKS: list[Lie] = [
    told(
        "stream.blocks",
        "never_opened",
        drop_event(OPENED),
        note="frame 2: delta for block 0, which is not open: event: content_block_delta",
        reports=("A03",),
    ),
    told("stream.blocks", "never_closed", drop_event(CLOSED), note="message_delta while block 0 is open"),
    told(
        "stream.blocks",
        "first_never_closed",
        drop_event({**CLOSED, **FIRST}),
        note="an answer with thinking: .*block 1 starts while block 0 is open",
        given=THINKS,
        reports=("A10", "A05"),
    ),
    told(
        "stream.blocks",
        "first_closed_late",
        move_event({**CLOSED, **FIRST}, 2),
        note="block 1 starts while block 0 is open",
        given=THINKS,
    ),
    told(
        "stream.blocks",
        "counted_from_one",
        change_event("put", "index", 1, where=FIRST),
        note="block index 1 where 0 is due",
    ),
    told(
        "stream.blocks",
        "all_of_index_zero",
        change_event("put", "index", 0, where=SECOND),
        note="block index 0 where 1 is due",
        given=THINKS,
    ),
    told(
        "stream.blocks",
        "index_left_out",
        change_event("put", "index", 2, where=SECOND),
        note="block index 2 where 1 is due",
        given=THINKS,
    ),
    told(
        "stream.blocks", "no_index", change_event("drop", "index", where=FIRST), note="block index None where 0 is due"
    ),
    told(
        "stream.blocks",
        "index_as_text",
        change_event("put", "index", "0", where=FIRST),
        note="block index 0 where 0 is due",
    ),
    told(
        "stream.blocks",
        "null_index",
        change_event("put", "index", None, where=FIRST),
        note="block index None where 0 is due",
    ),
    told(
        "stream.blocks",
        "delta_elsewhere",
        change_event("put", "index", 3, where=DELTA, nth=0),
        note="delta for block 3, which is not open",
    ),
    told(
        "stream.blocks",
        "closed_elsewhere",
        change_event("put", "index", 1, where=CLOSED, nth=0),
        note="stop of block 1, which is not open",
        reports=("A06",),
    ),
    told(
        "stream.blocks",
        "closed_twice",
        repeat_event(CLOSED),
        note="stop of block 0, which is not open",
        reports=("A07",),
    ),
    told(
        "stream.blocks",
        "filled_after_the_close",
        move_event(CLOSED, -1),
        note="delta for block 0, which is not open",
        reports=("B10", "B11"),
    ),
    told(
        "stream.blocks", "filled_before_the_opening", move_event(OPENED, 1), note="delta for block 0, which is not open"
    ),
    told("stream.blocks", "opened_twice", repeat_event(OPENED), note="block 0 starts while block 0 is open"),
    told(
        "stream.blocks",
        "closed_after_the_end",
        move_event(CLOSED, 2, nth=-1),
        note="message_delta while block 0 is open",
    ),
    flickers("stream.blocks", drop_event(CLOSED, every=2), "message_delta while block 0 is open"),
]


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
        change_event("put", "delta", {"type": "text_delta", "text": "x"}, where={**DELTA, **FIRST}, nth=0),
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

LIES: list[Lie] = [
    *ORDER,
    *BLOCKS,
    *SKELETONS,
    *INPUT_JSON,
]
