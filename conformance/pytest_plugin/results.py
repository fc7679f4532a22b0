"""What a run comes to: each row's result as its test gives it, gathered and written down at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from conformance.evidence.cassette import write_whole
from conformance.evidence.column import Column
from conformance.evidence.run_info import RunInfo
from conformance.expect.baseline import Baseline
from conformance.expect.profile import Profile, all_profiles, complaint
from conformance.measure.judge import Judgement
from conformance.measure.plan import expected
from conformance.measure.target import Target
from conformance.option_names import option
from conformance.probing.room import room_note
from conformance.probing.row import Row
from conformance.protocol.status import Agreement, Reason, Status
from conformance.report import markdown, matrix
from conformance.report.curl import curl_line, needs_file
from conformance.report.history import run_file
from conformance.report.matrix_record import Matrix
from conformance.report.matrix_row import ExchangeCost, MatrixRow
from conformance.report.rerun import SERVED_BY_HAND, rerun_line
from conformance.report.result import costs, row_result, shown_request
from conformance.report.safe import for_terminal
from conformance.rows import BY_ID, ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One row's result on its way from the process that judged it to the one that reports.

    `costs` are by digest, `dialect`, `room` and `unsteady` as in a Judgement. `rerun` and `curl` reproduce the row,
    `body` is the request's where it is too long for a command line. `recorded` is the status that the row came to when
    it was recorded. `failure` says why the row's test fails; None for a row that is no fault.
    """

    result: MatrixRow
    costs: Mapping[str, ExchangeCost]
    dialect: str
    room: int
    unsteady: str
    rerun: str
    recorded: Status | None
    curl: str | None
    body: str | None
    failure: str | None

    def to_json(self) -> str:
        return _PAYLOAD.dump_json(self).decode()

    @staticmethod
    def from_json(text: str) -> Payload:
        return _PAYLOAD.validate_json(text)


_PAYLOAD = TypeAdapter(Payload)


def judged_row(judge: Callable[[Row], Judgement], row: Row, target: Target, node: str, info: RunInfo) -> Payload:
    """Judges a row and says what its test ends with."""
    seed, long_prompt = info.seed, info.long_prompt is True
    rerun = rerun_line(target, node, seed, long_prompt=long_prompt)
    judgement = judge(row)
    if judgement.verdict.reason in (Reason.BUDGET, Reason.RUN_CUT):
        rerun = rerun_line(target, node, seed, long_prompt=long_prompt, resume=True)
    if judgement.verdict.reason is Reason.NO_CASSETTE and target.replay:
        rerun = f"{rerun} {option('record')}"
    result = row_result(judgement, target.claims)
    curl, body = None, None
    shown = shown_request(judgement)
    if shown is not None:
        long = needs_file(shown.request)
        body = shown.request.body.decode("utf-8", "replace") if long else None
        file = request_file(target.folder(target.reports, info.model), row.id)
        url = SERVED_BY_HAND if target.embedded else info.url
        curl = curl_line(shown.request, url, target.key_variable, target.further_headers, str(file) if long else None)
    return Payload(
        result=result,
        costs=costs(judgement),
        dialect=judgement.dialect,
        room=judgement.room,
        unsteady=judgement.unsteady,
        rerun=rerun,
        recorded=judgement.recorded,
        curl=curl,
        body=body,
        failure=failure_of(result, target.baseline, target.profile, [curl, rerun]),
    )


def request_file(folder: Path, row_id: str) -> Path:
    """Where a request's body lies that is too long for a command line."""
    return folder / "requests" / f"{row_id}.json"


def failure_of(
    result: MatrixRow, baseline: Baseline | None, profile: Profile | None, commands: Sequence[str | None]
) -> str | None:
    """Why a row's test fails: broken, worse than its claim or the baseline, or never judged. In a run for a profile,
    what the use cannot do without takes the place of the first two: the exit code answers for that use alone."""
    faults = []
    if result.reason == Reason.INTERNAL_ERROR:
        faults.append("a fault of the suite itself")
    if profile is not None:
        missed = complaint(profile, result.id, result.finding)
        faults += [missed] if missed else []
    elif result.status is Status.BROKEN:
        faults.append("broken")
    if profile is None and result.agreement is Agreement.WORSE:
        faults.append(f"documented as {result.claim}, found {result.status}")
    fallen = baseline.complaint(result.id, result.status) if baseline else None
    if fallen:
        faults.append(fallen)
    if not faults:
        return None
    lines = [f"{result.id}: {'; '.join(faults)}", f"  {result.title}", f"  {result.note}"]
    return "\n".join(map(for_terminal, [*lines, *(f"  {command}" for command in commands if command)]))


