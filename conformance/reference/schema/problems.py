"""Checks a body against its schema and words the first problem the official way: `loc.path: Message`.

An unknown key says "Extra inputs are not permitted"; an unknown block or tool type lists the expected tags.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence, Set
from typing import Any

from pydantic import BaseModel, ValidationError

from conformance.reference.errors import ApiError, invalid
from conformance.reference.schema.request import CountTokens, CreateMessage

Location = tuple[str | int, ...]
EXTRA = "Extra inputs are not permitted"
UNKNOWN = "\x00unknown"


def schema_of(counting: bool) -> type[BaseModel]:
    """The schema of a token count, or of a message."""
    return CountTokens if counting else CreateMessage


def check_schema(body: Any, *, counting: bool, locked: frozenset[str] = frozenset()) -> None:
    """Refuse a body that does not fit the schema, naming the first place; `locked` types are not offered."""
    problems = _problems(body, counting)
    if problems:
        raise invalid(f"{_place(problems[0]['loc'])}{_wording(problems[0], locked)}")


def unknown_key(body: Any, location: Location, *, counting: bool) -> ApiError:
    """The refusal that this endpoint gives to an unknown key, for the key at `location`."""
    key = location[-1]
    changed = copy.deepcopy(body)
    parent = _at(changed, location[:-1])
    parent[UNKNOWN] = parent.pop(key)
    for problem in _problems(changed, counting):
        if problem["loc"] and problem["loc"][-1] == UNKNOWN:
            return invalid(f"{_place((*problem['loc'][:-1], key))}{EXTRA}")
    return invalid(f"{_place(location)}{EXTRA}")


def unknown_type(
    body: Any, location: Location, *, counting: bool, key: str = "type", also: Sequence[str] = ()
) -> ApiError:
    """The refusal that this endpoint gives to an unknown `type`, for the block at `location`.

    `also` names further types that the list of expected tags must not offer.
    """
    refused = _at(body, location).get(key)
    changed = copy.deepcopy(body)
    _at(changed, location)[key] = UNKNOWN
    for problem in _problems(changed, counting):
        if problem["type"] == "union_tag_invalid" and UNKNOWN in str(problem["ctx"].get("tag")):
            text = _tag_wording(str(refused), _tags(problem), {str(refused), *also})
            return invalid(f"{_place(problem['loc'])}{text}")
        if problem["type"] == "literal_error" and problem["input"] == UNKNOWN:
            expected = str(problem["ctx"]["expected"]).replace(" or ", ", ").split(", ")
            left = [tag for tag in expected if tag.strip("'") != refused]
            return invalid(f"{_place(problem['loc'])}Input should be {_either(left)}")
    return invalid(f"{_place(location)}{_tag_wording(str(refused), [], set())}")


def _problems(body: Any, counting: bool) -> Sequence[Any]:
    try:
        schema_of(counting).model_validate(body)
    except ValidationError as error:
        return error.errors(include_url=False)
    return ()


def _at(body: Any, location: Location) -> Any:
    for step in location:
        body = body[step]
    return body


def _place(location: Sequence[str | int]) -> str:
    steps = [str(step) for step in location if not str(step).startswith("~")]
    return ".".join(steps) + ": " if steps else ""


def _tags(problem: Any) -> list[str]:
    return [tag.strip().strip("'") for tag in str(problem["ctx"]["expected_tags"]).split(",")]


def _tag_wording(tag: str, expected: Sequence[str], refused: Set[str]) -> str:
    listed = ", ".join(f"'{name}'" for name in expected if name not in refused)
    return f"Input tag '{tag}' found using 'type' does not match any of the expected tags: {listed}"


def _either(options: Sequence[str]) -> str:
    return options[0] if len(options) == 1 else ", ".join(options[:-1]) + f" or {options[-1]}"


def _wording(problem: Any, locked: frozenset[str]) -> str:
    kind = problem["type"]
    if kind == "union_tag_invalid":
        return _tag_wording(str(problem["ctx"]["tag"]), _tags(problem), locked)
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "Input should be a valid dictionary"
    return str(problem["msg"])
