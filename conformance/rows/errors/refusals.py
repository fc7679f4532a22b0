"""The refusal that is due: its status and its error.type, and what came instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.probing.probes import Refusal
from conformance.protocol.answer import describe_error, error_type
from conformance.protocol.exchange import Exchange, Request, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The status and error.type that a refusal must have."""

    status: int
    kind: str

    def matches(self, exchange: Exchange) -> bool:
        return exchange.status == self.status and error_type(exchange) == self.kind

    def missed(self, exchange: Exchange) -> str:
        """What came instead, in words."""
        kind = error_type(exchange)
        wrong = f"error.type is {one_line(kind, 60)}, " if kind is not None else "no error.type, "
        of_kind = wrong if kind != self.kind else ""
        return f"{describe_error(exchange)} ({of_kind}{self.status} {self.kind} is due)"


INVALID = Due(status=400, kind="invalid_request_error")
UNAUTHENTICATED = Due(status=401, kind="authentication_error")
NOT_FOUND = Due(status=404, kind="not_found_error")


def refused_as(due: Due, bad: Mapping[str, Request], *, control: Request) -> Refusal:
    """Every one of these requests must be refused so."""
    return Refusal(control=control, bad=bad, stated=due.matches, missed=due.missed)
