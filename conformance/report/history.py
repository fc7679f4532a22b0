"""The runs that were kept of an endpoint, and what changed from each to the next.

A run is held against the last one that measured a row, not merely the last one: an endpoint that was down for a night
(`untested`) and refuses a field the night after has changed, and that must be said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.protocol.status import Status
from conformance.report.changes import OBSERVED, Change, Kind, Side, changes, sides
from conformance.report.matrix import why_no_verdict
from conformance.report.matrix_record import Matrix
from conformance.report.matrix_row import MatrixRow
from conformance.report.read import MatrixError, read_matrix

RUNS = "runs"
"""The folder beside a matrix.json that keeps each whole run of that provider and model."""

LeftOut = Callable[[Path, str], object]
"""Is told which file is left out, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One run and what changed with it. The first run of an endpoint changes nothing."""

    provider: str
    model: str
    folder: str
    started: str
    finished: str
    suite: str
    previous: str | None
    changes: tuple[Change, ...]

    @property
    def observed(self) -> list[Change]:
        """The changes that say something of the endpoint, and not only of what was run."""
        return [each for each in self.changes if each.kind in OBSERVED]


def run_file(matrix: Matrix) -> str | None:
    """The name under which a run is kept: when it began, which is its name for ever, so that judging its recording
    again replaces it. None for a run that says nothing or is no verdict, or whose endpoint came and went with it."""
    started = matrix.run.started
    nothing = all(row.status is Status.UNTESTED for row in matrix.rows)
    if started is None or nothing or why_no_verdict(matrix) or matrix.run.mode == "embedded":
        return None
    return f"{RUNS}/{re.sub(r'[^0-9TZ]', '', started.replace('+00:00', 'Z'))}.json"


def kept_runs(reports: Path, left_out: LeftOut | None = None) -> Iterator[tuple[str, list[Matrix]]]:
    """Every provider's and model's runs below a reports folder, the oldest first, with the path of their folder from
    there. The matrix.json itself counts as a run where it was not kept, unless it is no verdict. Raises MatrixError
    unless `left_out` is told of what cannot be read."""
    folders = {path.parent for path in reports.glob("*/*/matrix.json")}
    folders |= {path.parent.parent for path in reports.glob(f"*/*/{RUNS}/*.json")}
    for folder in sorted(folders):
        files = [*sorted((folder / RUNS).glob("*.json")), *folder.glob("matrix.json")]
        whole = [matrix for matrix in _readable(files, left_out).values() if not why_no_verdict(matrix)]
        found = {matrix.run.started: matrix for matrix in whole if matrix.run.started}
        yield folder.relative_to(reports).as_posix(), [found[started] for started in sorted(found)]


def _readable(files: Iterable[Path], left_out: LeftOut | None) -> dict[Path, Matrix]:
    found: dict[Path, Matrix] = {}
    for path in files:
        try:
            found[path] = read_matrix(path)
        except MatrixError as error:
            if left_out is None:
                raise
            left_out(path, str(error))
    return found


def steps(folder: str, runs: Sequence[Matrix]) -> Iterator[Step]:
    """What changed with each run, the oldest first. Only rows of both runs are compared."""
    known: dict[str, Side] = {}
    last: dict[str, Side] = {}
    order: list[MatrixRow] = []
    previous: str | None = None
    for run in runs:
        now = sides(run)
        order = [*run.rows, *order]
        found = _against(known, last, now, order) if previous is not None else []
        yield Step(
            provider=run.endpoint.provider,
            model=run.endpoint.model,
            folder=folder,
            started=run.run.started or "",
            finished=run.run.finished or "",
            suite=run.suite.version,
            previous=previous,
            changes=tuple(found),
        )
        known |= {row: side for row, side in now.items() if side.status is not Status.UNTESTED or row not in known}
        last, previous = now, run.run.started
        order = list({row.id: row for row in reversed(order)}.values())[::-1]


def _against(
    known: Mapping[str, Side], last: Mapping[str, Side], now: Mapping[str, Side], order: Sequence[MatrixRow]
) -> list[Change]:
    before = {row: known[row] for row in known if row in last or row in now}
    return [change for change in changes(before, now, order) if not _told_before(change, last, now)]


def _told_before(change: Change, last: Mapping[str, Side], now: Mapping[str, Side]) -> bool:
    """A row that has been without evidence for more than one run is told once."""
    was = last.get(change.row)
    return change.kind is Kind.NOT_MEASURED and was is not None and was.status is now[change.row].status


def latest_runs(reports: Path, left_out: LeftOut | None = None) -> dict[str, Matrix]:
    """The matrix.json of every provider and model, by its folder. Raises as kept_runs does."""
    found = _readable(sorted(reports.glob("*/*/matrix.json")), left_out)
    return {path.parent.relative_to(reports).as_posix(): matrix for path, matrix in found.items()}


def all_steps(reports: Path, left_out: LeftOut | None = None) -> list[Step]:
    """Every run below a reports folder, the newest first. Raises as kept_runs does."""
    found = (step for folder, runs in kept_runs(reports, left_out) for step in steps(folder, runs))
    return newest_first(found)


def newest_first(found: Iterable[Step]) -> list[Step]:
    """By when they began; those of one moment by their folder."""
    return sorted(sorted(found, key=lambda step: step.folder), key=lambda step: step.started, reverse=True)
