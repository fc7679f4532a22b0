"""The recorded run of a real engine that is committed: replayed, it must give the committed matrix again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.status import Status
from tests.end_to_end.running import ROOT, run_in

COMMITTED = ROOT / "reports" / "llama.cpp" / "smollm2"


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    reports = tmp_path_factory.mktemp("replayed")
    ended = run_in(ROOT, "--provider=llama.cpp", "--replay", f"--reports={reports}", CONFORMANCE_API_KEY=None)
    assert ended.code == 1, ended.out  # its broken rows fail, as they did when it was recorded
    return reports / "llama.cpp" / "smollm2"


def without_version(path: Path) -> str:
    matrix = json.loads(path.read_text(encoding="utf-8"))
    return path.read_text(encoding="utf-8").replace(f'"version": "{matrix["suite"]["version"]}"', '"version": ""')


def test_the_matrix_is_the_committed_one_byte_for_byte(replayed: Path) -> None:
    assert without_version(replayed / "matrix.json") == without_version(COMMITTED / "matrix.json")


def test_the_page_is_the_committed_one(replayed: Path) -> None:
    assert (replayed / "matrix.md").read_bytes() == (COMMITTED / "matrix.md").read_bytes()


def test_nothing_is_called_ignored_for_what_the_model_cannot_do() -> None:
    rows = {row["id"]: row for row in json.loads((COMMITTED / "matrix.json").read_text(encoding="utf-8"))["rows"]}
    needs_a_model_that_calls = [row for row in rows if row.startswith(("tools.", "tool_choice.", "content.tool_use."))]
    assert needs_a_model_that_calls
    for row in [*needs_a_model_that_calls, "fields.thinking", "content.tool_result.is_error"]:
        assert rows[row]["status"] != Status.IGNORED, rows[row]["note"]
