"""What should be refused meets neither an answer nor a refusal: it crashes, hangs, is cut, or is limited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from conformance.lies.lie import Lie
from conformance.reference import faults
from conformance.reference.transforms import Transform

ENDS: tuple[tuple[str, Transform, str], ...] = (
    ("crashes", faults.fail(500, ""), "HTTP 500: Internal error"),
    ("is_overloaded", faults.fail(503, "", "Overloaded"), "HTTP 503: Overloaded"),
    ("gets_a_page", faults.page(200, ""), "HTML page"),
    ("gets_an_error_in_200", faults.error_in_answer(""), "HTTP 200 that is an error"),
    ("gets_nothing", faults.empty(""), "empty body"),
    ("hangs", faults.hang(""), "timeout: not done in"),
    ("is_cut", faults.cut(""), "cut: .*closed connection"),
)
"""Ends that are neither an answer nor a refusal, other than a rate limit."""

AT_CAPACITY = ("is_overloaded", "is_limited")
"""Those of them, and the limit, that come of the moment: they tell nothing of a value."""

LIMITED = ("is_limited", faults.fail(429, "", "Slow down"), "HTTP 429: Slow down")


def unclear(
    row: str,
    what: str,
    path: str,
    note: str,
    *,
    given: Mapping[str, str] | None = None,
    beside: str = "",
    unless: str = "",
    status: str = "untested",
    code: str = "cannot_tell",
    ends: Iterable[tuple[str, Transform, str]] = (*ENDS, LIMITED),
) -> list[Lie]:
    """What should be refused (`what`, in the lies' names) meets neither an answer nor a refusal; `note` is what stands
    before the end that it meets."""
    return [
        Lie(
            row=row,
            name=f"{what}_{name}",
            transforms=(replace(fault, path=path, beside=beside, unless=unless, given=given or {}),),
            status=status,
            code=code,
            note=f"{note}.*{end}",
        )
        for name, fault, end in ends
    ]


def unclean(
    row: str,
    what: str,
    path: str,
    role: str,
    *,
    status: str = "accepted",
    short: str = "untested",
    given: Mapping[str, str] | None = None,
    unless: str = "",
    told: str = "",
) -> list[Lie]:
    """What should be refused (`role` in the notes) crashes, or meets the endpoint at its capacity. The crash decides as
    a refusal would, and is told; what the moment brought tells nothing: the row is `short` then, as `told` says."""
    at_capacity = told or f"{role} meets neither an answer nor a refusal: "
    return [
        replace(lie, status=short, code="cannot_tell" if short == "untested" else "", note=f"{at_capacity}.*{end}")
        if name in AT_CAPACITY
        else lie
        for lie, (name, _, end) in zip(
            unclear(
                row,
                what,
                path,
                f"{role} is not taken, but without a clean refusal: ",
                given=given,
                unless=unless,
                status=status,
                code="",
            ),
            (*ENDS, LIMITED),
            strict=True,
        )
    ]
