"""Two runs in two terminals, started by hand against one endpoint with one key, keep its limit together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from tests.end_to_end.running import KEY, MODEL, Ended, at_once, files_below, only_json, rows_of, run_in
from tests.end_to_end.servers import embedded

RATE = 360
A_SECOND = RATE / 61
CONCURRENCY = 2
ROWS = "errors"
BOTH = ("one", "other")


@dataclass(slots=True)
class Counting:
    """Notes when each run's requests arrive, on the server's clock. The runs are told apart by a header; the first
    answer waits until both are there, so that they surely go on side by side."""

    arrivals: list[tuple[float, str]] = field(default_factory=list)
    both: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: Request, body: bytes) -> Response | None:
        self.arrivals.append((time.monotonic(), request.headers["x-run"]))
        if {run for _, run in self.arrivals} == set(BOTH):
            self.both.set()
        await self.both.wait()
        return None

    @property
    def side_by_side(self) -> list[float]:
        """When requests arrived from the moment on that both runs were there, until one of them was done."""
        begin = max(min(at for at, each in self.arrivals if each == run) for run in BOTH)
        end = min(max(at for at, each in self.arrivals if each == run) for run in BOTH)
        return [at for at, _ in self.arrivals if begin <= at <= end]


@dataclass(frozen=True, slots=True)
class Together:
    ended: Mapping[str, Ended]
    counting: Counting
    temporary: Path
    reports: Path


@pytest.fixture(scope="module")
def together(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Together:
    temporary, reports = tmp_path_factory.mktemp("temporary"), tmp_path_factory.mktemp("reports")
    counting = Counting()
    with embedded(counting) as url:

        def run(name: str) -> Ended:
            options = (f"--endpoint={url}", f"--model={MODEL}", f"--rate={RATE}", f"--concurrency={CONCURRENCY}")
            kept = (f"--reports={reports / name}", "-k", ROWS, "--header=x-run=RUN", "-p", "no:cacheprovider")
            return run_in(checkout, *options, *kept, TMPDIR=str(temporary), RUN=name)

        ended = at_once({name: lambda name=name: run(name) for name in BOTH})  # type: ignore[misc]
    return Together(ended, counting, temporary, reports)


def test_both_runs_end_well(together: Together) -> None:
    for ended in together.ended.values():
        assert ended.code == 0, ended.out
        assert "rate limit" not in ended.out


def test_together_they_stay_within_the_limit(together: Together) -> None:
    """What arrives in the time in which both run is what one limit grants in it, and what was on its way before."""
    times = together.counting.side_by_side
    assert len(times) > 20, "the runs were hardly side by side"
    on_their_way = 2 * CONCURRENCY
    assert len(times) <= A_SECOND * (times[-1] - times[0]) + 1 + on_their_way


def test_each_of_them_measures_all_of_its_rows(together: Together) -> None:
    one, other = (rows_of(only_json(together.reports / name, "selection")) for name in BOTH)
    assert len(one) > 3
    assert {row: each["status"] for row, each in one.items()} == {row: each["status"] for row, each in other.items()}


def test_the_count_is_kept_for_this_user_alone_and_does_not_hold_the_key(together: Together) -> None:
    (folder,) = together.temporary.glob("messages-api-conformance-*")
    (file,) = (path for path in folder.iterdir() if path.suffix == ".sqlite")
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    assert not any(KEY.encode() in data or KEY in name for name, data in files_below(folder).items())
