"""Generic changes to a request or an answer at a JSON path, from which every act is put together.

No transform looks at a prompt's text. Refusals are checked before anything is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from conformance.reference.schema.request import CreateMessage

Json = dict[str, Any]
Stage = Literal[
    "headers", "fault", "refuse", "request", "answer", "events", "frames", "stamp", "other", "error", "model"
]
Headers = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Transform:
    """One change: the stage at which it is made, its path or header, and its operand.

    `where` names paths of an answer (of an event, in a stream) and what they must be; `beside` a path of the request
    (or, for a header's change, a header) that must be there as well, `unless` one that must not. `given` names paths
    of the request and a pattern that what stands there must match. `every` 2 acts every second time only that the
    very same request is met (a `mark`: any that it meets).
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


def drop_unknown() -> Transform:
    """Remove every top-level field that the documents do not know."""
    return Transform("request", "keep_keys", "", tuple(CreateMessage.model_fields))


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


def answer_prepend(path: str, source: str, *, beside: str = "", unless: str = "") -> Transform:
    """Put before a text in the Message what the request has at `source`."""
    return Transform("answer", "prepend", path, source, beside=beside, unless=unless)


def answer_wrap(path: str, before: str, after: str, *, beside: str = "", unless: str = "") -> Transform:
    """Put words before and after a text in the Message."""
    return Transform("answer", "wrap", path, (before, after), beside=beside, unless=unless)


def answer_add(path: str, item: Any, *, beside: str = "", unless: str = "") -> Transform:
    """Add an item to an array in the Message."""
    return Transform("answer", "add", path, item, beside=beside, unless=unless)


def answer_first(path: str, item: Any, *, beside: str = "", unless: str = "") -> Transform:
    """Put an item before all others of an array in the Message."""
    return Transform("answer", "first", path, item, beside=beside, unless=unless)


def answer_number(path: str, stem: str, *, beside: str = "", unless: str = "") -> Transform:
    """Put `stem` and a running number, from 1 in each Message, in place of each value."""
    return Transform("answer", "number", path, stem, beside=beside, unless=unless)


def answer_word(path: str, words: str, where: Mapping[str, Any] | None = None, *, beside: str = "") -> Transform:
    """Put words in place of a text in the Message; `{}` in them stands for what was there."""
    return Transform("answer", "word", path, words, where or {}, beside=beside)


def answer_add_up(path: str, *sources: str, beside: str = "") -> Transform:
    """Set a count in the Message, where it is present, to the sum of those at `sources`."""
    return Transform("answer", "add_up", path, sources, beside=beside)


def answer_double(path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Put an item of an array in the Message there twice."""
    return Transform("answer", "double", path, beside=beside, unless=unless)


def answer_put_each(path: str, value: Any, *, beside: str = "", unless: str = "") -> Transform:
    """Set every value of an object in the Message."""
    return Transform("answer", "put_each", path, value, beside=beside, unless=unless)


def answer_as_text(path: str, *, each: bool = False, beside: str = "", unless: str = "") -> Transform:
    """Write a value in the Message, or each value of an object, as text: what is none becomes its JSON."""
    return Transform("answer", "as_text", path, each, beside=beside, unless=unless)


def error_reshape(shape: Mapping[str, Any], *, beside: str = "", unless: str = "") -> Transform:
    """Give error bodies another form; "$type" and "$message" in it stand for the official ones."""
    return Transform("error", "reshape", "", dict(shape), beside=beside, unless=unless)


def stamp_drop(name: str, *, beside: str = "", unless: str = "") -> Transform:
    """Take a header of the answer away."""
    return Transform("stamp", "drop", name, beside=beside, unless=unless)


def stamp_put(name: str, value: str, *, beside: str = "", unless: str = "") -> Transform:
    """Set a header of the answer."""
    return Transform("stamp", "put", name, value, beside=beside, unless=unless)


def stamp_rename(name: str, other: str, *, beside: str = "", unless: str = "") -> Transform:
    """Give a header of the answer another name."""
    return Transform("stamp", "rename", name, other, beside=beside, unless=unless)


HEADERS = "$headers"
"""Where a request's headers stand for the conditions of a transform: `$headers.anthropic-beta`."""


UNKNOWN = "$unknown"
"""Where the names of a request's unknown top-level fields stand, if it has any."""


ROUTE, METHOD = ":path", ":method"
"""A request's path, with its query, and its method: they stand among its headers, as in HTTP/2."""

AT_ROUTE = f"{HEADERS}.{ROUTE}"


def at_route(pattern: str, transform: Transform) -> Transform:
    """The same change, made to what is asked of a path that matches."""
    return replace(transform, given={**transform.given, AT_ROUTE: pattern})


def elsewhere(pattern: str, transform: Transform) -> Transform:
    """A change of Messages' answers, made to the answers of other endpoints instead, at the paths that match."""
    return replace(at_route(pattern, transform), stage="other")


def answer_estimate(path: str, letters: int) -> Transform:
    """Put a guess at the number of tokens in: one for so many letters of the request's JSON."""
    return Transform("answer", "estimate", path, letters)


def answer_scale(path: str, factor: float) -> Transform:
    """Multiply a count in the answer."""
    return Transform("answer", "scale", path, factor)
