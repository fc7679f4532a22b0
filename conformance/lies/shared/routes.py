"""Lies about an endpoint other than Messages, told by its path: it is not there, or goes wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.combinators import narrowed
from conformance.lies.shared.unclear_refusals import ENDS
from conformance.reference import faults
from conformance.reference.transforms import AT_ROUTE, HEADERS, METHOD, Transform, at_route, only

AT_METHOD = f"{HEADERS}.{METHOD}"
NOT_FOUND = "the path is met like one that does not exist: HTTP 404: Not Found"


def by_method(method: str, transform: Transform) -> Transform:
    """The same change, made to what is asked with this method."""
    return only(transform, {**transform.given, AT_METHOD: f"^{method}$"})


def answers(pattern: str, body: Any, *, status: int = 200, media_type: str = "application/json") -> Transform:
    """What is asked of a path that matches is answered with this JSON, or these bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return at_route(pattern, faults.say("", data, media_type, status=status))


def fails(pattern: str, status: int, words: str = "Internal error") -> Transform:
    """What is asked of a path that matches fails with this status."""
    return at_route(pattern, faults.fail(status, "", words))


def route_failures(row: str, pattern: str, of_another_kind: str) -> list[Lie]:
    """Every way to fail at a path; `of_another_kind` is what is said of JSON that is something else."""
    left_out = ["refused", "forbidden", "foreign", "overloaded"]
    told = narrowed(failures(row, AT_ROUTE, without=left_out), {AT_ROUTE: pattern})

    def lie(name: str, transform: Transform, status: str, note: str, code: str = "") -> Lie:
        return Lie(row=row, name=name, transforms=(transform,), status=status, note=note, code=code)

    def locked(name: str, status: int, words: str) -> Lie:
        note = f"^the key that is good for messages is not let in: HTTP {status}: {words}$"
        return lie(name, fails(pattern, status, words), "untested", note, "key_refused")

    return [
        *told,
        locked("forbidden", 403, "Not in your plan"),
        locked("not_for_this_key", 401, "invalid key"),
        lie("absent", fails(pattern, 404, "Not Found"), "rejected", NOT_FOUND),
        lie("unavailable", fails(pattern, 503, "Overloaded"), "broken", "HTTP 503: Overloaded"),
        lie("other_method", fails(pattern, 405, "Method Not Allowed"), "rejected", "^HTTP 405: Method Not Allowed$"),
        lie("unlike_a_path", fails(pattern, 400, "Not in this region"), "rejected", "^HTTP 400: Not in this region$"),
        lie("moved", answers(pattern, b"", status=307), "broken", "^HTTP 307$"),
        lie("gateway_gone", at_route(pattern, faults.page(502, "")), "broken", "^HTTP 502: an HTML page$"),
        lie("foreign", at_route(pattern, faults.foreign("")), "broken", of_another_kind),
        lie("nothing_inside", answers(pattern, {}), "broken", of_another_kind),
        lie("as_array", answers(pattern, []), "broken", "HTTP 200 with a body that is not a JSON object"),
    ]


def ends_of(row: str, what: str, pattern: str, note: str, *, method: str = "GET") -> list[Lie]:
    """What should be refused at a path (`what`, in the lies' names) meets no clean refusal."""
    return [
        Lie(
            row=row,
            name=f"{what}_{name}",
            transforms=(by_method(method, at_route(pattern, replace(fault, path=""))),),
            status="broken",
            note=f"{note}: no clean refusal: .*{end}",
        )
        for name, fault, end in ENDS
    ]
