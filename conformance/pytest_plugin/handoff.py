"""What the processes of one run leave for each other in its scratch folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from conformance.evidence.cassette import write_whole

SELECTION = "selection.json"
"""The ids of the rows that a worker has collected."""


def write_selection(scratch: Path, rows: Sequence[str]) -> None:
    """Says which rows are to be measured. Every worker says the same. Raises OSError."""
    write_whole(scratch / SELECTION, json.dumps(list(rows)))


def read_selection(scratch: Path) -> list[str]:
    """The rows that a worker has collected. Raises OSError."""
    rows: list[str] = json.loads((scratch / SELECTION).read_text(encoding="utf-8"))
    return rows
