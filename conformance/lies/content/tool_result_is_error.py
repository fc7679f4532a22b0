"""Lies about is_error of a tool's result."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.blocks import RESULTS
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import answer_put, default, drop, put

LIES: list[Lie] = [
    *failures("content.tool_result.is_error", f"{RESULTS}.is_error"),
    Lie(
        row="content.tool_result.is_error",
        name="dropped",
        transforms=(drop(f"{RESULTS}.is_error"),),
        status="ignored",
        note="the answer stays YES",
        reports=("J07",),
    ),
    Lie(
        row="content.tool_result.is_error",
        name="turned_off",
        transforms=(put(f"{RESULTS}.is_error", False),),
        status="ignored",
        note="the answer stays YES",
        reports=("J09",),
    ),
    Lie(
        row="content.tool_result.is_error",
        name="every_second_time",
        transforms=(mark(f"{RESULTS}.is_error"), drop(f"{RESULTS}.is_error", beside=MARKED)),
        # Now NO and now YES is what a model says that guesses.
        status="untested",
        code="model_too_weak",
        note="does not answer steadily .YES without the flag; NO, YES, NO, YES with it",
    ),
    Lie(
        row="content.tool_result.is_error",
        name="always_set",
        transforms=(default(f"{RESULTS}.is_error", True),),
        status="untested",
        code="model_too_weak",
        note="does not answer steadily .NO without the flag; NO",
    ),
    Lie(
        row="content.tool_result.is_error",
        name="turned_round",
        transforms=(
            answer_put("content[type=text].text", "NO", {"content[type=text].text": "YES"}, beside=RESULTS),
            answer_put("content[type=text].text", "YES", beside=f"{RESULTS}.is_error"),
        ),
        status="untested",
        code="model_too_weak",
        note="does not answer steadily .NO without the flag; YES",
    ),
    Lie(
        row="content.tool_result.is_error",
        name="answers_neither",
        transforms=(answer_put("content[type=text].text", "It was called.", beside=f"{RESULTS}.is_error"),),
        status="untested",
        code="model_too_weak",
        note="does not answer steadily .YES without the flag; neither",
    ),
    Lie(
        row="content.tool_result.is_error",
        name="always_yes",
        transforms=(answer_put("content[type=text].text", "YES", beside=RESULTS),),
        status="untested",
        code="prerequisite_refused",
        note="^what the row needs is missing: the text beside a tool_result is not read",
    ),
]
