"""A plan counts what rows share once, and says what binds: all on made-up figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from conformance.expect.claims.load import Price, Provider, RateLimit
from conformance.measure.plan import Cost, Pace, Plan, plan, read_figures
from conformance.measure.target import EMBEDDED, Target
from conformance.report.matrix_record import PlannedCost
from conformance.report.planned import asked_line, duration, plan_lines
from conformance.wire.client import Limits, Secrets
from tests.core.matrices import matrix

MADE_UP = read_figures(
    {
        "exchanges": {"bare": [10, 1], "one": [20, 2], "two": [30, 3], "long": [5000, 4], "context": [0, 0]},
        "rows": {
            "a": [["bare"], ["one"]],
            "b": [["bare"], ["one", "two"]],
            "long": [["bare"], ["long"], ["long"]],
            "context": [["bare"]],
        },
        "long_prompt": {"context": [["bare"], ["context"], ["context"], ["context"]]},
        "hard": [
            {"a": ["bare", "one", "two", "long"], "b": ["two", "long", "context"]},
            {"a": ["bare"], "b": ["bare", "one", "two", "long"]},
        ],
        "for_all": {"least": 5, "exchanges": [[7, 8]]},
    }
)


def planned(*rows: str, long_prompt: bool = False) -> Plan:
    return plan(rows, long_prompt=long_prompt, known=MADE_UP)


def cost(requests: int, tokens_in: int, tokens_out: int) -> Cost:
    return Cost(requests=requests, input_tokens=tokens_in, output_tokens=tokens_out)


def test_what_rows_share_is_counted_once() -> None:
    assert planned("a").cost == cost(2, 30, 3)
    assert planned("a", "b").cost == cost(3, 60, 6)


def test_long_prompts_are_counted_apart_without_what_the_others_ask_as_well() -> None:
    found = planned("a", "b", "long")
    assert (found.rows, found.apart_rows) == (3, 1)
    assert found.apart == cost(1, 5000, 4)
    assert found.others == planned("a", "b").cost
    assert planned("long").apart == planned("long").cost == cost(2, 5010, 5)


def test_a_whole_context_is_in_the_plan_where_it_is_asked() -> None:
    assert planned("context").cost.requests == 1
    asked = planned("context", long_prompt=True)
    assert (asked.cost.requests, asked.longest, asked.whole_contexts) == (2, 4, ["context"])
    assert planned("a", long_prompt=True).whole_contexts == []


def test_the_most_is_what_the_hardest_endpoint_was_asked_for_these_rows() -> None:
    assert (planned("a").most, planned("b").most, planned("a", "b").most) == (4, 4, 5)
    assert planned("long").most == planned("long").cost.requests
    assert planned().most == 0


def test_what_a_long_run_asks_for_all_rows_together_is_in_its_plan() -> None:
    assert planned("a", "b", "long").for_all == cost(0, 0, 0)
    whole = planned("a", "b", "long", "context", long_prompt=True)
    assert whole.for_all == cost(1, 7, 8)
    assert whole.cost == cost(6, 5067, 18)
    assert whole.most == 6
    assert whole.others == cost(5, 67, 14)


def test_a_row_without_figures_is_named() -> None:
    assert planned("a", "new").unknown == ["new"]
    assert planned("a", "new").cost == planned("a").cost


def test_no_rows_cost_nothing() -> None:
    assert planned().cost == cost(0, 0, 0)
    assert planned().longest == 0


@pytest.mark.parametrize(
    ("pace", "binding", "seconds"),
    [
        ({"requests_per_minute": 1}, "1 requests a minute", 240.0),
        ({"requests_per_minute": 60, "tokens_per_minute": 100}, "100 tokens a minute", 5070 * 60 / 100),
        ({"concurrency": 1}, "answers of 2 s (assumed), 1 at once", 8.0),
        ({"concurrency": 8}, "answers of 2 s (assumed), 3 one after another in one row", 6.0),
    ],
)
def test_the_slowest_limit_binds(pace: dict[str, int], binding: str, seconds: float) -> None:
    limits = {"requests_per_minute": None, "tokens_per_minute": None, "concurrency": 4, **pace}
    bounds = Pace(**limits).bounds(planned("a", "b", "long"))  # type: ignore[arg-type]
    assert max(bounds, key=lambda limit: bounds[limit]) == binding
    assert bounds[binding] == seconds


PROVIDER = Provider(
    name="acme",
    title="Acme",
    base_url="https://api.acme.example",
    auth=("bearer",),
    api_key_env="ACME_API_KEY",
    rate_limit=RateLimit(quote="2 a minute", requests_per_minute=2, tokens_per_minute=1_000_000),
    prices=(Price(model="m1", currency="CNY", input=4, output=16, quote="4 | 16", document="guide"),),
)


def target(provider: Provider | None = PROVIDER, model: str | None = "m1") -> Target:
    return Target(
        provider=provider.name if provider else EMBEDDED,
        url=provider.base_url if provider else "",
        model=model,
        auth="bearer",
        key_variable="ACME_API_KEY",
        secrets=Secrets(key=SecretStr("")),
        limits=Limits(rate=2, token_rate=1_000_000) if provider else Limits(),
        anthropic_version="2023-06-01",
        long_prompt=False,
        seed=7,
        record=False,
        replay=False,
        plan=True,
        cassettes=Path("cassettes"),
        reports=Path("reports"),
        claims=provider,
    )


def lines(plan: Plan, target: Target) -> str:
    return "\n".join(" ".join(line.split()) for line in plan_lines(plan, target))


def test_the_lines_say_rows_requests_tokens_time_and_cost() -> None:
    said = lines(planned("a", "b", "long"), target())
    assert "without long prompts 2 3 60 6\n" in said
    assert "with prompts over 1,000 tokens 1 1 5,000 4\n" in said
    assert "together 3 4 5,060 10\nat most 5 requests, where" in said
    assert "time: at least 2 min 0 s, by 2 requests a minute (1,000,000 tokens a minute: 1 s; " in said
    assert "cost: 0.0204 CNY (4 a million tokens in, 16 out, by “4 | 16”)" in said
    assert said.endswith("nothing was sent")


def test_rows_without_long_prompts_take_one_line() -> None:
    said = lines(planned("a", "b"), target())
    assert "long prompts" not in said
    assert "together 2 3 60 6\n" in said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (target(model="m2"), "no prices are documented for m2 in the file of acme"),
        (target(replace(PROVIDER, prices=()), None), "no prices are documented in the file of acme"),
        (target(None, None), "none, the embedded endpoint is this machine's own"),
    ],
)
def test_no_price_is_made_up(asked: Target, said: str) -> None:
    assert f"cost: {said}\n" in lines(planned("a"), asked)


def test_the_embedded_endpoint_has_no_rate() -> None:
    assert "a minute" not in lines(planned("a"), target(None, None))


def test_rows_outside_the_plan_are_told() -> None:
    assert "not in the plan, for they have no figures yet: new\n" in lines(planned("a", "new"), target())
    assert "\ncontext: a prompt longer than the context costs" in lines(planned("context", long_prompt=True), target())


def test_what_was_asked_stands_beside_what_was_planned() -> None:
    planned = PlannedCost.from_json(cost(1000, 7, 8).as_json())
    run = replace(matrix().run, requests=1007, input_tokens=5, output_tokens=6)
    said = "asked, of what was planned: requests 1,007 of 1,000{}, tokens in 5 of 7, tokens out 6 of 8"
    assert asked_line(run, planned) == said.format("")
    assert asked_line(run, replace(planned, most_requests=1500)) == said.format(" (at most 1,500)")


@pytest.mark.parametrize(("seconds", "said"), [(0, "0 s"), (0.2, "1 s"), (60, "1 min 0 s"), (505.0, "8 min 25 s")])
def test_a_duration_is_rounded_up(seconds: float, said: str) -> None:
    assert duration(seconds) == said
