"""The rows of many runs as CSV, one line a row of a run, for a spreadsheet or a data frame."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

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


def sheet(matrices: Iterable[Mapping[str, Any]]) -> str:
    """The whole file, RFC 4180. The same matrices give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(COLUMNS)
    for matrix in matrices:
        writer.writerows(["" if each is None else for_sheet(each) for each in line] for line in _lines(matrix))
    return text.getvalue()


def _lines(matrix: Mapping[str, Any]) -> Iterator[list[Any]]:
    endpoint, run = matrix["endpoint"], matrix["run"]
    of_run = [endpoint["provider"], endpoint["model"], run["started"], matrix["suite"]["version"], run["mode"]]
    for row in matrix["rows"]:
        of_row = [row[name] for name in COLUMNS[len(of_run) + 1 :]]
        yield [*of_run, row["id"], *of_row]
