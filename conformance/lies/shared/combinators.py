"""Lies made narrower or wider: told of some values only, in one mode only, or at two places."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from conformance.lies.lie import STREAMED, Lie
from conformance.reference import faults
from conformance.reference.transforms import Transform, only


def narrowed(lies: Iterable[Lie], given: Mapping[str, str]) -> list[Lie]:
    """The same lies, told where what stands at these paths of the request matches these patterns."""
    return [replace(lie, transforms=tuple(only(step, given) for step in lie.transforms)) for lie in lies]


def also_at(lies: Iterable[Lie], path: str) -> list[Lie]:
    """The same lies about a field that is there, told of what stands at this path as well."""

    def twice(step: Transform) -> tuple[Transform, Transform]:
        return step, replace(step, path=path, beside="", unless="", given={})

    return [replace(lie, transforms=tuple(each for step in lie.transforms for each in twice(step))) for lie in lies]


def unstreamed(lies: Iterable[Lie], *names: str) -> list[Lie]:
    """The same lies; those of these names are not told to streams, which other rows ask for beside them and which would
    take their turns."""
    return [
        replace(lie, transforms=tuple(replace(step, unless=STREAMED) for step in lie.transforms))
        if lie.name in names
        else lie
        for lie in lies
    ]


def in_one_mode_alone(row: str, step: Transform, missed: str) -> list[Lie]:
    """The same flaw in all but streams, and in streams only. `missed` begins what is said of the mode that lacks the
    effect."""
    modes = (
        ("only_streamed", replace(step, unless=STREAMED), "seen in a stream, absent unstreamed"),
        ("only_unstreamed", replace(step, beside=STREAMED), "seen unstreamed, absent in a stream"),
    )
    return [
        Lie(row=row, name=name, transforms=(flaw,), status="partial", code="one_mode", note=rf"{told} \({missed}")
        for name, flaw, told in modes
    ]


def reported(lies: Iterable[Lie], reports: Mapping[str, tuple[str, ...]]) -> list[Lie]:
    """The same lies; those of these names show public reports."""
    return [replace(lie, reports=(*lie.reports, *reports.get(lie.name, ()))) for lie in lies]


NEVER_ANSWERED = (
    "refused",
    "forbidden",
    "crashed",
    "overloaded",
    "limited",
    "page",
    "error_in_200",
    "foreign",
    "empty",
    "hangs",
    "cut",
)
"""The failures under which nothing is answered, not even now and then."""

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


def message(text: str) -> dict[str, Any]:
    """A Message with this text, as an endpoint answers it that does not look at the question."""
    return {
        "id": "msg_kept",
        "type": "message",
        "role": "assistant",
        "model": "reference-1",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 2},
    }


def kept(text: str) -> bytes:
    """The body of that Message."""
    return json.dumps(message(text)).encode()
