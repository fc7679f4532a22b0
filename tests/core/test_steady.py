"""What is asked more than once: what a second asking is for, and the tables that read several tries together."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.answer import read_answer, text_of
from conformance.calibrate import SECOND_TRY, ask_steadily, copies_a_code, copying, echoes
from conformance.exchange import Exchange, Request
from conformance.probes import Pair, broken_twice, must_refuse, repeats
from conformance.rows.history import named_alone, steady_answers, yes_or_no
from conformance.rows.tool_choice import steady_change, steady_count, steady_name
from conformance.status import Deviation, Reason, Status
from conformance.verdict import Effect, Sighting, Verdict
from tests.core.made_up import RUN, block, close, drive, exchange, message, refusal, start, streamed, text_stream

OK, NO, OOPS = exchange(message()), refusal(), refusal("oops", 500)
CUT = exchange(b'{"id"', failure="cut: ReadError: gone")
HTML = exchange(b"<html></html>", headers={"content-type": "text/html"})
SLOW = exchange(status=None, failure="timeout: not done in 9 s")
AWAY = exchange(status=None, failure="connect: refused")
CONTROL, TREATED = RUN.message("control"), RUN.message("treated")


def steadily(*tries: Exchange, attempt: int = 0) -> tuple[Exchange, list[int]]:
    """The exchange that is believed, and the attempts that were asked; a second request is answered every time."""
    attempts: list[int] = []

    def reply(role: str, asked: Request) -> Exchange:
        if role == "another":
            assert asked.attempt == 0, "what was answered is not asked again"
            return OK
        attempts.append(asked.attempt)
        return tries[len(attempts) - 1]

    got, _ = drive(ask_steadily({"one": TREATED.again(attempt), "another": CONTROL}), reply)
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


def copied(*said: str | None) -> tuple[bool, list[str]]:
    answers = [NO if words is None else exchange(message(words)) for words in said]
    return drive(copies_a_code(RUN), lambda role, asked: answers[int(role[-2]) - 1])


def test_a_model_that_repeats_a_code_in_one_of_two_wordings_is_shown_able_to() -> None:
    codes = [copying(RUN, attempt)[0] for attempt in (0, 1)]
    roles = [f"can the model copy a code ({number})" for number in (1, 2)]
    assert codes[0] != codes[1]
    assert copied(f"It is {codes[0].lower()}.") == (True, roles[:1])
    assert copied("?", codes[1]) == (True, roles)
    assert copied(None, codes[1]) == (True, roles)
    assert copied(codes[1], codes[0]) == (False, roles)
    assert copied(None, None) == (False, roles)


def test_the_two_wordings_that_ask_for_a_code_differ() -> None:
    stems = {copying(RUN, attempt)[1].replace(copying(RUN, attempt)[0], "") for attempt in (0, 1)}
    assert len(stems) == 2


CODE, PROMPT, _ = copying(RUN, 0)


@pytest.mark.parametrize(
    ("given", "echo"),
    [
        pytest.param(exchange(message(PROMPT)), True, id="the prompt"),
        pytest.param(exchange(message(f"You said: {PROMPT.upper()} And so?")), True, id="the prompt among other words"),
        pytest.param(exchange(message(CODE)), False, id="the code"),
        pytest.param(exchange(message(PROMPT[:-1])), False, id="half the prompt"),
        pytest.param(NO, False, id="a refusal"),
    ],
)
def test_an_endpoint_echoes_when_its_answer_holds_the_whole_prompt(given: Exchange, echo: bool) -> None:
    assert drive(echoes(RUN), lambda role, asked: given) == (echo, ["can the model copy a code (1)"])


def repeated(*wrong: str, times: int = 2, given: Exchange = NO) -> tuple[list[list[str]], list[str]]:
    """The words of the pairs that are found where the `wrong` roles meet `given`, and the roles."""

    def reply(role: str, asked: Request) -> Exchange:
        said = f"{asked.json['messages'][0]['content']} {asked.attempt}"
        return given if role in wrong else exchange(message(said))

    found, roles = drive(repeats(CONTROL, TREATED, times=times), reply)
    return [[text_of(each) for each in pair] for pair in found], roles


def test_the_same_pair_is_asked_again_as_often_as_is_wanted() -> None:
    found, roles = repeated()
    assert found == [["control 1", "treated 1"], ["control 2", "treated 2"]]
    assert roles == ["control, try 2", "with the field, try 2", "control, try 3", "with the field, try 3"]
    assert len(repeated(times=3)[0]) == 3


@pytest.mark.parametrize("given", [NO, OOPS, AWAY])
@pytest.mark.parametrize("wrong", ["control, try 2", "with the field, try 2"])
def test_a_pair_of_which_one_is_not_answered_is_left_out(wrong: str, given: Exchange) -> None:
    assert repeated(wrong, given=given)[0] == [["control 2", "treated 2"]]
    assert repeated(wrong, "control, try 3", given=given)[0] == []


def test_a_repeat_that_fails_by_itself_is_asked_a_second_time() -> None:
    found, _ = drive(repeats(CONTROL, TREATED, times=1), lambda role, asked: OOPS if asked.attempt < SECOND_TRY else OK)
    assert found == [(message(), message())]


ENDLESS = streamed(start() + block(0) + close(0))
HALF = streamed(b"event: ping\n\n")


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
    pair = Pair([read_answer(OK)], [read_answer(ENDLESS)], ENDLESS)
    attempts: list[int] = []

    def reply(role: str, asked: Request) -> Exchange:
        attempts.append(asked.attempt)
        return second

    verdict, roles = drive(broken_twice(pair, TREATED), reply)
    assert (verdict.status, verdict.reason) == (status, reason)
    assert (roles, attempts) == (["with the field, again"], [1])
    if second is ENDLESS:
        assert verdict.note == "the stream breaks its grammar: the stream ends without message_stop"


def refused_as(first: Exchange, second: Exchange) -> tuple[Verdict, list[str]]:
    def reply(role: str, asked: Request) -> Exchange:
        if role == "control":
            return OK
        return NO if role == "good" else (first, second)[asked.attempt]

    bad = {"good": RUN.message("good"), "bad": RUN.message("bad")}
    return drive(must_refuse(control=CONTROL, bad=bad, stated=lambda given: given.status == 400, wire=True), reply)


@pytest.mark.parametrize("failed", [OOPS, SLOW, HTML, refusal("busy", 503)])
def test_a_bad_request_that_meets_no_clean_refusal_is_asked_again_by_itself(failed: Exchange) -> None:
    verdict, roles = refused_as(failed, failed)
    assert verdict.status is Status.BROKEN
    assert roles == ["control", "good", "bad", "bad"]
    assert refused_as(failed, NO)[0].reason is Reason.UNSTABLE


def test_bad_requests_that_are_refused_or_answered_are_asked_once() -> None:
    for given, status in ((NO, Status.SUPPORTED), (refusal("no", 422), Status.PARTIAL), (OK, Status.BROKEN)):
        verdict, roles = refused_as(given, given)
        assert (verdict.status, roles) == (status, ["control", "good", "bad"])


def called(*names: str) -> dict[str, Any]:
    return message(content=[{"type": "tool_use", "id": "t", "name": name, "input": {}} for name in names])


def pairs(shown: str, marks: dict[str, dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """`-! -! --`: three pairs, each of what came without and with the field."""
    return [(marks[pair[0]], marks[pair[1]]) for pair in shown.split()]


@pytest.mark.parametrize(
    ("shown", "effect", "deviation"),
    [
        pytest.param("nY nY nY", Effect.SEEN, None, id="every time, every time"),
        pytest.param("nY nY nN", Effect.SEEN, Deviation.UNSTEADY, id="every time, twice"),
        pytest.param("nN nY nN", Effect.SEEN, Deviation.UNSTEADY, id="every time, once"),
        pytest.param("nN nN nN", Effect.ABSENT, None, id="every time, never"),
        pytest.param("nY nY yY", Effect.TOO_WEAK, None, id="not every time, every time"),
        pytest.param("yN nN nN", Effect.TOO_WEAK, None, id="not every time, never"),
        pytest.param("yY yY yY", Effect.TOO_WEAK, None, id="never, every time"),
        pytest.param("nY nY", Effect.CANNOT_TELL, None, id="two pairs, every time"),
        pytest.param("nN nN", Effect.CANNOT_TELL, None, id="two pairs, never"),
        pytest.param("", Effect.CANNOT_TELL, None, id="no pair"),
    ],
)
@pytest.mark.parametrize("on", [True, False])
def test_calling_is_turned_on_or_off_by_the_field_every_time(
    shown: str, on: bool, effect: Effect, deviation: Deviation | None
) -> None:
    # y and Y: as the field should make it be; turned off, that is no call.
    call, none = called("get_weather"), message()
    marks = {"y": call, "Y": call, "n": none, "N": none} if on else {"y": none, "Y": none, "n": call, "N": call}
    sighting = steady_change(pairs(shown, marks), before=not on, after=on)
    assert (sighting.effect, sighting.deviation) == (effect, deviation)


def test_how_often_a_tool_is_called_against_the_field_is_told() -> None:
    marks = {"-": message(), "!": called("get_weather")}
    off = steady_change(pairs("!- !! !-", marks), before=True, after=False)
    assert off.note == "a tool is called in 1 of 3 tries"
    assert steady_change(pairs("-- -- -!", marks), before=False, after=True).note == "no tool is called in 2 of 3 tries"
    asked = steady_change(pairs("!- -- !-", marks), before=True, after=False)
    assert asked.note == "without the field this model does not call a tool in 1 of 3 tries"
    unasked = steady_change(pairs("-! !! !!", marks), before=False, after=True)
    assert unasked.note == "without the field this model calls a tool in 2 of 3 tries"


NAMES = {
    "-": message(),
    "o": called("other"),
    "n": called("named"),
    "2": called("named", "named"),
    "b": called("other", "named"),
    "x": called("zz_stranger"),
}


@pytest.mark.parametrize(
    ("shown", "effect", "deviation"),
    [
        pytest.param("on on on", Effect.SEEN, None, id="another, the named one"),
        pytest.param("-n -n on", Effect.SEEN, None, id="none or another, the named one"),
        pytest.param("-2 -n -n", Effect.SEEN, None, id="none, the named one twice at once"),
        pytest.param("on on oo", Effect.SEEN, Deviation.UNSTEADY, id="some times another"),
        pytest.param("o- on o-", Effect.SEEN, Deviation.UNSTEADY, id="some times none"),
        pytest.param("on on ob", Effect.SEEN, Deviation.UNSTEADY, id="some times another beside it"),
        pytest.param("oo oo oo", Effect.ABSENT, None, id="never, another"),
        pytest.param("-- o- --", Effect.ABSENT, None, id="never, none"),
        pytest.param("ob ob ob", Effect.ABSENT, None, id="never alone"),
        pytest.param("nn nn nn", Effect.IN_CONTROL, None, id="called without being named"),
        pytest.param("on on nn", Effect.IN_CONTROL, None, id="called once without being named"),
        pytest.param("oo oo bo", Effect.IN_CONTROL, None, id="called once without being named, beside another"),
        pytest.param("nx on on", Effect.IN_CONTROL, None, id="called without being named, and a strange name"),
        pytest.param("on on ox", Effect.CANNOT_TELL, None, id="once by a strange name"),
        pytest.param("ox ox ox", Effect.CANNOT_TELL, None, id="always by a strange name"),
        pytest.param("on on", Effect.CANNOT_TELL, None, id="two pairs"),
    ],
)
def test_the_named_tool_is_called_and_only_because_it_is_named(
    shown: str, effect: Effect, deviation: Deviation | None
) -> None:
    sighting = steady_name(pairs(shown, NAMES), "named", ("other", "named"))
    assert (sighting.effect, sighting.deviation) == (effect, deviation)


@pytest.mark.parametrize(
    ("shown", "note"),
    [
        ("oo oo on", "other is called where named is named, in 2 of 3 tries"),
        ("o- o- o-", "no tool is called where named is named, in 3 of 3 tries"),
        ("ox on on", "a tool is called by a name that was not offered (zz_stranger)"),
    ],
)
def test_what_is_called_in_place_of_the_named_tool_is_told(shown: str, note: str) -> None:
    assert steady_name(pairs(shown, NAMES), "named", ("other", "named")).note == note


@pytest.mark.parametrize(
    ("counts", "effect", "deviation"),
    [
        pytest.param([(3, 1), (2, 1), (3, 1)], Effect.SEEN, None, id="one every time"),
        pytest.param([(3, 1), (3, 3), (3, 1)], Effect.SEEN, Deviation.UNSTEADY, id="one, once more"),
        pytest.param([(3, 3), (3, 2), (3, 1)], Effect.SEEN, Deviation.UNSTEADY, id="more, once one"),
        pytest.param([(3, 3), (3, 2), (2, 2)], Effect.ABSENT, None, id="more every time"),
        pytest.param([(3, 1), (3, 1), (1, 1)], Effect.TOO_WEAK, None, id="once one by itself"),
        pytest.param([(0, 1), (3, 1), (3, 1)], Effect.TOO_WEAK, None, id="once none by itself"),
        pytest.param([(1, 3), (1, 3), (1, 3)], Effect.TOO_WEAK, None, id="one by itself, more with the flag"),
        pytest.param([(3, 1), (3, 1), (3, 0)], Effect.CANNOT_TELL, None, id="once none with the flag"),
        pytest.param([(3, 3), (3, 3), (3, 0)], Effect.CANNOT_TELL, None, id="more, once none with the flag"),
        pytest.param([(3, 1), (3, 1)], Effect.CANNOT_TELL, None, id="two pairs"),
    ],
)
def test_one_call_at_once_is_the_flags_doing_every_time(
    counts: list[tuple[int, int]], effect: Effect, deviation: Deviation | None
) -> None:
    sighting = steady_count(counts)
    assert (sighting.effect, sighting.deviation) == (effect, deviation)
    assert all(f"{without} without, {with_it} with" in sighting.note for without, with_it in counts)


SAID = {"y": "YES", "n": "NO", "-": None}


@pytest.mark.parametrize(
    ("shown", "effect", "deviation"),
    [
        pytest.param("yn yn yn", Effect.SEEN, None, id="YES, NO"),
        pytest.param("yy yy yy", Effect.ABSENT, None, id="YES, YES"),
        pytest.param("yn yn yy", Effect.SEEN, Deviation.UNSTEADY, id="YES, mostly NO"),
        pytest.param("yy yn yy", Effect.SEEN, Deviation.UNSTEADY, id="YES, once NO"),
        pytest.param("yn yn nn", Effect.TOO_WEAK, None, id="once NO, NO"),
        pytest.param("nn nn nn", Effect.TOO_WEAK, None, id="NO, NO"),
        pytest.param("ny ny ny", Effect.TOO_WEAK, None, id="NO, YES"),
        pytest.param("yn -n yn", Effect.TOO_WEAK, None, id="once neither, NO"),
        pytest.param("yn yn y-", Effect.TOO_WEAK, None, id="YES, once neither"),
        pytest.param("yy yy y-", Effect.TOO_WEAK, None, id="YES, YES and once neither"),
        pytest.param("yn yn", Effect.CANNOT_TELL, None, id="two pairs"),
    ],
)
def test_a_success_becomes_a_failure_by_the_flag_every_time(
    shown: str, effect: Effect, deviation: Deviation | None
) -> None:
    sighting = steady_answers([(SAID[pair[0]], SAID[pair[1]]) for pair in shown.split()])
    assert (sighting.effect, sighting.deviation) == (effect, deviation)


def test_unsteady_answers_are_told() -> None:
    told = "YES without, NO with; YES without, NO with; YES without, YES with"
    expected = Sighting(effect=Effect.SEEN, note=told, deviation=Deviation.UNSTEADY)
    assert steady_answers([("YES", "NO"), ("YES", "NO"), ("YES", "YES")]) == expected


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


@pytest.mark.parametrize(
    ("said", "name"),
    [("It was OPEN_A.", "open_a"), ("open_b", "open_b"), ("open_a, open_b", None), ("open", None), ("", None)],
)
def test_a_name_counts_where_it_is_given_alone(said: str, name: str | None) -> None:
    assert named_alone(message(said), ["open_a", "open_b"]) == name


def test_a_name_in_a_thought_or_in_a_call_counts_as_given() -> None:
    thought = message(content=[{"type": "thinking", "thinking": "open_b it was", "signature": "s"}])
    call = message(content=[{"type": "tool_use", "id": "t", "name": "tell", "input": {"name": "open_b"}}])
    assert [named_alone(each, ["open_a", "open_b"]) for each in (thought, call)] == ["open_b", "open_b"]
