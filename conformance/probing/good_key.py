"""Refusals of the run's own good key: they tell what that key may do here, and nothing of what was asked for."""

from __future__ import annotations

from conformance.probing.probes import LOOKUP_WORDS
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Reason


def key_refused(exchange: Exchange, named: str = "") -> Verdict | None:
    """The verdict on a route or a model that the key is not let in to (401, 403) with which messages are answered; None
    for any other end. What says of the very name (`named`) that it was not found is about the name."""
    if exchange.status not in (401, 403):
        return None
    answer = read_answer(exchange)
    if named and named in answer.problem and LOOKUP_WORDS.search(answer.problem):
        return None
    return untested(Reason.KEY_REFUSED, f"the key that is good for messages is not let in: {answer.problem}", answer)
