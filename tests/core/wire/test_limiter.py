"""When requests go, by an event loop whose time is ours: at the limit, in a pause, after a 429."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from conformance.protocol.exchange import Exchange, Request
from conformance.wire import limiter
from conformance.wire.client import Limits, Secrets, Wire
from conformance.wire.limiter import USUAL_OUTPUT, RequestLimiter, counted_as, polite_wait, seconds_asked
from conformance.wire.shared_rate_limit import Allowance
from tests.core.clockwork import now, now_in_ms, run
from tests.core.made_up import exchange, message, request

LATENCY = 0.5
NOON = datetime(2026, 10, 21, 12, 0, 0, tzinfo=UTC)

Answering = Callable[[int], httpx2.Response]
"""Answers the request that is the n-th to arrive, from 0."""


def turnstile(requests: int | None = None, tokens: int | None = None, concurrency: int = 4) -> RequestLimiter:
    allowance = Allowance(requests=requests, tokens=tokens, path=None, now=now_in_ms)
    return RequestLimiter(concurrency=concurrency, patience=60, allowance=allowance)


class Endpoint:
    """Counts what arrives and when, takes its time, and answers."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.arrivals: list[tuple[float, int]] = []
        self.under_way = self.most_under_way = 0

    async def __call__(self, asked: httpx2.Request) -> httpx2.Response:
        place = len(self.arrivals)
        self.arrivals.append((now(), len(asked.content)))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(LATENCY)
        self.under_way -= 1
        return self.answering(place)

    @property
    def times(self) -> list[float]:
        return [seconds for seconds, _ in self.arrivals]


@asynccontextmanager
async def wired(endpoint: Endpoint, limits: Limits) -> AsyncIterator[Wire]:
    secrets = Secrets(key=SecretStr("made-up-key"))
    async with Wire("http://made-up.invalid", secrets, limits, httpx2.MockTransport(endpoint)) as wire:
        yield wire


def asked(endpoint: Endpoint, limits: Limits, *asking_at: float) -> list[Exchange]:
    """The exchanges of requests that are made at these seconds; each is another question."""

    async def all_of_them() -> list[Exchange]:
        async with wired(endpoint, limits) as wire:

            async def one(number: int, begin: float) -> Exchange:
                await asyncio.sleep(begin)
                return await wire.send(request(number=number))

            return await asyncio.gather(*(one(*each) for each in enumerate(asking_at)))

    return run(all_of_them())


def fine(place: int) -> httpx2.Response:
    return httpx2.Response(200, json=message())


def told_first(*headers: str | None, status: int = 429) -> Answering:
    """The first answers say to come back later, with these retry-after; the others are fine."""

    def answer(place: int) -> httpx2.Response:
        if place >= len(headers):
            return fine(place)
        asked_for = headers[place]
        return httpx2.Response(status, headers={} if asked_for is None else {"retry-after": asked_for})

    return answer


async def departures(gate: RequestLimiter, requests: list[Request], seconds: float) -> list[float]:
    """When each of these requests goes, in the order in which they were made; each is under way for so long."""
    times = []

    async def one(each: Request) -> None:
        async with gate.under_way(each):
            times.append(now())
            await asyncio.sleep(seconds)

    await asyncio.gather(*(one(each) for each in requests))
    return times


def test_requests_leave_evenly_at_the_limit() -> None:
    times = run(departures(turnstile(requests=60), [request(number=n) for n in range(5)], 0.1))
    assert times == pytest.approx([n * 61 / 60 for n in range(5)], abs=0.01)


def test_tokens_hold_requests_back_that_the_request_limit_would_let_go() -> None:
    long = request(system="x" * 4 * 400)
    times = run(departures(turnstile(requests=60, tokens=1_000), [long, long, long], 0.1))
    assert times[1] - times[0] == pytest.approx(61 / 60, abs=0.01)
    assert times[2] - times[0] == pytest.approx(61, abs=0.1)


