"""A whole run of an endpoint is kept for the history, beside the matrix that the next run replaces."""

from __future__ import annotations

import re
from pathlib import Path

from tests.end_to_end.conftest import Recorded
from tests.end_to_end.running import files_below, run_in


def test_a_whole_run_is_kept_byte_for_byte_under_when_it_began(recorded: Recorded) -> None:
    (matrix,) = recorded.reports.rglob("matrix.json")
    (kept,) = (matrix.parent / "runs").iterdir()
    assert re.fullmatch(r"\d{8}T\d{6}Z\.json", kept.name)
    assert kept.read_bytes() == matrix.read_bytes()


def test_a_replay_judges_the_same_run_and_keeps_it_once(recorded: Recorded, checkout: Path, tmp_path: Path) -> None:
    ended = run_in(
        checkout,
        *(f"--endpoint={recorded.url}", "--replay", f"--cassettes={recorded.cassettes}", f"--reports={tmp_path}"),
        *("-q", "-p", "no:cacheprovider"),
    )
    assert ended.code == 0, ended.out
    (name,) = [each for each in files_below(tmp_path) if "/runs/" in each]
    assert name in files_below(recorded.reports)


def test_a_run_of_some_rows_is_no_history(recorded: Recorded, checkout: Path, tmp_path: Path) -> None:
    options = (f"--endpoint={recorded.url}", "--replay", f"--cassettes={recorded.cassettes}", f"--reports={tmp_path}")
    run_in(checkout, *options, "-q", "-p", "no:cacheprovider", "-k", "top_k")
    assert not [each for each in files_below(tmp_path) if "/runs/" in each]
