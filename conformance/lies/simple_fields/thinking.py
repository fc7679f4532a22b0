"""Lies about thinking and its budget."""

from __future__ import annotations

from conformance.lies.lie import STREAMED, Lie, failures
from conformance.lies.shared.combinators import narrowed
from conformance.lies.shared.unclear_refusals import unclean
from conformance.reference import faults
from conformance.reference.transforms import answer_drop, answer_put, clamp, default, drop, only, put, refuse

ENABLED, BUDGET = "thinking[type=enabled]", "thinking.budget_tokens"
DISPLAY = "thinking.display"
THINKING_ROW, BUDGET_ROW = "fields.thinking", "fields.thinking.budget_tokens"

# The question that both rows ask, with and without thinking.
SUM = {"max_tokens": "^1424$"}
BAD_BUDGETS = {BUDGET: "^(500|1824)$"}

THINKING: list[Lie] = [
    *narrowed(failures(THINKING_ROW, ENABLED), SUM),
    Lie(
        row=THINKING_ROW,
        name="unknown",
        transforms=(refuse("thinking"),),
        status="rejected",
        note="HTTP 400: thinking: Extra inputs",
    ),
    Lie(
        row=THINKING_ROW,
        name="only_adaptive",
        transforms=(refuse(ENABLED, "thinking.type.enabled: not supported, use adaptive"),),
        status="rejected",
        note="HTTP 400: thinking.type.enabled: not supported",
    ),
    Lie(
        row=THINKING_ROW,
        name="dropped",
        transforms=(drop(ENABLED),),
        status="ignored",
        note="no thinking block comes",
    ),
    Lie(
        row=THINKING_ROW,
        name="hidden",
        transforms=(answer_drop("content[type=thinking]"),),
        status="ignored",
        note="no thinking block comes",
        reports=("F21",),
    ),
    Lie(
        row=THINKING_ROW,
        name="renamed",
        transforms=(answer_put("content[type=thinking].type", "reasoning"),),
        status="ignored",
        note="no thinking block comes",
    ),
    Lie(
        row=THINKING_ROW,
        name="only_streamed",
        transforms=(drop(ENABLED, unless=STREAMED),),
        status="partial",
        code="one_mode",
        note=r"seen in a stream, absent unstreamed \(no thinking block comes",
    ),
    Lie(
        row=THINKING_ROW,
        name="only_unstreamed",
        transforms=(drop(ENABLED, beside=STREAMED),),
        status="partial",
        code="one_mode",
        note=r"seen unstreamed, absent in a stream \(no thinking block comes",
    ),
    Lie(
        row=THINKING_ROW,
        name="hidden_streamed",
        transforms=(answer_drop("content[type=thinking]", beside=STREAMED),),
        status="partial",
        code="one_mode",
        note=r"seen unstreamed, absent in a stream \(no thinking block comes",
        reports=("F22",),
    ),
    Lie(
        row=THINKING_ROW,
        name="unsigned",
        transforms=(answer_drop("content[type=thinking].signature"),),
        status="partial",
        code="unsigned",
        note="the thinking block carries no signature",
    ),
    Lie(
        row=THINKING_ROW,
        name="signature_empty",
        transforms=(answer_put("content[type=thinking].signature", ""),),
        status="partial",
        code="unsigned",
        note="the thinking block carries no signature",
    ),
    Lie(
        row=THINKING_ROW,
        name="unsigned_streamed",
        transforms=(answer_drop("content[type=thinking].signature", beside=STREAMED),),
        status="partial",
        code="unsigned",
        note="in a stream: the thinking block carries no signature",
        reports=("F07",),
    ),
    Lie(
        row=THINKING_ROW,
        name="unsigned_unstreamed",
        transforms=(answer_drop("content[type=thinking].signature", unless=STREAMED),),
        status="partial",
        code="unsigned",
        note="the thinking block carries no signature",
    ),
    Lie(
        row=THINKING_ROW,
        name="always_on",
        transforms=(only(default("thinking", {"type": "adaptive"}), SUM),),
        status="untested",
        code="not_attributable",
        note="the same is seen without the field",
    ),
]

BUDGETS: list[Lie] = [
    *narrowed(failures(BUDGET_ROW, BUDGET), SUM),
    Lie(
        row=BUDGET_ROW,
        name="thinking_refused",
        transforms=(refuse("thinking"),),
        status="untested",
        code="prerequisite_refused",
        note="thinking is refused altogether: HTTP 400: thinking: Extra inputs",
    ),
    Lie(
        row=BUDGET_ROW,
        name="thinking_dropped",
        transforms=(drop(ENABLED),),
        status="untested",
        code="prerequisite_refused",
        note="no thinking block comes, so no budget can be seen to act",
    ),
    Lie(
        row=BUDGET_ROW,
        name="dropped",
        transforms=(put(ENABLED, {"type": "adaptive"}, unless=DISPLAY),),
        status="ignored",
        note="bad budgets are accepted, and thinking takes .* tokens or more with a budget of 1,024",
    ),
    Lie(
        row=BUDGET_ROW,
        name="dropped_and_uncounted",
        transforms=(put(ENABLED, {"type": "adaptive"}, unless=DISPLAY), answer_drop("usage.output_tokens_details")),
        status="ignored",
        note="bad budgets are accepted, and thinking takes .* tokens or more with a budget of 1,024",
    ),
    Lie(
        row=BUDGET_ROW,
        name="fixed",
        transforms=(put(BUDGET, 1024),),
        status="untested",
        code="cannot_tell",
        note="bad budgets are accepted, and this model does not think long enough to tell",
    ),
    Lie(
        row=BUDGET_ROW,
        name="clamped",
        transforms=(clamp(BUDGET, 1024, 1400),),
        status="supported",
        note="thinking takes .* with 3,000; bad budgets are accepted",
    ),
    # Few endpoints count thinking by itself.
    Lie(
        row=BUDGET_ROW,
        name="clamped_and_uncounted",
        transforms=(clamp(BUDGET, 1024, 1400), answer_drop("usage.output_tokens_details")),
        status="supported",
        note="thinking takes .* with 3,000; bad budgets are accepted",
    ),
    Lie(
        row=BUDGET_ROW,
        name="raised",
        transforms=(clamp(BUDGET, 1024, 100_000),),
        status="accepted",
        note="validated only: a budget over max_tokens is refused",
    ),
    Lie(
        row=BUDGET_ROW,
        name="lowered",
        transforms=(clamp(BUDGET, 0, 1400),),
        status="accepted",
        note="validated only: a budget of 500 is refused",
    ),
    Lie(
        row=BUDGET_ROW,
        name="clamped_and_long_thinking_crashes",
        transforms=(clamp(BUDGET, 1024, 1400), only(faults.fail(500, BUDGET), {"max_tokens": "^4096$"})),
        status="untested",
        code="cannot_tell",
        note="bad budgets are accepted, and long thinking was not answered",
    ),
    *unclean(BUDGET_ROW, "bad_budget", BUDGET, "a budget of 500", given=BAD_BUDGETS),
]

LIES: list[Lie] = [
    *THINKING,
    *BUDGETS,
]