def test_nothing_is_granted_to_a_request_that_has_no_place_yet() -> None:
    """An endpoint that answers nothing for two minutes is not sent all that was granted in them at once."""
    gate = turnstile(requests=60, concurrency=1)
    times = run(departures(gate, [request(number=n) for n in range(4)], 120))
    assert times == pytest.approx([0, 120, 240, 360], abs=0.1)

    async def hang_and_then_hurry() -> list[float]:
        gate = turnstile(requests=60, concurrency=4)
        hanging = departures(gate, [request(number=n) for n in range(4)], 120)
        hurried = departures(gate, [request(number=n) for n in range(10, 40)], 0.01)
        _, times = await asyncio.gather(hanging, hurried)
        return times

    times = run(hang_and_then_hurry())
    assert times[0] >= 120
    assert times[-1] - times[0] >= 29 * 61 / 60 - 0.1


def test_what_waits_for_a_pause_is_granted_nothing_before_it_ends() -> None:
    async def pause_and_go() -> list[float]:
        gate = turnstile(requests=60)
        gate.pause(10)
        return await departures(gate, [request(number=n) for n in range(3)], 0)

    assert run(pause_and_go()) == pytest.approx([10 + n * 61 / 60 for n in range(3)], abs=0.01)


def test_a_pause_that_begins_while_the_first_in_line_waits_holds_it_too() -> None:
    async def go_and_pause() -> list[float]:
        gate = turnstile(requests=60)
        going = asyncio.create_task(departures(gate, [request(number=n) for n in range(2)], 0))
        await asyncio.sleep(0.5)
        gate.pause(10)
        return await going

    assert run(go_and_pause()) == [0, 10.5]


def test_a_request_that_is_given_up_leaves_its_place_to_others() -> None:
    async def give_up_and_go_on() -> float:
        gate = turnstile(requests=1, concurrency=1)
        async with gate.under_way(request()):
            pass
        waiting = asyncio.create_task(departures(gate, [request()], 0))
        await asyncio.sleep(5)
        waiting.cancel()
        (time,) = await asyncio.wait_for(departures(gate, [request()], 0), 200)
        return time

    assert run(give_up_and_go_on()) == pytest.approx(61, abs=0.1)


def test_a_place_that_gets_free_is_taken_at_once_by_the_first_in_line() -> None:
    times = run(departures(turnstile(concurrency=3), [request(number=n) for n in range(7)], 2))
    assert times == pytest.approx([0, 0, 0, 2, 2, 2, 4])


@pytest.mark.parametrize("status", [429, 503, 529])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_holds_for_the_others_too(status: int, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "utc_now", lambda: NOON + timedelta(seconds=now()))
    told_at = LATENCY
    header = "7" if form == "seconds" else format_datetime(NOON + timedelta(seconds=told_at + 7), usegmt=True)
    earliest = told_at + 7 - (1 if form == "date" else 0)  # a date has no fractions of a second
    endpoint = Endpoint(told_first(header, status=status))
    exchanges = asked(endpoint, Limits(patience=60), 0, 1, 2, 3, 5)
    assert endpoint.times[0] == 0
    assert len(endpoint.times) == 6
    assert all(earliest <= time <= told_at + 7.1 for time in endpoint.times[1:5])
    assert [each.status for each in exchanges] == [200] * 5
    assert [each.waits for each in exchanges] == [1, 0, 0, 0, 0]


def test_what_is_waited_is_not_counted_in_the_seconds_of_an_exchange() -> None:
    endpoint = Endpoint(told_first("7"))
    exchanges = asked(endpoint, Limits(patience=60, concurrency=1), 0, 0, 1, 2)
    assert [each.seconds for each in exchanges] == [LATENCY] * 4


