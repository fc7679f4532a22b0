"""When a request may go: one after another through one limiter, which knows every limit of the endpoint.

Only the first in line waits for a free place, for the endpoint's allowance and for a pause that the endpoint asked for.
So nothing is granted long before it is sent, and no place is taken by a request that could not go anyway.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from conformance.protocol.answer import WAITING_STATUSES, tokens_of
from conformance.protocol.exchange import Exchange, Request
from conformance.wire.budget import Budget
from conformance.wire.shared_rate_limit import Allowance

LONGEST_WAIT = 30.0
"""Seconds between two tries where the endpoint does not say how long to wait."""

USUAL_OUTPUT = 64
"""Tokens that an answer is taken to have until the first has come."""


class RequestLimiter:
    """Lets requests to one endpoint go: at most `concurrency` under way at once, within the allowance, and none while
    the endpoint has asked to be left alone. All times are in seconds, on the event loop's clock."""

    def __init__(
        self, *, concurrency: int, patience: float, allowance: Allowance, budget: Budget | None = None
    ) -> None:
        self._line = asyncio.Lock()
        self._places = asyncio.Semaphore(concurrency)
        self._patience = patience
        self._allowance = allowance
        self._budget = budget or Budget()
        self._paused_until = 0.0
        self._refusing_since: float | None = None
        self._answers = 0
        self._output = 0

    @asynccontextmanager
    async def under_way(self, request: Request) -> AsyncIterator[None]:
        """Waits for the request's turn; while the context lasts it takes one of the places. Raises BudgetSpentError
        where nothing may be sent any more."""
        async with self._line:
            await self._places.acquire()
            try:
                # Asked first: what waits in line when the budget is spent is told so at once.
                self._budget.check()
                await self._turn(request)
                self._budget.take()
            except BaseException:
                self._places.release()
                raise
        try:
            yield
        finally:
            self._places.release()

    async def _turn(self, request: Request) -> None:
        tokens = counted_as(request, self.usual_output) if self._allowance.counts_tokens else 0
        for seconds_left in (
            self._pause_left,
            lambda: self._allowance.wait_for_tokens(tokens),
            self._allowance.wait_for_request,
            self._pause_left,
        ):
            while (seconds := seconds_left()) > 0:
                await asyncio.sleep(seconds)

    @property
    def usual_output(self) -> int:
        """How many tokens an answer of this endpoint has had so far, on average."""
        return round(self._output / self._answers) if self._answers else USUAL_OUTPUT

    def heard(self, exchange: Exchange) -> None:
        """Learns from an answer: how long answers are, and whether the endpoint serves anybody."""
        if exchange.status in WAITING_STATUSES:
            if self._refusing_since is None:
                self._refusing_since = _now()
        elif exchange.status is not None:
            self._refusing_since = None
        _, output = tokens_of(exchange) if self._allowance.counts_tokens else (0, 0)
        if output:
            self._answers += 1
            self._output += output

    def pause(self, seconds: float) -> None:
        """Lets nothing go for so long: what one request is told of the endpoint's limit holds for all."""
        self._paused_until = max(self._paused_until, _now() + seconds)

    def is_worth_waiting(self, waited: float, seconds: float) -> bool:
        """May a request that has waited out so much wait so many seconds more?

        Its own waits are bounded, and so is the time for which the endpoint has served nobody: an endpoint that is
        closed for the day is not waited for by one request after the other.
        """
        refused_for = 0.0 if self._refusing_since is None else _now() - self._refusing_since
        return self._patience > 0 and max(waited, refused_for) + seconds <= self._patience

    def _pause_left(self) -> float:
        return self._paused_until - _now()


def counted_as(request: Request, usual_output: int) -> int:
    """What a request is counted as against a limit of tokens a minute, before it is sent.

    The prompt counts as a quarter of the body's bytes: more than any tokenizer makes of English and JSON, far more of
    an image. The answer counts as answers have been so far, max_tokens at most: max_tokens itself is headroom that few
    answers use, and counting it would make a run many times as long as the limit asks for. The count is not corrected
    afterwards; an endpoint that counts otherwise says 429, which is waited out.
    """
    body = request.json
    limit = body.get("max_tokens") if isinstance(body, dict) else None
    answer = min(limit, usual_output) if isinstance(limit, int) and limit > 0 else 0
    return math.ceil(len(request.body) / 4) + answer


def polite_wait(asked: str, tries: int) -> float:
    """The seconds to wait after so many tries, at least what the header retry-after asks for (seconds or a date).

    Without a word that can be read it is 1, 2, 4, … seconds. With one it is that, and more where it did not help: an
    endpoint that says 0 for ever is not asked without end.
    """
    own = min(2.0 ** min(tries - 1, 10), LONGEST_WAIT)
    seconds = seconds_asked(asked, utc_now())
    return own if seconds is None else max(seconds, own - 1)


def seconds_asked(asked: str, now: datetime) -> float | None:
    """The header retry-after in seconds; None where it makes no sense. A date that is past asks for none."""
    try:
        seconds = float(asked)
    except ValueError:
        try:
            date = parsedate_to_datetime(asked)
        except (ValueError, TypeError, IndexError, OverflowError):  # whatever the words
            return None
        return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def utc_now() -> datetime:
    return datetime.now(UTC)


def _now() -> float:
    return asyncio.get_running_loop().time()
