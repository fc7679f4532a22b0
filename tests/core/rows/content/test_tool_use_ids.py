"""Calls and results that are paired by their ids: what follows when the ids are exchanged, and what when all fails."""

from __future__ import annotations

import pytest

from conformance.probing.verdict import Effect, Finding, Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.rows.content.tool_use_ids import AT_ONCE, explain_unpaired, pairs_by_id
from conformance.rows.shared.tool_turns import LOCKERS, NAMED, PAIRS
from tests.core.made_up import COPYING, RUN, copied, drive, exchange, message, refusal

OK, NO, OOPS = exchange(message()), refusal(), refusal("oops", 500)
AWAY = exchange(status=None, failure="connect: refused")
WEAK, UNTOLD = Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL


@pytest.mark.parametrize(
    ("orphan", "effect", "note"),
    [
        (NO, Effect.NOT_VISIBLE, "validated only: a result of no call is refused"),
        (
            OOPS,
            Effect.NOT_VISIBLE,
            "validated only: a result of no call is not taken, but without a clean refusal: HTTP 500: oops",
        ),
        (AWAY, Effect.CANNOT_TELL, "a result of no call meets neither an answer nor a refusal: connect: refused"),
        (
            refusal("slow", 429),
            Effect.CANNOT_TELL,
            "a result of no call meets neither an answer nor a refusal: HTTP 429: slow",
        ),
        (
            OK,
            Effect.ABSENT,
            "the answer is the same when the ids are exchanged, and a result of no call is accepted",
        ),
    ],
)
def test_ids_that_change_nothing_are_checked_or_not(orphan: Exchange, effect: Effect, note: str) -> None:
    steps = explain_unpaired(RUN.message("paired"), RUN.message("orphan"))

    def reply(role: str, asked: Request) -> Exchange:
        return OK if role == "with the field" else orphan

    assert drive(steps, reply)[0] == Finding(effect=effect, note=note)


RED, BLUE = (RUN.nonce(f"pairs/{number}") for number in range(2))
CODES = {"r": RED, "b": BLUE, "2": f"{RED} {BLUE}", "-": "?"}


def paired(
    swapped: str, red: str, blue: str, exchanged: str, orphan: Exchange, copies: int
) -> tuple[Verdict, list[str]]:
    """The verdict where each question is answered with the code of the red or the blue locker, both (`2`) or none,
    try by try, or is refused (`x`)."""

    def reply(role: str, asked: Request) -> Exchange:
        copy = copied(role, copies)
        if copy is not None:
            return copy
        if role == "a result of no call":
            return orphan
        if role.startswith("the other locker"):
            tries = blue
        else:
            tries = red if role in ("control", "the one locker, try 2") else exchanged
        said = tries[min(asked.attempt, len(tries) - 1)]
        return NO if said == "x" else exchange(message(CODES[said]))

    return drive(pairs_by_id(RUN, swapped=swapped), reply)


