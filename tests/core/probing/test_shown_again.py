"""What is proof by itself, missed the first time by a model that obeys now and then only."""

from __future__ import annotations

import pytest

from conformance.probing.detection import or_shown_again
from conformance.probing.run import Conversation
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import Answer
from conformance.protocol.status import Reason, Status
from tests.core.made_up import RUN, answered, ask_capability, drive, exchange, message

WEAKLY = Verdict(status=Status.UNTESTED, reason=Reason.MODEL_TOO_WEAK, note="seldom")


@pytest.mark.parametrize(
    ("verdict", "shown", "first", "asked"),
    [
        pytest.param(WEAKLY, 4, 1, 1, id="unsteady, shown at once"),
        pytest.param(WEAKLY, 4, 11, 11, id="unsteady, shown at last"),
        pytest.param(WEAKLY, 4, 12, 11, id="unsteady, never shown"),
        pytest.param(WEAKLY, 8, 1, 0, id="steady"),
        pytest.param(WEAKLY, 0, 1, 0, id="never obeys"),
        pytest.param(Verdict(status=Status.IGNORED), 4, 1, 0, id="ignored"),
        pytest.param(Verdict(status=Status.REJECTED), 4, 1, 0, id="rejected"),
    ],
)
def test_a_proof_that_an_unsteady_model_may_have_missed_is_asked_for_again(
    verdict: Verdict, shown: int, first: int, asked: int
) -> None:
    tries: list[int] = []

    def show(attempt: int) -> Conversation[Answer | None]:
        yield from ()
        tries.append(attempt)
        return answered() if attempt == first else None

    found, _ = drive(or_shown_again(RUN, verdict, show, ask_capability(shown)), lambda role, sent: exchange(message()))
    assert tries == list(range(1, asked + 1))
    assert found == (Verdict(status=Status.SUPPORTED) if first in tries else verdict)