def test_a_request_that_waits_by_itself_takes_no_place() -> None:
    """Without retry-after only the request that was told waits: the others go on, in its place too."""
    endpoint = Endpoint(told_first(None, None, None))
    first, *others = asked(endpoint, Limits(patience=60, concurrency=1), 0, 5, 5, 5)
    assert (first.status, first.waits) == (200, 3)
    assert [each.waits for each in others] == [0, 0, 0]
    # Asked at 0, 1.5 and 4; told to wait 4 seconds more at 4.5, while the others go one after another.
    assert endpoint.times == pytest.approx([0, 1.5, 4, 5, 5.5, 6, 8.5])
    assert endpoint.most_under_way == 1


def test_retry_after_is_honoured_even_where_it_is_long() -> None:
    endpoint = Endpoint(told_first("59"))
    (only,) = asked(endpoint, Limits(patience=60), 0)
    assert only.status == 200
    assert endpoint.times[1] == pytest.approx(59 + LATENCY)


def test_a_wait_of_just_the_patience_is_begun_and_one_beyond_it_is_not() -> None:
    for header, status in (("60", 200), ("61", 429), ("86400", 429)):
        (only,) = asked(Endpoint(told_first(header)), Limits(patience=60), 0)
        assert (header, only.status) == (header, status)


def test_nobody_waits_for_a_request_that_has_given_up() -> None:
    endpoint = Endpoint(told_first("3600"))
    exchanges = asked(endpoint, Limits(patience=60), 0, 1)
    assert [each.status for each in exchanges] == [429, 200]
    assert endpoint.times == [0, 1]


def test_waiting_in_line_uses_up_no_patience() -> None:
    """The last of many is told to wait after minutes in line: it waits as long as the first would."""

    def last_is_told(place: int) -> httpx2.Response:
        return httpx2.Response(429, headers={"retry-after": "40"}) if place == 199 else fine(place)

    endpoint = Endpoint(last_is_told)
    exchanges = asked(endpoint, Limits(patience=60, concurrency=1), *[0] * 200)
    assert endpoint.times[199] > 60
    assert [each.status for each in exchanges] == [200] * 200


def test_an_endpoint_that_is_closed_for_the_day_is_not_waited_for_by_one_request_after_another() -> None:
    endpoint = Endpoint(lambda place: httpx2.Response(429, headers={"retry-after": "20"}))
    exchanges = asked(endpoint, Limits(patience=60), *[0] * 100)
    assert {each.status for each in exchanges} == {429}
    assert endpoint.times[-1] < 60 + 100 * LATENCY
    assert len(endpoint.times) < 100 + 20


def test_an_endpoint_that_always_says_now_is_not_hammered() -> None:
    endpoint = Endpoint(lambda place: httpx2.Response(429, headers={"retry-after": "0"}))
    (only,) = asked(endpoint, Limits(patience=60), 0)
    assert only.status == 429
    assert len(endpoint.times) == only.waits + 1 < 10


def test_a_request_that_is_always_refused_while_others_are_served_is_given_up() -> None:
    def refuse_the_long(place: int) -> httpx2.Response:
        return httpx2.Response(503) if endpoint.arrivals[place][1] > 500 else fine(place)

    endpoint = Endpoint(refuse_the_long)

    async def one_among_many() -> tuple[Exchange, float]:
        async with wired(endpoint, Limits(patience=60)) as wire:
            refused = asyncio.create_task(wire.send(request(system="x" * 500)))
            for number in range(400):
                await wire.send(request(number=number))
                if refused.done():
                    break
            return await refused, now()

    only, seconds = run(one_among_many())
    assert (only.status, only.waits) == (503, 5)
    assert seconds < 60


def test_without_patience_nothing_is_asked_again_even_at_once() -> None:
    endpoint = Endpoint(told_first("0"))
    (only,) = asked(endpoint, Limits(patience=0), 0)
    assert (only.status, len(endpoint.times)) == (429, 1)


