"""Who is sent first, where more is to be asked than may be under way: the rows that still have most to ask one after
the other, so that none of them is left asking alone at the end of a run."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count


class Gate:
    """Lets `at_once` requests go at a time; of those that wait, the most urgent first, then the first to come."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def through(self, ticket: asyncio.Future[None], urgency: int) -> AsyncIterator[None]:
        """Waits until the holder of the ticket may go, and lets another go in the end."""
        self.hurry(ticket, urgency)
        self._let_go()
        try:
            await ticket
            yield
        finally:
            if not ticket.cancelled():  # who gave up while waiting took no place
                self._free += 1
            self._let_go()

    def hurry(self, ticket: asyncio.Future[None], urgency: int) -> None:
        """Says how urgent a ticket is; one that waits already goes by the most urgent that was said of it."""
        if not ticket.done():
            heapq.heappush(self._waiting, (-urgency, next(self._numbers), ticket))

    def _let_go(self) -> None:
        while self._free and self._waiting:
            *_, ticket = heapq.heappop(self._waiting)
            if not ticket.done():
                self._free -= 1
                ticket.set_result(None)
