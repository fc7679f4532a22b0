"""What the benchmark says of its figures, and the endpoint that it measures at."""

from __future__ import annotations

import asyncio
import threading
from multiprocessing.synchronize import Event
from typing import cast

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from tests.bench import clock
from tests.bench.__main__ import CLOSING, OPENING, PAGE, Figure, table, with_table
from tests.bench.served import Memory


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        (Figure("requests", 1.6, 1.6), "| requests | 1.60 | at most 1.6 | yes |"),
        (Figure("requests", 1.604, 1.6), "| requests | 1.60 | at most 1.6 | yes |"),
        (Figure("requests", 1.61, 1.6), "| requests | 1.61 | at most 1.6 | **no** |"),
        (Figure("tokens", 25_001, 25_000, 0), "| tokens | 25,001 | at most 25,000 | **no** |"),
        (Figure("growth", 1.0), "| growth | 1.00 |  |  |"),
    ],
)
def test_a_figure_says_whether_its_target_is_met(figure: Figure, shown: str) -> None:
    assert table([figure]).splitlines()[2] == shown


def test_the_table_goes_between_its_markers_alone() -> None:
    assert with_table(f"a\n{OPENING}\n\nold\n\n{CLOSING}\nb", "new") == f"a\n{OPENING}\n\nnew\n\n{CLOSING}\nb"
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(OPENING) == page.count(CLOSING) == 1


def test_the_bound_is_that_of_the_latency_or_of_the_rate() -> None:
    assert clock.bound(80, late=0.5, at_once=8) == 5.0
    assert clock.bound(80, late=0.5, at_once=8, rate=60) == 80.0
    assert clock.bound(80, late=0.5, at_once=8, rate=6000) == 5.0


def test_the_median_is_the_one_in_the_middle() -> None:
    timed = [clock.Timed(9.0, 100), clock.Timed(5.0, 100), clock.Timed(6.0, 100)]
    assert clock.median(timed).seconds == 6.0


class Counting:
    """An application that answers with how often it was asked."""

    asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        message = await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": message["body"] + b": %d" % self.asked})


def test_what_was_learned_is_answered_from_memory_in_turn() -> None:
    app, learning = Counting(), threading.Event()
    learning.set()
    memory = Memory(app, 0.0, cast("Event", learning))

    async def run() -> list[str]:
        transport = httpx2.ASGITransport(app=memory)
        async with httpx2.AsyncClient(transport=transport, base_url="http://memory.invalid") as client:
            learned = [(await client.post("/", content=body)).text for body in ("a", "a", "b")]
            learning.clear()
            return learned + [(await client.post("/", content=body)).text for body in ("b", "a", "a", "a", "new")]

    assert asyncio.run(run()) == ["a: 1", "a: 2", "b: 3", "b: 3", "a: 1", "a: 2", "a: 1", "new: 4"]
    assert app.asked == 4
