"""Installed from a wheel, without the checkout: `pytest --pyargs conformance` in any folder."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.rows import ROWS
from tests.end_to_end.running import ALL_PLUGINS, KEY_VARIABLE, ROOT, Ended, only_json, printed_line_in, run_in

SITE = ("report/site/templates/base.html", "report/site/assets/site.css", "report/site/assets/filter.js")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A whole run of the installed suite in a folder that was empty."""

    ended: Ended
    folder: Path
    variables: dict[str, str | None]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the checkout; alone where its build backend is here already."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT / "conformance", source / "conformance", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    alone = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    _run([*PIP, "wheel", "--no-deps", *alone, "--wheel-dir", str(folder), str(source)])
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    site = tmp_path_factory.mktemp("site")
    _run([*PIP, "install", "--no-deps", "--target", str(site), str(wheel)])
    folder = tmp_path_factory.mktemp("empty")
    variables = {**ALL_PLUGINS, "PYTHONPATH": str(site), KEY_VARIABLE: None}
    return Installed(ended=run_in(folder, "--pyargs", "conformance", **variables), folder=folder, variables=variables)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_installed_suite_measures_every_row_and_ends_well(installed: Installed) -> None:
    assert installed.ended.code == 0, installed.ended.out
    rows = only_json(installed.folder / "reports")["rows"]
    assert [row["id"] for row in rows] == [row.id for row in ROWS]


def test_the_installed_suite_writes_its_reports_where_it_was_started(installed: Installed) -> None:
    left = {path.name for path in installed.folder.iterdir()}
    assert left - {".pytest_cache"} == {"reports"}
    assert (installed.folder / "reports" / "embedded" / "reference-1" / "matrix.md").is_file()


def test_the_installed_suite_was_the_one_that_ran(installed: Installed) -> None:
    assert str(ROOT) not in installed.ended.out
    assert f"written: {Path('reports') / 'embedded' / 'reference-1' / 'matrix.json'}" in installed.ended.out


def test_the_printed_pytest_line_reruns_its_row_alone_where_the_suite_is_installed(installed: Installed) -> None:
    _, line = installed.ended.commands("tool_choice.string_form")
    again = printed_line_in(installed.folder, line, **installed.variables)
    assert again.code == 0, again.out
    (row,) = only_json(installed.folder / "reports", "selection")["rows"]
    assert (row["id"], row["status"]) == ("tool_choice.string_form", "rejected")


def test_the_wheel_brings_the_schemas_and_the_claims_along(wheel: Path) -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "--list", str(wheel)], capture_output=True, text=True, check=True
    ).stdout
    for needed in (
        "report/matrix.schema.json",
        "expect/claims/claims.schema.json",
        "expect/claims/deepseek.toml",
        "rows/catalogue.tsv",
        "lies/collateral.tsv",
        *SITE,
    ):
        assert f"conformance/{needed}" in listed
    for foreign in ("tests/", "cassettes/", "reports/", "__pycache__"):
        assert foreign not in listed.replace("conformance/report/", "")
