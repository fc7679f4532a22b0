"""A canary for a key: an endpoint gives it back in every spelling, and every byte written or shown is searched for it.

The runs fail rows, show locals, spread over workers, write JUnit and Allure, are interrupted and gone on with. Beside
the suite's rows there is a test of somebody else that fails with the whole environment in its locals.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse

from tests.core.made_up import block, close, delta, end, message, start
from tests.core.spelled import hits, needles, spellings
from tests.end_to_end.running import MODEL, environment, files_below
from tests.end_to_end.servers import always
from tests.tally import Tally

CANARY = "sk-canary/Ab+9_x=Z0q-4f1e77b0e2"
GATEWAY = "gateway/Secret+77b0e2-51aa"
VARIABLES = {"CONFORMANCE_API_KEY": CANARY, "GATEWAY": GATEWAY}
SECRETS = tuple(VARIABLES.values())
PATIENCE = 120.0
HELD_FROM = 60
"""The request from which on the first run waits, until it is interrupted."""

REFUSED = ("--endpoint", "--model", "--auth")
"""Options that are given the key itself."""

OWN_TEST = """
import os
import warnings

def test_of_somebody_else():
    environment = dict(os.environ)
    key = environment["CONFORMANCE_API_KEY"]
    print("printed", key)
    warnings.warn(f"warned of {key}")
    assert not key, f"the key is {key}"
"""


@dataclass(slots=True)
class Parrot:
    """Gives back what it was sent, in one spelling after another and in one place after another. `looked` is what it
    saw meanwhile of this machine: command lines and temporary files."""

    temporary: Path
    numbers: Iterator[int] = field(default_factory=count)
    arrived: int = 0
    holds: bool = False
    holding: threading.Event = field(default_factory=threading.Event)
    looked: dict[str, bytes] = field(default_factory=dict)
    with_secrets: int = 0

    async def meet(self, request: Request) -> Response:
        number = self.arrived = next(self.numbers)
        body = await request.body()
        carried = request.headers.get("x-api-key", ""), request.headers.get("x-gateway", "")
        self.with_secrets += carried == SECRETS
        if number % 25 == 0:
            self.detect(number)
        while self.holds and number >= HELD_FROM and not await request.is_disconnected():
            self.holding.set()
            await asyncio.sleep(0.05)
        return self.answer(number, body)

    def detect(self, number: int) -> None:
        with suppress(OSError):
            self.looked |= {f"{number}/{name}": data for name, data in files_below(self.temporary).items()}
        for process in _below(os.getpid()):
            with suppress(OSError):
                self.looked[f"{number}/{process}/cmdline"] = Path(f"/proc/{process}/cmdline").read_bytes()

    def answer(self, number: int, body: bytes) -> Response:
        names = list(spellings(CANARY))
        name = names[number % len(names)]
        told = f"{spellings(CANARY)[name]} and {spellings(GATEWAY)[name]}"
        headers = {
            "request-id": CANARY,
            "x-request-id": GATEWAY,
            "set-cookie": f"key={CANARY}",
            "location": f"/?k={CANARY}",
        }
        if "\n" not in told:
            headers |= {"www-authenticate": f"Bearer {told}"}
        if b'"stream":true' in body:
            return StreamingResponse(_events(told, number), media_type="text/event-stream", headers=headers)
        if number and number % 5 == 0:
            error = {"type": "error", "error": {"type": "invalid_request_error", "message": f"not with {told}"}}
            return JSONResponse(error, status_code=(400, 401, 500)[number % 3], headers=headers)
        if number and number % 7 == 0:
            return HTMLResponse(f"<html><body>{told}</body></html>", headers=headers)
        if number and number % 11 == 0:
            return PlainTextResponse(f'{{"raw": "{told}', headers=headers)
        said = {"type": "text", "text": f"OK. You came with {told}."}
        called = {"type": "tool_use", "id": f"toolu_{CANARY}", "name": "f", "input": {told: [told]}}
        return JSONResponse(message(content=[said, called], model=MODEL, id=f"msg_{told}"), headers=headers)


async def _events(told: str, number: int) -> AsyncIterator[bytes]:
    """A stream that cuts the secrets over deltas, or over chunks."""
    yield start()
    yield block(0)
    if number % 2:
        for at in range(0, len(told), 3):
            yield delta(0, text=told[at : at + 3])
    else:
        whole = delta(0, text=told)
        for at in range(0, len(whole), 9):
            yield whole[at : at + 9]
            await asyncio.sleep(0)
    yield close(0)
    yield end()


def _below(process: int) -> Iterator[int]:
    """The processes that a process has started, and those that these have."""
    with suppress(OSError):
        for path in Path(f"/proc/{process}/task").glob("*/children"):
            for child in map(int, path.read_text().split()):
                yield child
                yield from _below(child)


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What the runs showed and left, by a name that says where; and how they ended."""

    found: Mapping[str, bytes]
    codes: Mapping[str, int]
    parrot: Parrot


