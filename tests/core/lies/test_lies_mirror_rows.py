"""The lies about a row are where its probe is: a search for the row's id finds its probe, its lies and its test."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

from conformance import lies
from conformance.lies import LIES, Lie
from conformance.rows import PROBES, ROWS, TABLES


def subjects() -> dict[str, str]:
    """Every file of lies about rows, by its name below the package, with its text."""
    names = [module.name for module in walk_packages(lies.__path__, f"{lies.__name__}.") if not module.ispkg]
    below = [name.removeprefix(f"{lies.__name__}.") for name in names]
    return {
        name: Path(lies.__path__[0], *name.split(".")).with_suffix(".py").read_text(encoding="utf-8")
        for name in below
        if name.partition(".")[0] in TABLES
    }


def told_in(subject: str) -> Sequence[Lie]:
    found: Sequence[Lie] = import_module(f"conformance.lies.{subject}").LIES
    return found


def place(row: str) -> str:
    """Where a row's probe is, below the package of the rows."""
    return PROBES[row].__module__.removeprefix("conformance.rows.")


def mirrors(subject: str, probe: str) -> bool:
    """Whether a file of lies mirrors a file of rows: its name is the same, or it is in a package of that name."""
    return subject == probe or subject.startswith(f"{probe}.")


@pytest.mark.parametrize("subject", subjects())
def test_a_file_holds_the_lies_about_the_rows_that_it_mirrors(subject: str) -> None:
    assert told_in(subject)
    assert {lie.row for lie in told_in(subject) if not mirrors(subject, place(lie.row))} == set()


def test_the_lies_about_a_row_are_in_one_file_which_writes_its_id_out() -> None:
    texts = subjects()
    for row in ROWS:
        files = [subject for subject in texts if any(lie.row == row.id for lie in told_in(subject))]
        assert len(files) == 1, f"the lies about {row.id} are in {files}"
        assert f'"{row.id}"' in texts[files[0]], f"conformance.lies.{files[0]} does not write out {row.id}"


def test_all_that_the_files_list_is_found_and_nothing_else() -> None:
    listed = [lie.id for subject in subjects() for lie in told_in(subject)]
    assert sorted(listed) == sorted(lie.id for lie in LIES)


def test_lies_come_in_the_order_of_the_rows() -> None:
    assert list(dict.fromkeys(lie.row for lie in LIES)) == [row.id for row in ROWS]


def test_a_file_of_another_name_mirrors_nothing() -> None:
    assert mirrors("stream.rules.ends", "stream.rules")
    assert not mirrors("stream.rules_of_ends", "stream.rules")
    assert not mirrors("tools.options", "tools.definition")
