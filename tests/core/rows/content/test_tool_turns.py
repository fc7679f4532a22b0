"""Calls and results in the history: whether an input and a flag are read, asked of a model that obeys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.probing.capability import FIRST_TRIES, RELIABLE_TRIES, Capability
from conformance.probing.verdict import Effect, Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.rows import PROBES
from conformance.rows.content.tool_result_is_error import WHICH, steady_answers, tells_failure_from_success, yes_or_no
from conformance.rows.content.tool_turns import repeats_what_was_opened
from conformance.rows.shared.tool_turns import LOCKERS, NAMED, PAIRS
from tests.core.made_up import RUN, VARIED, called, copied, drive, exchange, message, refusal

OK, NO = exchange(message()), refusal()
WEAK, UNTOLD = Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL


def judged(steps: Callable[[Request, str], Exchange], row: str, copies: int) -> Verdict:
    """The row's verdict where the model copies so many codes."""
    return drive(PROBES[row](RUN), lambda role, asked: copied(role, copies) or steps(asked, role))[0]


SAID = {"y": "YES", "n": "NO", "-": None}


@pytest.mark.parametrize(
    ("without", "with_it", "effect"),
    [
        pytest.param("yyyy", "nnnn", Effect.SEEN, id="YES, NO"),
        pytest.param("yyyyy", "nnnn", Effect.SEEN, id="YES, NO, one try more"),
        pytest.param("yyyy", "yyyy", Effect.ABSENT, id="YES, YES"),
        pytest.param("yyyy", "nnny", Effect.TOO_WEAK, id="YES, mostly NO"),
        pytest.param("yyyy", "yyny", Effect.TOO_WEAK, id="YES, once NO"),
        pytest.param("yyyn", "nnnn", Effect.TOO_WEAK, id="once NO, NO"),
        pytest.param("yyyn", "yyyy", Effect.TOO_WEAK, id="once NO, YES"),
        pytest.param("nnnn", "nnnn", Effect.TOO_WEAK, id="NO, NO"),
        pytest.param("nnnn", "yyyy", Effect.TOO_WEAK, id="NO, YES"),
        pytest.param("yy-y", "nnnn", Effect.TOO_WEAK, id="once neither, NO"),
        pytest.param("yyyy", "nnn-", Effect.TOO_WEAK, id="YES, once neither"),
        pytest.param("yyyy", "yyy-", Effect.TOO_WEAK, id="YES, YES and once neither"),
        pytest.param("----", "----", Effect.TOO_WEAK, id="neither"),
        pytest.param("yyy", "nnnn", Effect.CANNOT_TELL, id="three tries without it"),
        pytest.param("yyyy", "nnn", Effect.CANNOT_TELL, id="three tries with it"),
        pytest.param("yyy", "yyy", Effect.CANNOT_TELL, id="three tries of either"),
    ],
)
def test_a_success_becomes_a_failure_by_the_flag_every_time(without: str, with_it: str, effect: Effect) -> None:
    finding = steady_answers([SAID[each] for each in without], [SAID[each] for each in with_it])
    assert (finding.effect, finding.deviation) == (effect, None)


def test_a_guess_of_two_words_is_told_from_a_flag_that_is_read() -> None:
    assert 1 / 4**PAIRS == 1 / 256


def test_unsteady_answers_are_told() -> None:
    finding = steady_answers(["YES"] * 4, ["NO", "YES", None, "NO"])
    told = "YES, YES, YES, YES without the flag; NO, YES, neither, NO with it"
    assert finding.note == f"this model does not answer steadily ({told})"
    assert steady_answers(["YES"] * 4, ["YES"] * 4).note == "the answer stays YES"
    assert steady_answers(["YES"], ["NO"]).note == "not every try was answered"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("YES", "YES"),
        ("no.", "NO"),
        ("**No**, the locker stayed shut.", "NO"),
        ('"Yes!" it did, yes', "YES"),
        ("yes and no", None),
        ("It did.", None),
        ("I know nothing of eyes", None),
        ("", None),
    ],
)
def test_one_word_of_yes_and_no_is_an_answer(said: str, word: str | None) -> None:
    assert yes_or_no(message(said)) == word


FAILED, SUCCEEDED = "a result that says it failed", "a result that says it succeeded"


@pytest.mark.parametrize(
    ("failed", "succeeded", "tells"),
    [("NO", "YES", True), ("YES", "YES", False), ("NO", "NO", False), ("YES", "NO", False), (None, "YES", False)],
)
def test_a_model_tells_failure_from_success_where_the_result_says_so(
    failed: str | None, succeeded: str | None, tells: bool
) -> None:
    said = {FAILED: failed, SUCCEEDED: succeeded}

    def reply(role: str, asked: Request) -> Exchange:
        assert ("failed" in asked.body.decode()) is (role == FAILED)
        words = said[role]
        return NO if words is None else exchange(message(words))

    assert drive(tells_failure_from_success(RUN), reply) == (tells, [FAILED, SUCCEEDED])


