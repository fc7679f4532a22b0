"""How much a run may spend: once that is spent no request is sent any more, and what is under way ends."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.protocol.answer import tokens_of
from conformance.protocol.exchange import Exchange

MOST_KEPT = 14 * 1024 * 1024
"""Bytes of answers, as a cassette writes them, that are kept of one run: some five times what an honest endpoint's
come to. Of what packs well twice as much is read, for a replay reads all of it again."""


class BudgetSpentError(Exception):
    """A request is not sent, for the budget is spent; the text says which, and what was spent."""


@dataclass(slots=True)
class Budget:
    """What one run may send, and what it has sent. Every request counts, one that was told to come back later (429)
    too. Tokens are those of usage, in and out: an endpoint that counts none cannot be stopped by them. `most_kept`
    bounds what all answers come to on the disk: a row that would need more is left out, live and in a replay alike."""

    max_requests: int | None = None
    max_tokens: int | None = None
    most_kept: int | None = None
    requests: int = 0
    tokens: int = 0
    kept: int = 0

    @property
    def limited(self) -> bool:
        return self.max_requests is not None or self.max_tokens is not None

    @property
    def _is_full(self) -> bool:
        return self.most_kept is not None and self.kept > self.most_kept

    @property
    def spent(self) -> str:
        """Which limit is reached, and what was spent; empty while there is something left."""
        if self.max_requests is not None and self.requests >= self.max_requests:
            limit = f"--max-requests={self.max_requests}"
        elif self.max_tokens is not None and self.tokens >= self.max_tokens:
            limit = f"--max-tokens={self.max_tokens}"
        elif self._is_full:
            megabytes = (self.most_kept or 0) // 1024**2
            return f"the answers of this run came to more than {megabytes} MB, the most that is kept of one"
        else:
            return ""
        return f"{limit} is spent ({self.requests:,} requests and {self.tokens:,} tokens in this run)"

    def check(self) -> None:
        """Raises BudgetSpentError once the budget is spent."""
        if self.spent:
            raise BudgetSpentError(self.spent)

    def take(self) -> None:
        """Counts one request that is about to be sent. Raises BudgetSpentError where it must not be."""
        self.check()
        self.requests += 1

    def count(self, exchange: Exchange) -> None:
        """Counts the tokens of an answer and what it takes on the disk. Raises BudgetSpentError for an answer that
        cannot be kept any more."""
        self.kept += max(exchange.size_kept, len(exchange.body) // 2)
        if self._is_full:
            self.check()
        self.tokens += max(0, sum(tokens_of(exchange)))
