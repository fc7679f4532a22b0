"""An earlier matrix.json that a run is held against: a row that fell fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.protocol.status import Status, fell


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The statuses of an earlier run, by row."""

    path: Path
    statuses: Mapping[str, Status]

    def complaint(self, row_id: str, status: Status) -> str | None:
        """What is to be said of a row that is worse than it was; None for any other, and for a new row."""
        before = self.statuses.get(row_id)
        if before is None or not fell(before, status):
            return None
        return f"was {before} in {self.path}, is {status}"


def read_baseline(path: Path) -> Baseline:
    """The baseline of a file. Raises ValueError where it is no matrix.json, OSError where it cannot be read."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
        return Baseline(path=path, statuses={row["id"]: Status(row["status"]) for row in rows})
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"not a matrix.json ({type(error).__name__}: {error})") from error
