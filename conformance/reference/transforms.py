"""Generic changes to a request or an answer at a JSON path, from which every act is put together.

No transform looks at a prompt's text. Refusals are checked before anything is changed.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from conformance.reference.changes import CHANGES, value_at
from conformance.reference.errors import ApiError, invalid
from conformance.reference.paths import Location, at, find, parse_path
from conformance.reference.schema.problems import unknown_key, unknown_type

Json = dict[str, Any]
Stage = Literal["headers", "fault", "refuse", "request", "answer", "error", "model"]
Headers = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Transform:
    """One change: the stage at which it is made, its path or header, and its operand.

    `where` names paths of an answer and what they must be; `beside` a path of the request (or, for a header's change,
    a header) that must be there as well, `unless` one that must not. `given` names paths of the request and a pattern
    that what stands there must match. `every` 2 acts every second time only.
    """

    stage: Stage
    name: str
    path: str
    value: Any = None
    where: Mapping[str, Any] = field(default_factory=dict)
    beside: str = ""
    unless: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    every: int = 1


@dataclass(frozen=True, slots=True)
class Act:
    """How one row is acted out."""

    row: str
    word: str
    transforms: tuple[Transform, ...]


def only(transform: Transform, given: Mapping[str, str]) -> Transform:
    """The same change, made where the numbers, names or headers at these paths of the request match these patterns."""
    return replace(transform, given=given)


def drop(path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Remove the key or the array item."""
    return Transform("request", "drop", path, beside=beside, unless=unless)


def refuse(path: str, message: str | None = None, *, beside: str = "", unless: str = "") -> Transform:
    """Answer 400 as to an unknown field, or, where the path ends in a filter, as to an unknown type."""
    return Transform("refuse", "refuse", path, message, beside=beside, unless=unless)


def put(path: str, value: Any, *, beside: str = "", unless: str = "") -> Transform:
    """Set the value where the key is present."""
    return Transform("request", "put", path, value, beside=beside, unless=unless)


def default(path: str, value: Any, *, beside: str = "", unless: str = "") -> Transform:
    """Set the value where the key is absent."""
    return Transform("request", "default", path, value, beside=beside, unless=unless)


def rename(path: str, key: str) -> Transform:
    """Give the value another key of the same object."""
    return Transform("request", "rename", path, key)


def number(path: str, stem: str) -> Transform:
    """Put `stem` and a running number, from 1, in place of each value."""
    return Transform("request", "number", path, stem)


def sort_values(path: str, *, beside: str = "") -> Transform:
    """Put the values that the path leads to into ascending order, each place keeping one."""
    return Transform("request", "sort_values", path, beside=beside)


def clamp(path: str, low: float, high: float) -> Transform:
    """Bring a number into a range."""
    return Transform("request", "clamp", path, (low, high))


def wrap_string(path: str, key: str) -> Transform:
    """Make an object of a string: "auto" becomes {"type": "auto"}."""
    return Transform("request", "wrap_string", path, key)


def keep_first(path: str) -> Transform:
    """Cut an array down to its first item."""
    return Transform("request", "keep_first", path)


def keep_last(path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Of the items that the path leads to, leave only the last of each array."""
    return Transform("request", "keep_last", path, beside=beside, unless=unless)


def keep_first_item(path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Of the items that the path leads to, leave only the first of each array."""
    return Transform("request", "keep_first_item", path, beside=beside, unless=unless)


def drop_header(name: str, *, beside: str = "") -> Transform:
    """Take a request header away."""
    return Transform("headers", "drop", name, beside=beside)


def put_header(name: str, value: str, *, unless: Sequence[str] = (), beside: str = "") -> Transform:
    """Set a request header, unless it has one of the values named."""
    return Transform("headers", "put", name, (value, tuple(unless)), beside=beside)


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


def answer_drop(path: str, where: Mapping[str, Any] | None = None, *, beside: str = "", unless: str = "") -> Transform:
    """Remove a key or an item from the Message."""
    return Transform("answer", "drop", path, None, where or {}, beside=beside, unless=unless)


def answer_copy(path: str, source: str, *, beside: str = "", unless: str = "") -> Transform:
    """Set a value in the Message, where the key is present, to what the request has at `source`."""
    return Transform("answer", "copy", path, source, beside=beside, unless=unless)


def answer_append(path: str, source: str, where: Mapping[str, Any] | None = None) -> Transform:
    """Add to a text in the Message what stands at `source` in the Message."""
    return Transform("answer", "append", path, source, where or {})


def answer_add(path: str, item: Any, *, beside: str = "", unless: str = "") -> Transform:
    """Add an item to an array in the Message."""
    return Transform("answer", "add", path, item, beside=beside, unless=unless)


def answer_put_each(path: str, value: Any, *, beside: str = "", unless: str = "") -> Transform:
    """Set every value of an object in the Message."""
    return Transform("answer", "put_each", path, value, beside=beside, unless=unless)


def answer_as_text(path: str, *, each: bool = False, beside: str = "", unless: str = "") -> Transform:
    """Write a value in the Message, or each value of an object, as text: what is none becomes its JSON."""
    return Transform("answer", "as_text", path, each, beside=beside, unless=unless)


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
    there = not step.beside or bool(find(sent, step.beside))
    return there and not (step.unless and find(sent, step.unless)) and looks_right(step, sent)


def looks_right(step: Transform, sent: Json) -> bool:
    """Whether what a transform is `given` is there and looks as it must."""
    return all(
        any(re.search(pattern, str(at(sent, place))) for place in find(sent, path))
        for path, pattern in step.given.items()
    )


def apply_headers(transforms: Sequence[Transform], headers: Headers) -> Headers:
    """The request headers as changed."""
    for transform in transforms:
        name = transform.path
        if transform.beside and transform.beside not in headers:
            continue
        if not looks_right(transform, sent_with(headers, None)):
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
            CHANGES[transform.name](body, transform.path, transform.value)
    return body


def apply_answer(transforms: Sequence[Transform], message: Json, sent: Json) -> Json:
    """The Message as changed; `sent` is the request as it came."""
    for transform in transforms:
        if holds(transform, sent) and all(value_at(message, path) == value for path, value in transform.where.items()):
            operand = value_at(sent, transform.value) if transform.name == "copy" else transform.value
            CHANGES[transform.name](message, transform.path, operand)
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
