"""What the command line asks for, checked: every fault is one line that names the value and the fix."""

from __future__ import annotations

import math
import os
import re
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from conformance.evidence.redact import KEY_NAME, Secrets
from conformance.expect.baseline import Baseline, read_baseline
from conformance.expect.claims.load import ClaimsError, Provider, RateLimit, load_provider
from conformance.expect.profile import Profile, ProfileError, load_profile
from conformance.measure.target import EMBEDDED, Target, host_of
from conformance.option_names import AUTHS, DEFAULT_CONCURRENCY, DEFAULT_KEY_VARIABLE, VERSIONS
from conformance.pytest_plugin.command_line import given
from conformance.rows import BY_ID
from conformance.wire.client import Limits
from conformance.wire.connection import plain_http_fault, proxy_fault, trust_fault


def target_from(config: pytest.Config) -> Target:
    """Checks the options and gives the target. Raises pytest.UsageError with one line a fault."""

    def get(name: str) -> Any:
        return given(config, name)

    variable = get("api_key_env") or DEFAULT_KEY_VARIABLE
    # Before anything else is looked at: other faults quote what they complain of.
    kept_off_the_command_line(_secrets(variable, [], needed=False), variable, config.invocation_params.args)
    for option in ("reports", "cassettes"):
        spaced = f"--{option}" in config.invocation_params.args
        if spaced and Path(get(option)).resolve() == config.rootpath.resolve():
            # pytest takes an existing folder after a space for the place of the tests.
            raise pytest.UsageError(f"--{option} {get(option)}: write it with an equals sign, --{option}={get(option)}")
    if get("record") and get("replay"):
        raise pytest.UsageError("--record and --replay exclude each other: leave one out")
    if get("resume") and get("replay"):
        raise pytest.UsageError("--resume and --replay exclude each other: leave one out")
    if get("plan") and get("replay"):
        raise pytest.UsageError("--plan and --replay exclude each other: a replay sends nothing")
    provider = _provider(get("provider"))
    endpoint = _endpoint(get("endpoint"))
    url = endpoint or (provider.base_url.rstrip("/") if provider else "")
    name = provider.name if provider else host_of(url) if url else EMBEDDED
    key_variable = get("api_key_env") or (provider.api_key_env if provider else DEFAULT_KEY_VARIABLE)
    embedded = name == EMBEDDED
    sends = not (get("replay") or get("plan") or embedded)
    secrets = _secrets(key_variable, get("header"), needed=sends)
    secrets = kept_off_the_command_line(secrets, key_variable, (*config.invocation_params.args, url))
    if sends:
        fault = "" if get("allow_plain_http") else plain_http_fault(url)
        fault = fault or trust_fault() or (proxy_fault() if get("proxies_from_environment") else "")
        if fault:
            raise pytest.UsageError(fault)
    return Target(
        provider=name,
        url=url,
        model=get("model") or (provider.models[0].id if provider and provider.models else None),
        auth=_one_of("--auth", get("auth") or (provider.auth[0] if provider else AUTHS[0]), AUTHS),
        key_variable=key_variable,
        secrets=secrets,
        limits=limits_from(config, provider),
        anthropic_version=get("anthropic_version") or VERSIONS[0],
        long_prompt=bool(get("long_prompt")),
        seed=_seed(get("seed")),
        record=bool(get("record")),
        replay=bool(get("replay")),
        plan=bool(get("plan")),
        cassettes=_folder("--cassettes", get("cassettes"), write=bool(get("record") and not get("plan"))),
        reports=_folder("--reports", get("reports"), write=not get("plan")),
        claims=provider,
        baseline=_baseline(get("baseline")),
        profile=_profile(get("profile")),
        given_provider=get("provider"),
        further_headers=dict(each.partition("=")[::2] for each in get("header")),
        plain_http=bool(get("allow_plain_http")),
        proxies=bool(get("proxies_from_environment")),
        resume=bool(get("resume")),
        explicit={
            name: get(name)
            for name in ("seed", "model", "auth", "anthropic_version", "long_prompt")
            if get(name) not in (None, False)
        },
    )


def _provider(name: str | None) -> Provider | None:
    if name is None:
        return None
    try:
        return load_provider(name, known_rows=BY_ID)
    except ClaimsError as error:
        raise pytest.UsageError(*error.problems) from error


def _endpoint(url: str | None) -> str:
    if url is None:
        return ""
    fault = f"--endpoint={url}: no http or https address; give what ANTHROPIC_BASE_URL takes"
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no port
    except ValueError as error:
        raise pytest.UsageError(fault) from error
    if "@" in parts.netloc or parts.query:
        raise pytest.UsageError("--endpoint: a key has no place in an address; put it in the environment variable")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        raise pytest.UsageError(fault)
    return url.rstrip("/")


