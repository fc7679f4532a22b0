"""One row of matrix.json and what its exchanges cost, as records: what judging hands to the reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.expect.profile import RowResult
from conformance.measure.judge import EvidenceSummary
from conformance.protocol.status import Agreement, Claimed, Deviation, Reason, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """A row's verdict, held against its claim. `witness` is the kind of evidence; empty in a file of an earlier version
    that does not say it. `deviation` and `reason` are words of Deviation and Reason, or of the version that wrote them.
    `rests_on` holds the digests of the exchanges that the verdict rests on; None where an earlier version did not say
    them. `requests` is how many different exchanges the row asked."""

    id: str
    table: str
    title: str
    witness: str
    status: Status
    deviation: str | None
    reason: str | None
    note: str
    claim: Claimed | None
    agreement: Agreement
    rests_on: tuple[str, ...] | None
    evidence: tuple[EvidenceSummary, ...]
    requests: int

    @property
    def code(self) -> str:
        """Why it is partial, or why it is untested; empty for any other row."""
        return self.deviation or self.reason or ""

    @property
    def finding(self) -> RowResult:
        """What a profile looks at. Raises ValueError for a deviation or a reason that this version does not know."""
        return RowResult(
            self.status,
            None if self.deviation is None else Deviation(self.deviation),
            None if self.reason is None else Reason(self.reason),
        )

    def as_json(self) -> dict[str, object]:
        """The row as it stands in matrix.json."""
        return {
            "id": self.id,
            "table": self.table,
            "title": self.title,
            "witness": self.witness,
            "status": self.status.value,
            "deviation": None if self.deviation is None else str(self.deviation),
            "reason": None if self.reason is None else str(self.reason),
            "note": self.note,
            "claim": self.claim.value if self.claim else None,
            "agreement": self.agreement.value,
            **({} if self.rests_on is None else {"rests_on": list(self.rests_on)}),
            "evidence": [each.as_json() for each in self.evidence],
            "requests": self.requests,
        }

    @staticmethod
    def from_json(row: Mapping[str, Any]) -> MatrixRow:
        """The row of a matrix.json that follows the schema, or that of an earlier version."""
        return MatrixRow(
            id=row["id"],
            table=row["table"],
            title=row["title"],
            witness=row.get("witness", ""),
            status=Status(row["status"]),
            deviation=row["deviation"],
            reason=row["reason"],
            note=row["note"],
            claim=None if row["claim"] is None else Claimed(row["claim"]),
            agreement=Agreement(row["agreement"]),
            rests_on=tuple(row["rests_on"]) if "rests_on" in row else None,
            evidence=tuple(map(EvidenceSummary.from_json, row["evidence"])),
            requests=row["requests"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeCost:
    """What one exchange cost: requests (polite waits included), tokens in and out as reported, and when it began and
    ended (UTC)."""

    requests: int
    input_tokens: int
    output_tokens: int
    started: str
    finished: str
