"""The pytest line that asks one row again, of the same endpoint and with the same nonces."""

from __future__ import annotations

import shlex
from pathlib import Path

from conformance.measure.target import Target
from conformance.option_names import (
    AUTHS,
    DEFAULT_CASSETTES,
    DEFAULT_KEY_VARIABLE,
    DEFAULT_REPORTS,
    LONG_PROMPT,
    PLAIN_HTTP,
    PROXIES,
    VERSIONS,
    option,
)

SERVE_BY_HAND = "python -m conformance.reference --port 8080"
SERVED_BY_HAND = "http://127.0.0.1:8080"
"""Where that command serves: the embedded endpoint of a run is gone after it."""


def rerun_line(target: Target, node: str, seed: int, *, long_prompt: bool = False, resume: bool = False) -> str:
    """One line for a POSIX shell. `node` is the id that pytest gave the row's test, `seed` that of the exchanges;
    `resume` goes on with the run, whose journal lies among its reports."""
    claims = target.claims
    words = ["pytest", *_where(node)]
    if claims:
        words.append(f"{option('provider')}={target.given_provider}")
    if target.url and (claims is None or target.url != claims.base_url.rstrip("/")):
        words.append(f"{option('endpoint')}={target.url}")
    if target.model:
        words.append(f"{option('model')}={target.model}")
    if target.auth != (claims.auth[0] if claims else AUTHS[0]):
        words.append(f"{option('auth')}={target.auth}")
    if target.key_variable != (claims.api_key_env if claims else DEFAULT_KEY_VARIABLE):
        words.append(f"{option('api-key-env')}={target.key_variable}")
    if target.anthropic_version != VERSIONS[0]:
        words.append(f"{option('anthropic-version')}={target.anthropic_version}")
    if target.plain_http:
        words.append(option(PLAIN_HTTP))
    if target.proxies:
        words.append(option(PROXIES))
    if long_prompt:
        words.append(option(LONG_PROMPT))
    words += [f"{option('header')}={name}={variable}" for name, variable in target.further_headers.items()]
    if target.cassettes != Path(DEFAULT_CASSETTES):
        words.append(f"{option('cassettes')}={target.cassettes}")
    if resume and target.reports != Path(DEFAULT_REPORTS):
        words.append(f"{option('reports')}={target.reports}")
    words.append(f"{option('seed')}={seed}")
    if resume:
        words.append(option("resume"))
    return " ".join(map(shlex.quote, words))


def _where(node: str) -> list[str]:
    """A path in a checkout; where the suite is installed, the module's name, which works in any folder."""
    if node.startswith("conformance/"):
        return [node]
    file, _, case = node.rpartition("/")[2].partition("::")
    return ["--pyargs", f"conformance.{file.removesuffix('.py')}::{case}"]
