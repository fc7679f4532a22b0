"""Whether the endpoint still answers at all: a run that was cut is no verdict.

An account that is refused halfway, a process that dies, a gateway that falls silent: from then on everything fails,
whatever is asked, and the words of it say nothing of the row that asked. So no failure is believed by its words. It
counts once a request that was sent after it is answered with a Message: the endpoint was well then. After MOST failures
without such an answer, and at the end of the run where one is still in doubt, a bare message is asked. Where that is
not answered either, the run was cut: nothing more is sent, and the rows that met a failure in doubt are untested.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field

from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange, Request

MOST = 24
"""Failures in a row after which a bare message is asked: an endpoint that refuses much pays one request for so many."""

TRIES = 5
"""So often the bare message is asked before the run is given up: of ten requests, three may fail by chance."""

HANGS = 2
"""Tries that got no answer within the time limit: more would cost minutes and tell nothing new."""

HUNG = ("timeout", "connect: no answer")
"""How the failure of such a try begins: the second where the endpoint had fallen silent before (`silence.py`)."""

FIRST_TRY = 1_000_000
"""The `attempt` of the first such message: it meets no try of a row's own. What is asked for the whole run and for no
row has this one or a later one."""


class RunCutError(Exception):
    """A request is not sent, for the endpoint answers no more; the text says since when, and what it said."""


def shows_life(exchange: Exchange) -> bool:
    """Was it answered with a Message?"""
    return exchange.request.is_message and read_answer(exchange).answered


def proven(exchanges: Sequence[Exchange]) -> int:
    """Of the exchanges of a run, in the order in which they ended: so many had ended when the last one was sent that
    was answered with a Message. The failures among those are the endpoint's word; later ones are in doubt."""
    return max((each.after for each in exchanges if shows_life(each)), default=0)


def in_doubt(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The failures that came after the last proof of life."""
    return [each for each in exchanges[proven(exchanges) :] if not shows_life(each)]


def trusted(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """The others: what they say, they say of the endpoint."""
    known = proven(exchanges)
    return [each for number, each in enumerate(exchanges) if number < known or shows_life(each)]


def was_cut(exchanges: Sequence[Exchange]) -> bool:
    """Did a run end because not even a bare message was answered?"""
    return any(each.request.attempt >= FIRST_TRY for each in in_doubt(exchanges))


@dataclass(slots=True)
class Pulse:
    """What a run knows of its endpoint's life. `bare` is the message that is asked; without it none is. `ended` counts
    the exchanges, `proven` those that had ended at the last proof of life. `over` says why the run was cut.
    `asked` are the bare messages that were."""

    bare: Request | None = None
    ended: int = 0
    proven: int = 0
    pause: float = 1.0
    over: str = ""
    asked: list[Exchange] = field(default_factory=list)
    _doubtful: dict[str, tuple[int, Exchange]] = field(default_factory=dict)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def heard(self, exchange: Exchange) -> None:
        """Takes in an exchange that has ended."""
        self.ended += 1
        if shows_life(exchange):
            self.proven = max(self.proven, exchange.after)
            self._doubtful = {key: each for key, each in self._doubtful.items() if each[0] > self.proven}
        else:
            self._doubtful[exchange.request.identity] = (self.ended, exchange)

    def doubts(self, log: Collection[Exchange]) -> bool:
        """Is one of these a failure in doubt, in a run whose endpoint's life is watched?"""
        return self.bare is not None and any(each.request.identity in self._doubtful for each in log)

    async def check(self, send: Callable[[Request], Awaitable[Exchange]], most: int = MOST) -> None:
        """Asks the bare message where that many failures are in doubt. Raises RunCutError where it is not answered."""
        if not self.over and self.bare is not None and len(self._doubtful) >= most:
            async with self._asking:  # the others wait for what comes of it
                if not self.over and len(self._doubtful) >= most:
                    await self.ask(self.bare, send)
        if self.over:
            raise RunCutError(self.over)

    async def ask(self, bare: Request, send: Callable[[Request], Awaitable[Exchange]]) -> Exchange:
        """Asks the bare message until it is answered, or anything else is; sets `over` where nothing is. Gives the last
        answer to it."""
        begun, hangs, tries = self.ended, 0, 0
        since = min((each.sent_at for _, each in self._doubtful.values()), default="")
        while True:
            exchange = await send(bare.again(FIRST_TRY + len(self.asked)))
            self.asked.append(exchange)
            tries += 1
            hangs += (exchange.failure or "").startswith(HUNG)
            if shows_life(exchange) or self.proven > begun:
                return exchange
            if tries == TRIES or hangs == HANGS:
                break
            await asyncio.sleep(self.pause)
        self.over = (
            f"the run was cut: from {since or exchange.sent_at} on the endpoint answered nothing any more, nor a bare "
            f"message in {tries} tries: {read_answer(exchange).problem}"
        )
        return exchange
