"""`python -m conformance.reference --port N`: serve the endpoint by itself, as it is, or acting, lying or odd."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import uvicorn

from conformance.lies import BY_ID
from conformance.reference.acts import acts_for
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.reference.endpoint import MOST_PROMPT_TOKENS
from conformance.reference.model.temper import TEMPERS
from conformance.reference.transforms import Act

CLAIMS = Path(__file__).resolve().parent.parent / "expect" / "claims"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, say where the endpoint is, and serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.reference", description="Serve the embedded Messages API endpoint on loopback."
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port on loopback (default: a free one)")
    parser.add_argument("--act-as", metavar="PROVIDER", help="behave as this provider's claims file says")
    parser.add_argument("--lie", metavar="ROW/LIE", help="go wrong on one row in one way, such as fields.top_k/dropped")
    parser.add_argument(
        "--model-is", choices=sorted(TEMPERS), help="put a weak, noisy or odd model behind the endpoint"
    )
    parser.add_argument(
        "--api-key-env", metavar="VAR", help="variable with the key to ask for (default: none is asked)"
    )
    parser.add_argument(
        "--context",
        type=int,
        default=MOST_PROMPT_TOKENS,
        metavar="N",
        help=f"the longest prompt, in tokens (default: {MOST_PROMPT_TOKENS})",
    )
    options = parser.parse_args(arguments)
    acts, models = _provider(options.act_as) if options.act_as else ([], DEFAULT_MODELS)
    acts = [*acts, *_lie(options.lie)]
    api_key = _key(options.api_key_env) if options.api_key_env else None
    listener = _listen(options.port)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}")
    print(f"models: {', '.join(models)}")
    print(
        f"key: the value of {options.api_key_env}" if api_key else "key: not checked (--api-key-env VAR to check one)"
    )
    sys.stdout.flush()
    app = create_app(api_key=api_key, acts=acts, models=models, temper=options.model_is or "", context=options.context)
    config = uvicorn.Config(app, log_level="warning", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


def _provider(name: str) -> tuple[list[Act], Sequence[str]]:
    """The acts and the models that a claims file asks for."""
    known = sorted(path.stem for path in CLAIMS.glob("*.toml"))
    if name not in known:
        _fail(f"no claims for {name!r}; known: {', '.join(known) or 'none'}")
    try:
        data = tomllib.loads((CLAIMS / f"{name}.toml").read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        _fail(f"{name}.toml is not valid TOML: {error}")
    statuses = {claim["row"]: claim["status"] for claim in data.get("claims", ())}
    models = tuple(str(model["id"]) for model in data.get("models", ())) or DEFAULT_MODELS
    return acts_for(statuses), models


def _lie(name: str | None) -> list[Act]:
    """The lie of that name, as an act."""
    if name is None:
        return []
    if name not in BY_ID:
        row = name.partition("/")[0]
        told = [lie.name for lie in BY_ID.values() if lie.row == row]
        _fail(f"no lie {name!r}; of {row!r} there are: {', '.join(told) or 'none'}")
    return [BY_ID[name].act]


def _key(variable: str) -> str:
    key = os.environ.get(variable)
    if not key:
        _fail(f"the environment variable {variable} is not set")
    return key


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except (OSError, OverflowError) as error:
        _fail(f"cannot listen on port {port}: {error}")
    return listener


def _fail(message: str) -> NoReturn:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
