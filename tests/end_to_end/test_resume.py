"""A run that is killed half-way is gone on with: nothing is sent twice, and the matrix is that of an unbroken run."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from conformance.evidence.cassette import SHARED, Recording
from conformance.evidence.journal import read_journal
from conformance.probing.pulse import in_doubt
from conformance.protocol.exchange import Exchange
from tests.end_to_end.conftest import SEED, Recorded
from tests.end_to_end.running import KEY, MODEL, Ended, at_once, environment, files_below, only_json, run_in
from tests.end_to_end.servers import Answer, Asked, embedded
from tests.end_to_end.test_xdist import told, without_ids

PATIENCE = 60.0
CONCURRENCY = 4
ANSWERED = 200
"""How many requests the killed run gets an answer to: less than half of a whole run's."""

JOURNAL = "matrix.journal.jsonl"


@dataclass(slots=True)
class Stalling:
    """Answers so many requests and holds the others, until it is told to answer all."""

    asked: Asked = field(default_factory=Asked)
    held: list[tuple[str, ...]] = field(default_factory=list)
    all_held: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, request: Request, body: bytes) -> Response | None:
        await self.asked(request, body)
        if len(self.asked.requests) <= ANSWERED:
            return None
        self.held.append(self.asked.requests[-1])
        if len(self.held) == CONCURRENCY:
            self.all_held.set()
        while not await request.is_disconnected():
            await asyncio.sleep(0.05)
        return Response()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A killed run and the one that went on, with what stood on disk in between."""

    before: Stalling
    after: Asked
    left_by_the_kill: Mapping[str, bytes]
    doubtful: list[Exchange]
    contradicting: Mapping[str, Ended]
    sent_in_vain: int
    ended: Ended
    folder: Path


@pytest.fixture(scope="module")
def resumed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Resumed:
    folder = tmp_path_factory.mktemp("resumed")
    before, in_vain, after = Stalling(), Asked(), Asked()
    now: list[Answer] = [before]

    async def watched(request: Request, body: bytes) -> Response | None:
        return await now[0](request, body)

    with embedded(watched) as url:
        at = [f"--endpoint={url}", f"--reports={folder / 'reports'}", f"--cassettes={folder / 'cassettes'}"]
        first = [*at, f"--model={MODEL}", f"--seed={SEED}", "--record", f"--concurrency={CONCURRENCY}"]
        with subprocess.Popen(
            [sys.executable, "-m", "pytest", *first, "-p", "no:cacheprovider"],
            cwd=checkout,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as run:
            assert before.all_held.wait(PATIENCE)
            run.kill()
        left = files_below(folder)
        (journal,) = folder.rglob(JOURNAL)
        doubtful = in_doubt(read_journal(journal).exchanges)
        now[0] = in_vain
        others = ("--seed=6", "--auth=bearer", "--anthropic-version=2026-10-21", "--long-prompt", "--model=another")
        contradicting = at_once({each: _contradicting(checkout, [*at, each]) for each in others})
        now[0] = after
        ended = run_in(checkout, *at, "--resume", "-p", "no:cacheprovider", "-p", "xdist", "-n", "2")
    return Resumed(
        before=before,
        after=after,
        left_by_the_kill=left,
        doubtful=doubtful,
        contradicting=contradicting,
        sent_in_vain=len(in_vain.requests),
        ended=ended,
        folder=folder,
    )


def _contradicting(checkout: Path, options: list[str]) -> Any:
    return lambda: run_in(checkout, *options, "--resume", "-p", "no:cacheprovider")


def test_what_is_left_by_a_kill_is_whole(resumed: Resumed) -> None:
    cassettes = [name for name in resumed.left_by_the_kill if name.endswith(".yaml")]
    assert cassettes
    for name in cassettes:
        assert Recording(resumed.folder / name).exchanges
    (journal,) = (data for name, data in resumed.left_by_the_kill.items() if name.endswith(JOURNAL))
    lines = [json.loads(line) for line in journal.splitlines()]
    assert len(lines) == 1 + ANSWERED
    assert KEY.encode() not in journal


def test_the_run_that_goes_on_sends_what_is_missing_and_nothing_twice(resumed: Resumed, recorded: Recorded) -> None:
    """Only what was under way at the kill, and never answered, is asked a second time, and the refusals that nothing
    vouches for which was sent after them."""
    assert len(resumed.before.held) == CONCURRENCY
    sent = without_ids(resumed.before.asked.requests) + without_ids(resumed.after.requests)
    unbroken = without_ids(recorded.asked.requests)
    twice = sent - unbroken - without_ids(resumed.before.held)
    doubtful = Counter((each.request.method, each.request.path, each.request.body) for each in resumed.doubtful)
    assert Counter((method, path, body.encode("latin-1")) for method, path, *_, body in twice.elements()) == doubtful
    assert doubtful.total() <= CONCURRENCY
    assert not unbroken - sent
    assert len(resumed.after.requests) == len(recorded.asked.requests) - ANSWERED + doubtful.total()


def test_its_matrix_is_that_of_an_unbroken_run(resumed: Resumed, recorded: Recorded) -> None:
    assert resumed.ended.code == recorded.ended.code == 0, resumed.ended.out
    assert (
        f"going on with the run of seed {SEED}: {ANSWERED - len(resumed.doubtful)} exchanges are kept"
        in resumed.ended.out
    )
    whole, unbroken = only_json(resumed.folder / "reports"), only_json(recorded.reports)
    assert [told(row) for row in whole["rows"]] == [told(row) for row in unbroken["rows"]]
    times = ("started", "finished")
    assert {k: v for k, v in whole["run"].items() if k not in times} == {
        k: v for k, v in unbroken["run"].items() if k not in times
    }


def test_it_records_to_the_end_what_was_begun_to_be_recorded(resumed: Resumed, recorded: Recorded) -> None:
    def rows_of(folder: Path) -> set[str]:
        # What several rows share is named after its request, and some requests hold an id that the endpoint made up.
        return {path.name for path in folder.rglob("*.yaml") if path.parent.name != SHARED}

    assert rows_of(resumed.folder / "cassettes") == rows_of(recorded.cassettes)


def test_the_journal_is_gone_once_the_run_has_ended_whole(resumed: Resumed) -> None:
    assert not [name for name in files_below(resumed.folder) if "journal" in name]


def test_an_option_that_contradicts_the_journal_is_told_in_one_line_and_sends_nothing(resumed: Resumed) -> None:
    for option, ended in resumed.contradicting.items():
        assert ended.code == 4, ended.out
        (line,) = ended.errors
        assert option.removesuffix("=another") in line or "nothing to resume" in line
        assert "leave" in line
        assert "INTERNALERROR" not in ended.out
    assert resumed.sent_in_vain == 0


def test_without_a_journal_one_line_says_so(checkout: Path, tmp_path: Path) -> None:
    options = ("--endpoint=http://127.0.0.1:1", f"--reports={tmp_path}", "--resume", "-p", "no:cacheprovider")
    runs = {
        "alone": lambda: run_in(checkout, *options),
        "with workers": lambda: run_in(checkout, *options, "-p", "xdist", "-n", "2"),
    }
    for ended in at_once(runs).values():
        assert ended.code == 4, ended.out
        (line,) = ended.errors
        assert "nothing to resume" in line
        assert str(tmp_path) in line
        assert "INTERNALERROR" not in ended.out
    assert files_below(tmp_path) == {}
