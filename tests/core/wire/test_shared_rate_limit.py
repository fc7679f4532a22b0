"""What an endpoint grants a minute, by a clock of our own; and the file in which several runs keep count together."""

from __future__ import annotations

import math
import multiprocessing
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import pairwise
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from pyrate_limiter import Decision, Rate, SlidingWindowLog, SQLiteBucket

from conformance.wire import shared_rate_limit
from conformance.wire.shared_rate_limit import TOKENS_A_UNIT, Allowance, shared_path

SECOND, MINUTE = 1_000, 60_000
START = 1_700_000_000_000


class Clock:
    """Milliseconds; stands until it is moved."""

    def __init__(self) -> None:
        self.ms = START

    def __call__(self) -> int:
        return self.ms


class Said(list[str]):
    def __call__(self, text: str) -> None:
        self.append(text)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "count.sqlite"


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def allow(path: Path, clock: Clock, said: Said) -> Iterator[Callable[..., Allowance]]:
    """Makes runs that share one file and one clock."""
    made = []

    def make(requests: int | None = None, tokens: int | None = None) -> Allowance:
        made.append(Allowance(requests=requests, tokens=tokens, path=path, now=clock, say=said))
        return made[-1]

    yield make
    for each in made:
        each.close()


def granted_to(asking: list[Callable[[], float]], clock: Clock, until: int) -> list[int]:
    """When each request is granted to greedy runs that ask again as soon as they are told to."""
    grants = []
    again = dict.fromkeys(range(len(asking)), clock.ms)
    while (turn := min(again, key=lambda each: again[each])) is not None and again[turn] <= START + until:
        clock.ms = max(clock.ms, again[turn])
        wait = asking[turn]()
        if wait == 0:
            grants.append(clock.ms)
        again[turn] = clock.ms + round(wait * 1000)
    return grants


def most_within(times: list[int], window: int) -> int:
    return max(sum(1 for each in times if 0 <= each - begun < window) for begun in times)


@pytest.mark.parametrize("limit", [1, 2, 7, 50, 59, 60, 61, 90, 119, 150, 600, 1200])
def test_no_minute_has_more_requests_than_the_limit_and_no_second_a_burst(
    limit: int, allow: Callable[..., Allowance], clock: Clock
) -> None:
    grants = granted_to([allow(limit).wait_for_request], clock, 130 * SECOND)
    assert most_within(grants, MINUTE) <= limit
    assert most_within(grants, SECOND) <= math.ceil(limit / 60)
    assert len(grants) >= int(128 / 61 * limit)  # and what is allowed is used


def test_several_runs_share_one_limit(allow: Callable[..., Allowance], clock: Clock) -> None:
    grants = granted_to([allow(50).wait_for_request for _ in range(3)], clock, 130 * SECOND)
    assert most_within(grants, MINUTE) <= 50
    assert len(grants) >= 100
    assert all(later - earlier >= SECOND for earlier, later in pairwise(grants))


def test_runs_with_limits_of_their_own_keep_each_its_own(allow: Callable[..., Allowance], clock: Clock) -> None:
    """The slow run counts what the quick one sends, and is not let through by it."""
    quick, slow = allow(60), allow(1)
    assert quick.wait_for_request() == 0
    assert slow.wait_for_request() == pytest.approx(61, abs=0.01)
    clock.ms += 2 * SECOND
    assert quick.wait_for_request() == 0


def test_a_run_that_ended_is_counted_by_the_next(allow: Callable[..., Allowance], clock: Clock) -> None:
    first = allow(60)
    assert first.wait_for_request() == 0
    first.close()
    clock.ms += 500
    assert allow(60).wait_for_request() == pytest.approx(0.517, abs=0.002)


def test_tokens_are_counted_whoever_spends_them(allow: Callable[..., Allowance], clock: Clock) -> None:
    one, other = allow(tokens=10_000), allow(tokens=10_000)
    assert one.wait_for_tokens(6_000) == 0
    clock.ms += 20 * SECOND
    assert other.wait_for_tokens(4_001 - TOKENS_A_UNIT) == 0
    assert other.wait_for_tokens(TOKENS_A_UNIT) == pytest.approx(41, abs=0.01)
    clock.ms += 42 * SECOND
    assert other.wait_for_tokens(6_000) == 0
    assert one.wait_for_tokens(1) > 0


def test_more_tokens_than_a_minute_has_go_when_a_minute_is_free(allow: Callable[..., Allowance], clock: Clock) -> None:
    run = allow(tokens=1_000)
    assert run.wait_for_tokens(10) == 0
    assert run.wait_for_tokens(1_000_000) == pytest.approx(61, abs=0.01)
    clock.ms += 62 * SECOND
    assert run.wait_for_tokens(1_000_000) == 0


def test_a_limit_that_is_smaller_than_a_unit_still_lets_something_through(
    allow: Callable[..., Allowance], clock: Clock
) -> None:
    run = allow(tokens=1)
    assert run.wait_for_tokens(500) == 0
    assert run.wait_for_tokens(500) > 60


def test_without_a_limit_everything_is_granted_and_no_file_is_made(allow: Callable[..., Allowance], path: Path) -> None:
    run = allow()
    assert [run.wait_for_request() for _ in range(9)] == [0.0] * 9
    assert run.wait_for_tokens(10**9) == 0
    assert not run.counts_tokens
    assert not path.parent.exists()


