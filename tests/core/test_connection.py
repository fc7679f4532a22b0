"""The key goes to the endpoint alone: over a connection that nobody on the way can read, unless that is asked for."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme
from pydantic import SecretStr

from conformance.answer import Outcome, read_answer
from conformance.connection import is_this_machine, plain_http_fault, trust_fault
from conformance.exchange import Exchange
from conformance.preflight import explain_connection
from conformance.redact import Secrets
from conformance.wire import Wire
from tests.core.loopback import KEY, QUICK, Server, closed_port, says, send, serving
from tests.core.made_up import request

AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*AUTHORITIES, *PROXY_VARIABLES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "x.localhost",
        "127.0.0.1",
        "127.8.9.1",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
    ],
)
def test_this_machine_is_told_by_its_name(host: str) -> None:
    assert is_this_machine(host)


ELSEWHERE = """
example.com localhost.example.com notlocalhost 127.0.0.1.example.com 192.168.0.1 10.0.0.1 fe80::1%lo 2130706433
0x7f000001 ::ffff:10.0.0.1 １２７.0.0.1
"""


@pytest.mark.parametrize("host", ["", *ELSEWHERE.split()])
def test_another_machine_is_not_taken_for_this_one(host: str) -> None:
    assert not is_this_machine(host)


@pytest.mark.parametrize(
    "url", ["https://example.com", "http://127.0.0.1:8080/x", "http://[::1]:1", "http://localhost"]
)
def test_what_nobody_on_the_way_can_read_is_fine(url: str) -> None:
    assert plain_http_fault(url) == ""


@pytest.mark.parametrize("url", ["http://example.com/anthropic", "http://192.168.1.5:8000", "HTTP://example.com"])
def test_plain_http_to_another_machine_is_told_with_the_ways_out(url: str) -> None:
    fault = plain_http_fault(url)
    assert fault.startswith(f"{url}: http is not encrypted")
    assert "take https" in fault
    assert "--allow-plain-http" in fault


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def over_tls(authority: trustme.CA, host: str = "127.0.0.1") -> Exchange:
    """A request to a server whose certificate is of a company's own authority."""

    async def one() -> Exchange:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(host).configure_cert(context)
        server = Server([says(b"fine")])
        listening = await asyncio.start_server(server.meet, "127.0.0.1", 0, ssl=context)
        try:
            return await send(f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        finally:
            listening.close()

    return asyncio.run(one())


def named(authority: trustme.CA, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


def test_a_companys_own_authority_is_trusted_where_it_is_named(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(authority, tmp_path / "ca.pem", monkeypatch)
    exchange = over_tls(authority)
    assert (exchange.failure, exchange.body) == (None, b"fine")


def test_an_authority_that_nobody_named_is_not_trusted_and_the_diagnosis_says_so(authority: trustme.CA) -> None:
    exchange = over_tls(authority)
    assert read_answer(exchange).outcome is Outcome.UNREACHABLE
    assert "its certificate or TLS is not accepted here" in explain_connection(exchange.failure or "", "https://x")


def test_another_authority_does_not_help(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(trustme.CA(), tmp_path / "ca.pem", monkeypatch)
    assert read_answer(over_tls(authority)).outcome is Outcome.UNREACHABLE


def test_a_certificate_of_another_host_is_not_accepted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(authority, tmp_path / "ca.pem", monkeypatch)
    exchange = over_tls(authority, host="elsewhere.example")
    assert read_answer(exchange).outcome is Outcome.UNREACHABLE
    assert "certificate" in (exchange.failure or "").lower()


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_told_with_the_variable(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert trust_fault() == ""
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    fault = trust_fault()
    assert fault.startswith(f"SSL_CERT_FILE={path}: cannot be read as certificates (")
    assert fault.endswith("; name a PEM file, or unset it")


def test_a_proxy_of_the_environment_is_used_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def one() -> tuple[Exchange, list[str]]:
        async with serving(says(b"by proxy")) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            async with Wire("http://far.invalid", Secrets(key=SecretStr(KEY)), QUICK, proxies=True) as wire:
                return await wire.send(request()), proxy.heads

    exchange, heads = asyncio.run(one())
    assert exchange.body == b"by proxy"
    assert heads[0].startswith("POST http://far.invalid/v1/messages HTTP/1.1\r\n")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_unasked_a_proxy_of_the_environment_never_sees_the_key(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def one() -> tuple[Exchange, list[str]]:
        async with serving(says(b"by proxy")) as proxy:
            monkeypatch.setenv(variable, proxy.url)
            monkeypatch.setenv(variable.lower(), proxy.url)
            async with Wire(f"http://127.0.0.1:{closed_port()}", Secrets(key=SecretStr(KEY)), QUICK) as wire:
                return await wire.send(request()), proxy.heads

    exchange, heads = asyncio.run(one())
    assert read_answer(exchange).outcome is Outcome.UNREACHABLE
    assert heads == []


def test_no_password_of_a_netrc_takes_the_keys_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    async def one() -> list[str]:
        async with (
            serving(says(b"fine")) as server,
            Wire(server.url, Secrets(key=SecretStr(KEY)), QUICK, proxies=True) as wire,
        ):
            await wire.send(request())
            return server.heads

    (head,) = asyncio.run(one())
    assert "authorization" not in head.lower()
