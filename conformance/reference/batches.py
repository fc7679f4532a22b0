"""Message batches: created, worked off at once, listed, and their results read (Messages API, "Message Batches")."""

from __future__ import annotations

import json
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.endpoint import Endpoint, parsed
from conformance.reference.errors import ApiError, envelope, invalid, new_request_id
from conformance.reference.faults import FaultMetError
from conformance.reference.http import headers_of, stamped
from conformance.reference.listing import page_of
from conformance.reference.transforms import ROUTE, Headers

Json = dict[str, Any]
CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
MOST_REQUESTS = 100_000
UNITS = ("processing", "succeeded", "errored", "canceled", "expired")


def batch_routes(endpoint: Endpoint) -> list[Route]:
    """The routes under /v1/messages/batches; what was created stays as long as the application."""
    batches: dict[str, Json] = {}
    results: dict[str, list[Json]] = {}

    def found(request: Request) -> str:
        name = str(request.path_params["batch"])
        if name not in batches:
            raise ApiError(404, f"No message batch found with id: {name}")
        return name

    async def create(request: Request) -> Response:
        headers, raw = headers_of(request), await request.body()
        sent = endpoint.visit(headers, raw)
        wanted = _requests(parsed(headers, raw))
        name = f"msgbatch_{secrets.token_hex(12)}"
        results[name] = [_result(endpoint, headers, each) for each in wanted]
        batches[name] = _batch(name, results[name], f"{request.base_url}v1/messages/batches/{name}/results")
        return JSONResponse(endpoint.told(batches[name], sent), headers=stamped())

    async def list_batches(request: Request) -> Response:
        sent = endpoint.visit(headers_of(request), b"")
        page = page_of(list(reversed(batches.values())), request.query_params)
        return JSONResponse(endpoint.told(page, sent), headers=stamped())

    async def retrieve(request: Request) -> Response:
        sent = endpoint.visit(headers_of(request), b"")
        return JSONResponse(endpoint.told(batches[found(request)], sent), headers=stamped())

    async def read_results(request: Request) -> Response:
        endpoint.visit(headers_of(request), b"")
        lines = "".join(f"{json.dumps(each)}\n" for each in results[found(request)])
        return Response(lines, media_type="application/x-jsonl", headers=stamped())

    return [
        Route("/v1/messages/batches", create, methods=["POST"]),
        Route("/v1/messages/batches", list_batches, methods=["GET"]),
        Route("/v1/messages/batches/{batch}", retrieve, methods=["GET"]),
        Route("/v1/messages/batches/{batch}/results", read_results, methods=["GET"]),
    ]


def _requests(body: Any) -> list[Json]:
    """The requests of a batch, checked as far as they belong to the batch; each one's params are its own matter."""
    if not isinstance(body, dict) or "requests" not in body:
        raise invalid("requests: Field required")
    for key in body:
        if key != "requests":
            raise invalid(f"{key}: Extra inputs are not permitted")
    wanted = body["requests"]
    if not isinstance(wanted, list):
        raise invalid("requests: Input should be a valid array")
    if not 1 <= len(wanted) <= MOST_REQUESTS:
        raise invalid(f"requests: List should have between 1 and {MOST_REQUESTS} items, not {len(wanted)}")
    for number, each in enumerate(wanted):
        for key in ("custom_id", "params"):
            if not isinstance(each, dict) or key not in each:
                raise invalid(f"requests.{number}.{key}: Field required")
        if not isinstance(each["custom_id"], str) or not CUSTOM_ID.fullmatch(each["custom_id"]):
            raise invalid(f"requests.{number}.custom_id: String should match pattern '^{CUSTOM_ID.pattern}$'")
        if not isinstance(each["params"], dict):
            raise invalid(f"requests.{number}.params: Input should be an object")
    if len({each["custom_id"] for each in wanted}) < len(wanted):
        raise invalid("requests: custom_id must be unique within a batch")
    return list(wanted)


def _result(endpoint: Endpoint, headers: Headers, wanted: Json) -> Json:
    raw = json.dumps({**wanted["params"], "stream": False}).encode()
    try:
        message = endpoint.answer(endpoint.accept({**headers, ROUTE: ["/v1/messages"]}, raw, counting=False))
        result: Json = {"type": "succeeded", "message": message}
    except ApiError as error:
        result = {"type": "errored", "error": envelope(error.status, error.message, new_request_id())}
    except FaultMetError:
        result = {"type": "errored", "error": envelope(500, "Internal server error", new_request_id())}
    return {"custom_id": wanted["custom_id"], "result": result}


def _batch(name: str, results: list[Json], results_url: str) -> Json:
    now = datetime.now(UTC)
    kinds = [each["result"]["type"] for each in results]
    return {
        "id": name,
        "type": "message_batch",
        "processing_status": "ended",
        "request_counts": {unit: kinds.count(unit) for unit in UNITS},
        "created_at": _stamp(now),
        "ended_at": _stamp(now),
        "expires_at": _stamp(now + timedelta(hours=24)),
        "archived_at": None,
        "cancel_initiated_at": None,
        "results_url": results_url,
    }


def _stamp(when: datetime) -> str:
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
