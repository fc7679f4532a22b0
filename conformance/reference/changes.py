"""The changes that transforms make to JSON, each at every place that a path leads to."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from conformance.reference.paths import Location, at, find, parents


def value_at(body: Any, path: str) -> Any:
    """The value at the first place that a path leads to; None where it leads nowhere."""
    places = find(body, path)
    return at(body, places[0]) if places else None


def _drop(body: Any, path: str, _operand: Any) -> None:
    for place in reversed(find(body, path)):
        del at(body, place[:-1])[place[-1]]


def _put(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        at(body, place[:-1])[place[-1]] = copy.deepcopy(operand)


def _append(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        at(body, place[:-1])[place[-1]] += str(value_at(body, operand))


def _default(body: Any, path: str, operand: Any) -> None:
    for place, key in parents(body, path):
        at(body, place).setdefault(key, copy.deepcopy(operand))


def _clamp(body: Any, path: str, operand: Any) -> None:
    low, high = operand
    for place in find(body, path):
        value = at(body, place)
        if isinstance(value, int | float) and not isinstance(value, bool):
            at(body, place[:-1])[place[-1]] = min(max(value, low), high)


def _scale(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        at(body, place[:-1])[place[-1]] = round(at(body, place) * operand)


def _wrap_string(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        value = at(body, place)
        if isinstance(value, str):
            at(body, place[:-1])[place[-1]] = {operand: value}


def _keep_first(body: Any, path: str, _operand: Any) -> None:
    for place in find(body, path):
        value = at(body, place)
        if isinstance(value, list):
            del value[1:]


def _keep_last(body: Any, path: str, _operand: Any) -> None:
    later: set[Location] = set()
    for place in reversed(find(body, path)):
        array = place[:-1]
        if array in later:
            del at(body, array)[place[-1]]
        later.add(array)


def _keep_first_item(body: Any, path: str, _operand: Any) -> None:
    places = find(body, path)
    firsts = {place[:-1]: place for place in reversed(places)}
    for place in reversed(places):
        if place != firsts[place[:-1]]:
            del at(body, place[:-1])[place[-1]]


def _rename(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        held = at(body, place[:-1])
        held[operand] = held.pop(place[-1])


def _number(body: Any, path: str, operand: Any) -> None:
    for count, place in enumerate(find(body, path), 1):
        at(body, place[:-1])[place[-1]] = f"{operand}{count}"


def _sort_values(body: Any, path: str, _operand: Any) -> None:
    places = find(body, path)
    for place, value in zip(places, sorted((at(body, place) for place in places), key=repr), strict=True):
        at(body, place[:-1])[place[-1]] = value


def _prepend(body: Any, path: str, operand: Any) -> None:
    _wrap(body, path, (str(operand), ""))


def _wrap(body: Any, path: str, operand: Any) -> None:
    before, after = operand
    for place in find(body, path):
        at(body, place[:-1])[place[-1]] = f"{before}{at(body, place)}{after}"


def _keep_keys(body: Any, _path: str, operand: Any) -> None:
    for key in [key for key in body if key not in operand]:
        del body[key]


def _add(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        at(body, place).append(copy.deepcopy(operand))


def _first(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        at(body, place).insert(0, copy.deepcopy(operand))


def _word(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        at(body, place[:-1])[place[-1]] = str(operand).replace("{}", str(at(body, place)))


def _add_up(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        at(body, place[:-1])[place[-1]] = sum(value_at(body, each) or 0 for each in operand)


def _double(body: Any, path: str, _operand: Any) -> None:
    for place in reversed(find(body, path)):
        at(body, place[:-1]).insert(place[-1], copy.deepcopy(at(body, place)))


def _put_each(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        at(body, place).update(dict.fromkeys(at(body, place), operand))


def _as_text(body: Any, path: str, each: Any) -> None:
    for place in find(body, path):
        holder, keys = (at(body, place), list(at(body, place))) if each else (at(body, place[:-1]), [place[-1]])
        for key in keys:
            if not isinstance(holder[key], str):
                holder[key] = json.dumps(holder[key], ensure_ascii=False)


CHANGES: dict[str, Callable[[Any, str, Any], None]] = {
    "drop": _drop,
    "put": _put,
    "copy": _put,
    "estimate": _put,
    "scale": _scale,
    "append": _append,
    "prepend": _prepend,
    "wrap": _wrap,
    "keep_keys": _keep_keys,
    "add": _add,
    "first": _first,
    "word": _word,
    "add_up": _add_up,
    "double": _double,
    "put_each": _put_each,
    "as_text": _as_text,
    "default": _default,
    "clamp": _clamp,
    "wrap_string": _wrap_string,
    "keep_first": _keep_first,
    "keep_last": _keep_last,
    "keep_first_item": _keep_first_item,
    "rename": _rename,
    "number": _number,
    "sort_values": _sort_values,
}
