"""Where the changes of an act are made: on the way into the endpoint and on the way out, each where it holds."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference.changes import CHANGES, value_at
from conformance.reference.errors import ApiError, invalid
from conformance.reference.paths import Location, at, find, parse_path
from conformance.reference.schema.problems import unknown_key, unknown_type
from conformance.reference.schema.request import CreateMessage
from conformance.reference.transforms import AT_ROUTE, HEADERS, METHOD, ROUTE, UNKNOWN, Headers, Json, Transform


def sent_with(headers: Headers, body: Any) -> Json:
    """A request as the conditions of a transform see it: its body, its headers under HEADERS, and the names of fields
    that the documents do not know under UNKNOWN."""
    fields = body if isinstance(body, dict) else {}
    unknown = [name for name in fields if name not in CreateMessage.model_fields]
    strange = {UNKNOWN: unknown} if unknown else {}
    return {**fields, HEADERS: {name: lines[0] for name, lines in headers.items()}, **strange}


def _reaches(step: Transform, sent: Json) -> bool:
    """Faults and conditions on errors are told of Messages; elsewhere they are met only where they name a path."""
    headers = sent.get(HEADERS, {})
    route = headers.get(ROUTE, "").partition("?")[0]
    of_messages = route in ("", "/v1/messages") and headers.get(METHOD, "POST") == "POST"
    if step.stage not in ("fault", "error") or of_messages or AT_ROUTE in step.given:
        return True
    return step.stage == "error" and not (step.beside or step.unless or step.given)


def holds(step: Transform, sent: Json) -> bool:
    """Whether a request meets the conditions of a transform."""
    if not _reaches(step, sent):
        return False
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
            operand = transform.value
            if transform.name in ("copy", "prepend"):
                operand = value_at(sent, transform.value)
            elif transform.name == "estimate":
                fields = {key: value for key, value in sent.items() if key not in (HEADERS, UNKNOWN)}
                operand = len(json.dumps(fields)) // transform.value
            CHANGES[transform.name](message, transform.path, operand)
    return message


def apply_stamps(transforms: Sequence[Transform], headers: Mapping[str, str], sent: Json) -> dict[str, str]:
    """The headers of an answer as changed."""
    changed = dict(headers)
    for transform in transforms:
        if not holds(transform, sent) or (transform.name != "put" and transform.path not in changed):
            continue
        value = changed.pop(transform.path, "")
        if transform.name != "drop":
            changed |= {transform.path: transform.value} if transform.name == "put" else {transform.value: value}
    return changed


def apply_error(transforms: Sequence[Transform], body: Json, sent: Json) -> Json:
    """An error body as reshaped."""
    for transform in transforms:
        if transform.name == "reshape" and holds(transform, sent):
            body = _shaped(transform.value, {"$type": body["error"]["type"], "$message": body["error"]["message"]})
    return body


def _shaped(shape: Any, values: Mapping[str, str]) -> Any:
    if isinstance(shape, dict):
        return {key: _shaped(value, values) for key, value in shape.items()}
    return values.get(shape, shape) if isinstance(shape, str) else shape
