"""What is asked a second time before it is believed: a failure, a broken stream, a refusal that is none."""

from __future__ import annotations

import pytest

from conformance.probing.calibrate import SECOND_TRY, ask_reliably
from conformance.probing.contrast import Contrast, broken_twice
from conformance.probing.probes import Refusal
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from tests.core.made_up import RUN, block, close, drive, exchange, message, refusal, start, streamed, text_stream

OK, NO, OOPS = exchange(message()), refusal(), refusal("oops", 500)
CUT = exchange(b'{"id"', failure="cut: ReadError: gone")
HTML = exchange(b"<html></html>", headers={"content-type": "text/html"})
SLOW = exchange(status=None, failure="timeout: not done in 9 s")
AWAY = exchange(status=None, failure="connect: refused")
CONTROL, TREATMENT = RUN.message("control"), RUN.message("treated")


def steadily(*tries: Exchange, attempt: int = 0) -> tuple[Exchange, list[int]]:
    """The exchange that is believed, and the attempts that were asked; a second request is answered every time."""
    attempts: list[int] = []

    def reply(role: str, asked: Request) -> Exchange:
        if role == "another":
            assert asked.attempt == 0, "what was answered is not asked again"
            return OK
        attempts.append(asked.attempt)
        return tries[len(attempts) - 1]

    got, _ = drive(ask_reliably({"one": TREATMENT.again(attempt), "another": CONTROL}), reply)
    assert got["another"] is OK
    return got["one"], attempts


@pytest.mark.parametrize("second", [OK, NO, OOPS])
@pytest.mark.parametrize("first", [OOPS, CUT, HTML])
def test_what_failed_but_for_the_endpoints_word_is_asked_a_second_time_and_that_is_believed(
    first: Exchange, second: Exchange
) -> None:
    assert steadily(first, second) == (second, [0, SECOND_TRY])


def test_a_second_asking_meets_no_try_of_a_rows_own() -> None:
    assert steadily(OOPS, OK, attempt=2) == (OK, [2, SECOND_TRY + 2])


@pytest.mark.parametrize("given", [OK, NO, AWAY, SLOW, *(refusal("no", status) for status in (401, 429, 503, 529))])
def test_an_answer_a_refusal_a_wait_and_a_hang_are_not_asked_a_second_time(given: Exchange) -> None:
    assert steadily(given) == (given, [0])


ENDLESS = streamed(start() + block(0) + close(0))
HALF = streamed(b"event: ping\n\n")


def broken_again(second: Exchange, control: Exchange) -> tuple[Verdict, list[str]]:
    """What is decided of a stream that broke its grammar, where it meets `second` and the control beside it this."""
    contrast = Contrast([read_answer(OK)], [read_answer(ENDLESS)], ENDLESS)

    def reply(role: str, asked: Request) -> Exchange:
        assert asked.attempt == 1
        return control if role == "control" else second

    return drive(broken_twice(contrast, CONTROL, TREATMENT), reply)


@pytest.mark.parametrize(
    ("second", "status", "reason"),
    [
        pytest.param(ENDLESS, Status.BROKEN, None, id="breaks its grammar again"),
        pytest.param(HALF, Status.BROKEN, None, id="no message in it"),
        pytest.param(OOPS, Status.BROKEN, None, id="a 500"),
        pytest.param(streamed(text_stream("OK")), Status.UNTESTED, Reason.UNSTABLE, id="a whole stream"),
        pytest.param(OK, Status.BROKEN, None, id="no stream"),
        pytest.param(NO, Status.UNTESTED, Reason.UNSTABLE, id="a refusal"),
        pytest.param(refusal("slow", 429), Status.UNTESTED, Reason.UNSTABLE, id="a 429"),
        pytest.param(AWAY, Status.UNTESTED, Reason.UNSTABLE, id="no connection"),
    ],
)
def test_a_stream_that_breaks_its_grammar_is_broken_only_when_it_fails_twice(
    second: Exchange, status: Status, reason: Reason | None
) -> None:
    verdict, roles = broken_again(second, OK)
    assert (verdict.status, verdict.reason) == (status, reason)
    assert roles == ["control", "with the field, again"]
    if second is ENDLESS:
        assert verdict.note == "the stream breaks its grammar: the stream ends without message_stop"


def test_a_stream_that_breaks_while_the_control_fails_is_not_the_streams_doing() -> None:
    for second in (ENDLESS, OOPS, NO):
        verdict, _ = broken_again(second, NO)
        assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CONTROL_REFUSED)


def refused_as(first: Exchange, second: Exchange, control: Exchange = OK) -> tuple[Verdict, list[str]]:
    """Where the second request meets these, and the control beside the second try `control`."""

    def reply(role: str, asked: Request) -> Exchange:
        if role == "control":
            assert bool(asked.beside) is bool(asked.attempt)
            return control if asked.attempt else OK
        return NO if role == "good" else (first, second)[asked.attempt]

    bad = {"good": RUN.message("good"), "bad": RUN.message("bad")}
    return drive(Refusal(control=CONTROL, bad=bad, stated=lambda given: given.status == 400).ask(RUN), reply)


@pytest.mark.parametrize("failed", [OOPS, SLOW, HTML, refusal("busy", 503)])
def test_a_bad_request_that_meets_no_clean_refusal_is_asked_again_by_itself(failed: Exchange) -> None:
    verdict, roles = refused_as(failed, failed)
    assert verdict.status is Status.BROKEN
    assert roles == ["control", "good", "bad", "control", "bad"]
    assert refused_as(failed, NO)[0].reason is Reason.UNSTABLE


@pytest.mark.parametrize("failed", [OOPS, SLOW, HTML, refusal("busy", 503), refusal("key", 401)])
def test_a_bad_request_that_fails_while_the_control_fails_is_untested(failed: Exchange) -> None:
    verdict, _ = refused_as(failed, failed, control=refusal("key", 401))
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.KEY_REFUSED)


def test_a_key_that_is_refused_of_a_sudden_is_asked_again_with_the_control() -> None:
    verdict, roles = refused_as(refusal("key", 401), refusal("key", 401))
    assert roles == ["control", "good", "bad", "control", "bad"]
    assert (verdict.status, verdict.deviation) == (Status.PARTIAL, Deviation.OTHER_REFUSAL)
    assert refused_as(refusal("key", 401), NO)[0].reason is Reason.UNSTABLE


def test_bad_requests_that_are_refused_or_answered_are_asked_once() -> None:
    other = refusal("max_tokens: field required", 422)
    for given, status in ((NO, Status.SUPPORTED), (other, Status.PARTIAL), (OK, Status.PARTIAL)):
        verdict, roles = refused_as(given, given)
        assert (verdict.status, roles) == (status, ["control", "good", "bad"])
