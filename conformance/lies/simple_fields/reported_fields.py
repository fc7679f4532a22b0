"""Lies about the fields that usage reports: inference_geo and speed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.unclear_refusals import unclean
from conformance.reference import faults
from conformance.reference.transforms import Transform, answer_copy, answer_drop, answer_put, drop, only, refuse


def _reported(row: str, field: str, good: str, bad: str) -> list[Lie]:
    """A field whose value stands in usage under its own name."""
    told = f"usage.{field}"

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


GEO = _reported("fields.inference_geo", "inference_geo", "us", "mars")
SPEED_BETA = "$headers[anthropic-beta=fast-mode-2026-02-01]"
FAST = {"speed": "^fast$"}


def speed(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row="fields.speed", name=name, transforms=transforms, **due)


SPEED: list[Lie] = [
    *_reported("fields.speed", "speed", "fast", "sideways"),
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

LIES: list[Lie] = [
    *GEO,
    *SPEED,
]