def test_an_answer_in_between_renews_the_patience() -> None:
    """Each of these is refused twice, 40 seconds in all; together they are refused far longer than 60 seconds."""
    told: dict[int, int] = {}

    def twice_each(place: int) -> httpx2.Response:
        size = endpoint.arrivals[place][1]
        told[size] = told.get(size, 0) + 1
        return fine(place) if told[size] == 3 else httpx2.Response(429, headers={"retry-after": "20"})

    endpoint = Endpoint(twice_each)

    async def one_after_another() -> list[int | None]:
        async with wired(endpoint, Limits(patience=60)) as wire:
            return [(await wire.send(request(system="x" * n))).status for n in range(5)]

    assert run(one_after_another()) == [200] * 5
    assert endpoint.times[-1] > 190


@pytest.mark.parametrize(
    ("asked_for", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        ("1.5", 1.5),
        (" 3 ", 3),
        ("Wed, 21 Oct 2026 12:00:30 GMT", 30),
        ("Wed, 21 Oct 2026 12:00:30 -0000", 30),
        ("Wed, 21 Oct 2026 14:00:30 +0200", 30),
        ("Wednesday, 21-Oct-26 12:00:30 GMT", 30),
        ("Wed Oct 21 12:00:30 2026", 30),
        ("Wed, 21 Oct 2026 11:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("Wed, 99 Oct 2026 12:00:30 GMT", None),
    ],
)
def test_both_forms_of_retry_after_are_read_and_nonsense_is_none(asked_for: str, seconds: float | None) -> None:
    assert seconds_asked(asked_for, NOON) == seconds


@given(st.text())
def test_whatever_retry_after_says_a_wait_comes_of_it(asked_for: str) -> None:
    assert 0 <= polite_wait(asked_for, 1) < float("inf")


@pytest.mark.parametrize(
    ("asked_for", "waits"),
    [
        ("", [1, 2, 4, 8, 16, 30, 30]),
        ("soon", [1, 2, 4, 8, 16, 30, 30]),
        ("0", [0, 1, 3, 7, 15, 29, 29]),
        ("5", [5, 5, 5, 7, 15, 29, 29]),
        ("45", [45] * 7),
    ],
)
def test_a_wait_is_what_is_asked_for_and_more_where_that_did_not_help(asked_for: str, waits: list[float]) -> None:
    assert [polite_wait(asked_for, tries) for tries in range(1, 8)] == waits


@pytest.mark.parametrize("tries", [1000, 5000])
def test_a_wait_is_bounded_however_many_tries_there_were(tries: int) -> None:
    assert polite_wait("", tries) == 30


def sized(max_tokens: object, length: int) -> Request:
    body = b'{"max_tokens": %s, "x": "' % str(max_tokens).encode()
    return Request(headers={}, body=body + b"x" * (length - len(body) - 2) + b'"}')


def test_a_request_counts_a_quarter_of_its_bytes_and_what_answers_usually_have() -> None:
    assert counted_as(sized(1000, 400), 64) == 100 + 64
    assert counted_as(sized(16, 401), 64) == 101 + 16
    assert counted_as(sized('"many"', 400), 64) == 100
    assert counted_as(sized(-1, 400), 64) == 100
    assert counted_as(Request(headers={}, body=b"no json!"), 64) == 2
    assert counted_as(Request(headers={}, method="GET", path="/v1/models"), 64) == 0


def test_how_long_answers_are_is_learnt_from_answers() -> None:
    async def learn() -> list[int]:
        gate = turnstile(tokens=100_000)
        learnt = [gate.usual_output]
        for output in (400, 200):
            gate.heard(exchange(message(usage={"input_tokens": 1, "output_tokens": output})))
            learnt.append(gate.usual_output)
        gate.heard(exchange({"type": "error"}, status=400))
        return [*learnt, gate.usual_output]

    assert run(learn()) == [USUAL_OUTPUT, 400, 300, 300]
