"""Weak, noisy and odd models: seeded runs, no false verdict, and the same status every time.

Every tenth seed is run here, and a deaf endpoint before every sixth model, by turns; `python -m tests.proofs` runs
all twenty seeds before all models.
"""

from __future__ import annotations

import pytest

from conformance.lies import Lie
from tests.proofs.lying import seed_of
from tests.proofs.odd_models import ODD_MODELS, SEEDS, deaf_lies, false_verdicts, falsely_heard, flips, judged


def test_an_honest_endpoint_comes_to_the_same_whatever_the_seed() -> None:
    assert flips(judged("", seed) for seed in SEEDS[::4]) == {}


SOME = SEEDS[::10]


@pytest.mark.parametrize("model", ODD_MODELS)
def test_an_odd_model_makes_no_verdict_false_and_none_flip(model: str) -> None:
    runs = {seed: judged(model, seed) for seed in SOME}
    assert [str(each) for seed, found in runs.items() for each in false_verdicts(model, seed, found)] == []
    assert flips(runs.values(), model) == {}


@pytest.mark.parametrize("lie", deaf_lies(), ids=lambda lie: lie.id)
def test_an_odd_models_words_do_not_pass_for_an_effect_that_is_not_there(lie: Lie) -> None:
    some = list(ODD_MODELS)[seed_of(lie) % 6 :: 6]
    assert [str(each) for model in some for each in falsely_heard(model, lie, SEEDS[0])] == []
