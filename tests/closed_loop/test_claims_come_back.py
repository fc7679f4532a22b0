"""The embedded endpoint acts out what a vendor documents, and a run against it must give every claim back."""

from __future__ import annotations

import pytest

from conformance.expect.claims.load import Provider, load_provider, provider_names
from conformance.protocol.status import Agreement, Claimed, agreement
from conformance.rows import BY_ID
from tests.acting import measure_acted
from tests.nightly import NIGHTLY

VENDORS = [name for name in provider_names() if load_provider(name, known_rows=BY_ID).claims]


@pytest.mark.parametrize("seed", [1, 2, 3] if NIGHTLY else [1])
@pytest.mark.parametrize("vendor", VENDORS)
def test_every_declared_row_agrees(vendor: str, seed: int) -> None:
    provider: Provider = load_provider(vendor, known_rows=BY_ID)
    found = measure_acted(provider, provider.statuses, seed=seed)
    differing = {
        row: (word, found[row].status.value, found[row].note)
        for row, word in provider.statuses.items()
        if agreement(Claimed(word), found[row].status) is not Agreement.AGREES
    }
    assert differing == {}


def test_the_five_vendors_and_two_engines_are_acted_out() -> None:
    assert len(VENDORS) == 7
