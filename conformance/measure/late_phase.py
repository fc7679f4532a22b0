"""What is asked late in a run: after all that the rows ask, so that one more answer tells of the whole run.

A request that was refused is asked again when next to none of the other rows has anything left to ask: minutes may lie
between its two tries, and no bad moment of an endpoint covers both. After those, and after all other rows, one bare
message tells all rows that were refused
something whether the endpoint still answers: a key that was revoked, or a balance that was used up, on the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.protocol.exchange import LATE


class LatePhase:
    """Holds back what is asked late until every row that is under way waits for the same, or has ended; the earlier of
    what is held goes first. Where all `rows` of a run ask at once, what is merely LATE goes while one in FEW of them
    still asks: the last ones ask one question after another, and leave room. `turns` counts how often something was let
    go."""

    FEW = 20

    def __init__(self) -> None:
        self.turns = 0
        self.rows = 0
        self._under_way = 0
        self._held: dict[asyncio.Future[None], int] = {}

    @contextmanager
    def row_under_way(self) -> Iterator[None]:
        """While a row asks: what is late waits for it."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._let_go()

    async def reached(self, late: int) -> None:
        """Waits until it is as late as that."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held[turn] = late
        self._let_go()
        try:
            await turn
        finally:
            self._held.pop(turn, None)

    def _let_go(self) -> None:
        if not self._held:
            return
        earliest = min(self._held.values())
        asking = self._under_way - len(self._held)
        if asking > (self.rows // self.FEW if earliest == LATE else 0):
            return
        self.turns += 1
        for turn in [turn for turn, late in self._held.items() if late == earliest]:
            del self._held[turn]
            if not turn.done():
                turn.set_result(None)
