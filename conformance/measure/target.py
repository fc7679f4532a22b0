"""What a run measures, and how it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.evidence.paths import safe_name
from conformance.evidence.redact import Secrets
from conformance.evidence.run_info import RunInfo
from conformance.expect.baseline import Baseline
from conformance.expect.claims.load import Provider
from conformance.expect.profile import Profile
from conformance.wire.client import Limits

EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One endpoint and how to ask it. `url` is empty for the embedded endpoint, which is not started yet, and may be
    empty in a replay; `model` is None where the endpoint's own list decides. `given_provider` is the provider as it was
    named on the command line, `further_headers` the environment variable of each further header. `explicit` holds what
    was given of the options that --resume takes from the interrupted run."""

    provider: str
    url: str
    model: str | None
    auth: str
    key_variable: str
    secrets: Secrets
    limits: Limits
    anthropic_version: str
    long_prompt: bool
    seed: int
    record: bool
    replay: bool
    plan: bool
    cassettes: Path
    reports: Path
    claims: Provider | None = None
    baseline: Baseline | None = None
    profile: Profile | None = None
    given_provider: str | None = None
    further_headers: Mapping[str, str] = field(default_factory=dict)
    plain_http: bool = False
    proxies: bool = False
    resume: bool = False
    explicit: Mapping[str, Any] = field(default_factory=dict)

    @property
    def embedded(self) -> bool:
        return self.provider == EMBEDDED

    def folder(self, root: Path, model: str) -> Path:
        """Where this provider's and model's files lie; names are made safe for file systems."""
        return root / safe_name(self.provider) / safe_name(model)


def host_of(url: str) -> str:
    """Host and port: the provider's name where only an address was given."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def run_info(target: Target, url: str, model: str) -> RunInfo:
    """What a cassette must say of its run, so that it can be judged alone."""
    return RunInfo(
        provider=target.provider,
        url=url,
        model=model,
        auth=target.auth,
        anthropic_version=target.anthropic_version,
        long_prompt=target.long_prompt,
        seed=target.seed,
        mode=EMBEDDED if target.embedded else "live",
    )
