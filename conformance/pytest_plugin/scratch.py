"""The folder in which the processes of one run meet. It goes with the run; that of a run which was killed goes with a
later one."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from conformance.evidence.shared_folder import make_private, shared_folder

PREFIX, LOCK = "run-", "lock"
BEING_MADE = 60.0
"""Seconds for which a folder without a lock may be one that is just being made."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder of this run's own, held by a lock that the system lets go when the process ends, however it ends.
    Raises OSError."""
    above = shared_folder()
    try:
        make_private(above / LOCK)
    except PermissionError:  # another user has taken the name: a folder that nobody clears away has to do
        with tempfile.TemporaryDirectory(prefix="conformance-") as name:
            yield Path(name)
        return
    _remove_left_behind(above)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=above))
    lock = FileLock(folder / LOCK)
    lock.acquire()
    try:
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left_behind(above: Path) -> None:
    for folder in above.glob(f"{PREFIX}*"):
        with suppress(OSError, Timeout):
            held = folder / LOCK
            if not held.is_file() and time.time() - folder.stat().st_mtime < BEING_MADE:
                continue
            with FileLock(held, blocking=False):
                shutil.rmtree(folder, ignore_errors=True)
