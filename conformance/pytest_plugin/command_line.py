"""The options that the plugin adds to pytest. Their values are checked in `options.py`, once they are needed."""

from __future__ import annotations

from argparse import ArgumentError
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import pytest

from conformance.option_names import (
    DEFAULT_CASSETTES,
    DEFAULT_CONCURRENCY,
    DEFAULT_KEY_VARIABLE,
    DEFAULT_REPORTS,
    LONG_PROMPT,
    PLAIN_HTTP,
    PREFIX,
    PROXIES,
    VERSIONS,
    taken,
)

TELLTALE_OPTIONS = (
    "endpoint",
    "provider",
    "model",
    "api_key_env",
    "auth",
    "header",
    "record",
    "replay",
    "resume",
    "max_requests",
    "max_tokens",
    "plan",
    "cheap",
    "baseline",
    "profile",
)
"""Whoever gives one of these wants rows measured, and to be told at once what is wrong with it."""


def add_options(parser: pytest.Parser) -> None:
    """Adds the options. One whose name another plugin has is offered under a longer name: the help and the header of a
    run say so."""
    group = parser.getgroup("conformance", "Messages API conformance")
    if group.options:
        return
    taken.clear()

    def add(name: str, *, help: str, **how: Any) -> None:
        # A destination of our own: other plugins use such plain words too.
        how["dest"] = _destination(name.replace("-", "_"))
        try:
            group.addoption(f"--{name}", help=help, **how)
        except (ArgumentError, ValueError):
            taken.add(name)
            group.addoption(f"--{PREFIX}{name}", help=f"{help}; --{name} is another plugin's here", **how)

    add(
        "endpoint", metavar="URL", help="what to measure: what ANTHROPIC_BASE_URL takes (default: an embedded endpoint)"
    )
    add("provider", metavar="NAME", help="a provider's file, by name or path: address, models, auth, rate and claims")
    add("model", metavar="NAME", help="the model to ask (default: the provider's first, else the first of /v1/models)")
    add(
        "api-key-env",
        metavar="VAR",
        help=f"the environment variable that holds the key (default: the provider's, else {DEFAULT_KEY_VARIABLE})",
    )
    add(
        "auth",
        metavar="HEADER",
        help="where the key goes: x-api-key or bearer (default: the provider's, else x-api-key)",
    )
    add(
        "header",
        metavar="NAME=ENV",
        action="append",
        default=[],
        help="a further header, its value from an environment variable; may be given several times",
    )
    add(
        PLAIN_HTTP,
        action="store_true",
        help="send the key over http to another machine, where anybody on the way can read it (default: refused)",
    )
    add(
        PROXIES,
        action="store_true",
        help="go through the proxies of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (default: they are ignored)",
    )
    add("anthropic-version", metavar="DATE", help=f"anthropic-version (default: {VERSIONS[0]})")
    add(
        LONG_PROMPT,
        action="store_true",
        help="ask errors.prompt_too_long as well: a whole context (default: not asked)",
    )
    add(
        "plan",
        action="store_true",
        help="print rows, requests, tokens, time and cost of the selection; send nothing (default: measure)",
    )
    add("cheap", action="store_true", help="leave out the rows that need long prompts: caching, Claude Code's turns")
    add("record", action="store_true", help="keep one cassette a row in the cassettes folder (default: not kept)")
    add("replay", action="store_true", help="judge the cassettes: no network, no key (default: measure)")
    add("resume", action="store_true", help="go on with the run that was interrupted: send only what is missing")
    add("max-requests", metavar="N", type=int, help="requests that this run may send; the other rows are untested")
    add(
        "max-tokens",
        metavar="N",
        type=int,
        help="input and output tokens after which this run sends nothing more; the other rows are untested",
    )
    add(
        "cassettes",
        metavar="DIR",
        default=DEFAULT_CASSETTES,
        help=f"the cassettes folder (default: {DEFAULT_CASSETTES})",
    )
    add("reports", metavar="DIR", default=DEFAULT_REPORTS, help=f"the reports folder (default: {DEFAULT_REPORTS})")
    add("baseline", metavar="FILE", help="a matrix.json; a row that is worse than there fails")
    add("profile", metavar="NAME", help="run just the rows that a use needs; the exit code says whether it can be had")
    add(
        "concurrency",
        metavar="N",
        type=int,
        help=f"requests under way at once (default: {DEFAULT_CONCURRENCY}, or the provider's limit where that is less)",
    )
    add("rate", metavar="N", type=int, help="requests a minute (default: the provider's limit, else none)")
    add("token-rate", metavar="N", type=int, help="tokens a minute (default: the provider's limit, else none)")
    add("answer-timeout", metavar="SECONDS", type=float, default=120.0, help="for one whole answer (default: 120)")
    add(
        "patience",
        metavar="SECONDS",
        type=float,
        default=60.0,
        help="how long one request waits out 429, 503 and 529 (default: 60)",
    )
    add("seed", metavar="N", type=int, help="what every nonce and wording derives from (default: random)")


def missing_extra(args: Sequence[str]) -> str:
    """What to install for these words of the command line, where an extra is missing; empty where none is. pytest
    itself says of an option that no plugin has no more than that it does not know it."""
    asked = any(each.partition("=")[0] == "--alluredir" for each in args)
    if asked and find_spec("allure_commons") is None:
        return "--alluredir: allure-pytest is not installed; it comes with messages-api-conformance[allure]"
    return ""


def given(config: pytest.Config, name: str) -> Any:
    """The value of an option, by its name with underscores."""
    return config.getoption(_destination(name))


def _destination(name: str) -> str:
    return f"conformance_{name}"
