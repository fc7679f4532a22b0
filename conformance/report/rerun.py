"""The pytest line that asks one row again, of the same endpoint and with the same nonces."""

from __future__ import annotations

import shlex
from pathlib import Path

from conformance.command_line import (
    AUTHS,
    DEFAULT_CASSETTES,
    DEFAULT_KEY_VARIABLE,
    DEFAULT_REPORTS,
    LONG_PROMPT,
    PLAIN_HTTP,
    PROXIES,
    VERSIONS,
)
from conformance.options import Target


def rerun_line(target: Target, node: str, seed: int, *, long_prompt: bool = False, resume: bool = False) -> str:
    """One line for a POSIX shell. `node` is the id that pytest gave the row's test, `seed` that of the exchanges;
    `resume` goes on with the run, whose journal lies among its reports."""
    claims = target.claims
    words = ["pytest", *_where(node)]
    if claims:
        words.append(f"--provider={target.given_provider}")
    if target.url and (claims is None or target.url != claims.base_url.rstrip("/")):
        words.append(f"--endpoint={target.url}")
    if target.model:
        words.append(f"--model={target.model}")
    if target.auth != (claims.auth[0] if claims else AUTHS[0]):
        words.append(f"--auth={target.auth}")
    if target.key_variable != (claims.api_key_env if claims else DEFAULT_KEY_VARIABLE):
        words.append(f"--api-key-env={target.key_variable}")
    if target.anthropic_version != VERSIONS[0]:
        words.append(f"--anthropic-version={target.anthropic_version}")
    if target.plain_http:
        words.append(f"--{PLAIN_HTTP}")
    if target.proxies:
        words.append(f"--{PROXIES}")
    if long_prompt:
        words.append(f"--{LONG_PROMPT}")
    words += [f"--header={name}={variable}" for name, variable in target.further_headers.items()]
    if target.cassettes != Path(DEFAULT_CASSETTES):
        words.append(f"--cassettes={target.cassettes}")
    if resume and target.reports != Path(DEFAULT_REPORTS):
        words.append(f"--reports={target.reports}")
    words.append(f"--seed={seed}")
    if resume:
        words.append("--resume")
    return " ".join(map(shlex.quote, words))


def _where(node: str) -> list[str]:
    """A path in a checkout; where the suite is installed, the module's name, which works in any folder."""
    if node.startswith("conformance/"):
        return [node]
    file, _, case = node.rpartition("/")[2].partition("::")
    return ["--pyargs", f"conformance.{file.removesuffix('.py')}::{case}"]
