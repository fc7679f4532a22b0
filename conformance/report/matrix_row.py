"""One row of matrix.json and what its exchanges cost, as records: what judging hands to the reports."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.expect.profile import RowResult
from conformance.measure.judge import EvidenceSummary
from conformance.protocol.status import Agreement, Claimed, Deviation, Reason, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """A row's verdict, held against its claim. `witness` is the kind of evidence, `rests_on` the digests of the
    exchanges that the verdict rests on, `requests` how many different ones the row asked."""

    id: str
    table: str
    title: str
    witness: str
    status: Status
    deviation: Deviation | None
    reason: Reason | None
    note: str
    claim: Claimed | None
    agreement: Agreement
    rests_on: tuple[str, ...]
    evidence: tuple[EvidenceSummary, ...]
    requests: int

    @property
    def finding(self) -> RowResult:
        """What a profile looks at."""
        return RowResult(self.status, self.deviation, self.reason)

    def as_json(self) -> dict[str, object]:
        """The row as it stands in matrix.json."""
        return {
            "id": self.id,
            "table": self.table,
            "title": self.title,
            "witness": self.witness,
            "status": self.status.value,
            "deviation": self.deviation.value if self.deviation else None,
            "reason": self.reason.value if self.reason else None,
            "note": self.note,
            "claim": self.claim.value if self.claim else None,
            "agreement": self.agreement.value,
            "rests_on": list(self.rests_on),
            "evidence": [each.as_json() for each in self.evidence],
            "requests": self.requests,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeCost:
    """What one exchange cost: requests (polite waits included), tokens in and out as reported, and when it began and
    ended (UTC)."""

    requests: int
    input_tokens: int
    output_tokens: int
    started: str
    finished: str
