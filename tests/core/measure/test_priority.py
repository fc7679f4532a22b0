"""Who is sent first: the most urgent, no more at once than may be, and no place is ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from conformance.measure.measure import RequestCache
from conformance.measure.plan import rounds_left
from conformance.measure.priority import PriorityLimiter
from conformance.protocol.exchange import Exchange, Request


def question(name: str) -> Request:
    return Request(headers={}, body=name.encode())


class Endpoint:
    """Answers when it is told to, and notes what it was asked, in order, and how much at once."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.under_way = 0
        self.most = 0

    async def __call__(self, request: Request) -> Exchange:
        self.asked.append(request.body.decode())
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return Exchange(request=request, status=200)


def asking(at_once: int, talk: Callable[[RequestCache], Awaitable[None]]) -> Endpoint:
    endpoint = Endpoint()

    async def run() -> None:
        await talk(RequestCache(endpoint, gate=PriorityLimiter(at_once)))

    asyncio.run(run())
    return endpoint


def test_the_most_urgent_goes_first_then_the_first_to_come() -> None:
    async def talk(ask: RequestCache) -> None:
        asked = {"first": 0, "later": 1, "urgent": 5, "later too": 1}
        await asyncio.gather(*(ask(question(name), urgency) for name, urgency in asked.items()))

    assert asking(1, talk).asked == ["first", "urgent", "later", "later too"]


def test_a_shared_question_goes_by_the_most_urgent_row_that_wants_it_and_is_sent_once() -> None:
    async def talk(ask: RequestCache) -> None:
        asked = [("other", 2), ("shared", 1), ("shared", 3), ("shared", 0)]
        first = asyncio.ensure_future(ask(question("first")))
        await asyncio.sleep(0)  # it is under way
        await asyncio.gather(first, *(ask(question(name), urgency) for name, urgency in asked))

    assert asking(1, talk).asked == ["first", "shared", "other"]


@pytest.mark.parametrize("at_once", [1, 3, 8])
def test_so_many_go_at_once_and_no_more(at_once: int) -> None:
    async def talk(ask: RequestCache) -> None:
        await asyncio.gather(*(ask(question(str(number))) for number in range(20)))

    endpoint = asking(at_once, talk)
    assert (endpoint.most, len(endpoint.asked)) == (at_once, 20)


def test_without_a_gate_all_go_as_they_come() -> None:
    endpoint = Endpoint()

    async def run() -> None:
        ask = RequestCache(endpoint)
        await asyncio.gather(*(ask(question(str(number)), number) for number in range(5)))

    asyncio.run(run())
    assert endpoint.asked == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("let_go", [False, True])
def test_who_gives_up_leaves_the_place_to_the_others(let_go: bool) -> None:
    """While waiting, and when let go but not gone yet."""

    async def run() -> list[str]:
        gate, done = PriorityLimiter(1), []
        new_ticket = asyncio.get_running_loop().create_future
        hold = asyncio.Event()

        async def one(name: str) -> None:
            async with gate.through(new_ticket(), 0):
                done.append(name)

        async def holding() -> None:
            async with gate.through(new_ticket(), 0):
                await hold.wait()
            if let_go:
                given_up.cancel()

        held = asyncio.create_task(holding())
        given_up = asyncio.create_task(one("given up"))
        last = asyncio.create_task(one("last"))
        await asyncio.sleep(0)
        if not let_go:
            given_up.cancel()
            await asyncio.sleep(0)
        hold.set()
        await asyncio.wait_for(asyncio.gather(held, last), 5)
        return done

    assert asyncio.run(run()) == ["last"]


@pytest.mark.parametrize(("asked", "left"), [(0, 3), (1, 2), (2, 2), (3, 1), (4, 0), (9, 0)])
def test_the_rounds_that_a_row_has_left(asked: int, left: int) -> None:
    assert rounds_left([["a"], ["b", "c"], ["d"]], asked) == left
