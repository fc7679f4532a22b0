"""Every row is lied about in every way that makes sense for it, and must say so; no other row may move."""

from __future__ import annotations

import pytest

from conformance.lies import BY_ID, LIES, Lie
from conformance.lies.lie import NEVER_ANSWERED
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import ROWS
from tests.nightly import share
from tests.proofs.lying import complaints, prove

ALIKE = frozenset((*NEVER_ANSWERED, "flickers"))
"""What most rows can be met with: one in six of them is told in the tests of each commit, one in two of the others, and
all at night."""

TOLD = [lie for lie in LIES if share([lie], 6 if lie.name in ALIKE else 2, lambda each: each.id)]


def test_every_row_is_lied_about_in_the_tests_of_each_commit() -> None:
    assert {lie.row for lie in TOLD} == {row.id for row in ROWS}


@pytest.mark.parametrize("lie", TOLD, ids=lambda lie: lie.id)
def test_a_lie_is_told_and_moves_no_other_row(lie: Lie) -> None:
    assert complaints([prove(lie, whole=False)]) == []


def test_every_row_can_be_caught_lying() -> None:
    assert {row.id for row in ROWS} - {lie.row for lie in LIES} == set()


def test_no_two_lies_share_a_name() -> None:
    assert len(BY_ID) == len(LIES)


def test_every_lie_names_a_right_verdict() -> None:
    codes: dict[Status, set[str]] = {Status.PARTIAL: set(Deviation), Status.UNTESTED: set(Reason)}
    for lie in LIES:
        assert lie.note, lie.id
        assert lie.code in codes.get(Status(lie.status), {""}), lie.id
