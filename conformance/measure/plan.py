"""What a selection of rows will cost, told before anything is sent.

The figures are those of a walk over every row on the embedded endpoint, which supports everything: they come with the
package, and `python -m tests.plan_figures` makes them anew. A row that is refused or misses costs more requests or
fewer: so the same walk over endpoints that refuse, do not heed or answer by a script what is asked, and before weak
models, gives the most beside what is expected.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

FIGURES = "plan_figures.json"

LONG_PROMPT_TOKENS = 1_000
"""A row that sends a longer prompt than this is counted apart: caching and Claude Code's turns cannot do with less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Requests, each counted once however many rows want it, and the tokens that they are counted as."""

    requests: int
    input_tokens: int
    output_tokens: int

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )

    def __sub__(self, other: Cost) -> Cost:
        return Cost(
            requests=self.requests - other.requests,
            input_tokens=self.input_tokens - other.input_tokens,
            output_tokens=self.output_tokens - other.output_tokens,
        )

    def as_json(self) -> dict[str, int]:
        """What stands in matrix.json."""
        return {
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
        }


Rounds = Sequence[Sequence[str]]
"""What a row asks: round after round, each the names of its exchanges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Every row's exchanges, and what each costs in tokens, in and out. `long_prompt` has the rows that ask otherwise
    where whole contexts may be asked; `hard` is what the rows ask of each endpoint that is hard to measure. `for_all`
    is what a run of `least` requests or more asks beside its rows: whether the endpoint is still the same."""

    exchanges: Mapping[str, tuple[int, int]]
    rows: Mapping[str, Rounds]
    long_prompt: Mapping[str, Rounds]
    hard: Sequence[Mapping[str, Sequence[str]]] = ()
    for_all: Sequence[tuple[int, int]] = ()
    least: int = 0

    def most(self, row_ids: Collection[str], *, long_prompt: bool = False) -> int:
        """The most requests that one of the walked endpoints took for these rows."""
        asked = [{each for row_id in row_ids for each in rows.get(row_id, ())} for rows in self.hard]
        return max(map(len, [self.wanted(row_ids, long_prompt=long_prompt), *asked]))

    def rounds(self, row_id: str, *, long_prompt: bool = False) -> Rounds:
        """What a row asks; nothing for a row that has no figures yet."""
        asked = self.rows.get(row_id, ())
        return self.long_prompt.get(row_id, asked) if long_prompt else asked

    def wanted(self, row_ids: Collection[str], *, long_prompt: bool = False) -> set[str]:
        """The exchanges that these rows want, each once."""
        rounds = (asked for row_id in row_ids for asked in self.rounds(row_id, long_prompt=long_prompt))
        return {exchange for asked in rounds for exchange in asked}

    def needs_long_prompts(self, row_id: str, *, long_prompt: bool = False) -> bool:
        """Is one of the row's prompts longer than LONG_PROMPT_TOKENS?"""
        wanted = self.wanted([row_id], long_prompt=long_prompt)
        return any(self.exchanges[exchange][0] > LONG_PROMPT_TOKENS for exchange in wanted)

    def cost(self, wanted: Collection[str]) -> Cost:
        """The sum over these exchanges."""
        return _sum([self.exchanges[each] for each in wanted])

    def beside(self, wanted: Collection[str]) -> Cost:
        """What a run that asks these asks for all of its rows together."""
        return _sum(self.for_all if len(wanted) >= self.least else ())


def _sum(exchanges: Collection[tuple[int, int]]) -> Cost:
    return Cost(
        requests=len(exchanges),
        input_tokens=sum(tokens_in for tokens_in, _ in exchanges),
        output_tokens=sum(tokens_out for _, tokens_out in exchanges),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a selection costs. `apart` is what its rows with long prompts (`apart_rows`) add to the others, `longest`
    the most rounds that one row asks one after the other. `whole_contexts` are the rows that ask prompts longer than
    the model's context, `unknown` those that have no figures. `most` is how many requests they may take. `for_all` is
    what is asked beside the rows, and is part of `cost`."""

    rows: int
    cost: Cost
    for_all: Cost
    most: int
    apart_rows: int
    apart: Cost
    longest: int
    whole_contexts: Sequence[str]
    unknown: Sequence[str]

    @property
    def others(self) -> Cost:
        """What the rows without long prompts cost, with what is asked for all rows together."""
        return self.cost - self.apart


def plan(row_ids: Collection[str], *, long_prompt: bool = False, known: Figures | None = None) -> Plan:
    """The plan of a selection: what its rows share is counted once."""
    known = known or figures()
    apart = {each for each in row_ids if known.needs_long_prompts(each, long_prompt=long_prompt)}
    wanted = known.wanted(row_ids, long_prompt=long_prompt)
    others = known.wanted([each for each in row_ids if each not in apart], long_prompt=long_prompt)
    for_all = known.beside(wanted)
    return Plan(
        rows=len(row_ids),
        cost=known.cost(wanted) + for_all,
        for_all=for_all,
        most=known.most(row_ids, long_prompt=long_prompt) + for_all.requests,
        apart_rows=len(apart),
        apart=known.cost(wanted - others),
        longest=max((len(known.rounds(each, long_prompt=long_prompt)) for each in row_ids), default=0),
        whole_contexts=[each for each in row_ids if long_prompt and each in known.long_prompt],
        unknown=[each for each in row_ids if each not in known.rows],
    )


def expected(row_ids: Collection[str], *, long_prompt: bool) -> dict[str, int]:
    """What is expected of a run of these rows, as it stands in matrix.json."""
    planned = plan(row_ids, long_prompt=long_prompt)
    return {**planned.cost.as_json(), "most_requests": planned.most}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast an endpoint may be asked, and how long one answer is assumed to take, in seconds."""

    requests_per_minute: int | None
    tokens_per_minute: int | None
    concurrency: int
    latency: float = 2.0

    def bounds(self, planned: Plan) -> dict[str, float]:
        """The least time in seconds that each limit leaves; the greatest of them binds."""
        bounds = {}
        if self.requests_per_minute:
            key = f"{self.requests_per_minute:,} requests a minute"
            bounds[key] = planned.cost.requests * 60 / self.requests_per_minute
        if self.tokens_per_minute:
            key = f"{self.tokens_per_minute:,} tokens a minute"
            bounds[key] = planned.cost.tokens * 60 / self.tokens_per_minute
        waiting = f"answers of {self.latency:g} s (assumed)"
        bounds[f"{waiting}, {self.concurrency} at once"] = planned.cost.requests * self.latency / self.concurrency
        bounds[f"{waiting}, {planned.longest} one after another in one row"] = planned.longest * self.latency
        return bounds


def rounds_left(rounds: Rounds, asked: int) -> int:
    """How many rounds a row still has to ask, after so many exchanges."""
    return sum(end > asked for end in accumulate(map(len, rounds)))


@cache
def figures() -> Figures:
    """The figures that come with the package."""
    text = files("conformance.measure").joinpath(FIGURES).read_text(encoding="utf-8")
    return read_figures(json.loads(text))


def read_figures(data: Mapping[str, Any]) -> Figures:
    """The figures of a file's JSON."""
    return Figures(
        exchanges={name: (int(spent[0]), int(spent[1])) for name, spent in data["exchanges"].items()},
        rows=data["rows"],
        long_prompt=data["long_prompt"],
        hard=data["hard"],
        for_all=[(int(tokens_in), int(tokens_out)) for tokens_in, tokens_out in data["for_all"]["exchanges"]],
        least=data["for_all"]["least"],
    )
