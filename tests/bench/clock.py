"""How long a measurement takes: beside its bound, and a request beside the same bytes over bare httpx2."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import httpx2
from pydantic import SecretStr

from conformance.measure.measure import RequestCache, measure
from conformance.measure.preflight import EndpointAddress, check
from conformance.measure.priority import PriorityLimiter
from conformance.probing.run import Run
from conformance.protocol.exchange import KEY as KEY_SIGN
from conformance.protocol.exchange import Exchange, Request
from conformance.reference.app import DEFAULT_MODELS
from conformance.rows import ROWS
from conformance.wire.client import Limits, Secrets, Wire
from tests.bench.served import SPAWN, served
from tests.in_process import KEY, info_of

LATE = 0.3
"""Seconds that every answer is late."""

AT_ONCE = 8
SECRETS = Secrets(key=SecretStr(KEY))
RUN = Run(seed=7, model=DEFAULT_MODELS[0])


@dataclass(frozen=True, slots=True)
class Timed:
    """A measurement of the whole table: seconds by the clock, and the requests that were sent."""

    seconds: float
    requests: int

    @property
    def over_bound(self) -> float:
        """Of the time in which so many late answers can be had at best."""
        return self.seconds / bound(self.requests)


def bound(requests: int, *, late: float = LATE, at_once: int = AT_ONCE, rate: int | None = None) -> float:
    """The least seconds in which so many requests can be answered, at `rate` a minute where there is one."""
    return max(requests * late / at_once, requests * 60 / rate if rate else 0.0)


def measured(url: str, at_once: int = AT_ONCE) -> Timed:
    """Measures the whole table at an address, from the preflight to the last row."""

    async def whole() -> Timed:
        async with Wire(url, SECRETS, Limits(concurrency=at_once)) as wire:
            begun = time.monotonic()
            ask = RequestCache(wire.send, gate=PriorityLimiter(at_once))
            await check(RUN, ask, None, EndpointAddress(url=url, key_variable=""))
            await whole_table(ask, url)
            return Timed(time.monotonic() - begun, ask.progress.requests)

    return asyncio.run(whole())


async def whole_table(ask: RequestCache, url: str) -> None:
    """Measures all rows, as a run does that records nothing."""
    await measure(ROWS, RUN, ask, folder=None, info=info_of(RUN), url=url, held={})


def beside_its_bound(times: int) -> list[Timed]:
    """Measures so many times at an endpoint whose answers are late, each time in a new process, as a run is."""
    with served(late=LATE) as (url, learned):
        measured(url, at_once=1)  # one after another, so that the pauses of its streams are known as they are
        learned()
        timed = []
        for _ in range(times):
            with ProcessPoolExecutor(1, mp_context=SPAWN) as process:
                timed.append(process.submit(measured, url).result())
        return timed


@dataclass(frozen=True, slots=True)
class Overhead:
    """How many times as long as bare httpx2 the same requests take: over the suite's wire, and as a whole measurement,
    with its rows. `wire_cpu` is the wire's in seconds of this process's CPU."""

    wire: float
    wire_cpu: float
    whole: float


def beside_bare_httpx2(times: int) -> Overhead:
    """The medians of so many rounds, the three taking turns, after a first that is not counted."""
    with served() as (url, _):
        rounds = asyncio.run(_rounds(url, times))
    return Overhead(
        wire=statistics.median(wire[0] / bare[0] for bare, wire, _ in rounds),
        wire_cpu=statistics.median(wire[1] / bare[1] for bare, wire, _ in rounds),
        whole=statistics.median(whole[0] / bare[0] for bare, _, whole in rounds),
    )


async def _rounds(url: str, times: int) -> list[list[tuple[float, float]]]:
    limits = Limits(concurrency=AT_ONCE)
    async with Wire(url, SECRETS, limits) as wire, httpx2.AsyncClient(trust_env=False, timeout=60) as bare:
        asked: list[Request] = []

        async def noting(request: Request) -> Exchange:
            asked.append(request)
            return await wire.send(request)

        await whole_table(RequestCache(noting, gate=PriorityLimiter(AT_ONCE)), url)
        gate = asyncio.Semaphore(AT_ONCE)

        async def over_httpx2(request: Request) -> None:
            headers = {name: value.replace(KEY_SIGN, KEY) for name, value in request.headers.items()}
            body = request.body or None
            async with gate, bare.stream(request.method, url + request.path, headers=headers, content=body) as got:
                await got.aread()

        async def all_of(send: Callable[[Request], Awaitable[object]]) -> None:
            await asyncio.gather(*(send(request) for request in asked))

        rounds = []
        for _ in range(times + 1):
            ways = (
                lambda: all_of(over_httpx2),
                lambda: all_of(RequestCache(wire.send, gate=PriorityLimiter(AT_ONCE))),
                lambda: whole_table(RequestCache(wire.send, gate=PriorityLimiter(AT_ONCE)), url),
            )
            rounds.append([await _taken(way) for way in ways])
        return rounds[1:]


async def _taken(way: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    begun, spent = time.monotonic(), time.process_time()
    await way()
    return time.monotonic() - begun, time.process_time() - spent


def median(timed: Sequence[Timed]) -> Timed:
    """The one that takes neither more nor less over its bound than the others."""
    return sorted(timed, key=lambda each: each.over_bound)[len(timed) // 2]
