"""Lies made narrower or wider: told of some values only, in one mode only, or at two places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from conformance.lies.lie import STREAMED, Lie
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
