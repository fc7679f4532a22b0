"""The models endpoint: what is served, listed and one by one (Messages API, "Models")."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import ApiError
from conformance.reference.http import headers_of, stamped
from conformance.reference.listing import page_of
from conformance.reference.rules.limits import MOST_OUTPUT_TOKENS

CREATED = "2026-01-01T00:00:00Z"


def model_routes(endpoint: Endpoint) -> list[Route]:
    """The routes under /v1/models."""

    async def list_models(request: Request) -> Response:
        sent = endpoint.visit(headers_of(request), b"")
        page = page_of([_model(name, endpoint.context) for name in endpoint.models], request.query_params)
        return JSONResponse(endpoint.told(page, sent), headers=stamped())

    async def retrieve_model(request: Request) -> Response:
        sent = endpoint.visit(headers_of(request), b"")
        name = request.path_params["model"]
        if name not in endpoint.models:
            raise ApiError(404, f"model: {name}")
        return JSONResponse(endpoint.told(_model(name, endpoint.context), sent), headers=stamped())

    return [
        Route("/v1/models", list_models, methods=["GET"]),
        Route("/v1/models/{model:path}", retrieve_model, methods=["GET"]),
    ]


def _model(name: str, context: int) -> dict[str, Any]:
    return {
        "type": "model",
        "id": name,
        "display_name": name.replace("-", " ").title(),
        "created_at": CREATED,
        "lifecycle": "active",
        "max_input_tokens": context,
        "max_tokens": MOST_OUTPUT_TOKENS,
    }
