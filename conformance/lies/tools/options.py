"""Lies about what a custom tool may say beside its name and its schema."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.tools import CALLS, WORDS, lie, only_in_one_mode, under_beta
from conformance.reference import faults
from conformance.reference.transforms import answer_as_text, answer_drop, answer_put, default, drop, only, put, refuse

STRICT_ROW = "tools.strict"
STRICT = "tools[strict]"
CLOSED = "tools[*].input_schema.additionalProperties"
SHIPPING = {"tools": "ship_parcel"}
"""Where a tool ships parcels."""

ALL_STRICT = only(default("tools[*].strict", True), SHIPPING)
OBEYED = r"the input of a strict tool breaks its schema in \d of \d calls"
KEEPS = "without strict 4 of 4 calls keep to the schema as well"

STRICT_LIES = [
    *failures(STRICT_ROW, STRICT),
    *under_beta(STRICT_ROW, "tools[*].strict", "structured-outputs-2025-11-13"),
    lie(STRICT_ROW, "dropped", drop("tools[*].strict"), status="ignored", note=OBEYED),
    lie(STRICT_ROW, "turned_off", put("tools[*].strict", False), status="ignored", note=OBEYED),
    lie(
        STRICT_ROW,
        "held_now_and_then",
        faults.mark(STRICT),
        put("tools[*].strict", False, beside=faults.MARKED),
        status="ignored",
        note=OBEYED,
    ),
    lie(
        STRICT_ROW,
        "tool_dropped",
        drop(STRICT),
        status="ignored",
        note="the strict tool is called 0 times, without strict 8 times",
    ),
    lie(
        STRICT_ROW,
        "input_as_text",
        answer_as_text(f"{CALLS}.input", beside=STRICT),
        status="ignored",
        note=OBEYED,
    ),
    lie(
        STRICT_ROW,
        "input_emptied",
        answer_put(f"{CALLS}.input", {}, beside=STRICT),
        status="ignored",
        note=OBEYED,
    ),
    lie(
        STRICT_ROW,
        "always_strict",
        ALL_STRICT,
        status="accepted",
        note="validated only: a bad value is refused",
    ),
    lie(
        STRICT_ROW,
        "always_strict_and_lax",
        ALL_STRICT,
        only(put(CLOSED, False), SHIPPING),
        only(default(CLOSED, False), SHIPPING),
        status="untested",
        code="cannot_tell",
        note=KEEPS,
    ),
    lie(
        STRICT_ROW,
        "never_called",
        answer_put("content[*]", WORDS, beside="tools[name=ship_parcel]"),
        status="untested",
        code="cannot_tell",
        note="the strict tool is called 0 times, without strict 0 times",
    ),
]

EXAMPLES_ROW = "tools.input_examples"
EXAMPLES = "tools[*].input_examples"
UNPASSED = "the code of the example is not passed"
OTHER = [{"cabinet": "green", "code": "XX-0000"}]

EXAMPLES_LIES = [
    *failures(EXAMPLES_ROW, EXAMPLES),
    *under_beta(EXAMPLES_ROW, EXAMPLES, "advanced-tool-use-2025-11-20"),
    lie(
        EXAMPLES_ROW,
        "dropped",
        drop(EXAMPLES),
        status="ignored",
        note=f"{UNPASSED}, and its content does not lengthen the prompt",
    ),
    lie(EXAMPLES_ROW, "emptied", put(EXAMPLES, []), status="ignored", note=UNPASSED),
    lie(
        EXAMPLES_ROW,
        "others_shown",
        put(EXAMPLES, OTHER),
        status="untested",
        code="cannot_tell",
        note=rf"{UNPASSED}, although the prompt grew \(from \d+ to \d+ tokens\)",
    ),
    lie(
        EXAMPLES_ROW,
        "shown_and_not_used",
        answer_put(f"{CALLS}.input.code", "XX-0000", beside=EXAMPLES),
        status="accepted",
        note="validated only: a bad value is refused",
    ),
    lie(EXAMPLES_ROW, "tool_dropped", drop("tools[input_examples]"), status="ignored", note=UNPASSED),
    lie(
        EXAMPLES_ROW,
        "never_called",
        answer_put("content[*]", WORDS, beside="tools[name=open_cabinet]"),
        status="untested",
        code="cannot_tell",
        note=f"{UNPASSED}, but this model is not shown able to show it",
    ),
    *only_in_one_mode(EXAMPLES_ROW, EXAMPLES, answer_put(f"{CALLS}.input.code", "XX-0000"), UNPASSED)[:1],
]

EAGER_ROW = "tools.eager_input_streaming"
EAGER = "tools[*].eager_input_streaming"
EAGER_TOOL = "tools[eager_input_streaming]"
OTHERWISE = "the tool is called otherwise than its name and its schema say"
GONE = "the tool is no longer called"

CUT_SHORT = (
    b'event: message_start\ndata: {"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": '
    b'"assistant", "model": "m", "content": [], "stop_reason": null, '
    b'"usage": {"input_tokens": 9, "output_tokens": 1}}}\n\n'
)

EAGER_LIES = [
    *failures(EAGER_ROW, EAGER),
    lie(EAGER_ROW, "tool_dropped", drop(EAGER_TOOL), status="ignored", note=GONE),
    lie(EAGER_ROW, "called_in_words", answer_put(CALLS, WORDS, beside=EAGER), status="ignored", note=GONE),
    lie(EAGER_ROW, "input_lost", answer_put(f"{CALLS}.input", {}, beside=EAGER), status="ignored", note=OTHERWISE),
    lie(EAGER_ROW, "renamed", answer_put(f"{CALLS}.name", "x", beside=EAGER), status="ignored", note=OTHERWISE),
    lie(
        EAGER_ROW,
        "dropped",
        drop(EAGER),
        status="accepted",
        note="a bad value is not refused; the field has no visible effect",
    ),
    lie(
        EAGER_ROW,
        "unstreamed",
        put("stream", False, beside=EAGER),
        status="broken",
        note="the answer is one JSON body where a stream was asked for",
    ),
    *only_in_one_mode(EAGER_ROW, EAGER, answer_put(CALLS, WORDS), GONE),
    *(
        lie(EAGER_ROW, f"streamed_{name}", step, status=status, note=note)
        for name, step, status, note in (
            ("refused", refuse(EAGER, beside="stream[:true]"), "rejected", "HTTP 400: "),
            ("crashed", faults.fail(500, EAGER, beside="stream[:true]"), "broken", "HTTP 500: "),
        )
    ),
    lie(
        EAGER_ROW,
        "stream_without_an_end",
        faults.say(EAGER, CUT_SHORT, "text/event-stream", beside="stream[:true]"),
        status="broken",
        note="the stream breaks its grammar: the stream ends without message_stop",
    ),
]

CUSTOM_ROW = "tools.type_custom"
CUSTOM = "tools[type=custom]"

CUSTOM_LIES = [
    *failures(CUSTOM_ROW, CUSTOM),
    lie(CUSTOM_ROW, "dropped", drop(CUSTOM), status="ignored", note=GONE),
    lie(CUSTOM_ROW, "called_in_words", answer_put(CALLS, WORDS, beside=CUSTOM), status="ignored", note=GONE),
    lie(
        CUSTOM_ROW,
        "schema_dropped",
        put(f"{CUSTOM}.input_schema", {"type": "object"}),
        status="ignored",
        note=OTHERWISE,
    ),
    lie(CUSTOM_ROW, "input_as_text", answer_as_text(f"{CALLS}.input", beside=CUSTOM), status="ignored", note=OTHERWISE),
    lie(CUSTOM_ROW, "nameless", answer_drop(f"{CALLS}.name", beside=CUSTOM), status="ignored", note=OTHERWISE),
    lie(CUSTOM_ROW, "renamed", answer_put(f"{CALLS}.name", "custom", beside=CUSTOM), status="ignored", note=OTHERWISE),
    lie(
        CUSTOM_ROW,
        "never_called",
        answer_put(CALLS, WORDS, beside="tools[name=get_weather]", unless="tools[name!=get_weather]"),
        answer_put(CALLS, WORDS, beside="tools[type=custom][name!=get_weather]"),
        status="untested",
        code="cannot_tell",
        note=f"{GONE}, but this model is not shown able to show it",
    ),
    *only_in_one_mode(CUSTOM_ROW, CUSTOM, answer_put(CALLS, WORDS), GONE),
]

LIES: list[Lie] = [
    *STRICT_LIES,
    *EXAMPLES_LIES,
    *EAGER_LIES,
    *CUSTOM_LIES,
]
