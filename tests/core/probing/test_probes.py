"""How a probe asks: once, and again after a failure, and what it makes of a bad value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.probing.calibrate import SECOND_TRY
from conformance.probing.contrast import Contrast, ask_contrast
from conformance.probing.detection import Detection
from conformance.probing.probes import Validation
from conformance.probing.verdict import Effect, Verdict
from conformance.protocol.answer import Outcome, read_answer, text_of
from conformance.protocol.exchange import LATE, Exchange, Request
from conformance.protocol.status import Reason, Status
from tests.core.made_up import RUN, drive, exchange, message, refusal

CONTROL, TREATMENT = RUN.message("control"), RUN.message("treated")


def detect(message: Mapping[str, Any]) -> Detection:
    """The effect of these tests: the answer says yes."""
    said = text_of(message)
    return Detection(seen="yes" in said, note=said, missed="missed")


def pair_of(control: list[Exchange], treatment: list[Exchange]) -> tuple[Contrast, list[str]]:
    """Try by try; a request that is asked again because it failed by itself meets the next answer too."""

    def reply(role: str, asked: Request) -> Exchange:
        answers = control if asked.again(0) == CONTROL else treatment
        return answers[1 if asked.attempt == SECOND_TRY else asked.attempt]

    return drive(ask_contrast(CONTROL, TREATMENT), reply)


OK, NO = exchange(message()), refusal()
OOPS, SLOW = refusal("oops", 500), exchange(status=None, failure="timeout: not done in 9 s")
AWAY = exchange(status=None, failure="connect: refused")


def test_a_pair_that_is_answered_is_asked_once() -> None:
    contrast, roles = pair_of([OK], [OK])
    assert roles == ["control", "with the field"]
    assert contrast.accepted
    assert contrast.exchange is OK


def test_a_control_that_is_refused_is_not_asked_again() -> None:
    for treatment in (OK, NO):
        contrast, roles = pair_of([NO], [treatment])
        assert len(roles) == 2
        assert not contrast.accepted


def test_a_control_that_fails_by_itself_is_asked_again_before_it_is_believed() -> None:
    contrast, roles = pair_of([OOPS, OK], [OK])
    assert roles == ["control", "control", "with the field"]
    assert contrast.accepted
    contrast, roles = pair_of([OOPS, OOPS], [OK])
    assert roles == ["control", "control", "with the field"]
    assert not contrast.accepted


@pytest.mark.parametrize("second", [OK, OOPS])
def test_a_failure_of_the_field_alone_is_asked_again_together_with_the_control(second: Exchange) -> None:
    contrast, roles = pair_of([OK, OK], [OOPS, second])
    assert roles == ["control", "with the field"] * 2
    assert (len(contrast.control), len(contrast.treatment)) == (2, 2)
    assert contrast.exchange is second
    assert not contrast.accepted


@pytest.mark.parametrize("second", [OK, NO])
def test_a_refusal_of_the_field_alone_is_asked_again_by_itself(second: Exchange) -> None:
    contrast, roles = pair_of([OK, OK], [NO, second])
    assert roles == ["control", "with the field", "with the field"]
    assert (len(contrast.control), len(contrast.treatment)) == (1, 2)
    assert contrast.exchange is second
    assert not contrast.accepted


UNKNOWN, MOMENT, OTHER = refusal("x: unknown field"), refusal("Not now"), refusal("x: this header is too long")


def asked_again(first: Exchange, plainly: dict[str, Exchange]) -> tuple[Contrast, list[str]]:
    """A field that would be proof by itself, refused; what it meets on a plain request, by role."""
    plain, with_it = RUN.message("plain"), RUN.message("plain, with the field")

    def reply(role: str, asked: Request) -> Exchange:
        assert (asked.late == LATE) is (asked.again(0).body == with_it.body or asked.attempt == 1)
        return plainly.get(role, OK if role == "control" else first)

    return drive(ask_contrast(CONTROL, TREATMENT, proof=lambda message: True, plainly=(plain, with_it)), reply)


ON_PLAIN = ("control, a plain request", "with the field, on a plain request")


def test_a_field_that_is_refused_on_a_plain_request_as_well_needs_no_control_of_its_own() -> None:
    contrast, roles = asked_again(UNKNOWN, dict(zip(ON_PLAIN, (OK, UNKNOWN), strict=True)))
    assert roles == ["with the field", *ON_PLAIN]
    assert [each.outcome for each in (*contrast.control, *contrast.treatment)] == [
        Outcome.ANSWERED,
        Outcome.REFUSED,
        Outcome.REFUSED,
    ]


@pytest.mark.parametrize(
    ("first", "plain", "with_it"),
    [
        pytest.param(UNKNOWN, OK, OK, id="it is taken there"),
        pytest.param(UNKNOWN, OK, OTHER, id="it is refused for another cause"),
        pytest.param(UNKNOWN, NO, UNKNOWN, id="the plain request is refused as well"),
    ],
)
def test_else_the_field_is_asked_again_beside_its_own_control(
    first: Exchange, plain: Exchange, with_it: Exchange
) -> None:
    contrast, roles = asked_again(first, dict(zip(ON_PLAIN, (plain, with_it), strict=True)))
    assert roles == ["with the field", *ON_PLAIN, "control", "with the field"]
    assert (len(contrast.control), len(contrast.treatment)) == (1, 2)


def test_a_refusal_whose_words_may_be_the_moments_is_asked_again_as_it_is() -> None:
    _, roles = asked_again(MOMENT, {})
    assert roles == ["with the field", "control", "with the field"]


@pytest.mark.parametrize(
    ("earlier", "then", "roles"),
    [
        pytest.param(UNKNOWN, UNKNOWN, 2, id="in the same words"),
        pytest.param(OTHER, UNKNOWN, 3, id="in other words"),
        pytest.param(MOMENT, MOMENT, 3, id="in words that may be the moment's"),
        pytest.param(OK, UNKNOWN, 3, id="not refused before"),
    ],
)
def test_what_an_earlier_request_with_the_field_met_counts_as_a_try(
    earlier: Exchange, then: Exchange, roles: int
) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        return OK if role == "control" else then

    contrast, asked = drive(ask_contrast(CONTROL, TREATMENT, refused=read_answer(earlier)), reply)
    assert len(asked) == roles
    assert [each.outcome for each in contrast.treatment] == [Outcome.REFUSED] * 2


def validated(control: str, valid: str, bad: Exchange, unread: Effect = Effect.NOT_VISIBLE) -> Verdict:
    answers = {
        "control": exchange(message(control)),
        "with the field": exchange(message(valid)),
        "with a bad value": bad,
    }
    steps = Validation(
        control=CONTROL, valid=TREATMENT, invalid=RUN.message("invalid"), detect=detect, unread=unread
    ).ask(RUN)
    return drive(steps, lambda role, asked: answers[role])[0]


CRASHES = [OOPS, SLOW]
OF_THE_MOMENT = [AWAY, refusal("key", 401), refusal("slow", 429), refusal("busy", 503)]
"""Neither an answer nor a refusal."""


@pytest.mark.parametrize("bad", [OK, NO, *OF_THE_MOMENT])
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


@pytest.mark.parametrize("said", ["no", "yes"])
@pytest.mark.parametrize("bad", OF_THE_MOMENT)
def test_a_bad_value_that_is_not_heard_tells_nothing_of_a_field_that_should_show(bad: Exchange, said: str) -> None:
    verdict = validated(said, said, bad, Effect.ABSENT)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)


@pytest.mark.parametrize("said", ["no", "yes"])
@pytest.mark.parametrize("bad", OF_THE_MOMENT)
def test_a_good_value_without_a_visible_effect_is_accepted_whatever_is_known_of_bad_ones(
    bad: Exchange, said: str
) -> None:
    verdict = validated(said, said, bad)
    unknown = f"whether a bad one is refused is not known: {problem(bad)}"
    told = f"a good value is accepted, and has no visible effect; {unknown}"
    assert verdict == Verdict(status=Status.ACCEPTED, note=told)


def problem(met: Exchange) -> str:
    return read_answer(met).problem


@pytest.mark.parametrize("unread", [Effect.NOT_VISIBLE, Effect.ABSENT])
@pytest.mark.parametrize("bad", CRASHES)
def test_a_crash_over_a_bad_value_is_told_beside_what_is_decided(bad: Exchange, unread: Effect) -> None:
    crash = f"a bad value is not taken, but without a clean refusal: {problem(bad)}"
    expected = Verdict(status=Status.ACCEPTED, note=f"validated only: {crash}")
    assert validated("no", "no", bad, unread) == expected
    assert validated("yes", "yes", bad, unread) == Verdict(status=Status.SUPPORTED, note=f"yes; {crash}")
    assert validated("no", "yes", bad, unread) == Verdict(status=Status.SUPPORTED, note=f"yes; {crash}")


def test_a_field_of_which_nothing_shows_is_accepted_beside_a_crash_over_a_bad_value() -> None:
    steps = Validation(control=CONTROL, valid=TREATMENT, invalid=RUN.message("invalid")).ask(RUN)
    verdict, roles = drive(steps, lambda role, asked: OOPS if role == "with a bad value" else OK)
    crash = "a bad value is not taken, but without a clean refusal: HTTP 500: oops"
    told = f"a good value is accepted, and has no visible effect; {crash}"
    assert verdict == Verdict(status=Status.ACCEPTED, note=told)
    assert roles == ["with the field", "with a bad value", "with a bad value", "control", "with the field"]


def test_a_crash_that_the_good_value_meets_as_well_by_then_tells_nothing() -> None:
    def reply(role: str, asked: Request) -> Exchange:
        return OOPS if role == "with a bad value" or asked.beside else OK

    steps = Validation(
        control=CONTROL, valid=TREATMENT, invalid=RUN.message("invalid"), detect=detect, unread=Effect.ABSENT
    ).ask(RUN)
    verdict, _ = drive(steps, reply)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)


def test_a_bad_value_that_fails_by_itself_is_sent_again() -> None:
    def reply(role: str, asked: Request) -> Exchange:
        return OK if role != "with a bad value" else NO if asked.attempt else OOPS

    verdict, roles = drive(Validation(control=CONTROL, valid=TREATMENT, invalid=RUN.message("invalid")).ask(RUN), reply)
    assert verdict.status is Status.ACCEPTED
    assert roles == ["with the field", "with a bad value", "with a bad value"]


def test_a_valid_value_that_is_refused_is_rejected_and_no_bad_one_is_tried() -> None:
    steps = Validation(control=CONTROL, valid=TREATMENT, invalid=RUN.message("invalid")).ask(RUN)
    verdict, roles = drive(steps, lambda role, asked: OK if role == "control" else NO)
    assert verdict.status is Status.REJECTED
    assert "with a bad value" not in roles


def test_a_probe_of_a_field_whose_control_is_refused_is_untested() -> None:
    steps = Validation(control=CONTROL, valid=TREATMENT, invalid=CONTROL).ask(RUN)
    verdict, _ = drive(steps, lambda role, asked: NO)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CONTROL_REFUSED)
