"""Which other rows each lie changes as well, and to what: `collateral.tsv`, one line a movement.

`python -m tests.collateral` writes the table from what it measures, and a reviewer reads the difference. A movement
that is not listed fails the proofs of the lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

TABLE = "collateral.tsv"
COLUMNS = ("lie", "row", "status")

Collateral = dict[str, dict[str, str]]
"""By the lie's id: the other rows that it changes, each with the status that is due for it then."""


def read(text: str) -> Collateral:
    """The movements that a table lists. Raises ValueError at a line that is not one, or that is there twice."""
    head, *lines = text.splitlines()
    if tuple(head.split("\t")) != COLUMNS:
        raise ValueError(f"{TABLE} must begin with {', '.join(COLUMNS)}, not with {head!r}")
    found: Collateral = {}
    for line in lines:
        lie, row, status = line.split("\t")
        if row in found.setdefault(lie, {}):
            raise ValueError(f"{TABLE} lists {row} twice under {lie}")
        found[lie][row] = status
    return found


def written(collateral: Mapping[str, Mapping[str, str]]) -> str:
    """The table of these movements, in the order of its lines."""
    lines = sorted((lie, row, status) for lie, moves in collateral.items() for row, status in moves.items())
    return "".join("\t".join(line) + "\n" for line in (COLUMNS, *lines))


@cache
def listed() -> Collateral:
    """What the table beside this module lists."""
    return read(files("conformance.lies").joinpath(TABLE).read_text(encoding="utf-8"))
