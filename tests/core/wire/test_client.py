"""The wire against servers that answer well, badly, late or not at all."""

from __future__ import annotations

import asyncio
import itertools
import json
import time

import pytest
from pydantic import SecretStr

from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import KEY as PLACEHOLDER
from conformance.protocol.exchange import Request
from conformance.wire import client
from conformance.wire.client import Limits
from tests.core.loopback import KEY, ask, closed_port, head, in_pieces, says, send, serving
from tests.core.made_up import message, request

SHORT = Limits(timeout=0.3, patience=0)


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(1)


async def dribble(writer: asyncio.StreamWriter) -> None:
    writer.write(head())
    for _ in range(100):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def half(writer: asyncio.StreamWriter) -> None:
    writer.write(head(content_length="100", content_type="application/json") + b'{"id": ')


async def nonsense(writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


async def flood(writer: asyncio.StreamWriter) -> None:
    writer.write(head())
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


def test_an_answer_is_kept_byte_for_byte() -> None:
    body = bytes(range(256)) + "\N{WAVING HAND SIGN} and more to read\r\n".encode() * 50
    exchange, server = ask(says(body, 201, content_type="Text/Plain; charset=x"))
    assert (exchange.status, exchange.body, exchange.failure, exchange.waits) == (201, body, None, 0)
    assert exchange.headers == {"content-type": "Text/Plain; charset=x"}
    assert exchange.content_type == "text/plain"
    assert exchange.request == request()
    assert server.bodies == [request().body]
    assert exchange.sent_at.endswith("+00:00")


def test_the_request_is_sent_as_it_is_with_the_key_in_its_place() -> None:
    asked = Request(
        path="/v1/models?limit=2", method="GET", headers={"authorization": f"Bearer {PLACEHOLDER}", "X-Odd": "a"}
    )
    exchange, server = ask(says(b"{}"), asked=asked, headers={"x-team": "further-secret-value"})
    assert server.heads[0].startswith("GET /v1/models?limit=2 HTTP/1.1\r\n")
    assert server.header("authorization") == f"Bearer {KEY}"
    assert server.header("x-odd") == "a"
    assert server.header("x-team") == "further-secret-value"
    assert server.header("accept-encoding") == "identity"
    assert server.header("x-api-key") is None
    assert KEY not in repr(exchange)


def test_the_path_of_an_address_comes_before_the_path_of_a_request() -> None:
    async def one() -> str:
        async with serving(says(b"{}")) as server:
            await send(f"{server.url}/anthropic/")
            return server.heads[0]

    assert asyncio.run(one()).startswith("POST /anthropic/v1/messages HTTP/1.1\r\n")


def test_a_refused_connection_is_unreachable() -> None:
    exchange = asyncio.run(send(f"http://127.0.0.1:{closed_port()}"))
    assert exchange.status is None
    assert exchange.failure is not None
    assert exchange.failure.startswith("connect: ")
    assert read_answer(exchange).outcome is Outcome.UNREACHABLE


def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    exchange = asyncio.run(send("http://no-such-host.invalid"))
    assert read_answer(exchange).outcome is Outcome.UNREACHABLE


def test_no_answer_in_time_is_a_finding() -> None:
    exchange, _ = ask(silence, limits=SHORT)
    assert exchange.status is None
    assert exchange.failure == "timeout: not done in 0.3 s"
    assert exchange.seconds < 3  # of a limit of 0.3: machines are busy at times
    assert read_answer(exchange).outcome is Outcome.BROKEN


def test_an_answer_that_dribbles_is_cut_off_in_time_and_what_came_is_kept() -> None:
    exchange, _ = ask(dribble, limits=SHORT)
    assert exchange.status == 200
    assert exchange.failure is not None
    assert exchange.failure.startswith("timeout: not done in 0.")
    assert exchange.body.strip(b".") == b""
    assert 2 < len(exchange.body) < 30
    assert exchange.seconds < 3  # of a limit of 0.3: machines are busy at times


def test_an_answer_that_is_cut_in_the_middle_is_a_finding_and_what_came_is_kept() -> None:
    exchange, _ = ask(half)
    assert (exchange.status, exchange.body) == (200, b'{"id": ')
    assert exchange.failure is not None
    assert exchange.failure.startswith("cut: RemoteProtocolError: ")
    assert exchange.headers["content-type"] == "application/json"


@pytest.mark.parametrize("answer", [hang_up, nonsense])
def test_a_server_that_speaks_no_http_is_a_finding(answer: object) -> None:
    exchange, _ = ask(answer)  # type: ignore[arg-type]
    assert exchange.status is None
    assert exchange.failure is not None
    assert exchange.failure.startswith("cut: ")
    assert read_answer(exchange).outcome is Outcome.BROKEN


def test_a_redirect_is_not_followed_and_its_target_never_sees_the_key() -> None:
    async def one() -> tuple[int | None, str, int]:
        async with serving(says(b"{}")) as target, serving(says(b"", 307, location=f"{target.url}/steal")) as server:
            exchange = await send(server.url)
            return exchange.status, exchange.headers["location"].removeprefix(target.url), len(target.heads)

    assert asyncio.run(one()) == (307, "/steal", 0)


def test_a_body_without_end_is_cut_off_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_BODY", 100_000)
    exchange, _ = ask(flood)
    assert exchange.failure == "too large: more than 100000 bytes"
    assert len(exchange.body) <= 100_000
    assert read_answer(exchange).outcome is Outcome.BROKEN


def test_a_body_of_just_the_limit_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_BODY", 100_000)
    exchange, _ = ask(says(b"x" * 100_000))
    assert (exchange.failure, len(exchange.body)) == (None, 100_000)


def test_a_rate_limit_is_waited_out_as_it_asks_and_the_wait_is_counted() -> None:
    begun = time.monotonic()
    exchange, server = ask(says(b"{}", 429, retry_after="0.2"), says(b"fine"), limits=Limits(patience=5))
    assert (exchange.status, exchange.body, exchange.waits, len(server.heads)) == (200, b"fine", 1, 2)
    assert time.monotonic() - begun >= 0.2
    assert len(set(server.bodies)) == 1


@pytest.mark.parametrize("status", [429, 503, 529])
def test_without_patience_an_overload_is_kept_as_it_came(status: int) -> None:
    exchange, server = ask(says(b"busy", status, retry_after="1"))
    assert (exchange.status, exchange.body, exchange.waits, len(server.heads)) == (status, b"busy", 0, 1)
    assert exchange.headers["retry-after"] == "1"
    assert read_answer(exchange).outcome is Outcome.WAITING


def test_a_wait_that_is_longer_than_patience_is_not_begun() -> None:
    begun = time.monotonic()
    exchange, server = ask(says(b"busy", 503, retry_after="30"), says(b"fine"), limits=Limits(patience=5))
    assert (exchange.status, len(server.heads)) == (503, 1)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("asked", ["nan", "-5", "inf", "-inf", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "1e999", ""])
def test_a_senseless_retry_after_neither_stops_a_run_nor_makes_it_hammer(asked: str) -> None:
    begun = time.monotonic()
    busy = [says(b"busy", 503, retry_after=asked)] * 50
    exchange, server = ask(*busy, says(b"fine"), limits=Limits(timeout=2, patience=0))
    assert (exchange.status, len(server.heads)) == (503, 1)
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 500, 502, 504])
def test_nothing_else_is_asked_again(status: int) -> None:
    exchange, server = ask(says(b"no", status, retry_after="0"), says(b"fine"), limits=Limits(patience=5))
    assert (exchange.status, exchange.waits, len(server.heads)) == (status, 0, 1)


