"""Two runs that write the same folder at once: neither spoils what the other leaves."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from conformance.evidence.cassette import Recording
from tests.end_to_end.conftest import Recorded
from tests.end_to_end.running import MODEL, Ended, at_once, files_below, only_json, run_in
from tests.end_to_end.servers import embedded

PATIENCE = 60.0


@dataclass(slots=True)
class Holding:
    """Holds the requests of the first run from the tenth on, until the second has ended."""

    asked: int = 0
    begun: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, request: Request, body: bytes) -> Response | None:
        self.asked += 1
        while self.asked >= 10 and not self.go_on.is_set() and not await request.is_disconnected():
            self.begun.set()
            await asyncio.sleep(0.05)
        return None


@dataclass(frozen=True, slots=True)
class Together:
    first: Ended
    second: Ended
    folder: Path


@pytest.fixture(scope="module")
def together(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Together:
    folder = tmp_path_factory.mktemp("together")
    holding = Holding()
    with embedded(holding) as url, ThreadPoolExecutor(1) as pool:
        options = [f"--endpoint={url}", f"--model={MODEL}", "--record", "-k", "headers", "-p", "no:cacheprovider"]
        options += [f"--reports={folder / 'reports'}", f"--cassettes={folder / 'cassettes'}"]
        first = pool.submit(run_in, checkout, *options)
        try:
            assert holding.begun.wait(PATIENCE)
            second = run_in(checkout, *options)
        finally:
            holding.go_on.set()
        return Together(first.result(), second, folder)


def test_the_second_run_is_refused_with_what_to_do(together: Together) -> None:
    assert together.second.code == 4, together.second.out
    assert "another run is writing here just now; wait until it ends, or name another folder" in together.second.out
    assert "Traceback" not in together.second.out


def test_the_first_run_ends_as_if_it_were_alone(together: Together) -> None:
    assert together.first.code == 0, together.first.out
    matrix = only_json(together.folder / "reports", "selection")
    assert {row["status"] for row in matrix["rows"]} <= {"supported", "accepted", "partial"}
    cassettes = list((together.folder / "cassettes").rglob("*.yaml"))
    assert len(cassettes) == len(matrix["rows"])
    assert all(Recording(path).exchanges for path in cassettes)


def test_neither_leaves_a_half_file_a_lock_or_a_journal(together: Together) -> None:
    names = [Path(name).name for name in files_below(together.folder)]
    assert [name for name in names if name.startswith(".") or "lock" in name or "journal" in name] == []


def test_replays_that_write_the_same_reports_at_once_leave_them_whole(
    checkout: Path, recorded: Recorded, tmp_path: Path
) -> None:
    def replay() -> Ended:
        options = ["--replay", f"--endpoint={recorded.url}", f"--model={MODEL}", f"--cassettes={recorded.cassettes}"]
        return run_in(checkout, *options, f"--reports={tmp_path}", "-k", "headers", "-p", "no:cacheprovider")

    ended: Mapping[str, Ended] = at_once(dict.fromkeys(("one", "two", "three"), replay))
    assert [each.code for each in ended.values()] == [0, 0, 0], ended
    files = files_below(tmp_path)
    assert sorted(Path(name).name for name in files) == ["selection.json", "selection.md"]
    assert only_json(tmp_path, "selection")["rows"]


def test_a_run_does_not_write_over_the_results_of_another_model(checkout: Path, tmp_path: Path) -> None:
    """As where a file system takes two names for one."""
    with embedded() as url:
        folder = tmp_path / url.removeprefix("http://").replace(":", "_") / MODEL
        folder.mkdir(parents=True)
        theirs = json.dumps({"endpoint": {"provider": "other", "model": MODEL.upper()}})
        (folder / "selection.json").write_text(theirs, encoding="utf-8")
        options = [f"--endpoint={url}", f"--model={MODEL}", f"--reports={tmp_path}", "-k", "request_id"]
        ended = run_in(checkout, *options, "-p", "no:cacheprovider", "-p", "no:terminal")
        shown = run_in(checkout, *options, "-p", "no:cacheprovider")
    assert ended.code == shown.code == 4
    assert (
        f"{folder} holds the results of {MODEL.upper()!r} of 'other': name another folder with --reports" in shown.out
    )
    assert files_below(tmp_path) == {str((folder / "selection.json").relative_to(tmp_path)): theirs.encode()}
