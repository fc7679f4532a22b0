"""What a row's test hands to the process that reports arrives as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.measure.judge import Evidence, Judgement
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.status import Deviation, Reason, Status
from conformance.pytest_plugin.results import Payload
from conformance.report.result import costs, row_result
from conformance.rows import ROWS
from tests.core.made_up import exchange, message

ANSWERS = [
    exchange(message()),
    exchange({"type": "error", "error": {"type": "api_error", "message": "half \ud83d of it \x00"}}, 400),
    exchange(failure="connect: refused", status=None),
]
VERDICTS = [
    Verdict(status=Status.SUPPORTED, rests_on=(ANSWERS[0].request.digest,)),
    Verdict(status=Status.PARTIAL, deviation=Deviation.MAPPED, note="half \ud83d"),
    untested(Reason.UNREACHABLE, "no connection"),
]


def payload(verdict: Verdict) -> Payload:
    evidence = [Evidence(role=f"question {number}", exchange=each) for number, each in enumerate(ANSWERS)]
    judgement = Judgement(row=ROWS[0], verdict=verdict, evidence=evidence, recorded=Status.BROKEN)
    return Payload(
        result=row_result(judgement, None),
        costs=costs(judgement),
        dialect="d",
        room=3,
        unsteady="u",
        rerun="pytest -k x",
        recorded=judgement.recorded,
        curl=None,
        body="{}",
        failure="it is broken",
    )


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_payload_comes_back_as_it_was_sent(verdict: Verdict) -> None:
    sent = payload(verdict)
    back = Payload.from_json(sent.to_json())
    assert back == sent
    assert back.result.as_json() == sent.result.as_json()
    assert back != replace(sent, room=4)
