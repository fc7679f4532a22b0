"""Lies about what a stream adds up to."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import STREAMED, Lie
from conformance.lies.shared.streams import END, THINKS, told
from conformance.reference.stream_changes import change_event
from conformance.reference.transforms import Transform, answer_add, answer_drop, answer_put


def twin(name: str, *transforms: Transform, note: str, **due: Any) -> Lie:
    """One mode that says something else than the other."""
    return told("stream.equals_message", name, *transforms, note=note, **due)


UNSTREAMED: dict[str, Any] = {"unless": STREAMED}

REASON = "delta.stop_reason"
IN_STREAM = r"in a stream, '\w+' without"

LIES: list[Lie] = [
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
        "stream.equals_message",
        "another_reason_now_and_then",
        change_event("put", REASON, "stop", where=END, every=2),
        note="^$",
        status="supported",
    ),
    told(
        "stream.equals_message",
        "two_texts_for_one_in_streams",
        answer_add("content", {"type": "text", "text": "."}, beside=STREAMED),
        note="^$",
        status="supported",
        given={"max_tokens": "^56$"},
    ),
]
