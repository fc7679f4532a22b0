"""Generic changes to a request or an answer at a JSON path, from which every act is put together.

No transform looks at a prompt's text. Refusals are checked before anything is changed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from conformance.reference.errors import ApiError, invalid
from conformance.reference.paths import Location, at, find, parents, parse_path
from conformance.reference.schema.problems import unknown_key, unknown_type

Json = dict[str, Any]
Stage = Literal["headers", "fault", "refuse", "request", "answer", "error", "model"]
Headers = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Transform:
    """One change: the stage at which it is made, its path or header, and its operand.

    `where` names paths of an answer and what they must be; `beside` a path of the request (or, for a header's change,
    a header) that must be there as well, `unless` one that must not. `every` 2 acts every second time only.
    """

    stage: Stage
    name: str
    path: str
    value: Any = None
    where: Mapping[str, Any] = field(default_factory=dict)
    beside: str = ""
    unless: str = ""
    every: int = 1


@dataclass(frozen=True, slots=True)
class Act:
    """How one row is acted out."""

    row: str
    word: str
    transforms: tuple[Transform, ...]


def drop(path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Remove the key or the array item."""
    return Transform("request", "drop", path, beside=beside, unless=unless)


def refuse(path: str, message: str | None = None, *, beside: str = "", unless: str = "") -> Transform:
    """Answer 400 as to an unknown field, or, where the path ends in a filter, as to an unknown type."""
    return Transform("refuse", "refuse", path, message, beside=beside, unless=unless)


def put(path: str, value: Any, *, beside: str = "", unless: str = "") -> Transform:
    """Set the value where the key is present."""
    return Transform("request", "put", path, value, beside=beside, unless=unless)


def default(path: str, value: Any) -> Transform:
    """Set the value where the key is absent."""
    return Transform("request", "default", path, value)


def clamp(path: str, low: float, high: float) -> Transform:
    """Bring a number into a range."""
    return Transform("request", "clamp", path, (low, high))


def wrap_string(path: str, key: str) -> Transform:
    """Make an object of a string: "auto" becomes {"type": "auto"}."""
    return Transform("request", "wrap_string", path, key)


def keep_first(path: str) -> Transform:
    """Cut an array down to its first item."""
    return Transform("request", "keep_first", path)


def keep_last(path: str) -> Transform:
    """Of the items that the path leads to, leave only the last of each array."""
    return Transform("request", "keep_last", path)


def drop_header(name: str) -> Transform:
    """Take a request header away."""
    return Transform("headers", "drop", name)


def put_header(name: str, value: str, *, unless: Sequence[str] = ()) -> Transform:
    """Set a request header, unless it has one of the values named."""
    return Transform("headers", "put", name, (value, tuple(unless)))


def keep_known_header(name: str, always: Sequence[str]) -> Transform:
    """Make a comma-list header say exactly `always`, whatever was sent."""
    return Transform("headers", "put", name, (",".join(always), ()))


def default_header(name: str, value: str) -> Transform:
    """Set a request header where it is missing."""
    return Transform("headers", "default", name, value)


def refuse_header(name: str, value: str | None = None, *, beside: str = "") -> Transform:
    """Answer 400 when a request header is there, or has this value."""
    return Transform("headers", "refuse", name, value, beside=beside)


def map_unknown_models() -> Transform:
    """Serve an unknown model as the first one, under the first one's name."""
    return Transform("model", "map", "model")


def answer_put(
    path: str, value: Any, where: Mapping[str, Any] | None = None, *, beside: str = "", unless: str = ""
) -> Transform:
    """Set a value in the Message where the key is present; `where` names paths of the Message and what they must be."""
    return Transform("answer", "put", path, value, where or {}, beside=beside, unless=unless)


def answer_default(path: str, value: Any, *, beside: str = "", unless: str = "") -> Transform:
    """Add a key to the Message where it is missing."""
    return Transform("answer", "default", path, value, beside=beside, unless=unless)


def answer_drop(
    path: str, where: Mapping[str, Any] | None = None, *, beside: str = "", unless: str = ""
) -> Transform:
    """Remove a key or an item from the Message."""
    return Transform("answer", "drop", path, None, where or {}, beside=beside, unless=unless)


def error_reshape(shape: Mapping[str, Any], *, beside: str = "", unless: str = "") -> Transform:
    """Give error bodies another form; "$type" and "$message" in it stand for the official ones."""
    return Transform("error", "reshape", "", dict(shape), beside=beside, unless=unless)


