"""What was recorded is judged again without a network: the same bytes, and a clear word where a cassette is amiss."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from conformance.evidence.cassette import SHARED
from conformance.rows import ROWS
from tests.end_to_end.conftest import Recorded
from tests.end_to_end.running import (
    KEY_VARIABLE,
    MODEL,
    Ended,
    at_once,
    copy_of_the_checkout,
    files_below,
    only_json,
    printed_line_in,
    rows_of,
    run_in,
)

NO_NETWORK = """
import socket

def refuse(*arguments, **options):
    raise AssertionError("a replay went to the network")

socket.socket.connect = socket.socket.connect_ex = socket.socket.bind = socket.getaddrinfo = refuse
"""


TWO_ROWS = "tool_choice.any or stream"


def replay(checkout: Path, run: Recorded, folder: Path, *options: str, cassettes: Path | None = None) -> Ended:
    """Replays a recorded run where every way to the network raises, with no key, into `folder`."""
    (folder / "no_network.py").write_text(NO_NETWORK, encoding="utf-8")
    return run_in(
        checkout,
        "--replay",
        f"--endpoint={run.url}",
        f"--model={MODEL}",
        f"--cassettes={cassettes or run.cassettes}",
        f"--reports={folder / 'reports'}",
        *("-p", "no:cacheprovider", "-p", "no_network"),
        *options,
        **{KEY_VARIABLE: None, "PYTHONPATH": str(folder)},
    )


@pytest.fixture(scope="module")
def replayed(checkout: Path, recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    folder = tmp_path_factory.mktemp("replayed")
    return replay(checkout, recorded, folder), folder / "reports"


@pytest.fixture
def own_cassettes(recorded: Recorded, tmp_path: Path) -> Path:
    """A copy of the recorded cassettes, to spoil."""
    return Path(shutil.copytree(recorded.cassettes, tmp_path / "own_cassettes"))


def cassette_of(cassettes: Path, row: str) -> Path:
    (found,) = cassettes.rglob(f"{row}.yaml")
    return found


def test_a_recorded_run_leaves_one_cassette_a_row(recorded: Recorded) -> None:
    assert recorded.ended.code == 0, recorded.ended.out
    found = map(Path, files_below(recorded.cassettes))
    names = sorted(path.name for path in found if path.parent.name != SHARED)
    assert names == sorted(["column.json", *(f"{row.id}.yaml" for row in ROWS)])


def test_a_replay_without_network_and_key_ends_as_the_run_did(replayed: tuple[Ended, Path]) -> None:
    ended, _ = replayed
    assert ended.code == 0, ended.out
    assert "went to the network" not in ended.out


@pytest.mark.parametrize("name", ["matrix.json", "matrix.md"])
def test_a_replay_writes_the_same_bytes(recorded: Recorded, replayed: tuple[Ended, Path], name: str) -> None:
    ended, reports = replayed
    assert ended.code == 0, ended.out
    (before,) = recorded.reports.rglob(name)
    (after,) = reports.rglob(name)
    assert after.read_bytes() == before.read_bytes()


def test_a_replay_names_the_same_files_for_long_requests(recorded: Recorded, replayed: tuple[Ended, Path]) -> None:
    before = {path: data for path, data in files_below(recorded.reports).items() if "requests/" in path}
    after = {path: data for path, data in files_below(replayed[1]).items() if "requests/" in path}
    assert after == before


def test_a_replay_changes_no_cassette(checkout: Path, recorded: Recorded, own_cassettes: Path, tmp_path: Path) -> None:
    ended = replay(checkout, recorded, tmp_path, "-k", "tool_choice", cassettes=own_cassettes)
    assert ended.code == 0, ended.out
    assert files_below(own_cassettes) == files_below(recorded.cassettes)


def recording_line(ended: Ended, row: str) -> str:
    """The line that was printed for a row without a cassette."""
    found = re.search(rf"^{re.escape(row)} \(untested\)\n  (pytest .*--record)$", ended.out, re.MULTILINE)
    assert found, ended.out
    return found[1]


def test_a_row_whose_cassette_is_gone_is_untested_and_says_how_to_record_it(
    checkout: Path, recorded: Recorded, own_cassettes: Path, tmp_path: Path
) -> None:
    gone = cassette_of(own_cassettes, "tool_choice.any")
    gone.unlink()
    ended = replay(checkout, recorded, tmp_path, "-k", "tool_choice", "-rs", cassettes=own_cassettes)
    assert ended.code == 0, ended.out
    rows = rows_of(only_json(tmp_path / "reports", "selection"))
    row = rows.pop("tool_choice.any")
    assert (row["status"], row["reason"]) == ("untested", "no_cassette")
    # The note is published with the reports: it names no folder of this machine. The whole command is printed.
    assert row["note"].startswith(f"there is no cassette {gone.relative_to(own_cassettes).as_posix()}; ")
    for option in (f"--endpoint={recorded.url}", f"--model={MODEL}", "--record"):
        assert option in recording_line(ended, "tool_choice.any")
    assert "no_cassette" in ended.out
    assert {each["status"] for each in rows.values()} == {"supported", "rejected"}


def test_the_command_for_a_missing_cassette_names_the_folder_of_the_replay(
    checkout: Path, recorded: Recorded, own_cassettes: Path, tmp_path: Path
) -> None:
    cassette_of(own_cassettes, "fields.stream").unlink()
    ended = replay(checkout, recorded, tmp_path, "-k", TWO_ROWS, cassettes=own_cassettes)
    assert f"--cassettes={own_cassettes}" in recording_line(ended, "fields.stream")
    for path, data in files_below(tmp_path / "reports").items():
        assert str(own_cassettes).encode() not in data, path


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which two rows were recorded on the embedded endpoint, with nothing named."""
    folder = copy_of_the_checkout(tmp_path_factory.mktemp("clone"))
    ended = run_in(folder, "--record", "-k", TWO_ROWS, **{KEY_VARIABLE: None})
    assert ended.code == 0, ended.out
    return folder


