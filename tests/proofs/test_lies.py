"""Every row is lied about in every way that makes sense for it, and must say so; no other row may move."""

from __future__ import annotations

import pytest

from conformance.reference.lies import BY_ID, LIES, Lie
from conformance.rows import ROWS
from conformance.status import Deviation, Reason, Status
from tests.proofs.lying import complaints, prove


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.id)
def test_a_lie_is_told_and_moves_no_other_row(lie: Lie) -> None:
    assert complaints([prove(lie, whole=False)]) == []


def test_every_row_can_be_caught_lying() -> None:
    assert {row.id for row in ROWS} - {lie.row for lie in LIES} == set()


def test_no_two_lies_share_a_name() -> None:
    assert len(BY_ID) == len(LIES)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.id)
def test_a_lie_names_a_right_verdict(lie: Lie) -> None:
    assert lie.note
    codes: dict[Status, set[str]] = {Status.PARTIAL: set(Deviation), Status.UNTESTED: set(Reason)}
    assert lie.code in codes.get(Status(lie.status), {""})
    assert lie.row not in lie.moves
    assert {Status(status) for status in lie.moves.values()} <= set(Status)
