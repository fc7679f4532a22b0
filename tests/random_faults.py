"""An endpoint that fails now and then, whatever it is asked: by chance, or every so many requests.

Which requests fail is fixed by a seed and by their number, so that the same run fails alike.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference.faults import CutError

Hit = Callable[[int], bool]

UPSTREAM = "upstream connect error or disconnect/reset before headers. reset reason: connection termination"


def by_chance(share: float, seed: int) -> Hit:
    """So large a share of all requests fails."""
    return lambda number: random.Random(f"{seed}/{number}").random() < share


def every(count: int) -> Hit:
    """Each request of so many fails: the last one."""
    return lambda number: number % count == count - 1


def once(at: int) -> Hit:
    """One request fails."""
    return lambda number: number == at


@dataclass(slots=True)
class Failing:
    """An application whose answers are replaced, where `hit` says so, by a failure of one `kind` of KINDS."""

    app: ASGIApp
    kind: str
    hit: Hit
    asked: int = 0
    failed: int = 0
    _before: list[Message] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        number, self.asked = self.asked, self.asked + 1
        hit = self.hit(number)
        self.failed += hit
        if hit and self.kind == "reset":
            raise CutError(self.kind)
        if hit and self.kind in _INSTEAD:
            await _send(_INSTEAD[self.kind](), send)
            return
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)
            if not hit:
                await send(message)

        await self.app(scope, receive, keep)
        if hit and self.kind == "cut":
            await _send_half(said, send)
        before, self._before = self._before, said
        if hit:
            await _send(before or said, send)


async def _send(messages: list[Message], send: Send) -> None:
    for message in messages:
        await send(message)


async def _send_half(messages: list[Message], send: Send) -> None:
    body = b"".join(message.get("body", b"") for message in messages[1:])
    await send(messages[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    raise CutError


def _answer(status: int, body: bytes) -> list[Message]:
    headers = [(b"content-type", b"application/json")]
    return [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]


def _error(kind: str, message: str) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()


_INSTEAD: dict[str, Callable[[], list[Message]]] = {
    "crash": lambda: _answer(500, _error("api_error", "Internal server error")),
    "refusal": lambda: _answer(400, _error("invalid_request_error", UPSTREAM)),
    "empty": lambda: _answer(200, b""),
    "error in a 200": lambda: _answer(200, _error("api_error", "Internal server error")),
    "limit": lambda: _answer(429, _error("rate_limit_error", "Too many requests")),
}

KINDS = ("reset", *_INSTEAD, "cut", "swapped")
"""Connections reset, 500, 400 in an upstream's words, 200 without a body, 200 with an error, 429 without retry-after,
answers cut in the middle, and the answer to the request before."""
