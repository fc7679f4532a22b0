"""What the processes of one run leave for each other in its scratch folder: JSON, each file written and read here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from conformance.evidence.cassette import write_whole
from conformance.evidence.column import Column
from conformance.evidence.run_info import RunInfo

HANDOFF = "handoff.json"
"""Written once the cassettes are there."""

SELECTION = "selection.json"
"""Written by each worker once it has collected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """What was measured, for the processes that judge it.

    `folder` holds the cassettes. Of a replay nothing else is known but the run that they are of, and the `column` that
    was recorded. Of a live run: the rows that the budget cut and the words that say so (`spent`), why the endpoint
    counts as gone (`over`), the journal, the rows that were to be measured, and those that are left for a run that goes
    on.
    """

    folder: Path
    info: RunInfo
    column: Column | None = None
    cut: tuple[str, ...] = ()
    spent: str = ""
    over: str = ""
    journal: Path | None = None
    rows: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


_HANDOFF = TypeAdapter(Handoff)
_SELECTION = TypeAdapter(list[str])


def write_handoff(scratch: Path, handoff: Handoff) -> None:
    """Raises OSError."""
    write_whole(scratch / HANDOFF, _HANDOFF.dump_json(handoff).decode())


def read_handoff(scratch: Path) -> Handoff:
    """Raises OSError."""
    return _HANDOFF.validate_json((scratch / HANDOFF).read_bytes())


def write_selection(scratch: Path, rows: Sequence[str]) -> None:
    """Says which rows are to be measured. Every worker says the same. Raises OSError."""
    write_whole(scratch / SELECTION, _SELECTION.dump_json(list(rows)).decode())


def read_selection(scratch: Path) -> list[str]:
    """The rows that a worker has collected. Raises OSError."""
    return _SELECTION.validate_json((scratch / SELECTION).read_bytes())
