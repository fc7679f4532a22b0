"""What ends an answer: a limit or a stop sequence, what tells of it, and what can be stopped at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.probing.capability import MOST_TRIES
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.simple_fields.limits import (
    LEAST,
    NEVER_SAID,
    SHORT,
    STATIONS,
    Stop,
    choose_stop,
    look_at_limit,
    look_at_stop,
)
from tests.core.made_up import RUN, copied, drive, exchange, message, refusal, streamed, text_stream

UNLIMITED = " ".join(str(n) for n in range(1, 61))


def spoken(words: int, reason: str = "end_turn", spent: int | None = 16) -> dict[str, Any]:
    """The first words of the unlimited answer."""
    usage = {"input_tokens": 9, "output_tokens": spent}
    return message(" ".join(UNLIMITED.split()[:words]), stop_reason=reason, usage=usage)


ELSE = message("I will not count.", stop_reason="end_turn")


@pytest.mark.parametrize(
    ("given", "unlimited", "counted", "seen", "deviation"),
    [
        pytest.param(spoken(12, "max_tokens"), UNLIMITED, True, True, None, id="stopped"),
        pytest.param(spoken(12, "max_tokens", None), UNLIMITED, True, True, None, id="stopped, no count"),
        pytest.param(spoken(16, "max_tokens"), UNLIMITED, True, True, None, id="16 words"),
        pytest.param(spoken(0, "max_tokens"), UNLIMITED, True, True, None, id="stopped before the first word"),
        pytest.param(spoken(12, "max_tokens", 17), UNLIMITED, True, True, Deviation.CLAMPED, id="17 tokens"),
        pytest.param(spoken(12, "max_tokens", 17), UNLIMITED, False, True, None, id="a count that never moves"),
        pytest.param(spoken(17, "max_tokens"), UNLIMITED, True, True, Deviation.CLAMPED, id="17 words, few tokens"),
        pytest.param(spoken(17, "max_tokens", 99), UNLIMITED, False, True, Deviation.CLAMPED, id="17 words, uncounted"),
        pytest.param(spoken(60, "max_tokens"), UNLIMITED, True, True, Deviation.CLAMPED, id="said, but not stopped"),
        pytest.param(spoken(12), UNLIMITED, True, True, Deviation.UNREPORTED, id="cut, unreported"),
        pytest.param(spoken(12), f"\n{UNLIMITED}\n", True, True, Deviation.UNREPORTED, id="cut, white space apart"),
        pytest.param(spoken(16), UNLIMITED, False, True, Deviation.UNREPORTED, id="cut at 16 words"),
        pytest.param(
            spoken(16), "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", True, True, Deviation.UNREPORTED, id="17"
        ),
        pytest.param(spoken(17), UNLIMITED, True, False, None, id="cut at 17 words"),
        pytest.param(spoken(12), " ".join(UNLIMITED.split()[:12]), True, False, None, id="the whole answer"),
        pytest.param(ELSE, UNLIMITED, True, False, None, id="a short answer of another kind"),
        pytest.param(spoken(12), "one two three " * 30, True, False, None, id="not how the long answer begins"),
        pytest.param(spoken(0), UNLIMITED, True, True, Deviation.UNREPORTED, id="cut to nothing"),
        pytest.param(spoken(0), " ", True, False, None, id="nothing to cut"),
        pytest.param(spoken(60, "stop"), UNLIMITED, True, False, None, id="not stopped"),
    ],
)
def test_a_limit_is_seen_in_stop_reason_or_in_the_words(
    given: dict[str, Any], unlimited: str, counted: bool, seen: bool, deviation: Deviation | None
) -> None:
    detection = look_at_limit(given, 16, unlimited, counted=counted)
    assert (detection.seen, detection.deviation) == (seen, deviation)
    assert bool(detection.missed) is not seen


@pytest.mark.parametrize(
    ("words", "void"),
    [pytest.param(0, True, id="none"), (12, True), (16, True), (17, False), (60, False)],
)
def test_an_answer_no_longer_than_the_limit_by_itself_tells_nothing(words: int, void: bool) -> None:
    whole = " ".join(UNLIMITED.split()[:words])
    detection = look_at_limit(spoken(words), 16, whole, counted=True)
    assert (detection.seen, detection.void) == (False, void)
    assert detection.missed == f"{words} words and stop_reason end_turn where max_tokens is 16"


def test_an_answer_in_which_a_limit_is_seen_is_never_void() -> None:
    for given in (spoken(12, "max_tokens"), spoken(17, "max_tokens"), spoken(12)):
        detection = look_at_limit(given, 16, UNLIMITED, counted=True)
        assert (detection.seen, detection.void) == (True, False)


@pytest.mark.parametrize(
    ("spent", "wide", "counted", "seen"),
    [
        pytest.param(16, 35, True, True, id="as many as the limit, more without it"),
        pytest.param(15, 35, True, False, id="fewer"),
        pytest.param(17, 35, True, False, id="more"),
        pytest.param(16, 16, True, False, id="no more without it"),
        pytest.param(16, None, True, False, id="not counted without it"),
        pytest.param(16, 35, False, False, id="a count that does not move"),
    ],
)
def test_an_answer_without_text_is_cut_where_just_the_limit_is_counted(
    spent: int, wide: int | None, counted: bool, seen: bool
) -> None:
    detection = look_at_limit(spoken(0, "end_turn", spent), 16, "", counted=counted, wide=wide)
    assert (detection.seen, detection.deviation) == (seen, Deviation.UNREPORTED if seen else None)
    assert detection.note == ("16 output tokens where max_tokens is 16, but stop_reason is end_turn" if seen else "")


def test_the_note_of_a_clamped_limit_names_what_went_beyond_it() -> None:
    given = [spoken(12, "max_tokens", 17), spoken(20, "max_tokens", 30), spoken(20, "max_tokens", 9)]
    notes = [look_at_limit(each, 16, UNLIMITED, counted=True).note for each in given]
    beyond = ["17 output tokens", "30 output tokens", "20 words"]
    assert notes == [f"{each} where max_tokens is 16" for each in beyond]
    assert look_at_limit(spoken(20, "max_tokens", 16), 16, UNLIMITED, counted=True).note.startswith("20 words")
    assert look_at_limit(given[1], 16, UNLIMITED, counted=False).note == "20 words where max_tokens is 16"


def stopped(text: str, reason: str = "stop_sequence", which: str | None = "KILO") -> dict[str, Any]:
    return message(text, stop_reason=reason, stop_sequence=which)


@pytest.mark.parametrize(
    ("given", "before", "seen", "deviation"),
    [
        pytest.param(stopped("ALPHA GOLF "), "ALPHA GOLF ", True, None, id="stopped and reported"),
        pytest.param(stopped("ALPHA"), "", True, None, id="reported where nothing was known before"),
        pytest.param(stopped("ALPHA KILO"), "ALPHA ", True, Deviation.INCOMPLETE, id="left in the text"),
        pytest.param(stopped("ALPHA", "end_turn", None), "ALPHA ", True, Deviation.UNREPORTED, id="cut, unreported"),
        pytest.param(stopped("ALPHA", "end_turn"), "x", True, Deviation.UNREPORTED, id="another reason"),
        pytest.param(stopped("ALPHA", which=None), "ALPHA ", True, Deviation.UNREPORTED, id="which one is not said"),
        pytest.param(stopped("ALPHA", which="LIMA"), "ALPHA ", True, Deviation.UNREPORTED, id="the wrong one is said"),
        pytest.param(stopped("Sure", which="ZULU"), "ALPHA ", True, None, id="stopped at the other sequence"),
        pytest.param(
            stopped("ALPHA", which="ZULU"), "ALPHA ", True, Deviation.UNREPORTED, id="the other, where this one stood"
        ),
        pytest.param(
            stopped("KILO a", which="ZULU"), "ALPHA ", True, Deviation.INCOMPLETE, id="at the other, too late"
        ),
        pytest.param(stopped("Sure", "end_turn", "ZULU"), "ALPHA ", False, None, id="the other, and another reason"),
        pytest.param(stopped("Sure", which=None), "ALPHA ", True, Deviation.UNREPORTED, id="a reason without a cut"),
        pytest.param(stopped("Sure", which="LIMA"), "", True, Deviation.UNREPORTED, id="a reason, the wrong one"),
        pytest.param(stopped("ALPHA KILO LIMA", which=None), "ALPHA ", False, None, id="a reason, but not cut"),
        pytest.param(stopped("ALPHA KILO LIMA", "end_turn", None), "ALPHA ", False, None, id="not cut"),
        pytest.param(
            stopped("ALPHA KILO LIMA", "end_turn"), "ALPHA ", True, Deviation.INCOMPLETE, id="named, but not cut"
        ),
        pytest.param(
            stopped("ALPHA KILO", which=None), "ALPHA ", True, Deviation.INCOMPLETE, id="cut after it, a reason"
        ),
        pytest.param(
            stopped(" ALPHA KILO ", "end_turn", None), " ALPHA ", True, Deviation.INCOMPLETE, id="cut after it"
        ),
        pytest.param(stopped("KILO", "end_turn", None), "", False, None, id="it alone, nothing known before"),
        pytest.param(stopped("ALPHA GOLF", "end_turn", None), "ALPHA ", False, None, id="cut elsewhere"),
        pytest.param(stopped("", "end_turn", None), "", False, None, id="nothing before the word"),
        pytest.param(stopped(" ", "end_turn", None), " ", False, None, id="only a space before the word"),
    ],
)
def test_a_stop_is_seen_in_what_is_reported_or_in_the_cut(
    given: dict[str, Any], before: str, seen: bool, deviation: Deviation | None
) -> None:
    detection = look_at_stop(given, Stop(word="KILO", before=before, goes_on=True))
    assert (detection.seen, detection.deviation) == (seen, deviation)
    assert bool(detection.missed) is not seen
    assert detection.void is (not seen and "KILO" not in given["content"][0]["text"])


def test_an_answer_that_ends_at_the_word_by_itself_is_not_cut_after_it() -> None:
    ends, told = stopped("ALPHA KILO", "end_turn", None), "stop_reason is end_turn and stop_sequence None"
    assert look_at_stop(ends, Stop(word="KILO", before="ALPHA ")).missed == (
        f"the answer is not cut at the sequence ({told})"
    )
    kept = look_at_stop(ends, Stop(word="KILO", before="ALPHA ", goes_on=True))
    assert kept.note == f"the answer ends at KILO, but the word is left in the text, and {told}"


def test_what_is_missed_of_a_stop_is_told() -> None:
    stop = Stop(word="KILO", before="ALPHA ", goes_on=True)
    notes = [look_at_stop(stopped(text, "end_turn", None), stop).missed for text in ("ALPHA GOLF KILO", "Sure")]
    assert notes == [
        "the answer is not cut at the sequence (stop_reason is end_turn and stop_sequence None)",
        "the answer neither stops at the sequence nor holds it",
    ]


LINE = ["ALPHA", "GOLF", "KILO", "LIMA", "PAPA"]


@pytest.mark.parametrize(
    ("unstopped", "expected"),
    [
        ("ALPHA GOLF KILO LIMA PAPA", Stop(word="KILO", before="ALPHA GOLF ", goes_on=True)),
        ("Sure: ALPHA GOLF KILO LIMA", Stop(word="KILO", before="Sure: ALPHA GOLF ", goes_on=True)),
        ("ALPHA KILO GOLF LIMA PAPA", Stop(word="KILO", before="")),
        ("I am a very small model and sorry", Stop(word="very", before="I am a ", goes_on=True)),
        ("am I to be at no or so", Stop(word="KILO", before="")),
        ("I am a bit too small and no", Stop(word="bit", before="I am a ", goes_on=True)),
        ("I was sorry that it is not so", Stop(word="that", before="I was sorry ", goes_on=True)),
        ("I am the x the long story now", Stop(word="long", before="I am the x the ", goes_on=True)),
        ("I was the x the long story now", Stop(word="the", before="I was ", goes_on=True)),
        ("am I to be at no or last", Stop(word="last", before="am I to be at no or ")),
        ("one two three four five six seven", Stop(word="KILO", before="")),
        ("one two three one two three one two", Stop(word="three", before="one two ", goes_on=True)),
        ("", Stop(word="KILO", before="")),
    ],
)
def test_the_word_to_stop_at_is_one_that_the_model_says(unstopped: str, expected: Stop) -> None:
    assert choose_stop(unstopped, LINE) == expected


NOW_AND_THEN = 3
"""Of eight codes."""


def judged(row: str, copies: int, reply: Callable[[Request], Exchange]) -> Verdict:
    """The row's verdict where the model copies so many codes, and all else meets `reply`; nothing is streamed."""

    return drive(BY_ID[row].probe(RUN), lambda role, asked: copied(role, copies) or reply(asked))[0]


