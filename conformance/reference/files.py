"""Files: uploaded, described, listed and deleted (Messages API, "Files"). Content blocks do not reach them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.reference.endpoint import Endpoint
from conformance.reference.errors import ApiError, invalid
from conformance.reference.http import headers_of, stamped
from conformance.reference.listing import page_of

Json = dict[str, Any]
UNFIT_FOR_A_NAME = frozenset('<>:"|?*\\/')
LONGEST_NAME = 255


def file_routes(endpoint: Endpoint) -> list[Route]:
    """The routes under /v1/files; what was uploaded stays as long as the application."""
    files: dict[str, Json] = {}

    def found(request: Request) -> str:
        name = str(request.path_params["file"])
        if name not in files:
            raise ApiError(404, f"File not found: {name}")
        return name

    async def upload(request: Request) -> Response:
        headers, raw = headers_of(request), await request.body()
        sent = endpoint.visit(headers, raw)
        described = _described(headers.get("content-type", [""])[0], raw)
        files[described["id"]] = described
        return JSONResponse(endpoint.told(described, sent), headers=stamped())

    async def list_files(request: Request) -> Response:
        sent = endpoint.visit(headers_of(request), b"")
        page = page_of(list(reversed(files.values())), request.query_params)
        return JSONResponse(endpoint.told(page, sent), headers=stamped())

    async def retrieve(request: Request) -> Response:
        sent = endpoint.visit(headers_of(request), b"")
        return JSONResponse(endpoint.told(files[found(request)], sent), headers=stamped())

    async def download(request: Request) -> Response:
        endpoint.visit(headers_of(request), b"")
        raise invalid(f"File {found(request)} is not downloadable")

    async def delete(request: Request) -> Response:
        sent = endpoint.visit(headers_of(request), b"")
        name = found(request)
        deleted = endpoint.told({"id": name, "type": "file_deleted"}, sent)
        del files[name]
        return JSONResponse(deleted, headers=stamped())

    return [
        Route("/v1/files", upload, methods=["POST"]),
        Route("/v1/files", list_files, methods=["GET"]),
        Route("/v1/files/{file}", retrieve, methods=["GET"]),
        Route("/v1/files/{file}", delete, methods=["DELETE"]),
        Route("/v1/files/{file}/content", download, methods=["GET"]),
    ]


def _described(content_type: str, raw: bytes) -> Json:
    """The metadata of the file in a multipart body."""
    part = _part(content_type, raw)
    name = part.get_filename() or ""
    if not 1 <= len(name) <= LONGEST_NAME or UNFIT_FOR_A_NAME & set(name):
        raise invalid(f'file: filename must be 1 to {LONGEST_NAME} characters, without any of <>:"|?*\\/')
    data = part.get_payload(decode=True)
    return {
        "type": "file",
        "id": f"file_{secrets.token_hex(12)}",
        "filename": name,
        "mime_type": part.get_content_type(),
        "size_bytes": len(data) if isinstance(data, bytes) else 0,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "downloadable": False,
    }


def _part(content_type: str, raw: bytes) -> Message:
    """The part of a multipart body that is named `file`."""
    if not content_type.lower().startswith("multipart/form-data"):
        raise invalid("Content-Type must be multipart/form-data")
    body = BytesParser(policy=HTTP).parsebytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + raw)
    for part in body.walk():
        if not part.is_multipart() and part.get_param("name", header="content-disposition") == "file":
            return part
    raise invalid("file: Field required")