def test_a_key_that_is_echoed_is_redacted_in_body_and_headers() -> None:
    exchange, _ = ask(says(f'{{"you sent": "{KEY}"}}'.encode(), www_authenticate=f"Bearer {KEY}", request_id=KEY))
    assert exchange.body == b'{"you sent": "<key>"}'
    assert exchange.headers == {"www-authenticate": "Bearer <key>", "request-id": "<key>"}


def test_a_further_header_that_is_echoed_is_redacted_as_well() -> None:
    exchange, _ = ask(says(b"you sent team-secret-1"), headers={"x-team": "team-secret-1"})
    assert exchange.body == b"you sent <key>"


def test_a_value_that_is_a_mere_word_is_left_in_an_answer() -> None:
    assert ask(says(b"a beta answer"), headers={"x-stage": "beta"})[0].body == b"a beta answer"


@pytest.mark.parametrize("at", [1, 10, len(KEY) - 1])
def test_a_key_that_lies_across_two_chunks_is_redacted(at: int) -> None:
    exchange, _ = ask(in_pieces(b"before " + KEY[:at].encode(), KEY[at:].encode() + b" after"))
    assert [data for _, data in exchange.chunks] == [b"before <key>", b" after"]
    assert exchange.chunks[1][0] - exchange.chunks[0][0] >= 0.02


def test_a_key_in_an_answer_that_is_cut_is_redacted() -> None:
    async def echo_and_cut(writer: asyncio.StreamWriter) -> None:
        writer.write(head(content_length="500") + KEY.encode())

    exchange, _ = ask(echo_and_cut)
    assert exchange.failure is not None
    assert exchange.body == b"<key>"


def test_only_headers_of_the_list_are_kept() -> None:
    exchange, _ = ask(says(b"", set_cookie="a=b", x_account_id="42", server="x", request_id="req_1", allow="POST"))
    assert exchange.headers == {"request-id": "req_1", "allow": "POST"}


def test_every_chunk_keeps_its_time() -> None:
    exchange, _ = ask(in_pieces(b"one", b"two", b"three", pause=0.05))
    assert [data for _, data in exchange.chunks] == [b"one", b"two", b"three"]
    times = [seconds for seconds, _ in exchange.chunks]
    assert all(0.04 <= later - earlier < 0.5 for earlier, later in itertools.pairwise(times))
    assert times[-1] <= exchange.seconds


def test_a_compressed_answer_that_cannot_be_read_is_a_finding() -> None:
    exchange, _ = ask(says(b"no gzip", content_encoding="gzip"))
    assert exchange.status == 200
    assert exchange.failure is not None
    assert exchange.failure.startswith("cut: DecodingError")


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
        monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    exchange, _ = ask(says(b"fine"))
    assert exchange.body == b"fine"


def test_no_more_requests_are_under_way_than_allowed() -> None:
    under_way = most = 0

    async def count(writer: asyncio.StreamWriter) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1
        writer.write(head(content_length="0"))

    async def many() -> None:
        async with (
            serving(count) as server,
            client.Wire(server.url, client.Secrets(key=SecretStr(KEY)), Limits(concurrency=3)) as line,
        ):
            exchanges = await asyncio.gather(*(line.send(request(number=n)) for n in range(12)))
            assert all(each.status == 200 for each in exchanges)

    asyncio.run(many())
    assert most == 3


def test_an_answer_from_the_wire_is_read_as_any_other() -> None:
    exchange, _ = ask(says(json.dumps(message("Hi")).encode(), content_type="application/json"))
    assert read_answer(exchange).message == message("Hi")
