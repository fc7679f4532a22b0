"""The lies that the embedded endpoint can tell, one row at a time, so that every row is proven able to fail.

The packages mirror those of the rows: the lies about a row of `rows/tools/options.py` are in `tools/options.py`, and
each such file lists them in `LIES`; where one file would be too long, it is a package of that name. `shared/` says how
lies of several files are made, and `collateral.tsv` which other rows each lie changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pkgutil import walk_packages

from conformance.lies.lie import Lie

__all__ = ["BY_ID", "LIES", "Lie"]


def _discovered() -> Iterator[Lie]:
    """The lies of every file below this package that lists any."""
    for module in walk_packages(__path__, f"{__name__}."):
        yield from getattr(import_module(module.name), "LIES", ())


def _in_order_of_rows(lies: Iterator[Lie]) -> tuple[Lie, ...]:
    """The lies in the order in which the catalogue lists their rows."""
    lines = files("conformance").joinpath("rows/catalogue.tsv").read_text(encoding="utf-8").splitlines()
    place = {line.partition("\t")[0]: number for number, line in enumerate(lines)}
    return tuple(sorted(lies, key=lambda lie: place.get(lie.row, len(place))))


LIES: tuple[Lie, ...] = _in_order_of_rows(_discovered())

BY_ID = {lie.id: lie for lie in LIES}
