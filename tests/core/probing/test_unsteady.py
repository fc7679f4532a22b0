"""Failures that come by chance: what counts as one, and what they leave of a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.evidence.cassette import Recording
from conformance.evidence.run_info import RunInfo
from conformance.measure.judge import judge
from conformance.measure.measure import cassette_path
from conformance.probing.everywhere import Came, hold
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Conversation, Run
from conformance.probing.unsteady import (
    AFRESH,
    Unsteady,
    astray_among,
    failure_of,
    look_alike,
    notice,
    second_opinion,
)
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import BY_ID, ROWS
from tests.core.made_up import exchange, message, request
from tests.in_process import KEY, record
from tests.random_faults import Failing, by_chance, once

MODEL = DEFAULT_MODELS[0]
UPSTREAM = "upstream connect error"
CRASH, CUT = "HTTP 500: Internal server error", "cut"
CHANCE = Unsteady(asked=100, failed=10, words=frozenset([CRASH]))
SELDOM = Unsteady(asked=200, failed=1, words=frozenset([CRASH]))
ONE_ASTRAY, ASTRAY = (Unsteady(asked=100, failed=0, words=frozenset(), astray=n) for n in (1, 2))

GOOD = Verdict(status=Status.SUPPORTED)
BROKEN = Verdict(status=Status.BROKEN, note="the note")
PARTIAL = Verdict(status=Status.PARTIAL, deviation=Deviation.FRAMING)
OTHER = Verdict(status=Status.PARTIAL, deviation=Deviation.INCOMPLETE)
WEAK, NEVER = untested(Reason.MODEL_TOO_WEAK, ""), untested(Reason.NEVER_EXERCISED, "")


def refused(words: str, status: int = 500, question: Request | None = None) -> Exchange:
    return exchange({"type": "error", "error": {"type": "api_error", "message": words}}, status, asked=question)


def asked(end: str, attempt: int = 0, **fields: Any) -> Exchange:
    """A question that ended so."""
    question = request(messages=[{"role": "user", "content": "Say OK."}], **fields).again(attempt)
    if end == "answer":
        return exchange(message(), asked=question)
    if end == "empty":
        return exchange(message(content=[]), asked=question)
    if end == "policy":
        return exchange(message("Sorry.", stop_reason="refusal"), asked=question)
    if end == "crash":
        return refused("Internal server error", 500, question)
    if end == "key":
        return refused("invalid x-api-key", 401, question)
    if end == "cut":
        return exchange(b"{", failure="cut: ReadError: the connection was reset", asked=question)
    return refused(end, 400, question)


def some(unsteady: Unsteady | None) -> Unsteady:
    assert unsteady is not None
    return unsteady


OFTEN = [asked(end, attempt, system=system) for system in "xy" for attempt, end in enumerate(("answer", "crash"))]


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (["answer", "crash"], {CRASH}),
        (["answer", "cut", UPSTREAM], {CUT, f"HTTP 400: {UPSTREAM}"}),
        (["tool_choice: no", "crash"], {CRASH}),
        (["tool_choice: no", UPSTREAM], {"HTTP 400: tool_choice: no", f"HTTP 400: {UPSTREAM}"}),
        (["answer", "empty"], {"HTTP 200 with an answer without content"}),
        (["answer", "policy"], {"HTTP 200 with stop_reason refusal"}),
        (["empty", "empty"], set()),
        (["crash", "crash"], set()),
        (["answer", "answer"], set()),
        (["tool_choice: no", "tool_choice: no"], set()),
    ],
)
def test_which_ends_of_one_question_came_by_chance(ends: list[str], words: set[str]) -> None:
    twice = [asked(end, attempt, system=system) for system in "ab" for attempt, end in enumerate(ends)]
    found = notice(twice)
    assert (set(found.words) if found else set()) == words


def test_of_two_refusals_the_one_that_more_questions_met_came_by_chance() -> None:
    twice = [asked(end, attempt, system=system) for system in "ab" for attempt, end in enumerate((UPSTREAM, system))]
    assert some(notice(twice)).words == {f"HTTP 400: {UPSTREAM}"}


def test_a_wrong_key_is_refused_as_it_should_be_where_another_refusal_comes_to_more_questions() -> None:
    mixed = [asked(end, attempt, system="wrong key") for attempt, end in enumerate((UPSTREAM, "key"))]
    others = [asked(end, attempt, system="good") for attempt, end in enumerate((UPSTREAM, "answer"))]
    assert some(notice([*mixed, *others])).words == {f"HTTP 400: {UPSTREAM}"}


def test_a_key_that_is_refused_now_and_then_comes_by_chance() -> None:
    bad = [asked(end, attempt, system=no) for no in ("a", "b") for attempt, end in enumerate((f"no {no}", "key"))]
    assert some(notice(bad)).words == {"HTTP 401: invalid x-api-key"}


def test_ends_of_different_questions_say_nothing() -> None:
    assert notice([asked("answer", system="one"), asked("crash", system="other")]) is None


def test_what_a_store_holds_is_gone_after_it_was_deleted() -> None:
    there, gone = asked("answer"), asked("crash", 1)
    fetched = [replace(each, request=replace(each.request, method="GET")) for each in (there, gone)]
    assert notice([there, gone, *OFTEN]) != notice(OFTEN)
    assert notice([*fetched, *OFTEN]) == replace(some(notice(OFTEN)), asked=6, failed=3)


def test_one_question_that_ends_now_so_now_otherwise_is_nothing_yet() -> None:
    assert notice(OFTEN[:2]) is None


def test_all_failures_in_such_words_are_counted() -> None:
    found = some(notice([*OFTEN, asked("crash", system="other"), asked("no", system="third")]))
    assert found == Unsteady(asked=6, failed=3, words=frozenset([CRASH]))
    assert found.note == "3 of 6 requests (50 %) failed in ways that come and go"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (refused("request 4711 of 9"), refused("request 12 of 10")),
        (refused("trace 3f9a-77c1 failed"), refused("trace 90bb-1a2b failed")),
        (exchange(b"{", failure="cut: ReadError: reset"), exchange(status=None, failure="cut: peer closed")),
    ],
)
def test_failures_of_one_kind_are_known_by_the_same_words(one: Exchange, other: Exchange) -> None:
    assert failure_of(one) == failure_of(other) != ""


def test_an_empty_body_is_a_failure_on_every_route() -> None:
    counted = exchange(b"", asked=replace(request(), path="/v1/messages/count_tokens"))
    assert failure_of(counted) == failure_of(exchange(b"")) == "HTTP 200 with an empty body"
    assert failure_of(exchange(message())) == ""


@pytest.mark.parametrize(("failed", "tries"), [(1, 2), (10, 2), (100, 5), (300, 11), (999, 12)])
def test_what_fails_is_asked_again_until_chance_is_ruled_out(failed: int, tries: int) -> None:
    assert Unsteady(asked=1000, failed=failed, words=frozenset([CRASH])).tries == tries


def run_through(steps: Conversation[Verdict], answers: Iterator[str]) -> tuple[Verdict, list[int]]:
    """The steps' verdict, and the attempts that were asked; each question ends as the next of the answers says."""
    attempts: list[int] = []
    try:
        wanted = next(steps)
        while True:
            attempts += [each.attempt for each in wanted.values()]
            wanted = steps.send({role: asked(next(answers), each.attempt) for role, each in wanted.items()})
    except StopIteration as end:
        return end.value, attempts


