"""What is asked late waits for every row that still asks, the earlier first, and no row is ever left waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from conformance.measure.late_phase import LatePhase
from conformance.measure.measure import RequestCache, drive_live
from conformance.probing.run import Conversation
from conformance.protocol.exchange import LAST, LATE, Exchange, Request


def asks(*rounds: Mapping[str, int]) -> Conversation[None]:
    """A row that asks these bodies, round after round, each as late as it says."""
    for asked in rounds:
        yield {name: Request(headers={}, body=name.encode(), late=late) for name, late in asked.items()}


def sent_by(
    rows: Sequence[Conversation[None]], known: Mapping[str, Exchange] | None = None, *, of_a_run: bool = False
) -> list[str]:
    """What was sent, in order, by rows that walk at once; `of_a_run`: all rows of a run."""
    sent: list[str] = []

    async def send(request: Request) -> Exchange:
        sent.append(request.body.decode())
        await asyncio.sleep(0)
        return Exchange(request=request, status=200)

    async def run() -> None:
        ask = RequestCache(send, known=known or {})
        ask.late_phase.rows = len(rows) if of_a_run else 0

        async def one(row: Conversation[None]) -> None:
            with ask.late_phase.row_under_way():
                await drive_live(row, ask, [], ask.late_phase)

        async with asyncio.timeout(5):
            await asyncio.gather(*(one(row) for row in rows))

    asyncio.run(run())
    return sent


def test_what_is_late_waits_for_the_rows_that_still_ask() -> None:
    rows = [asks({"a": 0}, {"a late": LATE}), asks(*({f"b{n}": 0} for n in range(5)))]
    assert sent_by(rows)[-1] == "a late"


@pytest.mark.parametrize(("others", "waits"), [(2 * LatePhase.FEW - 1, False), (LatePhase.FEW - 2, True)])
def test_what_is_late_goes_while_one_row_in_twenty_still_asks(others: int, waits: bool) -> None:
    def rows(late: int) -> list[Conversation[None]]:
        on = asks(*({f"b{n}": 0} for n in range(9)))
        return [asks({"a": 0}, {"a late": late}), on, *(asks({f"c{n}": 0}) for n in range(others - 1))]

    assert (sent_by(rows(LATE), of_a_run=True)[-1] == "a late") is waits
    assert sent_by(rows(LAST), of_a_run=True)[-1] == "a late"


def test_what_is_last_waits_for_what_is_late_even_of_a_row_that_comes_to_it_afterwards() -> None:
    rows = [asks({"a": 0}, {"a last": LAST}), asks({"b": 0}, {"b late": LATE}, {"b on": 0}, {"b late again": LATE})]
    assert sent_by(rows)[2:] == ["b late", "b on", "b late again", "a last"]


def test_all_rows_share_the_last_question() -> None:
    rows = [asks({"a": 0}, {"last": LAST}), asks({"b": 0}, {"b late": LATE}, {"last": LAST}), asks({"last": LAST})]
    assert sent_by(rows).count("last") == 1


def test_what_was_last_once_is_asked_again_by_a_row_that_comes_to_it_later() -> None:
    rows = [asks({"a": 0}, {"last": LAST}, {"a on": 0}, {"last": LAST})]
    assert sent_by(rows) == ["a", "last", "a on", "last"]


def test_the_last_question_of_a_run_that_was_interrupted_tells_nothing_of_this_one() -> None:
    kept = [Request(headers={}, body=name) for name in (b"a", b"last")]
    known = {each.identity: Exchange(request=each, status=200) for each in kept}
    assert sent_by([asks({"a": 0}, {"last": LAST})], known) == ["last"]


@pytest.mark.parametrize("others", [0, 1, 7])
def test_a_row_that_ends_or_fails_holds_nobody_back(others: int) -> None:
    def fails() -> Conversation[None]:
        yield {"f": Request(headers={}, body=b"f")}
        raise LookupError

    async def run() -> str:
        late_phase = LatePhase()
        order = []

        async def waits() -> None:
            with late_phase.row_under_way():
                await late_phase.reached(LATE)
                order.append("late")

        async def one(row: Conversation[None]) -> None:
            async def send(request: Request) -> Exchange:
                await asyncio.sleep(0)
                return Exchange(request=request, status=200)

            with late_phase.row_under_way():
                await drive_live(row, send, [], late_phase)

        async with asyncio.timeout(5):
            await asyncio.gather(
                waits(), one(fails()), *(one(asks({"g": 0})) for _ in range(others)), return_exceptions=True
            )
        return order[0]

    assert asyncio.run(run()) == "late"


def test_a_row_that_is_given_up_while_it_waits_holds_nobody_back() -> None:
    async def run() -> None:
        late_phase = LatePhase()

        async def waits(late: int) -> None:
            with late_phase.row_under_way():
                await late_phase.reached(late)

        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            with late_phase.row_under_way():
                given_up = group.create_task(waits(LATE))
                group.create_task(waits(LAST))
                await asyncio.sleep(0)
                given_up.cancel()
                await asyncio.sleep(0)

    asyncio.run(run())


def test_when_a_request_is_asked_is_no_part_of_what_it_asks() -> None:
    asked = Request(headers={}, body=b"a")
    assert replace(asked, late=LATE).identity == asked.identity
    assert asked.again_late(1).identity == asked.again(1).identity
