"""What changed between two runs of an endpoint: a pure function of their matrices.

before                   after               the change is
status                   one that is worse   worse (by `conformance.protocol.status.fell`, as for a baseline)
status                   one that is better  better
status                   one as good, or the changed
                         same with another
                         deviation
untested                 another status      measured now
a status                 untested            not measured
the row is not there     any                 new
any                      the row is not      gone
                         there
Notes and evidence may differ from run to run without a change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conformance.measure.judge import EvidenceSummary
from conformance.protocol.answer import Outcome
from conformance.protocol.exchange import one_line
from conformance.protocol.status import Status, fell
from conformance.report.curl import CONTROL_ROLES
from conformance.report.matrix_record import Matrix
from conformance.report.matrix_row import MatrixRow

MOST_EVIDENCE = 3
"""Exchanges of a row that are told on either side; the rest is in the matrix and the cassette."""


class Kind(StrEnum):
    """How a row changed, in the order in which changes are told."""

    WORSE = "worse"
    BETTER = "better"
    CHANGED = "changed"
    NOT_MEASURED = "not measured"
    MEASURED_NOW = "measured now"
    NEW = "new"
    GONE = "gone"


OBSERVED = (Kind.WORSE, Kind.BETTER, Kind.CHANGED)
"""The kinds that say something of the endpoint: both runs have evidence. The others speak of the runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A row in one run: what was found, on what evidence, and when the run began."""

    status: Status
    code: str
    note: str
    evidence: tuple[str, ...]
    started: str
    suite: str

    @property
    def word(self) -> str:
        """The status with its deviation or reason."""
        return f"{self.status} ({self.code})" if self.code else self.status.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row that is not in both runs, or not alike in them."""

    row: str
    table: str
    title: str
    kind: Kind
    before: Side | None
    after: Side | None

    @property
    def judged_alike(self) -> bool:
        """Whether one version of the suite judged both sides: else a change may be the suite's."""
        return self.before is None or self.after is None or self.before.suite == self.after.suite


def kind_of(before: Side | None, after: Side | None) -> Kind | None:
    """How a row changed; None for one that is as it was. See the module's table."""
    if before is None or after is None:
        return Kind.NEW if before is None else Kind.GONE
    was, now = before.status, after.status
    if was is now:
        return Kind.CHANGED if was is Status.PARTIAL and before.code != after.code else None
    if was is Status.UNTESTED:
        return Kind.MEASURED_NOW
    if now is Status.UNTESTED:
        return Kind.NOT_MEASURED
    if fell(was, now):
        return Kind.WORSE
    return Kind.BETTER if fell(now, was) else Kind.CHANGED


def compare(before: Matrix, after: Matrix) -> list[Change]:
    """The changes from one matrix to another, the worse ones first, else in the order of the rows."""
    return changes(sides(before), sides(after), [*after.rows, *before.rows])


def sides(matrix: Matrix) -> dict[str, Side]:
    """Every row of a run as one side of a comparison."""
    return {row.id: _side(row, matrix) for row in matrix.rows}


def changes(before: Mapping[str, Side], after: Mapping[str, Side], rows: Sequence[MatrixRow]) -> list[Change]:
    """The changes between two sides, row by row; `rows` tells their order, tables and titles."""
    found = []
    for row in {row.id: row for row in reversed(rows)}.values():
        was, now = before.get(row.id), after.get(row.id)
        kind = kind_of(was, now) if was or now else None
        if kind is not None:
            found.append(Change(row=row.id, table=row.table, title=row.title, kind=kind, before=was, after=now))
    place = {row.id: number for number, row in reversed([*enumerate(rows)])}
    return sorted(found, key=lambda change: (list(Kind).index(change.kind), place[change.row]))


def _side(row: MatrixRow, matrix: Matrix) -> Side:
    told = sorted(row.evidence, key=_telling)[:MOST_EVIDENCE]
    left = len(row.evidence) - len(told)
    more = (f"and {left} more",) if left else ()
    return Side(
        status=row.status,
        code=row.code,
        note=row.note,
        evidence=(*(_exchange(each) for each in told), *more),
        started=matrix.run.started or "",
        suite=matrix.suite.version,
    )


def _telling(evidence: EvidenceSummary) -> tuple[bool, bool]:
    """What was not answered before what was, and controls last: they are alike in most rows."""
    return evidence.role in CONTROL_ROLES, evidence.outcome == Outcome.ANSWERED


def _exchange(evidence: EvidenceSummary) -> str:
    answered = f"HTTP {evidence.status}" if evidence.status is not None else "no answer"
    said = f", {evidence.said}" if evidence.said else ""
    return one_line(f"{evidence.role}: {evidence.request}: {answered}, {evidence.outcome}{said}")


def tally(found: Sequence[Change]) -> dict[Kind, int]:
    """How many changes there are of each kind; a kind that none has is left out."""
    return {kind: number for kind in Kind if (number := sum(each.kind is kind for each in found))}
