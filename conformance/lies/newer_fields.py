"""Lies about context editing, automatic caching, where and how fast an answer is made, and unknown fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.lies.caching import automatic, cache_lies
from conformance.lies.lie import Lie, failures
from conformance.lies.narrow import ENDS, in_one_mode_alone, unclean, unclear
from conformance.reference import faults
from conformance.reference.transforms import (
    UNKNOWN,
    Transform,
    answer_copy,
    answer_drop,
    answer_put,
    drop,
    drop_unknown,
    error_reshape,
    only,
    put,
    refuse,
)

TEXT = "content[type=text].text"

SYSTEM_CACHE = cache_lies(
    "fields.system.cache_control",
    "system[*].cache_control",
    unless="thinking",
    emptied=put("system[cache_control].text", "..."),
    unasked=automatic("system[:array]"),
)

TEXT_MARKS = ("system[*].cache_control", "messages[*].content[type=text].cache_control")
ALL_MARKS = (
    *TEXT_MARKS,
    "cache_control",
    "tools[*].cache_control",
    "messages[*].content[*].cache_control",
)


def _unknown_marks(name: str, report: str, paths: tuple[str, ...]) -> Lie:
    """Markers refused wherever they stand, those of a client's first request among them."""
    return Lie(
        row="fields.system.cache_control",
        name=name,
        transforms=tuple(refuse(path) for path in paths),
        status="rejected",
        note="HTTP 400: system.0.*cache_control: Extra inputs are not permitted",
        reports=(report,),
    )


SYSTEM_CACHE += [
    _unknown_marks("refused_on_text", "H11", TEXT_MARKS),
    _unknown_marks("refused_everywhere", "H10", ALL_MARKS),
]

AUTOMATIC_CACHE = cache_lies(
    "fields.cache_control",
    "cache_control",
    emptied=put("messages[*].content", "...", beside="cache_control"),
    unasked=only(automatic("messages[*].content[:string]"), {"messages[*].content[:string]": "^.{9000}"}),
)

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

CONTEXT: list[Lie] = [
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


def _reported(field: str, good: str, bad: str) -> list[Lie]:
    """A field whose value stands in usage under its own name."""
    row, told = f"fields.{field}", f"usage.{field}"

    def lie(name: str, *transforms: Transform, **due: Any) -> Lie:
        return Lie(row=row, name=name, transforms=transforms, **due)

    validated = {"status": "accepted", "note": "validated only: a bad value is refused"}
    return [
        *failures(row, field),
        lie(
            "dropped",
            drop(field),
            status="ignored",
            note="a bad value is accepted as well, and nothing reports the field",
        ),
        lie("unreported", answer_drop(told), **validated),
        lie("reported_as_another", answer_put(told, "elsewhere", beside=field), **validated),
        lie(
            "echoed",
            drop(field),
            # A key that is missing would not be set.
            Transform("answer", "default", told, "", beside=field),
            answer_copy(told, field, beside=field),
            status="untested",
            code="cannot_tell",
            note=rf"a bad value is reported just as a good one \({told} is {bad}\)",
        ),
        lie(
            "reported_unasked",
            Transform("answer", "default", told, ""),
            answer_put(told, good),
            status="supported",
            note=f"{told} is {good}",
        ),
        lie(
            "reported_unasked_and_dropped",
            drop(field),
            Transform("answer", "default", told, ""),
            answer_put(told, good),
            status="ignored",
            note="a bad value is accepted as well, and what is reported is the same without the field",
        ),
        *(
            replace(lie, transforms=(*lie.transforms, answer_drop(told)))
            for lie in unclean(row, "unreported_and_bad_value", field, "a bad value", given={field: f"^{bad}$"})
        ),
        lie(
            "bad_value_crashes",
            only(faults.fail(500, field), {field: f"^{bad}$"}),
            status="supported",
            note=f"{told} is {good}",
        ),
    ]


GEO = _reported("inference_geo", "us", "mars")

SPEED_BETA = "$headers[anthropic-beta=fast-mode-2026-02-01]"
FAST = {"speed": "^fast$"}


def speed(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row="fields.speed", name=name, transforms=transforms, **due)


SPEED: list[Lie] = [
    *_reported("speed", "fast", "sideways"),
    speed(
        "only_standard",
        only(refuse("speed", "speed: this model has no fast mode"), FAST),
        status="partial",
        code="one_form",
        note="standard is taken, but fast is refused: HTTP 400: speed: this model has no fast mode",
    ),
    speed(
        "only_standard_unreported",
        only(refuse("speed", "speed: this model has no fast mode"), FAST),
        answer_drop("usage.speed"),
        status="accepted",
        note="standard is taken, but fast is refused: HTTP 400: speed: this model has no fast mode",
    ),
    speed(
        "standard_dropped",
        only(refuse("speed", "speed: this model has no fast mode"), FAST),
        only(drop("speed"), {"speed": "^(?!fast)"}),
        status="rejected",
        note="HTTP 400: speed: this model has no fast mode",
    ),
    speed(
        "beta_refused",
        faults.fail(400, SPEED_BETA, "Unexpected value for the `anthropic-beta` header"),
        status="untested",
        code="prerequisite_refused",
        note="what the row needs is refused: HTTP 400: Unexpected value",
    ),
    speed(
        "beta_limited",
        faults.fail(429, SPEED_BETA, "Slow down"),
        status="untested",
        code="rate_limited",
        note="HTTP 429: Slow down",
    ),
]


def unknown(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row="fields.unknown", name=name, transforms=transforms, **due)


OTHERWISE = {"status": "partial", "code": "other_refusal"}

UNKNOWN_FIELD: list[Lie] = [
    unknown("dropped", drop_unknown(), status="ignored", note="answered instead of refused"),
    *(
        unknown(
            f"refused_with_{status}",
            faults.fail(status, UNKNOWN, "zz: not a field of this version"),
            **OTHERWISE,
            note=f"refused otherwise: HTTP {status}: zz: not a field",
        )
        for status in (401, 403, 404, 422)
    ),
    unknown(
        "refused_unnamed",
        faults.fail(400, UNKNOWN, "Invalid request"),
        **OTHERWISE,
        note="refused otherwise: HTTP 400: Invalid request",
    ),
    unknown(
        "refused_in_another_envelope",
        error_reshape({"error": {"message": "$message", "code": 400}}, beside=UNKNOWN),
        status="supported",
        note="^$",
    ),
    *unclear("fields.unknown", "it", UNKNOWN, "no clean refusal: ", status="broken", code="", ends=ENDS),
    unknown(
        "limited",
        faults.fail(429, UNKNOWN, "Slow down"),
        status="untested",
        code="rate_limited",
        note="HTTP 429: Slow down",
    ),
    unknown(
        "flickers",
        faults.fail(500, UNKNOWN, every=2),
        status="untested",
        code="unstable",
        note="the same request met different ends, one of them HTTP 500",
    ),
]

LATER: list[Lie] = [*CONTEXT, *AUTOMATIC_CACHE, *GEO, *SPEED, *UNKNOWN_FIELD]
"""In the order of the table, after output_config."""
