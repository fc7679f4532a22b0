"""A verdict names the exchange that shows its finding, and that one is printed."""

from __future__ import annotations

from conformance.measure.judge import Evidence
from conformance.probing.verdict import (
    Effect,
    Finding,
    Violation,
    decide_failure_injected,
    decide_invariant,
    decide_must_accept,
    decide_must_refuse,
)
from conformance.protocol.answer import Answer, Outcome
from conformance.protocol.status import Deviation, Status
from conformance.report.curl import decisive
from tests.core.made_up import exchange, request

GOOD = Answer(outcome=Outcome.ANSWERED, message={}, exchange="good")
WITH = Answer(outcome=Outcome.ANSWERED, message={}, exchange="with")
REFUSED = Answer(outcome=Outcome.REFUSED, problem="HTTP 400: no such field", exchange="refused")
BROKEN = Answer(outcome=Outcome.BROKEN, problem="HTTP 500", exchange="broken")


def test_an_effect_is_shown_by_the_request_with_the_field() -> None:
    verdict = decide_must_accept(control=[GOOD], treatment=[WITH], finding=Finding(effect=Effect.ABSENT))
    assert verdict.rests_on == ("with",)


def test_an_effect_that_one_mode_lacks_is_shown_by_that_mode() -> None:
    finding = Finding(effect=Effect.SEEN, deviation=Deviation.ONE_MODE, rests_on=("streamed",))
    assert decide_must_accept(control=[GOOD], treatment=[WITH], finding=finding).rests_on == ("streamed",)


def test_a_refusal_is_shown_by_what_was_refused_and_a_bad_control_by_the_control() -> None:
    assert decide_must_accept(control=[GOOD], treatment=[REFUSED, REFUSED]).rests_on == ("refused",)
    assert decide_must_accept(control=[BROKEN], treatment=[REFUSED]).rests_on == ("broken",)
    assert decide_must_accept(control=[GOOD], treatment=[GOOD], prerequisite=REFUSED).rests_on == ("refused",)


def test_what_should_have_been_refused_is_shown_by_the_request_that_was_answered() -> None:
    asked = {"control": [GOOD], "again": [None, None], "as_stated": [True, False]}
    verdict = decide_must_refuse(refused=[REFUSED, WITH], **asked)  # type: ignore[arg-type]
    assert verdict.status is Status.PARTIAL
    assert verdict.rests_on == ("with", "refused")


def test_a_broken_rule_is_shown_by_the_exchange_that_breaks_it_worst() -> None:
    slight = Violation(rule="slight", deviation=Deviation.FRAMING, exchange="slight")
    severe = Violation(rule="severe", exchange="severe")
    assert decide_invariant(exercised=2, violations=[slight, severe]).rests_on == ("severe",)


def test_a_lookup_that_fails_is_shown_by_the_request_with_the_bogus_value() -> None:
    looked_up = decide_failure_injected(control=[], treatment=[REFUSED], like_unknown=False, names_the_failure=True)
    assert looked_up.rests_on == ("refused",)


def test_the_printed_request_is_the_first_that_the_verdict_rests_on_and_is_at_hand() -> None:
    first, second = (Evidence(role="a", exchange=exchange(asked=request(system=text))) for text in ("one", "two"))
    assert decisive([first, second], ["0" * 16, second.exchange.request.digest]) is second.exchange
    assert decisive([first, second], []) is first.exchange
