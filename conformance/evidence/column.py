"""What a recorded column says of itself: the rows that there were when it was recorded, and what the plan said then.

A row that the suite learnt later is not part of an older recording. It is left out of its replay, so that a new row
never changes what was published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from conformance.evidence.cassette import CassetteError, write_whole

COLUMN = "column.json"
"""Beside the cassettes of one provider and model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`rows`: the ids of the rows that were to be measured; `whole`: they were all that there were. `planned`: what was
    expected of that run, as matrix.json has it: requests, tokens in and out, and the most requests."""

    rows: tuple[str, ...]
    planned: Mapping[str, int]
    whole: bool

    def joined(self, earlier: Column | None) -> Column:
        """The column after these rows were recorded into it. A run of some rows adds them, and leaves the plan of the
        whole as it was said."""
        if earlier is None or set(earlier.rows) <= set(self.rows):
            return replace(self, whole=self.whole or bool(earlier and earlier.whole))
        added = [row for row in self.rows if row not in earlier.rows]
        return replace(earlier, rows=(*earlier.rows, *added))


_COLUMN = TypeAdapter(Column)


def write_column(folder: Path, column: Column) -> None:
    """Raises OSError, LeakError."""
    write_whole(folder / COLUMN, _COLUMN.dump_json(column, indent=1).decode() + "\n")


def read_column(folder: Path) -> Column | None:
    """None for a recording that says nothing of it: it may be of any rows. Raises CassetteError."""
    path = folder / COLUMN
    try:
        return _COLUMN.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        what = error.strerror if isinstance(error, OSError) else "it does not say rows, planned and whole"
        raise CassetteError(f"{path}: cannot be read ({what}); record the column again, or delete the file") from error
