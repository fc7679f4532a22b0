"""One row's result as it travels: from the test that judged it to the matrix, the terminal and JUnit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from conformance.expect.claims.faults import is_documented
from conformance.expect.claims.load import Provider
from conformance.measure.judge import Evidence, Judgement
from conformance.protocol.answer import tokens_of
from conformance.protocol.exchange import Exchange, one_line
from conformance.protocol.status import Claimed, agreement
from conformance.report.curl import decisive
from conformance.report.matrix_row import ExchangeCost, MatrixRow


def row_result(judgement: Judgement, claims: Provider | None) -> MatrixRow:
    """The row of matrix.json."""
    verdict = judgement.verdict
    word = claims.statuses.get(judgement.row.id) if claims else None
    claim = Claimed(word) if word else None
    documented = claims is not None and is_documented(claims.faults, verdict.note)
    return MatrixRow(
        id=judgement.row.id,
        table=judgement.row.table,
        title=judgement.row.title,
        witness=judgement.row.evidence_kind.value,
        status=verdict.status,
        deviation=verdict.deviation,
        reason=verdict.reason,
        note=one_line(verdict.note, 600),
        claim=claim,
        agreement=agreement(claim, verdict.status, documented_fault=documented),
        rests_on=tuple(verdict.rests_on),
        evidence=tuple(each.summary() for each in judgement.evidence),
        requests=len(unique(judgement.evidence)),
    )


def unique(evidence: Sequence[Evidence]) -> dict[str, Exchange]:
    """The exchanges of a row by digest; rows that asked the same share a digest."""
    return {each.exchange.request.digest: each.exchange for each in evidence}


def costs(judgement: Judgement) -> dict[str, ExchangeCost]:
    """What each exchange of a row cost, by digest: summed over a run, shared exchanges count once."""
    return {key: cost(exchange) for key, exchange in unique(judgement.evidence).items()}


def cost(exchange: Exchange) -> ExchangeCost:
    """What an exchange cost."""
    input_tokens, output_tokens = tokens_of(exchange)
    begun = datetime.fromisoformat(exchange.sent_at)
    ended = begun + timedelta(seconds=exchange.seconds)
    return ExchangeCost(
        requests=1 + exchange.waits,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        started=exchange.sent_at,
        finished=ended.isoformat(timespec="seconds"),
    )


def shown_request(judgement: Judgement) -> Exchange | None:
    """The exchange that a reader should repeat to see what the verdict says."""
    return decisive(judgement.evidence, judgement.verdict.rests_on)
