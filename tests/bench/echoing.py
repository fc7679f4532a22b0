"""An endpoint that gives every request back as its answer, over and over up to a size, in pieces where it streams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from conformance.probing.run import Run
from conformance.reference.app import DEFAULT_MODELS
from conformance.rows import ROWS
from tests.in_process import info_of, record

SIZE = 45_000
"""Characters of each answer: a column of some 30 MB, which is the most that a run may keep."""

PIECE = 40
PROVIDER, URL = "echo.invalid", "http://echo.invalid"
RUN = Run(seed=7, model=DEFAULT_MODELS[0])

Json = dict[str, Any]


def echoing_app() -> Starlette:
    return Starlette(routes=[Route("/{rest:path}", _answer, methods=["GET", "POST", "DELETE"])])


def record_column(cassettes: Path) -> None:
    """Records the whole table of this endpoint below a folder of cassettes."""
    info = replace(info_of(RUN), provider=PROVIDER, url=URL, long_prompt=False, mode="live")
    record(echoing_app(), RUN, cassettes / PROVIDER / RUN.model, url=URL, info=info, rows=ROWS)


async def _answer(request: Request) -> Response:
    asked = (await request.body()).decode("utf-8", "replace") or request.url.path
    try:
        body = json.loads(asked)
    except ValueError:
        body = {}
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body.get("model"),
        "content": [{"type": "text", "text": (asked * (SIZE // len(asked) + 1))[:SIZE]}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 15},
    }
    if body.get("stream") is True:
        return StreamingResponse(_events(message), media_type="text/event-stream")
    return JSONResponse(message)


def _events(message: Json) -> Iterator[str]:
    text = message["content"][0]["text"]
    yield _event({"type": "message_start", "message": {**message, "content": [], "stop_reason": None}})
    yield _event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    for start in range(0, len(text), PIECE):
        delta = {"type": "text_delta", "text": text[start : start + PIECE]}
        yield _event({"type": "content_block_delta", "index": 0, "delta": delta})
    yield _event({"type": "content_block_stop", "index": 0})
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _event({"type": "message_delta", "delta": ended, "usage": {"output_tokens": 15}})
    yield _event({"type": "message_stop"})


def _event(event: Json) -> str:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
