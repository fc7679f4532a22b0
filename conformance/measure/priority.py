"""Who is sent first, where more is to be asked than may be under way: the rows that still have most to ask one after
the other, so that none of them is left asking alone at the end of a run."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count


class PriorityLimiter:
    """Lets `at_once` requests go at a time; of those that wait, the most urgent first, then the first to come."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def through(self, slot: asyncio.Future[None], urgency: int) -> AsyncIterator[None]:
        """Waits until the holder of the ticket may go, and lets another go in the end."""
        self.raise_priority(slot, urgency)
        self._let_go()
        try:
            await slot
            yield
        finally:
            if not slot.cancelled():  # who gave up while waiting took no place
                self._free += 1
            self._let_go()

    def raise_priority(self, slot: asyncio.Future[None], urgency: int) -> None:
        """Says how urgent a ticket is; one that waits already goes by the most urgent that was said of it."""
        if not slot.done():
            heapq.heappush(self._waiting, (-urgency, next(self._numbers), slot))

    def _let_go(self) -> None:
        while self._free and self._waiting:
            *_, slot = heapq.heappop(self._waiting)
            if not slot.done():
                self._free -= 1
                slot.set_result(None)
