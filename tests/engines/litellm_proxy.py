"""Starts LiteLLM's proxy in front of llama.cpp's server: three of its ways to an upstream, each a model of its own.

    python -m tests.engines.litellm_proxy -- pytest --provider=litellm --model=openai

`openai` translates to the Responses API, `hosted_vllm` to chat completions, `anthropic` passes Messages on. Behind all
three stands SmolLM2 with the template that gives tools and thinking, so that what a column lacks beside llama.cpp's own
was lost on the way. The proxy is installed into a virtual environment of its own (700 MB), pinned by
`litellm_requirements.txt`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines.llama_cpp import TEMPLATED, llama_server
from tests.engines.serving import HOST, cache_folder, choose_port, install, main, running

REQUIREMENTS = Path(__file__).with_name("litellm_requirements.txt")
INSTALL_SECONDS = 1800
READY_SECONDS = 120
ROUTES = {"openai": "/v1", "hosted_vllm": "/v1", "anthropic": ""}
"""LiteLLM's names of its routes, and what each wants behind the upstream's address."""


def config(upstream: str, key: str) -> dict[str, object]:
    """The proxy's settings; its own retries and pauses would answer in the upstream's place."""
    models = [
        {
            "model_name": route,
            "litellm_params": {"model": f"{route}/{TEMPLATED}", "api_base": f"{upstream}{path}", "api_key": key},
            # Without it the openai route refuses thinking before it asks: it knows no model of this name.
            "model_info": {"supports_reasoning": True} if route == "openai" else {},
        }
        for route, path in ROUTES.items()
    ]
    return {
        "model_list": models,
        "general_settings": {"master_key": key},
        "litellm_settings": {"telemetry": False},
        "router_settings": {"disable_cooldowns": True, "num_retries": 0},
    }


def installed(cache: Path) -> Path:
    """The proxy's program, installed where it is missing."""
    folder = cache / "venv"
    program = folder / "bin" / "litellm"
    marker = folder / "installed.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if marker.is_file() and marker.read_text(encoding="utf-8") == wanted:
        return program
    venv.create(folder, with_pip=True, clear=True)
    python = str(folder / "bin" / "python")
    install([python, "-m", "pip", "install", "--requirement", str(REQUIREMENTS)], "LiteLLM", INSTALL_SECONDS)
    marker.write_text(wanted, encoding="utf-8")
    return program


def proxy_environment() -> dict[str, str]:
    """This environment without settings for LiteLLM; it asks nobody for prices and tells nobody of its use."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LITELLM_")}
    return kept | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}


@contextmanager
def proxy(options: argparse.Namespace, port: int, key: str) -> Iterator[subprocess.Popen[bytes]]:
    """The proxy and its upstream, both stopped at the end."""
    cache: Path = options.folder
    program = installed(cache)
    upstream_port = choose_port(0)
    settings = cache / f"config-{port}.json"
    settings.touch(mode=0o600)
    settings.write_text(json.dumps(config(f"http://{HOST}:{upstream_port}", key), indent=2), encoding="utf-8")
    try:
        with (
            llama_server(options.llama, upstream_port, key, templated=True),
            running(
                [str(program), "--config", str(settings), "--host", HOST, "--port", str(port)],
                environment=proxy_environment(),
                port=port,
                health="/health/liveliness",
                log=cache / f"proxy-{port}.log",
                seconds=READY_SECONDS,
            ) as process,
        ):
            yield process
    finally:
        settings.unlink()  # it holds the key


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--llama", type=Path, default=cache_folder("llama.cpp"), help="llama.cpp's cache")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], proxy, engine="litellm", title="LiteLLM's proxy", port=8182, options=add_options))