def test_the_file_is_this_users_alone(allow: Callable[..., Allowance], path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    allow(60, 60_000).wait_for_request()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_key_or_address_is_another_file_and_neither_can_be_read_from_its_name() -> None:
    url, key = "https://api.example.com/anthropic", "sk-very-secret-0123456789"
    paths = {shared_path(*pair) for pair in [(url, key), (url, f"{key}0"), (f"{url}/2", key)]}
    assert len(paths) == 3
    assert shared_path(url, key) in paths
    assert not any("secret" in str(each) or "example" in str(each) for each in paths)


def test_what_is_secret_is_not_in_the_file_either(allow: Callable[..., Allowance], path: Path) -> None:
    allow(60).wait_for_request()
    with sqlite3.connect(path) as conn:
        assert [name for (name, _) in conn.execute("SELECT * FROM requests")] == ["requests"]


def garbage(path: Path) -> None:
    path.write_bytes(b"no database at all, " * 500)


def other_columns(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE requests (what TEXT)")


def cut_short(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE requests (name VARCHAR, item_timestamp INTEGER)")
        conn.executemany("INSERT INTO requests VALUES ('a', ?)", [(START + n,) for n in range(2000)])
    conn.close()
    os.truncate(path, path.stat().st_size // 2)


def of_the_future(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE requests (name VARCHAR, item_timestamp INTEGER)")
        conn.execute("INSERT INTO requests VALUES ('requests', ?)", (START + 86_400_000,))


@pytest.mark.parametrize("damage", [garbage, other_columns, cut_short, of_the_future])
def test_a_file_that_is_of_no_use_is_begun_anew_and_said_so(
    damage: Callable[[Path], None], allow: Callable[..., Allowance], path: Path, said: Said
) -> None:
    path.parent.mkdir()
    damage(path)
    one, other = allow(60), allow(60)
    assert one.wait_for_request() == 0
    assert len(said) == 1
    assert str(path) in said[0] or damage is of_the_future
    assert "a new count is begun" in said[0]
    assert other.wait_for_request() > 1  # which is shared again
    assert len(said) == 1


def test_a_file_that_is_damaged_while_it_is_in_use_is_begun_anew_too(
    allow: Callable[..., Allowance], path: Path, clock: Clock, said: Said
) -> None:
    run = allow(60)
    assert run.wait_for_request() == 0
    garbage(path)
    clock.ms += 2 * SECOND
    assert run.wait_for_request() == 0
    assert run.wait_for_request() > 1
    assert len(said) == 1


@pytest.mark.parametrize("kept", [True, False])
def test_a_clock_that_is_set_back_does_not_stop_a_run(kept: bool, path: Path, clock: Clock, said: Said) -> None:
    run = Allowance(requests=60, tokens=None, path=path if kept else None, now=clock, say=said)
    assert run.wait_for_request() == 0
    clock.ms -= 60 * MINUTE
    assert run.wait_for_request() == 0
    assert "the clock was set back" in said[0]
    assert 1 < run.wait_for_request() < 1.1
    run.close()


def test_old_counts_are_no_hindrance_and_do_not_pile_up(
    allow: Callable[..., Allowance], path: Path, clock: Clock, said: Said
) -> None:
    run = allow(60)
    granted_to([run.wait_for_request], clock, 30 * SECOND)
    run.close()
    clock.ms += 24 * 60 * MINUTE
    assert allow(60).wait_for_request() == 0
    assert said == []
    with sqlite3.connect(path) as conn:
        assert conn.execute("SELECT COUNT(*) FROM requests").fetchone() == (1,)


def test_a_file_that_stays_locked_does_not_stop_a_run(
    allow: Callable[..., Allowance], path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(60).wait_for_request()
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.05))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    run = allow(60)
    assert run.wait_for_request() == 0
    assert "locked" in said[0]
    assert "one at a time" in said[0]
    assert run.wait_for_request() > 0.9  # its own count goes on
    holder.close()
    assert path.stat().st_size > 0


def test_a_folder_of_another_user_is_not_used(
    allow: Callable[..., Allowance], path: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.parent.mkdir()
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    assert allow(60).wait_for_request() == 0
    assert "not this user's folder" in said[0]
    assert list(path.parent.iterdir()) == []


def test_a_link_in_the_folders_place_is_not_followed(
    allow: Callable[..., Allowance], path: Path, said: Said, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    path.parent.symlink_to(tmp_path / "elsewhere")
    assert allow(60).wait_for_request() == 0
    assert "not this user's folder" in said[0]
    assert list((tmp_path / "elsewhere").iterdir()) == []


PROCESSES, SHARE, TRIES = 3, 60, 60
_together: Barrier


class Hesitant(SlidingWindowLog):
    """Takes its time between counting and granting, so that two processes that may do so at once surely do."""

    def admit(self, rates: list[Rate], counts: Sequence[int], weight: int) -> Decision:
        time.sleep(0.002)
        return super().admit(rates, counts, weight)


def _prepare(together: Barrier) -> None:
    global _together
    _together = together
    setattr(shared_rate_limit, "SQLiteBucket", partial(SQLiteBucket, algorithm=Hesitant()))  # noqa: B010


def _ask_often(path: Path) -> int:
    """How many of many requests are granted at one moment, which does not pass."""
    run = Allowance(requests=SHARE * 600, tokens=None, path=path, now=lambda: START)
    _together.wait(60)
    return sum(run.wait_for_request() == 0 for _ in range(TRIES))


def test_processes_that_ask_at_the_same_moment_are_not_granted_the_same_place(path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    together = spawn.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, mp_context=spawn, initializer=_prepare, initargs=(together,)) as pool:
        granted = list(pool.map(_ask_often, [path] * PROCESSES))
    assert sum(granted) == SHARE