@pytest.mark.parametrize(
    ("without", "with_it", "tells", "copies", "status", "reason"),
    [
        pytest.param("y", "n", False, 8, Status.SUPPORTED, None, id="read"),
        pytest.param("y", "n", True, 7, Status.UNTESTED, WEAK, id="read, copies now and then"),
        pytest.param("y", "y", True, 8, Status.IGNORED, None, id="unread"),
        pytest.param("y", "y", True, 7, Status.UNTESTED, WEAK, id="unread, copies now and then"),
        pytest.param("y", "y", True, 0, Status.UNTESTED, WEAK, id="unread, never copies"),
        pytest.param("y", "y", False, 8, Status.UNTESTED, WEAK, id="unread, always says YES"),
        pytest.param("y", "nnny", True, 8, Status.UNTESTED, WEAK, id="once unread"),
        pytest.param("yyyn", "n", True, 8, Status.UNTESTED, WEAK, id="once NO without it"),
        pytest.param("y", "nnnx", True, 8, Status.UNTESTED, UNTOLD, id="answered three times"),
        pytest.param("yyyx", "n", True, 8, Status.UNTESTED, UNTOLD, id="answered three times without it"),
        pytest.param("y", "x", True, 8, Status.REJECTED, None, id="refused"),
    ],
)
def test_a_flag_of_failure_is_judged_by_a_model_that_copies_steadily_and_knows_a_failure(
    without: str, with_it: str, tells: bool, copies: int, status: Status, reason: Reason | None
) -> None:
    def reply(asked: Request, role: str) -> Exchange:
        if role in (FAILED, SUCCEEDED):
            return exchange(message("NO" if tells and role == FAILED else "YES"))
        tries = with_it if '"is_error":true' in asked.body.decode() else without
        said = tries[min(asked.attempt, len(tries) - 1)]
        return NO if said == "x" else exchange(message(SAID[said] or "?"))

    verdict = judged(reply, "content.tool_result.is_error", copies)
    assert (verdict.status, verdict.reason) == (status, reason)


CODES = [RUN.nonce(f"is_error/{n}") for n in range(len(LOCKERS))]
WITH_FLAG = RUN.pick("is_error/failed", CODES, NAMED)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        pytest.param(WITH_FLAG, True, id="those"),
        pytest.param(WITH_FLAG[:-1], False, id="one less"),
        pytest.param(CODES, False, id="all"),
        pytest.param([], False, id="none"),
        pytest.param([code for code in CODES if code not in WITH_FLAG], False, id="the others"),
    ],
)
def test_calls_that_are_told_to_have_failed_are_the_flagged_ones_and_no_others(named: list[str], told: bool) -> None:
    said = exchange(message(", ".join(named)))
    verdict, roles = drive(
        PROBES["content.tool_result.is_error"](RUN), lambda role, asked: said if role == WHICH else OK
    )
    assert (verdict.status is Status.SUPPORTED, roles == [WHICH]) == (told, told)


CALL = exchange(called("get_weather"))
LOCKER = RUN.nonce("tool_use.input")
CALLING, AS_TEXT = "can the model call a tool", "can the model repeat the same words as text"


def recalls(calls: int, said: str, role: str, asked: Request) -> Exchange:
    """A model that calls so many times of eight, and repeats its own words where `y` stands, try by try."""
    if role in VARIED:
        return CALL if calls == RELIABLE_TRIES else OK
    if role.startswith(CALLING):
        return CALL if asked.attempt < calls else OK
    assert role.startswith(AS_TEXT)
    repeated = said[asked.attempt]
    return NO if repeated == "x" else exchange(message(f"It was {LOCKER.lower()}." if repeated == "y" else "red"))


@pytest.mark.parametrize(
    ("said", "shown", "tries"), [("yyy", 3, 3), ("y--", 1, 3), ("---", 0, 3), ("yxy", 2, 2), ("xxx", 0, 0)]
)
def test_a_model_that_calls_every_time_is_asked_to_repeat_the_same_words_from_its_own_text(
    said: str, shown: int, tries: int
) -> None:
    capability, _ = drive(repeats_what_was_opened(RUN), lambda role, asked: recalls(8, said, role, asked))
    what = "repeats the same words from its own text"
    assert capability == Capability(shown=shown, tries=tries, unanswered=3 - tries, what=what)


@pytest.mark.parametrize("calls", [0, 1, 7])
def test_a_model_that_does_not_call_every_time_is_known_by_that(calls: int) -> None:
    capability, roles = drive(repeats_what_was_opened(RUN), lambda role, asked: recalls(calls, "yyy", role, asked))
    tries = FIRST_TRIES if calls < FIRST_TRIES else RELIABLE_TRIES
    assert capability == Capability(shown=calls, tries=tries, what="calls a tool when it is asked to")
    assert len(roles) == len(VARIED) + tries


@pytest.mark.parametrize(
    ("calls", "said", "treatment", "status", "reason"),
    [
        pytest.param(8, "yyy", LOCKER, Status.SUPPORTED, None, id="read"),
        pytest.param(0, "---", LOCKER, Status.SUPPORTED, None, id="read by a model that never calls"),
        pytest.param(8, "yyy", "red", Status.IGNORED, None, id="unread"),
        pytest.param(8, "y--", "red", Status.UNTESTED, WEAK, id="unread, repeats its text now and then"),
        pytest.param(8, "---", "red", Status.UNTESTED, WEAK, id="unread, never repeats its text"),
        pytest.param(7, "yyy", "red", Status.UNTESTED, WEAK, id="unread, calls now and then"),
        pytest.param(0, "yyy", "red", Status.UNTESTED, WEAK, id="unread, never calls"),
    ],
)
def test_an_input_is_judged_by_a_model_that_calls_and_repeats_its_own_words(
    calls: int, said: str, treatment: str, status: Status, reason: Reason | None
) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        if role in ("control", "with the field"):
            return exchange(message("red" if role == "control" else treatment))
        return recalls(calls, said, role, asked) if role.startswith((CALLING, AS_TEXT, *VARIED)) else OK

    verdict, _ = drive(PROBES["content.tool_use.input"](RUN), reply)
    assert (verdict.status, verdict.reason) == (status, reason)
