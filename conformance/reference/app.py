"""The routes of the reference endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from conformance.reference.batches import batch_routes
from conformance.reference.endpoint import MOST_PROMPT_TOKENS, endpoint_of
from conformance.reference.errors import ApiError, envelope
from conformance.reference.faults import CutError, FaultMetError, answer_fault
from conformance.reference.files import file_routes
from conformance.reference.http import headers_of, stamped
from conformance.reference.models import model_routes
from conformance.reference.stream_changes import EVENT_STREAM, Piece
from conformance.reference.transforms import Act

DEFAULT_MODELS = ("reference-1", "reference-1-mini")


def create_app(
    *,
    api_key: str | None,
    acts: Sequence[Act] = (),
    models: Sequence[str] = DEFAULT_MODELS,
    temper: str = "",
    context: int = MOST_PROMPT_TOKENS,
) -> Starlette:
    """An application that behaves as the official documents say, but for what `acts` change; None checks no key.
    `temper` is one of `model.temper.TEMPERS`; empty for a model that obeys. `context` is the longest prompt, in
    tokens."""
    endpoint = endpoint_of(api_key, models, acts, temper, context)

    async def create_message(request: Request) -> Response:
        accepted = endpoint.accept(headers_of(request), await request.body(), counting=False)
        message = endpoint.answer(accepted)
        extra = endpoint.stamped(stamped(), accepted.sent)
        if accepted.body.get("stream"):
            pieces, media_type = endpoint.stream(message, accepted)
            return StreamingResponse(_in_time(pieces), headers=extra, media_type=media_type)
        return JSONResponse(message, headers=extra)

    async def count_tokens(request: Request) -> Response:
        accepted = endpoint.accept(headers_of(request), await request.body(), counting=True)
        return JSONResponse(endpoint.told(endpoint.count(accepted), accepted.sent), headers=stamped())

    async def refused(request: Request, error: Exception) -> Response:
        if isinstance(error, FaultMetError):
            return await answer_fault(error.fault)
        if isinstance(error, HTTPException):
            try:
                endpoint.stumble(endpoint.sent(headers_of(request), b""))
            except FaultMetError as met:
                return await answer_fault(met.fault)
        status, message = 500, "Internal server error"
        if isinstance(error, ApiError):
            status, message = error.status, error.message
        elif isinstance(error, HTTPException):
            status, message = error.status_code, "Method Not Allowed" if error.status_code == 405 else "Not Found"
        extra = stamped()
        # After an error of its own the body can no longer be read.
        raw = await request.body() if isinstance(error, ApiError) else b""
        sent = endpoint.sent(headers_of(request), raw)
        body = endpoint.reshaped(envelope(status, message, extra["request-id"]), sent)
        extra = endpoint.stamped(extra, sent)
        streamed = endpoint.streamed_error(body, sent)
        if streamed:
            data, status = streamed
            return Response(data, status_code=status, headers=extra, media_type=EVENT_STREAM)
        return JSONResponse(body, status_code=status, headers=extra)

    return Starlette(
        routes=[
            Route("/v1/messages", create_message, methods=["POST"]),
            Route("/v1/messages/count_tokens", count_tokens, methods=["POST"]),
            *batch_routes(endpoint),
            *file_routes(endpoint),
            *model_routes(endpoint),
        ],
        exception_handlers={ApiError: refused, FaultMetError: refused, HTTPException: refused, Exception: refused},
    )


async def _in_time(pieces: Sequence[Piece]) -> AsyncIterator[bytes]:
    """The pieces of a stream, one after another."""
    for piece in pieces:
        if piece.pause:
            await asyncio.sleep(piece.pause)
        yield piece.data
        if piece.cut:
            raise CutError
