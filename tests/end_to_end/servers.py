"""Servers on loopback for the runs to ask: the embedded endpoint, watched or disturbed, and some that are none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference.app import create_app
from conformance.reference.server import serve
from tests.end_to_end.running import KEY

Answer = Callable[[Request, bytes], Awaitable[Response | None]]
"""Answers a request in the place of an application; None leaves it to the application."""

TOLD_APART = ("anthropic-beta", "anthropic-version", "authorization", "content-type", "x-api-key")


class Before:
    """Middleware that lets an Answer speak first."""

    def __init__(self, app: ASGIApp, answer: Answer) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        instead = await self._answer(request, body)
        if instead is not None:
            await instead(scope, receive, send)
            return
        given_on: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_again() -> Message:
            return given_on.pop() if given_on else await receive()

        await self._app(scope, receive_again, send)


@dataclass(slots=True)
class Asked:
    """What a server was asked, in the order of arrival."""

    requests: list[tuple[str, ...]] = field(default_factory=list)

    async def __call__(self, request: Request, body: bytes) -> None:
        headers = [f"{name}: {request.headers.get(name)}" for name in TOLD_APART]
        self.requests.append((request.method, request.url.path, *headers, body.decode("latin-1")))


@contextmanager
def embedded(answer: Answer | None = None, *, key: str = KEY) -> Iterator[str]:
    """The embedded endpoint by itself; `answer` may watch it or speak in its place."""
    app = create_app(api_key=key)
    if answer is not None:
        app.add_middleware(Before, answer=answer)
    with serve(app) as url:
        yield url


@contextmanager
def always(answer: Callable[[Request], Awaitable[Response]]) -> Iterator[str]:
    """A server that gives the same answer on every path."""
    methods = ["GET", "POST"]
    with serve(Starlette(routes=[Route("/{path:path}", answer, methods=methods)])) as url:
        yield url
