"""One question put to an endpoint and what came back: the only data a verdict is made from."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from conformance.protocol.hidden_characters import HIDDEN_RANGES
from conformance.protocol.strict_json import JsonFaultError, fault_of, parse

Json = Any

KEY = "<key>"
"""Stands for the run's key in every request; only the wire puts the key itself in its place."""

LATE, LAST = 1, 2
"""When a request is asked: LATE once no row has anything else left to ask, LAST after that
(`measure/late_phase.py`)."""

LONE = re.compile("[\ud800-\udfff]")

MATCHED_HEADERS = (
    "accept",
    "anthropic-beta",
    "anthropic-version",
    "authorization",
    "content-type",
    "x-api-key",
)
"""The request headers that make two requests different questions. The others (user agent, x-stainless-*)
vary with the machine that asks, so they are sent but neither recorded nor matched, unless a question is about them."""

MESSAGES = "/v1/messages"

UNREADABLE = "unreadable: "
"""How the failure of an exchange begins that ended well, but whose body could not be read and was not kept."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is sent. `attempt` counts how often the same question is asked: 0 is the first time. `beside` marks a
    control that is asked again for one failed request alone; it is that request's digest. `about` names headers, beyond
    MATCHED_HEADERS, that the question is about. `late` says when in the run it is asked, and is no part of the
    question. `room` tells that its max_tokens may be raised for a model that thinks before it answers (`room.py`): the
    limit itself is not what is asked about."""

    path: str = MESSAGES
    headers: Mapping[str, str]
    body: bytes = b""
    method: str = "POST"
    attempt: int = 0
    beside: str = ""
    about: tuple[str, ...] = ()
    late: int = 0
    room: bool = False

    @property
    def json(self) -> Json:
        """The body as JSON; None where it is not JSON."""
        return read_json(self.body)

    @property
    def is_message(self) -> bool:
        """Is a Message what it asks for?"""
        return self.method == "POST" and self.path.partition("?")[0] == MESSAGES

    @cached_property
    def identity(self) -> str:
        """Equal for two requests that ask the same: it is sent once a run, however many rows want it."""
        return json.dumps(
            [self.method, self.path, self.telling_headers, self.body.decode("latin-1"), self.attempt, self.beside]
        )

    @cached_property
    def digest(self) -> str:
        """Names the question in a matrix, so that its exchange is found again in the cassette."""
        return hashlib.sha256(self.identity.encode()).hexdigest()[:16]

    @property
    def telling_headers(self) -> dict[str, str]:
        """The headers by which this question is told from another: what a cassette keeps of them."""
        return {name: self.headers[name] for name in (*MATCHED_HEADERS, *self.about) if name in self.headers}

    def again(self, attempt: int) -> Request:
        """The same question, asked another time."""
        return replace(self, attempt=attempt)

    def again_late(self, attempt: int) -> Request:
        """The same question, asked another time once the other rows have nothing left to ask."""
        return replace(self, attempt=attempt, late=LATE)

    def again_beside(self, failed: Request) -> Request:
        """The same question, asked beside a request that failed: what another row was told of it earlier, before the
        endpoint went down, say, tells nothing of now."""
        return replace(self, attempt=1, beside=hashlib.sha256(failed.identity.encode()).hexdigest()[:12])

    def with_headers(self, **changes: str | None) -> Request:
        """The same request with headers set, or left out where the value is None (`_` stands for `-`)."""
        named = {name.replace("_", "-"): value for name, value in changes.items()}
        kept = {name: value for name, value in self.headers.items() if name not in named}
        added = {name: value for name, value in named.items() if value is not None}
        return replace(self, headers={**kept, **added})

    def with_room(self, tokens: int) -> Request:
        """The same question with so many tokens more for its answer; the same request where max_tokens is no limit."""
        body = self.json
        limit = body.get("max_tokens") if isinstance(body, dict) else None
        if not tokens or not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            return self
        return self.with_fields(max_tokens=limit + tokens)

    def with_fields(self, **changes: Json) -> Request:
        """The same request with top-level fields of its JSON body set."""
        return replace(self, body=write_json({**self.json, **changes}))

    def without_fields(self, *names: str) -> Request:
        """The same request without some top-level fields of its JSON body."""
        return replace(self, body=write_json({k: v for k, v in self.json.items() if k not in names}))


