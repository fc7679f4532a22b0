"""One claim of the acted table is changed at a time: where the change can be told apart, that row alone must turn.

What a change should come to is worked out here from the tables of words alone, not from what is then measured.
"""

from __future__ import annotations

from functools import cache

import pytest

from conformance.expect.claims.load import Provider, load_provider, provider_names
from conformance.protocol.status import Agreement, Claimed, Status, agreement
from conformance.reference.acts import words_for
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import BY_ID
from tests.acting import measure_acted
from tests.in_process import KEY, verdicts
from tests.nightly import share

WIRE_TABLES = ("response", "errors", "clients")

COMPANIONS = {
    "content.server_tool_use": "content.web_search_tool_result",
    "content.web_search_tool_result": "content.server_tool_use",
    "content.code_execution_tool_result": "content.server_tool_use",
    "content.mcp_tool_use": "content.mcp_tool_result",
    "content.mcp_tool_result": "content.mcp_tool_use",
}
"""Blocks that only come in pairs: while one is refused, nothing can be known of the other."""


@cache
def provider(name: str) -> Provider:
    return load_provider(name, known_rows=BY_ID)


@cache
def official() -> dict[str, Status]:
    """What every row comes to on the endpoint that acts nobody out."""
    found = verdicts(create_app(api_key=KEY), model=DEFAULT_MODELS[0])
    return {row: verdict.status for row, verdict in found.items()}


def expected(vendor: Provider, row: str, word: str) -> Status:
    """What a row must come to where the table says this word of it."""
    companion = COMPANIONS.get(row)
    if companion and word != "unsupported" and vendor.statuses.get(companion) == "unsupported":
        return Status.UNTESTED
    if word == "supported":
        # What is officially refused can still be offered; without an effect to see it is accepted.
        if official()[row] is Status.REJECTED:
            return Status.ACCEPTED if row == "fields.temperature.above_one" else Status.SUPPORTED
        return official()[row]
    if BY_ID[row].table in WIRE_TABLES and word != "partial":
        return Status.BROKEN
    if word == "ignored":
        return Status.ACCEPTED if official()[row] is Status.ACCEPTED and row not in SHOWN_IGNORED else Status.IGNORED
    return {"partial": Status.PARTIAL, "unsupported": Status.REJECTED}[word]


SHOWN_IGNORED = ("fields.thinking.budget_tokens",)
"""Accepted where it is only seen to be validated, yet a budget that is overrun shows that it is ignored."""


def flips(vendor: Provider) -> list[tuple[str, str]]:
    """Every change of one declared word to another that the embedded endpoint can act out."""
    return [
        (row, word.value)
        for row, declared in vendor.statuses.items()
        for word in Claimed
        if word.value != declared and word.value in words_for(row)
    ]


def told_apart(vendor: Provider, row: str, word: str) -> bool:
    """Do status and agreement both change with the word?"""
    claim = Claimed(vendor.statuses[row])
    before, after = expected(vendor, row, claim.value), expected(vendor, row, word)
    return before is not after and agreement(claim, after) in (Agreement.WORSE, Agreement.BETTER)


VENDORS = [name for name in provider_names() if not provider(name).base_url.startswith("http://127.0.0.1")]
"""Not the engines that run on this machine: their rows are among the vendors', and couple more of them."""

CASES = [(name, row, word) for name in VENDORS for row, word in flips(provider(name))]


ONCE = list({(row, provider(name).statuses[row], word): (name, row, word) for name, row, word in CASES}.values())
"""A change that several vendors' tables allow is acted out in one of them: their tables are much alike."""


SOME = share(ONCE, 4)
"""A quarter of them in the tests of each commit, all at night."""


@pytest.mark.parametrize(("name", "row", "word"), SOME, ids=["/".join(case) for case in SOME])
def test_a_changed_claim_turns_its_row_alone(name: str, row: str, word: str) -> None:
    vendor = provider(name)
    # A key that is no longer read in one header must go into the other.
    auth = "bearer" if row == "headers.x_api_key" else "x-api-key"
    found = measure_acted(vendor, {**vendor.statuses, row: word}, auth=auth)
    turned = {
        each: (found[each].status.value, found[each].note)
        for each, claim in vendor.statuses.items()
        if agreement(Claimed(claim), found[each].status) in (Agreement.WORSE, Agreement.BETTER)
    }
    if told_apart(vendor, row, word):
        assert found[row].status is expected(vendor, row, word), found[row].note
        assert set(turned) == {row}, turned
    else:
        assert turned == {}


def test_most_changes_can_be_told_apart() -> None:
    """Guards the cases themselves: an endpoint that could act out little would prove little."""
    apart = [case for case in CASES if told_apart(provider(case[0]), case[1], case[2])]
    declared = {(name, row) for name in VENDORS for row in provider(name).statuses}
    rows_turned = {(name, row) for name, row, _ in apart}
    assert len(apart) >= 200
    assert len(rows_turned) / len(declared) > 0.8
