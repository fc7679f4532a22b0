"""Why an effect was not seen: the tables that tell a field that was dropped from a model that is too weak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance import calibrate
from conformance.answer import read_answer
from conformance.exchange import Exchange, Request
from conformance.probes import Pair, explain_absence
from conformance.rows.reading import reads_all
from conformance.run import Run, Steps
from conformance.status import Deviation, Status
from conformance.verdict import Effect, Sighting
from tests.core.made_up import RUN, counted, drive, exchange, message, refusal

Reply = Callable[[str, Request], Exchange]

COUNTING = {"baseline": 10, "a longer prompt": 110, "a long field that is no prompt": 10}
CONSTANT = dict.fromkeys(COUNTING, 10)


def usage_of(totals: dict[str, int]) -> Reply:
    return lambda role, _: exchange(counted(totals[role]))


def able_if(able: bool) -> Callable[[Run], Steps[bool]]:
    def ask(run: Run) -> Steps[bool]:
        yield from ()
        return able

    return ask


def explain(
    growth: int, *, able: bool, totals: dict[str, int], grows: int | None = 30, growth_proves: bool = True
) -> Sighting:
    answers = [read_answer(exchange(counted(tokens))) for tokens in (100, 100 + growth)]
    pair = Pair([answers[0]], [answers[1]])
    steps = explain_absence(
        RUN, pair, "no code comes back", able=able_if(able), grows=grows, growth_proves=growth_proves
    )
    sighting, _ = drive(steps, usage_of(totals))
    return sighting


@pytest.mark.parametrize("able", [True, False])
@pytest.mark.parametrize("growth", [-5, 0, 9])
def test_a_prompt_that_does_not_grow_shows_that_the_field_is_dropped(growth: int, able: bool) -> None:
    sighting = explain(growth, able=able, totals=COUNTING)
    assert sighting.effect is Effect.ABSENT
    assert sighting.note.startswith("no code comes back, and the prompt does not grow by its content (100 to ")


@pytest.mark.parametrize("growth", [10, 11, 30, 300])
def test_a_prompt_that_grows_shows_that_the_field_is_read_where_the_model_is_too_weak_to_say_so(growth: int) -> None:
    sighting = explain(growth, able=False, totals=COUNTING)
    assert (sighting.effect, sighting.deviation) == (Effect.SEEN, None)
    assert sighting.note.endswith("this model does not repeat it")


@pytest.mark.parametrize("growth", [10, 300])
def test_a_prompt_that_grows_under_an_able_model_cannot_be_told(growth: int) -> None:
    assert explain(growth, able=True, totals=COUNTING).effect is Effect.CANNOT_TELL


@pytest.mark.parametrize(("able", "effect"), [(True, Effect.ABSENT), (False, Effect.TOO_WEAK)])
@pytest.mark.parametrize("growth", [0, 300])
def test_where_prompts_are_not_counted_the_model_decides(growth: int, able: bool, effect: Effect) -> None:
    assert explain(growth, able=able, totals=CONSTANT).effect is effect
    assert explain(growth, able=able, totals=COUNTING, grows=None).effect is effect


@pytest.mark.parametrize(("able", "effect"), [(True, Effect.ABSENT), (False, Effect.TOO_WEAK)])
def test_where_growth_proves_nothing_a_prompt_that_does_not_grow_counts_as_not_counted(
    able: bool, effect: Effect
) -> None:
    assert explain(0, able=able, totals=COUNTING, growth_proves=False).effect is effect


def test_where_growth_proves_nothing_a_prompt_that_grows_still_shows_that_the_field_is_read() -> None:
    assert explain(30, able=False, totals=COUNTING, growth_proves=False).effect is Effect.SEEN


def test_an_answer_without_a_count_leaves_the_model_to_decide() -> None:
    pair = Pair([read_answer(exchange(counted(100)))], [read_answer(exchange(message(usage=None)))])
    steps = explain_absence(RUN, pair, "missed", able=able_if(True), grows=30, growth_proves=True)
    assert drive(steps, usage_of(COUNTING))[0] == Sighting(effect=Effect.ABSENT, note="missed")


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"a longer prompt": 50}, True),
        ({"a longer prompt": 49}, False),
        ({"baseline": 0}, False),
        ({"a long field that is no prompt": 19}, True),
        ({"a long field that is no prompt": 20}, False),
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
    [("baseline", False), ("a longer prompt", False), ("a long field that is no prompt", True)],
)
def test_usage_is_a_witness_even_where_the_field_that_is_no_prompt_is_refused(refused: str, counts: bool) -> None:
    def reply(role: str, _: Request) -> Exchange:
        return refusal() if role == refused else exchange(counted(COUNTING[role]))

    assert drive(calibrate.counts_the_prompt(RUN), reply)[0] is counts


CODES = ("QX-1111", "BD-2222")
JOINED = "the same words in one part"


def read_parts(
    said: str, share: int | None, *, said_joined: str | None, totals: dict[str, int] = COUNTING
) -> tuple[Status, Deviation | None, str | None, list[str]]:
    """What is decided where the parts are answered with `said`, the prompt growing by `share` of the hundred tokens
    that the same words add in one part; `said_joined` None: that is refused."""
    control, treated, joined = (RUN.message(text) for text in ("question", "parts", "joined"))
    usage: dict[str, Any] = {} if share is None else {"usage": {"input_tokens": 10 + share, "output_tokens": 4}}

    def reply(role: str, asked: Request) -> Exchange:
        if asked == joined:
            answer = {**counted(110), **message(said_joined or "", usage=counted(110)["usage"])}
            return refusal() if said_joined is None else exchange(answer)
        if asked.again(0) == treated:
            return exchange(message(said, **usage))
        return exchange(counted(totals.get(role, 10)))

    steps = reads_all(RUN, control=control, treated=treated, joined=joined, codes=CODES, what="blocks")
    verdict, roles = drive(steps, reply)
    return verdict.status, verdict.deviation, verdict.reason, roles


BOTH_CODES = "QX-1111 and bd-2222"


def test_parts_that_all_come_back_are_read_and_nothing_else_is_asked() -> None:
    assert read_parts(BOTH_CODES, 100, said_joined="") == (Status.SUPPORTED, None, None, ["control", "with the field"])


@pytest.mark.parametrize(
    ("said", "share", "able", "status", "deviation", "reason"),
    [
        pytest.param("QX-1111", 100, True, Status.PARTIAL, Deviation.INCOMPLETE, None, id="able, some"),
        pytest.param("QX-1111", 0, True, Status.PARTIAL, Deviation.INCOMPLETE, None, id="able, some, no growth"),
        pytest.param("?", 33, True, Status.IGNORED, None, None, id="able, none, under a third"),
        pytest.param("?", 34, True, Status.UNTESTED, None, "cannot_tell", id="able, none, over a third"),
        pytest.param("?", 100, True, Status.UNTESTED, None, "cannot_tell", id="able, none, all"),
        pytest.param("?", 75, False, Status.SUPPORTED, None, None, id="weak, three quarters"),
        pytest.param("QX-1111", 75, False, Status.SUPPORTED, None, None, id="weak, some, three quarters"),
        pytest.param("?", 74, False, Status.PARTIAL, Deviation.INCOMPLETE, None, id="weak, under three quarters"),
        pytest.param("?", 34, False, Status.PARTIAL, Deviation.INCOMPLETE, None, id="weak, over a third"),
        pytest.param("?", 33, False, Status.IGNORED, None, None, id="weak, under a third"),
        pytest.param("?", 0, False, Status.IGNORED, None, None, id="weak, no growth"),
    ],
)
def test_a_part_that_does_not_come_back_is_explained_by_the_growth_of_the_prompt(
    said: str, share: int, able: bool, status: Status, deviation: Deviation | None, reason: str | None
) -> None:
    found = read_parts(said, share, said_joined=BOTH_CODES if able else "?")
    assert found[:3] == (status, deviation, reason)


@pytest.mark.parametrize(
    ("able", "status", "reason"), [(True, Status.IGNORED, None), (False, Status.UNTESTED, "model_too_weak")]
)
def test_a_part_that_does_not_come_back_uncounted_is_explained_by_the_model(
    able: bool, status: Status, reason: str | None
) -> None:
    joined = BOTH_CODES if able else "?"
    assert read_parts("?", 50, said_joined=joined, totals=CONSTANT)[:3] == (status, None, reason)
    assert read_parts("?", -10, said_joined=joined, totals=CONSTANT)[:3] == (status, None, reason)


def test_a_model_that_is_not_asked_the_joined_words_is_not_shown_able() -> None:
    assert read_parts("?", 0, said_joined=None)[:3] == (Status.UNTESTED, None, "model_too_weak")


def test_the_parts_are_asked_a_second_time_before_they_are_explained() -> None:
    roles = read_parts("?", 0, said_joined=BOTH_CODES)[3]
    assert roles[:4] == ["control", "with the field", "with the field", JOINED]
