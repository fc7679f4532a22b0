"""The request that is printed beside a finding shows the finding: on every published column, and under lies."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from conformance.evidence.cassette import Recording
from conformance.lies import LIES
from conformance.measure.judge import judge
from conformance.measure.measure import cassette_path
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Status
from conformance.report.result import shown_request
from conformance.rows import ROWS
from tests import published
from tests.core.made_up import exchange, refusal
from tests.proofs.lying import unshown_under
from tests.proofs.showing import unshown

SHARE = 25
"""One in so many lies is told here; `python -m tests.proofs` tells all."""


@pytest.mark.parametrize("column", published.columns(), ids=str)
def test_the_printed_request_of_every_published_finding_shows_it(column: Path) -> None:
    missed = []
    for row in ROWS:
        judgement = judge(row, Recording(cassette_path(published.CASSETTES / column, row.id)))
        why = unshown(row.id, judgement.verdict, shown_request(judgement))
        missed += [f"{row.id}: {why}"] if why else []
    assert not missed


def test_the_printed_request_shows_what_a_lie_does() -> None:
    told = random.Random("showing").sample(list(LIES), len(LIES) // SHARE)
    missed = {lie.id: why for lie in told if (why := unshown_under(lie))}
    assert not missed


def test_a_request_that_shows_something_else_is_found() -> None:
    refused, answered = refusal("top_k: no"), exchange({})
    digest = refused.request.digest
    verdict = Verdict(status=Status.REJECTED, note="HTTP 400: top_k: no", rests_on=(digest,))
    assert "does not carry" in unshown("fields.top_k", verdict, refused)
    assert "the note says" in unshown("errors.envelope", verdict, answered)
    assert "does not name" in unshown("errors.envelope", Verdict(status=Status.REJECTED, note="no"), refused)
