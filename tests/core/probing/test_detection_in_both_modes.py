"""An effect is looked for in both modes, and what a difference between them means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.probing.calibrate import SECOND_TRY
from conformance.probing.capability import AskCapability, by_itself
from conformance.probing.detection import (
    Detection,
    ask_again,
    modes_agree,
)
from conformance.probing.run import Dialect, Run
from conformance.probing.verdict import Effect, Finding
from conformance.protocol.answer import text_of
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation
from tests.core.made_up import RUN, drive, exchange, message, refusal, streamed, text_stream
from tests.core.probing.test_detection import ANY_SKILL, STEADY, TREATMENT, detect

SEEN, MISSED = Finding(effect=Effect.SEEN), Finding(effect=Effect.ABSENT, note="missed")


def both_modes(
    plain: Finding,
    *streams: str | None,
    whole: tuple[str | None, ...] = (),
    run: Run = RUN,
    capability: AskCapability = by_itself,
) -> tuple[Finding, list[str]]:
    """What becomes of the sighting where the streams say so, and the further unstreamed tries `whole`; None is a
    refusal. Also the roles that were asked."""

    def reply(role: str, asked: Request) -> Exchange:
        if asked.json.get("stream"):
            said = streams[asked.attempt]
            return refusal() if said is None else streamed(text_stream(said))
        said = whole[asked.attempt - 1]
        return refusal() if said is None else exchange(message(said))

    return drive(modes_agree(run, TREATMENT, detect, plain, ask_capability=capability), reply)


STREAM = ["with the field, streamed"]


STREAMS = [*STREAM, "with the field, streamed, try 2", "with the field, streamed, try 3"]


ALL = [*STREAMS, "with the field, try 2", "with the field, try 3"]


@pytest.mark.parametrize("plain", [SEEN, MISSED])
def test_modes_that_agree_leave_the_sighting_as_it_is(plain: Finding) -> None:
    assert both_modes(plain, "yes" if plain is SEEN else "no") == (plain, STREAM)
    assert both_modes(MISSED, "") == (MISSED, STREAM)


@pytest.mark.parametrize("plain", [SEEN, MISSED])
def test_a_stream_that_does_not_come_is_another_rows(plain: Finding) -> None:
    assert both_modes(plain, None) == (plain, STREAM)


@pytest.mark.parametrize("said", ["yes", "no"])
@pytest.mark.parametrize("plain", [SEEN, MISSED])
def test_an_answer_that_is_no_stream_tells_nothing_of_streams(plain: Finding, said: str) -> None:
    assert drive(modes_agree(RUN, TREATMENT, detect, plain), lambda role, asked: exchange(message(said)))[0] == plain


@pytest.mark.parametrize("plain", [SEEN, MISSED])
def test_an_endpoint_that_only_streams_has_but_one_mode(plain: Finding) -> None:
    assert both_modes(plain, run=replace(RUN, dialect=Dialect(streamed=True))) == (plain, [])


def lost(said: str) -> Finding:
    note = f"seen unstreamed, absent in a stream (missed in {said})"
    return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE)


def test_an_effect_in_one_mode_alone_three_times_of_three_is_partial() -> None:
    assert both_modes(SEEN, "no", "no", "no", whole=("yes", "yes")) == (lost("no"), ALL)
    note = "seen in a stream, absent unstreamed (missed)"
    gained = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE)
    assert both_modes(MISSED, "yes", "yes", "yes") == (gained, STREAMS)


def test_an_effect_that_a_stream_loses_is_told_even_where_the_look_tells_nothing() -> None:
    def reply(role: str, asked: Request) -> Exchange:
        return streamed(text_stream("no")) if asked.json.get("stream") else exchange(message("yes"))

    steps = modes_agree(RUN, TREATMENT, lambda message: Detection(seen="yes" in text_of(message)), SEEN)
    assert drive(steps, reply)[0].note == "seen unstreamed, absent in a stream (no effect is seen)"


@ANY_SKILL
def test_an_effect_that_a_stream_loses_is_a_finding_of_a_steady_model_alone(capability: AskCapability) -> None:
    expected = lost("no") if capability is STEADY else SEEN
    assert both_modes(SEEN, "no", "no", "no", whole=("yes", "yes"), capability=capability) == (expected, ALL)


@ANY_SKILL
def test_an_effect_that_a_stream_gains_is_a_finding_of_every_model(capability: AskCapability) -> None:
    assert both_modes(MISSED, "yes", "yes", "yes", capability=capability)[0].deviation is Deviation.ONE_MODE


@pytest.mark.parametrize(
    ("streams", "whole"),
    [
        pytest.param(("no", "yes", "no"), ("yes", "yes"), id="then seen in a stream"),
        pytest.param(("no", "no", "yes"), ("yes", "yes"), id="at last seen in a stream"),
        pytest.param(("no", "no", None), ("yes", "yes"), id="one stream is refused"),
        pytest.param(("", "no", "no"), ("yes", "yes"), id="could not be seen in the first stream"),
        pytest.param(("no", "", "no"), ("yes", "yes"), id="could not be seen in the second stream"),
        pytest.param(("no", "no", ""), ("yes", "yes"), id="could not be seen in the last stream"),
        pytest.param(("no", "no", "no"), ("yes", "no"), id="missed unstreamed"),
        pytest.param(("no", "no", "no"), (None, "yes"), id="one unstreamed is refused"),
    ],
)
def test_an_effect_that_a_stream_loses_less_often_than_three_times_is_no_finding(
    streams: tuple[str | None, ...], whole: tuple[str | None, ...]
) -> None:
    assert both_modes(SEEN, *streams, whole=whole) == (SEEN, ALL)


@pytest.mark.parametrize("streams", [("no", "no"), ("no", "yes"), ("yes", "no"), ("yes", ""), ("yes", None)])
def test_an_effect_that_comes_and_goes_in_a_stream_alone_cannot_be_told(streams: tuple[str | None, ...]) -> None:
    expected = Finding(effect=Effect.CANNOT_TELL, note="missed; in a stream it is not seen every time")
    assert both_modes(MISSED, "yes", *streams) == (expected, STREAMS)


def test_a_deviation_in_a_stream_is_told_unless_there_is_one_already() -> None:
    finding, _ = both_modes(SEEN, "yes but")
    assert finding == Finding(effect=Effect.SEEN, note="in a stream: yes but", deviation=Deviation.CLAMPED)
    mapped = Finding(effect=Effect.SEEN, deviation=Deviation.MAPPED)
    assert both_modes(mapped, "yes but")[0] == mapped


@pytest.mark.parametrize("effect", [Effect.IN_CONTROL, Effect.TOO_WEAK, Effect.CANNOT_TELL, Effect.NOT_VISIBLE])
def test_what_was_neither_seen_nor_missed_is_not_looked_for_in_a_stream(effect: Effect) -> None:
    plain = Finding(effect=effect)
    assert both_modes(plain) == (plain, [])


def asked_again(*answers: Exchange, times: int) -> tuple[list[str], list[str]]:
    """The words that are found where the further tries meet these answers, and the roles."""
    found, roles = drive(ask_again("q", TREATMENT, times), lambda role, asked: answers[asked.attempt - 1])
    return [text_of(each) for each in found], roles


YES, NO, AWAY = exchange(message("yes")), refusal(), exchange(status=None, failure="connect: refused")


def test_a_request_that_was_asked_once_is_asked_so_many_times_more() -> None:
    second = exchange(message("no"))
    assert asked_again(YES, second, times=2) == (["yes", "no"], ["q, try 2", "q, try 3"])
    assert asked_again(times=0) == ([], [])


@pytest.mark.parametrize("given", [NO, AWAY])
def test_a_further_try_that_is_not_answered_is_left_out(given: Exchange) -> None:
    assert asked_again(given, YES, times=2)[0] == ["yes"]
    assert asked_again(given, given, times=2)[0] == []


def test_a_further_try_that_fails_by_itself_is_asked_a_second_time() -> None:
    oops = refusal("oops", 500)
    found, roles = drive(
        ask_again("q", TREATMENT, 1), lambda role, asked: YES if asked.attempt == SECOND_TRY + 1 else oops
    )
    assert (len(found), roles) == (1, ["q, try 2", "q, try 2"])
