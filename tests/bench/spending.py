"""What the whole table costs where everything is supported, where half of it is refused or ignored, and on a server
that answers by a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette

from conformance.lies import LIES, Lie
from conformance.measure.plan import Cost, figures, plan
from conformance.probing.run import Run
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.report.result import cost
from conformance.rows import ROWS
from tests.bench.scripted import scripted_app
from tests.in_process import KEY, asked_in_rounds, verdicts
from tests.proofs.reach import reached

SEED, AUTH = 7, "x-api-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the rows that need no long prompt cost; `rows` is how many they are, `refused` how many of all rows the
    endpoint refuses."""

    rows: int
    others: Cost
    refused: int = 0

    @property
    def requests_a_row(self) -> float:
        return self.others.requests / self.rows


def half_refused() -> list[Lie]:
    """For half of the rows the lie that refuses what they ask about, those first that reach fewest other rows."""
    refusals = {lie.row: lie for lie in LIES if lie.name == "refused" and lie.status == Status.REJECTED}
    return sorted(refusals.values(), key=lambda lie: len(reached(lie, seed=SEED, auth=AUTH)))[: len(ROWS) // 2]


def spent_where_half_is_refused() -> Spent:
    """What the table costs on an endpoint that refuses what half of its rows ask about."""
    acts = [lie.act for lie in half_refused()]

    def app() -> Starlette:
        return create_app(api_key=KEY, acts=acts)

    asked = asked_in_rounds(app(), Run(seed=SEED, model=DEFAULT_MODELS[0]))
    found = verdicts(app(), model=DEFAULT_MODELS[0], seed=SEED)
    refused = sum(verdict.status is Status.REJECTED for verdict in found.values())
    others = {row: rounds for row, rounds in asked.items() if not figures().needs_long_prompts(row)}
    return Spent(rows=len(others), others=together(others), refused=refused)


def half_ignored() -> list[Lie]:
    """For half of the rows the lie that takes what they ask about and does not heed it, those first that reach fewest
    other rows."""
    lies: dict[str, Lie] = {}
    for lie in LIES:
        if lie.status == Status.IGNORED:
            lies.setdefault(lie.row, lie)
    return sorted(lies.values(), key=lambda lie: len(reached(lie, seed=SEED, auth=AUTH)))[: len(ROWS) // 2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """How many requests the whole table takes of an endpoint, in all and over what is planned, and how many rows it
    leaves ignored and untested."""

    requests: int
    over_plan: float
    ignored: int
    untested: int


def over_plan(app: Callable[[], Starlette]) -> Over:
    """The requests of the whole table on a fresh one of these endpoints."""
    asked = asked_in_rounds(app(), Run(seed=SEED, model=DEFAULT_MODELS[0]))
    found = [verdict.status for verdict in verdicts(app(), model=DEFAULT_MODELS[0], seed=SEED).values()]
    requests = together(asked).requests
    return Over(
        requests=requests,
        over_plan=requests / plan([row.id for row in ROWS]).cost.requests,
        ignored=found.count(Status.IGNORED),
        untested=found.count(Status.UNTESTED),
    )


def where_half_is_ignored() -> Over:
    """On an endpoint that takes what half of the rows ask about, and does not heed it."""
    acts = [lie.act for lie in half_ignored()]
    return over_plan(lambda: create_app(api_key=KEY, acts=acts))


def on_a_scripted_server() -> Over:
    """On a server that answers by a script."""
    return over_plan(scripted_app)


def together(asked: Mapping[str, Sequence[Sequence[Exchange]]]) -> Cost:
    """The cost of all exchanges, each once."""
    each = {one.request.identity: one for rounds in asked.values() for taken in rounds for one in taken}
    spent = [cost(exchange) for exchange in each.values()]
    return Cost(
        requests=len(spent),
        input_tokens=sum(one.input_tokens for one in spent),
        output_tokens=sum(one.output_tokens for one in spent),
    )


def longest_chains(most: int = 5) -> list[tuple[str, int]]:
    """The rows that ask most rounds one after the other, by the plan's figures."""
    chains = [(row.id, plan([row.id]).longest) for row in ROWS]
    return sorted(chains, key=lambda chain: -chain[1])[:most]