@pytest.fixture(scope="module")
def searched(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Searched:
    folder = tmp_path_factory.mktemp("canary")
    own = folder / "test_own.py"
    own.write_text(OWN_TEST, encoding="utf-8")
    temporary = folder / "tmp"
    temporary.mkdir()
    parrot = Parrot(temporary)
    shown: dict[str, bytes] = {}
    codes: dict[str, int] = {}

    def run(name: str, *options: str, interrupted: bool = False) -> None:
        parrot.holds = interrupted
        with subprocess.Popen(
            [sys.executable, "-m", "pytest", *options],
            cwd=checkout,
            env=environment(**VARIABLES, TMPDIR=str(temporary)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as process:
            if interrupted:
                deadline = time.monotonic() + PATIENCE
                while not parrot.holding.wait(0.1) and process.poll() is None and time.monotonic() < deadline:
                    pass
                process.send_signal(signal.SIGINT)
            shown[f"terminal of {name}"], _ = process.communicate(timeout=PATIENCE)
            codes[name] = process.returncode
            (folder / f"{name}.seen").write_bytes(b"")

    with always(parrot.meet) as url:
        common = [f"--endpoint={url}", f"--model={MODEL}", "--header=x-gateway=GATEWAY", "--patience=0", "-o"]
        common += [f"cache_dir={folder / 'cache'}", f"--reports={folder / 'reports'}"]
        common += [f"--cassettes={folder / 'cassettes'}", "--record", "-vv", "--showlocals", "-rA", "--full-trace"]
        common += ["-p", "xdist", "-p", "allure_pytest", f"--alluredir={folder / 'allure'}", "conformance", str(own)]
        rows = ["-k", "headers or errors or stream or sdk or somebody"]
        junit = f"--junitxml={folder}/junit"
        run("interrupted", *common, *rows, f"{junit}0.xml", "-n", "0", interrupted=True)
        run("resumed", *common, *rows, f"{junit}1.xml", "-n", "2", "--resume")
        run("alone", *common, "-k", "request_id or somebody", f"{junit}2.xml", "-n", "0", "--tb=long")
        run("planned", *common[:-2], "--plan", "-k", "headers")
        for option in REFUSED:
            run(option, *common[:-2], f"{option}={CANARY}", "-k", "headers")
    return Searched(found={**shown, **parrot.looked, **files_below(folder)}, codes=codes, parrot=parrot)


def test_the_runs_were_what_they_should_be(searched: Searched) -> None:
    """Else a search that finds nothing would prove nothing."""
    assert searched.parrot.with_secrets > 50
    assert searched.codes["interrupted"] == 2
    assert searched.codes["resumed"] == searched.codes["alone"] == 1
    assert searched.codes["planned"] == 0
    names = " ".join(searched.found)
    for written in ("reports/", "cassettes/", "allure/", "junit1.xml", "junit2.xml", "/cmdline"):
        assert written in names, written
    resumed = searched.found["terminal of resumed"].decode()
    assert "going on with the run" in resumed
    assert "test_of_somebody_else" in resumed
    assert "environment" in resumed
    assert "the key is <key>" in resumed
    assert any(b"You came with <key>" in data for name, data in searched.found.items() if name.endswith(".yaml"))


def test_the_key_and_the_further_secret_are_nowhere(searched: Searched, tally: Tally) -> None:
    found = {
        name: [needle for secret in SECRETS for needle in hits(data + name.encode(), secret)]
        for name, data in searched.found.items()
        if not name.endswith("test_own.py")
    }
    tally("bytes searched for a key", sum(map(len, searched.found.values())))
    tally("files, terminals and command lines searched", len(found))
    tally("spellings of a key searched for", sum(len(needles(secret)) for secret in SECRETS))
    tally("hits of a key", sum(map(bool, found.values())))
    assert {name: needles for name, needles in found.items() if needles} == {}


def test_a_key_on_the_command_line_is_refused_before_anything_is_sent(searched: Searched) -> None:
    for option in REFUSED:
        said = searched.found[f"terminal of {option}"].decode()
        assert f"ERROR: {option}: the key itself, the value of CONFORMANCE_API_KEY, stands in it" in said
        assert searched.codes[option] == 4
