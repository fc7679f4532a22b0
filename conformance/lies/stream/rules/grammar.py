"""Lies about the order of a stream's events, and about its blocks: how they open and close."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.streams import (
    CLOSED,
    DELTA,
    END,
    LAST,
    OPENED,
    PING,
    START,
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
    move_event,
    repeat_event,
)

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

LIES: list[Lie] = [*ORDER, *BLOCKS]
