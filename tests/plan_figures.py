"""`python -m tests.plan_figures` makes the figures anew that `--plan` reads: what every row asks of the embedded
endpoint, and what each exchange costs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from conformance.measure.measure import RequestCache
from conformance.measure.plan import FIGURES
from conformance.probing import changed
from conformance.probing.run import Run
from conformance.protocol.exchange import Exchange, Request
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.report.result import cost
from conformance.rows import ROWS
from tests.bench.scripted import scripted_app
from tests.bench.spending import half_ignored, half_refused
from tests.in_process import KEY, asked_in_rounds, measured

FILE = Path(__file__).parent.parent / "conformance" / "measure" / FIGURES
SEED = 7

MADE_UP = re.compile(r"(?<=_)[0-9A-Za-z]{20,}")
"""An id that the endpoint gave to a call, a file or an answer."""


def walked() -> dict[str, Any]:
    """The figures, by a walk over every row with a fixed seed, without whole contexts and with them."""
    costs: dict[str, list[int]] = {}

    def figures(row: str, rounds: Sequence[Sequence[Exchange]]) -> list[list[str]]:
        names = names_of(row, rounds)
        for exchange in (each for asked in rounds for each in asked):
            spent = cost(exchange)
            costs.setdefault(names[exchange.request.identity], [spent.input_tokens, spent.output_tokens])
        return [[names[exchange.request.identity] for exchange in asked] for asked in rounds]

    asked, with_long = asked_of(long_prompt=False), asked_of(long_prompt=True)
    rows = {row: figures(row, rounds) for row, rounds in asked.items()}
    longer = {row: figures(row, rounds) for row, rounds in with_long.items()}
    return {
        "rows": rows,
        "long_prompt": {row: rounds for row, rounds in longer.items() if rounds != rows[row]},
        "exchanges": dict(sorted(costs.items())),
        "hard": [asked_of_hard(app) for app in hard_endpoints()],
        "for_all": {"least": changed.LEAST, "exchanges": asked_for_all()},
    }


def asked_for_all() -> list[list[int]]:
    """The tokens of each exchange that a whole run asks beside its rows."""
    asked: list[Exchange] = []
    ask = RequestCache(unsent, keep=asked.append)
    measured(create_app(api_key=KEY), ROWS, Run(seed=SEED, model=DEFAULT_MODELS[0]), None, ask, held={})
    spent = [cost(each) for each in asked if each.request.attempt >= changed.FIRST_TRY]
    return [[each.input_tokens, each.output_tokens] for each in spent]


async def unsent(request: Request) -> Exchange:
    """Fails: `measured` gives the way to send before anything is asked."""
    raise AssertionError(f"sent before there is a way to: {request.path}")


WEAK = ("never_obeys", "obeys_half_the_time")


def hard_endpoints() -> Iterator[Starlette]:
    """Endpoints of which more is asked than of one that supports everything."""
    yield scripted_app()
    for lies in (half_ignored(), half_refused()):
        yield create_app(api_key=KEY, acts=[lie.act for lie in lies])
    for temper in WEAK:
        yield create_app(api_key=KEY, temper=temper)


def asked_of_hard(app: Starlette) -> dict[str, list[str]]:
    """What each row asks of one of these."""
    asked = asked_in_rounds(app, Run(seed=SEED, model=DEFAULT_MODELS[0]))
    return {row: sorted(set(names_of(row, rounds).values())) for row, rounds in asked.items()}


def names_of(row: str, rounds: Sequence[Sequence[Exchange]]) -> dict[str, str]:
    """Names for a row's requests, by their identity. One that carries what the endpoint made up differs between two
    walks, and no other row asks it: it goes by its row and a number."""
    names: dict[str, str] = {}
    for request in (each.request for asked in rounds for each in asked):
        if request.identity not in names:
            own = request.beside or MADE_UP.search(request.identity)
            text = f"{row} {len(names)}" if own else request.identity
            names[request.identity] = hashlib.sha256(text.encode()).hexdigest()[:8]
    return names


def asked_of(*, long_prompt: bool) -> Mapping[str, list[list[Exchange]]]:
    """What every row asks of a fresh embedded endpoint."""
    run = Run(seed=SEED, model=DEFAULT_MODELS[0], long_prompt=long_prompt)
    return asked_in_rounds(create_app(api_key=KEY), run)


def dump(figures: Mapping[str, Any]) -> str:
    """The text of the file: a line a row, and a line an exchange."""

    def lines(rows: Mapping[str, Any]) -> str:
        return ",\n".join(
            f"  {json.dumps(row)}: {json.dumps(rounds, separators=(',', ':'))}" for row, rounds in rows.items()
        )

    hard = ",\n".join(f" {{\n{lines(asked)}\n }}" for asked in figures["hard"])
    return (
        f'{{\n "exchanges": {{\n{lines(figures["exchanges"])}\n }},\n'
        f' "rows": {{\n{lines(figures["rows"])}\n }},\n'
        f' "long_prompt": {{\n{lines(figures["long_prompt"])}\n }},\n'
        f' "hard": [\n{hard}\n ],\n'
        f' "for_all": {json.dumps(figures["for_all"])}\n}}\n'
    )


if __name__ == "__main__":
    FILE.write_text(dump(walked()), encoding="utf-8")
