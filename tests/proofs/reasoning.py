"""What a model that thinks before it answers changes: how many rows come to another status, and what the run costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from conformance.probing.run import Run
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Reason
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import ROWS
from tests.in_process import KEY, judged_with_logs

MODELS = ("thinks_60_tokens", "thinks_300_tokens", "thinks_1500_tokens", "thinks_in_the_text", "thinks_unseen")
LEAST_SAME = 138
MOST_REQUESTS = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One such model beside the model that answers at once: rows of the same status, and requests over its requests."""

    model: str
    same: int
    moved: Mapping[str, Verdict]
    requests: float

    @property
    def called_weak(self) -> int:
        return sum(verdict.reason is Reason.MODEL_TOO_WEAK for verdict in self.moved.values())


@cache
def _run(model: str, seed: int) -> tuple[Mapping[str, Verdict], int]:
    app = create_app(api_key=KEY, temper=model)
    found = judged_with_logs(app, Run(seed=seed, model=DEFAULT_MODELS[0]))
    asked: set[str] = set()
    for _, log in found.values():
        asked |= set(map(_identity, log))
    return {row: verdict for row, (verdict, _) in found.items()}, len(asked)


def _identity(exchange: Exchange) -> str:
    return exchange.request.identity


def beside(model: str, seed: int = 7) -> Beside:
    """One whole run before this model, compared with one before the model that does not think."""
    plain, usual = _run("", seed)
    thinking, requests = _run(model, seed)
    moved = {row: verdict for row, verdict in thinking.items() if verdict.status is not plain[row].status}
    return Beside(model=model, same=len(ROWS) - len(moved), moved=moved, requests=requests / usual)


def table() -> Iterator[str]:
    """The comparison as a table of Markdown."""
    yield "| a model that | rows as without thinking | of the others called too weak | requests |"
    yield "| --- | --- | --- | --- |"
    for model in MODELS:
        found = beside(model)
        words = model.replace("_", " ")
        yield f"| {words} | {found.same} of {len(ROWS)} | {found.called_weak} | {found.requests:.2f} times |"
