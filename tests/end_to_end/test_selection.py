"""A run of some rows only is kept beside the whole matrix, which it must not replace."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.running import KEY_VARIABLE, Ended, files_below, only_json, run_in

KEPT = {"matrix.json": b"what a whole run has found\n", "matrix.md": b"# what a whole run has found\n"}


@pytest.fixture(scope="module")
def selected(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    reports = tmp_path_factory.mktemp("reports")
    folder = reports / "embedded" / "reference-1"
    folder.mkdir(parents=True)
    for name, data in KEPT.items():
        (folder / name).write_bytes(data)
    options = (f"--reports={reports}", "-k", "tool_choice", "-p", "no:cacheprovider")
    return run_in(checkout, *options, **{KEY_VARIABLE: None}), folder


def test_a_selection_leaves_the_whole_matrix_alone(selected: tuple[Ended, Path]) -> None:
    ended, folder = selected
    assert ended.code == 0, ended.out
    assert {name: data for name, data in files_below(folder).items() if name in KEPT} == KEPT


def test_a_selection_is_written_beside_it_with_its_rows_alone(selected: tuple[Ended, Path]) -> None:
    ended, folder = selected
    rows = only_json(folder, "selection")["rows"]
    assert {row["table"] for row in rows} == {"tool_choice"}
    assert len(rows) == 7
    assert f"written: {folder / 'selection.json'}" in ended.out


def test_a_selection_shows_its_rows_alone(selected: tuple[Ended, Path]) -> None:
    ended, _ = selected
    assert " tool_choice.any " in ended.out
    assert " fields.system " not in ended.out


def test_a_selection_of_nothing_measures_nothing(checkout: Path, tmp_path: Path) -> None:
    ended = run_in(checkout, f"--reports={tmp_path}", "-k", "no_such_row", "-p", "no:cacheprovider")
    assert ended.code == 5
    assert files_below(tmp_path) == {}


def test_collecting_only_measures_nothing_and_needs_no_key(checkout: Path, tmp_path: Path) -> None:
    options = ("--collect-only", "-q", f"--reports={tmp_path}", "-p", "no:cacheprovider")
    ended = run_in(checkout, *options, **{KEY_VARIABLE: None})
    assert ended.code == 0
    assert "test_rows.py::test_tool_choice[tool_choice.any]" in ended.out
    assert files_below(tmp_path) == {}


def test_a_run_that_stops_at_its_first_failure_does_not_replace_the_whole_matrix(
    checkout: Path, tmp_path: Path
) -> None:
    """Stopped early, it has judged some rows only: what it says is no whole matrix."""
    baseline = tmp_path / "before.json"
    baseline.write_text('{"rows": [{"id": "tool_choice.string_form", "status": "supported"}]}', encoding="utf-8")
    reports = tmp_path / "reports"
    options = (f"--reports={reports}", f"--baseline={baseline}", "-x", "-k", "tool_choice", "-p", "no:cacheprovider")
    ended = run_in(checkout, *options)
    assert ended.code == 1, ended.out
    assert not list(reports.rglob("matrix.json"))
    assert len(only_json(reports, "selection")["rows"]) < 7
