"""The temporary folder of a run goes with it; that of a run which was killed goes with a later one."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from conformance.evidence.shared_folder import make_private
from conformance.pytest_plugin import scratch
from conformance.pytest_plugin.scratch import scratch_folder


@pytest.fixture(autouse=True)
def above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the runs of this user meet, but for this test alone."""
    folder = tmp_path / "meeting"
    monkeypatch.setattr(scratch, "shared_folder", lambda: folder)
    return folder


def runs(above: Path) -> list[Path]:
    return [each for each in above.iterdir() if each.is_dir()]


def test_it_is_this_users_alone_and_goes_with_the_run(above: Path) -> None:
    with scratch_folder() as folder:
        (folder / "handoff.json").write_text("{}", encoding="utf-8")
        assert folder.stat().st_mode & 0o077 == 0
        assert runs(above) == [folder]
    assert runs(above) == []


def test_what_a_killed_run_left_is_removed_and_a_living_one_keeps_its_own(above: Path) -> None:
    with scratch_folder() as living:
        killed = above / "run-killed"
        killed.mkdir()
        (killed / "lock").touch()
        (killed / "fields.top_k.yaml").write_text("x", encoding="utf-8")
        long_ago, being_made = above / "run-long-ago", above / "run-being-made"
        for each in (long_ago, being_made):
            each.mkdir()
        os.utime(long_ago, (time.time() - 3600,) * 2)
        with scratch_folder() as own:
            assert sorted(runs(above)) == sorted([living, own, being_made])


def test_where_the_meeting_place_is_another_users_a_folder_is_had_all_the_same(
    above: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above.write_text("not a folder", encoding="utf-8")
    monkeypatch.setattr(scratch, "make_private", lambda path: make_private(path))
    with pytest.raises(OSError), scratch_folder():
        pass

    def taken(path: Path) -> None:
        raise PermissionError(f"{path.parent} is not this user's folder")

    monkeypatch.setattr(scratch, "make_private", taken)
    with scratch_folder() as folder:
        assert folder.is_dir()
    assert not folder.exists()
