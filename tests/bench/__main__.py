"""`python -m tests.bench [--write] [--times N]`: what a run costs and how long it takes, beside the targets.

`--write` puts the table into docs/costs.md. Figures by the clock are ratios, and medians of several rounds: the machine
may be busy.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.measure.plan import LONG_PROMPT_TOKENS, plan
from conformance.rows import ROWS
from tests.bench import clock, echoing, replaying, spending

PAGE = Path(__file__).parents[2] / "docs" / "costs.md"
OPENING, CLOSING = "<!-- bench -->", "<!-- /bench -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `most` is the target, None where there is none."""

    what: str
    value: float
    most: float | None = None
    digits: int = 2

    @property
    def cells(self) -> tuple[str, str, str, str]:
        target = "" if self.most is None else f"at most {self.most:,g}"
        met = "" if self.most is None else "yes" if self.met else "**no**"
        return self.what, f"{self.value:,.{self.digits}f}", target, met

    @property
    def met(self) -> bool:
        return self.most is None or round(self.value, self.digits) <= self.most


def spending_figures() -> Iterator[Figure]:
    """Requests and tokens. These are counted, so they are the same on every machine. Caching and Claude Code's turns,
    which need long prompts, are counted apart."""
    planned = plan([row.id for row in ROWS])
    half = spending.spent_where_half_is_refused()
    counted = planned.rows - planned.apart_rows
    needless = f"requests a row, of the {counted} rows that need no long prompt"
    for_all, by_rows = planned.for_all, planned.others - planned.for_all
    others, whole = by_rows.requests, planned.cost.requests
    yield Figure(f"{needless} ({others} for {counted})", others / counted, 1.6)
    same = f"whether the endpoint is still the same at the end ({for_all.input_tokens} tokens in)"
    yield Figure(f"requests for all rows together: {same}", for_all.requests, digits=0)
    yield Figure(f"requests a row, of all rows ({whole} with these for {planned.rows})", whole / planned.rows)
    on_half = f"on an endpoint that refuses what {half.refused} rows ask"
    yield Figure(f"{needless}, {on_half} ({half.others.requests} for {half.rows})", half.requests_a_row, 2.2)
    yield Figure("tokens in, without the rows that need long prompts", by_rows.input_tokens, 25_000, 0)
    yield Figure("tokens out, without the rows that need long prompts", by_rows.output_tokens, 6_000, 0)
    apart = (
        f"{planned.apart_rows} rows that need prompts of more than {LONG_PROMPT_TOKENS:,} tokens (caching, Claude Code)"
    )
    yield Figure(f"{apart}: requests", planned.apart.requests, digits=0)
    yield Figure(f"{apart}: tokens in", planned.apart.input_tokens, digits=0)
    yield Figure(f"{apart}: tokens out", planned.apart.output_tokens, digits=0)
    ignored, scripted = spending.where_half_is_ignored(), spending.on_a_scripted_server()
    what = f"requests on an endpoint that does not heed what {ignored.ignored} rows ask, over the plan"
    yield Figure(what, ignored.over_plan, 1.5)
    yield Figure("requests on a server that answers by a script, over the plan", scripted.over_plan, 1.5)
    for row, rounds in spending.longest_chains(1):
        yield Figure(f"questions one after another in the longest row, `{row}`", rounds, digits=0)


def clock_figures(times: int) -> Iterator[Figure]:
    """Wall clock and overhead."""
    timed = clock.median(clock.beside_its_bound(times))
    yield Figure(
        f"whole table, {clock.AT_ONCE} at once, every answer {clock.LATE * 1000:.0f} ms late: time over its bound "
        "(requests × latency ÷ concurrency)",
        timed.over_bound,
        1.2,
    )
    beside = clock.beside_bare_httpx2(times)
    yield Figure("a request over the suite's wire: time over bare httpx2 with the same bytes", beside.wire, 1.5)
    # A connection a question, and the search for the key in all its spellings: bare httpx2 does neither.
    yield Figure("the same in CPU seconds of the client, some tenths of a millisecond each", beside.wire_cpu)
    yield Figure("the same as a whole measurement, its rows counted in", beside.whole)


def replay_figures(times: int) -> Iterator[Figure]:
    """Whole runs of pytest, replays and reports."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        replaying.record(folder)
        whole = replaying.beyond_own_start(folder, times, replaying.run)
        beyond_start = "CPU seconds beyond pytest's own start"
        yield Figure(f"whole table of the embedded endpoint, in the same process: {beyond_start}", whole)
        alone = replaying.beyond_own_start(folder, times, replaying.run_of_another)
        # What the embedded endpoint and the import of the official SDK take is not the suite's to lower.
        what = "the same of an endpoint in another process, without the import of the official SDK"
        yield Figure(what, alone, 3.0)
        collected = replaying.beyond_own_start(folder, times, replaying.collect)
        yield Figure(f"`--collect-only`: {beyond_start}", collected, 0.5)
        beyond = replaying.beyond_own_start(folder, times)
        yield Figure(f"replay of the whole table: {beyond_start}", beyond, 3.0)
        echoed = replaying.beyond_own_start(folder, times, replaying.replay_of_echoes)
        what = f"the same of an endpoint that echoes its prompt, {echoing.SIZE:,} characters an answer"
        yield Figure(what, echoed, 10.0)
        many = f"{replaying.PROVIDERS} providers"
        growth = replaying.replay_growth(folder, times)
        yield Figure(f"replay of one provider with those of {many} beside it, over it alone", growth)
        yield Figure(f"judging {many}, each over the first", replaying.judging_growth(folder))
        yield Figure(f"rendering the reports of {many}, each over one alone", replaying.rendering_growth(folder))


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table of Markdown."""
    lines = ["| what is measured | figure | target | met |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {' | '.join(figure.cells)} |" for figure in figures)])


def with_table(page: str, text: str) -> str:
    """The page with the table between its markers."""
    before, _, rest = page.partition(OPENING)
    after = rest.partition(CLOSING)[2]
    return f"{before}{OPENING}\n\n{text}\n\n{CLOSING}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints; 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--write", action="store_true", help="put the table into docs/costs.md")
    parser.add_argument("--times", type=int, default=5, metavar="N", help="rounds of each (default: 5)")
    options = parser.parse_args(arguments)
    figures = [*spending_figures(), *clock_figures(options.times), *replay_figures(options.times)]
    text = table(figures)
    print(text)
    for row, rounds in spending.longest_chains():
        print(f"{row}: {rounds} questions one after another", file=sys.stderr)
    if options.write:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
    return int(not all(figure.met for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