def test_bare_record_then_bare_replay_work_without_naming_anything(clone: Path) -> None:
    before = only_json(clone / "reports", "selection")
    ended = run_in(clone, "--replay", "-k", TWO_ROWS, **{KEY_VARIABLE: None})
    assert ended.code == 0, ended.out
    assert only_json(clone / "reports", "selection") == before


def test_the_command_for_a_missing_cassette_records_it_where_the_replay_looks(clone: Path) -> None:
    gone = cassette_of(clone / "cassettes", "fields.stream")
    gone.unlink()
    line = recording_line(run_in(clone, "--replay", "-k", TWO_ROWS, **{KEY_VARIABLE: None}), "fields.stream")
    again = printed_line_in(clone, line, **{KEY_VARIABLE: None})
    assert again.code == 0, again.out
    assert gone.is_file(), f"not written by: {line}"


SPOILED = {
    "the first is no yaml": ("tool_choice.none", "{ no yaml"),
    "a later one is no yaml": ("tool_choice.any", "{ no yaml"),
    "a later one is empty": ("tool_choice.any", ""),
    "a later one is no cassette": ("tool_choice.any", "interactions: 3\n"),
    "a later one is of another format": ("tool_choice.any", "interactions: []\nformat: 99\n"),
}


@pytest.fixture(scope="module")
def spoiled(
    checkout: Path, recorded: Recorded, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Ended, Path, Path]]:
    """A replay for each way in which a cassette can be spoiled: how it ended, the cassette, the reports."""
    folders = {name: tmp_path_factory.mktemp("spoiled") for name in SPOILED}
    cassettes = {}
    for name, (row, text) in SPOILED.items():
        shutil.copytree(recorded.cassettes, folders[name] / "cassettes")
        cassettes[name] = cassette_of(folders[name] / "cassettes", row)
        cassettes[name].write_text(text, encoding="utf-8")

    def run(folder: Path) -> Ended:
        return replay(checkout, recorded, folder, "-k", "tool_choice", cassettes=folder / "cassettes")

    ended = at_once({name: partial(run, folder) for name, folder in folders.items()})
    return {name: (ended[name], cassettes[name], folders[name] / "reports") for name in SPOILED}


@pytest.mark.parametrize("name", SPOILED)
def test_a_cassette_that_cannot_be_read_ends_the_run_with_one_line(
    spoiled: dict[str, tuple[Ended, Path, Path]], name: str
) -> None:
    ended, cassette, reports = spoiled[name]
    assert ended.code == 4, ended.out[-1500:]
    (line,) = ended.errors
    assert str(cassette) in line
    assert "record the row again" in line
    assert "Traceback" not in ended.out
    assert files_below(reports) == {}
