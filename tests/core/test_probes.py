"""How a probe asks: once, again after a failure or a miss, in both modes, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from conformance.answer import read_answer, text_of
from conformance.calibrate import SECOND_TRY
from conformance.exchange import Exchange, Request
from conformance.probes import Pair, Sight, ask_pair, look_for, modes_agree, only_validated
from conformance.run import Dialect, Run
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
    """Try by try; a request that is asked again because it failed by itself meets the next answer too."""

    def reply(role: str, asked: Request) -> Exchange:
        answers = control if asked.again(0) == CONTROL else treated
        return answers[1 if asked.attempt == SECOND_TRY else asked.attempt]

    return drive(ask_pair(CONTROL, TREATED), reply)


OK, NO = exchange(message()), refusal()
OOPS, SLOW = refusal("oops", 500), exchange(status=None, failure="timeout: not done in 9 s")
AWAY = exchange(status=None, failure="connect: refused")


def test_a_pair_that_is_answered_is_asked_once() -> None:
    pair, roles = pair_of([OK], [OK])
    assert roles == ["control", "with the field"]
    assert pair.accepted
    assert pair.exchange is OK


def test_a_control_that_is_refused_is_not_asked_again() -> None:
    for treated in (OK, NO):
        pair, roles = pair_of([NO], [treated])
        assert len(roles) == 2
        assert not pair.accepted


def test_a_control_that_fails_by_itself_is_asked_again_before_it_is_believed() -> None:
    pair, roles = pair_of([OOPS, OK], [OK])
    assert roles == ["control", "control", "with the field"]
    assert pair.accepted
    pair, roles = pair_of([OOPS, OOPS], [OK])
    assert roles == ["control", "control", "with the field"]
    assert not pair.accepted


@pytest.mark.parametrize("second", [OK, NO])
def test_a_refusal_of_the_field_alone_is_asked_again_together_with_the_control(second: Exchange) -> None:
    pair, roles = pair_of([OK, OK], [NO, second])
    assert roles == ["control", "with the field"] * 2
    assert (len(pair.control), len(pair.treated)) == (2, 2)
    assert pair.exchange is second
    assert not pair.accepted


def looked_for(control: str, *tries: str | None, always: bool = False, against_control: bool = True) -> Sighting:
    """The sighting where the tries are answered with these words; None is a refusal."""
    answers = [refusal() if said is None else exchange(message(said)) for said in tries]
    pair = Pair([read_answer(exchange(message(control)))], [read_answer(answers[0])], answers[0])
    steps = look_for(RUN, pair, TREATED, look, always=always, against_control=against_control)
    sighting, roles = drive(steps, lambda role, asked: answers[asked.attempt])
    assert len(roles) == len(tries) - 1
    return sighting


def test_an_effect_that_is_seen_at_once_is_seen() -> None:
    assert looked_for("no", "yes") == Sighting(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "yes but", always=True) == CLAMPED


CLAMPED = Sighting(effect=Effect.SEEN, note="yes but", deviation=Deviation.CLAMPED)


def test_a_flawed_showing_is_asked_again_and_one_clean_showing_outweighs_it() -> None:
    assert looked_for("no", "yes but", "yes") == Sighting(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "no", "yes but", "yes") == Sighting(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "yes but", "no", "yes but") == CLAMPED
    assert looked_for("no", "yes but", None, "no") == CLAMPED


def test_an_effect_that_is_seen_without_the_field_as_well_is_not_attributed() -> None:
    assert looked_for("yes", "yes").effect is Effect.IN_CONTROL
    assert looked_for("yes", "no", "yes").effect is Effect.IN_CONTROL
    assert looked_for("yes", "no", "yes", "no", always=True).effect is Effect.IN_CONTROL
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
    assert looked_for("yes", "no", "no", "no") == MISSED
    assert looked_for("no", "no", None, None) == MISSED


def both_modes(
    plain: Sighting, *streams: str | None, whole: tuple[str | None, ...] = (), run: Run = RUN
) -> tuple[Sighting, int]:
    """What becomes of the sighting where the streams say so, and the further unstreamed tries `whole`; None is a
    refusal. Also how many requests were asked."""

    def reply(role: str, asked: Request) -> Exchange:
        if asked.json.get("stream"):
            said = streams[asked.attempt]
            return refusal() if said is None else streamed(text_stream(said))
        said = whole[asked.attempt - 1]
        return refusal() if said is None else exchange(message(said))

    sighting, roles = drive(modes_agree(run, TREATED, look, plain), reply)
    return sighting, len(roles)


@pytest.mark.parametrize("plain", [SEEN, MISSED])
def test_modes_that_agree_leave_the_sighting_as_it_is(plain: Sighting) -> None:
    assert both_modes(plain, "yes" if plain is SEEN else "no") == (plain, 1)


@pytest.mark.parametrize("plain", [SEEN, MISSED])
def test_a_stream_that_does_not_come_is_another_rows(plain: Sighting) -> None:
    assert both_modes(plain, None) == (plain, 1)


@pytest.mark.parametrize("said", ["yes", "no"])
@pytest.mark.parametrize("plain", [SEEN, MISSED])
def test_an_answer_that_is_no_stream_tells_nothing_of_streams(plain: Sighting, said: str) -> None:
    assert drive(modes_agree(RUN, TREATED, look, plain), lambda role, asked: exchange(message(said)))[0] == plain


@pytest.mark.parametrize("plain", [SEEN, MISSED])
def test_an_endpoint_that_only_streams_has_but_one_mode(plain: Sighting) -> None:
    assert both_modes(plain, run=replace(RUN, dialect=Dialect(streamed=True))) == (plain, 0)


def test_an_effect_in_one_mode_alone_three_times_of_three_is_partial() -> None:
    lost = both_modes(SEEN, "no", "no", "no", whole=("yes", "yes"))
    note = "seen unstreamed, absent in a stream (missed)"
    assert lost == (Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE), 5)
    gained = both_modes(MISSED, "yes", "yes", "yes")
    note = "seen in a stream, absent unstreamed (missed)"
    assert gained == (Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE), 3)


@pytest.mark.parametrize(
    ("streams", "whole"),
    [
        pytest.param(("yes", "no"), ("yes", "yes"), id="then seen in a stream"),
        pytest.param(("no", "yes"), ("yes", "yes"), id="at last seen in a stream"),
        pytest.param(("no", None), ("yes", "yes"), id="one stream is refused"),
        pytest.param(("no", "no"), ("yes", "no"), id="missed unstreamed"),
        pytest.param(("no", "no"), (None, "yes"), id="one unstreamed is refused"),
    ],
)
def test_an_effect_that_a_stream_loses_less_often_than_three_times_is_no_finding(
    streams: tuple[str | None, ...], whole: tuple[str | None, ...]
) -> None:
    assert both_modes(SEEN, "no", *streams, whole=whole) == (SEEN, 5)


@pytest.mark.parametrize("streams", [("no", "no"), ("no", "yes"), ("yes", "no"), ("yes", None)])
def test_an_effect_that_comes_and_goes_in_a_stream_alone_cannot_be_told(streams: tuple[str | None, ...]) -> None:
    expected = Sighting(effect=Effect.CANNOT_TELL, note="missed; in a stream it is not seen every time")
    assert both_modes(MISSED, "yes", *streams) == (expected, 3)


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


FAILS = [OOPS, SLOW, AWAY, refusal("key", 401), refusal("slow", 429), refusal("busy", 503)]
"""Neither an answer nor a refusal."""


@pytest.mark.parametrize("bad", [OK, NO, *FAILS])
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
def test_a_field_whose_bad_value_is_accepted_as_well_is_unread(said: str, unread: Effect, status: Status) -> None:
    assert validated(said, said, OK, unread).status is status
    assert validated("yes", "no", OK, unread).status is status


@pytest.mark.parametrize("unread", [Effect.NOT_VISIBLE, Effect.ABSENT])
@pytest.mark.parametrize("said", ["no", "yes"])
@pytest.mark.parametrize("bad", FAILS)
def test_a_field_whose_bad_value_meets_neither_an_answer_nor_a_refusal_cannot_be_told(
    bad: Exchange, said: str, unread: Effect
) -> None:
    verdict = validated(said, said, bad, unread)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)


def test_a_bad_value_that_fails_by_itself_is_sent_again() -> None:
    def reply(role: str, asked: Request) -> Exchange:
        return OK if role != "with a bad value" else NO if asked.attempt else OOPS

    verdict, roles = drive(only_validated(control=CONTROL, valid=TREATED, invalid=RUN.message("invalid")), reply)
    assert verdict.status is Status.ACCEPTED
    assert roles[2:] == ["with a bad value"] * 2


def test_a_valid_value_that_is_refused_is_rejected_and_no_bad_one_is_tried() -> None:
    steps = only_validated(control=CONTROL, valid=TREATED, invalid=RUN.message("invalid"))
    verdict, roles = drive(steps, lambda role, asked: OK if role == "control" else NO)
    assert verdict.status is Status.REJECTED
    assert "with a bad value" not in roles


def test_a_probe_of_a_field_whose_control_is_refused_is_untested() -> None:
    steps = only_validated(control=CONTROL, valid=TREATED, invalid=CONTROL)
    verdict, _ = drive(steps, lambda role, asked: NO)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CONTROL_REFUSED)
