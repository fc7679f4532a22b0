"""What is imported before any row is measured: every pytest of an environment that has the suite pays for the plugin,
and every collection for the rows."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = {"PIL", "anthropic", "asyncio", "filelock", "httpx2", "jinja2", "pydantic", "starlette", "vcr", "yaml"}


def imported_by(module: str) -> set[str]:
    """What importing a module brings that pytest alone does not."""
    code = f"import pytest, sys; had = set(sys.modules); import {module}; print(*set(sys.modules) - had)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_plugin_brings_next_to_nothing() -> None:
    assert imported_by("conformance.plugin") <= {
        "conformance",
        "conformance.option_names",
        "conformance.pytest_plugin",
        "conformance.pytest_plugin.command_line",
        "conformance.plugin",
        "__future__",
        "random",
        "tempfile",
    }


@pytest.mark.parametrize("module", ["conformance.rows", "conformance.test_rows"])
def test_the_rows_need_nothing_that_sends_keeps_or_reports(module: str) -> None:
    brought = {each.partition(".")[0] for each in imported_by(module)}
    assert "conformance" in brought
    assert not brought & SLOW