@pytest.mark.parametrize(
    ("tries", "copies", "status", "why"),
    [
        pytest.param([spoken(12, "max_tokens")], 0, Status.SUPPORTED, None, id="stopped"),
        pytest.param([spoken(60)], 8, Status.IGNORED, None, id="never stopped, copies every time"),
        pytest.param([spoken(60)], 3, Status.IGNORED, None, id="never stopped, copies now and then"),
        pytest.param([spoken(60)], 0, Status.IGNORED, None, id="never stopped, never copies"),
        pytest.param([ELSE], 8, Status.IGNORED, None, id="short by itself, but longer than one token"),
        pytest.param([message("OK")], 8, Status.UNTESTED, Reason.MODEL_TOO_WEAK, id="always one word"),
        pytest.param([ELSE, ELSE, spoken(60)], 8, Status.IGNORED, None, id="at last not stopped"),
        pytest.param([ELSE, ELSE, spoken(12, "max_tokens")], 8, Status.SUPPORTED, None, id="at last stopped"),
        pytest.param(
            [spoken(60), spoken(12, "max_tokens")], 8, Status.PARTIAL, Deviation.UNSTEADY, id="now and then stopped"
        ),
    ],
)
def test_a_limit_is_judged_by_the_answers_that_were_long_enough(
    tries: list[dict[str, Any]], copies: int, status: Status, why: Reason | Deviation | None
) -> None:
    def reply(asked: Request) -> Exchange:
        limited = asked.json["max_tokens"] in (SHORT, LEAST)
        return exchange(tries[min(asked.attempt, len(tries) - 1)] if limited else spoken(60))

    verdict = judged("fields.max_tokens", copies, reply)
    assert (verdict.status, verdict.reason or verdict.deviation) == (status, why)