def once_more(verdict: Verdict) -> Conversation[Verdict]:
    """A row that asks one question, and comes to this verdict unless that fails."""
    got = yield {"question": request()}
    return BROKEN if failure_of(got["question"]) else verdict


@pytest.mark.parametrize(
    ("first", "unsteady", "before", "second", "due"),
    [
        (GOOD, CHANCE, "crash", BROKEN, GOOD),
        (NEVER, CHANCE, "crash", BROKEN, NEVER),
        (GOOD, ASTRAY, "answer", BROKEN, GOOD),
        (BROKEN, ASTRAY, "answer", BROKEN, Reason.UNSTABLE),
        (WEAK, ASTRAY, "answer", WEAK, Reason.UNSTABLE),
        (BROKEN, SELDOM, "answer", GOOD, BROKEN),
        (BROKEN, SELDOM, "crash", GOOD, Reason.UNSTABLE),
        (BROKEN, CHANCE, "answer", BROKEN, BROKEN),
        (PARTIAL, CHANCE, "answer", PARTIAL, PARTIAL),
        (WEAK, CHANCE, "answer", WEAK, WEAK),
        (BROKEN, ONE_ASTRAY, "answer", GOOD, Reason.UNSTABLE),
        (BROKEN, CHANCE, "answer", GOOD, Reason.UNSTABLE),
        (BROKEN, CHANCE, "answer", NEVER, Reason.UNSTABLE),
        (PARTIAL, CHANCE, "answer", OTHER, Reason.UNSTABLE),
        (WEAK, CHANCE, "answer", GOOD, Reason.UNSTABLE),
    ],
)
def test_the_second_opinion(
    first: Verdict, unsteady: Unsteady, before: str, second: Verdict, due: Verdict | Reason
) -> None:
    steps = second_opinion(once_more(second), first, unsteady, [asked(before)], EvidenceKind.NONCE)
    found, _ = run_through(steps, iter(["answer"] * 3))
    assert (found.reason if isinstance(due, Reason) else found) == due