@pytest.mark.parametrize(
    ("red", "blue", "exchanged", "orphan", "copies", "status", "reason"),
    [
        pytest.param("r", "x", "b", OK, 8, Status.UNTESTED, UNTOLD, id="blue refused"),
        pytest.param("r", "bx", "b", OK, 8, Status.UNTESTED, UNTOLD, id="blue answered once"),
        pytest.param("rx", "b", "b", OK, 8, Status.UNTESTED, UNTOLD, id="red answered once"),
        pytest.param("b", "b", "b", OK, 8, Status.UNTESTED, WEAK, id="red wrong"),
        pytest.param("br", "b", "b", OK, 8, Status.UNTESTED, WEAK, id="red wrong the first time"),
        pytest.param("r-", "b", "b", OK, 8, Status.UNTESTED, WEAK, id="red wrong the second time"),
        pytest.param("2", "b", "b", OK, 8, Status.UNTESTED, WEAK, id="both for red"),
        pytest.param("r", "r", "b", OK, 8, Status.UNTESTED, WEAK, id="blue wrong"),
        pytest.param("r", "rb", "b", OK, 8, Status.UNTESTED, WEAK, id="blue wrong the first time"),
        pytest.param("r", "br", "b", OK, 8, Status.UNTESTED, WEAK, id="blue wrong the second time"),
        pytest.param("r", "b", "b", NO, 8, Status.SUPPORTED, None, id="the other code"),
        pytest.param("r", "b", "b", NO, 7, Status.UNTESTED, WEAK, id="the other code, copies now and then"),
        pytest.param("r", "b", "b", NO, 0, Status.UNTESTED, WEAK, id="the other code, never copies"),
        pytest.param("r", "b", "bbbr", OK, 8, Status.UNTESTED, UNTOLD, id="the other code but once"),
        pytest.param("r", "b", "brrr", OK, 8, Status.UNTESTED, UNTOLD, id="the other code once"),
        pytest.param("r", "b", "bbbx", OK, 8, Status.UNTESTED, UNTOLD, id="the other code, answered three times"),
        pytest.param("r", "b", "rrrx", OK, 8, Status.UNTESTED, UNTOLD, id="the same code, answered three times"),
        pytest.param("r", "b", "r", NO, 8, Status.ACCEPTED, None, id="the same code, orphan refused"),
        pytest.param("r", "b", "-", NO, 8, Status.ACCEPTED, None, id="no code, orphan refused"),
        pytest.param("r", "b", "r", NO, 7, Status.ACCEPTED, None, id="orphan refused, copies now and then"),
        pytest.param("r", "b", "r", OOPS, 8, Status.ACCEPTED, None, id="the same code, orphan crashes"),
        pytest.param("r", "b", "r", AWAY, 8, Status.UNTESTED, UNTOLD, id="the same code, orphan not heard"),
        pytest.param("r", "b", "r", OK, 8, Status.IGNORED, None, id="the same code, orphan accepted"),
        pytest.param("r", "b", "2", OK, 8, Status.IGNORED, None, id="both codes, orphan accepted"),
        pytest.param("r", "b", "r", OK, 7, Status.UNTESTED, WEAK, id="orphan accepted, copies now and then"),
        pytest.param("r", "b", "x", OK, 8, Status.REJECTED, None, id="exchanged ids refused"),
    ],
)
@pytest.mark.parametrize("swapped", ["calls", "results"])
def test_results_follow_the_ids_of_their_calls(
    swapped: str,
    red: str,
    blue: str,
    exchanged: str,
    orphan: Exchange,
    copies: int,
    status: Status,
    reason: Reason | None,
) -> None:
    verdict, _ = paired(swapped, red, blue, exchanged, orphan, copies)
    assert (verdict.status, verdict.reason) == (status, reason)


ASKED = RUN.pick("pairs/asked", LOCKERS, NAMED)
OTHERS = [locker for locker in LOCKERS if locker not in ASKED]


@pytest.mark.parametrize(
    ("named", "paired_at_once"),
    [
        pytest.param(ASKED, True, id="those"),
        pytest.param(ASKED[:-1], False, id="one less"),
        pytest.param([*ASKED, OTHERS[0]], False, id="one more"),
        pytest.param(LOCKERS, False, id="all"),
        pytest.param(OTHERS[:NAMED], False, id="others"),
        pytest.param([], False, id="none"),
    ],
)
def test_results_that_are_told_apart_at_once_need_no_control(named: list[str], paired_at_once: bool) -> None:
    said = exchange(message(", ".join(RUN.nonce(f"pairs/{locker}") for locker in named)))
    verdict, roles = drive(
        pairs_by_id(RUN, swapped="calls"), lambda role, asked: said if role == AT_ONCE else copied(role, 8) or OK
    )
    assert (verdict.status is Status.SUPPORTED, roles == [AT_ONCE]) == (paired_at_once, paired_at_once)


@pytest.mark.parametrize("swapped", ["calls", "results"])
def test_each_locker_is_asked_twice_and_the_exchanged_ids_as_often_as_guessing_wants(swapped: str) -> None:
    lockers = ["control", "with the ids exchanged", "the one locker, try 2"]
    others = ["the other locker", "the other locker, try 2"]
    exchanged = [f"with the field, try {number}" for number in range(2, PAIRS + 1)]
    verdict, roles = paired(swapped, "r", "b", "bbrb", OK, 8)
    assert roles == [AT_ONCE, *lockers, *others, *exchanged, *COPYING]
    assert verdict.note == "with the ids exchanged the other code comes back in 3 of 4 tries"


def failing(
    swapped: str, first: Exchange, again: Exchange, alone: Exchange, without: Exchange, beside: Exchange
) -> Verdict:
    """The verdict where calls and results fail so, and again so; where this row's block alone is met so, and the
    conversation without any, first and beside the second failure."""

    def reply(role: str, asked: Request) -> Exchange:
        if role == "control":
            return again if asked.attempt == 1 else first
        if role == "without calls and results":
            return beside if asked.beside else without
        return alone if role == f"the {swapped} alone" else OK

    return drive(pairs_by_id(RUN, swapped=swapped), reply)[0]


