"""Servers on loopback that answer with bytes as they are written here, for tests of the wire."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pydantic import SecretStr

from conformance.protocol.exchange import Exchange, Request
from conformance.wire.client import Limits, Secrets, Wire
from tests.core.made_up import request

KEY = "sk-loopback-0123456789"
QUICK = Limits(timeout=2, patience=0, concurrency=4)

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """Answers each request with the next of `answers`, the last one again and again; keeps what it was sent."""

    answers: list[Answer]
    url: str = ""
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The client may hang up at any point: that is what some tests are about.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heads.append(head)
            self.bodies.append(await reader.readexactly(int(self.header("content-length") or 0)))
            await self.answers[min(len(self.heads), len(self.answers)) - 1](writer)
            await writer.drain()
        writer.close()

    def header(self, name: str) -> str | None:
        """A header of the last request."""
        lines = (line.partition(":") for line in self.heads[-1].split("\r\n")[1:])
        return next((value.strip() for found, _, value in lines if found.lower() == name), None)


@asynccontextmanager
async def serving(*answers: Answer) -> AsyncIterator[Server]:
    server = Server(list(answers))
    listening = await asyncio.start_server(server.meet, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()


def says(body: bytes, status: int = 200, **headers: str) -> Answer:
    """A whole answer; `_` in a header's name stands for `-`."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head(status, content_length=str(len(body)), **headers) + body)

    return answer


def head(status: int = 200, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def in_pieces(*pieces: bytes, pause: float = 0.03) -> Answer:
    """A body in pieces, each sent by itself, that ends when the connection does."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head())
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


def ask(
    *answers: Answer, limits: Limits = QUICK, asked: Request | None = None, headers: dict[str, str] | None = None
) -> tuple[Exchange, Server]:
    """One request to a server that answers so."""

    async def one() -> tuple[Exchange, Server]:
        async with serving(*answers) as server:
            return await send(server.url, limits, asked, headers), server

    return asyncio.run(one())


async def send(
    url: str, limits: Limits = QUICK, asked: Request | None = None, headers: dict[str, str] | None = None
) -> Exchange:
    further = {name: SecretStr(value) for name, value in (headers or {}).items()}
    async with Wire(url, Secrets(key=SecretStr(KEY), headers=further), limits) as wire:
        return await wire.send(asked or request())


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