def test_what_is_only_validated_is_doubtful_where_answers_go_astray() -> None:
    for unsteady, due in ((ASTRAY, Reason.UNSTABLE), (ONE_ASTRAY, None), (CHANCE, None)):
        steps = second_opinion(once_more(GOOD), GOOD, unsteady, [], EvidenceKind.VALIDATION)
        assert run_through(steps, iter([]))[0].reason is due


def test_a_failure_of_the_second_round_is_asked_again_until_chance_is_ruled_out() -> None:
    steps = second_opinion(once_more(GOOD), BROKEN, CHANCE, [], EvidenceKind.NONCE)
    found, attempts = run_through(steps, iter(["crash", "crash", "answer"]))
    assert found.reason is Reason.UNSTABLE
    assert found.note == (
        "10 of 100 requests (10 %) failed in ways that come and go, and asked once more, this row comes to supported; "
        "the first time: the note"
    )
    assert attempts == [AFRESH, 2 * AFRESH, 3 * AFRESH]
    found, attempts = run_through(
        second_opinion(once_more(GOOD), BROKEN, CHANCE, [], EvidenceKind.NONCE), iter(["crash"] * 9)
    )
    assert found is BROKEN
    assert len(attempts) == CHANCE.tries + 1


def test_a_failure_in_other_words_is_not_asked_again() -> None:
    found, attempts = run_through(
        second_opinion(once_more(GOOD), BROKEN, CHANCE, [], EvidenceKind.NONCE), iter(["tools: no"])
    )
    assert (found, attempts) == (BROKEN, [AFRESH])


def named(answer_id: str, text: str, **fields: Any) -> Exchange:
    return exchange(message(text, id=answer_id), asked=request(**fields))


def test_answers_to_two_questions_that_are_one_answer_look_alike() -> None:
    one, other = named("msg_1", "Oslo", system="a"), named("msg_1", "Oslo", system="b")
    rest = [named(f"msg_{n}", "Oslo", system=f"{n}") for n in range(2, 6)]
    assert list(look_alike([one, other, *rest])) == [(one, other)]
    assert list(look_alike([one, *rest])) == []
    # Where most answers have one id, it tells nothing.
    assert list(look_alike([one, other, named("msg_1", "Oslo", system="c")])) == []


