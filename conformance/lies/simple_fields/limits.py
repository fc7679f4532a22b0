"""Lies about what ends an answer: max_tokens and stop_sequences."""

from __future__ import annotations

from conformance.lies.lie import STREAMED, Lie, failures
from conformance.lies.shared.combinators import narrowed, reported, unstreamed
from conformance.reference import faults
from conformance.reference.rules.limits import MOST_OUTPUT_TOKENS
from conformance.reference.transforms import answer_append, answer_put, clamp, drop, keep_first, only, put, refuse

# Every request has a limit; the row's own is this one.
SHORT = {"max_tokens": "^16$"}
CUT = {"stop_reason": "max_tokens"}
STOPPED = {"stop_reason": "stop_sequence"}

MAX_TOKENS: list[Lie] = [
    *unstreamed(narrowed(failures("fields.max_tokens", "max_tokens", without=["refused"]), SHORT), "flickers"),
    *narrowed(
        [
            Lie(
                row="fields.max_tokens",
                name="least_is_higher",
                transforms=(refuse("max_tokens", "max_tokens: Input should be greater than or equal to 32"),),
                status="rejected",
                note="HTTP 400: max_tokens: Input should be greater than or equal to 32",
            ),
            Lie(
                row="fields.max_tokens",
                name="unsteady",
                transforms=(
                    faults.mark("max_tokens", unless=STREAMED),
                    put("max_tokens", MOST_OUTPUT_TOKENS, beside=faults.MARKED),
                ),
                status="partial",
                code="unsteady",
                note="seen in . of 3 tries",
            ),
        ],
        SHORT,
    ),
    Lie(
        row="fields.max_tokens",
        name="dropped",
        transforms=(put("max_tokens", MOST_OUTPUT_TOKENS),),
        status="ignored",
        note="200 words and stop_reason end_turn where max_tokens is 16",
        # What is overwritten is not checked either.
    ),
    Lie(
        row="fields.max_tokens",
        name="only_streamed",
        transforms=(put("max_tokens", MOST_OUTPUT_TOKENS, unless=STREAMED),),
        status="partial",
        code="one_mode",
        note=r"seen in a stream, absent unstreamed \(200 words",
    ),
    Lie(
        row="fields.max_tokens",
        name="only_unstreamed",
        transforms=(put("max_tokens", MOST_OUTPUT_TOKENS, beside=STREAMED),),
        status="partial",
        code="one_mode",
        note=r"seen unstreamed, absent in a stream \(200 words",
    ),
    Lie(
        row="fields.max_tokens",
        name="clamped",
        transforms=(clamp("max_tokens", 32, MOST_OUTPUT_TOKENS),),
        status="partial",
        code="clamped",
        note="32 output tokens where max_tokens is 16",
    ),
    Lie(
        row="fields.max_tokens",
        name="clamped_streamed",
        transforms=(only(clamp("max_tokens", 32, MOST_OUTPUT_TOKENS), {"stream": "True"}),),
        status="partial",
        code="clamped",
        note="in a stream: 32 output tokens where max_tokens is 16",
    ),
    Lie(
        row="fields.max_tokens",
        name="clamped_and_uncounted",
        transforms=(clamp("max_tokens", 32, MOST_OUTPUT_TOKENS), answer_put("usage.output_tokens", 1)),
        status="partial",
        code="clamped",
        note="3. words where max_tokens is 16",
    ),
    *(
        Lie(
            row="fields.max_tokens",
            name=f"reported_as_{reason or 'nothing'}",
            transforms=(answer_put("stop_reason", reason, CUT),),
            status="partial",
            code="unreported",
            note=f"the answer is cut, but stop_reason is {reason}",
        )
        for reason in ("end_turn", "length", "stop_sequence", None)
    ),
    Lie(
        row="fields.max_tokens",
        name="unreported_streamed",
        transforms=(answer_put("stop_reason", "end_turn", CUT, beside=STREAMED),),
        status="partial",
        code="unreported",
        note="in a stream: the answer is cut, but stop_reason is end_turn",
    ),
    Lie(
        row="fields.max_tokens",
        name="unreported_unstreamed",
        transforms=(answer_put("stop_reason", "end_turn", CUT, unless=STREAMED),),
        status="partial",
        code="unreported",
        note="the answer is cut, but stop_reason is end_turn",
    ),
]