A_PIECE = 28
"""Bytes that the time and the length of one piece of an answer take in a cassette."""

PACKED = 64 * 1024
"""Bytes of a body, as a cassette writes it, beyond which it is packed there: nobody reads it there by eye."""

_PLAIN = bytes(byte for byte in range(256) if byte >= 32 or byte in b"\t\n\r")


@dataclass(frozen=True, kw_only=True, eq=False)
class Exchange:
    """A request and its answer; each is itself alone (compared by identity), so that its reading can be kept.

    `status` is None when no answer began. `chunks` are the body's pieces as they arrived, each with its time in
    seconds after sending. `failure` says what ended the exchange early (`connect: …`, `timeout: …`, `cut: …`,
    `too large: …`), or why its body was not kept (`unreadable: …`), None when it ended well. `waits` counts the polite
    waits (429, 503, 529) before this answer. `after` counts the exchanges of the run that had ended when this one was
    sent; a cassette does not keep it.
    """

    request: Request
    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    chunks: tuple[tuple[float, bytes], ...] = ()
    failure: str | None = None
    seconds: float = 0.0
    sent_at: str = ""
    waits: int = 0
    after: int = 0

    @cached_property
    def body(self) -> bytes:
        return b"".join(data for _, data in self.chunks)

    @cached_property
    def json(self) -> Json:
        """The body as JSON; None where it is not JSON."""
        return read_json(self.body)

    @cached_property
    def written(self) -> int:
        """How many bytes the body takes in a cassette as it is, at most: each line is indented there, a quote or a
        control character may be escaped, and what is no text is base64."""
        body = self.body
        escaped = sum(body.count(sign) for sign in (b'"', b"'", b"\\")) + 4 * len(body.translate(None, _PLAIN))
        return max(len(body) + 9 * body.count(b"\n") + escaped, len(body) * 3 // 2)

    @cached_property
    def packed(self) -> bytes | None:
        """The body as a cassette keeps a long one; None for any other."""
        return zlib.compress(self.body, 6) if self.written > PACKED else None

    @cached_property
    def size_kept(self) -> int:
        """How many bytes the answer takes in a cassette, at most; each of its pieces has its time there."""
        body = self.written if self.packed is None else len(self.packed) * 3 // 2
        return body + A_PIECE * len(self.chunks) + sum(map(len, self.headers.values()))

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case; empty when the answer names none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_html(self) -> bool:
        start = self.body[:200].lstrip().lower()
        return self.content_type == "text/html" or start.startswith((b"<!doctype html", b"<html"))

    @property
    def is_event_stream(self) -> bool:
        """By its bytes as well as its header: a stream under a wrong content type is a finding of its own."""
        start = self.body[:64].lstrip(b"\xef\xbb\xbf\r\n ")
        return self.content_type == "text/event-stream" or start.startswith((b"event:", b"data:"))


def read_json(body: bytes) -> Json:
    """JSON of any kind; None where the bytes are none that all clients read alike (`strict_json.py`)."""
    try:
        return parse(body)
    except JsonFaultError:
        return None


def not_an_object(exchange: Exchange) -> str:
    """What a body is that should have been a JSON object, in the words of a note."""
    if not exchange.body:
        return "an empty body"
    if exchange.is_event_stream:
        return "an event stream where one JSON object is due"
    fault = fault_of(exchange.body)
    return f"a body that is not JSON: {fault}" if fault else "a body that is not a JSON object"


def write_json(value: Json) -> bytes:
    """Compact, in the order given, readable in any script: the same value is the same bytes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Half of a surrogate pair, which a model may say and a row send back, has no UTF-8: it is written as an escape.
    return LONE.sub(lambda half: f"\\u{ord(half[0]):04x}", text).encode()


UNFIT = re.compile(rf"[\s{HIDDEN_RANGES}]+")
"""White space, and what nobody sees."""


def one_line(text: str, limit: int = 300) -> str:
    """Text from an endpoint made fit for one line: what is UNFIT becomes a space, the rest beyond the limit is cut."""
    flat = UNFIT.sub(" ", text).strip()
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
