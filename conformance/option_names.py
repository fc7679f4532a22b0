"""What the options are called, and what they default to: every part names them in what it tells the user to do."""

from __future__ import annotations

DEFAULT_KEY_VARIABLE = "CONFORMANCE_API_KEY"
DEFAULT_CASSETTES = "cassettes"
DEFAULT_REPORTS = "reports"
DEFAULT_CONCURRENCY = 4
AUTHS = ("x-api-key", "bearer")
LONG_PROMPT = "long-prompt"
PLAIN_HTTP = "allow-plain-http"
PROXIES = "proxies-from-environment"
VERSIONS = ("2023-06-01", "2026-10-21")

PREFIX = "conformance-"
"""Stands before an option's name where another plugin of the same environment has the plain one."""

taken: set[str] = set()
"""The options whose plain name another plugin has, in this environment."""


def option(name: str) -> str:
    """An option as it is written on the command line of this environment."""
    return f"--{PREFIX if name in taken else ''}{name}"


def renamed() -> str:
    """Which options go by a longer name, because another plugin has theirs; empty where none does."""
    told = [f"{option(name)} instead of --{name}" for name in sorted(taken)]
    return f"write {', '.join(told)}: another plugin has the shorter name" if told else ""