STOP_SEQUENCES: list[Lie] = [
    *reported(
        unstreamed(failures("fields.stop_sequences", "stop_sequences"), "flickers"),
        {"refused": ("C10",)},
    ),
    Lie(
        row="fields.stop_sequences",
        name="dropped",
        transforms=(drop("stop_sequences"),),
        status="ignored",
        note=r"the answer is not cut at the sequence \(stop_reason is end_turn and stop_sequence None",
        reports=("C09",),
    ),
    Lie(
        row="fields.stop_sequences",
        name="only_first_used",
        transforms=(keep_first("stop_sequences"),),
        status="ignored",
        note="the answer is not cut at the sequence",
    ),
    Lie(
        row="fields.stop_sequences",
        name="only_streamed",
        transforms=(drop("stop_sequences", unless=STREAMED),),
        status="partial",
        code="one_mode",
        note="seen in a stream, absent unstreamed",
    ),
    Lie(
        row="fields.stop_sequences",
        name="only_unstreamed",
        transforms=(drop("stop_sequences", beside=STREAMED),),
        status="partial",
        code="one_mode",
        note="seen unstreamed, absent in a stream",
    ),
    Lie(
        row="fields.stop_sequences",
        name="unsteady",
        transforms=(
            only(faults.mark("stop_sequences", unless=STREAMED), {"max_tokens": "^40$"}),
            drop("stop_sequences", beside=faults.MARKED),
        ),
        status="partial",
        code="unsteady",
        note="seen in . of 3 tries",
    ),
    Lie(
        row="fields.stop_sequences",
        name="unreported",
        transforms=(answer_put("stop_sequence", None, STOPPED), answer_put("stop_reason", "end_turn", STOPPED)),
        status="partial",
        code="unreported",
        note="cut at the sequence, but stop_reason is end_turn and stop_sequence None",
    ),
    Lie(
        row="fields.stop_sequences",
        name="unreported_streamed",
        transforms=(
            answer_put("stop_sequence", None, STOPPED, beside=STREAMED),
            answer_put("stop_reason", "end_turn", STOPPED, beside=STREAMED),
        ),
        status="partial",
        code="unreported",
        note="in a stream: the answer is cut at the sequence, but stop_reason is end_turn",
    ),
    Lie(
        row="fields.stop_sequences",
        name="reported_as_stop",
        transforms=(answer_put("stop_sequence", None, STOPPED), answer_put("stop_reason", "stop", STOPPED)),
        status="partial",
        code="unreported",
        note="cut at the sequence, but stop_reason is stop and stop_sequence None",
    ),
    Lie(
        row="fields.stop_sequences",
        name="unnamed",
        transforms=(answer_put("stop_sequence", None, STOPPED),),
        status="partial",
        code="unreported",
        note="cut at the sequence, but stop_reason is stop_sequence and stop_sequence None",
    ),
    Lie(
        row="fields.stop_sequences",
        name="only_named",
        transforms=(answer_put("stop_reason", "end_turn", STOPPED),),
        status="partial",
        code="unreported",
        note="cut at the sequence, but stop_reason is end_turn and stop_sequence '[A-Z]+'",
    ),
    Lie(
        row="fields.stop_sequences",
        name="other_named",
        transforms=(answer_put("stop_sequence", "ZULU", STOPPED),),
        status="partial",
        code="unreported",
        note="cut at the sequence, but stop_reason is stop_sequence and stop_sequence 'ZULU'",
    ),
    Lie(
        row="fields.stop_sequences",
        name="left_in",
        transforms=(answer_append("content[type=text].text", "stop_sequence", STOPPED),),
        status="partial",
        code="incomplete",
        note="the sequence is reported, but left in the text",
    ),
    Lie(
        row="fields.stop_sequences",
        name="left_in_and_only_named",
        transforms=(
            answer_append("content[type=text].text", "stop_sequence", STOPPED),
            answer_put("stop_reason", "end_turn", STOPPED),
        ),
        status="partial",
        code="incomplete",
        note="left in the text, and stop_reason is end_turn",
    ),
    Lie(
        row="fields.stop_sequences",
        name="left_in_and_unreported",
        transforms=(
            answer_append("content[type=text].text", "stop_sequence", STOPPED),
            answer_put("stop_sequence", None, STOPPED),
            answer_put("stop_reason", "end_turn", STOPPED),
        ),
        status="partial",
        code="incomplete",
        note="left in the text",
    ),
]

LIES: list[Lie] = [
    *MAX_TOKENS,
    *STOP_SEQUENCES,
]
