"""What the scripts that start a real server share: a free port, waiting until it is ready, a command beside it.

A script says how its server is installed and started; `main` parses `--port` and `--folder`, finds or draws the key,
and runs the command that follows `--` with CONFORMANCE_API_KEY and CONFORMANCE_ENDPOINT, or serves until Ctrl-C. The
command's exit code is the script's.
"""

from __future__ import annotations

import argparse
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import FrameType

HOST = "127.0.0.1"
KEY_VARIABLE = "CONFORMANCE_API_KEY"
ENDPOINT_VARIABLE = "CONFORMANCE_ENDPOINT"
STOP_SECONDS = 10
LOG_TAIL_LINES = 20


class EngineError(Exception):
    """The server cannot be had; the text says why."""


def say(text: str) -> None:
    """Tells the person at the terminal; standard output stays the command's."""
    print(text, file=sys.stderr, flush=True)


def cache_folder(engine: str) -> Path:
    """Where an engine is unpacked, where no folder is given."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "messages-api-conformance" / engine


def install(command: Sequence[str], what: str, seconds: float) -> None:
    """Runs an installer. Raises EngineError with its own words where it fails."""
    say(f"installing {what}")
    try:
        done = subprocess.run(list(command), capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise EngineError(f"{what} was not installed within {seconds:.0f} s") from None
    if done.returncode:
        raise EngineError(f"{what} was not installed: {telling(done.stderr)}")


def telling(output: str) -> str:
    """The lines of an installer's output that say what went wrong: two where a hash does not match."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    wanted = [line for line in lines if line.startswith(("ERROR:", "Expected sha256", "Got", "npm error", "npm ERR!"))]
    return " ".join((wanted or lines or ["the installer said nothing"])[-3:])


def choose_port(wanted: int) -> int:
    """The wanted port where it is free, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                chosen: int = probe.getsockname()[1]
                if wanted not in (0, chosen):
                    say(f"port {wanted} is not free, using {chosen}")
                return chosen
    raise EngineError(f"no free port on {HOST}")


def is_ready(port: int, path: str) -> bool:
    """Whether the server answers its health check with 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def tail(log: Path) -> str:
    """The last lines of the log, indented."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]
    return "\n".join(f"  {line}" for line in lines) or "  (empty)"


def wait_until_ready(process: subprocess.Popen[bytes], port: int, health: str, log: Path, seconds: float) -> None:
    """Returns when the server is ready; says why it is not after a bounded time."""
    name = Path(str(process.args[0] if isinstance(process.args, list) else process.args)).name
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            reason = f"{name} ended with code {process.returncode} before it was ready"
            raise EngineError(f"{reason}; the end of {log}:\n{tail(log)}")
        if is_ready(port, health):
            return
        time.sleep(0.1)
    raise EngineError(f"{name} was not ready within {seconds:.0f} s; the end of {log}:\n{tail(log)}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that this script started: asked first, then killed."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running(
    command: Sequence[str], *, environment: Mapping[str, str], port: int, health: str, log: Path, seconds: float = 60
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts and awaits a server, and stops it at the end.

    It gets a process group of its own, so that Ctrl-C reaches it only through this script.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        try:
            wait_until_ready(process, port, health, log, seconds)
            yield process
        finally:
            stop(process)


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs the command and returns its exit code, as a shell counts it.

    Ctrl-C at the terminal reaches the command by itself: it decides what that means.
    """
    before = signal.signal(signal.SIGINT, leave_to_the_command)
    try:
        process = subprocess.Popen(list(command), env=dict(environment))
        try:
            code = process.wait()
        finally:
            stop(process)
    except OSError as error:
        raise EngineError(f"cannot run {command[0]}: {error.strerror}") from None
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


def serve(process: subprocess.Popen[bytes]) -> int:
    """Waits until the script is stopped; a server that ends by itself is an error."""
    raise EngineError(f"the server ended by itself with code {process.wait()}")


def stop_on_signal(number: int, _frame: FrameType | None) -> None:
    """Turns a signal into an exit, so that every process is stopped; a second one is ignored."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


def leave_to_the_command(_number: int, _frame: FrameType | None) -> None:
    """Does nothing, in this process only: a handler, unlike an ignored signal, is not inherited."""


Started = Callable[[argparse.Namespace, int, str], AbstractContextManager[subprocess.Popen[bytes]]]
"""How a script starts its server: from the options, the port and the key."""


def main(
    arguments: Sequence[str],
    start: Started,
    *,
    engine: str,
    title: str,
    port: int,
    options: Callable[[argparse.ArgumentParser], None] = lambda parser: None,
) -> int:
    """The script: returns its exit code. `port` is the one that the engine's claims file names."""
    words = list(arguments)
    cut = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(description=f"Starts {title} on this machine, and runs a command beside it.")
    parser.add_argument("--port", type=int, default=port, help="%(default)s by default; 0 or a busy one: a free one")
    parser.add_argument("--folder", type=Path, default=cache_folder(engine), help="cache (default: %(default)s)")
    options(parser)
    parser.usage = f"{parser.format_usage().removeprefix('usage: ').strip()} [-- COMMAND...]"
    parsed, command = parser.parse_args(words[:cut]), words[cut + 1 :]
    if not 0 <= parsed.port <= 65535:
        parser.error(f"no such port: {parsed.port}")
    signal.signal(signal.SIGINT, stop_on_signal)
    signal.signal(signal.SIGTERM, stop_on_signal)
    try:
        return beside(parsed, command, start, title)
    except (EngineError, OSError) as error:
        say(f"error: {error}")
        return 1


def beside(parsed: argparse.Namespace, command: Sequence[str], start: Started, title: str) -> int:
    """Starts the server, then runs the command, or serves where there is none."""
    parsed.folder = parsed.folder.absolute()
    parsed.folder.mkdir(parents=True, exist_ok=True)
    given = os.environ.get(KEY_VARIABLE)
    key = given or f"sk-{secrets.token_urlsafe(24)}"
    port = choose_port(parsed.port)
    endpoint = f"http://{HOST}:{port}"
    with start(parsed, port, key) as process:
        say(f"{title} is ready at {endpoint}, pid {process.pid}")
        if command:
            return run(command, os.environ | {KEY_VARIABLE: key, ENDPOINT_VARIABLE: endpoint})
        if not given:
            print(f"export {KEY_VARIABLE}={key}")
        print(f"export {ENDPOINT_VARIABLE}={endpoint}", flush=True)
        return serve(process)
