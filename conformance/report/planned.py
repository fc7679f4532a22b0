"""A plan in the terminal: before a run, and beside what the run came to."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.expect.claims.load import Provider
from conformance.measure.plan import LONG_PROMPT_TOKENS, Cost, Pace, Plan
from conformance.measure.target import Target
from conformance.report.matrix_record import MatrixRun, PlannedCost


def plan_lines(plan: Plan, target: Target) -> Iterator[str]:
    """The plan of a run on a target: rows, requests, tokens, time and cost."""
    yield f"the plan for {target.url or 'the embedded endpoint'}, on an endpoint that supports everything:"
    yield _line("", "rows", "requests", "tokens in", "tokens out")
    if plan.apart_rows:
        yield _costs("without long prompts", plan.rows - plan.apart_rows, plan.others)
        yield _costs(f"with prompts over {LONG_PROMPT_TOKENS:,} tokens", plan.apart_rows, plan.apart)
    yield _costs("together", plan.rows, plan.cost)
    yield f"at most {plan.most:,} requests, where what is asked is refused, not heeded or beyond the model"
    if plan.whole_contexts:
        rows = ", ".join(plan.whole_contexts)
        yield f"{rows}: a prompt longer than the context costs nothing where it is refused, else all its tokens"
    if plan.unknown:
        yield f"not in the plan, for they have no figures yet: {', '.join(plan.unknown)}"
    bounds = pace_of(target).bounds(plan)
    binding = max(bounds, key=lambda limit: bounds[limit])
    others = [f"{limit}: {duration(seconds)}" for limit, seconds in bounds.items() if limit != binding]
    yield f"time: at least {duration(bounds[binding])}, by {binding} ({'; '.join(others)})"
    yield f"cost: {price(plan.cost, target)}"
    yield "nothing was sent"


def pace_of(target: Target) -> Pace:
    """The limits that a run on the target keeps to; the embedded endpoint has none."""
    return Pace(
        requests_per_minute=None if target.embedded else target.limits.rate,
        tokens_per_minute=None if target.embedded else target.limits.token_rate,
        concurrency=target.limits.concurrency,
    )


def price(cost: Cost, target: Target) -> str:
    """What the tokens cost by the provider's documents."""
    if target.embedded:
        return "none, the embedded endpoint is this machine's own"
    found = target.claims.price_of(target.model) if target.claims else None
    if found is None:
        return f"no prices are documented{_where(target.claims, target.model)}"
    sum_of = (cost.input_tokens * found.input + cost.output_tokens * found.output) / 1_000_000
    return (
        f"{sum_of:,.4f} {found.currency} ({found.input:g} a million tokens in, {found.output:g} out, "
        f"by “{found.quote}”)"
    )


def _where(provider: Provider | None, model: str | None) -> str:
    if provider is None:
        return " (name a --provider whose file has [[prices]])"
    return f" for {model} in the file of {provider.name}" if model else f" in the file of {provider.name}"


def asked_line(run: MatrixRun, planned: PlannedCost) -> str:
    """What a run asked, beside its plan."""
    most = "" if planned.most_requests is None else f" (at most {planned.most_requests:,})"
    return (
        f"asked, of what was planned: requests {run.requests:,} of {planned.requests:,}{most}, "
        f"tokens in {run.input_tokens:,} of {planned.input_tokens:,}, "
        f"tokens out {run.output_tokens:,} of {planned.output_tokens:,}"
    )


def duration(seconds: float) -> str:
    """Seconds in words, rounded up: `8 min 25 s`."""
    minutes, rest = divmod(-int(-seconds // 1), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _costs(label: str, rows: int, cost: Cost) -> str:
    return _line(label, f"{rows:,}", f"{cost.requests:,}", f"{cost.input_tokens:,}", f"{cost.output_tokens:,}")


def _line(label: str, *cells: str) -> str:
    return f"  {label:<32}" + "".join(f"{cell:>12}" for cell in cells)