@pytest.mark.parametrize(
    ("at_one", "status"),
    [
        (spoken(1, "max_tokens"), Status.SUPPORTED),
        (spoken(5), Status.IGNORED),
        (spoken(5, "max_tokens"), Status.PARTIAL),
    ],
)
def test_a_model_that_answers_shortly_is_asked_for_a_single_token(at_one: dict[str, Any], status: Status) -> None:
    def reply(asked: Request) -> Exchange:
        return exchange(at_one if asked.json["max_tokens"] == LEAST else spoken(5))

    assert judged("fields.max_tokens", 0, reply).status is status


WORDS = RUN.pick("stop", STATIONS, 5)
REPEATED = " ".join(WORDS)
OTHER = "I am a rather small model and know nothing of it"


def stop_sequences(*unstopped: str | None, copies: int, stops: bool = True) -> tuple[Verdict, list[str], list[int]]:
    """What is decided where the prompt gets these words try by try, and the last of them ever after (None is a
    refusal), where the model copies so many codes, and where the endpoint stops or does not; the sequences that it was
    told to stop at, and the tries with none."""
    sequences: list[str] = []
    attempts: set[int] = set()

    def reply(asked: Request) -> Exchange:
        words = unstopped[min(asked.attempt, len(unstopped) - 1)]
        if "stop_sequences" not in asked.json:
            attempts.add(asked.attempt)
        if words is None:
            return refusal()
        sequences[:] = asked.json.get("stop_sequences", sequences)
        before, found, _ = words.partition(sequences[1]) if sequences else (words, "", "")
        if "stop_sequences" in asked.json and stops and found:
            return exchange(message(before, stop_reason="stop_sequence", stop_sequence=sequences[1]))
        return exchange(message(words))

    verdict = judged("fields.stop_sequences", copies, reply)
    return verdict, sequences, sorted(attempts)


