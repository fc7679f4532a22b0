"""The folder in which the runs of one user on one machine meet."""

from __future__ import annotations

import getpass
import os
import stat
import tempfile
from pathlib import Path


def shared_folder() -> Path:
    """Where the runs of this user on this machine meet."""
    owner = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    return Path(tempfile.gettempdir()) / f"messages-api-conformance-{owner}"


def make_private(path: Path) -> None:
    """Makes the file, for this user alone. Raises OSError for a folder that is another user's, or none."""
    folder = path.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
        raise PermissionError(f"{folder} is not this user's folder")
    folder.chmod(0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
