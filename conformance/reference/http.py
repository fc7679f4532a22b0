"""What the routes have in common: headers as the acts see them, and what every answer carries."""

from __future__ import annotations

from starlette.requests import Request

from conformance.reference.errors import new_request_id
from conformance.reference.transforms import METHOD, ROUTE, Headers


def headers_of(request: Request) -> Headers:
    """The request's headers, and beside them its method and its path with the query, under the names of HTTP/2."""
    query = f"?{request.url.query}" if request.url.query else ""
    headers: Headers = {METHOD: [request.method], ROUTE: [f"{request.url.path}{query}"]}
    for name, value in request.headers.raw:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return headers


def stamped() -> dict[str, str]:
    """The headers of an answer."""
    return {"request-id": new_request_id()}
