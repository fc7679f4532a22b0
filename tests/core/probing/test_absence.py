"""Why an effect was not seen: the tables that tell a field that was dropped from a model that is too weak."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.probing import calibrate
from conformance.probing.capability import FIRST_TRIES, MOST_TRIES, RELIABLE_TRIES, Capability, copying
from conformance.probing.case import Case
from conformance.probing.contrast import Contrast
from conformance.probing.detection import explain_absence
from conformance.probing.every_code import EveryCode
from conformance.probing.verdict import Effect, Finding, Verdict
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from tests.core.made_up import COPYING, RUN, counted, drive, exchange, message, refusal

Reply = Callable[[str, Request], Exchange]

COUNTING = {"baseline": 10, "a longer prompt": 110, "a long field that is no prompt": 10}
CONSTANT = dict.fromkeys(COUNTING, 10)


def usage_of(totals: dict[str, int]) -> Reply:
    return lambda role, _: exchange(counted(totals[role]))


STEADY = Capability(shown=8, tries=8)


def explain(
    growth: int | None,
    *,
    capability: Capability = STEADY,
    totals: dict[str, int] = COUNTING,
    grows: int | None = 30,
    away: str = "",
) -> tuple[Finding, list[str]]:
    """What is made of a miss where the prompt grew by so many tokens (None: it is not counted); the question with the
    role `away` is refused."""
    with_field = exchange(message(usage=None) if growth is None else counted(100 + growth))
    contrast = Contrast([read_answer(exchange(counted(100)))], [read_answer(with_field)], with_field)
    steps = explain_absence(RUN, contrast, "no code comes back", capability=capability, grows=grows)
    return drive(steps, lambda role, _: refusal() if role == away else exchange(counted(totals[role])))


@pytest.mark.parametrize("totals", [COUNTING, CONSTANT])
@pytest.mark.parametrize("grows", [30, None])
@pytest.mark.parametrize("growth", [0, 9, 30, 300])
@pytest.mark.parametrize(
    ("capability", "why"),
    [
        pytest.param(Capability(shown=0, tries=8), "this model is not shown able to show it", id="never"),
        pytest.param(Capability(shown=1, tries=8), "this model shows it in 1 of 8 tries", id="once"),
        pytest.param(Capability(shown=7, tries=8), "this model shows it in 7 of 8 tries", id="not always"),
    ],
)
def test_a_miss_of_a_model_that_does_not_always_show_it_is_the_models_whatever_the_prompt_does(
    capability: Capability, why: str, growth: int, grows: int | None, totals: dict[str, int]
) -> None:
    finding, roles = explain(growth, capability=capability, totals=totals, grows=grows)
    assert finding == Finding(effect=Effect.TOO_WEAK, note=f"no code comes back, but {why}")
    assert roles == []


@pytest.mark.parametrize("grows", [30, None])
@pytest.mark.parametrize("growth", [0, 300])
@pytest.mark.parametrize(("shown", "tries"), [(0, 0), (0, 4), (1, 4), (4, 4)])
def test_a_miss_of_a_model_of_which_most_questions_were_not_answered_cannot_be_told(
    shown: int, tries: int, growth: int, grows: int | None
) -> None:
    capability = Capability(shown=shown, tries=tries, unanswered=8 - tries)
    note = "no code comes back, but most of the questions whether this model shows it were not answered"
    assert explain(growth, capability=capability, grows=grows) == (Finding(effect=Effect.CANNOT_TELL, note=note), [])


@pytest.mark.parametrize("growth", [-5, 0, 9])
def test_a_prompt_that_does_not_grow_under_a_steady_model_shows_that_the_field_is_dropped(growth: int) -> None:
    note = f"no code comes back, and its content does not lengthen the prompt (from 100 to {100 + growth} tokens)"
    assert explain(growth)[0] == Finding(effect=Effect.ABSENT, note=note)


@pytest.mark.parametrize("growth", [10, 11, 30, 300])
def test_a_prompt_that_grows_proves_neither_that_the_field_is_read_nor_that_it_is_dropped(growth: int) -> None:
    note = f"no code comes back, although the prompt grew (from 100 to {100 + growth} tokens)"
    assert explain(growth)[0] == Finding(effect=Effect.CANNOT_TELL, note=note)


MISSED = Finding(effect=Effect.ABSENT, note="no code comes back")


@pytest.mark.parametrize("growth", [0, 300])
def test_where_prompts_are_not_counted_a_miss_of_a_steady_model_is_the_fields(growth: int) -> None:
    assert explain(growth, totals=CONSTANT)[0] == MISSED


@pytest.mark.parametrize("growth", [0, 300])
def test_a_field_that_does_not_lengthen_the_prompt_is_judged_by_the_model_and_nothing_is_counted(growth: int) -> None:
    assert explain(growth, grows=None) == (MISSED, [])


def test_an_answer_without_a_count_is_as_one_of_an_endpoint_that_does_not_count() -> None:
    assert explain(None)[0] == MISSED
    bare, whole = exchange(message(usage=None)), exchange(counted(400))
    contrast = Contrast([read_answer(bare)], [read_answer(whole)], whole)
    steps = explain_absence(RUN, contrast, "no code comes back", capability=STEADY, grows=30)
    assert drive(steps, usage_of(COUNTING))[0] == MISSED


@pytest.mark.parametrize("away", ["baseline", "a longer prompt"])
@pytest.mark.parametrize("growth", [0, 300])
def test_where_it_could_not_be_seen_whether_prompts_are_counted_a_miss_cannot_be_told(growth: int, away: str) -> None:
    note = "no code comes back, and the prompt's growth could not be seen"
    assert explain(growth, away=away)[0] == Finding(effect=Effect.CANNOT_TELL, note=note)


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"a longer prompt": 50}, True),
        ({"a longer prompt": 49}, False),
        ({"baseline": 0}, False),
        ({"a long field that is no prompt": 19}, True),
        ({"a long field that is no prompt": 20}, False),
        ({"a long field that is no prompt": 1}, True),
        ({"a long field that is no prompt": 0}, False),
    ],
)
def test_usage_is_a_witness_when_it_moves_with_the_prompt_and_nothing_else(
    changes: dict[str, int], counts: bool
) -> None:
    found, roles = drive(calibrate.counts_the_prompt(RUN), usage_of({**COUNTING, **changes}))
    assert found is counts
    assert set(roles) == set(COUNTING)


@pytest.mark.parametrize(
    ("refused", "counts"),
    [("baseline", None), ("a longer prompt", None), ("a long field that is no prompt", True)],
)
def test_usage_is_a_witness_even_where_the_field_that_is_no_prompt_is_refused_but_not_where_a_prompt_is(
    refused: str, counts: bool | None
) -> None:
    def reply(role: str, _: Request) -> Exchange:
        return refusal() if role == refused else exchange(counted(COUNTING[role]))

    assert drive(calibrate.counts_the_prompt(RUN), reply)[0] is counts


@pytest.mark.parametrize("without", ["baseline", "a longer prompt"])
def test_usage_is_no_witness_where_an_answer_carries_no_count(without: str) -> None:
    def reply(role: str, _: Request) -> Exchange:
        return exchange(message(usage=None) if role == without else counted(COUNTING[role]))

    assert drive(calibrate.counts_the_prompt(RUN), reply)[0] is False


CODES = ("QX-1111", "BD-2222")
JOINED = "the same words in one part"


def read_parts(
    said: str | tuple[str | None, ...],
    share: int | None = 0,
    *,
    said_joined: str | None,
    copies: int | None = RELIABLE_TRIES,
    totals: dict[str, int] = COUNTING,
    away: str = "",
    echo: bool = False,
) -> tuple[Verdict, list[str]]:
    """What is decided where the parts are answered with `said` (or try by try, the last for all further ones), the
    prompt growing by `share` of the hundred tokens that the same words add in one part, and where the model copies so
    many codes (None: it is not answered); a word that is None, and the role `away`, are refused."""
    control, treatment, joined = (RUN.message(text) for text in ("question", "parts", "joined"))
    tries = said if isinstance(said, tuple) else (said,)
    usage = None if share is None else {"input_tokens": 10 + share, "output_tokens": 4}

    def reply(role: str, asked: Request) -> Exchange:
        if asked == joined:
            return refusal() if said_joined is None else exchange(counted(110, said_joined))
        if asked.again(0) == treatment:
            words = tries[min(asked.attempt, len(tries) - 1)]
            return refusal() if words is None else exchange(message(words, usage=usage))
        if role in COPYING:
            code, prompt, _ = copying(RUN, COPYING.index(role))
            if copies is None:
                return refusal()
            return exchange(message(prompt if echo else code if COPYING.index(role) < copies else "?"))
        return refusal() if role == away else exchange(counted(totals.get(role, 10)))

    parts = EveryCode(codes=CODES, joined=joined, what="blocks")
    return drive(Case(control=control, treatment=treatment, detect=parts).ask(RUN), reply)


BOTH_CODES = "QX-1111 and bd-2222"
CONTROL, PARTS = "control", "with the field"
COUNTED = list(COUNTING)
FEW = 3
"""Of eight codes: a model that copies now and then."""


@pytest.mark.parametrize("copies", [FEW, RELIABLE_TRIES])
def test_parts_that_all_come_back_are_read_and_only_an_echo_is_looked_for(copies: int) -> None:
    expected = Verdict(status=Status.SUPPORTED)
    asked = [PARTS, COPYING[0]]
    assert read_parts(BOTH_CODES, 100, said_joined="", copies=copies) == (expected, asked)
    late = read_parts(("?", "QX-1111", BOTH_CODES), 100, said_joined="", copies=copies)
    assert late[0] == expected
    assert [role for role in late[1] if role in (PARTS, CONTROL)] == [PARTS, CONTROL, *[PARTS] * 2]
    assert read_parts(("?", None, BOTH_CODES), 100, said_joined="", copies=copies)[0] == expected


def test_a_model_that_copies_now_and_then_is_asked_for_the_parts_until_all_come_back() -> None:
    for misses in (3, MOST_TRIES - 1):
        tries = ("?",) * misses + (BOTH_CODES,)
        verdict, roles = read_parts(tries, 0, said_joined="", copies=FEW)
        assert verdict == Verdict(status=Status.SUPPORTED)
        assert roles.count(PARTS) == misses + 1


def test_parts_that_come_back_from_an_endpoint_that_echoes_its_prompt_prove_nothing() -> None:
    for said in (BOTH_CODES, "QX-1111"):
        verdict, _ = read_parts(said, said_joined=BOTH_CODES, echo=True)
        assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)


WEAK, UNTOLD = Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL


@pytest.mark.parametrize(
    ("said", "share", "ask_capability", "status", "why"),
    [
        pytest.param("QX-1111", 100, False, Status.UNTESTED, WEAK, id="weak, some, all of the growth"),
        pytest.param("QX-1111", 0, False, Status.UNTESTED, WEAK, id="weak, some, no growth"),
        pytest.param("?", 100, False, Status.UNTESTED, WEAK, id="weak, none, all of the growth"),
        pytest.param("?", 0, False, Status.UNTESTED, WEAK, id="weak, none, no growth"),
        pytest.param("QX-1111", 75, True, Status.UNTESTED, UNTOLD, id="able, some, three quarters"),
        pytest.param("bd-2222", 100, True, Status.UNTESTED, UNTOLD, id="able, some, all of the growth"),
        pytest.param("QX-1111", 74, True, Status.PARTIAL, Deviation.INCOMPLETE, id="able, some, under three quarters"),
        pytest.param("QX-1111", 0, True, Status.PARTIAL, Deviation.INCOMPLETE, id="able, some, no growth"),
        pytest.param("QX-1111", None, True, Status.PARTIAL, Deviation.INCOMPLETE, id="able, some, no count"),
        pytest.param("?", 33, True, Status.IGNORED, None, id="able, none, under a third"),
        pytest.param("?", 0, True, Status.IGNORED, None, id="able, none, no growth"),
        pytest.param("?", None, True, Status.IGNORED, None, id="able, none, no count"),
        pytest.param("?", 34, True, Status.UNTESTED, UNTOLD, id="able, none, over a third"),
        pytest.param("?", 100, True, Status.UNTESTED, UNTOLD, id="able, none, all of the growth"),
    ],
)
def test_a_part_that_does_not_come_back_is_explained_by_the_model_and_by_the_growth_of_the_prompt(
    said: str, share: int | None, ask_capability: bool, status: Status, why: Reason | Deviation | None
) -> None:
    verdict, _ = read_parts(said, share, said_joined=BOTH_CODES if ask_capability else "QX-1111")
    assert (verdict.status, verdict.reason or verdict.deviation) == (status, why)


@pytest.mark.parametrize("share", [0, 100, None])
@pytest.mark.parametrize("said", ["?", "QX-1111"])
@pytest.mark.parametrize("copies", [1, FEW, RELIABLE_TRIES - 1])
def test_a_part_that_never_comes_back_from_a_model_that_copies_now_and_then_is_the_models(
    copies: int, said: str, share: int | None
) -> None:
    verdict, roles = read_parts(said, share, said_joined=BOTH_CODES, copies=copies)
    tries = FIRST_TRIES if copies < FIRST_TRIES else RELIABLE_TRIES
    note = f"not every code comes back, but this model repeats a code that it reads in {copies} of {tries} tries"
    assert verdict == Verdict(status=Status.UNTESTED, reason=WEAK, note=note)
    assert roles.count(PARTS) == MOST_TRIES
    assert JOINED not in roles


@pytest.mark.parametrize("said", ["?", "QX-1111"])
def test_a_part_that_does_not_come_back_cannot_be_told_where_no_question_of_copying_is_answered(said: str) -> None:
    verdict, roles = read_parts(said, said_joined=BOTH_CODES, copies=None)
    why = "most of the questions whether this model repeats a code that it reads were not answered"
    assert verdict == Verdict(status=Status.UNTESTED, reason=UNTOLD, note=f"not every code comes back, but {why}")
    assert roles.count(PARTS) == 3


@pytest.mark.parametrize("share", [50, 100, -10])
@pytest.mark.parametrize(("said", "status"), [("?", Status.IGNORED), ("QX-1111", Status.PARTIAL)])
def test_a_part_that_does_not_come_back_uncounted_is_explained_by_the_model_alone(
    said: str, status: Status, share: int
) -> None:
    assert read_parts(said, share, said_joined=BOTH_CODES, totals=CONSTANT)[0].status is status
    weak, _ = read_parts(said, share, said_joined="?", totals=CONSTANT)
    assert (weak.status, weak.reason) == (Status.UNTESTED, WEAK)


@pytest.mark.parametrize("away", ["baseline", "a longer prompt"])
def test_where_no_part_comes_back_and_the_growth_could_not_be_seen_it_cannot_be_told(away: str) -> None:
    verdict, _ = read_parts("?", 0, said_joined=BOTH_CODES, away=away)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, UNTOLD)


@pytest.mark.parametrize("said_joined", [None, "?", "bd-2222"])
def test_a_model_that_does_not_repeat_the_joined_words_is_not_shown_able(said_joined: str | None) -> None:
    verdict, _ = read_parts("?", 0, said_joined=said_joined, copies=RELIABLE_TRIES)
    note = "this model is not shown able to repeat two codes"
    assert verdict == Verdict(status=Status.UNTESTED, reason=WEAK, note=note)


@pytest.mark.parametrize("said", ["?", "bd-2222"])
@pytest.mark.parametrize("said_joined", [None, "?", BOTH_CODES])
def test_of_a_model_that_never_copies_a_code_nothing_is_said_by_one_lucky_answer(
    said: str, said_joined: str | None
) -> None:
    verdict, _ = read_parts(said, 0, said_joined=said_joined, copies=0)
    note = "not every code comes back, but this model is not shown able to show it"
    assert verdict == Verdict(status=Status.UNTESTED, reason=WEAK, note=note)


def test_the_parts_are_asked_three_times_before_they_are_explained_by_the_best_of_them() -> None:
    verdict, roles = read_parts(("?", "bd-2222", "?"), 50, said_joined=BOTH_CODES)
    assert [role for role in roles if role in (PARTS, CONTROL, JOINED)] == [PARTS, CONTROL, *[PARTS] * 2, JOINED]
    assert (verdict.deviation, verdict.note) == (Deviation.INCOMPLETE, "of 2 blocks only number 2 is read")


def test_parts_that_the_prompt_does_not_grow_with_are_asked_twice() -> None:
    verdict, roles = read_parts(("?", "bd-2222"), 0, said_joined=BOTH_CODES)
    assert (verdict.deviation, roles.count(PARTS)) == (Deviation.INCOMPLETE, 2)
    assert read_parts("?", 0, said_joined=BOTH_CODES)[1].count(PARTS) == 2
    assert read_parts("?", 33, said_joined=BOTH_CODES)[1].count(PARTS) == 3


def test_no_control_and_no_second_try_are_asked_of_a_model_that_copies_no_code() -> None:
    _, roles = read_parts("?", 0, said_joined=BOTH_CODES, copies=0)
    assert {PARTS, CONTROL} & set(roles) == {PARTS}
    assert roles.count(PARTS) == 1
