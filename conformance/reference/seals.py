"""Opaque values that only this endpoint can have made: thinking signatures, redacted data, encrypted content.

A seal carries the text it stands for, so that a thinking block replayed with `thinking: ""`
(display omitted) is still known, and a changed byte is found out. The key is constant: answers stay reproducible.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import zlib

_KEY = b"the reference endpoint's seal"
_MAC_SIZE = 16


def _mac(text: bytes) -> bytes:
    return hmac.new(_KEY, text, hashlib.sha256).digest()[:_MAC_SIZE]


def seal(text: str) -> str:
    """An opaque string that stands for `text`."""
    data = text.encode()
    return base64.b64encode(_mac(data) + zlib.compress(data, 1)).decode()


def unseal(sealed: str) -> str | None:
    """The text that was sealed, or None when this endpoint did not seal it."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        data = zlib.decompress(raw[_MAC_SIZE:])
    except (binascii.Error, ValueError, zlib.error):
        return None
    return data.decode() if hmac.compare_digest(raw[:_MAC_SIZE], _mac(data)) else None


def new_container_id() -> str:
    """The id of a fresh container, which carries its own proof."""
    name = secrets.token_hex(8)
    return f"container_{name}{_mac(name.encode()).hex()[:8]}"


def is_container_id(container: str) -> bool:
    """Whether this endpoint has given out the container."""
    name, proof = container.removeprefix("container_")[:-8], container[-8:]
    return container.startswith("container_") and hmac.compare_digest(
        _mac(name.encode()).hex()[:8].encode(), proof.encode()
    )
