"""Which refusals are taken for the same, and what is left out for it; and what a refusal late in a run is worth."""

from __future__ import annotations

import pytest

from conformance.probing.contrast import ask_contrast
from conformance.probing.conversation import if_still_answered
from conformance.probing.refusals import (
    asked_late,
    may_be_the_moments,
    names_what_it_refuses,
    refused_alike,
    unless_refused_alike,
)
from conformance.probing.run import Conversation
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import LAST, LATE, Exchange, Request
from conformance.protocol.status import Reason, Status
from tests.core.made_up import RUN, drive, exchange, message, refusal

OK, UNKNOWN, OTHER, MOMENT = exchange(message()), refusal("tools.0: unknown type"), refusal("no role"), refusal("no")
REJECTED = Verdict(status=Status.REJECTED, note=read_answer(UNKNOWN).problem)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("HTTP 400: tools.0: Input tag 'bash' found using 'type' does not match", True),
        ("HTTP 400: speed: Extra inputs are not permitted", True),
        ("HTTP 400: x-stainless-lang: header is not supported", True),
        ("HTTP 400: Unrecognized request argument", True),
        ("HTTP 400: Not now", False),
        ("HTTP 400: Bad Request", False),
        ("HTTP 403: Your credit balance is too low", False),
        ("HTTP 400: upstream connect error", False),
    ],
)
def test_a_refusal_that_speaks_of_a_part_of_the_request_is_about_the_request(words: str, names: bool) -> None:
    assert names_what_it_refuses(words) is names


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        (UNKNOWN, refusal("tools.1: unknown type"), True),
        (UNKNOWN, OTHER, False),
        (UNKNOWN, OK, False),
        (OK, OK, False),
        (MOMENT, MOMENT, False),
        (refusal("unknown type", 500), refusal("unknown type", 500), False),
    ],
)
def test_two_refusals_are_alike_in_the_same_words_about_the_request(
    first: Exchange, second: Exchange, alike: bool
) -> None:
    assert refused_alike(read_answer(first), read_answer(second)) is alike
    assert not refused_alike(None, read_answer(second))


def another_form() -> Conversation[Verdict]:
    """A form that is supported once its two questions are answered."""
    yield {"first": RUN.message("first")}
    yield {"second": RUN.message("second")}
    return Verdict(status=Status.SUPPORTED)


@pytest.mark.parametrize(
    ("before", "met", "asked", "status"),
    [
        pytest.param(REJECTED, UNKNOWN, 1, Status.REJECTED, id="refused alike"),
        pytest.param(REJECTED, OTHER, 2, Status.SUPPORTED, id="refused otherwise"),
        pytest.param(REJECTED, OK, 2, Status.SUPPORTED, id="answered"),
        pytest.param(
            Verdict(status=Status.BROKEN, note=REJECTED.note), UNKNOWN, 2, Status.SUPPORTED, id="broken before"
        ),
    ],
)
def test_another_form_is_asked_no_further_once_it_is_refused_as_the_first_was(
    before: Verdict, met: Exchange, asked: int, status: Status
) -> None:
    verdict, roles = drive(unless_refused_alike(another_form(), before), lambda role, request: met)
    assert (verdict.status, len(roles)) == (status, asked)


def test_steps_can_be_asked_late() -> None:
    late: list[int] = []

    def reply(role: str, asked: Request) -> Exchange:
        late.append(asked.late)
        return OK

    verdict, _ = drive(asked_late(another_form()), reply)
    assert verdict.status is Status.SUPPORTED
    assert late == [LATE, LATE]


def a_field() -> Conversation[Verdict]:
    contrast = yield from ask_contrast(RUN.message("control"), RUN.message("treated"))
    return decide_must_accept(
        control=contrast.control, treatment=contrast.treatment, finding=Finding(effect=Effect.SEEN)
    )


@pytest.mark.parametrize(
    ("treatment", "at_the_end", "status", "reason"),
    [
        pytest.param(UNKNOWN, OK, Status.REJECTED, None, id="refused, and still answered at the end"),
        pytest.param(UNKNOWN, MOMENT, Status.UNTESTED, Reason.CONTROL_REFUSED, id="nothing is answered at the end"),
        pytest.param(
            UNKNOWN, refusal("key", 401), Status.UNTESTED, Reason.KEY_REFUSED, id="the key is refused at the end"
        ),
        pytest.param(UNKNOWN, refusal("slow", 429), Status.UNTESTED, Reason.RATE_LIMITED, id="told to wait at the end"),
    ],
)
def test_a_refusal_counts_where_a_bare_message_is_answered_after_it(
    treatment: Exchange, at_the_end: Exchange, status: Status, reason: Reason | None
) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        if asked.late == LAST:
            return at_the_end
        return treatment if role == "with the field" else OK

    verdict, roles = drive(if_still_answered(RUN, a_field()), reply)
    assert (verdict.status, verdict.reason) == (status, reason)
    assert roles[-1] == "the bare message, at the end"


@pytest.mark.parametrize("treatment", [OK, refusal("oops", 500)])
def test_what_was_not_refused_late_needs_no_bare_message_at_the_end(treatment: Exchange) -> None:
    _, roles = drive(if_still_answered(RUN, a_field()), lambda role, asked: treatment if "field" in role else OK)
    assert "the bare message, at the end" not in roles


@pytest.mark.parametrize(
    ("words", "status", "moments"),
    [
        ("upstream connect error or disconnect/reset before headers", 400, True),
        ("Not now", 403, True),
        ("No such model", 404, False),
        ("max_tokens: field required", 400, False),
        ("Unknown parameter", 400, False),
        ("Not now", 500, False),
    ],
)
def test_a_refusal_that_names_nothing_may_be_the_moments(words: str, status: int, moments: bool) -> None:
    assert may_be_the_moments(refusal(words, status)) is moments
