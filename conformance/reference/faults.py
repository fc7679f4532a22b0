"""Ways to fail instead of answering, wherever a path leads to something in the request.

A gateway that does not know a field may crash over it, answer a web page, or never answer at all. These are met before
anything else of a request is looked at, its key included.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse

from conformance.reference.errors import envelope, new_request_id
from conformance.reference.paths import find
from conformance.reference.stages import holds
from conformance.reference.transforms import Transform

Json = dict[str, Any]
HANG_SECONDS = 600.0
PAGE = "<!doctype html><html><head><title>Bad gateway</title></head><body><h1>Something went wrong</h1></body></html>"
FOREIGN: Json = {"object": "chat.completion", "choices": [{"message": {"role": "assistant", "content": "OK"}}]}


class CutError(Exception):
    """Ends an answer in the middle: the server closes the connection."""


class FaultMetError(Exception):
    """Leads out of a request to the fault that is answered instead."""

    def __init__(self, fault: Transform) -> None:
        super().__init__(fault.name)
        self.fault = fault


def _fault(name: str, path: str, value: Any, beside: str, unless: str, every: int) -> Transform:
    return Transform("fault", name, path, value, beside=beside, unless=unless, every=every)


def fail(
    status: int, path: str, message: str = "Internal error", *, beside: str = "", unless: str = "", every: int = 1
) -> Transform:
    """Answer with this status in the official error envelope."""
    return _fault("fail", path, (status, message), beside, unless, every)


def page(status: int, path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Answer with an HTML page."""
    return _fault("page", path, status, beside, unless, 1)


def error_in_answer(path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Answer 200 with an error envelope in the body."""
    return _fault("error_in_answer", path, "Internal error", beside, unless, 1)


def foreign(path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Answer 200 in another protocol's shape."""
    return _fault("foreign", path, None, beside, unless, 1)


def empty(path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Answer 200 with nothing in the body."""
    return _fault("empty", path, None, beside, unless, 1)


def hang(path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Take the request and never answer."""
    return _fault("hang", path, None, beside, unless, 1)


def cut(path: str, *, beside: str = "", unless: str = "") -> Transform:
    """Begin an answer and close the connection in its middle."""
    return _fault("cut", path, None, beside, unless, 1)


def say(
    path: str,
    body: bytes,
    media_type: str | None = "application/json",
    *,
    status: int = 200,
    encoding: str = "",
    beside: str = "",
    unless: str = "",
    every: int = 1,
) -> Transform:
    """Answer with these very bytes, whatever was asked: an answer out of a cache, a stream with a flaw in it, an error
    in another form. `encoding` is a content-encoding to claim for them."""
    return _fault("say", path, (status, body, media_type, encoding), beside, unless, every)


MARKED = "$marked"
"""What a request that `mark` has met holds: `beside=MARKED` is the condition of what is done to it alone."""


def mark(path: str, *, beside: str = "", unless: str = "", every: int = 2) -> Transform:
    """Mark every second request, for other steps to act on it: alone, this is no fault."""
    return _fault("mark", path, None, beside, unless, every)


def find_fault(steps: Sequence[Transform], sent: Json, turn: Callable[[Transform, Json], int]) -> Transform | None:
    """The first fault that a request meets. `turn` counts how often a step was met, from 1; a step that acts every
    second time acts on the first, so that it fails and then works."""
    for step in steps:
        # An empty path is met by every request.
        if (
            holds(step, sent)
            and (not step.path or find(sent, step.path))
            and turn(step, sent) % step.every == 1 % step.every
        ):
            if step.name != "mark":
                return step
            sent[MARKED] = True
    return None


async def answer_fault(fault: Transform) -> Response:
    """What a client meets instead of an answer: that, too, has an id."""
    answer = await _ANSWERS[fault.name](fault.value)
    answer.headers.setdefault("request-id", new_request_id())
    return answer


async def _fail(value: Any) -> Response:
    status, message = value
    request_id = new_request_id()
    body = envelope(status, message, request_id)
    return JSONResponse(body, status_code=status, headers={"request-id": request_id})


async def _page(value: Any) -> Response:
    return Response(PAGE, status_code=value, media_type="text/html")


async def _error_in_answer(value: Any) -> Response:
    return JSONResponse(envelope(500, value, new_request_id()))


async def _foreign(_value: Any) -> Response:
    return JSONResponse(FOREIGN)


async def _empty(_value: Any) -> Response:
    return Response(b"", media_type="application/json")


async def _hang(_value: Any) -> Response:
    await asyncio.sleep(HANG_SECONDS)
    return Response(b"", status_code=504)


async def _cut(_value: Any) -> Response:
    async def half() -> AsyncIterator[bytes]:
        yield b'{"type": "message", "role": "assistant", "cont'
        raise CutError

    return StreamingResponse(half(), media_type="application/json")


async def _say(value: Any) -> Response:
    status, body, media_type, encoding = value
    headers = {"content-encoding": encoding} if encoding else {}
    return Response(body, status_code=status, media_type=media_type, headers=headers)


_ANSWERS: Mapping[str, Callable[[Any], Awaitable[Response]]] = {
    "fail": _fail,
    "page": _page,
    "error_in_answer": _error_in_answer,
    "foreign": _foreign,
    "empty": _empty,
    "hang": _hang,
    "cut": _cut,
    "say": _say,
}
