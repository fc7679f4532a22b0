"""A budget counts what goes out on the wire, and nothing goes out once it is spent."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from conformance.evidence.journal import JournalError
from conformance.measure.measure import RequestCache, measure
from conformance.probing import calibrate
from conformance.probing.pulse import FIRST_TRY, Pulse
from conformance.probing.row import Probe, Row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Status
from conformance.rows import ROWS
from conformance.wire.budget import Budget, BudgetSpentError
from conformance.wire.client import Limits, Secrets, Wire
from tests.core.loopback import KEY, Answer, says, serving
from tests.core.made_up import RUN, counted, exchange, message, refusal, request
from tests.in_process import info_of

OK = says(json.dumps(message()).encode(), content_type="application/json")
LATER = says(b"{}", 429, retry_after="0")


def asked_of(budget: Budget, *answers: Answer, times: int = 6, concurrency: int = 2) -> tuple[int, list[str]]:
    """How many requests reach a server that is asked so often at once, and why the others were not sent."""

    async def ask() -> tuple[int, list[str]]:
        limits = Limits(timeout=10, patience=10, concurrency=concurrency)
        async with (
            serving(*answers) as server,
            Wire(server.url, Secrets(key=SecretStr(KEY)), limits, budget=budget) as wire,
        ):
            each = [wire.send(request(number=number)) for number in range(times)]
            ended = await asyncio.gather(*each, return_exceptions=True)
            return len(server.heads), [str(end) for end in ended if isinstance(end, BudgetSpentError)]

    return asyncio.run(ask())


def test_no_more_requests_go_out_than_the_budget_has() -> None:
    reached, refused = asked_of(Budget(max_requests=4), OK)
    assert (reached, len(refused)) == (4, 2)
    # One of the four may still be under way.
    assert re.fullmatch(r"--max-requests=4 is spent \(4 requests and (42|56) tokens in this run\)", refused[0])


def test_a_request_that_is_told_to_come_back_later_counts() -> None:
    reached, refused = asked_of(Budget(max_requests=3), LATER, LATER, OK, times=1)
    assert (reached, refused) == (3, [])
    reached, refused = asked_of(Budget(max_requests=3), LATER, LATER, LATER, OK, times=1)
    assert (reached, len(refused)) == (3, 1)


def test_tokens_count_when_their_answer_is_there_and_then_nothing_more_goes_out() -> None:
    reached, refused = asked_of(Budget(max_tokens=15), OK, concurrency=1)
    assert (reached, len(refused)) == (2, 4)
    assert refused[0] == "--max-tokens=15 is spent (2 requests and 28 tokens in this run)"


def test_without_a_limit_all_goes_out_and_is_counted() -> None:
    budget = Budget()
    assert asked_of(budget, OK) == (6, [])
    assert (budget.requests, budget.tokens, budget.limited) == (6, 84, False)


@pytest.mark.parametrize(
    ("answer", "tokens"),
    [
        (exchange(message()), 14),
        (exchange(message(usage={"input_tokens": 1, "cache_read_input_tokens": 20, "output_tokens": 3})), 24),
        (exchange(counted(-500)), 0),
        (exchange(message(usage=None)), 0),
        (refusal(), 0),
        (exchange(status=None, failure="connect: refused"), 0),
    ],
)
def test_tokens_are_those_of_usage(answer: Exchange, tokens: int) -> None:
    budget = Budget()
    budget.count(answer)
    assert budget.tokens == tokens


def both_at_once(run: Run) -> Conversation[Verdict]:
    yield {"refused": run.message("refused"), "slow": run.message("slow")}
    return Verdict(status=Status.SUPPORTED)


def nothing_more(run: Run) -> Conversation[Verdict]:
    yield {"baseline": calibrate.baseline(run)}
    return Verdict(status=Status.SUPPORTED)


def row(name: str, probe: Probe) -> Row:
    return replace(ROWS[0], id=name, probe=probe)


def test_a_row_that_is_cut_leaves_no_cassette_and_what_is_under_way_is_kept(tmp_path: Path) -> None:
    kept: list[Exchange] = []

    async def send(asked: Request) -> Exchange:
        if b"refused" in asked.body:
            raise BudgetSpentError("spent")
        if b"slow" in asked.body:
            await asyncio.sleep(0.05)
        return exchange(message(), asked=asked)

    cut_and_done = [row("made.cut", both_at_once), row("made.done", nothing_more)]
    ask = RequestCache(send, keep=kept.append)
    undone = asyncio.run(measure(cut_and_done, RUN, ask, folder=tmp_path, info=info_of(RUN), url="http://x.invalid"))
    assert (undone.cut, undone.unmet) == (["made.cut"], [])
    assert [path.name for path in tmp_path.iterdir()] == ["made.done.yaml"]
    assert any(b"slow" in each.request.body for each in kept)


def refused_once(run: Run) -> Conversation[Verdict]:
    yield {"bad": run.message("refused")}
    return Verdict(status=Status.PARTIAL, deviation=Deviation.OTHER_REFUSAL)


@pytest.mark.parametrize("spent", [True, False])
def test_a_refusal_that_nothing_vouches_for_because_the_budget_is_spent_is_no_word(spent: bool, tmp_path: Path) -> None:
    async def send(asked: Request) -> Exchange:
        if asked.attempt >= FIRST_TRY and spent:
            raise BudgetSpentError("spent")
        return replace(refusal(), request=asked) if b"refused" in asked.body else exchange(message(), asked=asked)

    ask = RequestCache(send, pulse=Pulse(bare=calibrate.baseline(RUN)))
    rows = [row("made.refused", refused_once), row("made.done", nothing_more)]
    undone = asyncio.run(measure(rows, RUN, ask, folder=tmp_path, info=info_of(RUN), url="http://x.invalid"))
    assert (undone.cut, undone.lost) == (["made.refused"] if spent else [], [])
    assert (tmp_path / "made.refused.yaml").is_file() is not spent


def test_a_row_whose_endpoint_could_not_be_asked_is_left_to_be_measured(tmp_path: Path) -> None:
    async def send(asked: Request) -> Exchange:
        return exchange(status=None, failure="connect: refused", asked=asked)

    rows = [row("made.unmet", nothing_more)]
    undone = asyncio.run(
        measure(rows, RUN, RequestCache(send), folder=tmp_path, info=info_of(RUN), url="http://x.invalid")
    )
    assert (undone.cut, undone.unmet) == ([], ["made.unmet"])


def test_a_journal_that_cannot_be_written_ends_the_measurement(tmp_path: Path) -> None:
    async def send(asked: Request) -> Exchange:
        return exchange(message(), asked=asked)

    def full(kept: Exchange) -> None:
        raise JournalError("no space")

    rows = [row("made.row", nothing_more)]
    with pytest.raises(JournalError, match="no space"):
        asyncio.run(
            measure(
                rows, RUN, RequestCache(send, keep=full), folder=tmp_path, info=info_of(RUN), url="http://x.invalid"
            )
        )
    assert list(tmp_path.iterdir()) == []


def test_with_so_many_rows_at_once_the_first_are_done_before_the_last_begin(tmp_path: Path) -> None:
    begun: list[bytes] = []

    async def send(asked: Request) -> Exchange:
        begun.append(asked.body)
        await asyncio.sleep(0)
        return exchange(message(), asked=asked)

    def two_turns(name: str) -> Probe:
        def probe(run: Run) -> Conversation[Verdict]:
            for turn in "12":
                yield {turn: run.message(f"{name} {turn}")}
            return Verdict(status=Status.SUPPORTED)

        return probe

    rows = [row(f"made.{name}", two_turns(name)) for name in "abc"]
    ask = RequestCache(send)
    asyncio.run(measure(rows, RUN, ask, folder=tmp_path, info=info_of(RUN), url="http://x.invalid", rows_at_once=1))
    assert [json.loads(body)["messages"][0]["content"] for body in begun[1:]] == [
        "a 1",
        "a 2",
        "b 1",
        "b 2",
        "c 1",
        "c 2",
    ]
