"""How hard an endpoint is pushed: what the command line gives, else what the provider documents, else the default."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.expect.claims.load import Provider, RateLimit
from conformance.pytest_plugin.options import limits_from
from conformance.wire.client import Limits

DEFAULTS = {"answer_timeout": 120.0, "patience": 60.0}


def limits(documented: RateLimit | None = None, **given: Any) -> Limits:
    options = {f"conformance_{name}": value for name, value in {**DEFAULTS, **given}.items()}
    config = cast(pytest.Config, SimpleNamespace(getoption=options.get))
    provider = Provider(
        name="made-up",
        title="Made up",
        base_url="https://made-up.invalid",
        auth=("x-api-key",),
        api_key_env="MADE_UP_API_KEY",
        rate_limit=documented,
    )
    return limits_from(config, provider)


DOCUMENTED = RateLimit(quote="", requests_per_minute=50, tokens_per_minute=100_000, concurrency=3)


def test_without_any_word_four_go_at_once_as_often_as_they_can() -> None:
    assert (limits().concurrency, limits().rate, limits().token_rate) == (4, None, None)


def test_what_is_documented_is_kept() -> None:
    kept = limits(DOCUMENTED)
    assert (kept.concurrency, kept.rate, kept.token_rate) == (3, 50, 100_000)


def test_a_documented_concurrency_lowers_the_default_and_never_raises_it() -> None:
    assert limits(RateLimit(quote="", concurrency=10)).concurrency == 4


def test_what_is_given_goes_before_what_is_documented_each_by_itself() -> None:
    assert limits(DOCUMENTED, concurrency=9).concurrency == 9
    assert limits(DOCUMENTED, rate=7).rate == 7
    assert limits(DOCUMENTED, rate=7).token_rate == 100_000
    assert limits(DOCUMENTED, token_rate=5_000).token_rate == 5_000
    assert limits(DOCUMENTED, token_rate=5_000).rate == 50


@pytest.mark.parametrize("option", ["concurrency", "rate", "token_rate", "answer_timeout"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_limit_that_is_none_is_told_with_its_option(option: str, value: int) -> None:
    with pytest.raises(pytest.UsageError, match=f"^--{option.replace('_', '-')}={value}: must be more than 0$"):
        limits(None, **{option: value})
