"""Lies about a stream as a whole: when it comes, what it adds up to, and how a bad request for one is refused."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import STREAMED, Lie
from conformance.lies.narrow import kept
from conformance.lies.stream_told import (
    CLOSED,
    DELTA,
    END,
    TEXT_DELTA,
    THINKS,
    harmless,
    told,
)
from conformance.reference import faults
from conformance.reference.stream import frame
from conformance.reference.stream_changes import (
    change_event,
    error_as_stream,
    hold_back,
    hurry,
    join_deltas,
    slow_down,
)
from conformance.reference.transforms import Transform, answer_add, answer_drop, answer_put, clamp, default, only, put

COUNTS = {"max_tokens": "^600$"}
TAKES_TIME = slow_down(0.3, DELTA)
AT_ONCE = r"all deltas of a long answer arrive within 0\.\d\d s"
BUFFERED = rf"{AT_ONCE}, \d+\.\d\d s after the request, while a short answer takes \d\.\d\d s"


def late(name: str, *transforms: Transform, note: str = BUFFERED, **due: Any) -> Lie:
    """A long answer whose deltas do not come as they are generated."""
    buffered = {"status": "partial", "code": "buffered", "given": COUNTS}
    return told("incremental", name, *transforms, note=note, **{**buffered, **due})


IN_ONE_DELTA = r"^the whole text of a long answer \(\d{3} characters or more\) comes in one delta$"
SILENT = r"but for 2\d s there was not one byte, not even a ping; clients take that for a dead stream"

INCREMENTAL: list[Lie] = [
    late("all_at_the_end", TAKES_TIME, hold_back()),
    late("all_deltas_at_the_end", TAKES_TIME, hold_back(DELTA)),
    late("deltas_with_the_end", TAKES_TIME, hold_back(DELTA, until=END)),
    late("in_one_delta", slow_down(9.0, DELTA, nth=0), join_deltas(TEXT_DELTA, "text"), note=IN_ONE_DELTA),
    late("in_one_delta_and_fast", hurry(), join_deltas(TEXT_DELTA, "text"), note=IN_ONE_DELTA),
    late("made_first_and_sliced", hurry(), slow_down(2.0, DELTA, nth=0)),
    late(
        "made_first_and_sliced_slowly",
        hurry(),
        slow_down(3.0, DELTA, nth=0),
        slow_down(0.01, DELTA),
        note=f"{AT_ONCE}, the first 3.* s after the request, while a short answer begins after 0",
    ),
    late(
        "sliced_and_fast",
        hurry(),
        note=f"{AT_ONCE}: it takes .* so the model may just be fast",
        status="untested",
        code="cannot_tell",
    ),
    late(
        "late_after_unseen_thinking",
        hurry(),
        slow_down(3.0, DELTA, nth=0),
        hold_back(DELTA),
        change_event("put", "usage.output_tokens", 590, where=END),
        note=f"{AT_ONCE}, but more was written than is seen",
        status="untested",
        code="cannot_tell",
    ),
    late("a_ping_and_then_all", slow_down(9.0, DELTA, nth=0), hold_back(DELTA)),
    late("the_last_in_two_pieces", TAKES_TIME, hold_back(DELTA), slow_down(0.01, CLOSED, nth=0)),
    late(
        "all_at_once_and_fast",
        hurry(),
        hold_back(),
        note=f"{AT_ONCE}: it takes .* so the model may just be fast",
        status="untested",
        code="cannot_tell",
    ),
    late(
        "short_and_at_once",
        clamp("max_tokens", 1, 20),
        slow_down(9.0, DELTA, nth=0),
        hold_back(),
        note=f"{AT_ONCE}, but the answer is short; but an answer is cut after 20 tokens where 600 were allowed",
        status="untested",
        code="cut",
    ),
    late(
        "long_answers_fail",
        faults.fail(500, "max_tokens"),
        note="no stream shows it",
        status="untested",
        code="never_exercised",
    ),
    late(
        "held_back_now_and_then",
        TAKES_TIME,
        hold_back(every=2),
        note="^$",
        status="supported",
        code="",
    ),
    harmless("incremental", "slowly", only(slow_down(0.5, DELTA), COUNTS)),
    harmless("incremental", "in_a_few_large_deltas", only(slow_down(0.3, DELTA), COUNTS), hurry()),
    late(
        "silent_at_first",
        slow_down(25.0, DELTA, nth=0),
        slow_down(0.05, DELTA),
        note=SILENT,
        status="supported",
        code="",
        reports=("M07", "M10"),
    ),
    late(
        "silent_in_the_middle",
        slow_down(22.0, DELTA, nth=5),
        slow_down(0.05, DELTA),
        note=SILENT,
        status="supported",
        code="",
        reports=("M09", "M11", "M13"),
    ),
]


def twin(name: str, *transforms: Transform, note: str, **due: Any) -> Lie:
    """One mode that says something else than the other."""
    return told("equals_message", name, *transforms, note=note, **due)


UNSTREAMED: dict[str, Any] = {"unless": STREAMED}
REASON = "delta.stop_reason"
IN_STREAM = r"in a stream, '\w+' without"

EQUALS: list[Lie] = [
    twin(
        "another_reason_in_streams",
        change_event("put", REASON, "stop", where=END),
        note=f"an answer in several scripts: stop_reason 'stop' {IN_STREAM}",
    ),
    twin(
        "always_ends_its_turn_in_streams",
        change_event("put", REASON, "end_turn", where=END),
        note=f"a tool call: stop_reason 'end_turn' {IN_STREAM}|stop_reason 'end_turn' in a stream, 'tool_use' without",
    ),
    twin(
        "cut_unsaid_in_streams",
        change_event("put", REASON, "end_turn", where={**END, REASON: "max_tokens"}),
        note="cut by max_tokens: stop_reason 'end_turn' in a stream, 'max_tokens' without",
    ),
    twin(
        "another_reason_unstreamed",
        answer_put("stop_reason", "stop", **UNSTREAMED),
        note="stop_reason 'end_turn' in a stream, 'stop' without",
    ),
    twin(
        "no_reason_unstreamed",
        answer_drop("stop_reason", **UNSTREAMED),
        note="stop_reason 'end_turn' in a stream, None without",
    ),
    twin(
        "stop_sequence_unsaid_in_streams",
        change_event("put", "delta.stop_sequence", None, where=END),
        note="stopped by a stop sequence: stop_sequence None in a stream, '[A-Z]+' without",
        given={"max_tokens": "^40$", "stop_sequences": "ZULU"},
    ),
    twin(
        "more_blocks_in_streams",
        answer_add("content", {"type": "thinking", "thinking": "Hm", "signature": "s"}, beside=STREAMED),
        note=r"the types of blocks \['text', 'thinking'\] in a stream, \['text'\] without",
    ),
    twin(
        "calls_lost_in_streams",
        answer_drop("content[type=tool_use]", beside=STREAMED),
        note=r"the types of blocks \[\] in a stream, \['tool_use'\] without",
    ),
    twin(
        "calls_lost_unstreamed",
        answer_drop("content[type=tool_use]", **UNSTREAMED),
        note=r"the types of blocks \['tool_use'\] in a stream, \[\] without",
    ),
    twin(
        "calls_as_text_in_streams",
        answer_put("content[type=tool_use]", {"type": "text", "text": "get_time()"}, beside=STREAMED),
        note=r"the types of blocks \['text'\] in a stream, \['tool_use'\] without",
    ),
    twin(
        "thoughts_lost_in_streams",
        answer_drop("content[type=thinking]", beside=STREAMED),
        note=r"an answer with thinking: the types of blocks \['text'\] in a stream, \['thinking', 'text'\] without",
        given=THINKS,
    ),
    twin(
        "larger_prompt_in_streams",
        change_event("put", "usage.input_tokens", 900, where=END),
        note=r"the prompt's total 900 in a stream, \d+ without",
        status="partial",
        code="implausible",
        reports=("D13",),
    ),
    twin(
        "larger_prompt_unstreamed",
        answer_put("usage.input_tokens", 900, **UNSTREAMED),
        note=r"the prompt's total \d+ in a stream, 900 without",
        status="partial",
        code="implausible",
    ),
    # One answer that is other than the rest is the model's doing.
    told(
        "equals_message",
        "another_reason_now_and_then",
        change_event("put", REASON, "stop", where=END, every=2),
        note="^$",
        status="supported",
    ),
    told(
        "equals_message",
        "two_texts_for_one_in_streams",
        answer_add("content", {"type": "text", "text": "."}, beside=STREAMED),
        note="^$",
        status="supported",
        given={"max_tokens": "^56$"},
    ),
]

NO_LIMIT: dict[str, Any] = {"unless": "max_tokens"}
FIRST = "without max_tokens"


def early(name: str, transform: Transform, note: str, **due: Any) -> Lie:
    """A bad request for a stream that is refused in another way, or not at all."""
    return told("early_error", name, transform, note=note, **{"given": {}, **due})


ERROR = frame({"type": "error", "error": {"type": "invalid_request_error", "message": "max_tokens: needed"}})
SAID = b'{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: needed"}}'
INSIDE = "HTTP 200 and a stream instead of a refusal: HTTP 200 stream that ends in an error event: max_tokens"

EARLY: list[Lie] = [
    early("inside_a_stream", error_as_stream(beside=STREAMED), f"{FIRST}: {INSIDE}"),
    early(
        "inside_a_started_stream",
        faults.say(STREAMED, frame({"type": "ping"}) + ERROR, "text/event-stream", **NO_LIMIT),
        INSIDE,
    ),
    early(
        "words_out_of_order",
        error_as_stream(beside=STREAMED, given={"max_tokens": "many"}),
        "with a max_tokens that is no number: HTTP 200 and a stream instead of a refusal",
    ),
    early(
        "no_messages_inside_a_stream",
        error_as_stream(beside=STREAMED, unless="messages"),
        "without messages: HTTP 200 and a stream instead of a refusal",
    ),
    early(
        "as_a_stream_with_its_status",
        error_as_stream(400, beside=STREAMED),
        f"{FIRST}: HTTP 400 as text/event-stream, not as JSON",
        status="partial",
        code="other_refusal",
    ),
    early(
        "in_words",
        faults.say(STREAMED, b"Bad request", "text/plain", status=400, **NO_LIMIT),
        f"{FIRST}: HTTP 400 as text/plain, not as JSON",
        status="partial",
        code="other_refusal",
    ),
    early(
        "as_a_page",
        faults.page(400, STREAMED, **NO_LIMIT),
        f"{FIRST}: HTTP 400 as text/html, not as JSON",
        status="partial",
        code="other_refusal",
    ),
    early(
        "in_a_good_answer",
        faults.say(STREAMED, SAID, **NO_LIMIT),
        f"{FIRST}: no clean refusal: HTTP 200 that is an error",
    ),
    early("crashes", faults.fail(500, STREAMED, **NO_LIMIT), f"{FIRST}: no clean refusal: HTTP 500: Internal error"),
    early("hangs", faults.hang(STREAMED, **NO_LIMIT), f"{FIRST}: no clean refusal: timeout"),
    early("is_cut", faults.cut(STREAMED, **NO_LIMIT), f"{FIRST}: no clean refusal: .*cut: .*closed connection"),
    early("gets_nothing", faults.empty(STREAMED, **NO_LIMIT), f"{FIRST}: no clean refusal: .*empty body"),
    early("gets_a_page", faults.page(200, STREAMED, **NO_LIMIT), f"{FIRST}: no clean refusal: .*HTML page"),
    early(
        "answered",
        default("max_tokens", 64, beside=STREAMED),
        f"{FIRST}: answered, although the same is refused without a stream",
        status="partial",
        code="incomplete",
    ),
    early(
        "answered_with_a_limit_of_its_own",
        put("max_tokens", 64, beside=STREAMED),
        "with a max_tokens that is no number: answered, although the same is refused without a stream",
        status="partial",
        code="incomplete",
        given={"max_tokens": "many"},
    ),
    early(
        "answered_from_a_cache",
        faults.say(STREAMED, kept("OK"), **NO_LIMIT),
        f"{FIRST}: answered, although",
        status="partial",
        code="incomplete",
    ),
    Lie(
        row="stream.early_error",
        name="all_answered",
        transforms=(
            default("max_tokens", 64, beside=STREAMED),
            only(put("max_tokens", 64, beside=STREAMED), {"max_tokens": "many"}),
            default("messages", [{"role": "user", "content": "Hello"}], beside=STREAMED),
        ),
        status="ignored",
        note=f"{FIRST}: answered, although the same is refused without a stream",
    ),
    early(
        "limited",
        faults.fail(429, STREAMED, "Slow down", **NO_LIMIT),
        "^$",
        status="supported",
    ),
    early(
        "comes_once",
        faults.fail(500, STREAMED, **NO_LIMIT, every=2),
        f"seen once and not again: {FIRST}: no clean refusal: HTTP 500",
        status="untested",
        code="unstable",
    ),
]

LIES: list[Lie] = [*INCREMENTAL, *EQUALS, *EARLY]
