"""A server in front of the embedded endpoint that fails, on the socket, for the requests that it is armed for."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.hostile.faults import Serve

Armed = Callable[[bytes], Serve | None]
"""Says, by the body of a request, which fault it meets; None lets it through."""


@dataclass
class Front:
    """Where it is, what it is armed with, and how many requests met a fault, or were let through. `heads` are those of
    the requests that were let through."""

    armed: Armed
    url: str = ""
    failed: int = 0
    through: int = 0
    heads: list[bytes] = field(default_factory=list)


@contextmanager
def front(upstream: str, armed: Armed, trust: ssl.SSLContext | None = None) -> Iterator[Front]:
    """Serves until the context ends, from a thread. `trust` is what it speaks TLS with; without it, plain HTTP."""
    made = Front(armed=armed)
    ready: Future[asyncio.Event] = Future()

    async def run() -> None:
        over = asyncio.Event()
        tasks: set[asyncio.Task[None]] = set()

        async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(_meet(made, upstream, reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=trust)
        port = server.sockets[0].getsockname()[1]
        made.url = f"{'https' if trust else 'http'}://127.0.0.1:{port}"
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: None)  # clients that hang up are what this is about
        ready.set_result(over)
        await over.wait()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    loops: list[asyncio.AbstractEventLoop] = []

    def work() -> None:
        with asyncio.Runner() as runner:
            loops.append(runner.get_loop())
            runner.run(run())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    over = ready.result(10)
    try:
        yield made
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join(10)


async def _meet(made: Front, upstream: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")), 0)
        body = await reader.readexactly(length)
        fault = made.armed(body)
        if fault is not None:
            made.failed += 1
            await fault(writer)
            await writer.drain()
        else:
            made.through += 1
            made.heads.append(head)
            await _pass_on(upstream, head, body, writer)
    with contextlib.suppress(OSError):
        writer.close()


async def _pass_on(upstream: str, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
    parts = urlsplit(upstream)
    answers, asks = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        asks.write(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) + body)
        while data := await answers.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        asks.close()
