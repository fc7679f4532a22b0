"""The commands of `python -m conformance.report`: what they print, write and end with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.report.__main__ import main
from conformance.report.commands import COMMANDS, GOOD, UNUSABLE, WORSE
from tests.core.matrices import everything, file, row, with_row

ROW = "fields.top_k"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Some runs of one endpoint, by what they are."""
    runs: dict[str, dict[str, Any]] = {
        "good": file(*everything(), day=1),
        "worse": file(*with_row(everything(), row(ROW, "rejected")), day=2),
        "nothing": file(*everything("untested"), day=3),
        "silent": file(*everything("untested"), started=None, finished=None),
    }
    paths = {name: tmp_path / f"{name}.json" for name in (*runs, "no json", "absent")}
    for name, run in runs.items():
        paths[name].write_text(json.dumps(run), encoding="utf-8")
    paths["no json"].write_text("<html>", encoding="utf-8")
    return {name: str(path) for name, path in paths.items()}


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [("good", "good", GOOD), ("good", "worse", WORSE), ("worse", "good", GOOD), ("good", "nothing", WORSE)],
)
def test_diff_ends_with_whether_something_is_worse(before: str, after: str, code: int, files: dict[str, str]) -> None:
    assert main(["diff", files[before], files[after]]) == code
    assert main(["diff", files[before], files[after], "--markdown"]) == code


@pytest.mark.parametrize("command", ["table", "diff", "csv", "summary"])
@pytest.mark.parametrize(("name", "why"), [("no json", "is no JSON"), ("absent", "cannot be read")])
def test_a_file_that_cannot_be_used_is_told_in_one_line(
    command: str, name: str, why: str, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    given = [files[name]] if command != "diff" else [files["good"], files[name]]
    assert main([command, *given]) == UNUSABLE
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith(files[name])
    assert why in said.err


def test_the_table_comes_in_two_languages(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", files["good"]]) == GOOD
    assert "| Field | Support Status |" in capsys.readouterr().out
    assert main(["table", files["good"], "--language", "zh"]) == GOOD
    assert "| 字段 | 支持状态 |" in capsys.readouterr().out


def test_a_run_that_sent_nothing_has_no_table(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", files["silent"]]) == UNUSABLE
    assert "no row of this matrix has an exchange" in capsys.readouterr().err


def test_csv_takes_several_runs(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["csv", files["good"], files["worse"]]) == GOOD
    out = capsys.readouterr().out
    assert out.count("\r\n") == 1 + 2 * len(everything())
    assert "\r\r" not in out


def test_the_summary_is_added_to_that_of_the_job(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "summary.md"
    path.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    assert main(["summary", files["worse"], "--baseline", files["good"]]) == GOOD
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n### example: large")
    assert "1 worse" in text
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert main(["summary", files["worse"], "--baseline", files["good"]]) == GOOD
    assert capsys.readouterr().out == text.removeprefix("before\n")


def test_what_a_step_has_said_already_counts(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "summary.md"
    path.write_text("x" * (1024 * 1024 - 6000), encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    assert main(["summary", files["worse"]]) == GOOD
    assert path.stat().st_size <= 1024 * 1024
    assert "did not fit" in path.read_text(encoding="utf-8")


def test_changes_badges_and_rows_stand_in_the_site(tmp_path: Path) -> None:
    home = tmp_path / "reports" / "example" / "large"
    (home / "runs").mkdir(parents=True)
    profiled = {"name": "vision", "title": "Vision", "readiness": "ready", "because": []}
    old, new = file(row(ROW), day=1), {**file(row(ROW, "broken"), day=2), "profiles": [profiled]}
    (home / "runs" / "20260101T020000Z.json").write_text(json.dumps(old), encoding="utf-8")
    (home / "matrix.json").write_text(json.dumps(new), encoding="utf-8")
    out = tmp_path / "site"
    assert main([str(tmp_path / "reports"), "--out", str(out), "--url", "https://pages.example"]) == GOOD
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    badges = {"badges/example/large/vision.json", "badges/example/vision.json"}
    assert written >= {"index.html", "changes/index.html", "changes.atom", "rows.csv", *badges}
    assert "supported → broken" in (out / "changes.atom").read_text(encoding="utf-8")


def test_combine_does_not_end_well_with_nothing_to_publish(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["combine", str(tmp_path / "kept"), str(tmp_path / "night")]) == WORSE
    assert "there is nothing to publish" in capsys.readouterr().err


def test_the_nights_jobs_are_a_matrix_for_a_workflow(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["night"]) == GOOD
    jobs = json.loads(capsys.readouterr().out)["include"]
    assert {"provider": "deepseek", "secret": "CONFORMANCE_KEY_DEEPSEEK"} in jobs


def test_every_command_says_what_it_is_for() -> None:
    assert all(command.__doc__ for command in COMMANDS.values())


def test_a_matrix_of_an_earlier_version_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = file(row(ROW))
    del old["profiles"], old["run"]["planned"], old["endpoint"]["dialect"], old["rows"][0]["witness"]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(old), encoding="utf-8")
    assert main(["diff", str(path), str(path)]) == GOOD
    assert "1 as before" in capsys.readouterr().out
    assert main(["table", str(path)]) == GOOD
    assert main(["summary", str(path)]) == GOOD


def test_help_names_the_site_and_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == GOOD
    said = capsys.readouterr().out
    assert "report DIR" in said
    assert all(f"report {name} " in said for name in COMMANDS)
    assert main([]) == UNUSABLE
