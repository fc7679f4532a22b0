"""A server that answers by a script, as mock servers do: one call where the weather is asked about and its tool is
there, else one sentence. It reads nothing else, counts nothing, and refuses only a wrong key and an unknown model."""

from __future__ import annotations

import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.app import DEFAULT_MODELS
from tests.in_process import KEY

SENTENCE = "It is a fine day, and there is little more to say about it."
ARGUMENTS = {"city": "Oslo"}

Json = dict[str, Any]


def scripted_app() -> Starlette:
    """The server; it takes KEY."""
    return Starlette(
        routes=[Route("/v1/messages", _answer, methods=["POST"]), Route("/{rest:path}", _nothing, methods=METHODS)]
    )


METHODS = ["GET", "POST", "DELETE"]


async def _nothing(_request: Request) -> Response:
    return JSONResponse({"error": {"message": "Not found", "type": "not_found"}}, 404)


async def _answer(request: Request) -> Response:
    keys = {request.headers.get("x-api-key"), request.headers.get("authorization", "").removeprefix("Bearer ")}
    if KEY not in keys:
        return _error(401, "authentication_error", "invalid key")
    try:
        body = json.loads(await request.body())
    except ValueError:
        return _error(400, "invalid_request_error", "Malformed JSON")
    if body.get("model") not in DEFAULT_MODELS:
        return _error(404, "invalid_request_error", "No fixture matched")
    called = _is_called_for(body)
    block = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": ARGUMENTS} if called else None
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [block or {"type": "text", "text": SENTENCE}],
        "stop_reason": "tool_use" if called else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 15},
    }
    if body.get("stream") is True:
        return Response(_stream(message), media_type="text/event-stream")
    return JSONResponse(message)


def _is_called_for(body: Json) -> bool:
    tools = body.get("tools") or []
    messages = body.get("messages") or [{}]
    last = json.dumps(messages[-1].get("content"))
    named = any(isinstance(tool, dict) and tool.get("name") == "get_weather" for tool in tools)
    return named and "weather" in last and "tool_result" not in last


def _error(status: int, kind: str, said: str) -> Response:
    return JSONResponse({"type": "error", "error": {"type": kind, "message": said}}, status)


def _stream(message: Json) -> str:
    (block,) = message["content"]
    opening: Json = {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}
    delta = {"type": "text_delta", "text": SENTENCE}
    if block["type"] == "tool_use":
        delta = {"type": "input_json_delta", "partial_json": json.dumps(ARGUMENTS)}
    events: list[Json] = [
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": opening},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
            "usage": {"output_tokens": 15},
        },
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
