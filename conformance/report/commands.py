"""The commands of `python -m conformance.report` other than the site itself. Each gives its exit code: 0, or 1 where
what it guards is worse, or 2 where it was called with something that it cannot use."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from conformance.protocol.status import Status
from conformance.report import diff
from conformance.report.changes import compare
from conformance.report.combine import combine, is_worth_publishing
from conformance.report.night import jobs
from conformance.report.read import MatrixError, read_matrix
from conformance.report.sheet import sheet
from conformance.report.summary import LARGEST, summary
from conformance.report.vendor_table import NothingMeasuredError, vendor_table
from conformance.report.vendor_words import LANGUAGES

GOOD, WORSE, UNUSABLE = 0, 1, 2
SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"


def table(parser: argparse.ArgumentParser, words: Sequence[str]) -> int:
    """prints the support table in the vendors' own format, as it was observed"""
    parser.add_argument("matrix", type=Path, metavar="MATRIX.json")
    parser.add_argument("--language", choices=sorted(LANGUAGES), default="en", help="the table's words (default: en)")
    given = parser.parse_args(words)
    print(vendor_table(read_matrix(given.matrix), LANGUAGES[given.language]), end="")
    return GOOD


def difference(parser: argparse.ArgumentParser, words: Sequence[str]) -> int:
    """says which rows changed from one run to another, with both evidences; 1 where one is worse or B shows nothing"""
    parser.add_argument("before", type=Path, metavar="A.json")
    parser.add_argument("after", type=Path, metavar="B.json")
    parser.add_argument("--markdown", action="store_true", help="as Markdown (default: for a terminal)")
    given = parser.parse_args(words)
    before, after = read_matrix(given.before), read_matrix(given.after)
    found = compare(before, after)
    if given.markdown:
        print(diff.page(before, after, found), end="")
    else:
        print("\n".join(diff.lines(before, after, found)))
    if all(row.status is Status.UNTESTED for row in after.rows):
        print(f"{given.after}: no row has evidence, so this comparison is no success", file=sys.stderr)
        return WORSE
    return WORSE if diff.is_worse(found) else GOOD


def csv(parser: argparse.ArgumentParser, words: Sequence[str]) -> int:
    """prints the rows of runs as CSV"""
    parser.add_argument("matrices", type=Path, nargs="+", metavar="MATRIX.json")
    given = parser.parse_args(words)
    sys.stdout.reconfigure(newline="")  # type: ignore[union-attr]  # the line ends are the sheet's own
    print(sheet(read_matrix(path) for path in given.matrices), end="")
    return GOOD


def job_summary(parser: argparse.ArgumentParser, words: Sequence[str]) -> int:
    """adds a run to the summary of a GitHub job, or prints it where there is none"""
    parser.add_argument("matrix", type=Path, metavar="MATRIX.json")
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="an earlier matrix.json: what changed comes first"
    )
    given = parser.parse_args(words)
    matrix = read_matrix(given.matrix)
    baseline = read_matrix(given.baseline) if given.baseline else None
    found = compare(baseline, matrix) if baseline else []
    name = os.environ.get(SUMMARY_VARIABLE)
    if not name:
        print(summary(matrix, baseline, found), end="")
        return GOOD
    path = Path(name)
    room = LARGEST - (path.stat().st_size if path.is_file() else 0)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(summary(matrix, baseline, found, room))
    return GOOD


def combined(parser: argparse.ArgumentParser, words: Sequence[str]) -> int:
    """takes the good runs of folders into another, and keeps what stands there of the others"""
    parser.add_argument("kept", type=Path, metavar="KEPT", help="a folder with reports/ and cassettes/")
    parser.add_argument("sources", type=Path, nargs="+", metavar="SOURCE", help="folders of the same kind")
    given = parser.parse_args(words)
    for taken in combine(given.kept, given.sources):
        print(taken)
    if is_worth_publishing(given.kept):
        return GOOD
    print(f"{given.kept}: holds no run, so there is nothing to publish", file=sys.stderr)
    return WORSE


def night_jobs(parser: argparse.ArgumentParser, words: Sequence[str]) -> int:
    """prints the jobs of a night as JSON: each provider and the name of the secret that holds its key"""
    parser.parse_args(words)
    print(json.dumps({"include": jobs()}))
    return GOOD


Command = Callable[[argparse.ArgumentParser, Sequence[str]], int]

COMMANDS: Mapping[str, Command] = {
    "table": table,
    "diff": difference,
    "csv": csv,
    "summary": job_summary,
    "combine": combined,
    "night": night_jobs,
}


def run(name: str, words: Sequence[str]) -> int:
    """Carries out a command. A file that cannot be used is told in one line."""
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"python -m conformance.report {name}", description=command.__doc__)
    try:
        return command(parser, words)
    except (MatrixError, NothingMeasuredError, OSError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
