"""Writes the three files of a new row, to be filled in by hand: what it asks, its lies, and its test.

    python -m tests.new_row messages.single_word

The id's first part is its table (`fields` stands for `simple_fields`), the rest names the files. Every place to fill in
is marked TODO; until then the row's test fails. Afterwards `python -m tests.update` writes what is derived.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.probing.row import ID_PATTERN
from conformance.rows import BY_ID, TABLES

ROOT = Path(__file__).resolve().parent.parent

PROBE = '''"""TODO: what the row is about, in one line."""

from conformance.probing.case import Case, case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Run
from conformance.probing.scene import contains
from conformance.rows.shared import sources


@case(
    "{row_id}",
    "MUST TODO",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MESSAGES,
)
def {subject}(run: Run) -> Case:
    code = run.nonce("{row_id}")
    return Case(
        control=run.message("Hello."),
        treatment=run.message(f"TODO {{code}}"),
        detect=contains(code),
        grows=6,
    )
'''

LIES = '''"""Lies about {row_id}."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.reference.transforms import drop

LIES: list[Lie] = [
    Lie(
        row="{row_id}",
        name="dropped",
        transforms=(drop("TODO"),),
        status="ignored",
        note="TODO",
    ),
]
'''

TEST = '''"""{row_id}: an honest endpoint is told from every lying one."""

from __future__ import annotations

import re

import pytest

from conformance.lies.{table}.{subject} import LIES
from conformance.lies.lie import Lie
from conformance.protocol.status import Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import BY_ID
from tests.in_process import KEY, verdicts

ROW = "{row_id}"


def test_an_honest_endpoint_supports_it() -> None:
    found = verdicts(create_app(api_key=KEY), model=DEFAULT_MODELS[0], rows=[BY_ID[ROW]])[ROW]
    assert found.status is Status.SUPPORTED, found.note


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)
def test_a_lie_is_told(lie: Lie) -> None:
    app = create_app(api_key=KEY, acts=[lie.act])
    found = verdicts(app, model=DEFAULT_MODELS[0], rows=[BY_ID[ROW]])[ROW]
    assert found.status == lie.status, found.note
    assert re.search(lie.note, found.note)
'''


def files_of(row_id: str) -> dict[Path, str]:
    """The files of a new row, by path below the checkout. Raises ValueError for an id that cannot be one."""
    first, _, rest = row_id.partition(".")
    table = "simple_fields" if first == "fields" else first
    if not ID_PATTERN.fullmatch(row_id) or not rest:
        raise ValueError(f"{row_id}: an id is a table, a dot and a name, in lower case, digits and underscores")
    if table not in TABLES:
        raise ValueError(f"{row_id}: there is no table {table}; the tables are {', '.join(TABLES)}")
    if row_id in BY_ID:
        raise ValueError(f"{row_id}: this row is there already")
    subject = rest.replace(".", "_")
    said = {"row_id": row_id, "table": table, "subject": subject}
    return {
        Path("conformance", "rows", table, f"{subject}.py"): PROBE.format(**said),
        Path("conformance", "lies", table, f"{subject}.py"): LIES.format(**said),
        Path("tests", "core", "rows", table, f"test_{subject}.py"): TEST.format(**said),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes the files and names them; 1 where one is there already or the id cannot be one."""
    parser = argparse.ArgumentParser(prog="python -m tests.new_row", description="Begin a new row.")
    parser.add_argument("row", metavar="ID", help="the new row's id, such as messages.single_word")
    try:
        made = files_of(parser.parse_args(arguments).row)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    taken = [path for path in made if (ROOT / path).exists()]
    if taken:
        print(f"{taken[0]} is there already: add the row to it by hand", file=sys.stderr)
        return 1
    for path, text in made.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