TWICE, OFTEN = [0, 1], list(range(MOST_TRIES))
MIDDLE, OWN = [NEVER_SAID, WORDS[2]], [NEVER_SAID, "rather"]
LATE = (OTHER, *["?"] * (MOST_TRIES - 2), REPEATED)


@pytest.mark.parametrize(
    ("unstopped", "copies", "word", "attempts"),
    [
        pytest.param((REPEATED,), 8, MIDDLE, [0], id="repeats the line"),
        pytest.param((f"Sure: {REPEATED}",), 0, MIDDLE, [0], id="repeats the line among words"),
        pytest.param((OTHER, REPEATED), 8, MIDDLE, TWICE, id="repeats it the second time"),
        pytest.param((OTHER, "?", REPEATED), 8, MIDDLE, TWICE, id="says another thing each time"),
        pytest.param((OTHER, OTHER, REPEATED), 8, OWN, TWICE, id="says the same twice"),
        pytest.param((OTHER,), 0, OWN, TWICE, id="always says the same"),
        pytest.param((OTHER, None), 8, MIDDLE, TWICE, id="is not answered again"),
        pytest.param(LATE, NOW_AND_THEN, MIDDLE, OFTEN, id="copies now and then, repeats the line at last"),
        pytest.param((OTHER,), NOW_AND_THEN, OWN, OFTEN, id="copies now and then, always says the same"),
        pytest.param((OTHER, OTHER, "?"), NOW_AND_THEN, MIDDLE, OFTEN, id="copies now and then, says other things"),
    ],
)
def test_what_is_stopped_at_is_what_the_model_says_when_nothing_stops_it(
    unstopped: tuple[str | None, ...], copies: int, word: list[str], attempts: list[int]
) -> None:
    assert stop_sequences(*unstopped, copies=copies)[1:] == (word, attempts)


