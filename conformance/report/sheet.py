"""The rows of many runs as CSV, one line a row of a run, for a spreadsheet or a data frame."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.exchange import one_line

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

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
"""What a spreadsheet may take for the beginning of a formula, full-width signs included."""


def sheet(matrices: Iterable[Mapping[str, Any]]) -> str:
    """The whole file, RFC 4180. The same matrices give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(COLUMNS)
    for matrix in matrices:
        writer.writerows([safe(each) for each in line] for line in _lines(matrix))
    return text.getvalue()


def safe(value: Any) -> str:
    """A cell that is text in every spreadsheet: a vendor's model may be called `=HYPERLINK(…)`. An apostrophe before
    such a text is what spreadsheets themselves mark text with."""
    text = "" if value is None else one_line(str(value), sys.maxsize)
    return f"'{text}" if text.startswith(FORMULA) else text


def _lines(matrix: Mapping[str, Any]) -> Iterator[list[Any]]:
    endpoint, run = matrix["endpoint"], matrix["run"]
    of_run = [endpoint["provider"], endpoint["model"], run["started"], matrix["suite"]["version"], run["mode"]]
    for row in matrix["rows"]:
        of_row = [row[name] for name in COLUMNS[len(of_run) + 1 :]]
        yield [*of_run, row["id"], *of_row]
