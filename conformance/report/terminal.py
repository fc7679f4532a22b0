"""The matrix in the terminal: contradictions first, then table by table, then how to reproduce each finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conformance.expect.profile import ProfileOutcome
from conformance.protocol.exchange import one_line
from conformance.protocol.status import Status, glyph
from conformance.report.matrix import by_table, contradictions, counts, why_no_verdict
from conformance.report.matrix_record import Matrix
from conformance.report.matrix_row import MatrixRow
from conformance.report.readiness import reasons
from conformance.report.safe import for_terminal

COLOURS = {
    "supported": {"blue": True},
    "accepted": {"blue": True},
    "partial": {"yellow": True},
    "ignored": {"yellow": True},
    "rejected": {"red": True},
    "broken": {"red": True, "bold": True},
    "untested": {"light": True},
}

Line = tuple[str, Mapping[str, bool]]


def lines(matrix: Matrix) -> Iterator[Line]:
    """Lines of text, each with its pytest markup."""
    rows = matrix.rows
    width = max((len(row.id) for row in rows), default=0)
    cut = why_no_verdict(matrix)
    if cut:
        yield for_terminal(f"no verdict: {cut}"), {"red": True, "bold": True}
    if matrix.run.unsteady:
        yield for_terminal(f"unsteady: {matrix.run.unsteady}"), {"yellow": True, "bold": True}
    differing = contradictions(rows)
    if differing:
        yield "", {}
        yield "differs from what is documented", {"bold": True}
        yield from (line(row, width) for row in differing)
    for name, listed in by_table(rows).items():
        yield "", {}
        yield name, {"bold": True}
        yield from (line(row, width) for row in listed)
    yield "", {}
    yield f"{len(rows)} rows: " + ", ".join(f"{n} {status}" for status, n in counts(rows).items()), {"bold": True}
    for profile in matrix.profiles:
        yield from profile_lines(profile, matrix.by_id)
    if matrix.endpoint.dialect:
        yield for_terminal(f"in every request: {matrix.endpoint.dialect}"), {}


def line(row: MatrixRow, width: int) -> Line:
    status = row.status
    claim = f"{row.claim}: {row.agreement}" if row.claim else row.agreement
    code = row.code
    note = one_line(f"{code}: {row.note}" if code else row.note, 600)
    return f"  {glyph(status)} {status:<9} {row.id:<{width}}  {claim:<20} {note}".rstrip(), COLOURS[status]


READINESS_COLOURS = {
    "blocked": {"red": True},
    "unproven": {"light": True},
    "degraded": {"yellow": True},
    "ready": {"green": True},
}


def profile_lines(profile: ProfileOutcome, rows: Mapping[str, MatrixRow]) -> Iterator[Line]:
    """A profile's word, and why it is not a better one."""
    readiness = profile.readiness
    yield "", {}
    yield (
        f"{profile.title} (--profile={profile.name}): {readiness}",
        {"bold": True, **READINESS_COLOURS[readiness]},
    )
    for means, listed, found in reasons(profile, rows):
        yield f"  {means} by {', '.join(listed)}{f': {found}' if found else ''}", READINESS_COLOURS[means]
    if profile.not_known:
        yield f"  not known: {', '.join(profile.not_known)}", {"light": True}


def moves(moved: Sequence[tuple[Status, MatrixRow]]) -> Iterator[Line]:
    """The rows of a replay that are judged otherwise than when they were recorded."""
    width = max((len(row.id) for _, row in moved), default=0)
    for before, row in moved:
        yield f"  {row.id:<{width}}  {before} → {row.status}  {one_line(row.note, 600)}".rstrip(), COLOURS[row.status]


def reproductions(rows: Sequence[MatrixRow], commands: Mapping[str, Sequence[str]]) -> Iterator[Line]:
    """For every row that is not supported: its curl line and the pytest line that reruns it alone."""
    for row in rows:
        if row.status is Status.SUPPORTED or not commands.get(row.id):
            continue
        yield f"{row.id} ({row.status})", {"bold": True}
        yield from ((for_terminal(f"  {command}"), {}) for command in commands[row.id])
