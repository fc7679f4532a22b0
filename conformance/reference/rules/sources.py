"""Rules on images, documents, files and containers: what is given must be readable, what is named must exist."""

from __future__ import annotations

import base64
import binascii
import io
from functools import lru_cache
from typing import Any

from PIL import Image, UnidentifiedImageError

from conformance.reference.errors import ApiError, invalid
from conformance.reference.pdf import is_pdf
from conformance.reference.seals import is_container_id
from conformance.reference.walk import nested_blocks

MOST_PIXELS_A_SIDE = 8000
UNREACHABLE = "Unable to download the file. Please verify the URL and try again."
MEDIA_TYPE_OF = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


def check(body: dict[str, Any]) -> None:
    """Vision and PDF documents; there are no files, no containers from elsewhere, and no way to fetch a URL."""
    cited: set[bool] = set()
    for place, _role, block in nested_blocks(body):
        kind = block["type"]
        if kind in ("image", "document"):
            _check_source(f"{place}.{kind}.source", kind, block)
        if kind in ("document", "search_result"):
            cited.add(bool((block.get("citations") or {}).get("enabled")))
        if kind == "container_upload":
            raise ApiError(404, f"{place}: File not found: {block['file_id']}")
    if len(cited) > 1:
        raise invalid("messages: citations must be enabled on all documents and search results, or on none")
    if True in cited and (body.get("output_config") or {}).get("format"):
        raise invalid("output_config.format: not supported when citations are enabled")
    named = body.get("container")
    name = named.get("id") if isinstance(named, dict) else named
    if name and not is_container_id(name):
        raise invalid(f"container: Container {name} was not found or has expired.")


def _check_source(place: str, kind: str, block: dict[str, Any]) -> None:
    source = block["source"]
    if source["type"] == "url":
        raise invalid(UNREACHABLE)
    if source["type"] == "file":
        raise ApiError(404, f"{place}.file.file_id: File not found: {source['file_id']}")
    if source["type"] != "base64":
        return
    if kind == "image":
        problem = _image_problem(source["data"], source["media_type"])
        if problem:
            raise invalid(f"{place}.base64: {problem}" if problem.startswith("Image") else problem)
        return
    data = decoded(source["data"])
    if data is None or not is_pdf(data):
        outer = place.rsplit(".document.source", 1)[0]
        raise invalid(f"{outer}.pdf.source.base64.data: The PDF specified was not valid.")


def decoded(data: str) -> bytes | None:
    """The bytes of a base64 string, or None."""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


@lru_cache(maxsize=256)
def _image_problem(data: str, media_type: str) -> str:
    raw = decoded(data)
    if raw is None:
        return "Image: invalid base64 data"
    try:
        with Image.open(io.BytesIO(raw)) as image:
            image.load()
            found = MEDIA_TYPE_OF.get(image.format or "")
            if found != media_type:
                return f"Image does not match the provided media type {media_type}"
            if max(image.size) > MOST_PIXELS_A_SIDE:
                return f"Image dimensions exceed max allowed size: {MOST_PIXELS_A_SIDE} pixels"
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return "Could not process image"
    return ""
