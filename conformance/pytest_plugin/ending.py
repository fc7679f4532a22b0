"""What is printed and written once all rows of a run are judged."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol

from conformance.evidence.redact import LeakError
from conformance.evidence.run_info import RunInfo
from conformance.pytest_plugin.results import Results
from conformance.pytest_plugin.session import end_journal
from conformance.report import terminal
from conformance.report.planned import asked_line
from conformance.report.rerun import SERVE_BY_HAND
from conformance.report.safe import for_terminal


class Reporter(Protocol):
    """Where lines go: pytest's terminal reporter, or nowhere."""

    def section(self, title: str, sep: str = ..., **markup: bool) -> None: ...

    def write_line(self, line: str, **markup: bool) -> None: ...


class Silent:
    """Says nothing but what went wrong: where pytest has no terminal reporter, the files are written all the same."""

    def section(self, title: str, sep: str = "=", **markup: bool) -> None:
        pass

    def write_line(self, line: str, **markup: bool) -> None:
        if markup.get("red"):
            print(line, file=sys.stderr)


def end_run(results: Results, info: RunInfo, scratch: Path, out: Reporter, verbosity: int) -> bool:
    """Prints what the rows came to and writes the reports; False where they could not be written, and then the journal
    is kept: what was measured is not lost."""
    matrix = results.matrix(info)
    out.section(for_terminal(f"{info.provider}: {info.model}"))
    for text, markup in terminal.lines(matrix):
        out.write_line(text, **markup)
    if matrix.run.planned is not None:
        out.write_line(asked_line(matrix.run, matrix.run.planned))
    moved = results.moved()
    if results.target.replay and moved:
        out.section(f"{len(moved)} judged otherwise than when they were recorded", sep="-")
        for text, markup in terminal.moves(moved):
            out.write_line(text, **markup)
    if verbosity >= 0:
        out.section("to reproduce what is not supported", sep="-")
        if results.target.embedded:
            out.write_line(f"the embedded endpoint by itself: {SERVE_BY_HAND}")
        for text, markup in terminal.reproductions(matrix.rows, dict(results.commands())):
            out.write_line(text, **markup)
    if results.measured_nothing:
        out.write_line("no row has evidence, so this run is no success", red=True)
    written = True
    try:
        for path in results.write(matrix):
            out.write_line(f"written: {path}")
    except LeakError as error:
        out.write_line(str(error), red=True)
        written = False
    except OSError as error:
        out.write_line(_unwritten(results, info, error), red=True)
        return False
    left = end_journal(scratch, results.payloads)
    if left:
        out.write_line(left, yellow=True)
    return written


def _unwritten(results: Results, info: RunInfo, error: OSError) -> str:
    folder = results.target.folder(results.target.reports, info.model)
    again = "run again" if results.target.replay else "--resume makes the reports of what was measured"
    return f"{folder}: the reports cannot be written ({error.strerror or error}); mend that, then {again}"