@pytest.mark.parametrize(("again", "astray"), [(("Oslo", "Oslo"), 0), (("Oslo", "Lima"), 1), (("Oslo", ""), 0)])
def test_an_answer_went_astray_where_its_question_is_answered_otherwise(again: tuple[str, str], astray: int) -> None:
    rest = [named(f"msg_{n}", "Oslo", system=f"{n}") for n in range(2, 6)]
    steps = astray_among([named("msg_1", "Oslo", system="a"), named("msg_1", "Oslo", system="b"), *rest])
    wanted = next(steps)
    got = {
        role: exchange(message(text) if text else b"", asked=each)
        for (role, each), text in zip(wanted.items(), again, strict=True)
    }
    with pytest.raises(StopIteration) as end:
        steps.send(got)
    assert end.value.value == astray


def versioned(number: int) -> Request:
    return request(n=number).with_headers(anthropic_version="2023-06-01")


def test_no_rule_of_a_row_is_held_against_what_fails_by_chance() -> None:
    owner = BY_ID["errors.envelope"]
    came = [Came(row="a.row", role=f"{n}", exchange=exchange(b"oops", 400, asked=versioned(n))) for n in (1, 2)]
    by_words = Unsteady(asked=9, failed=2, words=frozenset([failure_of(came[0].exchange)]))
    assert hold([owner], came, "2023-06-01") != {}
    assert hold([owner], came, "2023-06-01", by_words) == {}
    assert hold([owner], came, "2023-06-01", ASTRAY) == {}


INFO = RunInfo(seed=7, model=MODEL, auth="x-api-key", anthropic_version="2023-06-01", url="http://x.invalid")
REPLAYED = ["errors.tool_pairing", "fields.unknown", "fields.thinking", "messages.multi_turn", "tools.name"]


def test_a_replay_comes_to_the_same_second_opinion(tmp_path: Path) -> None:
    app = Failing(create_app(api_key=KEY), "crash", by_chance(0.3, 1))
    record(app, Run(seed=7, model=MODEL), tmp_path, url="http://x.invalid", info=INFO, rows=ROWS)
    held = {row.id: Recording(cassette_path(tmp_path, row.id)) for row in ROWS}
    judged = {row.id: judge(row, held[row.id]) for row in ROWS}
    assert all(each.verdict.reason is not Reason.NO_CASSETTE for each in judged.values())
    assert all(each.recorded is each.verdict.status for each in judged.values())
    seen = held["errors.tool_pairing"].info.unsteady
    assert seen is not None
    assert 0.2 < seen.failed / seen.asked < 0.4
    assert all(each.info.unsteady == seen for each in held.values())
    assert {each.unsteady for each in judged.values()} == {seen.note}
    assert any("asked once more" in each.verdict.note for each in judged.values())


def test_a_steady_run_is_asked_nothing_more_and_keeps_no_such_fact(tmp_path: Path) -> None:
    app = Failing(create_app(api_key=KEY), "crash", once(-1))
    rows = [BY_ID[row] for row in REPLAYED]
    record(app, Run(seed=7, model=MODEL), tmp_path, url="http://x.invalid", info=INFO, rows=rows)
    held = [Recording(cassette_path(tmp_path, row)) for row in REPLAYED]
    assert not any(each.info.unsteady for each in held)
    assert all(each.request.attempt < AFRESH for recording in held for each in recording.exchanges)


def test_an_endpoint_that_went_down_is_not_asked_once_more(tmp_path: Path) -> None:
    app = Failing(create_app(api_key=KEY), "crash", lambda number: number > 6)
    rows = [BY_ID[row] for row in REPLAYED]
    record(app, Run(seed=7, model=MODEL), tmp_path, url="http://x.invalid", info=INFO, rows=rows)
    asked_late = [each for row in REPLAYED for each in Recording(cassette_path(tmp_path, row)).exchanges]
    assert app.failed
    assert all(each.request.attempt < AFRESH for each in asked_late)
