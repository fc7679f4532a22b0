"""What an endpoint grants a minute, shared by every run against it on this machine.

The count is pyrate-limiter's, in a SQLite file that is named by a digest of address and key: two runs that were started
by hand in two terminals keep one limit together. SQLite's own write lock stands between them, so nothing else has to be
installed or cleaned up. The file lies in the temporary folder: it matters for a minute, and a home on a network has no
locks to rely on.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from pyrate_limiter import Rate, RateItem, SQLiteBucket, SQLiteQueries

from conformance.evidence.shared_folder import make_private, shared_folder

MINUTE = 61_000
"""Milliseconds, a second more than a minute has: requests that leave a minute apart may arrive closer together."""

TOKENS_A_UNIT = 100
"""Tokens are counted in steps of so many, rounded up, because the bucket keeps a line for each unit."""


def wall_clock() -> int:
    """Milliseconds since 1970: the only clock that processes share."""
    return time.time_ns() // 1_000_000


class Allowance:
    """Grants requests and tokens, so many a minute; None is no limit.

    `path` is the file that the count lies in; without one this run counts alone. Granting never fails: a file that is
    of no use is begun anew, and where none can be kept this run counts alone; `say` is told either in one line.
    """

    def __init__(
        self,
        *,
        requests: int | None,
        tokens: int | None,
        path: Path | None,
        now: Callable[[], int] = wall_clock,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._rates = {
            "requests": request_rates(requests) if requests else None,
            "tokens": [Rate(max(1, tokens // TOKENS_A_UNIT), MINUTE)] if tokens else None,
        }
        self._path = path
        self._begun_anew = False
        self._now = now
        self._say = say
        self._buckets: dict[str, tuple[SQLiteBucket, sqlite3.Connection]] = {}

    @property
    def counts_tokens(self) -> bool:
        """Is there a limit of tokens at all? Where there is none, nobody needs to count them."""
        return self._rates["tokens"] is not None

    def wait_for_request(self) -> float:
        """Takes one request and gives 0.0, or gives the seconds after which to ask again."""
        return self._wait_for("requests", 1)

    def wait_for_tokens(self, tokens: int) -> float:
        """Takes so many tokens and gives 0.0, or gives the seconds after which to ask again. More than a minute's
        worth is granted once a whole minute's worth is free: it would never be otherwise."""
        return self._wait_for("tokens", -(-tokens // TOKENS_A_UNIT))

    def close(self) -> None:
        """Closes the file."""
        for _, connection in self._buckets.values():
            connection.close()
        self._buckets.clear()

    def _wait_for(self, what: str, units: int) -> float:
        rates = self._rates[what]
        if rates is None or units <= 0:
            return 0.0
        weight = min(units, rates[-1].limit)
        try:
            return self._ask(what, rates, weight)
        except (OSError, sqlite3.Error) as error:
            if self._path is None:
                raise
            if not self._begin_anew(self._path, error):
                self._count_alone(self._path, error)
        return self._wait_for(what, units)

    def _ask(self, what: str, rates: list[Rate], weight: int) -> float:
        bucket, connection = self._bucket(what, rates)
        # The bucket counts first and writes then: between two processes that has to be one step.
        connection.execute("BEGIN IMMEDIATE")
        try:
            item = RateItem(what, self._now(), weight)  # a clock that is read before the lock is had may be behind
            if bucket.put(item):
                return 0.0
        finally:
            connection.rollback()
        wait = bucket.waiting(item)
        assert isinstance(wait, int)
        if bucket.failing_rate is not None and wait > bucket.failing_rate.interval + 1:
            # Only what was counted in the future takes longer than the window.
            self._say("rate limit: the clock was set back since the last request was counted; a new count is begun")
            bucket.flush()
            return self._ask(what, rates, weight)
        return max(wait, 1) / 1000

    def _bucket(self, what: str, rates: list[Rate]) -> tuple[SQLiteBucket, sqlite3.Connection]:
        """What counts, and its connection to the file, which is ours so that a step can be made one transaction."""
        if what not in self._buckets:
            if self._path is not None:
                make_private(self._path)
            connection = sqlite3.connect(self._path or ":memory:", check_same_thread=False)
            try:
                self._buckets[what] = self._begun(what, rates, connection), connection
            except BaseException:
                connection.close()
                raise
        return self._buckets[what]

    def _begun(self, what: str, rates: list[Rate], connection: sqlite3.Connection) -> SQLiteBucket:
        connection.execute("PRAGMA synchronous=OFF")  # what a power cut loses is a minute old when it is back
        connection.execute(SQLiteQueries.CREATE_BUCKET_TABLE.format(table=what))
        index = f"idx_{what}_rate_item_timestamp"
        connection.execute(SQLiteQueries.CREATE_INDEX_ON_TIMESTAMP.format(index_name=index, table_name=what))
        connection.commit()
        bucket = SQLiteBucket(rates, connection, table=what)
        bucket.leak(self._now())
        return bucket

    def _begin_anew(self, path: Path, error: Exception) -> bool:
        """Empties a damaged file, once; False where that is no remedy."""
        self.close()
        if self._begun_anew or not _is_damage(error):
            return False
        try:
            # Emptied in its place, so that the runs that have it open go on sharing it.
            Path(f"{path}-journal").unlink(missing_ok=True)
            os.truncate(path, 0)
        except OSError:
            return False
        self._begun_anew = True
        self._say(f"rate limit: the count in {path} cannot be used ({error}); a new count is begun")
        return True

    def _count_alone(self, path: Path, error: Exception) -> None:
        self._path = None
        self._say(
            f"rate limit: no count can be kept in {path} ({error}); other runs against this endpoint are not "
            "counted, so run one at a time"
        )


def request_rates(limit: int) -> list[Rate]:
    """What may leave: no more than the limit in a minute, and that evenly: at most a tenth of a second's share at once.

    Vendors that say 60 a minute may well count one a second, and a run that begins with a burst is told 429 by them.
    Up to 600 a minute that is one request at a time; timers are too coarse to spread more than ten a second.
    """
    at_once = max(1, limit // 600)
    whole = Rate(limit, MINUTE)
    return [whole] if limit == at_once else [Rate(at_once, at_once * MINUTE // limit), whole]


def shared_path(url: str, key: str) -> Path:
    """The file of an endpoint and key: its name is a digest, which tells neither."""
    digest = hashlib.sha256(f"{url}\n{key}".encode(errors="replace")).hexdigest()[:32]
    return shared_folder() / f"{digest}.sqlite"


def _is_damage(error: Exception) -> bool:
    """Is it the file's content that is at fault, and not that it is locked or out of reach?"""
    name = getattr(error, "sqlite_errorname", "SQLITE_CORRUPT") if isinstance(error, sqlite3.Error) else ""
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR", "SQLITE_SCHEMA"))
