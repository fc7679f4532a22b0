"""The one place that touches the network: sends a request as it is and keeps what came back, byte for byte.

No redirect is followed (a key must never follow one), nothing that is judged is retried, body and time are bounded.
Only answers that ask the client to come back later (429, 503, 529) are waited out, within bounds.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpx2

from conformance import __version__
from conformance.evidence.redact import Secrets as Secrets
from conformance.protocol.answer import WAITING_STATUSES
from conformance.protocol.exchange import KEY, UNREADABLE, Exchange, Request, one_line
from conformance.protocol.strict_json import fault_of
from conformance.wire.budget import Budget
from conformance.wire.circuit_breaker import Silence
from conformance.wire.connection import trusted
from conformance.wire.limiter import RequestLimiter, polite_wait, seconds_asked, utc_now
from conformance.wire.shared_rate_limit import Allowance, shared_path

RECORDED_RESPONSE_HEADERS = (
    "allow",
    "content-encoding",
    "content-type",
    "location",
    "request-id",
    "retry-after",
    "www-authenticate",
    "x-request-id",
)
"""An allow-list: account ids, cookies and addresses of a provider's machines have no place in a cassette."""

MAX_BODY = 2 * 1024 * 1024
"""Bytes of an answer, unpacked: the longest that a row asks for, some thousand tokens streamed one by one, has half."""

KEPT_OF_TOO_LARGE = 64 * 1024
"""Bytes of an answer beyond MAX_BODY that are kept to show what it was."""

MAX_HEADER = 4096
"""Characters of a recorded header."""

APART = 10_000
"""So many pieces of an answer are kept apart; of the others, those of the same millisecond become one."""
CONNECT_SECONDS = 10.0
CONNECT_SHARE = 0.9
"""Of a short time limit: what never connected must not look like what never answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard an endpoint is pushed. `patience` is how many seconds in all a 429, 503 or 529 is waited out; `rate` and
    `token_rate` are requests and tokens a minute, shared with other runs against the endpoint, None for no limit.
    `max_requests` and `max_tokens` are what a run may spend in all (`budget.py`)."""

    timeout: float = 120.0
    patience: float = 60.0
    concurrency: int = 4
    rate: int | None = None
    token_rate: int | None = None
    max_requests: int | None = None
    max_tokens: int | None = None


class Wire:
    """Sends requests to one endpoint. Use it as an async context manager. `say` is told what a person should know of
    the limits, in one line. `proxies` are those of the environment."""

    def __init__(
        self,
        url: str,
        secrets: Secrets,
        limits: Limits,
        transport: httpx2.AsyncBaseTransport | None = None,
        budget: Budget | None = None,
        say: Callable[[str], None] = lambda text: None,
        proxies: bool = False,
    ) -> None:
        self.url = url.rstrip("/")
        self._secrets = secrets
        self._limits = limits
        self._budget = budget or Budget()
        path = shared_path(self.url, secrets.key.get_secret_value())
        self._allowance = Allowance(requests=limits.rate, tokens=limits.token_rate, path=path, say=say)
        self._silence = Silence(limits.timeout, limits.concurrency)
        self._turnstile = RequestLimiter(
            concurrency=limits.concurrency,
            patience=limits.patience,
            allowance=self._allowance,
            budget=self._budget,
        )
        self._client = httpx2.AsyncClient(
            transport=transport,
            follow_redirects=False,
            trust_env=proxies,  # a proxy of the environment must not see the key unless it is asked to
            verify=trusted(),
            timeout=httpx2.Timeout(limits.timeout, connect=min(CONNECT_SECONDS, CONNECT_SHARE * limits.timeout)),
            # No connection serves twice: what an endpoint sends beyond its content-length would be read as the answer
            # to the next question. No cookie goes back: a question is asked as if there had been no other.
            limits=httpx2.Limits(max_keepalive_connections=0),
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            headers={"user-agent": f"messages-api-conformance/{__version__}"},
        )
        # What the library would ask for is what it can undo.
        self._undone = frozenset(re.split(r"[ ,]+", self._client.headers.get("accept-encoding", "")))
        self._client.headers["accept-encoding"] = "identity"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()
        self._allowance.close()

    async def send(self, request: Request) -> Exchange:
        """The exchange for a request; never raises for what an endpoint does. Raises BudgetSpentError where nothing
        may be sent any more."""
        waits, waited = 0, 0.0
        while True:
            exchange = await self._send_once(request)
            asked = exchange.headers.get("retry-after", "")
            pause = polite_wait(asked, waits + 1)
            if exchange.status not in WAITING_STATUSES or not self._turnstile.is_worth_waiting(waited, pause):
                return replace(exchange, waits=waits) if waits else exchange
            if seconds_asked(asked, utc_now()) is not None:
                # Where the endpoint says when to come back, the other requests wait as well.
                self._turnstile.pause(pause)
            waits, waited = waits + 1, waited + pause
            await asyncio.sleep(pause)

    async def _send_once(self, request: Request) -> Exchange:
        async with self._turnstile.under_way(request):
            exchange = await self._exchange(request)
            self._budget.count(exchange)
        self._turnstile.heard(exchange)
        self._silence.heard(exchange)
        return exchange

    async def _exchange(self, request: Request) -> Exchange:
        sent_at = datetime.now(UTC).isoformat(timespec="seconds")
        clock = asyncio.get_running_loop().time
        begun = clock()
        silent = self._silence.fallen
        status: int | None = None
        headers: dict[str, str] = {}
        chunks: list[tuple[float, bytes]] = []
        failure: str | None = None
        coding = ""
        try:
            async with (
                asyncio.timeout(self._silence.limit),
                self._client.stream(
                    request.method,
                    self.url + request.path,
                    headers=self._with_secrets(request.headers),
                    content=request.body or None,
                ) as response,
            ):
                status = response.status_code
                headers = self._recorded(response.headers, _sent(request))
                coding = self._still_packed(response.headers)
                failure = await _read_body(response, chunks, lambda: round(clock() - begun, 3))
        except (TimeoutError, httpx2.TimeoutException) as error:
            connecting = isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout)
            seconds = round(clock() - begun, 1)
            failure = f"connect: no connection in {seconds} s" if connecting else f"timeout: not done in {seconds} s"
            if silent and status is None and not connecting:
                failure = self._silence.told(seconds)
        except httpx2.ConnectError as error:
            failure = f"connect: {error}"
        except httpx2.ProxyError as error:  # it was asked for a way to the endpoint, and refused
            failure = f"connect: the proxy says {error}"
        except httpx2.HTTPError as error:
            failure = f"cut: {type(error).__name__}: {_words_of(error)}"
        unread = why_unread(coding, b"".join(data for _, data in chunks))
        if unread:
            chunks, failure = [], f"{failure}; what had come is {unread}" if failure else f"{UNREADABLE}{unread}"
        if failure:  # it may quote what the endpoint sent
            failure = one_line(self._secrets.redact(failure.encode(), _sent(request)).decode())
        return Exchange(
            request=request,
            status=status,
            headers=headers,
            chunks=self._secrets.redact_chunks(chunks, _sent(request)),
            failure=failure,
            seconds=round(clock() - begun, 3),
            sent_at=sent_at,
        )

    def _with_secrets(self, headers: Mapping[str, str]) -> dict[str, str]:
        key = self._secrets.key.get_secret_value()
        further = {name: secret.get_secret_value() for name, secret in self._secrets.headers.items()}
        return {**further, **{name: value.replace(KEY, key) for name, value in headers.items()}}

    def _still_packed(self, headers: httpx2.Headers) -> str:
        """The first content-encoding of an answer that cannot be undone; empty where all can."""
        codings = (each.strip().lower() for each in headers.get("content-encoding", "").split(","))
        return next((each for each in codings if each not in ("", "identity", *self._undone)), "")

    def _recorded(self, headers: httpx2.Headers, sent: bytes) -> dict[str, str]:
        kept = ((name, headers[name]) for name in RECORDED_RESPONSE_HEADERS if name in headers)
        # Cut after it was searched: half a key is not found.
        return {name: self._secrets.redact(value.encode(), sent).decode()[:MAX_HEADER] for name, value in kept}


