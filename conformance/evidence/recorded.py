"""What a row is judged from: what is said of its run, and the answer to each of its questions. A cassette holds
just this (`cassette.py`); what was measured in this very process need not go through one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

from conformance.evidence.run_info import RunInfo
from conformance.protocol.exchange import MATCHED_HEADERS, Exchange, Request

FORMAT = 1


class Recorded:
    """What is said of a row's run, and its exchanges in the order in which they were asked."""

    def __init__(self, info: RunInfo, exchanges: Sequence[Exchange]) -> None:
        self.info = info
        self.exchanges = list(exchanges)
        self._by_identity = {each.request.identity: each for each in self.exchanges}

    def answer(self, request: Request) -> Exchange | None:
        """The exchange for this very question; None where it was not asked."""
        return self._by_identity.get(request.identity)


_AS_RECORDED: WeakKeyDictionary[Exchange, Exchange] = WeakKeyDictionary()


def as_recorded(exchange: Exchange) -> Exchange:
    """An exchange as a cassette gives it back: without the headers that it does not keep, and without what tells when
    and how to ask. The same exchange gives the same one for every row, so that it is read once."""
    kept = _AS_RECORDED.get(exchange)
    if kept is None:
        asked = exchange.request
        headers = asked.telling_headers
        request = Request(
            method=asked.method,
            path=asked.path,
            headers=headers,
            body=asked.body,
            attempt=asked.attempt,
            beside=asked.beside,
            about=tuple(name for name in headers if name not in MATCHED_HEADERS),
        )
        kept = _AS_RECORDED[exchange] = replace(exchange, request=request)
    return kept
