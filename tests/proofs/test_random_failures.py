"""A share of the random failures; `python -m tests.proofs` has them all."""

import re

import pytest

from conformance.protocol.status import Reason, Status
from tests.proofs.random_failures import Case, false_words, run_of
from tests.random_faults import KINDS

SHARE: list[Case] = [
    *((kind, f"chance {seed}", (0.1, 0.3)[seed % 2]) for seed, kind in enumerate(KINDS)),
    ("crash", "every", 6),
    ("swapped", "every", 9),
    ("empty", "every", 7),
]


@pytest.mark.parametrize("case", SHARE, ids=lambda case: " ".join(map(str, case)))
def test_no_row_is_blamed_for_what_fails_by_chance(case: Case) -> None:
    assert false_words(case) == []


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (("crash", "every", 6), r"of \d+ requests \(\d+ %\) failed in ways that come and go"),
        (("empty", "every", 7), r"of \d+ requests \(\d+ %\) failed in ways that come and go"),
        (("swapped", "every", 9), r"at least \d answers belong to other requests"),
    ],
)
def test_what_is_not_said_of_a_row_is_said_of_the_run(case: Case, told: str) -> None:
    found = run_of(case).values()
    unsteady = [verdict.note for verdict in found if verdict.reason is Reason.UNSTABLE]
    assert any(re.search(told, note) for note in unsteady)
    assert sum(verdict.status is Status.UNTESTED for verdict in found) < 40
