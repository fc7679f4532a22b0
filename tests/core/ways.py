"""The ways in which a request can be met, and the reason that each gives where it meets a control."""

from __future__ import annotations

import pytest

from conformance.protocol.answer import read_answer
from conformance.protocol.status import Reason
from tests.core.made_up import answered, exchange, met

OK = answered()
CUT = read_answer(exchange(b'{"id"', failure="cut: ReadError: gone"))
CUT_LIMIT = read_answer(exchange(b"slow d", 429, failure="cut: ReadError: gone"))
SLOW = read_answer(exchange(status=None, failure="timeout: not done in 9 s"))
AWAY = read_answer(exchange(status=None, failure="connect: refused"))
HTML = read_answer(exchange(b"<html></html>", headers={"content-type": "text/html"}))
NO_MESSAGE = read_answer(exchange({"hello": "world"}))

UNANSWERED = [
    pytest.param(met(400), Reason.CONTROL_REFUSED, id="400"),
    pytest.param(met(403), Reason.CONTROL_REFUSED, id="403"),
    pytest.param(met(401), Reason.KEY_REFUSED, id="401"),
    pytest.param(met(429), Reason.RATE_LIMITED, id="429"),
    pytest.param(met(503), Reason.RATE_LIMITED, id="503"),
    pytest.param(met(529), Reason.RATE_LIMITED, id="529"),
    pytest.param(met(500), Reason.CONTROL_REFUSED, id="500"),
    pytest.param(SLOW, Reason.CONTROL_REFUSED, id="timeout"),
    pytest.param(AWAY, Reason.UNREACHABLE, id="unreachable"),
]
