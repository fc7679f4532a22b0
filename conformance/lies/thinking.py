"""Lies about thinking and its budget."""

from __future__ import annotations

from conformance.lies.lie import STREAMED, Lie, failures
from conformance.lies.narrow import narrowed, shared, unclean
from conformance.reference import faults
from conformance.reference.transforms import answer_drop, answer_put, clamp, default, drop, only, put, refuse

ENABLED, BUDGET = "thinking[type=enabled]", "thinking.budget_tokens"
DISPLAY = "thinking.display"
THINKING_ROW, BUDGET_ROW = "fields.thinking", "fields.thinking.budget_tokens"
FIRST_REQUEST = "clients.claude_code.first_request"
# Thinking is enabled with a budget, so what is asked first is the same for both rows.
NO_BUDGET_SEEN = {BUDGET_ROW: "untested"}
ADAPTIVE_ROW, DISABLED_ROW, DISPLAY_ROW = (f"fields.thinking.{kind}" for kind in ("adaptive", "disabled", "display"))
NOT_SHOWN = {**NO_BUDGET_SEEN, ADAPTIVE_ROW: "accepted", DISABLED_ROW: "accepted", DISPLAY_ROW: "untested"}
UNKNOWN = {ADAPTIVE_ROW: "rejected", DISABLED_ROW: "rejected", DISPLAY_ROW: "untested", FIRST_REQUEST: "rejected"}
# The question that both rows ask, with and without thinking.
SUM = {"max_tokens": "^1424$"}
BAD_BUDGETS = {BUDGET: "^(500|1824)$"}

THINKING: list[Lie] = [
    *narrowed(shared(failures(THINKING_ROW, ENABLED), BUDGET_ROW), SUM),
    Lie(
        row=THINKING_ROW,
        name="unknown",
        transforms=(refuse("thinking"),),
        status="rejected",
        note="HTTP 400: thinking: Extra inputs",
        moves={**NO_BUDGET_SEEN, **UNKNOWN},
    ),
    Lie(
        row=THINKING_ROW,
        name="only_adaptive",
        transforms=(refuse(ENABLED, "thinking.type.enabled: not supported, use adaptive"),),
        status="rejected",
        note="HTTP 400: thinking.type.enabled: not supported",
        moves={BUDGET_ROW: "rejected"},
    ),
    Lie(
        row=THINKING_ROW,
        name="dropped",
        transforms=(drop(ENABLED),),
        status="ignored",
        note="no thinking block comes",
        moves=NO_BUDGET_SEEN,
    ),
    Lie(
        row=THINKING_ROW,
        name="hidden",
        transforms=(answer_drop("content[type=thinking]"),),
        status="ignored",
        note="no thinking block comes",
        moves=NOT_SHOWN,
        reports=("F21",),
    ),
    Lie(
        row=THINKING_ROW,
        name="renamed",
        transforms=(answer_put("content[type=thinking].type", "reasoning"),),
        status="ignored",
        note="no thinking block comes",
        moves=NOT_SHOWN,
    ),
    Lie(
        row=THINKING_ROW,
        name="only_streamed",
        transforms=(drop(ENABLED, unless=STREAMED),),
        status="partial",
        code="one_mode",
        note=r"seen in a stream, absent unstreamed \(no thinking block comes",
        moves={**NO_BUDGET_SEEN, "stream.equals_message": "broken"},
    ),
    Lie(
        row=THINKING_ROW,
        name="only_unstreamed",
        transforms=(drop(ENABLED, beside=STREAMED),),
        status="partial",
        code="one_mode",
        note=r"seen unstreamed, absent in a stream \(no thinking block comes",
        moves={DISPLAY_ROW: "partial", "stream.equals_message": "broken"},
    ),
    Lie(
        row=THINKING_ROW,
        name="hidden_streamed",
        transforms=(answer_drop("content[type=thinking]", beside=STREAMED),),
        status="partial",
        code="one_mode",
        note=r"seen unstreamed, absent in a stream \(no thinking block comes",
        moves={ADAPTIVE_ROW: "partial", DISPLAY_ROW: "partial", "stream.equals_message": "broken"},
        reports=("F22",),
    ),
    Lie(
        row=THINKING_ROW,
        name="unsigned",
        transforms=(answer_drop("content[type=thinking].signature"),),
        status="partial",
        code="unsigned",
        note="the thinking block carries no signature",
        moves={ADAPTIVE_ROW: "partial"},
    ),
    Lie(
        row=THINKING_ROW,
        name="signature_empty",
        transforms=(answer_put("content[type=thinking].signature", ""),),
        status="partial",
        code="unsigned",
        note="the thinking block carries no signature",
        moves={ADAPTIVE_ROW: "partial"},
    ),
    Lie(
        row=THINKING_ROW,
        name="unsigned_streamed",
        transforms=(answer_drop("content[type=thinking].signature", beside=STREAMED),),
        status="partial",
        code="unsigned",
        note="in a stream: the thinking block carries no signature",
        moves={ADAPTIVE_ROW: "partial", DISPLAY_ROW: "partial"},
        reports=("F07",),
    ),
    Lie(
        row=THINKING_ROW,
        name="unsigned_unstreamed",
        transforms=(answer_drop("content[type=thinking].signature", unless=STREAMED),),
        status="partial",
        code="unsigned",
        note="the thinking block carries no signature",
        moves={ADAPTIVE_ROW: "partial"},
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
    *narrowed(shared(failures(BUDGET_ROW, BUDGET), THINKING_ROW), SUM),
    Lie(
        row=BUDGET_ROW,
        name="thinking_refused",
        transforms=(refuse("thinking"),),
        status="untested",
        code="prerequisite_refused",
        note="thinking is refused altogether: HTTP 400: thinking: Extra inputs",
        moves={THINKING_ROW: "rejected", **UNKNOWN},
    ),
    Lie(
        row=BUDGET_ROW,
        name="thinking_dropped",
        transforms=(drop(ENABLED),),
        status="untested",
        code="prerequisite_refused",
        note="no thinking block comes, so no budget can be seen to act",
        moves={THINKING_ROW: "ignored"},
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
