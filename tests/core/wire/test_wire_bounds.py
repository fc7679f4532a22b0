"""What the wire keeps of an answer is bounded, and one answer leaves nothing behind for the next question."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator, Sequence
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import Exchange
from conformance.wire import client
from conformance.wire.client import Limits, Secrets, Wire
from tests.core.loopback import KEY, QUICK, Answer, Server, ask, head, says, serving
from tests.core.made_up import request


def ask_twice(*answers: Answer) -> tuple[list[Exchange], Server]:
    async def both() -> tuple[list[Exchange], Server]:
        async with serving(*answers) as server, Wire(server.url, Secrets(key=SecretStr(KEY)), QUICK) as line:
            return [await line.send(request(number=number)) for number in (1, 2)], server

    return asyncio.run(both())


def test_what_is_sent_beyond_an_answer_is_not_the_answer_to_the_next_question() -> None:
    async def two_at_once(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
        await writer.drain()
        await asyncio.sleep(0.5)  # it stays open, as a connection does that can serve again

    exchanges, _ = ask_twice(two_at_once, says(b"second"))
    assert [each.body for each in exchanges] == [b"first", b"second"]


def test_a_cookie_does_not_come_back_with_the_next_question() -> None:
    exchanges, server = ask_twice(says(b"1", set_cookie="seen=1; Path=/"), says(b"2"))
    assert [each.body for each in exchanges] == [b"1", b"2"]
    assert server.header("cookie") is None


def test_of_an_answer_that_is_too_large_the_beginning_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_BODY", 100_000)
    monkeypatch.setattr(client, "KEPT_OF_TOO_LARGE", 1_000)
    exchange, _ = ask(says(b"begin" + b"x" * 200_000))
    assert exchange.failure == "too large: more than 100000 bytes"
    assert exchange.body == b"begin" + b"x" * 995
    assert read_answer(exchange).outcome is Outcome.BROKEN


def test_a_packed_answer_is_unpacked_up_to_the_limit_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_BODY", 100_000)
    packed = zlib.compress(b" " * 50_000_000, wbits=31)
    exchange, _ = ask(says(packed, content_encoding="gzip"), limits=Limits(timeout=20, patience=0))
    told = "too large: more than 100000 bytes, unpacked from gzip, although only identity is asked for"
    assert exchange.failure == told
    small, _ = ask(says(zlib.compress(b"fine", wbits=31), content_encoding="gzip"))
    assert (small.failure, small.body) == (None, b"fine")


UNTEXT = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(40))
"""Bytes as packing and encrypting make them."""


@pytest.mark.parametrize(
    ("body", "coding", "why"),
    [
        pytest.param(b"fine, but for its name", "x-odd", "packed as x-odd, which cannot be undone here", id="odd"),
        pytest.param(zlib.compress(b"a text " * 400, wbits=31), "", "no text", id="gzip unsaid"),
        pytest.param(UNTEXT, "", "no text", id="encrypted"),
    ],
)
def test_what_cannot_be_read_is_not_kept_but_told_with_its_length_and_digest(
    body: bytes, coding: str, why: str
) -> None:
    """A key inside it could not be found."""
    exchange, _ = ask(says(body, content_encoding=coding) if coding else says(body))
    failure = exchange.failure or ""
    assert exchange.body == b""
    assert failure.startswith(f"unreadable: {why}")
    assert f"its {len(body):,} bytes (SHA-256 {hashlib.sha256(body).hexdigest()[:16]}…) are not kept" in failure
    assert read_answer(exchange).outcome is Outcome.BROKEN
    refused, _ = ask(says(body, 400, content_encoding=coding) if coding else says(body, 400))
    answer = read_answer(refused)
    assert (refused.body, answer.outcome) == (b"", Outcome.REFUSED)
    assert answer.problem.startswith(f"HTTP 400: unreadable: {why}")


@pytest.mark.parametrize(
    "body",
    [
        b"plain",
        '{"text": "Привет, мир"}'.encode(),
        '{"text": "Привет, мир"}'.encode("utf-16"),
        b'{"text": "spoilt \xff\xfe here and there, and the rest can be read"}',
        bytes(1000),
    ],
    ids=["ASCII", "UTF-8", "UTF-16", "spoilt", "zeros"],
)
def test_what_can_be_read_is_kept(body: bytes) -> None:
    exchange, _ = ask(says(body))
    assert (exchange.failure, exchange.body) == (None, body)


def test_a_long_header_is_kept_in_part() -> None:
    exchange, _ = ask(says(b"", 302, location="x" * 9000))
    assert len(exchange.headers["location"]) == client.MAX_HEADER


def test_an_error_that_quotes_the_endpoint_is_one_line() -> None:
    async def escapes(writer: asyncio.StreamWriter) -> None:
        writer.write(head(content_encoding="gzip") + b"\x1b[2J no gzip")

    exchange, _ = ask(escapes)
    assert exchange.failure is not None
    assert exchange.failure.isprintable()
    assert "although only identity is asked for" in exchange.failure


def pieces_read(pieces: Sequence[bytes], moments: Any) -> list[tuple[float, bytes]]:
    async def pieces_of() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    chunks: list[tuple[float, bytes]] = []
    response: Any = SimpleNamespace(aiter_bytes=pieces_of, headers={})
    assert asyncio.run(client._read_body(response, chunks, lambda: next(moments))) is None
    return chunks


def test_beyond_some_thousand_pieces_those_of_one_millisecond_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "APART", 3)
    at_once = pieces_read([b"a", b"b", b"c", b"d", b"e"], iter([0.1] * 5))
    assert at_once == [(0.1, b"a"), (0.1, b"b"), (0.1, b"cde")]
    one_by_one = pieces_read([b"a", b"b", b"c", b"d", b"e"], count(1))
    assert [data for _, data in one_by_one] == [b"a", b"b", b"c", b"d", b"e"]