HEADERS = "$headers"
"""Where a request's headers stand for the conditions of a transform: `$headers.anthropic-beta`."""


def sent_with(headers: Headers, body: Any) -> Json:
    """A request as the conditions of a transform see it: its body, and its headers under HEADERS."""
    fields = body if isinstance(body, dict) else {}
    return {**fields, HEADERS: {name: lines[0] for name, lines in headers.items()}}


def holds(step: Transform, sent: Json) -> bool:
    """Whether a request meets the conditions of a transform."""
    return (not step.beside or bool(find(sent, step.beside))) and not (step.unless and find(sent, step.unless))


def apply_headers(transforms: Sequence[Transform], headers: Headers) -> Headers:
    """The request headers as changed."""
    for transform in transforms:
        name = transform.path
        if transform.beside and transform.beside not in headers:
            continue
        if transform.name == "refuse":
            if name in headers and transform.value in (None, headers[name][0]):
                raise invalid(f"{name}: header is not supported")
        elif transform.name == "default":
            headers = {name: [transform.value], **headers}
        elif transform.name == "drop":
            headers = {key: lines for key, lines in headers.items() if key != name}
        else:
            value, unless = transform.value
            if headers.get(name, [None])[0] not in unless or not unless:
                headers = {**headers, name: [value]}
    return headers


def apply_refusals(transforms: Sequence[Transform], body: Any, sent: Json, *, counting: bool) -> None:
    """Raise the refusal of the first place that a `refuse` leads to."""
    for transform in transforms:
        if not holds(transform, sent):
            continue
        for place in find(body, transform.path):
            raise _refusal(transform, body, place, counting)


def _refusal(transform: Transform, body: Any, place: Location, counting: bool) -> ApiError:
    if transform.value:
        return invalid(str(transform.value))
    last = parse_path(transform.path)[-1]
    tests = [condition.partition("=")[0] for condition in last.filters if "=" in condition and "!=" not in condition]
    if tests and isinstance(at(body, place), dict):
        return unknown_type(body, place, counting=counting, key=tests[0])
    while isinstance(place[-1], int):
        place = place[:-1]
    return unknown_key(body, place, counting=counting)


def apply_request(transforms: Sequence[Transform], body: Any, sent: Json) -> Any:
    """The request body as changed; the one given is left alone."""
    if not transforms:
        return body
    body = copy.deepcopy(body)
    for transform in transforms:
        if holds(transform, sent):
            _CHANGES[transform.name](body, transform.path, transform.value)
    return body


def apply_answer(transforms: Sequence[Transform], message: Json, sent: Json) -> Json:
    """The Message as changed; `sent` is the request as it came."""
    for transform in transforms:
        if holds(transform, sent) and all(_value(message, path) == value for path, value in transform.where.items()):
            _CHANGES[transform.name](message, transform.path, transform.value)
    return message


def apply_error(transforms: Sequence[Transform], body: Json, sent: Json) -> Json:
    """An error body as reshaped."""
    for transform in transforms:
        if holds(transform, sent):
            body = _shaped(transform.value, {"$type": body["error"]["type"], "$message": body["error"]["message"]})
    return body


def _shaped(shape: Any, values: Mapping[str, str]) -> Any:
    if isinstance(shape, dict):
        return {key: _shaped(value, values) for key, value in shape.items()}
    return values.get(shape, shape) if isinstance(shape, str) else shape


def _value(body: Any, path: str) -> Any:
    places = find(body, path)
    return at(body, places[0]) if places else None


def _drop(body: Any, path: str, _operand: Any) -> None:
    for place in reversed(find(body, path)):
        del at(body, place[:-1])[place[-1]]


def _put(body: Any, path: str, operand: Any) -> None:
    for place in find(body, path):
        at(body, place[:-1])[place[-1]] = copy.deepcopy(operand)


def _default(body: Any, path: str, operand: Any) -> None:
    for place, key in parents(body, path):
        at(body, place).setdefault(key, copy.deepcopy(operand))


def _clamp(body: Any, path: str, operand: Any) -> None:
    low, high = operand
    for place in find(body, path):
        value = at(body, place)
        if isinstance(value, int | float) and not isinstance(value, bool):
            at(body, place[:-1])[place[-1]] = min(max(value, low), high)


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


_CHANGES: dict[str, Callable[[Any, str, Any], None]] = {
    "drop": _drop,
    "put": _put,
    "default": _default,
    "clamp": _clamp,
    "wrap_string": _wrap_string,
    "keep_first": _keep_first,
    "keep_last": _keep_last,
}
