"""Ctrl-C while rows are measured: the run ends at once, and every file that is there is whole."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from conformance.evidence.cassette import Recording
from conformance.evidence.journal import read_journal
from conformance.protocol.answer import read_answer
from tests.end_to_end.running import MODEL, Ended, environment, files_below
from tests.end_to_end.servers import embedded

PATIENCE = 60.0
AT_ONCE = 30.0
"""Seconds: starting Python can take 15 on a busy machine; the answers that are waited for would take the usual 120."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    ended: Ended
    folder: Path


@pytest.fixture(scope="module")
def interrupted(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interrupted]:
    """A recording run that is interrupted once some rows are done and others wait for an answer that does not come."""
    folder = tmp_path_factory.mktemp("interrupted")
    hanging = threading.Event()

    async def slow_with_tools(request: Request, body: bytes) -> Response | None:
        if b'"tools"' not in body:
            return None
        hanging.set()
        while not await request.is_disconnected():
            await asyncio.sleep(0.05)
        return Response()

    with embedded(slow_with_tools) as url:
        command = [sys.executable, "-m", "pytest", f"--endpoint={url}", f"--model={MODEL}", "--record"]
        command += [f"--cassettes={folder / 'cassettes'}", f"--reports={folder / 'reports'}"]
        command += ["-k", "tool_choice or errors", "--concurrency=40", "-p", "no:cacheprovider"]
        with subprocess.Popen(
            command,
            cwd=checkout,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            # What is started in the background of a shell is deaf to Ctrl-C, and so is all that it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as run:
            assert hanging.wait(PATIENCE)
            deadline = time.monotonic() + PATIENCE
            while not list(folder.rglob("errors.*.yaml")):
                assert time.monotonic() < deadline, "no row was done"
                time.sleep(0.02)
            begun = time.monotonic()
            run.send_signal(signal.SIGINT)
            out, _ = run.communicate(timeout=PATIENCE)
        yield Interrupted(
            ended=Ended(code=run.returncode, out=out, seconds=time.monotonic() - begun),
            folder=folder,
        )


def test_an_interrupted_run_ends_at_once_with_2(interrupted: Interrupted) -> None:
    assert interrupted.ended.code == 2, interrupted.ended.out
    assert interrupted.ended.seconds < AT_ONCE
    assert "KeyboardInterrupt" in interrupted.ended.out
    assert "INTERNALERROR" not in interrupted.ended.out


def test_an_interrupted_run_writes_no_report_and_leaves_its_journal(interrupted: Interrupted) -> None:
    (left,) = files_below(interrupted.folder / "reports")
    journal = read_journal(interrupted.folder / "reports" / left)
    assert journal.path.name == "selection.journal.jsonl"
    # A failure after the last answer is in doubt, and asked anew.
    answered = [each for each in journal.exchanges if read_answer(each).answered]
    assert 0 < len(answered) <= len(journal.standing) <= len(journal.exchanges)


def test_the_rows_that_were_done_keep_their_cassettes_whole(interrupted: Interrupted) -> None:
    left = sorted((interrupted.folder / "cassettes").rglob("*"))
    files = [path for path in left if path.is_file()]
    assert files
    assert all(path.suffix == ".yaml" and not path.name.startswith(".") for path in files)
    for path in files:
        recording = Recording(path)
        assert recording.info.row == path.stem
        assert recording.exchanges


def test_the_rows_that_were_not_done_have_no_cassette(interrupted: Interrupted) -> None:
    assert list(interrupted.folder.rglob("tool_choice.any.yaml")) == []
