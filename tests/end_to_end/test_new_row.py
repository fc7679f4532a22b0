"""A row is added by the scaffold and three files filled in by hand: all else is generated, and no published matrix
changes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.running import ROOT, environment, files_below

ROW = "messages.single_word"

BY_HAND = {
    "conformance/rows/messages/single_word.py": {
        "TODO: what the row is about, in one line.": "A message of one word.",
        "MUST TODO": "MUST read a message of one word",
        "TODO {code}": "Reply with exactly: {code}",
    },
    "conformance/lies/messages/single_word.py": {
        "import drop": "import put",
        'drop("TODO")': 'put("messages[role=user].content[:string]", "...")',
        'status="ignored"': 'status="untested"',
        'note="TODO"': 'note="this model is not shown able to show it"',
    },
    "tests/core/rows/messages/test_single_word.py": {},
}

GENERATED = {
    "conformance/lies/collateral.tsv",
    "conformance/rows/catalogue.tsv",
    "conformance/measure/plan_figures.json",
    "README.md",
}
COLUMN = ("aimock", "scripted")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone's files, without what was built in it."""
    folder = tmp_path_factory.mktemp("clone") / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "site", ".*")
    for name in ("conformance", "tests", "reports"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copytree(ROOT / "cassettes" / Path(*COLUMN), folder / "cassettes" / Path(*COLUMN))
    for name in ("conftest.py", "pyproject.toml", "README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def python(checkout: Path, *words: str, ends_with: int = 0) -> str:
    command = [sys.executable, *words]
    done = subprocess.run(
        command, cwd=checkout, env=environment(PYTHONPATH=str(checkout)), capture_output=True, text=True
    )
    assert done.returncode == ends_with, done.stdout + done.stderr
    return done.stdout


def test_a_row_is_three_files_by_hand_and_one_command(checkout: Path) -> None:
    before = files_below(checkout)
    assert python(checkout, "-m", "tests.new_row", ROW).split() == list(BY_HAND)
    for name, filled in BY_HAND.items():
        path = checkout / name
        text = path.read_text(encoding="utf-8")
        for todo, words in filled.items():
            assert todo in text
            text = text.replace(todo, words)
        assert "TODO" not in text
        path.write_text(text, encoding="utf-8")
    python(checkout, "-m", "tests.update")
    touched = {name for name, data in files_below(checkout).items() if before.get(name) != data}
    assert {name for name in touched if "__pycache__" not in name} == BY_HAND.keys() | GENERATED
    assert python(checkout, "-m", "tests.update", "--check").strip() == "all that is derived is up to date"


def test_the_new_row_is_proven(checkout: Path) -> None:
    assert "2 passed" in python(
        checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/core/rows/messages/test_single_word.py"
    )


def test_the_new_row_adds_lines_and_changes_none_but_the_number_of_rows(checkout: Path) -> None:
    for name in GENERATED:
        old, new = ((root / name).read_text(encoding="utf-8").splitlines() for root in (ROOT, checkout))
        gone = [line for line in old if line not in new]
        assert gone in ([], [line for line in gone if line.startswith("| rows |")]), name


def test_no_published_matrix_changes(checkout: Path, tmp_path: Path) -> None:
    provider, model = COLUMN
    python(
        checkout,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--replay", f"--reports={tmp_path}"),
        *(f"--provider={provider}", f"--model={model}"),
        ends_with=1,  # rows that are broken fail, as they did when they were recorded
    )
    published = ROOT / "reports" / provider / model / "matrix.json"
    assert (tmp_path / provider / model / "matrix.json").read_bytes() == published.read_bytes()