def _fit(variable: str, value: str) -> str:
    """A value that a header can carry. The HTTP library's own refusal would quote it."""
    if not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?", value or "-"):
        raise pytest.UsageError(
            f"the value of {variable} holds a line break, a space at its end or a character beyond ASCII, which no "
            "header can carry: set it anew, as it was given to you"
        )
    return value


def _secrets(variable: str, headers: list[str], *, needed: bool) -> Secrets:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
        raise pytest.UsageError("--api-key-env takes the name of an environment variable, not a key")
    key = _fit(variable, os.environ.get(variable, ""))
    if needed and not key:
        raise pytest.UsageError(
            f"no key: set the environment variable {variable} (or name another with --api-key-env); "
            "an endpoint that needs none takes any word"
        )
    further = {}
    for each in headers:
        name, equals, source = each.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z0-9-]+", name) or not re.fullmatch(r"[A-Za-z_]\w*", source):
            raise pytest.UsageError(
                "--header takes NAME=ENV: a header's name and the environment variable of its value"
            )
        if needed and source not in os.environ:
            raise pytest.UsageError(f"--header={each}: the environment variable {source} is not set")
        further[name.lower()] = SecretStr(_fit(source, os.environ.get(source, "")))
    return Secrets(key=SecretStr(key), headers=further)


def kept_off_the_command_line(secrets: Secrets, variable: str, args: Sequence[Any]) -> Secrets:
    """A command line stands in the shell's history and in the list of processes, an address in every report: the key
    is refused there, and another header's value that stands there (a model's name) is no secret."""
    words = [*map(str, args)]
    for arg in words:
        if any(name == KEY_NAME for name, _ in secrets.sighted(arg.encode("utf-8", "surrogateescape"))):
            option = arg.partition("=")[0] if arg.startswith("--") and "=" in arg else "the command line"
            raise pytest.UsageError(
                f"{secrets.redact_text(option)}: the key itself, the value of {variable}, stands in it, where others "
                "can read it; leave it in the environment variable alone"
            )
    values = {name: value.get_secret_value() for name, value in secrets.headers.items()}
    return replace(
        secrets, public=frozenset(name for name, value in values.items() if value and value in " ".join(words))
    )


def limits_from(config: pytest.Config, provider: Provider | None) -> Limits:
    """The limits of the run: what is given, else what the provider documents. Raises pytest.UsageError."""
    numbers = ("concurrency", "rate", "token_rate", "answer_timeout", "patience", "max_requests", "max_tokens")
    for option in numbers:
        value = given(config, option)
        if value is None:
            continue
        least = "0 or more" if option == "patience" else "more than 0"
        if not math.isfinite(value) or value < 0 or (value == 0 and option != "patience"):
            raise pytest.UsageError(f"--{option.replace('_', '-')}={value}: must be {least}")
    documented = provider.rate_limit if provider and provider.rate_limit else RateLimit(quote="")
    usual_concurrency = min(DEFAULT_CONCURRENCY, documented.concurrency or DEFAULT_CONCURRENCY)
    return Limits(
        timeout=given(config, "answer_timeout"),
        patience=given(config, "patience"),
        concurrency=given(config, "concurrency") or usual_concurrency,
        rate=given(config, "rate") or documented.requests_per_minute,
        token_rate=given(config, "token_rate") or documented.tokens_per_minute,
        max_requests=given(config, "max_requests"),
        max_tokens=given(config, "max_tokens"),
    )


def _seed(number: int | None) -> int:
    if number is None:
        return secrets.randbelow(1_000_000_000)
    if number < 0:
        raise pytest.UsageError(f"--seed={number}: must be 0 or more")
    return number


def _one_of(option: str, value: str, words: tuple[str, ...]) -> str:
    if value not in words:
        raise pytest.UsageError(f"{option}={value}: must be {' or '.join(words)}")
    return value


def _folder(option: str, name: str, *, write: bool) -> Path:
    """The folder, tried out where it will be written to: a fault is told before anything is measured, not after."""
    path = Path(name)
    try:
        if write:
            path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
        elif path.exists() and not path.is_dir():
            raise NotADirectoryError(20, "Not a directory")
    except OSError as error:
        purpose = "written to" if write else "read"
        raise pytest.UsageError(
            f"{option}={name}: cannot be {purpose} ({error.strerror}); name another folder"
        ) from error
    return path


def _baseline(name: str | None) -> Baseline | None:
    if name is None:
        return None
    try:
        return read_baseline(Path(name))
    except OSError as error:
        raise pytest.UsageError(f"--baseline={name}: cannot be read ({error.strerror}); name a matrix.json") from error
    except ValueError as error:
        raise pytest.UsageError(f"--baseline={name}: {error}; name the file that an earlier run wrote") from error


def _profile(name: str | None) -> Profile | None:
    try:
        return None if name is None else load_profile(name, BY_ID)
    except ProfileError as error:
        raise pytest.UsageError(f"--profile={error}") from error
