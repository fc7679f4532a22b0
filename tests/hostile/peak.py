"""A pytest plugin for a run that is watched: writes down the most memory that this process ever held, in bytes."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

VARIABLE = "CONFORMANCE_TESTS_PEAK"


def pytest_unconfigure() -> None:
    Path(os.environ[VARIABLE]).write_text(str(peak()), encoding="utf-8")


def peak() -> int:
    """The peak of this program alone: what getrusage says on Linux begins with that of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
