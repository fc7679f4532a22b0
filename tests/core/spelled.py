"""A secret in every spelling that an endpoint might give it back in, and how to search bytes for it.

Written without the code under test: what that forgets must be found here.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping

TEXT = re.compile(rb'"(?:text|partial_json)": ?"([^"]*)"')


def spellings(secret: str) -> Mapping[str, str]:
    """The secret in every spelling, by what a person calls it."""

    def every_byte(form: str) -> str:
        return "".join(form % byte for byte in secret.encode())

    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    wrapped = base64.encodebytes(("x" * 50 + secret).encode()).decode()
    return {
        "plain": secret,
        "upper case": secret.upper(),
        "lower case": secret.lower(),
        "percent, where needed": urllib.parse.quote(secret, safe=""),
        "percent, lower case": every_byte("%%%02x"),
        "percent, upper case": every_byte("%%%02X"),
        "percent, twice": urllib.parse.quote(urllib.parse.quote(secret, safe=""), safe=""),
        "JSON, the slash": secret.replace("/", "\\/"),
        "JSON, every character": every_byte("\\u%04x"),
        "JSON, upper case": every_byte("\\u%04X"),
        "JSON inside JSON": json.dumps(json.dumps(every_byte("\\u%04x"))),
        "a mixture": f"\\u{ord(secret[0]):04x}%{ord(secret[1]):02x}{secret[2:]}",
        "HTML, decimal": every_byte("&#%d;"),
        "HTML, hexadecimal": every_byte("&#x%X;"),
        "hexadecimal": secret.encode().hex(),
        "hexadecimal, upper case": secret.encode().hex().upper(),
        "as a bearer": f"Bearer {secret}",
        "basic": "Basic " + encoded(f"user:{secret}"),
        "base64 of a bearer": encoded(f"Bearer {secret}"),
        "base64 in lines": wrapped,
        "base64 in lines, in JSON": json.dumps(wrapped),
        "base64 in JSON": encoded(f"??>{secret}").replace("/", "\\/"),
        "base64 in an address": urllib.parse.quote(encoded(f"??>{secret}"), safe=""),
        **{
            f"{name} after {skipped} bytes": encode(b"?" * skipped + secret.encode() + b"~tail").decode().rstrip("=")
            for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode))
            for skipped in range(3)
        },
    }


def needles(secret: str) -> list[bytes]:
    """What to look for in lower case: every spelling that is itself alone, and of base64 the part that is the secret's
    whatever stands around it."""
    whole = [spelled for name, spelled in spellings(secret).items() if "base64" not in name and name != "basic"]
    cores = [
        encode(b"?" * skipped + secret.encode() + b"~")[4:-4].decode()
        for encode in (base64.b64encode, base64.urlsafe_b64encode)
        for skipped in range(3)
    ]
    return sorted({each.lower().encode() for each in (*whole, *cores)})


def hits(data: bytes, secret: str) -> Iterator[bytes]:
    """The spellings of the secret that stand in the bytes, as they are, with escapes undone or texts joined."""
    said = b"".join(TEXT.findall(data.replace(b"\\", b"")))
    views = {data, said, urllib.parse.unquote_to_bytes(data), data.replace(b"\\/", b"/"), data.replace(b"\\", b"")}
    low = [view.lower() for view in views]
    yield from (needle for needle in needles(secret) if any(needle in view for view in low))
