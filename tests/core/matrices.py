"""Matrices that no run ever gave, for tests of what is made from them."""

from __future__ import annotations

from typing import Any

from conformance.protocol.status import Deviation, Reason, Status
from conformance.report.matrix_record import Matrix
from conformance.rows import BY_ID


def row(row_id: str, status: str = "supported", note: str = "", **fields: Any) -> dict[str, Any]:
    """A row of the catalogue with this status; a partial one and an untested one get a code."""
    known = BY_ID[row_id]
    return {
        "id": row_id,
        "table": known.table,
        "title": known.title,
        "witness": known.evidence_kind.value,
        "status": status,
        "deviation": Deviation.CLAMPED.value if status == Status.PARTIAL else None,
        "reason": Reason.MODEL_TOO_WEAK.value if status == Status.UNTESTED else None,
        "note": note,
        "claim": None,
        "agreement": "unknown" if status == Status.UNTESTED else "undeclared",
        "evidence": [evidence("control"), evidence("with the field")],
        "requests": 2,
        **fields,
    }


def evidence(role: str, status: int | None = 200, outcome: str = "answered", **fields: Any) -> dict[str, Any]:
    return {
        "role": role,
        "request": "POST /v1/messages",
        "attempt": 0,
        "status": status,
        "outcome": outcome,
        **fields,
    }


def matrix(
    *rows: dict[str, Any], day: int = 1, provider: str = "example", model: str = "large", **changes: Any
) -> Matrix:
    """A run on a day of one January; `changes` are to its `run`."""
    return Matrix.from_json(file(*rows, day=day, provider=provider, model=model, **changes))


def file(
    *rows: dict[str, Any], day: int = 1, provider: str = "example", model: str = "large", **changes: Any
) -> dict[str, Any]:
    """The same as it stands in matrix.json."""
    return {
        "schema": 1,
        "suite": {"name": "messages-api-conformance", "version": "0.1.0"},
        "endpoint": {
            "provider": provider,
            "url": "https://api.example.com/anthropic",
            "model": model,
            "auth": "x-api-key",
            "anthropic_version": "2023-06-01",
            "dialect": "",
        },
        "run": {
            "started": f"2026-01-{day:02}T02:00:00+00:00",
            "finished": f"2026-01-{day:02}T02:10:00+00:00",
            "mode": "live",
            "seed": 7,
            "requests": 2,
            "input_tokens": 20,
            "output_tokens": 8,
            "planned": {"requests": 2, "input_tokens": 20, "output_tokens": 8},
            **changes,
        },
        "profiles": [],
        "rows": list(rows),
    }


def everything(status: str = "supported", **fields: Any) -> list[dict[str, Any]]:
    """Every row of the catalogue with one status."""
    return [row(each, status, **fields) for each in BY_ID]


def with_row(rows: list[dict[str, Any]], changed: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows with one of them in another state."""
    return [changed if each["id"] == changed["id"] else each for each in rows]
