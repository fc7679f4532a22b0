"""Cassettes judged by other code: the rows whose status has moved are listed, and no others."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.end_to_end.conftest import Recorded
from tests.end_to_end.running import KEY_VARIABLE, MODEL, Ended, run_in

MOVED = "fields.top_k"


def replayed(checkout: Path, run: Recorded, cassettes: Path, reports: Path) -> Ended:
    options = (f"--endpoint={run.url}", f"--model={MODEL}", f"--cassettes={cassettes}", f"--reports={reports}")
    return run_in(checkout, "--replay", *options, **{KEY_VARIABLE: None})


def test_a_replay_lists_the_rows_that_are_judged_otherwise(checkout: Path, recorded: Recorded, tmp_path: Path) -> None:
    own = Path(shutil.copytree(recorded.cassettes, tmp_path / "cassettes"))
    (cassette,) = own.rglob(f"{MOVED}.yaml")
    text = cassette.read_text(encoding="utf-8")
    assert "judged: supported" in text
    cassette.write_text(text.replace("judged: supported", "judged: ignored"), encoding="utf-8")
    ended = replayed(checkout, recorded, own, tmp_path / "reports")
    assert "1 judged otherwise than when they were recorded" in ended.out
    assert f"{MOVED}  ignored → supported" in ended.out


def test_a_replay_by_the_code_that_recorded_lists_none(checkout: Path, recorded: Recorded, tmp_path: Path) -> None:
    ended = replayed(checkout, recorded, recorded.cassettes, tmp_path / "reports")
    assert "judged otherwise" not in ended.out
