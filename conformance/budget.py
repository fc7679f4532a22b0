"""How much a run may spend: once that is spent no request is sent any more, and what is under way ends."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.answer import tokens_of
from conformance.exchange import Exchange, size_kept

MOST_KEPT = 14 * 1024 * 1024
"""Bytes of answers, as a cassette writes them, that are kept of one run: some five times what an honest endpoint's
come to."""


class BudgetSpentError(Exception):
    """A request is not sent, for the budget is spent; the text says which, and what was spent."""


@dataclass(slots=True)
class Budget:
    """What one run may send, and what it has sent. Every request counts, one that was told to come back later (429)
    too. Tokens are those of usage, in and out: an endpoint that counts none cannot be stopped by them. What all answers
    come to on the disk is limited in every run: a row that would need more is left out, live and in a replay alike."""

    max_requests: int | None = None
    max_tokens: int | None = None
    requests: int = 0
    tokens: int = 0
    kept: int = 0

    @property
    def limited(self) -> bool:
        return self.max_requests is not None or self.max_tokens is not None

    @property
    def spent(self) -> str:
        """Which limit is reached, and what was spent; empty while there is something left."""
        if self.max_requests is not None and self.requests >= self.max_requests:
            limit = f"--max-requests={self.max_requests}"
        elif self.max_tokens is not None and self.tokens >= self.max_tokens:
            limit = f"--max-tokens={self.max_tokens}"
        elif self.kept > MOST_KEPT:
            return f"the answers of this run came to more than {MOST_KEPT // 1024**2} MB, the most that is kept of one"
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
        self.kept += size_kept(exchange)
        if self.kept > MOST_KEPT:
            self.check()
        self.tokens += max(0, sum(tokens_of(exchange)))
