"""All rows: every file below a table's folder is imported, and the catalogue says the order.

A row is one file, `<table>/<subject>.py`: its probe is a function under `@row`. `shared/` holds what several rows ask
or build, and no row. `catalogue.tsv` is written by `python -m tests.update`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.resources import files
from pkgutil import iter_modules

from conformance.probing.row import REGISTERED, Probe, Row
from conformance.rows.shared.needs import with_needs

CATALOGUE = "catalogue.tsv"
"""One line a row: its id, its table, and the version of the suite that brought it."""

TABLES = (
    "headers",
    "simple_fields",
    "tools",
    "tool_choice",
    "messages",
    "content",
    "response",
    "stream",
    "errors",
    "replay",
    "endpoints",
    "clients",
)


def catalogued() -> dict[str, str]:
    """The ids of the rows that are listed, in their order, each with the version of the suite that brought it."""
    lines = files(__name__).joinpath(CATALOGUE).read_text(encoding="utf-8").splitlines()
    return {row_id: since for row_id, _, since in (line.split("\t") for line in lines[1:])}


def discover() -> None:
    """Imports every file of every table."""
    for table in TABLES:
        package = import_module(f"{__name__}.{table}")
        for module in iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")


def ordered(listed: Iterable[str], registered: Mapping[str, Row]) -> list[str]:
    """The ids of all rows: by table, those that are listed in their order, then those that are not listed yet. Raises
    ValueError for one that is listed and gone, since ids are published."""
    order = {row_id: place for place, row_id in enumerate(listed)}
    gone = sorted(order.keys() - registered.keys())
    if gone:
        raise ValueError(f"{CATALOGUE} lists rows that no file registers: {', '.join(gone)}; an id is never removed")
    return sorted(
        registered, key=lambda row_id: (TABLES.index(registered[row_id].table), order.get(row_id, len(order)), row_id)
    )


discover()

ROWS: tuple[Row, ...] = tuple(
    with_needs(REGISTERED[row_id], lambda basis: BY_ID[basis].probe) for row_id in ordered(catalogued(), REGISTERED)
)

PROBES: Mapping[str, Probe] = {row_id: row.probe for row_id, row in REGISTERED.items()}
"""What each row asks by itself, without what it asks where something that it needs may be missing."""

BY_ID: dict[str, Row] = {row.id: row for row in ROWS}


def rows_of(table: str) -> Sequence[Row]:
    """The rows of one table, in order."""
    return [row for row in ROWS if row.table == table]
