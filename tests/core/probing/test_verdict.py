"""Every line of the decision tables of `verdict.py`: what must be accepted, what must be refused, what must hold."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.probing.verdict import (
    Effect,
    Finding,
    Verdict,
    Violation,
    decide_invariant,
    decide_must_accept,
    decide_must_refuse,
    untested,
)
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.status import Deviation, Reason, Status
from tests.core.made_up import frame, met, start, streamed
from tests.core.ways import AWAY, CUT, CUT_LIMIT, HTML, NO_MESSAGE, OK, SLOW, UNANSWERED

SEEN = Finding(effect=Effect.SEEN, note="there")


def accept(control: Sequence[Answer], treatment: Sequence[Answer], finding: Finding | None = SEEN) -> Verdict:
    return decide_must_accept(control=control, treatment=treatment, finding=finding)


@pytest.mark.parametrize(("control", "reason"), UNANSWERED)
def test_a_control_that_is_not_answered_leaves_the_row_untested(control: Answer, reason: Reason) -> None:
    note = f"the control, without the field, is not answered: {control.problem}"
    assert accept([control], [OK]) == untested(reason, note)
    assert accept([control], [met(400)]) == untested(reason, note)


def test_the_first_control_says_why_the_row_is_untested() -> None:
    verdict = accept([met(400, "first"), met(429, "second")], [OK])
    assert verdict.reason is Reason.CONTROL_REFUSED
    assert verdict.note.endswith("HTTP 400: first")


@pytest.mark.parametrize("refused", [met(400, "no pdf"), met(401, "no pdf"), met(500, "no pdf"), SLOW])
def test_a_refused_prerequisite_leaves_the_row_untested_before_anything_else(refused: Answer) -> None:
    expected = untested(Reason.PREREQUISITE_REFUSED, f"what the row needs is refused: {refused.problem}")
    for control in (OK, met(401)):
        assert (
            decide_must_accept(control=[control], treatment=[met(400)], finding=SEEN, prerequisite=refused) == expected
        )


@pytest.mark.parametrize(
    ("unheard", "reason"),
    [
        (met(429), Reason.RATE_LIMITED),
        (met(503), Reason.RATE_LIMITED),
        (met(529), Reason.RATE_LIMITED),
        (AWAY, Reason.UNREACHABLE),
    ],
)
def test_a_prerequisite_that_is_told_to_wait_or_not_reached_leaves_the_row_untested_for_that(
    unheard: Answer, reason: Reason
) -> None:
    for control in (OK, met(401)):
        verdict = decide_must_accept(control=[control], treatment=[met(400)], finding=SEEN, prerequisite=unheard)
        assert verdict == untested(reason, unheard.problem)


TOO_LONG = [
    "prompt is too long: 9000 tokens > 8192 maximum",
    "Input too long",
    "messages too long",
    "This model's maximum context length is 8192 tokens",
    "the context window is full",
    "the request exceeds the available context size",
    "it exceed the maximum context",
]


@pytest.mark.parametrize("words", TOO_LONG)
def test_a_prompt_that_does_not_fit_the_models_context_leaves_the_row_untested(words: str) -> None:
    long = met(400, words)
    assert accept([OK, OK], [long, long]) == untested(Reason.CONTEXT_TOO_SMALL, long.problem)
    assert accept([long], [OK]).reason is Reason.CONTEXT_TOO_SMALL
    assert accept([OK, long], [met(400), met(400)]).reason is Reason.CONTEXT_TOO_SMALL
    assert refuse([long], [met(400)], [True]).reason is Reason.CONTEXT_TOO_SMALL


@pytest.mark.parametrize("words", ["user_id is too long", "the name too long", "no context management"])
def test_what_is_too_long_but_the_prompt_is_refused(words: str) -> None:
    assert accept([OK, OK], [met(400, words)] * 2).status is Status.REJECTED


def test_only_a_refusal_tells_that_the_prompt_is_too_long() -> None:
    assert accept([OK, OK], [met(500, TOO_LONG[0])] * 2).status is Status.BROKEN
    assert accept([met(500, TOO_LONG[0])], [OK]).reason is Reason.CONTROL_REFUSED


def test_an_answered_prerequisite_changes_nothing() -> None:
    given = {"control": [OK], "treatment": [OK], "finding": SEEN, "prerequisite": OK}
    assert decide_must_accept(**given) == accept([OK], [OK])  # type: ignore[arg-type]


@pytest.mark.parametrize(("met_both_times", "reason"), UNANSWERED)
def test_a_control_that_comes_to_be_met_the_same_way_leaves_the_row_untested(
    met_both_times: Answer, reason: Reason
) -> None:
    verdict = accept([OK, met_both_times], [met_both_times, met_both_times])
    assert verdict == untested(reason, f"the control is no longer answered either: {met_both_times.problem}")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_a_refusal_of_the_field_alone_on_both_tries_is_rejected(status: int) -> None:
    assert accept([OK, OK], [met(status, "no top_k")] * 2) == Verdict(
        status=Status.REJECTED, note=f"HTTP {status}: no top_k"
    )


def test_the_words_of_the_last_try_are_told() -> None:
    verdict = accept([OK, OK], [met(500, "first"), met(500, "second")])
    assert verdict == Verdict(status=Status.BROKEN, note="HTTP 500: second")


UPSTREAM = "upstream connect error or disconnect/reset before headers"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((UPSTREAM, "messages.1.content.0: Invalid `signature` in `thinking` block"), Status.UNTESTED),
        (("no top_k", UPSTREAM), Status.UNTESTED),
        (("no top_k (request req_11f2)", "no top_k (request req_90aa7)"), Status.REJECTED),
        (("no top_k after 12 ms", "no top_k after 7 ms"), Status.REJECTED),
    ],
)
def test_two_refusals_are_one_where_they_say_the_same(words: tuple[str, str], status: Status) -> None:
    verdict = accept([OK, OK], [met(400, each) for each in words])
    assert (verdict.status, verdict.reason) == (status, Reason.UNSTABLE if status is Status.UNTESTED else None)


@pytest.mark.parametrize("pair", [(400, 403), (403, 400), (404, 422), (400, 404)])
def test_two_refusals_of_different_kinds_are_rejected_all_the_same(pair: tuple[int, int]) -> None:
    assert accept([OK, OK], [met(pair[0]), met(pair[1])]).status is Status.REJECTED


def test_a_rate_limit_for_the_field_alone_is_untested() -> None:
    assert accept([OK, OK], [met(429), met(429)]) == untested(Reason.RATE_LIMITED, "HTTP 429: no")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("rate_limit_error", untested(Reason.RATE_LIMITED, "HTTP 429 inside the stream: busy")),
        ("overloaded_error", Verdict(status=Status.BROKEN, note="HTTP 529 inside the stream: busy")),
    ],
)
def test_a_stream_that_is_told_to_wait_is_judged_as_the_status_would_have_been(kind: str, expected: Verdict) -> None:
    told = read_answer(streamed(start() + frame("error", error={"type": kind, "message": "busy"})))
    assert accept([OK, OK], [told, told]) == expected


def test_no_connection_for_the_field_alone_is_untested() -> None:
    assert accept([OK, OK], [AWAY, AWAY]) == untested(Reason.UNREACHABLE, "connect: refused")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(met(500), id="500"),
        pytest.param(met(502), id="502"),
        pytest.param(met(503), id="503"),
        pytest.param(met(529), id="529"),
        pytest.param(met(302), id="302"),
        pytest.param(CUT, id="cut"),
        pytest.param(CUT_LIMIT, id="a 429 that is cut"),
        pytest.param(SLOW, id="timeout"),
        pytest.param(HTML, id="html"),
        pytest.param(NO_MESSAGE, id="no Message"),
    ],
)
def test_a_failure_of_the_field_alone_on_both_tries_is_broken(answer: Answer) -> None:
    assert accept([OK, OK], [answer, answer]) == Verdict(status=Status.BROKEN, note=answer.problem)


@pytest.mark.parametrize("failed", [met(400), met(401), met(429), met(500), met(503), AWAY, SLOW])
def test_a_refusal_that_comes_and_goes_is_untested(failed: Answer) -> None:
    note = f"the same request failed once and was answered once: {failed.problem}"
    assert accept([OK, OK], [failed, OK]) == untested(Reason.UNSTABLE, note)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (met(400), met(500)),
        (met(500), met(400)),
        (met(429), met(400)),
        (AWAY, SLOW),
        (met(401), met(500)),
        (met(400), met(401)),
        (met(401), met(403)),
    ],
)
def test_two_tries_that_end_differently_are_untested(first: Answer, second: Answer) -> None:
    note = f"the same request met different ends: {first.problem}; then {second.problem}"
    assert accept([OK, OK], [first, second]) == untested(Reason.UNSTABLE, note)


@pytest.mark.parametrize(("first", "second"), [(429, 503), (503, 429), (429, 529)])
def test_a_rate_limit_once_and_an_overload_once_are_untested(first: int, second: int) -> None:
    assert accept([OK, OK], [met(first), met(second)]).status is Status.UNTESTED


def test_an_answer_that_is_followed_by_a_failure_is_untested_and_the_note_says_both() -> None:
    note = "the same request met different ends: answered; then HTTP 400: no"
    assert accept([OK, OK], [OK, met(400)]) == untested(Reason.UNSTABLE, note)


def test_a_failure_that_was_not_asked_again_is_untested() -> None:
    note = "failed once and was not asked again: HTTP 400: no"
    assert accept([OK], [met(400)]) == untested(Reason.UNSTABLE, note)


def test_what_the_control_meets_comes_before_how_the_tries_differ() -> None:
    assert accept([OK, met(429)], [met(400), met(429)]).reason is Reason.RATE_LIMITED


@pytest.mark.parametrize("deviation", list(Deviation))
def test_a_seen_effect_with_a_deviation_is_partial(deviation: Deviation) -> None:
    finding = Finding(effect=Effect.SEEN, note="but", deviation=deviation)
    assert accept([OK], [OK], finding) == Verdict(status=Status.PARTIAL, note="but", deviation=deviation)


@pytest.mark.parametrize(
    ("effect", "status", "reason"),
    [
        (Effect.SEEN, Status.SUPPORTED, None),
        (Effect.ABSENT, Status.IGNORED, None),
        (Effect.NOT_VISIBLE, Status.ACCEPTED, None),
        (Effect.IN_CONTROL, Status.UNTESTED, Reason.NOT_ATTRIBUTABLE),
        (Effect.TOO_WEAK, Status.UNTESTED, Reason.MODEL_TOO_WEAK),
        (Effect.CANNOT_TELL, Status.UNTESTED, Reason.CANNOT_TELL),
    ],
)
def test_an_accepted_field_is_judged_by_its_effect(effect: Effect, status: Status, reason: Reason | None) -> None:
    expected = Verdict(status=status, note="why", reason=reason)
    assert accept([OK], [OK], Finding(effect=effect, note="why")) == expected
    assert accept([OK, OK], [OK, OK], Finding(effect=effect, note="why")) == expected


def refuse(
    control: Answer | Sequence[Answer],
    refused: Sequence[Answer],
    stated: Sequence[bool],
    *,
    again: Sequence[Answer | None] | None = None,
) -> Verdict:
    """The verdict; where no second tries are given, each unclear end is met a second time."""
    second = again or [each if each.outcome in (Outcome.BROKEN, Outcome.WAITING) else None for each in refused]
    controls = [control] if isinstance(control, Answer) else control
    return decide_must_refuse(control=controls, refused=refused, again=second, as_stated=stated)


@pytest.mark.parametrize(("control", "reason"), UNANSWERED)
def test_a_good_request_that_is_not_answered_leaves_a_refusal_untested(control: Answer, reason: Reason) -> None:
    note = f"the good request is not answered: {control.problem}"
    for bad in (met(400), met(500), OK):
        assert refuse(control, [bad], [True]) == untested(reason, note)
        assert refuse([OK, control], [bad], [True]) == untested(reason, note)
        assert refuse([control, OK], [bad], [True]) == untested(reason, note)


@pytest.mark.parametrize(("met_by_it", "reason"), [(met(429), Reason.RATE_LIMITED), (AWAY, Reason.UNREACHABLE)])
def test_a_bad_request_that_is_not_heard_leaves_a_refusal_untested(met_by_it: Answer, reason: Reason) -> None:
    expected = untested(reason, met_by_it.problem)
    assert refuse(OK, [met_by_it], [False]) == expected
    assert refuse(OK, [OK, met(400), met_by_it], [False] * 3) == expected


@pytest.mark.parametrize("first", [met(500), met(503), CUT, SLOW])
@pytest.mark.parametrize(("second", "reason"), [(met(429, "later"), Reason.RATE_LIMITED), (AWAY, Reason.UNREACHABLE)])
def test_a_bad_request_that_is_not_heard_the_second_time_leaves_a_refusal_untested(
    first: Answer, second: Answer, reason: Reason
) -> None:
    assert refuse(OK, [first], [False], again=[second]) == untested(reason, second.problem)


@pytest.mark.parametrize("answer", [met(500), met(503), met(529), met(408), CUT, CUT_LIMIT, SLOW, HTML, NO_MESSAGE])
def test_a_bad_request_without_a_clean_error_on_both_tries_is_broken(answer: Answer) -> None:
    expected = Verdict(status=Status.BROKEN, note=f"no clean refusal: {answer.problem}")
    assert refuse(OK, [answer], [False]) == expected
    assert refuse(OK, [met(400), answer, OK], [True, False, False]) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(met(500), OK, id="500, then answered"),
        pytest.param(met(500), met(400), id="500, then refused"),
        pytest.param(met(500), met(401), id="500, then the key"),
        pytest.param(met(500), met(503), id="500, then overloaded"),
        pytest.param(met(503), met(500), id="overloaded, then 500"),
        pytest.param(met(529), met(400), id="overloaded, then refused"),
        pytest.param(met(429), met(400), id="rate limited, then refused"),
        pytest.param(met(429), met(503), id="rate limited, then overloaded"),
        pytest.param(CUT, met(400), id="cut, then refused"),
        pytest.param(SLOW, OK, id="timeout, then answered"),
        pytest.param(met(400, UPSTREAM), met(400, "no"), id="refused, then in other words"),
        pytest.param(met(400, UPSTREAM), OK, id="refused, then answered"),
        pytest.param(met(500), None, id="500, not asked again"),
        pytest.param(met(503), None, id="overloaded, not asked again"),
        pytest.param(CUT, None, id="cut, not asked again"),
    ],
)
def test_a_bad_request_without_a_clean_error_once_is_untested(first: Answer, second: Answer | None) -> None:
    expected = untested(Reason.UNSTABLE, f"the same request met different ends, one of them {first.problem}")
    assert refuse(OK, [first], [False], again=[second]) == expected
    assert refuse(OK, [met(400), first, OK], [True, False, False], again=[None, second, None]) == expected


def test_two_unclean_ends_of_a_bad_request_are_the_same_whatever_their_status() -> None:
    for first, second in ((met(500), met(502)), (met(502), CUT), (SLOW, met(500)), (met(503), met(529))):
        assert refuse(OK, [first], [False], again=[second]).status is Status.BROKEN


def test_the_first_unclean_refusal_is_told() -> None:
    verdict = refuse(OK, [met(500, "first"), met(502, "second")], [False, False])
    assert verdict.note == "no clean refusal: HTTP 500: first"
    assert refuse(OK, [met(500, "first")], [False], again=[met(500, "again")]) == verdict


def test_every_bad_request_has_a_place_for_its_second_try() -> None:
    with pytest.raises(ValueError, match="zip"):
        refuse(OK, [met(400), met(400)], [True, True], again=[None])


def test_bad_requests_that_are_all_answered_are_ignored() -> None:
    for taken in ([OK], [OK, OK]):
        expected = Verdict(status=Status.IGNORED, note="answered instead of refused")
        assert refuse(OK, taken, [False] * len(taken)) == expected


@pytest.mark.parametrize("order", [1, -1])
def test_bad_requests_of_which_some_are_answered_are_partial(order: int) -> None:
    refused = [OK, met(400, "bad")][::order]
    assert refuse(OK, refused, [False, True][::order]) == Verdict(
        status=Status.PARTIAL,
        deviation=Deviation.INCOMPLETE,
        note="refused in one form only (HTTP 400: bad); the other is answered",
    )


def test_a_refusal_other_than_the_stated_one_is_partial_and_named() -> None:
    refused = [met(400, "as stated"), met(403, "otherwise")]
    assert refuse(OK, refused, [True, False]) == Verdict(
        status=Status.PARTIAL, deviation=Deviation.OTHER_REFUSAL, note="refused otherwise: HTTP 403: otherwise"
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_bad_requests_that_are_all_refused_as_stated_are_supported(status: int) -> None:
    assert refuse(OK, [met(status)], [True]) == Verdict(status=Status.SUPPORTED)
    assert refuse(OK, [met(400), met(status)], [True, True]) == Verdict(status=Status.SUPPORTED)


SEVERE = Violation(rule="type is missing")
DOUBT = Violation(rule="a stray key", deviation=Deviation.EXTRA_KEYS)
LATER_DOUBT = Violation(rule="a count of 0", deviation=Deviation.IMPLAUSIBLE)


@pytest.mark.parametrize("violations", [[], [SEVERE], [DOUBT]])
def test_a_rule_that_was_never_exercised_is_untested(violations: list[Violation]) -> None:
    verdict = decide_invariant(exercised=0, violations=violations)
    assert verdict == untested(Reason.NEVER_EXERCISED, "no answer of this run shows it")


@pytest.mark.parametrize("exercised", [1, 2, 9])
@pytest.mark.parametrize(
    ("violations", "expected"),
    [
        ([], Verdict(status=Status.SUPPORTED)),
        ([DOUBT], Verdict(status=Status.PARTIAL, note="a stray key", deviation=Deviation.EXTRA_KEYS)),
        ([DOUBT, LATER_DOUBT], Verdict(status=Status.PARTIAL, note="a stray key", deviation=Deviation.EXTRA_KEYS)),
        ([SEVERE], Verdict(status=Status.BROKEN, note="type is missing")),
        ([DOUBT, SEVERE], Verdict(status=Status.BROKEN, note="type is missing")),
        ([SEVERE, Violation(rule="later")], Verdict(status=Status.BROKEN, note="type is missing")),
    ],
)
def test_a_rule_holds_is_bent_or_is_broken(exercised: int, violations: list[Violation], expected: Verdict) -> None:
    assert decide_invariant(exercised=exercised, violations=violations) == expected


def test_every_way_not_to_be_answered_has_a_reason() -> None:
    ways = [met(400), met(401), met(429), AWAY, SLOW]
    assert {each.outcome for each in [*ways, OK]} == set(Outcome)
    assert all(accept([each], [OK]).reason is not None for each in ways)
