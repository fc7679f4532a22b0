"""What a profile's entry of the matrix says, in words: shared by the terminal and the pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.expect.profile import ProfileOutcome, Readiness
from conformance.protocol.exchange import one_line
from conformance.report.matrix_row import MatrixRow


def reasons(profile: ProfileOutcome, rows: Mapping[str, MatrixRow]) -> Iterator[tuple[Readiness, list[str], str]]:
    """Why a profile is not ready, the worst first: what it means for the use, the rows, and what was found of them.
    Rows of which the very same was found stand together, and so do those that merely degrade."""
    found: dict[tuple[Readiness, str], list[str]] = {}
    for each in profile.because:
        if each.means is not Readiness.DEGRADED:
            found.setdefault((each.means, state(rows.get(each.row))), []).append(each.row)
    for (means, what), listed in found.items():
        yield means, listed, what
    degraded = [each.row for each in profile.because if each.means is Readiness.DEGRADED]
    if degraded:
        yield Readiness.DEGRADED, degraded, ""


def state(row: MatrixRow | None) -> str:
    """A row's status and note in one line."""
    if row is None:
        return "not measured in this run"
    return one_line(": ".join(each for each in (row.status, row.code, row.note) if each))
