"""Which rows a lie can reach: those of whose requests it would change one, refuse one, or answer one otherwise.

A row that asks nothing that a lie acts on meets the same answers as where nobody lies, request by request, and so asks
and judges the same: it need not be asked again under every lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from conformance.lies import Lie
from conformance.protocol.exchange import Request
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.reference.paths import find
from conformance.reference.stages import holds, looks_right, sent_with
from conformance.reference.transforms import HEADERS, METHOD, ROUTE, Transform
from conformance.rows import ROWS
from tests.in_process import KEY, logs


def reached(lie: Lie, *, seed: int, auth: str) -> list[str]:
    """The rows that the lie can reach, in their order."""
    return [
        row.id
        for row in ROWS
        if any(acts_on(step, asked) for asked in asked_by_honest(seed, auth)[row.id] for step in lie.transforms)
    ]


def acts_on(step: Transform, sent: Mapping[str, Any]) -> bool:
    """Whether a step would act on a request, or on its answer. In doubt it would."""
    headers = {name: [value] for name, value in sent[HEADERS].items()}
    if step.stage == "headers":
        there = step.name in ("put", "default") or step.path in headers
        return there and (not step.beside or step.beside in headers) and looks_right(step, dict(sent))
    if step.stage == "model":
        return True
    if not holds(step, dict(sent)):
        return False
    if step.stage in ("fault", "refuse", "request") and step.name != "default":
        return not step.path or bool(find(dict(sent), step.path))
    return True


@cache
def asked_by_honest(seed: int, auth: str) -> Mapping[str, list[dict[str, Any]]]:
    """What every row asks an endpoint that does not lie, as the conditions of a lie see it."""
    found = logs(create_app(api_key=KEY), model=DEFAULT_MODELS[0], seed=seed, auth=auth)
    return {row: [as_met(exchange.request) for exchange in log] for row, log in found.items()}


def as_met(request: Request) -> dict[str, Any]:
    """A request as the embedded endpoint's lies see it."""
    headers = {name.lower(): [value] for name, value in request.headers.items()}
    return sent_with({METHOD: [request.method], ROUTE: [request.path], **headers}, request.json)
