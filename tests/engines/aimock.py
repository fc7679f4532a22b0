"""Starts aimock, a server that answers by a script: what it sends is as its authors read the Messages API.

    python -m tests.engines.aimock -- pytest --provider=aimock

It needs npm. The script (`aimock_fixtures/`) calls a tool when asked about the weather and else says one sentence; no
model reads anything, so that most rows cannot be told, and the wire is what remains.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines.serving import HOST, EngineError, install, main, running

PACKAGE, VERSION = "@copilotkit/aimock", "1.43.0"
FIXTURES = Path(__file__).with_name("aimock_fixtures")
INSTALL_SECONDS = 600


def installed(cache: Path) -> Path:
    """The server's program, installed where it is missing."""
    folder = cache / VERSION
    program = folder / "node_modules" / ".bin" / "llmock"
    if program.exists():
        return program
    npm = shutil.which("npm")
    if npm is None:
        raise EngineError("aimock needs Node.js with npm, and there is no npm on the path")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", f"{PACKAGE}@{VERSION}"]
    install(command, f"{PACKAGE}@{VERSION}", INSTALL_SECONDS)
    return program


@contextmanager
def mock(options: argparse.Namespace, port: int, key: str) -> Iterator[subprocess.Popen[bytes]]:
    """The server, which takes this one key."""
    cache: Path = options.folder
    with running(
        [str(installed(cache)), "-h", HOST, "-p", str(port), "-f", str(FIXTURES), "--log-level", "warn"],
        environment=os.environ | {"AIMOCK_API_KEYS": key},
        port=port,
        health="/health",
        log=cache / f"server-{port}.log",
    ) as process:
        yield process


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], mock, engine="aimock", title="aimock", port=8190))
