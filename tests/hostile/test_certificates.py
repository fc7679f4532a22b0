"""Connections that never come about: told before any row, and nothing of the key is sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import trustme
from pydantic import SecretStr

from conformance.measure.preflight import EndpointAddress, PreflightError, check
from conformance.probing.run import Run
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import Exchange
from conformance.wire.client import Limits, Secrets, Wire
from tests.core.loopback import closed_port
from tests.core.made_up import request
from tests.hostile.front import front
from tests.tally import Tally

RUN = Run(seed=3, model="m-1")
SURVIVED = "faults survived, of the connection"
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def spoken_by(*names: str, expires: datetime | None = None) -> ssl.SSLContext:
    """What a server speaks TLS with whose certificate, by an authority of its own, is for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(*names, not_after=expires).configure_cert(context)
    return context


CERTIFICATES: dict[str, Callable[[], ssl.SSLContext]] = {
    "of an authority that nobody knows": lambda: spoken_by("127.0.0.1"),
    "for another host": lambda: spoken_by("api.other.example"),
    "that has expired": lambda: spoken_by("127.0.0.1", expires=LONG_AGO),
}


def asked(url: str) -> tuple[Exchange, str]:
    """What one request comes to, and the diagnosis before a run."""

    async def both() -> tuple[Exchange, str]:
        async with Wire(url, Secrets(key=SecretStr("k" * 20)), Limits(timeout=5, patience=0)) as wire:
            exchange = await wire.send(request())
            with pytest.raises(PreflightError) as caught:
                await check(RUN, wire.send, None, EndpointAddress(url=url, key_variable="K"))
            return exchange, str(caught.value)

    return asyncio.run(both())


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_that_does_not_fit_is_told_as_one_and_the_key_is_not_sent(name: str, tally: Tally) -> None:
    tally.ran(SURVIVED)
    with front("http://127.0.0.1:1", lambda body: None, CERTIFICATES[name]()) as server:
        exchange, diagnosis = asked(server.url)
        assert (server.failed, server.through) == (0, 0)
    assert read_answer(exchange).outcome is Outcome.UNREACHABLE
    assert "its certificate or TLS is not accepted here" in diagnosis
    assert "certificate" in (exchange.failure or "").lower()
    tally.held(SURVIVED)


def test_tls_where_plain_http_is_served_is_told_as_that(tally: Tally) -> None:
    tally.ran(SURVIVED)
    with front("http://127.0.0.1:1", lambda body: None) as server:
        exchange, diagnosis = asked(server.url.replace("http:", "https:"))
    assert read_answer(exchange).outcome is Outcome.UNREACHABLE
    assert "https where http is meant" in diagnosis
    tally.held(SURVIVED)


def test_plain_http_where_tls_is_spoken_is_a_finding(tally: Tally) -> None:
    tally.ran(SURVIVED)
    with front("http://127.0.0.1:1", lambda body: None, spoken_by("127.0.0.1")) as server:
        exchange, diagnosis = asked(server.url.replace("https:", "http:"))
    assert (exchange.failure or "").startswith("cut: ")
    assert diagnosis
    tally.held(SURVIVED)


def test_a_port_where_nobody_listens_is_told_as_that(tally: Tally) -> None:
    tally.ran(SURVIVED)
    exchange, diagnosis = asked(f"http://127.0.0.1:{closed_port()}")
    assert read_answer(exchange).outcome is Outcome.UNREACHABLE
    assert "is the port right?" in diagnosis
    tally.held(SURVIVED)
