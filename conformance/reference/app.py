"""The routes of the reference endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from conformance.reference.endpoint import MOST_PROMPT_TOKENS, Endpoint, endpoint_of
from conformance.reference.errors import ApiError, envelope, new_request_id
from conformance.reference.faults import FaultMetError, answer_fault
from conformance.reference.rules.limits import MOST_OUTPUT_TOKENS
from conformance.reference.stream import events_of, frame
from conformance.reference.transforms import Act, Headers

DEFAULT_MODELS = ("reference-1", "reference-1-mini")
STREAM_PAUSE = 0.004
MOST_PAUSES = 5
CREATED = "2026-01-01T00:00:00Z"
EVENT_STREAM = "text/event-stream; charset=utf-8"


def create_app(
    *, api_key: str | None, acts: Sequence[Act] = (), models: Sequence[str] = DEFAULT_MODELS, temper: str = ""
) -> Starlette:
    """An application that behaves as the official documents say, but for what `acts` change; None checks no key.
    `temper` is one of `model.temper.TEMPERS`; empty for a model that obeys."""
    endpoint = endpoint_of(api_key, models, acts, temper)

    async def create_message(request: Request) -> Response:
        accepted = endpoint.accept(_headers(request), await request.body(), counting=False)
        message = endpoint.answer(accepted)
        if accepted.body.get("stream"):
            return StreamingResponse(_frames(message), headers=_stamped(), media_type=EVENT_STREAM)
        return JSONResponse(message, headers=_stamped())

    async def count_tokens(request: Request) -> Response:
        accepted = endpoint.accept(_headers(request), await request.body(), counting=True)
        return JSONResponse(endpoint.count(accepted), headers=_stamped())

    async def list_models(request: Request) -> Response:
        endpoint.enter(_headers(request))
        return JSONResponse(_page(endpoint, request), headers=_stamped())

    async def retrieve_model(request: Request) -> Response:
        endpoint.enter(_headers(request))
        name = request.path_params["model"]
        if name not in endpoint.models:
            raise ApiError(404, f"model: {name}")
        return JSONResponse(_model(name), headers=_stamped())

    async def refused(request: Request, error: Exception) -> Response:
        if isinstance(error, FaultMetError):
            return await answer_fault(error.fault)
        status, message = 500, "Internal server error"
        if isinstance(error, ApiError):
            status, message = error.status, error.message
        elif isinstance(error, HTTPException):
            status, message = error.status_code, "Method Not Allowed" if error.status_code == 405 else "Not Found"
        stamped = _stamped()
        # After an error of its own the body can no longer be read.
        raw = await request.body() if isinstance(error, ApiError) else b""
        sent = endpoint.sent(_headers(request), raw)
        body = endpoint.reshaped(envelope(status, message, stamped["request-id"]), sent)
        return JSONResponse(body, status_code=status, headers=stamped)

    return Starlette(
        routes=[
            Route("/v1/messages", create_message, methods=["POST"]),
            Route("/v1/messages/count_tokens", count_tokens, methods=["POST"]),
            Route("/v1/models", list_models, methods=["GET"]),
            Route("/v1/models/{model:path}", retrieve_model, methods=["GET"]),
        ],
        exception_handlers={ApiError: refused, FaultMetError: refused, HTTPException: refused, Exception: refused},
    )


def _headers(request: Request) -> Headers:
    headers: Headers = {}
    for name, value in request.headers.raw:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers


def _stamped() -> dict[str, str]:
    return {"request-id": new_request_id()}


async def _frames(message: dict[str, Any]) -> AsyncIterator[bytes]:
    """The frames of a stream, with a few short pauses, so that they leave one after another."""
    events = list(events_of(message))
    every = max(1, len(events) // MOST_PAUSES)
    for number, event in enumerate(events):
        yield frame(event)
        if number % every == every - 1:
            await asyncio.sleep(STREAM_PAUSE)


def _model(name: str) -> dict[str, Any]:
    return {
        "type": "model",
        "id": name,
        "display_name": name.replace("-", " ").title(),
        "created_at": CREATED,
        "lifecycle": "active",
        "max_input_tokens": MOST_PROMPT_TOKENS,
        "max_tokens": MOST_OUTPUT_TOKENS,
    }


def _page(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    try:
        limit = int(request.query_params.get("limit", "20"))
    except ValueError:
        limit = 0
    if not 1 <= limit <= 1000:
        raise ApiError(400, "limit: Input should be between 1 and 1000")
    names = list(endpoint.models)
    after, before = request.query_params.get("after_id"), request.query_params.get("before_id")
    if after in names:
        names = names[names.index(after) + 1 :]
    if before in names:
        names = names[: names.index(before)][-limit:]
    data = [_model(name) for name in names[:limit]]
    return {
        "data": data,
        "has_more": len(names) > limit,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }
