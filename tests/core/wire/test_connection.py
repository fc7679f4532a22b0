"""The key goes to the endpoint alone: over a connection that nobody on the way can read, unless that is asked for."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme
from pydantic import SecretStr

from conformance.evidence.redact import Secrets
from conformance.measure.measure import RequestCache
from conformance.measure.preflight import EndpointAddress, PreflightError, check, diagnose, explain_connection
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.pytest_plugin.options import kept_off_the_command_line
from conformance.report.rerun import rerun_line
from conformance.wire.client import Wire
from conformance.wire.connection import (
    ignored_proxy,
    is_this_machine,
    plain_http_fault,
    proxy_fault,
    proxy_used,
    trust_fault,
)
from tests.core.loopback import KEY, QUICK, Server, closed_port, says, send, serving
from tests.core.made_up import RUN, exchange, request
from tests.core.measure.test_plan import target

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


COMMAND = ["--endpoint=https://example.com", "--model=big-model-0815", "--header=x-model=M", "-k", "headers"]


def test_the_key_is_refused_wherever_it_stands_on_the_command_line() -> None:
    secrets = Secrets(key=SecretStr(KEY))
    assert kept_off_the_command_line(secrets, "K", COMMAND) == secrets
    for arg in (f"--endpoint=https://example.com/{KEY}", f"--seed={quote(KEY)}", KEY, f"--junitxml=/tmp/{KEY.upper()}"):
        with pytest.raises(pytest.UsageError, match="the key itself, the value of K, stands in it") as caught:
            kept_off_the_command_line(secrets, "K", [*COMMAND, arg])
        assert KEY.lower() not in str(caught.value).lower()


def test_a_further_value_that_stands_on_the_command_line_is_public() -> None:
    headers = {"x-model": SecretStr("big-model-0815"), "x-team": SecretStr("team-secret-1")}
    kept = kept_off_the_command_line(Secrets(key=SecretStr(KEY), headers=headers), "K", COMMAND)
    assert kept.public == {"x-model"}
    assert kept.redact(b"big-model-0815 of team-secret-1") == b"big-model-0815 of <key>"


def test_the_line_that_reruns_a_row_goes_the_same_way() -> None:
    asked = replace(target(None), url="http://10.0.0.5:8000", plain_http=True, proxies=True)
    words = rerun_line(asked, "conformance/test_rows.py::test_headers[headers.both]", 7).split()
    assert {"--allow-plain-http", "--proxies-from-environment"} <= set(words)
    words = rerun_line(replace(asked, plain_http=False, proxies=False), "conformance/test_rows.py::x", 7).split()
    assert not {"--allow-plain-http", "--proxies-from-environment"} & set(words)


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
    told = over_tls(authority)
    assert (told.failure, told.body) == (None, b"fine")


def test_an_authority_that_nobody_named_is_not_trusted_and_the_diagnosis_says_so(authority: trustme.CA) -> None:
    told = over_tls(authority)
    assert read_answer(told).outcome is Outcome.UNREACHABLE
    assert "its certificate or TLS is not accepted here" in explain_connection(told.failure or "", "https://x")


def test_another_authority_does_not_help(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(trustme.CA(), tmp_path / "ca.pem", monkeypatch)
    assert read_answer(over_tls(authority)).outcome is Outcome.UNREACHABLE


def test_a_certificate_of_another_host_is_not_accepted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(authority, tmp_path / "ca.pem", monkeypatch)
    told = over_tls(authority, host="elsewhere.example")
    assert read_answer(told).outcome is Outcome.UNREACHABLE
    assert "certificate" in (told.failure or "").lower()


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

    told, heads = asyncio.run(one())
    assert told.body == b"by proxy"
    assert heads[0].startswith("POST http://far.invalid/v1/messages HTTP/1.1\r\n")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_unasked_a_proxy_of_the_environment_never_sees_the_key(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def one() -> tuple[Exchange, list[str]]:
        async with serving(says(b"by proxy")) as proxy:
            monkeypatch.setenv(variable, proxy.url)
            monkeypatch.setenv(variable.lower(), proxy.url)
            async with Wire(f"http://127.0.0.1:{closed_port()}", Secrets(key=SecretStr(KEY)), QUICK) as wire:
                return await wire.send(request()), proxy.heads

    told, heads = asyncio.run(one())
    assert read_answer(told).outcome is Outcome.UNREACHABLE
    assert heads == []


def test_a_proxy_that_was_not_used_is_named_where_no_connection_comes_about(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ignored_proxy("https://far.example") == ""
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    hint = ignored_proxy("https://far.example")
    assert (
        hint == "HTTPS_PROXY is set and was not used: with --proxies-from-environment the key goes through that proxy."
    )
    assert ignored_proxy("http://far.example") == ignored_proxy("https://localhost:1") == ""

    async def ask(asked: Request, urgency: int = 0) -> Exchange:
        raise AssertionError("nothing more is asked")

    failed = exchange(status=None, failure="connect: All connection attempts failed")
    address = EndpointAddress(url="https://far.example", key_variable="K", hint=hint)
    assert asyncio.run(diagnose(failed, RUN, ask, None, address)).endswith(f"failed)\n{hint}")


def test_a_dead_proxy_is_told_as_the_proxys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = f"127.0.0.1:{closed_port()}"
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:hush@{dead}")
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.setenv("no_proxy", "near.example")
    assert proxy_used("https://near.example") == ""
    address = EndpointAddress(url="https://far.example", key_variable="K", proxy=proxy_used("https://far.example"))

    async def one() -> str:
        async with Wire(address.url, Secrets(key=SecretStr(KEY)), QUICK, proxies=True) as wire:
            with pytest.raises(PreflightError) as told:
                await check(RUN, RequestCache(wire.send), None, address)
            return str(told.value)

    told = asyncio.run(one())
    assert told.startswith(
        f"The proxy of HTTPS_PROXY ({dead}) does not let requests through to https://far.example: connect: "
    )
    assert "Nothing is known of the endpoint itself." in told
    assert "hush" not in told


def test_a_proxy_that_refuses_the_way_is_no_broken_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    async def one() -> Exchange:
        async with serving(says(b"", 403)) as proxy:
            monkeypatch.setenv("https_proxy", proxy.url)
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            async with Wire("https://far.example", Secrets(key=SecretStr(KEY)), QUICK, proxies=True) as wire:
                return await wire.send(request())

    refused = asyncio.run(one())
    assert read_answer(refused).outcome is Outcome.UNREACHABLE
    assert (refused.failure or "").startswith("connect: the proxy says 403")


@pytest.mark.parametrize("value", ["http://me:hush@host:port", "ftp://hush.example", "http://", "://hush"])
def test_a_variable_that_is_no_proxys_address_is_told_without_its_value(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    told = proxy_fault()
    assert told.startswith("HTTPS_PROXY: is no address of a proxy; write it as http://host:port")
    assert "hush" not in told


@pytest.mark.parametrize("value", ["", "http://proxy.example:3128", "proxy.example:3128", "https://me:hush@p.example"])
def test_an_address_of_a_proxy_is_taken(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    assert proxy_fault() == ""


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
