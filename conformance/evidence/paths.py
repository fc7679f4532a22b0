"""Where a run's files lie: names that cannot leave their folder, and one run at a time where they would meet."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from conformance.evidence.shared_folder import make_private, shared_folder

LONGEST_NAME = 100
"""A file system takes 255 bytes for a name; what is put before and behind one has to fit in as well."""

RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
"""Names that Windows gives to devices, whatever their ending."""


class FolderError(Exception):
    """A folder that this run may not write to; the text names it and what to do."""


def safe_name(name: str) -> str:
    """A name that is one path segment on every system and cannot leave its folder: `org/model` is `org_model`.

    Where more than a slash, a colon or a space had to go, the name's digest stands behind it: two models that differ in
    letters that no file name can have must not share a folder. A name that was made so is made the same again.
    """
    plain = re.sub(r"[^A-Za-z0-9._+-]+", "_", name).strip(".") or "_"
    readable = plain == re.sub(r"[/: ]", "_", name) and len(plain) <= LONGEST_NAME
    if readable and not RESERVED.fullmatch(plain):
        return plain
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{digest}-{plain}"[:LONGEST_NAME].rstrip(".")


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keeps other runs on this machine from writing to a file until this one is done with it, or dead. Raises
    FolderError where another run has it.

    The lock is a file of the temporary folder: it is let go by the system when its process ends, and a folder that is
    published stays as it is. Where none can be had the run goes on without.
    """
    name = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    lock = shared_folder() / f"{name}.lock"
    try:
        make_private(lock)
        own = FileLock(lock, blocking=False)
        own.acquire()
    except Timeout:
        raise FolderError(
            f"{path.parent}: another run is writing here just now; wait until it ends, or name another folder with "
            "--reports"
        ) from None
    except OSError:
        yield
        return
    try:
        yield
    finally:
        own.release()


def clash(folder: Path, provider: str, model: str) -> str:
    """Whose reports lie in the folder, where they are not those of this provider and model; empty where there is no
    such clash. A file system may take `Model` and `model` for one, and both `a/b` and `a_b` are `a_b`."""
    for stem in ("matrix", "selection"):
        try:
            found = json.loads((folder / f"{stem}.json").read_bytes())["endpoint"]
            theirs, ours = (found["provider"], found["model"]), (provider, model)
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            continue
        if theirs != ours:
            return f"{folder} holds the results of {theirs[1]!r} of {theirs[0]!r}: name another folder with --reports"
    return ""
