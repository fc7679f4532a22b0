"""An endpoint that has fallen silent is not waited for by every request of a run, with the whole time limit each.

One answer that never comes is a finding about its request. A dozen in a row, and not one answer between them, are no
findings about a dozen rows any more: the endpoint hangs. From then on a request is given a short time only, and what
gets no answer in it counts as not reached. The first answer ends it.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.protocol.exchange import Exchange

ROUNDS = 3
"""So many times as many requests as may be under way at once: all of them, more than once over."""

SHORT_SECONDS = 10.0


@dataclass(slots=True)
class Silence:
    """Counts the requests in a row that had no answer begun within `timeout` seconds."""

    timeout: float
    concurrency: int
    _in_a_row: int = 0

    @property
    def fallen(self) -> bool:
        """Has the endpoint fallen silent?"""
        return self._in_a_row >= ROUNDS * self.concurrency

    @property
    def limit(self) -> float:
        """The seconds that the next request is given."""
        return min(SHORT_SECONDS, self.timeout) if self.fallen else self.timeout

    def heard(self, exchange: Exchange) -> None:
        """Takes in how an exchange ended."""
        if exchange.status is not None:
            self._in_a_row = 0
        elif (exchange.failure or "").startswith("timeout"):
            self._in_a_row += 1

    def told(self, seconds: float) -> str:
        """The failure of a request that was given a short time, and got no answer in it."""
        before = f"after {self._in_a_row} requests in a row had none in {self.timeout:g} s"
        return f"connect: no answer in {seconds} s, {before}"
