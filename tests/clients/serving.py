"""The embedded endpoint on loopback for a real client, which asks in many more words than a row does."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.reference.app import create_app
from conformance.reference.transforms import Act

REMINDER = "<system-reminder>"
QUIET = "The working directory is empty."


@dataclass(slots=True)
class Served:
    """An endpoint that is up, and what it was asked."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def served(acts: tuple[Act, ...] = ()) -> Iterator[Served]:
    """Serves an endpoint that goes wrong as `acts` say, until the block ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    found = Served(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    app = _quietly(create_app(api_key=None, acts=acts), found.asked)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def _quietly(app: ASGIApp, asked: list[str]) -> ASGIApp:
    """The same application, to which the client's standing prose is shortened: the embedded model takes every sentence
    of a system prompt for an order. Nothing else of a request is changed, and nothing of an answer."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        raw = b""
        more = True
        while more:
            message = await receive()
            raw += message.get("body", b"")
            more = message.get("more_body", False)
        asked.append(f"{scope['method']} {scope['path']}")
        raw = _shortened(raw)
        scope["headers"] = [each for each in scope["headers"] if each[0] != b"content-length"]
        given = False

        async def once() -> MutableMapping[str, Any]:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": raw, "more_body": False}

        await app(scope, once, send)

    return call


def _shortened(raw: bytes) -> bytes:
    try:
        body = json.loads(raw)
    except ValueError:
        return raw
    if not isinstance(body, dict):
        return raw
    for block in _texts(body.get("system")):
        block["text"] = QUIET
    for turn in body.get("messages", ()):
        if turn.get("role") == "system":
            turn["content"] = QUIET
        for block in _texts(turn.get("content")):
            if str(block["text"]).startswith(REMINDER):
                block["text"] = QUIET
    return json.dumps(body).encode()


def _texts(content: Any) -> list[dict[str, Any]]:
    blocks = content if isinstance(content, list) else []
    return [block for block in blocks if isinstance(block, dict) and "text" in block]
