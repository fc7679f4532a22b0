"""Lies about context_management."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.combinators import in_one_mode_alone
from conformance.reference import faults
from conformance.reference.transforms import Transform, answer_drop, answer_put, drop, refuse

TEXT = "content[type=text].text"
EDITING = "fields.context_management"
EDIT = "context_management.edits[type=clear_tool_uses_20250919]"
EDIT_BETA = "$headers[anthropic-beta=context-management-2025-06-27]"
REPORT = "context_management"

INVENTED = {
    "applied_edits": [
        {"type": "clear_tool_uses_20250919", "cleared_tool_uses": 2, "cleared_input_tokens": 120},
    ]
}


def editing(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row=EDITING, name=name, transforms=transforms, **due)


UNREPORTED = "no edit is reported as applied"

LIES: list[Lie] = [
    *failures(EDITING, EDIT),
    editing(
        "unknown",
        refuse("context_management"),
        status="rejected",
        note="HTTP 400: context_management: Extra inputs are not permitted",
        reports=("H01", "H03", "H05"),
    ),
    editing(
        "partly_known",
        refuse(f"{EDIT}.keep"),
        status="rejected",
        note="HTTP 400: context_management.edits.0.*keep: Extra inputs are not permitted",
        reports=("H06",),
    ),
    editing(
        "beta_refused",
        faults.fail(400, EDIT_BETA, "Unexpected value for the `anthropic-beta` header"),
        status="untested",
        code="prerequisite_refused",
        note="what the row needs is refused: HTTP 400: Unexpected value",
    ),
    editing(
        "beta_limited",
        faults.fail(429, EDIT_BETA, "Slow down"),
        status="untested",
        code="rate_limited",
        note="HTTP 429: Slow down",
    ),
    editing(
        "dropped",
        drop(EDIT),
        status="ignored",
        note=f"{UNREPORTED}, and the code of the result that was to be cleared comes back",
    ),
    editing(
        "dropped_and_the_model_does_not_look",
        drop(EDIT),
        answer_put(TEXT, "I do not know.", beside=EDIT),
        status="ignored",
        note=rf"{UNREPORTED}, and the prompt stays as long \((\d+) and \1 tokens",
    ),
    editing(
        "dropped_uncounted",
        drop(EDIT),
        answer_put(TEXT, "I do not know.", beside=EDIT),
        answer_drop("usage", beside=EDIT),
        status="untested",
        code="cannot_tell",
        note=f"{UNREPORTED}, and whether the prompt is shorter cannot be seen",
    ),
    editing(
        "unreported",
        answer_drop(REPORT, beside=EDIT),
        status="partial",
        code="unreported",
        note=rf"the prompt falls from \d+ to \d+ tokens, but {UNREPORTED}",
    ),
    editing(
        "reported_as_nothing",
        answer_put(f"{REPORT}.applied_edits", [], beside=EDIT),
        status="partial",
        code="unreported",
        note=rf"the prompt falls from \d+ to \d+ tokens, but {UNREPORTED}",
    ),
    editing(
        "report_invented",
        drop(EDIT),
        answer_put(REPORT, INVENTED, beside=EDIT),
        status="partial",
        code="implausible",
        note="2 tool uses are reported as cleared, but the code of the result that was to be cleared comes back",
    ),
    editing(
        "report_invented_and_the_model_does_not_look",
        drop(EDIT),
        answer_put(REPORT, INVENTED, beside=EDIT),
        answer_put(TEXT, "I do not know.", beside=EDIT),
        status="partial",
        code="implausible",
        note="2 tool uses are reported as cleared, but the prompt stays as long",
    ),
    editing(
        "reported_uncounted",
        answer_drop("usage", beside=EDIT),
        status="supported",
        note="2 tool uses are reported as cleared",
    ),
    *in_one_mode_alone(EDITING, drop(EDIT), UNREPORTED),
]
