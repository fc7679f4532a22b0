"""Measures the embedded endpoint while it acts out a table of claims, changed or not."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.expect.claims.load import Provider
from conformance.probing.verdict import Verdict
from conformance.reference.acts import acts_for
from conformance.reference.app import create_app
from tests.in_process import KEY, verdicts


def measure_acted(
    provider: Provider, statuses: Mapping[str, str], *, seed: int = 1, auth: str = "x-api-key"
) -> Mapping[str, Verdict]:
    """All rows' verdicts on an endpoint that serves the provider's models and acts these statuses out."""
    models = [model.id for model in provider.models]
    app = create_app(api_key=KEY, acts=acts_for(statuses), models=models)
    return verdicts(app, model=models[0], seed=seed, auth=auth)
