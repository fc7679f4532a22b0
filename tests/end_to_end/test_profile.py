"""A run for one use: just its rows, and an exit code that answers."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.running import KEY_VARIABLE, only_json, run_in

FOLDER = ("embedded", "reference-1")


def test_a_run_for_a_profile_measures_its_rows_alone_and_says_that_it_is_ready(checkout: Path, tmp_path: Path) -> None:
    options = (f"--reports={tmp_path}", "--profile=vision", "-p", "no:cacheprovider")
    ended = run_in(checkout, *options, **{KEY_VARIABLE: None})
    assert ended.code == 0, ended.out
    assert "Vision (--profile=vision): ready" in ended.out
    written = only_json(tmp_path.joinpath(*FOLDER), "selection")
    assert [each["name"] for each in written["profiles"]] == ["vision"]
    assert "content.image" in {row["id"] for row in written["rows"]}
    assert "tools.name" not in {row["id"] for row in written["rows"]}


def test_a_profile_that_is_not_there_is_told_in_one_line(checkout: Path, tmp_path: Path) -> None:
    ended = run_in(checkout, f"--reports={tmp_path}", "--profile=no-such", **{KEY_VARIABLE: None})
    assert ended.code == 4
    assert len(ended.errors) == 1
    assert "--profile=no-such: no such profile; there are claude-code, " in ended.errors[0]
