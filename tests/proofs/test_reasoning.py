"""A model that thinks before it answers is judged as one that does not."""

from __future__ import annotations

import pytest

from tests.proofs.reasoning import LEAST_SAME, MOST_REQUESTS, beside


@pytest.mark.parametrize("model", ["thinks_60_tokens", "thinks_300_tokens", "thinks_1500_tokens"])
def test_rows_are_as_without_thinking_and_the_run_costs_little_more(model: str) -> None:
    found = beside(model)
    assert found.same >= LEAST_SAME, found.moved
    assert found.called_weak == 0
    assert found.requests <= MOST_REQUESTS