WEAK = Reason.MODEL_TOO_WEAK


@pytest.mark.parametrize(
    ("unstopped", "copies", "stops", "status", "reason"),
    [
        pytest.param((REPEATED,), 0, True, Status.SUPPORTED, None, id="stopped in the line"),
        pytest.param((OTHER,), 0, True, Status.SUPPORTED, None, id="stopped in words of its own"),
        pytest.param(LATE, NOW_AND_THEN, True, Status.SUPPORTED, None, id="stopped at last"),
        pytest.param((REPEATED,), 8, False, Status.IGNORED, None, id="not stopped, copies every time"),
        pytest.param((REPEATED,), NOW_AND_THEN, False, Status.UNTESTED, WEAK, id="not stopped, copies now and then"),
        pytest.param((REPEATED,), 0, False, Status.UNTESTED, WEAK, id="not stopped, never copies"),
        pytest.param((OTHER,), 0, False, Status.UNTESTED, WEAK, id="not stopped in words of its own, never copies"),
        pytest.param((OTHER, "?"), 8, False, Status.UNTESTED, WEAK, id="never says the word"),
        pytest.param((None,), 8, True, Status.UNTESTED, Reason.CONTROL_REFUSED, id="is not answered"),
    ],
)
def test_a_stop_is_judged_by_the_answers_that_could_have_held_the_word(
    unstopped: tuple[str | None, ...], copies: int, stops: bool, status: Status, reason: Reason | None
) -> None:
    verdict, _, _ = stop_sequences(*unstopped, copies=copies, stops=stops)
    assert (verdict.status, verdict.reason) == (status, reason)


@pytest.mark.parametrize(
    ("spent", "status"),
    [
        pytest.param(99, Status.PARTIAL, id="counted"),
        pytest.param(17, Status.SUPPORTED, id="the same for every answer"),
    ],
)
def test_output_tokens_go_beyond_a_limit_only_where_they_move_with_the_answer(spent: int, status: Status) -> None:
    def reply(asked: Request) -> Exchange:
        short = asked.json["max_tokens"] == SHORT
        return exchange(spoken(12, "max_tokens", 17) if short else spoken(60, spent=spent))

    assert judged("fields.max_tokens", 8, reply).status is status


@pytest.mark.parametrize(
    ("copies", "why"), [(8, (Status.PARTIAL, Deviation.ONE_MODE)), (NOW_AND_THEN, (Status.SUPPORTED, None))]
)
def test_what_a_stream_does_not_end_is_a_finding_of_a_model_that_copies_every_time(
    copies: int, why: tuple[Status, Deviation | None]
) -> None:
    def unlimited(asked: Request) -> Exchange:
        if asked.json.get("stream"):
            return streamed(text_stream(UNLIMITED))
        return exchange(spoken(12, "max_tokens") if asked.json["max_tokens"] == SHORT else spoken(60))

    def unstopped(asked: Request) -> Exchange:
        if asked.json.get("stream"):
            return streamed(text_stream(REPEATED))
        if "stop_sequences" not in asked.json:
            return exchange(message(REPEATED))
        word = asked.json["stop_sequences"][1]
        return exchange(stopped(REPEATED.partition(word)[0], which=word))

    for row, reply in (("fields.max_tokens", unlimited), ("fields.stop_sequences", unstopped)):
        verdict = judged(row, copies, reply)
        assert (verdict.status, verdict.deviation) == why
