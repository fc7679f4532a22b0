"""An endpoint that has fallen silent costs a short wait a request, and is heard again with its first answer."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr

from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import Exchange
from conformance.wire import circuit_breaker
from conformance.wire.circuit_breaker import ROUNDS, Silence
from conformance.wire.client import Limits, Secrets, Wire
from tests.core.loopback import KEY, says, serving
from tests.core.made_up import exchange, request

SILENT = exchange(status=None, failure="timeout: not done in 120 s")


def after(*exchanges: Exchange) -> Silence:
    made = Silence(timeout=120, concurrency=2)
    for each in exchanges:
        made.heard(each)
    return made


def test_some_silent_requests_are_findings_of_their_own() -> None:
    assert after(*[SILENT] * (ROUNDS * 2 - 1)).limit == 120


def test_many_in_a_row_shorten_the_wait() -> None:
    assert after(*[SILENT] * (ROUNDS * 2)).limit == 10


@pytest.mark.parametrize(
    "between",
    [exchange(b"{}"), exchange(b"no", 500), exchange(b"x", failure="timeout: not done in 120 s")],
    ids=["an answer", "a failure", "an answer that began"],
)
def test_any_sign_of_life_ends_it(between: Exchange) -> None:
    assert after(*[SILENT] * (ROUNDS * 2), between).limit == 120


def test_a_refused_connection_is_neither() -> None:
    refused = exchange(status=None, failure="connect: refused")
    assert after(*[SILENT] * (ROUNDS * 2), refused).limit == 10
    assert after(*[refused] * 20).limit == 120


def test_a_limit_that_is_shorter_stays() -> None:
    short = Silence(timeout=2, concurrency=1)
    for _ in range(ROUNDS):
        short.heard(SILENT)
    assert (short.fallen, short.limit) == (True, 2)


def test_what_gets_no_answer_from_a_silent_endpoint_was_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit_breaker, "SHORT_SECONDS", 0.2)

    async def hang(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2)

    async def one_after_another() -> list[Exchange]:
        answers = [*[hang] * (ROUNDS + 1), says(b"back"), says(b"still here")]
        async with serving(*answers) as server:
            limits = Limits(timeout=0.4, patience=0, concurrency=1)
            async with Wire(server.url, Secrets(key=SecretStr(KEY)), limits) as wire:
                return [await wire.send(request(number=number)) for number in range(len(answers))]

    *silent, given_up, back, again = asyncio.run(one_after_another())
    assert {read_answer(each).outcome for each in silent} == {Outcome.BROKEN}
    assert read_answer(given_up).outcome is Outcome.UNREACHABLE
    assert given_up.failure is not None
    assert given_up.failure.endswith(f"after {ROUNDS} requests in a row had none in 0.4 s")
    assert (back.body, again.body) == (b"back", b"still here")
