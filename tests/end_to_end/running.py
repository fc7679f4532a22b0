"""The suite's command line, run as a person runs it: another process, in a copy of the checkout."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MODEL = "reference-1"
KEY_VARIABLE = "CONFORMANCE_API_KEY"
KEY = "sk-end-to-end-5c1f0a97"
LONGEST_RUN = 120.0
ALL_PLUGINS: Mapping[str, str | None] = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": None}
"""For a run as it is where a person starts it. The others leave out what else is installed beside pytest: loading it
is half of what a short run costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A run that has ended; `out` is what stood in the terminal, errors included."""

    code: int
    out: str
    seconds: float

    @property
    def errors(self) -> list[str]:
        """The lines with which pytest tells a fault of its command line."""
        return [line for line in self.out.splitlines() if line.startswith("ERROR: ")]

    def commands(self, row: str) -> tuple[str, str]:
        """The curl line and the pytest line that were printed for a row."""
        after = self.out.partition("to reproduce what is not supported")[2]
        found = re.search(rf"^{re.escape(row)} \(\w+\)\n  (curl .*)\n  (pytest .*)$", after, re.MULTILINE)
        assert found, f"no commands for {row} in:\n{after}"
        return found[1], found[2]

    def rows_with_commands(self) -> list[str]:
        """The rows for which commands were printed."""
        after = self.out.partition("to reproduce what is not supported")[2]
        return re.findall(r"^(\S+) \(\w+\)$", after, re.MULTILINE)


def environment(**changes: str | None) -> dict[str, str]:
    """This environment without what would reach into the run: keys, pytest's own variables, colours."""
    strange = re.compile(r"PYTEST_|CONFORMANCE_|COV_|COLUMNS$|FORCE_COLOR$|.*_API_KEY$")
    kept = {name: value for name, value in os.environ.items() if not strange.match(name)}
    lean = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    set_here = {"NO_COLOR": "1", "COLUMNS": "120", KEY_VARIABLE: KEY, **lean, **changes}
    return {**kept, **{name: value for name, value in set_here.items() if value is not None}}


def run_in(folder: Path, *options: str, **variables: str | None) -> Ended:
    """Runs `pytest` in a folder. The key is set unless `variables` say otherwise; None unsets one."""
    return ended([sys.executable, "-m", "pytest", *options], folder, environment(**variables))


def printed_line_in(folder: Path, line: str, *further: str, **variables: str | None) -> Ended:
    """Runs a pytest line as the suite printed it, with this interpreter's pytest."""
    first, *words = shlex.split(line)
    assert first == "pytest", line
    return run_in(folder, *words, *further, **variables)


def ended(command: list[str], folder: Path, variables: Mapping[str, str]) -> Ended:
    begun = time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LONGEST_RUN,
        check=False,
    )
    return Ended(code=done.returncode, out=done.stdout, seconds=time.monotonic() - begun)


def at_once(runs: Mapping[str, Callable[[], Ended]], workers: int = 3) -> dict[str, Ended]:
    """Several runs side by side, by name: starting Python is most of what a short one costs."""
    with ThreadPoolExecutor(workers) as pool:
        started = {name: pool.submit(run) for name, run in runs.items()}
        return {name: future.result() for name, future in started.items()}


def copy_of_the_checkout(folder: Path) -> Path:
    """What a clone holds that matters to a run: the package, the conftest and the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "conformance", folder / "conformance", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def only_json(reports: Path, stem: str = "matrix") -> dict[str, Any]:
    """The one matrix.json (or selection.json) below a reports folder."""
    (path,) = reports.rglob(f"{stem}.json")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def rows_of(matrix: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in matrix["rows"]}


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, by its path from there."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}
