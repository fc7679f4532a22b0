"""Writes all that is derived from the rows: one command after a row was added or what it asks was changed.

    python -m tests.update          # writes, and says what it wrote
    python -m tests.update --check  # writes nothing; ends with 1 and says what is out of date

the catalogue      every row's id, table and the version that brought it; an id that vanishes is a fault
the plan's figures what every row asks, and what it costs
the README         the number of rows, and the examples of the published matrices
the collateral     which other rows the lies about a new row change; those of a row that is listed already are measured
                   anew by `python -m tests.collateral --only 'ROW/'`
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import conformance
from conformance.lies import LIES
from conformance.rows import CATALOGUE, ROWS, catalogued
from tests import collateral, plan_figures
from tests.readme_example import README, with_example

CATALOGUE_FILE = Path(conformance.__file__).parent / "rows" / CATALOGUE


def catalogue(_: str) -> str:
    """The catalogue with the rows that are new."""
    since = catalogued()
    lines = [f"{row.id}\t{row.table}\t{since.get(row.id, conformance.__version__)}\n" for row in ROWS]
    return "id\ttable\tsince\n" + "".join(lines)


def figures(_: str) -> str:
    """What every row asks today."""
    return plan_figures.dump(plan_figures.walked())


def readme(text: str) -> str:
    """The README with today's number of rows and its examples."""
    counted = re.sub(r"^\| rows \| \d+ \|$", f"| rows | {len(ROWS)} |", text, flags=re.MULTILINE)
    return with_example(counted)


DERIVED: dict[Path, Callable[[str], str]] = {
    CATALOGUE_FILE: catalogue,
    plan_figures.FILE: figures,
    README: readme,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes what is out of date, or says it."""
    parser = argparse.ArgumentParser(prog="python -m tests.update")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where something is out of date")
    check = parser.parse_args(arguments).check
    outdated = False
    new = [row.id for row in ROWS if row.id not in catalogued()]
    lies = [lie.id for lie in LIES if lie.row in new]
    if lies and not check:
        collateral.main(["--only", "|".join(map(re.escape, lies))])
    for path, make in DERIVED.items():
        before = path.read_text(encoding="utf-8")
        after = make(before)
        if after == before:
            continue
        outdated = True
        print(f"{path.name} {'is out of date' if check else 'is written'}")
        if not check:
            path.write_text(after, encoding="utf-8")
    if not outdated:
        print("all that is derived is up to date")
    return 1 if outdated and check else 0


if __name__ == "__main__":
    sys.exit(main())
