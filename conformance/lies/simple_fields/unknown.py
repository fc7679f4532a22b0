"""Lies about a field that no API knows."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.lies.shared.unclear_refusals import ENDS, unclear
from conformance.reference import faults
from conformance.reference.transforms import UNKNOWN, Transform, drop_unknown, error_reshape


def unknown(name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row="fields.unknown", name=name, transforms=transforms, **due)


OTHERWISE = {"status": "partial", "code": "other_refusal"}

LIES: list[Lie] = [
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
