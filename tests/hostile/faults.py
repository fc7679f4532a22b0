"""Everything that a server can do wrong to a request, done for real on a socket: one line of FAULTS each."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache

from tests.core.made_up import STOP, block, close, delta, end, message, start, text_stream

Serve = Callable[[asyncio.StreamWriter], Awaitable[None]]

FOREVER = 10**9
PAUSE = 0.05
"""Seconds between the pieces of an answer that never ends."""

BLOCK = b"x" * 65536
OK = json.dumps(message("OK.")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to fail. `told` stands in the note of a row that met it. `harmless`: a client may not mind. `slow`: it
    is met by waiting for the time limit."""

    name: str
    serve: Serve
    told: str = ""
    harmless: bool = False
    slow: bool = False


FAULTS: dict[str, Fault] = {}


def fault(name: str, told: str = "", *, harmless: bool = False, slow: bool = False) -> Callable[[Serve], Serve]:
    """Adds the decorated way to fail."""

    def add(serve: Serve) -> Serve:
        assert name not in FAULTS
        FAULTS[name] = Fault(name=name, serve=serve, told=told, harmless=harmless, slow=slow)
        return serve

    return add


def says(name: str, raw: bytes, told: str = "", *, harmless: bool = False) -> None:
    """A server that sends these very bytes and closes."""

    async def serve(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    fault(name, told, harmless=harmless)(serve)


def head(*headers: str, status: str = "HTTP/1.1 200 OK", kind: str = "application/json") -> bytes:
    lines = [status, *([f"Content-Type: {kind}"] if kind else []), *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def body(name: str, data: bytes, told: str = "", *, kind: str = "application/json", harmless: bool = False) -> None:
    """A whole answer of status 200 with this body."""
    says(name, head(f"Content-Length: {len(data)}", kind=kind) + data, told, harmless=harmless)


async def without_end(writer: asyncio.StreamWriter, piece: bytes, pause: float = 0.0) -> None:
    """One piece again and again, until the client hangs up."""
    for _ in range(FOREVER):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


def reset(writer: asyncio.StreamWriter) -> None:
    """Closes the connection with a TCP reset instead of an end."""
    link = writer.get_extra_info("socket")
    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


# The connection.


@fault("resets before the head", "cut: ")
async def _(writer: asyncio.StreamWriter) -> None:
    reset(writer)


@fault("resets inside the head", "cut: ")
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    await writer.drain()
    await asyncio.sleep(PAUSE)
    reset(writer)


@fault("resets after the head", "cut: ")
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Length: 100") + OK[:20])
    await writer.drain()
    await asyncio.sleep(PAUSE)
    reset(writer)


says("closes without a word", b"", "cut: ")


@fault("never answers", "timeout: ", slow=True)
async def _(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(600)


@fault("dribbles a byte now and then", "timeout: ", slow=True)
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(head(f"Content-Length: {FOREVER}"))
    await without_end(writer, b" ", PAUSE)


@fault("dribbles its head", "timeout: ", slow=True)
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await without_end(writer, b"x", PAUSE)


@fault("streams pings for ever", "timeout: ", slow=True)
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(head(kind="text/event-stream"))
    await without_end(writer, b'event: ping\ndata: {"type": "ping"}\n\n', PAUSE)


@fault("streams text for ever", "too large: ")
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(head(kind="text/event-stream") + start())
    await without_end(writer, delta(0, text="x" * 60) * 500)


# The head.


@fault("headers without end", "cut: ")
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await without_end(writer, b"X-More: yes\r\n" * 1000)


@fault("one header without end", "cut: ")
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-More: ")
    await without_end(writer, BLOCK)


@fault("interim answers without end", "timeout: ", slow=True)
async def _(writer: asyncio.StreamWriter) -> None:
    await without_end(writer, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", PAUSE)


LONG = f"Content-Length: {len(OK)}"
says("a hundred interim answers", b"HTTP/1.1 100 Continue\r\n\r\n" * 100 + head(LONG) + OK, harmless=True)
says("HTTP/1.0", head(status="HTTP/1.0 200 OK") + OK, harmless=True)
says("no head at all", OK, "cut: ")
says("a head of another protocol", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "cut: ")
says("switches protocols", head("Upgrade: x", "Connection: upgrade", status="HTTP/1.1 101 Go", kind=""), "cut: ")
says("a status that is none", head(LONG, status="HTTP/1.1 99999 OK") + OK, "cut: ")
says("a status of 999", head(LONG, status="HTTP/1.1 999 OK") + OK, "HTTP 999")
says("a redirect to another host", head("Location: http://127.0.0.2:9/", status="HTTP/1.1 307 Go"), "a redirect to ")
says("a redirect to a script", head("Location: javascript:alert(1)", status="HTTP/1.1 302 Go"), "a redirect to ")
says("a NUL in a header", head("X-Odd: a\0b", LONG) + OK, "cut: ")
says("escapes in the reason", head(LONG, status="HTTP/1.1 500 \x1b[2J\x1b]0;x\x07") + OK)
says("a length that is too long", head(f"Content-Length: {len(OK) + 50}") + OK, "cut: ")
says("a length that is too short", head("Content-Length: 20") + OK, "it ends in the middle")
says("a negative length", head("Content-Length: -5") + OK, "cut: ")
says("two lengths", head("Content-Length: 5", LONG) + OK, "cut: ")
says("a length in letters", head("Content-Length: many") + OK, "cut: ")
says("cookies", head(*(f"Set-Cookie: c{n}={'x' * 900}; Path=/" for n in range(50)), LONG) + OK, harmless=True)


# The body's framing.

says("a chunk that is cut", head("Transfer-Encoding: chunked") + b"ffff\r\n" + OK, "cut: ")
says("a chunk of no size", head("Transfer-Encoding: chunked") + b"zz\r\n" + OK, "cut: ")
says("a chunk of an absurd size", head("Transfer-Encoding: chunked") + b"f" * 30 + b"\r\n" + OK, "cut: ")


@fault("chunks of one byte without end", "too large: ")
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Transfer-Encoding: chunked"))
    # Larger ones follow, so that the limit is met within a test's patience.
    writer.write(b"1\r\n[\r\n" * 30_000)
    await without_end(writer, b"10000\r\n" + BLOCK + b"\r\n")


@fault("a body of 2 GB", "too large: ")
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(head(f"Content-Length: {2 * 1024**3}"))
    await without_end(writer, BLOCK)


@cache
def bomb(layers: int = 1) -> bytes:
    """64 MB of spaces, packed into 64 kB; packed again into less than one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    data = b"".join([*(packer.compress(b" " * 1024**2) for _ in range(64)), packer.flush()])
    for _ in range(layers - 1):
        packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        data = packer.compress(data) + packer.flush()
    return data


@fault("a gzip bomb", "too large: ")
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Encoding: gzip", f"Content-Length: {len(bomb())}") + bomb())


@fault("a gzip bomb in a gzip bomb", "too large: ")
async def _(writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Encoding: gzip, gzip", f"Content-Length: {len(bomb(2))}") + bomb(2))


says("packed a hundred times", head(f"Content-Encoding: {', '.join(['gzip'] * 100)}", LONG) + OK, "cut: ")
says("gzip that is none", head("Content-Encoding: gzip", LONG) + OK, "cut: DecodingError")
says("gzip that is cut", head("Content-Encoding: gzip") + zlib.compress(OK, wbits=31)[:-30], "it ends in the middle")
says("an encoding that nobody knows", head("Content-Encoding: rot13", LONG) + bytes(reversed(OK)), "packed as rot13")
says("packed without saying so", head() + zlib.compress(OK * 20, wbits=31), "no text")

# The body.


def with_text(odd: bytes) -> bytes:
    """The Message with these bytes for its text."""
    return OK.replace(b'"OK."', b'"' + odd + b'"')


body("200 with nothing", b"", "an empty body")
body("HTML", b"<!doctype html><title>x</title><script>alert(1)</script>", "an HTML page", kind="text/html")
body("HTML that is said to be JSON", b"<html><body>502</body></html>", "an HTML page")
body("JSON that is cut", OK[:-20], "it ends in the middle")
body("JSON twice", OK * 2, "Extra data")
body("invalid UTF-8", with_text(b"\xff\xfe\xc0\x80"), "is not UTF-8")
body("NUL bytes", with_text(b"\0\0"), "Invalid control character")
body("only NUL bytes", bytes(1000), "is not JSON")
body("nested without end", b"[" * 2_000_000, "nested deeper than")
body("nested in a Message", OK.replace(b'"OK."', b"[" * 990 + b"]" * 990), "nested deeper than")
body("millions of values", b"[" + b"[]," * 650_000 + b"1]", "values")
body("NaN", OK.replace(b'"input_tokens": 10', b'"input_tokens": NaN'), "NaN is no number")
body("a number beyond all", OK.replace(b'"input_tokens": 10', b'"input_tokens": 1e999'), "beyond what clients can hold")
body("ten thousand digits", OK.replace(b": 10,", b": " + b"9" * 10_000 + b","), "a number of 10,000 digits")
body("four thousand digits", OK.replace(b": 10,", b": " + b"9" * 4_000 + b","), harmless=True)
body("a name twice", OK.replace(b"{", b'{"content": [], ', 1), "stands twice in one object")
body("halves of surrogate pairs", with_text(rb"\ud800 \udfff"), harmless=True)
body("escapes and overrides", with_text("\\u001b[2J\u202e\u2066\u200b<script>".encode()), harmless=True)
LONG_ERROR = b'{"error": {"message": "\\u001b[31m' + b"long " * 100_000 + b'"}}'
body("an answer that is an error", LONG_ERROR, "that is an error")
body("comments alone", b":\n\n" * 650_000, "", kind="text/event-stream")
body("a million comments", b":\n" * 1_000_000 + b"\n" + text_stream("OK."), kind="text/event-stream", harmless=True)
body("a quarter of a million events of nothing", b"data:\n\n" * 250_000, "frame", kind="text/event-stream")
CITED = start() + block(0) + delta(0, "citations_delta", citation={}) * 15_000 + close(0) + end() + STOP
body("thousands of citations", CITED, kind="text/event-stream", harmless=True)
# Read as far as it came: how a stream must end is a row of its own.
body("a stream that is cut", text_stream("OK.").removesuffix(STOP)[:-30], kind="text/event-stream", harmless=True)
