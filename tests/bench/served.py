"""The embedded endpoint in a process of its own, so that what it costs is not counted as the suite's."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference.app import create_app
from conformance.reference.server import serve
from tests.in_process import KEY

SPAWN = multiprocessing.get_context("spawn")
SHORTEST_PAUSE = 0.02
"""Seconds between two pieces of an answer that are the endpoint's own pause, and no accident of this machine."""

Answer = list[tuple[float, Message]]
"""What was sent, each message with the seconds before it."""


class Memory:
    """Middleware that answers from memory what it was asked before, `late` seconds late: an endpoint that takes its
    time and costs this machine nothing, as a vendor's does. A request that was asked several times is given its several
    answers in turn. While `learning` is set, the application answers, at once, and is listened to."""

    def __init__(self, app: ASGIApp, late: float, learning: Event) -> None:
        self._app = app
        self._late = late
        self._learning = learning
        self._answers: defaultdict[object, list[Answer]] = defaultdict(list)
        self._asked: defaultdict[object, int] = defaultdict(int)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        told = sorted(header for header in scope["headers"] if header[0] != b"host")
        question = (scope["method"], scope["path"], scope["query_string"], *told, body)
        answers = self._answers[question]
        if self._learning.is_set() or not answers:
            answers.append(await self._listen(scope, body, send))
            return
        answer = answers[self._asked[question] % len(answers)]
        self._asked[question] += 1
        await asyncio.sleep(self._late)
        for pause, message in answer:
            if pause > SHORTEST_PAUSE:
                await asyncio.sleep(pause)
            await send(message)

    async def _listen(self, scope: Scope, body: bytes, send: Send) -> Answer:
        given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        heard: Answer = []
        last = time.monotonic()

        async def receive() -> Message:
            if not given:
                await asyncio.Event().wait()  # the client stays until it has the answer
            return given.pop()

        async def hear(message: Message) -> None:
            nonlocal last
            now = time.monotonic()
            heard.append((now - last if heard else 0.0, message))
            await send(message)
            last = time.monotonic()

        await self._app(scope, receive, hear)
        return heard


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _serve(late: float | None, learning: Event, told: Connection) -> None:
    app = create_app(api_key=KEY)
    if late is not None:
        app.add_middleware(Memory, late=late, learning=learning)
    with serve(app) as url:
        told.send(url)
        told.recv()


@contextmanager
def served(late: float | None = None) -> Iterator[tuple[str, Callable[[], None]]]:
    """Gives the address, and what to call once all that will be asked was asked: from then on the answers come from
    memory, `late` seconds late. With None the application answers throughout."""
    here, there = SPAWN.Pipe()
    learning = SPAWN.Event()
    learning.set()
    process = SPAWN.Process(target=_serve, args=(late, learning, there), daemon=True)
    process.start()
    try:
        yield here.recv(), learning.clear
    finally:
        here.send("done")
        process.join()
