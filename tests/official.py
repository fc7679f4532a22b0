"""Holds what the official API really answered to every rule of the wire that a whole run is held to.

    python -m tests.official           # downloads the recordings (one source distribution, by pip) and judges them
    python -m tests.official FILE      # judges those of a source distribution that lies here

The recordings stand in the tests of langchain-anthropic. They are read, and nothing of them is kept. Ends with 1 and
names each rule that an official answer is said to break.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.rows import ROWS

RECORDED_IN = "langchain-anthropic==1.7.10"
BUILT_WITH = "hatchling"
PREFIX = "/v1/"


def download(folder: Path) -> Path:
    """The source distribution, by pip, which wants its build backend at hand. Raises CalledProcessError."""
    aside = folder / "backend"
    subprocess.run([sys.executable, "-m", "venv", str(aside)], check=True)
    pip = [str(aside / "bin" / "python"), "-m", "pip", "--quiet"]
    subprocess.run([*pip, "install", BUILT_WITH], check=True)
    options = ["--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--dest", str(folder)]
    subprocess.run([*pip, "download", *options, RECORDED_IN], check=True)
    return next(folder.glob("*.tar.gz"))


def exchanges_in(archive: Path) -> Iterator[tuple[str, Exchange]]:
    """Every recorded exchange of the Messages API, with the file and the place that it stands at."""
    with tarfile.open(archive) as files:
        for member in sorted(files.getmembers(), key=lambda each: each.name):
            file = files.extractfile(member) if member.name.endswith(".yaml.gz") else None
            if file is None:
                continue
            recorded = yaml.safe_load(gzip.decompress(file.read()))
            pairs = zip(recorded["requests"], recorded["responses"], strict=True)
            for number, (asked, answered) in enumerate(pairs):
                if PREFIX in asked["uri"]:
                    yield f"{Path(member.name).name}, {number}", exchange_of(asked, answered)


def exchange_of(asked: Any, answered: Any) -> Exchange:
    """Headers are blackened in the recordings: the content type is told by the bytes."""
    body = answered["body"]["string"]
    body = body.encode() if isinstance(body, str) else body
    body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    streamed = body.lstrip().startswith(b"event:")
    sent = asked["body"] or b""
    return Exchange(
        request=Request(
            path=PREFIX + asked["uri"].partition(PREFIX)[2],
            method=asked["method"],
            headers={},
            body=sent.encode() if isinstance(sent, str) else sent,
        ),
        status=answered["status"]["code"],
        headers={"content-type": "text/event-stream" if streamed else "application/json"},
        chunks=((0.0, body),),
    )


def said_of(exchange: Exchange) -> list[str]:
    """The rules that an exchange is said to break."""
    return [
        f"{row.id}: {violation.rule}" for row in ROWS if row.everywhere for violation in row.everywhere.find(exchange)
    ]


def main(words: Sequence[str]) -> int:
    """Judges the recordings. The exit code is 1 where one is said to break a rule."""
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(words[0]) if words else download(Path(scratch))
        judged = list(exchanges_in(archive))
        false = [f"{place}: {told}" for place, exchange in judged for told in said_of(exchange)]
    answered = sum(read_answer(exchange).answered for _, exchange in judged)
    print("\n".join([*false, f"{answered} official answers of {len(judged)} exchanges, {len(false)} false words"]))
    return 1 if false or not answered else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
