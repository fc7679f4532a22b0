"""How a status compares with a claim and with a baseline."""

from __future__ import annotations

import pytest

from conformance.protocol.status import Agreement, Claimed, Status, agreement, fell, glyph

COLUMNS = ("supported", "partial", "accepted", "ignored", "rejected", "broken")

TABLE = """
supported    agrees    worse   agrees   worse   worse    worse
partial      better    agrees  agrees   worse   worse    worse
ignored      better    better  agrees   agrees  worse    worse
unsupported  better    better  agrees   agrees  agrees   worse
"""

CELLS = [
    (Claimed(claim), Status(status), Agreement(word))
    for claim, *words in (line.split() for line in TABLE.split("\n") if line)
    for status, word in zip(COLUMNS, words, strict=True)
]


def test_the_table_has_a_cell_for_every_claim_and_every_tested_status() -> None:
    assert {cell[:2] for cell in CELLS} == {(c, s) for c in Claimed for s in Status if s is not Status.UNTESTED}


@pytest.mark.parametrize(("claim", "status", "expected"), CELLS)
def test_a_claim_and_a_status_agree_as_the_table_says(claim: Claimed, status: Status, expected: Agreement) -> None:
    assert agreement(claim, status) is expected


@pytest.mark.parametrize(("claim", "status", "expected"), CELLS)
def test_a_documented_fault_of_the_wire_is_never_worse(claim: Claimed, status: Status, expected: Agreement) -> None:
    lifted = expected is Agreement.WORSE and status in (Status.PARTIAL, Status.BROKEN)
    assert agreement(claim, status, documented_fault=True) is (Agreement.AGREES if lifted else expected)


@pytest.mark.parametrize("claim", list(Claimed))
def test_an_untested_row_says_nothing_about_its_claim(claim: Claimed) -> None:
    assert agreement(claim, Status.UNTESTED) is Agreement.UNKNOWN


@pytest.mark.parametrize("status", list(Status))
def test_a_row_without_a_claim_is_undeclared(status: Status) -> None:
    assert agreement(None, status) is Agreement.UNDECLARED


RANKS = [{"broken"}, {"rejected"}, {"ignored"}, {"partial"}, {"supported", "accepted"}]
RANK = {Status(word): rank for rank, words in enumerate(RANKS) for word in words}


@pytest.mark.parametrize("before", [s for s in Status if s is not Status.UNTESTED])
@pytest.mark.parametrize("after", [s for s in Status if s is not Status.UNTESTED])
def test_a_row_fell_when_its_status_ranks_lower(before: Status, after: Status) -> None:
    assert fell(before, after) is (RANK[after] < RANK[before])


@pytest.mark.parametrize("status", list(Status))
def test_an_untested_row_is_no_fall_on_either_side(status: Status) -> None:
    assert not fell(status, Status.UNTESTED)
    assert not fell(Status.UNTESTED, status)


def test_every_status_has_a_sign_of_its_own() -> None:
    signs = [glyph(status) for status in Status]
    assert len(set(signs)) == len(signs) == 7
    assert all(len(sign) == 1 for sign in signs)
