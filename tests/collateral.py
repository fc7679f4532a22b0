r"""Writes which other rows each lie changes, as it is measured, into `conformance/lies/collateral.tsv`.

    python -m tests.collateral                         # every lie: some four minutes in two processes
    python -m tests.collateral --only 'fields\.top_k/'  # the lies whose id begins so; all other lines stay

Read the difference before it is committed: a line says that the suite gives another row that verdict while only the
lie's own row is at fault. `python -m tests.proofs` and `tests/proofs/test_lies.py` fail where a lie changes a row that
is not listed, or leaves one as it is that is.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from conformance import lies
from conformance.lies import LIES
from conformance.lies.collateral import TABLE, Collateral, listed, written
from tests.proofs.lying import moved_by

PATH = Path(lies.__file__).with_name(TABLE)


def replaced(
    before: Mapping[str, Mapping[str, str]], measured: Mapping[str, Mapping[str, str]], known: Sequence[str]
) -> Collateral:
    """The table with what was measured: the lines of all other lies stay, but for lies that there are no more."""
    told = {**before, **measured}
    return {lie: dict(moves) for lie, moves in told.items() if lie in known}


def main(arguments: Sequence[str] | None = None, path: Path = PATH) -> int:
    """Measures and writes. Raises SystemExit where no lie is meant."""
    parser = argparse.ArgumentParser(prog="python -m tests.collateral")
    parser.add_argument("--only", default="", metavar="REGEX", help="measure the lies whose id begins so")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1), metavar="N")
    options = parser.parse_args(arguments)
    meant = [lie for lie in LIES if re.match(options.only, lie.id)]
    if not meant:
        parser.error(f"no lie has an id that begins with {options.only}")
    with ProcessPoolExecutor(options.processes) as pool:
        found = map(moved_by, meant) if options.processes == 1 else pool.map(moved_by, meant, chunksize=8)
        measured = {lie.id: moves for lie, moves in zip(meant, found, strict=True)}
    path.write_text(written(replaced(listed(), measured, [lie.id for lie in LIES])), encoding="utf-8")
    print(f"{len(measured):,} lies measured, which change {sum(map(len, measured.values())):,} other rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