OTHERWISE = refusal("an entirely different complaint, which is about something else")


@pytest.mark.parametrize(
    ("first", "again", "alone", "without", "beside", "status", "reason"),
    [
        pytest.param(NO, NO, NO, OK, OK, Status.REJECTED, None, id="refused, alone as well"),
        pytest.param(OOPS, OOPS, OOPS, OK, OK, Status.BROKEN, None, id="fails, alone as well"),
        pytest.param(NO, NO, OK, OK, OK, Status.UNTESTED, Reason.PREREQUISITE_REFUSED, id="answered alone"),
        pytest.param(NO, NO, OTHERWISE, OK, OK, Status.UNTESTED, Reason.PREREQUISITE_REFUSED, id="otherwise alone"),
        pytest.param(NO, NO, NO, NO, NO, Status.UNTESTED, Reason.CONTROL_REFUSED, id="refused without it as well"),
        pytest.param(NO, NO, OK, NO, OK, Status.UNTESTED, Reason.CONTROL_REFUSED, id="refused without it alone"),
        pytest.param(NO, NO, NO, OK, AWAY, Status.UNTESTED, Reason.UNREACHABLE, id="without it not reached any more"),
        pytest.param(NO, OK, NO, OK, OK, Status.UNTESTED, Reason.UNSTABLE, id="answered the second time"),
        pytest.param(AWAY, NO, NO, OK, OK, Status.UNTESTED, Reason.UNREACHABLE, id="not reached"),
    ],
)
@pytest.mark.parametrize("swapped", ["calls", "results"])
def test_calls_and_results_that_fail_are_this_rows_where_its_block_alone_fails_the_same_way(
    swapped: str,
    first: Exchange,
    again: Exchange,
    alone: Exchange,
    without: Exchange,
    beside: Exchange,
    status: Status,
    reason: Reason | None,
) -> None:
    verdict = failing(swapped, first, again, alone, without, beside)
    assert (verdict.status, verdict.reason) == (status, reason)


def asked_of(swapped: str, control: Exchange = OK) -> dict[str, Request]:
    """The requests of an endpoint that follows no id, by role."""
    asked_as: dict[str, Request] = {}

    def reply(role: str, asked: Request) -> Exchange:
        asked_as.setdefault(role, asked)
        if role == "control":
            return control
        return copied(role, 8) or exchange(message(BLUE if "other" in role else RED))

    drive(pairs_by_id(RUN, swapped=swapped), reply)
    return asked_as


def ids_of(asked: Request) -> tuple[list[str], list[str]]:
    """The ids of the calls and of the results, in the order of the conversation."""
    _, calls, results = (turn["content"] for turn in asked.json["messages"])
    return [each["id"] for each in calls if "id" in each], [
        each["tool_use_id"] for each in results if "tool_use_id" in each
    ]


@pytest.mark.parametrize("swapped", ["calls", "results"])
def test_the_ids_of_one_side_alone_are_exchanged(swapped: str) -> None:
    asked = asked_of(swapped, control=exchange(message(RED)))
    ids = ["toolu_01first", "toolu_01second"]
    assert ids_of(asked["control"]) == ids_of(asked["the other locker"]) == (ids, ids)
    exchanged = (ids[::-1], ids) if swapped == "calls" else (ids, ids[::-1])
    assert ids_of(asked["with the ids exchanged"]) == exchanged
    assert ids_of(asked["a result of no call"]) == (ids, ["toolu_01first", "toolu_01stranger"])
    assert asked["the one locker, try 2"] == asked["control"].again(1)


@pytest.mark.parametrize(("swapped", "ids"), [("calls", (["toolu_01first"], [])), ("results", ([], ["toolu_01first"]))])
def test_a_block_that_may_have_failed_is_asked_alone_and_the_conversation_without_any(
    swapped: str, ids: tuple[list[str], list[str]]
) -> None:
    asked = asked_of(swapped, control=NO)
    assert ids_of(asked[f"the {swapped} alone"]) == ids
    assert ids_of(asked["without calls and results"]) == ([], [])
    assert all(turn["content"] for request in asked.values() for turn in request.json["messages"])
