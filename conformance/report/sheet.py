"""The rows of many runs as CSV, one line a row of a run, for a spreadsheet or a data frame."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from conformance.report.matrix_record import Matrix
from conformance.report.safe import for_sheet

COLUMNS = (
    "provider",
    "model",
    "started",
    "suite",
    "mode",
    "row",
    "table",
    "title",
    "status",
    "deviation",
    "reason",
    "claim",
    "agreement",
    "requests",
    "note",
)


def sheet(matrices: Iterable[Matrix]) -> str:
    """The whole file, RFC 4180. The same matrices give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(COLUMNS)
    for matrix in matrices:
        writer.writerows(["" if each is None else for_sheet(str(each)) for each in line] for line in _lines(matrix))
    return text.getvalue()


def _lines(matrix: Matrix) -> Iterator[list[object]]:
    endpoint, run = matrix.endpoint, matrix.run
    of_run = (endpoint.provider, endpoint.model, run.started, matrix.suite.version, run.mode)
    for row in matrix.rows:
        judged = (row.status, row.deviation, row.reason, row.claim, row.agreement)
        yield [*of_run, row.id, row.table, row.title, *judged, row.requests, row.note]