def why_unread(coding: str, body: bytes) -> str:
    """Why a body cannot be read, and what is kept of it instead: a key in it could not be found. Empty where it can:
    it is text, or text of which some bytes are spoilt.

    its content-encoding cannot be undone            not kept
    it is no JSON in UTF-16 or UTF-32, and more
      than one character in eight is none of UTF-8   not kept: packed or encrypted without saying so
    """
    if not body:
        return ""
    if coding:
        why = f"packed as {coding:.40}, which cannot be undone here, although only identity is asked for"
    elif 8 * body.decode("utf-8", "replace").count("\ufffd") > len(body) and fault_of(body):
        why = "no text"
    else:
        return ""
    digest = hashlib.sha256(body).hexdigest()[:16]
    return f"{why}: its {len(body):,} bytes (SHA-256 {digest}…) are not kept, for no key could be found in them"


def _sent(request: Request) -> bytes:
    """What an answer may repeat without telling a stranger's secret."""
    return b"\n".join([request.body, request.path.encode(), *(value.encode() for value in request.headers.values())])


def _words_of(error: httpx2.HTTPError) -> str:
    """What ended an answer early, in words that tell where to look."""
    words = str(error)
    if "Receive buffer too long" in words:
        return "the head of the answer is longer than 100 kB"
    if isinstance(error, httpx2.DecodingError):
        return f"{words} (content-encoding, although only identity is asked for)"
    return words or "the connection was reset"


async def _read_body(
    response: httpx2.Response, chunks: list[tuple[float, bytes]], now: Callable[[], float]
) -> str | None:
    """Reads an answer's body into `chunks`, each piece with its time. Gives what went wrong; None where it is whole.

    It is unpacked piece by piece (a gzip bomb is cut off like any other flood), although only `identity` is asked for.
    """
    size = 0
    async for data in response.aiter_bytes():
        size += len(data)
        if size > MAX_BODY:
            body = b"".join(piece for _, piece in chunks)
            chunks[:] = [(now(), (body + data)[: min(KEPT_OF_TOO_LARGE, MAX_BODY)])]
            packed = response.headers.get("content-encoding", "")
            how = f", unpacked from {packed:.40}, although only identity is asked for" if packed else ""
            return f"too large: more than {MAX_BODY} bytes{how}"
        moment = now()
        if len(chunks) >= APART and chunks[-1][0] == moment:
            chunks[-1] = (moment, chunks[-1][1] + data)
        else:
            chunks.append((moment, data))
    return None
