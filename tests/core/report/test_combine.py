"""Combining the runs of a night: what is taken, and what stays of a provider whose night failed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conformance.evidence.paths import safe_name
from conformance.protocol.status import Reason
from conformance.report import markdown, terminal
from conformance.report.combine import combine, is_worth_publishing, why_left_out
from conformance.report.history import kept_runs, run_file
from conformance.report.matrix_record import Matrix
from conformance.report.night import jobs, secret_of
from tests.core.matrices import everything, matrix, row

ROW = "fields.top_k"
FOLDER = "example/large"


def left(source: Path, run: Matrix, folder: str = FOLDER) -> Path:
    """What a job leaves: a matrix and a cassette."""
    home = source / "reports" / folder
    home.mkdir(parents=True)
    (home / "matrix.json").write_text(json.dumps(run.as_json()), encoding="utf-8")
    cassettes = source / "cassettes" / folder
    cassettes.mkdir(parents=True)
    (cassettes / f"{ROW}.yaml").write_text(run.run.started or "", encoding="utf-8")
    return source


def taken(kept: Path, *sources: Path) -> list[str]:
    return [each.why_not for each in combine(kept, sources)]


def day_of(kept: Path, folder: str = FOLDER) -> str:
    matrix_of = json.loads((kept / "reports" / folder / "matrix.json").read_text(encoding="utf-8"))
    return str(matrix_of["run"]["started"][:10])


def unanswered(number: int) -> list[dict[str, Any]]:
    """Ten rows, so many of them without an answer."""
    ids = [each["id"] for each in everything()][:10]
    limited = Reason.RATE_LIMITED.value
    return [row(each, "untested", reason=limited) if n < number else row(each) for n, each in enumerate(ids)]


def cut(number: int) -> list[dict[str, Any]]:
    """Ten rows, so many of them undecided because the endpoint stopped answering."""
    note = "the run was cut: HTTP 402"
    return [{**each, "reason": "run_cut", "note": note} if each["reason"] else each for each in unanswered(number)]


def test_a_good_run_takes_the_place_of_an_older_one_and_both_are_history(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert taken(kept, left(tmp_path / "first", matrix(row(ROW), day=1))) == [""]
    night = left(tmp_path / "night", matrix(row(ROW, "rejected"), day=2))
    assert taken(kept, night) == [""]
    assert day_of(kept) == "2026-01-02"
    assert (kept / "cassettes" / FOLDER / f"{ROW}.yaml").read_text(encoding="utf-8").startswith("2026-01-02")
    runs = sorted(path.name for path in (kept / "reports" / FOLDER / "runs").iterdir())
    assert runs == ["20260101T020000Z.json", "20260102T020000Z.json"]
    assert taken(kept, kept) == []
    assert day_of(kept) == "2026-01-02"


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (matrix(*unanswered(3), day=2), "3 of 10 rows were not answered"),
        (matrix(row(ROW, "untested"), day=2), "it measured nothing"),
        (matrix(*cut(1), day=2), "the run was cut: HTTP 402"),
        (matrix(row(ROW), day=2, changed="the endpoint changed"), "the endpoint changed"),
        (matrix(row(ROW), day=2, started=None), "it measured nothing"),
        (matrix(row(ROW), day=2, mode="embedded"), "it is of the embedded endpoint"),
        (matrix(row(ROW), day=2, model="other"), "it is of example, other and lies in another's folder"),
    ],
    ids=["many unanswered", "nothing measured", "cut", "changed", "nothing sent", "embedded", "another's"],
)
def test_the_last_good_run_of_a_failed_night_stays(run: Matrix, why: str, tmp_path: Path) -> None:
    kept = left(tmp_path / "kept", matrix(row(ROW), day=1))
    night = left(tmp_path / "night", run)
    assert taken(kept, night) == [why]
    assert day_of(kept) == "2026-01-01"
    assert (kept / "cassettes" / FOLDER / f"{ROW}.yaml").read_text(encoding="utf-8").startswith("2026-01-01")


def test_a_few_rows_without_an_answer_are_no_failed_night() -> None:
    assert why_left_out(FOLDER, matrix(*unanswered(2)), None) == ""


def test_what_the_model_cannot_show_is_no_failed_night() -> None:
    weak = [row(each["id"], "untested") for each in everything()[:9]]
    assert why_left_out(FOLDER, matrix(*weak, row(ROW)), None) == ""


def test_an_older_run_does_not_take_the_place_of_a_newer_one(tmp_path: Path) -> None:
    kept = left(tmp_path / "kept", matrix(row(ROW), day=5))
    assert taken(kept, left(tmp_path / "old", matrix(row(ROW), day=4))) == [
        "the run of 2026-01-05T02:00:00+00:00 is newer"
    ]
    assert day_of(kept) == "2026-01-05"


def test_a_matrix_that_cannot_be_read_is_left_out_and_the_others_are_taken(tmp_path: Path) -> None:
    night = left(tmp_path / "night", matrix(row(ROW), day=2))
    (night / "reports" / "bad" / "model").mkdir(parents=True)
    (night / "reports" / "bad" / "model" / "matrix.json").write_text('{"schema": 1}', encoding="utf-8")
    broken, good = taken(tmp_path / "kept", night)
    assert "is no matrix.json" in broken
    assert good == ""
    assert not (tmp_path / "kept" / "reports" / "bad").exists()


def test_links_and_strange_files_are_not_taken(tmp_path: Path) -> None:
    night = left(tmp_path / "night", matrix(row(ROW)))
    (night / "reports" / FOLDER / "page.html").write_text("<script>", encoding="utf-8")
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    (night / "reports" / FOLDER / "link.json").symlink_to(tmp_path / "secret.json")
    taken(tmp_path / "kept", night)
    names = {path.name for path in (tmp_path / "kept" / "reports" / FOLDER).iterdir()}
    assert names == {"matrix.json", "runs"}


def test_what_is_no_longer_recorded_goes_and_history_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = left(tmp_path / "first", matrix(row(ROW), day=1))
    (first / "cassettes" / FOLDER / "fields.gone.yaml").write_text("", encoding="utf-8")
    taken(kept, first)
    taken(kept, left(tmp_path / "second", matrix(row(ROW), day=2)))
    assert [path.name for path in (kept / "cassettes" / FOLDER).iterdir()] == [f"{ROW}.yaml"]
    assert len(list((kept / "reports" / FOLDER / "runs").iterdir())) == 2


def test_recordings_of_an_older_run_are_no_evidence_of_one_that_was_not_recorded(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    taken(kept, left(tmp_path / "first", matrix(row(ROW), day=1)))
    second = left(tmp_path / "second", matrix(row(ROW), day=2))
    shutil.rmtree(second / "cassettes")
    assert taken(kept, second) == [""]
    assert not (kept / "cassettes" / FOLDER).exists()


def test_nothing_is_worth_publishing_without_a_run(tmp_path: Path) -> None:
    assert list(combine(tmp_path / "kept", [tmp_path / "no such night"])) == []
    assert not is_worth_publishing(tmp_path / "kept")
    taken(tmp_path / "kept", left(tmp_path / "night", matrix(row(ROW))))
    assert is_worth_publishing(tmp_path / "kept")


def test_every_provider_has_a_secret_of_its_own() -> None:
    assert secret_of("tencent-lkeap") == "CONFORMANCE_KEY_TENCENT_LKEAP"
    assert secret_of("llama.cpp") == "CONFORMANCE_KEY_LLAMA_CPP"
    names = [job["secret"] for job in jobs()]
    assert len(set(names)) == len(names) > 4


def test_an_engine_on_the_machine_itself_has_no_night() -> None:
    assert not {job["provider"] for job in jobs()} & {"aimock", "litellm", "llama.cpp"}


def test_names_that_no_file_can_hold_end_no_night(tmp_path: Path) -> None:
    odd = "a\ud800\x1b[2J\nb"
    folder = f"example/{safe_name(odd)}"
    (line,) = combine(tmp_path / "kept", [left(tmp_path / "night", matrix(row(ROW), model=odd), folder)])
    assert str(line) == f"{folder}, run of 2026-01-01T02:00:00+00:00: taken"
    (other,) = combine(tmp_path / "kept", [left(tmp_path / "other", matrix(row(ROW), model=odd))])
    assert "\x1b" not in str(other)
    assert "\n" not in str(other)


def test_a_run_that_was_cut_is_no_part_of_the_history_and_says_so_first(tmp_path: Path) -> None:
    run = matrix(*cut(1), day=2)
    assert run_file(run) is None
    assert run_file(matrix(row(ROW), changed="the endpoint changed")) is None
    assert run_file(matrix(*unanswered(1), day=2)) is not None
    left(tmp_path, run)
    assert list(kept_runs(tmp_path / "reports")) == [(FOLDER, [])]
    assert next(text for text, _ in terminal.lines(run) if text) == "no verdict: the run was cut: HTTP 402"
    assert "**No verdict: the run was cut: HTTP 402**" in markdown.page(run).splitlines()[:3]
