"""How lies about tools are made: in one mode alone, and under a beta header."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.lies.lie import Lie
from conformance.reference import faults
from conformance.reference.transforms import Transform, only, refuse, refuse_header

BETA = "$headers.anthropic-beta"


def lie(row: str, name: str, *steps: Transform, status: str, note: str, code: str = "", **more: Any) -> Lie:
    """A lie about a tool."""
    return Lie(row=row, name=name, transforms=steps, status=status, note=note, code=code, **more)


def only_in_one_mode(row: str, typed: str, step: Transform, missed: str) -> list[Lie]:
    """The same flaw in streams only, and in all but streams; `step` has no condition of its own."""
    return [
        lie(
            row,
            "only_unstreamed",
            only(replace(step, beside=typed), {"stream": "True"}),
            status="partial",
            code="one_mode",
            note=f"seen unstreamed, absent in a stream .*{missed}",
        ),
        lie(
            row,
            "only_streamed",
            replace(step, beside=typed, unless="stream[:true]"),
            status="partial",
            code="one_mode",
            note=f"seen in a stream, absent unstreamed .*{missed}",
        ),
    ]


def under_beta(row: str, path: str, beta: str) -> list[Lie]:
    """A tool or field of today that stands where the documents once stood: behind its beta header."""
    locked = refuse(path, unless=BETA)
    return [
        lie(
            row,
            "behind_its_beta",
            locked,
            status="partial",
            code="one_form",
            note=f"known only with the header anthropic-beta: {beta}.*; without it HTTP 400: ",
        ),
        lie(
            row,
            "beta_refused_as_well",
            locked,
            refuse_header("anthropic-beta", beta),
            status="rejected",
            note="HTTP 400: ",
        ),
        lie(
            row,
            "crashes_under_its_beta",
            locked,
            faults.fail(500, path, beside=BETA),
            status="rejected",
            note="HTTP 400: ",
        ),
    ]


CALLS = "content[type=tool_use]"
WORDS = {"type": "text", "text": "I would rather not."}
