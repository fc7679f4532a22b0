"""Lies about what the endpoint emitted itself: it cannot be sent back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from conformance.lies.lie import STREAMED, Lie, failures
from conformance.lies.shared.combinators import narrowed
from conformance.reference import faults
from conformance.reference.transforms import (
    Transform,
    answer_as_text,
    answer_default,
    answer_drop,
    answer_first,
    answer_put,
    keep_last,
    only,
    put,
)

BLOCKS = "messages[*].content"
CALLS = f"{BLOCKS}[type=tool_use]"
RESULTS = f"{BLOCKS}[type=tool_result]"
THOUGHTS = f"{BLOCKS}[type=thinking]"
OWN_TEXT = "messages[role=assistant].content[:array]"
SPOKEN = "messages[role=assistant].content[type=text]"
THINKING_ON = "thinking[type=enabled]"
CALL, THOUGHT, TEXT = "content[type=tool_use]", "content[type=thinking]", "content[type=text]"
EMPTY_TEXT = {"type": "text", "text": ""}
EMPTY_THOUGHT = {"type": "thinking", "thinking": "", "signature": ""}

# Asked by the row of text alone are answers of these lengths; ids of this form are the endpoint's own.
OF_TEXT = {"max_tokens": "^(16|32|56)$"}
OWN_CALLS = {f"{CALLS}.id": "^toolu_[0-9a-f]{24}$"}
ROWS = ("replay.text", "replay.tool_use", "replay.thinking")
TEXT_ROW, CALL_ROW, THINKING_ROW = ROWS


def _failing(row: str, path: str, given: Mapping[str, str], *, beside: str = "", unless: str = "") -> list[Lie]:
    """Every way to fail over an own turn: here, a refusal is as bad as a crash."""
    found = narrowed(failures(row, path, beside=beside, unless=unless), given)
    return [
        replace(lie, status="broken", note=f"its own turn is not taken back .*{lie.note}")
        if lie.status in ("rejected", "broken")
        else lie
        for lie in found
    ]


def _broken(
    row: str,
    name: str,
    *transforms: Transform,
    note: str,
    reports: Iterable[str] = (),
) -> Lie:
    return Lie(
        row=row,
        name=name,
        transforms=transforms,
        status="broken",
        note=rf"its own turn is not taken back \(.*{note}",
        reports=tuple(reports),
    )


_TEXT: list[Lie] = [
    *_failing(TEXT_ROW, OWN_TEXT, OF_TEXT),
    _broken(
        TEXT_ROW,
        "empty_block_before_it",
        only(answer_first("content", EMPTY_TEXT), OF_TEXT),
        note="a short answer, unstreamed.*text content blocks must be non-empty",
        reports=["K01"],
    ),
    _broken(
        TEXT_ROW,
        "empty_thoughts_before_it",
        *[only(answer_first("content", EMPTY_THOUGHT), OF_TEXT)] * 2,
        note="a short answer, unstreamed.*Invalid `signature` in `thinking` block",
        reports=["K02"],
    ),
    _broken(
        TEXT_ROW,
        "key_added",
        only(answer_default(f"{TEXT}.annotations", []), OF_TEXT),
        note="a short answer, unstreamed.*annotations: Extra inputs are not permitted",
    ),
    _broken(
        TEXT_ROW,
        "key_added_streamed",
        only(answer_default(f"{TEXT}.annotations", [], beside=STREAMED), OF_TEXT),
        note="a short answer, streamed.*annotations: Extra inputs are not permitted",
    ),
    _broken(
        TEXT_ROW,
        "cut_one_refused",
        only(faults.fail(400, OWN_TEXT, "The assistant message is not finished"), {SPOKEN: "1 2 3 4"}),
        note="an answer cut by max_tokens, unstreamed.*HTTP 400: The assistant message is not finished",
    ),
    _broken(
        TEXT_ROW,
        "scripts_refused",
        only(faults.fail(500, OWN_TEXT, "codec can't encode"), {"max_tokens": "^56$", SPOKEN: "東京"}),
        note="an answer in several scripts, unstreamed.*HTTP 500: codec can't encode",
    ),
    Lie(
        row=TEXT_ROW,
        name="conversations_refused",
        transforms=(only(faults.fail(400, "messages[role=assistant]", "One turn only"), OF_TEXT),),
        status="untested",
        code="control_refused",
        note="HTTP 400: One turn only",
    ),
    Lie(
        row=TEXT_ROW,
        name="never_cut",
        transforms=(only(answer_put("stop_reason", "end_turn", {"stop_reason": "max_tokens"}), OF_TEXT),),
        status="supported",
        note="what did not come: an answer cut by max_tokens, unstreamed; an answer cut by max_tokens, streamed",
    ),
]

_CALL: list[Lie] = [
    *_failing(CALL_ROW, CALLS, OWN_CALLS, unless="thinking"),
    _broken(
        CALL_ROW,
        "ids_not_known_again",
        answer_put(f"{CALL}.id", "functions.call:0"),
        note="one call, unstreamed.*tool_use.id: String should match pattern",
    ),
    _broken(
        CALL_ROW,
        "ids_alike",
        answer_put(f"{CALL}.id", "toolu_same"),
        note="several calls at once, unstreamed.*`tool_use` ids must be unique",
    ),
    _broken(
        CALL_ROW,
        "id_lost",
        answer_drop(f"{CALL}.id", unless="thinking"),
        note="one call, unstreamed.*tool_use.id: Field required",
    ),
    _broken(
        CALL_ROW,
        "key_added",
        answer_default(f"{CALL}.index", 0, unless="thinking"),
        note="one call, unstreamed.*index: Extra inputs are not permitted",
    ),
    _broken(
        CALL_ROW,
        "key_added_streamed",
        answer_default(f"{CALL}.index", 0, beside=STREAMED, unless="thinking"),
        note="one call, streamed.*index: Extra inputs are not permitted",
    ),
    _broken(
        CALL_ROW,
        "nested_input_as_text",
        only(answer_as_text(f"{CALL}.input"), {"tools[*].name": "^save_note$"}),
        note="a call with nested arguments in several scripts, unstreamed.*Input should be a valid dictionary",
    ),
    _broken(
        CALL_ROW,
        "no_input_is_null",
        answer_put(f"{CALL}.input", None, {f"{CALL}.input": {}}),
        note="a call without arguments, unstreamed.*Input should be a valid dictionary",
    ),
    _broken(
        CALL_ROW,
        "no_input_is_lost",
        answer_drop(f"{CALL}.input", {f"{CALL}.input": {}}, unless=STREAMED),
        note="a call without arguments, unstreamed.*tool_use.input: Field required",
    ),
    _broken(
        CALL_ROW,
        "one_result_kept",
        only(keep_last(RESULTS), OWN_CALLS),
        note="several calls at once, unstreamed.*`tool_use` ids were found without `tool_result` blocks",
    ),
    _broken(
        CALL_ROW,
        "empty_text_before_it",
        answer_first("content", EMPTY_TEXT, beside="tools", unless="thinking"),
        note="one call, unstreamed.*text content blocks must be non-empty",
    ),
    _broken(
        CALL_ROW,
        "empty_text_is_too_much",
        answer_first("content", EMPTY_TEXT, beside="tools", unless="thinking"),
        only(faults.fail(400, SPOKEN, "text content is empty", unless="thinking"), {f"{SPOKEN}.text": "^$"}),
        note="one call, unstreamed.*HTTP 400: text content is empty",
        reports=["K03"],
    ),
    _broken(
        CALL_ROW,
        "text_wanted_beside_it",
        only(faults.fail(400, CALLS, "text is not present", unless=SPOKEN), OWN_CALLS),
        note="one call, unstreamed.*HTTP 400: text is not present",
        reports=["K05"],
    ),
    _broken(
        CALL_ROW,
        "answer_to_it_refused",
        only(faults.fail(400, SPOKEN, "Invalid input", beside="tools", unless="thinking"), OWN_CALLS),
        note="one call, streamed, and then the answer to it.*HTTP 400: Invalid input",
    ),
]

_THOUGHT: list[Lie] = [
    *_failing(THINKING_ROW, THOUGHTS, {}, beside=THINKING_ON),
    _broken(
        THINKING_ROW,
        "signature_lost",
        answer_drop(f"{THOUGHT}.signature"),
        note="thinking and a call, unstreamed.*signature: Field required",
        reports=["F13"],
    ),
    _broken(
        THINKING_ROW,
        "signature_lost_streamed",
        answer_drop(f"{THOUGHT}.signature", beside=STREAMED),
        note="thinking and a call, streamed.*signature: Field required",
        reports=["F10"],
    ),
    _broken(
        THINKING_ROW,
        "signature_empty",
        answer_put(f"{THOUGHT}.signature", ""),
        note="thinking and a call, unstreamed.*Invalid `signature`",
    ),
    _broken(
        THINKING_ROW,
        "signature_of_another",
        answer_put(f"{THOUGHT}.signature", "c29tZWJvZHkgZWxzZQ=="),
        note="thinking and a call, unstreamed.*Invalid `signature`",
    ),
    _broken(
        THINKING_ROW,
        "signature_in_a_block_of_its_own",
        answer_put(f"{THOUGHT}.thinking", ""),
        answer_first("content", {"type": "thinking", "thinking": "First I look at it."}, beside=THINKING_ON),
        note="thinking and a call, unstreamed.*signature: Field required",
        reports=["F15"],
    ),
    _broken(
        THINKING_ROW,
        "rewritten_on_the_way_back",
        put(f"{THOUGHTS}.thinking", "It was thought about.", beside=THINKING_ON),
        note="thinking and a call, unstreamed.*Invalid `signature`",
        reports=["F17"],
    ),
    _broken(
        THINKING_ROW,
        "empty_and_lost_on_the_way_back",
        answer_put(f"{THOUGHT}.thinking", ""),
        answer_put(f"{THOUGHT}.signature", ""),
        faults.fail(
            400,
            THOUGHTS,
            "The `content[].thinking` in the thinking mode must be passed back to the API.",
            beside=THINKING_ON,
        ),
        note="thinking and a call, unstreamed.*HTTP 400: The `content.*must be passed back",
        reports=["F02"],
    ),
    _broken(
        THINKING_ROW,
        "converted_and_lost",
        faults.fail(
            400,
            THOUGHTS,
            "The `reasoning_content` in the thinking mode must be passed back to the API.",
            beside=THINKING_ON,
        ),
        note="thinking and a call, unstreamed.*HTTP 400: The `reasoning_content.*must be passed back",
        reports=["F03"],
    ),
    _broken(
        THINKING_ROW,
        "call_refused_after_it",
        faults.fail(400, CALLS, "Expected `thinking`, but found `tool_use`", beside=THINKING_ON),
        note="thinking and a call, unstreamed.*HTTP 400: Expected `thinking`, but found `tool_use`",
    ),
    Lie(
        row=THINKING_ROW,
        name="hidden",
        transforms=(answer_drop(THOUGHT, beside="tools"),),
        status="untested",
        code="never_exercised",
        note="no answer holds thinking and a call",
    ),
]

LIES: list[Lie] = [
    *_TEXT,
    *_CALL,
    *_THOUGHT,
]
