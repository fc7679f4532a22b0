"""`python -m tests.clients.claude_code`: does the real Claude Code finish its turns on an endpoint that
goes wrong everywhere in one way?

CLAUDE_CODE names the client's binary (`npm install @anthropic-ai/claude-code@2.1.197`; it is no dependency of this
project). No network is needed: each
endpoint is the embedded one, on loopback. Two turns are tried: words, and a tool call with its result.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.reference.transforms import Act
from tests.clients.cases import CLAUDE_CODE, FAILS, WORKS, Outcomes, run
from tests.clients.serving import served

NAME, BINARY = "claude_code", "CLAUDE_CODE"
SECONDS = 45
GREETING = "Reply with exactly: HELLO-4711"
SAID = "HELLO-4711"
CODE = "QZX-4411"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """How a turn ended: `outcome` is works or fails, `said` the result that it showed."""

    outcome: str
    said: str
    asked: tuple[str, ...]


def words(client: Path, act: Act | None) -> Turn:
    """A turn that is answered in words."""
    return _turn(client, act, lambda folder: GREETING, SAID)


def tool_call(client: Path, act: Act | None) -> Turn:
    """A turn in which a file is read and its code is told."""

    def task(folder: Path) -> str:
        notes = folder / "notes.txt"
        notes.write_text(f"The code of the locker is {CODE}.\n", encoding="utf-8")
        return f'Call the Read tool with the file_path "{notes}"; then say which code stands in the file.'

    return _turn(client, act, task, CODE)


def _turn(client: Path, act: Act | None, task: Callable[[Path], str], wanted: str) -> Turn:
    with tempfile.TemporaryDirectory() as name, served((act,) if act else ()) as endpoint:
        home, work = Path(name) / "home", Path(name) / "work"
        home.mkdir()
        work.mkdir()
        prompt = task(work)
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(home),
            "ANTHROPIC_BASE_URL": endpoint.url,
            "ANTHROPIC_AUTH_TOKEN": "a-token-of-no-value",
            "ANTHROPIC_MODEL": "reference-1",
            "CLAUDE_CODE_MAX_RETRIES": "2",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }
        command = [str(client), "-p", prompt, "--output-format", "json", "--allowedTools", "Read"]
        try:
            done = subprocess.run(
                command,
                cwd=work,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Turn(outcome=FAILS, said=f"not done in {SECONDS} s", asked=tuple(endpoint.asked))
        try:
            result = json.loads(done.stdout)
        except ValueError:
            result = {"is_error": True, "result": done.stdout.decode()[-200:] + done.stderr.decode()[-200:]}
    said = str(result.get("result", ""))
    if done.returncode or result.get("is_error") or wanted not in said:
        return Turn(outcome=FAILS, said=said[:200], asked=tuple(endpoint.asked))
    return Turn(outcome=WORKS, said=said[:200], asked=tuple(endpoint.asked))


def outcomes(client: Path, act: Act | None) -> Outcomes:
    """How both turns ended, the words that were said where one failed, and how often the client asked."""
    first, second = words(client, act), tool_call(client, act)
    said = "; ".join(" ".join(turn.said.split()) for turn in (first, second) if turn.outcome == FAILS)
    asked = [str(sum(each.startswith("POST") for each in turn.asked)) for turn in (first, second)]
    return {"words": first.outcome, "tool call": second.outcome, "requests": "+".join(asked), "said": said}


def main(arguments: Sequence[str] | None = None) -> int:
    """Sets the client before every case."""
    client = os.environ.get(BINARY)
    if not client:
        print(f"{BINARY} must name the binary of Claude Code", file=sys.stderr)
        return 2
    return run(
        NAME, "python -m tests.clients.claude_code", CLAUDE_CODE, lambda act: outcomes(Path(client), act), arguments
    )


if __name__ == "__main__":
    sys.exit(main())
