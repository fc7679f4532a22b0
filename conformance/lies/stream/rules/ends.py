"""Lies about the first and the last event of a stream's message: message_start and message_delta."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.lies.shared.streams import END, START, flickers, harmless, told
from conformance.reference.stream_changes import change_event, drop_event, insert_event
from conformance.reference.transforms import Transform

BEGINS = "frame 1: message_start"


def start(name: str, change: str, path: str, value: Any, note: str, **due: Any) -> Lie:
    """A message_start with something wrong in it."""
    step = change_event(change, path, value, where=START)
    return told("stream.message_start", name, step, note=note, **due)


MESSAGE_START: list[Lie] = [
    start(
        "no_message",
        "drop",
        "message",
        None,
        f"an answer in several scripts: {BEGINS} carries no message: event: message_start",
    ),
    start("message_at_the_top", "rename", "message", "zz", f"{BEGINS} carries no message"),
    start("null_message", "put", "message", None, f"{BEGINS} carries no message"),
    start("content_inside", "put", "message.content", [{"type": "text", "text": ""}], "begin with empty content"),
    start("no_content", "drop", "message.content", None, "does not begin with empty content"),
    start("null_content", "put", "message.content", None, "does not begin with empty content"),
    start("content_as_text", "put", "message.content", "", "does not begin with empty content"),
    start("stopped_already", "put", "message.stop_reason", "end_turn", "already has a stop_reason"),
    start("empty_stop_reason", "put", "message.stop_reason", "", "already has a stop_reason"),
    start("stop_sequence_already", "put", "message.stop_sequence", "", "already has a stop_sequence"),
    start("no_stop_reason", "drop", "message.stop_reason", None, f"{BEGINS} has no stop_reason, not even null"),
    start("no_stop_sequence", "drop", "message.stop_sequence", None, f"{BEGINS} has no stop_sequence, not even null"),
    start("no_type", "drop", "message.type", None, f"{BEGINS} has type None, not 'message'"),
    start("other_type", "put", "message.type", "chunk", f"{BEGINS} has type 'chunk', not 'message'"),
    start("no_role", "drop", "message.role", None, f"{BEGINS} has role None, not 'assistant'"),
    start("no_id", "drop", "message.id", None, f"{BEGINS} has id None, not a name"),
    start("empty_id", "put", "message.id", "", f"{BEGINS} has id '', not a name"),
    start("no_model", "drop", "message.model", None, f"{BEGINS} has model None, not a name"),
    start("null_model", "put", "message.model", None, f"{BEGINS} has model None, not a name"),
    start("no_usage", "drop", "message.usage", None, f"{BEGINS} has no count of input_tokens"),
    start("null_usage", "put", "message.usage", None, f"{BEGINS} has no count of input_tokens"),
    start("no_input", "drop", "message.usage.input_tokens", None, f"{BEGINS} has no count of input_tokens"),
    start("null_input", "put", "message.usage.input_tokens", None, f"{BEGINS} has no count of input_tokens"),
    start("no_output", "drop", "message.usage.output_tokens", None, f"{BEGINS} has no count of output_tokens"),
    start("negative_input", "put", "message.usage.input_tokens", -1, f"{BEGINS} has no count of input_tokens"),
    start("input_as_text", "put", "message.usage.input_tokens", "9", f"{BEGINS} has no count of input_tokens"),
    start(
        "zero_input",
        "put",
        "message.usage.input_tokens",
        0,
        f"{BEGINS} has input_tokens 0 although there was a prompt",
        status="partial",
        code="implausible",
        reports=("D01", "D02", "D06", "D07"),
    ),
    told(
        "stream.message_start",
        "zero_input_and_none_at_the_end",
        change_event("put", "message.usage.input_tokens", 0, where=START),
        change_event("drop", "usage.input_tokens", where=END),
        note=f"{BEGINS} has input_tokens 0 although there was a prompt",
        status="partial",
        code="implausible",
        reports=("D05",),
    ),
    harmless(
        "stream.message_start", "no_output_yet", change_event("put", "message.usage.output_tokens", 0, where=START)
    ),
    harmless("stream.message_start", "another_key", change_event("default", "message.zz_new", 1, where=START)),
    flickers("stream.message_start", change_event("drop", "message.id", where=START, every=2), f"{BEGINS} has id None"),
]

COUNT = "usage.output_tokens"
NO_COUNT = "message_delta has no count of output_tokens"
NO_REASON = "message_stop before a message_delta with a stop_reason"


def end(name: str, change: str, path: str, value: Any, note: str, **due: Any) -> Lie:
    """A message_delta with something wrong in it."""
    return told("stream.message_delta", name, change_event(change, path, value, where=END), note=note, **due)


def then(delta: Any, **more: Any) -> Transform:
    """A second message_delta."""
    return insert_event({"type": "message_delta", "delta": delta, **more}, where=END)


MESSAGE_DELTA: list[Lie] = [
    told(
        "stream.message_delta",
        "never_sent",
        drop_event(END),
        note=f"an answer in several scripts: .*{NO_REASON}",
        reports=("A18",),
    ),
    end("no_delta", "drop", "delta", None, "message_delta carries no delta: event: message_delta"),
    end("delta_as_text", "put", "delta", "end_turn", "message_delta carries no delta"),
    end("reason_null", "put", "delta.stop_reason", None, NO_REASON),
    end("no_reason", "drop", "delta.stop_reason", None, NO_REASON),
    end(
        "reason_at_the_top",
        "rename",
        "delta",
        "zz",
        "message_delta carries no delta",
    ),
    end(
        "reason_as_object",
        "put",
        "delta.stop_reason",
        {"type": "end_turn"},
        "stop_reason is {.type.: .end_turn.}, not a text",
    ),
    end(
        "no_stop_sequence",
        "drop",
        "delta.stop_sequence",
        None,
        "message_delta has no stop_sequence, not even null: event: message_delta",
        reports=("A17",),
    ),
    end("no_usage", "drop", "usage", None, NO_COUNT),
    end("null_usage", "put", "usage", None, NO_COUNT),
    end("no_output", "drop", COUNT, None, NO_COUNT),
    end("null_output", "put", COUNT, None, NO_COUNT),
    end("output_as_text", "put", COUNT, "9", NO_COUNT),
    end("negative_output", "put", COUNT, -1, NO_COUNT),
    end("openai_counts", "put", "usage", {"prompt_tokens": 6, "completion_tokens": 2}, NO_COUNT),
    told(
        "stream.message_delta",
        "not_cumulative",
        change_event("put", "message.usage.output_tokens", 90, where=START),
        note=r"output_tokens falls from 90 to \d+, and must be cumulative",
        given={"max_tokens": "^56$"},
    ),
    told(
        "stream.message_delta",
        "zero_output",
        change_event("put", "message.usage.output_tokens", 0, where=START),
        change_event("put", COUNT, 0, where=END),
        note="output_tokens is 0 although there was an answer",
        status="partial",
        code="implausible",
    ),
    told(
        "stream.message_delta",
        "reason_taken_back",
        then({"stop_reason": None, "stop_sequence": None}, usage={"output_tokens": 500}),
        note="a later message_delta takes the stop_reason back",
    ),
    told(
        "stream.message_delta",
        "counted_again",
        then({"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 1}),
        note=r"output_tokens falls from \d+ to 1",
        given={"max_tokens": "^56$"},
    ),
    harmless(
        "stream.message_delta",
        "counted_on_the_way",
        insert_event(
            {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 1}}, where=END, nth=0, before=True
        ),
    ),
    harmless("stream.message_delta", "another_key", change_event("default", "delta.zz_new", 1, where=END)),
    flickers("stream.message_delta", change_event("drop", "usage", where=END, every=2), NO_COUNT),
]

LIES: list[Lie] = [
    *MESSAGE_START,
    *MESSAGE_DELTA,
]