class Results:
    """Gathers the rows' results in the process that reports, and writes them down once."""

    def __init__(self, target: Target, column: Column | None = None) -> None:
        """`column`: what is replayed, where the recording says it."""
        self.target = target
        self.column = column
        self.payloads: dict[str, Payload] = {}

    def add(self, payload: Payload) -> None:
        self.payloads[payload.result.id] = payload

    def is_verdict(self, info: RunInfo) -> bool:
        """False where the run was cut, or its endpoint changed on the way."""
        return not matrix.cut_or_changed((each.result for each in self.payloads.values()), info.changed)

    @property
    def measured_nothing(self) -> bool:
        """True when no row has evidence: such a run is never a success."""
        return all(each.result.status is Status.UNTESTED for each in self.payloads.values())

    def matrix(self, info: RunInfo) -> Matrix:
        """The matrix of the run."""
        dialect = next((each.dialect for each in self.payloads.values() if each.dialect), "")
        room = max((each.room for each in self.payloads.values()), default=0)
        dialect = "; ".join(filter(None, (dialect, room_note(room))))
        unsteady = next((each.unsteady for each in self.payloads.values() if each.unsteady), "")
        spent = {digest: cost for each in self.payloads.values() for digest, cost in each.costs.items()}
        rows = [each.result for each in self.payloads.values()]
        order = [row.id for row in ROWS]
        return matrix.build(
            info, rows, spent, order, self.profiles(), planned=self.planned(info), dialect=dialect, unsteady=unsteady
        )

    @property
    def whole(self) -> bool:
        """Were all rows judged that there are, or that there were when a column was recorded?"""
        recorded = self.column.rows if self.column and self.column.whole else BY_ID.keys()
        return set(self.payloads) == set(recorded)

    def planned(self, info: RunInfo) -> Mapping[str, int]:
        """What was expected of the run: of a whole column what was said when it was recorded, whatever rows ask now."""
        if self.column and self.column.whole and self.whole:
            return self.column.planned
        return expected(self.payloads.keys(), long_prompt=info.long_prompt is True)

    def profiles(self) -> list[Profile]:
        """The profiles that this run can answer for: the one that was asked for, else those whose rows were all run."""
        if self.target.profile is not None:
            return [self.target.profile]
        return [each for each in all_profiles(BY_ID) if each.needs.keys() <= self.payloads.keys()]

    def write(self, built: Matrix) -> list[Path]:
        """Writes the matrix and gives the files. A run of some rows only is kept beside the whole one, which it must
        not replace; a whole one is kept among the runs as well, for the history. Raises OSError."""
        folder = self.target.folder(self.target.reports, built.endpoint.model)
        stem = "matrix" if self.whole else "selection"
        written = [folder / f"{stem}.json", folder / f"{stem}.md"]
        write_whole(written[0], matrix.dump(built))
        write_whole(written[1], markdown.page(built))
        kept = run_file(built) if stem == "matrix" else None
        if kept:
            written.append(folder / kept)
            write_whole(written[-1], matrix.dump(built))
        for row_id, payload in self.payloads.items():
            if payload.body is not None and payload.result.status is not Status.SUPPORTED:
                write_whole(request_file(folder, row_id), payload.body)
        return written

    def moved(self) -> list[tuple[Status, MatrixRow]]:
        """The rows that are judged otherwise than when they were recorded: the former status, and the row's result."""
        return [
            (payload.recorded, payload.result)
            for payload in self.payloads.values()
            if payload.recorded is not None and payload.recorded is not payload.result.status
        ]

    def commands(self) -> Iterator[tuple[str, list[str]]]:
        """For every row, the lines that reproduce it."""
        for row_id, payload in self.payloads.items():
            yield row_id, [line for line in (payload.curl, payload.rerun) if line]
