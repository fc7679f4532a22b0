"""Calls an application in-process and reads what comes back."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
from PIL import Image
from starlette.applications import Starlette

from conformance.reference.acts import acts_for
from conformance.reference.app import create_app

Json = dict[str, Any]
KEY = "key-of-the-tests"
HEADERS = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}

WEATHER: Json = {
    "name": "get_weather",
    "description": "Get the weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CLOCK: Json = {
    "name": "get_time",
    "description": "Get the local time of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
PING: Json = {"name": "ping", "description": "Ping the server", "input_schema": {"type": "object", "properties": {}}}


def fresh(statuses: Mapping[str, str] | None = None) -> Starlette:
    """A new application, acting out the claims given."""
    return create_app(api_key=KEY, acts=acts_for(statuses or {}))


def send(
    app: Starlette,
    body: Any = None,
    *,
    path: str = "/v1/messages",
    method: str = "POST",
    headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
    content: bytes | None = None,
) -> httpx2.Response:
    """One request; `headers` replace the usual ones."""

    async def go() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://reference") as client:
            sent = HEADERS if headers is None else headers
            if content is not None:
                return await client.request(method, path, content=content, headers=sent)
            return await client.request(method, path, json=body, headers=sent)

    return asyncio.run(go())


def request_of(*turns: Any, **fields: Any) -> Json:
    """A body whose turns alternate between user and assistant."""
    messages = [{"role": "assistant" if n % 2 else "user", "content": turn} for n, turn in enumerate(turns)]
    return {"model": "reference-1", "max_tokens": 400, "messages": messages, **fields}


def answer_to(*turns: Any, app: Starlette | None = None, betas: str = "", **fields: Any) -> Json:
    """The Message that answers the turns."""
    headers = {**HEADERS, "anthropic-beta": betas} if betas else HEADERS
    response = send(app or fresh(), request_of(*turns, **fields), headers=headers)
    assert response.status_code == 200, response.text
    message: Json = response.json()
    return message


def text_of(message: Json) -> str:
    """All the text of a Message."""
    return "".join(block["text"] for block in message["content"] if block["type"] == "text")


def say(*turns: Any, **fields: Any) -> str:
    """The text that answers the turns."""
    return text_of(answer_to(*turns, **fields))


def calls_in(message: Json) -> list[tuple[str, Json]]:
    """Name and input of each client tool call."""
    return [(block["name"], block["input"]) for block in message["content"] if block["type"] == "tool_use"]


def refusal_of(body: Any, *, app: Starlette | None = None, betas: str = "", version: str = "2023-06-01") -> str:
    """The message of the 400 that a body earns."""
    headers = {**HEADERS, "anthropic-version": version}
    if betas:
        headers["anthropic-beta"] = betas
    response = send(app or fresh(), body, headers=headers)
    assert response.status_code == 400, response.text
    assert response.json()["error"]["type"] == "invalid_request_error"
    message: str = response.json()["error"]["message"]
    return message


def events_in(response: httpx2.Response) -> list[Json]:
    """The events of a stream, its framing checked."""
    events = []
    for block in response.text.rstrip("\n").split("\n\n"):
        name, data = block.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    return events


def text_block(text: str, **fields: Any) -> Json:
    """A text block."""
    return {"type": "text", "text": text, **fields}


def plain_document(data: str, **fields: Any) -> Json:
    """A plain-text document."""
    return {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": data}, **fields}


def square(colour: str | tuple[int, int, int], size: int = 64) -> Json:
    """An image of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


def pdf_of(line: str) -> Json:
    """A document that is a one-page PDF with one line of text."""
    stream = f"BT /F1 24 Tf 72 700 Td ({line}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    data = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n + 1, part) for n, part in enumerate(parts))
    encoded = base64.b64encode(data + b"trailer << /Root 1 0 R >>\n%%EOF\n").decode()
    return {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": encoded}}
