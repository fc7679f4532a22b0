"""How a probe asks: once, again after a failure or a miss, in both modes, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.answer import read_answer, text_of
from conformance.exchange import Exchange, Request
from conformance.probes import Pair, Sight, ask_pair, look_for, modes_agree, only_validated
from conformance.rows.thinking import look_at_budget
from conformance.status import Deviation, Reason, Status
from conformance.verdict import Effect, Sighting, Verdict
from tests.core.made_up import RUN, drive, exchange, message, refusal, streamed, text_stream

CONTROL, TREATED = RUN.message("control"), RUN.message("treated")
SEEN, MISSED = Sighting(effect=Effect.SEEN), Sighting(effect=Effect.ABSENT, note="missed")


def look(message: Mapping[str, Any]) -> Sight:
    """The effect of these tests: the answer says yes."""
    said = text_of(message)
    deviation = Deviation.CLAMPED if "but" in said else None
    return Sight(seen="yes" in said, note=said, missed="missed", deviation=deviation)


def pair_of(control: list[Exchange], treated: list[Exchange]) -> tuple[Pair, list[str]]:
    def reply(role: str, asked: Request) -> Exchange:
        answers = control if asked.again(0) == CONTROL else treated
        return answers[asked.attempt]

    return drive(ask_pair(CONTROL, TREATED), reply)


OK, NO = exchange(message()), refusal()


def test_a_pair_that_is_answered_is_asked_once() -> None:
    pair, roles = pair_of([OK], [OK])
    assert roles == ["control", "with the field"]
    assert pair.accepted


def test_a_control_that_is_refused_is_not_asked_again() -> None:
    for treated in (OK, NO):
        pair, roles = pair_of([NO], [treated])
        assert len(roles) == 2
        assert not pair.accepted


@pytest.mark.parametrize("second", [OK, NO])
def test_a_refusal_of_the_field_alone_is_asked_again_together_with_the_control(second: Exchange) -> None:
    pair, roles = pair_of([OK, OK], [NO, second])
    assert roles == ["control", "with the field"] * 2
    assert (len(pair.control), len(pair.treated)) == (2, 2)
    assert not pair.accepted


def looked_for(control: str, *tries: str | None, always: bool = False, against_control: bool = True) -> Sighting:
    """The sighting where the tries are answered with these words; None is a refusal."""
    answers = [refusal() if said is None else exchange(message(said)) for said in tries]
    pair = Pair([read_answer(exchange(message(control)))], [read_answer(answers[0])])
    steps = look_for(RUN, pair, TREATED, look, always=always, against_control=against_control)
    sighting, roles = drive(steps, lambda role, asked: answers[asked.attempt])
    assert len(roles) == len(tries) - 1
    return sighting


def test_an_effect_that_is_seen_at_once_is_seen() -> None:
    assert looked_for("no", "yes") == Sighting(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "yes but") == Sighting(effect=Effect.SEEN, note="yes but", deviation=Deviation.CLAMPED)


def test_an_effect_that_is_seen_without_the_field_as_well_is_not_attributed() -> None:
    assert looked_for("yes", "yes").effect is Effect.IN_CONTROL
    assert looked_for("yes", "no", "yes").effect is Effect.IN_CONTROL
    assert looked_for("yes", "yes", against_control=False).effect is Effect.SEEN


def test_one_showing_after_a_miss_is_enough_where_it_need_not_hold_always() -> None:
    assert looked_for("no", "no", "yes") == Sighting(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "no", None, "yes") == Sighting(effect=Effect.SEEN, note="yes")


def test_a_mixed_result_is_unsteady_where_it_must_hold_always() -> None:
    expected = Sighting(effect=Effect.SEEN, note="seen in 1 of 3 tries", deviation=Deviation.UNSTEADY)
    assert looked_for("no", "no", "yes", "no", always=True) == expected
    assert looked_for("no", "no", "yes", None, always=True).note == "seen in 1 of 2 tries"


def test_an_effect_that_is_missed_every_time_is_absent() -> None:
    assert looked_for("no", "no", "no", "no") == MISSED
    assert looked_for("no", "no", "no", "no", always=True) == MISSED


def both_modes(plain: Sighting, *streams: str | None) -> tuple[Sighting, int]:
    answers = [refusal() if said is None else streamed(text_stream(said)) for said in streams]
    sighting, roles = drive(modes_agree(RUN, TREATED, look, plain), lambda role, asked: answers[asked.attempt])
    return sighting, len(roles)


@pytest.mark.parametrize("plain", [SEEN, MISSED])
def test_modes_that_agree_leave_the_sighting_as_it_is(plain: Sighting) -> None:
    assert both_modes(plain, "yes" if plain is SEEN else "no") == (plain, 1)
    assert both_modes(plain, None) == (plain, 1)


def test_an_effect_in_one_mode_alone_is_partial() -> None:
    lost, asked = both_modes(SEEN, "no", "no")
    assert (lost.effect, lost.deviation, asked) == (Effect.SEEN, Deviation.ONE_MODE, 2)
    assert lost.note == "seen unstreamed, absent in a stream (missed)"
    gained, asked = both_modes(MISSED, "yes")
    assert (gained.effect, gained.deviation, asked) == (Effect.SEEN, Deviation.ONE_MODE, 1)


def test_a_miss_in_a_stream_is_asked_again() -> None:
    assert both_modes(SEEN, "no", "yes") == (SEEN, 2)


def test_a_deviation_in_a_stream_is_told_unless_there_is_one_already() -> None:
    sighting, _ = both_modes(SEEN, "yes but")
    assert sighting == Sighting(effect=Effect.SEEN, note="in a stream: yes but", deviation=Deviation.CLAMPED)
    mapped = Sighting(effect=Effect.SEEN, deviation=Deviation.MAPPED)
    assert both_modes(mapped, "yes but")[0] == mapped


@pytest.mark.parametrize("effect", [Effect.IN_CONTROL, Effect.TOO_WEAK, Effect.CANNOT_TELL, Effect.NOT_VISIBLE])
def test_what_was_neither_seen_nor_missed_is_not_looked_for_in_a_stream(effect: Effect) -> None:
    plain = Sighting(effect=effect)
    assert both_modes(plain) == (plain, 0)


def validated(control: str, valid: str, bad: Exchange, unread: Effect = Effect.NOT_VISIBLE) -> Verdict:
    answers = {
        "control": exchange(message(control)),
        "with the field": exchange(message(valid)),
        "with a bad value": bad,
    }
    steps = only_validated(control=CONTROL, valid=TREATED, invalid=RUN.message("invalid"), look=look, unread=unread)
    return drive(steps, lambda role, asked: answers[role])[0]


@pytest.mark.parametrize("bad", [OK, NO])
def test_an_effect_of_the_field_alone_is_supported_whatever_a_bad_value_meets(bad: Exchange) -> None:
    assert validated("no", "yes", bad) == Verdict(status=Status.SUPPORTED, note="yes")


def test_an_effect_that_is_always_there_is_supported_where_a_bad_value_is_refused() -> None:
    assert validated("yes", "yes", NO).status is Status.SUPPORTED


def test_a_field_without_effect_is_accepted_where_a_bad_value_is_refused() -> None:
    expected = Verdict(status=Status.ACCEPTED, note="validated only: a bad value is refused")
    for unread in (Effect.NOT_VISIBLE, Effect.ABSENT):
        assert validated("no", "no", NO, unread) == expected


@pytest.mark.parametrize(("unread", "status"), [(Effect.NOT_VISIBLE, Status.ACCEPTED), (Effect.ABSENT, Status.IGNORED)])
@pytest.mark.parametrize("said", ["no", "yes"])
@pytest.mark.parametrize("bad", [OK, refusal("oops", 500), refusal("key", 401)])
def test_a_field_whose_bad_value_is_not_refused_is_unread(
    bad: Exchange, said: str, unread: Effect, status: Status
) -> None:
    assert validated(said, said, bad, unread).status is status


def test_a_valid_value_that_is_refused_is_rejected_and_no_bad_one_is_tried() -> None:
    steps = only_validated(control=CONTROL, valid=TREATED, invalid=RUN.message("invalid"))
    verdict, roles = drive(steps, lambda role, asked: OK if role == "control" else NO)
    assert verdict.status is Status.REJECTED
    assert "with a bad value" not in roles


def thought(tokens: int | None) -> Exchange:
    usage = {"input_tokens": 9, "output_tokens": 9, "output_tokens_details": {"thinking_tokens": tokens}}
    return refusal() if tokens is None else exchange(message(usage=usage))


@pytest.mark.parametrize(
    ("refused", "small", "large", "effect"),
    [
        pytest.param(2, 0, 0, Effect.NOT_VISIBLE, id="both bad budgets are refused"),
        pytest.param(1, 0, 0, Effect.NOT_VISIBLE, id="one is refused"),
        pytest.param(0, 1281, 3000, Effect.ABSENT, id="a quarter beyond the budget"),
        pytest.param(0, 1280, 1281, Effect.SEEN, id="within it, beyond it with more"),
        pytest.param(0, 1280, 1280, Effect.CANNOT_TELL, id="within it either way"),
        pytest.param(0, None, 3000, Effect.CANNOT_TELL, id="the small one is not answered"),
        pytest.param(0, 900, None, Effect.CANNOT_TELL, id="the large one is not answered"),
    ],
)
def test_a_budget_is_seen_in_how_much_is_thought(
    refused: int, small: int | None, large: int | None, effect: Effect
) -> None:
    bad = {"a budget of 500": refused > 0, "a budget over max_tokens": refused > 1}
    long = {"long thinking, budget 1024": small, "long thinking, budget 3000": large}

    def reply(role: str, asked: Request) -> Exchange:
        if role in bad:
            return NO if bad[role] else OK
        return thought(long[role])

    sighting, roles = drive(look_at_budget(RUN), reply)
    assert sighting.effect is effect
    assert len(roles) == (2 if refused else 4)


def test_a_probe_of_a_field_whose_control_is_refused_is_untested() -> None:
    steps = only_validated(control=CONTROL, valid=TREATED, invalid=CONTROL)
    verdict, _ = drive(steps, lambda role, asked: NO)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CONTROL_REFUSED)
