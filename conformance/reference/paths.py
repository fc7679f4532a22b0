"""Finds places in JSON by a path: dotted keys, `[*]` for every item, `[type=image]` to keep what has that value.

`[type!=text]` keeps what has another value, `[cache_control]` what has the key, `[0]` the first item. A filter on an
object tests the object itself (`tool_choice[type=any]`), on an array its items; on anything else it matches nothing.
`[:string]`, `[:array]` and `[:true]` test the value's own kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Location = tuple[str | int, ...]
KINDS = {
    ":string": lambda value: isinstance(value, str),
    ":array": lambda value: isinstance(value, list),
    ":true": lambda value: value is True,
}
_STEP = re.compile(r"(?P<key>[^.\[\]]+)(?P<filters>(?:\[[^\]]*\])*)")


@dataclass(frozen=True, slots=True)
class Step:
    """A key, and what must hold of the value or of its items."""

    key: str
    filters: tuple[str, ...]


@lru_cache(maxsize=1024)
def parse_path(path: str) -> tuple[Step, ...]:
    """The steps of a path."""
    steps = tuple(
        Step(match["key"], tuple(re.findall(r"\[([^\]]*)\]", match["filters"]))) for match in _STEP.finditer(path)
    )
    if not steps or ".".join(s.key + "".join(f"[{f}]" for f in s.filters) for s in steps) != path:
        raise ValueError(f"not a path: {path!r}")
    return steps


def find(value: Any, path: str) -> list[Location]:
    """The locations that a path leads to, in document order; only places that are there."""
    return list(_find(value, parse_path(path), ()))


def parents(value: Any, path: str) -> list[tuple[Location, str]]:
    """The objects that could hold the path's last key, whether or not they do; the last step has no filters."""
    *before, last = parse_path(path)
    places = list(_find(value, tuple(before), ())) if before else [()]
    return [(place, last.key) for place in places if isinstance(at(value, place), dict)]


def at(value: Any, location: Location) -> Any:
    """The value at a location."""
    for step in location:
        value = value[step]
    return value


def _find(value: Any, steps: tuple[Step, ...], here: Location) -> Iterator[Location]:
    if not steps:
        yield here
        return
    step = steps[0]
    if not isinstance(value, dict) or step.key not in value:
        return
    for place, found in _filtered(value[step.key], step.filters, (*here, step.key)):
        yield from _find(found, steps[1:], place)


def _filtered(value: Any, filters: tuple[str, ...], here: Location) -> Iterator[tuple[Location, Any]]:
    if not filters:
        yield here, value
    elif filters[0] in KINDS:
        if KINDS[filters[0]](value):
            yield here, value
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if all(condition == str(index) or _holds(item, condition) for condition in filters):
                yield (*here, index), item
    elif isinstance(value, dict) and "*" not in filters and all(_holds(value, condition) for condition in filters):
        yield here, value


def _holds(item: Any, condition: str) -> bool:
    if condition == "*":
        return True
    if not isinstance(item, dict):
        return False
    key, unequal, wanted = condition.partition("!=")
    if unequal:
        return item.get(key) != wanted
    key, equal, wanted = condition.partition("=")
    return str(item.get(key)) == wanted if equal else key in item
