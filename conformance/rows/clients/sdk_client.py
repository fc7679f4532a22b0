"""Runs the official SDK over recorded data: what it would send is read off it, and it is given what came back.

The SDK does its own HTTP only through the transport it is handed. The first time round that transport notes the
request and stops; once the wire has the answer, the SDK runs again and gets it. So the SDK's survival is a pure
function of an exchange, and no key ever enters the SDK.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from conformance.probing.run import Conversation, Run
from conformance.protocol.exchange import KEY, Exchange, Request

if TYPE_CHECKING:
    import anthropic
    import httpx2

BASE = "http://sdk.invalid"

SENT_BY_THE_CLIENT = frozenset({"host", "content-length", "connection", "accept-encoding"})


class _NotAsked(BaseException):
    """Leaves the SDK through all its own handlers: the request it wanted to send has no answer yet."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


def converse(
    run: Run, use: Callable[[anthropic.Anthropic], Any], *, attempt: int = 0
) -> Conversation[tuple[Any, Exception | None, list[Exchange]]]:
    """Lets `use` work with a client; gives what it returned, or what the SDK raised, and the exchanges it made.

    The key travels in the header that this run uses, so that the row judges the answers and not the header.
    """
    answered: list[Exchange] = []
    while True:
        try:
            return _run_sdk(run, use, answered), None, answered
        except _NotAsked as wanted:
            role = f"the SDK's request {len(answered) + 1}" + (f", try {attempt + 1}" if attempt else "")
            got = yield {role: wanted.request.again(attempt)}
            answered.append(got[role])
        except Exception as error:  # whatever the SDK raises over an endpoint's answer is the finding
            return None, error, answered


def _run_sdk(run: Run, use: Callable[[anthropic.Anthropic], Any], answered: list[Exchange]) -> Any:
    import anthropic  # slow to import, so only where it is needed
    import httpx2

    place = iter(range(len(answered) + 1))

    def answer(sent: httpx2.Request) -> httpx2.Response:
        number = next(place)
        if number == len(answered):
            raise _NotAsked(_request(sent))
        exchange = answered[number]
        if exchange.status is None:
            raise httpx2.ConnectError(exchange.failure or "no answer", request=sent)
        return httpx2.Response(exchange.status, headers=dict(exchange.headers), content=exchange.body, request=sent)

    legacy: dict[str, Any] = {}
    if run.auth == "x-api-key":
        legacy = {"x-api-key": KEY, "Authorization": anthropic.omit}
    with httpx2.Client(transport=httpx2.MockTransport(answer), trust_env=False) as http:
        client = anthropic.Anthropic(
            api_key=KEY, base_url=BASE, max_retries=0, http_client=http, default_headers=legacy
        )
        with warnings.catch_warnings():
            # What the SDK's models think of an odd value is judged by what comes of it.
            warnings.simplefilter("ignore")
            return use(client)


def _request(sent: httpx2.Request) -> Request:
    headers = {name: value for name, value in sent.headers.items() if name.lower() not in SENT_BY_THE_CLIENT}
    return Request(
        method=sent.method,
        path=sent.url.raw_path.decode(),
        headers=headers,
        body=sent.content,
        room=True,
    )
