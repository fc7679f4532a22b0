"""The types of tool_choice, and how one becomes another."""

from __future__ import annotations

from dataclasses import replace

from conformance.reference import faults
from conformance.reference.faults import MARKED
from conformance.reference.transforms import Transform, put

NONE, AUTO, ANY, TOOL = (f"tool_choice[type={kind}]" for kind in ("none", "auto", "any", "tool"))


def becomes(path: str, kind: str, *, beside: str = "", unless: str = "") -> Transform:
    """Read the choice as one of another type."""
    return put(path, {"type": kind}, beside=beside, unless=unless)


def every_second(path: str, change: Transform) -> tuple[Transform, ...]:
    """A change that is made to every second request that holds something at `path`."""
    return (faults.mark(path), replace(change, beside=MARKED))
