"""Brings the runs of many jobs into one folder of reports and cassettes, and keeps what stood there of a provider
whose night failed: a page must not lose what is known because an endpoint, or a machine, was down for a night."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.evidence.paths import safe_name
from conformance.option_names import DEFAULT_CASSETTES, DEFAULT_REPORTS
from conformance.protocol.exchange import one_line
from conformance.protocol.status import Reason, Status
from conformance.report.history import RUNS, run_file
from conformance.report.matrix import why_no_verdict
from conformance.report.matrix_record import Matrix
from conformance.report.read import MatrixError, read_matrix

UNANSWERED = frozenset(
    {
        Reason.UNREACHABLE,
        Reason.KEY_REFUSED,
        Reason.RATE_LIMITED,
        Reason.NO_CASSETTE,
        Reason.BUDGET,
        Reason.INTERNAL_ERROR,
    }
)
"""Reasons that speak of the night and not of the endpoint's abilities."""

MOST_UNANSWERED = 0.25
"""The share of rows above which a night has failed: a few rows that met a rate limit are told as untested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one run: `why_not` is empty where it was taken."""

    folder: str
    started: str
    why_not: str

    def __str__(self) -> str:
        done = f"left out: {self.why_not}" if self.why_not else "taken"
        return one_line(f"{self.folder}, run of {self.started or 'no time'}: {done}", 600)


def why_left_out(folder: str, run: Matrix, kept: Matrix | None) -> str:
    """Why a run does not take the place of what is kept; empty where it does. `folder` is where it was found."""
    endpoint, rows = run.endpoint, run.rows
    unanswered = sum(row.status is Status.UNTESTED and row.reason in UNANSWERED for row in rows)
    if folder != f"{safe_name(endpoint.provider)}/{safe_name(endpoint.model)}":
        return f"it is of {endpoint.provider}, {endpoint.model} and lies in another's folder"
    if run.run.mode == "embedded":
        return "it is of the embedded endpoint"
    if why_no_verdict(run):
        return one_line(why_no_verdict(run))
    if run.run.started is None or all(row.status is Status.UNTESTED for row in rows):
        return "it measured nothing"
    if unanswered > MOST_UNANSWERED * len(rows):
        return f"{unanswered} of {len(rows)} rows were not answered"
    if kept is not None and kept.run.started is not None and kept.run.started > run.run.started:
        return f"the run of {kept.run.started} is newer"
    return ""


def combine(kept: Path, sources: Sequence[Path]) -> Iterator[Taken]:
    """Takes every good run of the sources into `kept`. Each source holds reports/ and cassettes/, as a run leaves
    them. What cannot be read is left out, and said. Raises OSError."""
    for source in sources:
        if source.resolve() == kept.resolve():
            continue  # taking a run's place means removing what stands there
        for path in sorted((source / DEFAULT_REPORTS).glob("*/*/matrix.json")):
            yield _take(kept, source, path)


def is_worth_publishing(kept: Path) -> bool:
    """Whether there is a run to show: an empty site must never take the place of one that holds something."""
    return any((kept / DEFAULT_REPORTS).glob("*/*/matrix.json"))


def _take(kept: Path, source: Path, path: Path) -> Taken:
    folder = path.parent.relative_to(source / DEFAULT_REPORTS).as_posix()
    home = kept / DEFAULT_REPORTS / folder
    try:
        run = read_matrix(path)
        known = read_matrix(home / path.name) if (home / path.name).is_file() else None
    except MatrixError as error:
        return Taken(folder=folder, started="", why_not=str(error))
    why_not = why_left_out(folder, run, known)
    if not why_not:
        _replace(path.parent, home)
        _replace(source / DEFAULT_CASSETTES / folder, kept / DEFAULT_CASSETTES / folder)
        name = run_file(run)
        if name:
            (home / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(path, home / name)
    return Taken(folder=folder, started=run.run.started or "", why_not=why_not)


def _replace(found: Path, home: Path) -> None:
    """Replaces what a run leaves, other than the runs before it; of them those that are not there yet are added."""
    if not found.is_dir():
        shutil.rmtree(home, ignore_errors=True)  # recordings of another run are no evidence of this one
        return
    home.mkdir(parents=True, exist_ok=True)
    for old in home.iterdir():
        if old.name != RUNS:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    # No links: what a job left must not name files elsewhere.
    for file in sorted(each for each in found.rglob("*") if each.is_file() and not each.is_symlink()):
        goal = home / file.relative_to(found)
        if goal.suffix in (".json", ".md", ".yaml"):
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, goal)
