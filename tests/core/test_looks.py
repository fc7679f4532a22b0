"""The looks and tables of rows: pure functions of messages, each line of each table."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.probes import same_shape
from conformance.rows.caching import compare_usage
from conformance.rows.limits import Stop, choose_stop, look_at_limit, look_at_stop
from conformance.rows.sampling import compare_variety
from conformance.rows.server_history import is_unknown
from conformance.rows.thinking import look_at_thinking, thought_tokens
from conformance.status import Deviation
from conformance.verdict import Effect, Sighting
from tests.core.made_up import answered, message, met


@pytest.mark.parametrize(
    ("free", "narrowed", "repeatable", "effect"),
    [
        pytest.param("aaaa", "aaaa", False, Effect.TOO_WEAK, id="one kind"),
        pytest.param("aaaa", "aaaa", True, Effect.TOO_WEAK, id="one kind, repeatable"),
        pytest.param("aabb", "aaaa", False, Effect.TOO_WEAK, id="two kinds"),
        pytest.param("aaaa", "bbbb", False, Effect.TOO_WEAK, id="another kind, but perhaps by chance"),
        pytest.param("aaaa", "bbbb", True, Effect.SEEN, id="a seeded server"),
        pytest.param("aaaa", "bbbc", True, Effect.TOO_WEAK, id="repeatable, but the narrowed ones vary"),
        pytest.param("aabb", "cccc", True, Effect.TOO_WEAK, id="repeatable, but the free ones vary"),
        pytest.param("abcc", "aaaa", False, Effect.SEEN, id="3 to 1"),
        pytest.param("abcd", "aaab", False, Effect.SEEN, id="4 to 2"),
        pytest.param("abcd", "efgh", False, Effect.ABSENT, id="4 to 4"),
        pytest.param("abcc", "abcd", False, Effect.ABSENT, id="3 to 4"),
        pytest.param("abcc", "abcc", False, Effect.ABSENT, id="3 to 3 of 4"),
        pytest.param("abcd", "abcc", False, Effect.CANNOT_TELL, id="4 to 3"),
        pytest.param("abcc", "aabb", False, Effect.CANNOT_TELL, id="3 to 2"),
        pytest.param("abcc", "abccccc", False, Effect.CANNOT_TELL, id="3 to 3 of 7"),
    ],
)
def test_narrowed_answers_are_compared_by_how_many_kinds_there_are(
    free: str, narrowed: str, repeatable: bool, effect: Effect
) -> None:
    assert compare_variety(list(free), list(narrowed), repeatable=repeatable).effect is effect


def test_the_counts_of_kinds_are_told() -> None:
    note = compare_variety(list("abcd"), list("aaaa")).note
    assert re.findall(r"\d+", note) == ["4", "1", "4", "4"]


def cached(read: int | None = None, created: int | None = None) -> dict[str, Any]:
    counts = {"cache_read_input_tokens": read, "cache_creation_input_tokens": created}
    return message(usage={"input_tokens": 5000, "output_tokens": 3, **counts})


def of_length(tokens: int) -> dict[str, Any]:
    return message(usage={"input_tokens": tokens, "output_tokens": 3})


NEVER, WRITTEN, READ = cached(), cached(0, 4800), cached(4800, 0)


@pytest.mark.parametrize(
    ("first", "second", "unmarked", "effect", "deviation"),
    [
        pytest.param(WRITTEN, None, None, Effect.CANNOT_TELL, None, id="no second answer"),
        pytest.param(WRITTEN, READ, READ, Effect.IN_CONTROL, None, id="cached unasked"),
        pytest.param(NEVER, READ, cached(2401), Effect.IN_CONTROL, None, id="more than half is cached unasked"),
        pytest.param(WRITTEN, READ, cached(2400), Effect.SEEN, None, id="a short prefix is cached unasked"),
        pytest.param(WRITTEN, READ, NEVER, Effect.SEEN, None, id="written, then read"),
        pytest.param(READ, READ, NEVER, Effect.SEEN, None, id="read both times"),
        pytest.param(WRITTEN, READ, None, Effect.SEEN, None, id="the unmarked one is not answered"),
        pytest.param(NEVER, READ, NEVER, Effect.SEEN, Deviation.UNREPORTED, id="read, never written"),
        pytest.param(WRITTEN, NEVER, NEVER, Effect.SEEN, Deviation.INCOMPLETE, id="written, never read"),
        pytest.param(WRITTEN, WRITTEN, READ, Effect.SEEN, Deviation.INCOMPLETE, id="written twice"),
        pytest.param(NEVER, NEVER, NEVER, Effect.ABSENT, None, id="nothing reported"),
        pytest.param(WRITTEN, message(), NEVER, Effect.CANNOT_TELL, None, id="a prompt without the marked text"),
        pytest.param(WRITTEN, of_length(999), NEVER, Effect.CANNOT_TELL, None, id="a prompt of 999 tokens"),
        pytest.param(NEVER, of_length(1000), NEVER, Effect.ABSENT, None, id="a prompt of 1,000 tokens"),
        pytest.param(NEVER, of_length(0), NEVER, Effect.ABSENT, None, id="a prompt that is not counted"),
        pytest.param(NEVER, cached(999), NEVER, Effect.ABSENT, None, id="999 tokens read"),
        pytest.param(cached(0, 999), NEVER, NEVER, Effect.ABSENT, None, id="999 tokens written"),
        pytest.param(NEVER, cached(1000), cached(999), Effect.SEEN, Deviation.UNREPORTED, id="1,000 tokens read"),
        pytest.param(message(usage=None), message(usage=None), message(), Effect.ABSENT, None, id="no usage"),
    ],
)
def test_usage_tells_whether_a_marked_prompt_is_cached(
    first: dict[str, Any],
    second: dict[str, Any] | None,
    unmarked: dict[str, Any] | None,
    effect: Effect,
    deviation: Deviation | None,
) -> None:
    sighting = compare_usage(first, second, unmarked)
    assert (sighting.effect, sighting.deviation) == (effect, deviation)


def test_the_note_of_a_cache_names_its_tokens() -> None:
    assert compare_usage(WRITTEN, READ, NEVER) == Sighting(
        effect=Effect.SEEN, note="4800 tokens written, then 4800 read"
    )


def spoken(words: int, reason: str = "end_turn", spent: int | None = 16) -> dict[str, Any]:
    usage = {"input_tokens": 9, "output_tokens": spent}
    return message(" ".join(["word"] * words), stop_reason=reason, usage=usage)


@pytest.mark.parametrize(
    ("given", "longer", "seen", "deviation"),
    [
        pytest.param(spoken(12, "max_tokens"), 60, True, None, id="stopped"),
        pytest.param(spoken(12, "max_tokens", None), 60, True, None, id="stopped, uncounted"),
        pytest.param(spoken(30, "max_tokens", 17), 60, True, Deviation.CLAMPED, id="stopped later"),
        pytest.param(spoken(12), 60, True, Deviation.UNREPORTED, id="cut, unreported"),
        pytest.param(spoken(16), 33, True, Deviation.UNREPORTED, id="16 words of 33"),
        pytest.param(spoken(16), 32, False, None, id="16 words of 32"),
        pytest.param(spoken(17), 60, False, None, id="more words than tokens"),
        pytest.param(spoken(0), 3, True, Deviation.UNREPORTED, id="cut to nothing"),
        pytest.param(spoken(0), 2, False, None, id="nothing to cut"),
        pytest.param(spoken(60, "stop"), 60, False, None, id="not stopped"),
    ],
)
def test_a_limit_is_seen_in_stop_reason_or_in_the_words(
    given: dict[str, Any], longer: int, seen: bool, deviation: Deviation | None
) -> None:
    sight = look_at_limit(given, 16, longer)
    assert (sight.seen, sight.deviation) == (seen, deviation)
    assert bool(sight.missed) is not seen


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
        pytest.param(stopped("ALPHA", which="ZULU"), "ALPHA ", True, Deviation.UNREPORTED, id="the wrong one is said"),
        pytest.param(stopped("ALPHA KILO", "end_turn", None), "ALPHA ", False, None, id="not cut"),
        pytest.param(stopped("ALPHA GOLF", "end_turn", None), "ALPHA ", False, None, id="cut elsewhere"),
        pytest.param(stopped("", "end_turn", None), "", False, None, id="nothing before the word"),
        pytest.param(stopped(" ", "end_turn", None), " ", False, None, id="only a space before the word"),
    ],
)
def test_a_stop_is_seen_in_what_is_reported_or_in_the_cut(
    given: dict[str, Any], before: str, seen: bool, deviation: Deviation | None
) -> None:
    sight = look_at_stop(given, "KILO", before)
    assert (sight.seen, sight.deviation) == (seen, deviation)
    assert bool(sight.missed) is not seen


LINE = ["ALPHA", "GOLF", "KILO", "LIMA", "PAPA"]


@pytest.mark.parametrize(
    ("unstopped", "expected"),
    [
        ("ALPHA GOLF KILO LIMA PAPA", Stop(word="KILO", before="ALPHA GOLF ", said=True)),
        ("Sure: ALPHA GOLF KILO LIMA", Stop(word="KILO", before="Sure: ALPHA GOLF ", said=True)),
        ("ALPHA KILO GOLF LIMA PAPA", Stop(word="KILO", before="", said=False)),
        ("I am a very small model and sorry", Stop(word="very", before="I am a ", said=True)),
        ("am I to be at no or so", Stop(word="KILO", before="", said=False)),
        ("one two three four five six seven", Stop(word="KILO", before="", said=False)),
        ("one two three one two three one two", Stop(word="three", before="one two ", said=True)),
        ("", Stop(word="KILO", before="", said=False)),
    ],
)
def test_the_word_to_stop_at_is_one_that_the_model_says(unstopped: str, expected: Stop) -> None:
    assert choose_stop(unstopped, LINE) == expected


def thinking(**block: Any) -> dict[str, Any]:
    return message(content=[{"type": "thinking", "thinking": "one two", **block}, {"type": "text", "text": "3"}])


def test_thinking_is_seen_in_a_block_and_whole_with_its_signature() -> None:
    assert not look_at_thinking(message()).seen
    assert look_at_thinking(message()).missed == "no thinking block comes"
    signed = look_at_thinking(thinking(signature="abc"))
    assert (signed.seen, signed.deviation) == (True, None)
    for unsigned in (thinking(), thinking(signature=""), thinking(signature=None)):
        sight = look_at_thinking(unsigned)
        assert (sight.seen, sight.deviation) == (True, Deviation.UNSIGNED)


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"output_tokens_details": {"thinking_tokens": 900}}, 900),
        ({"output_tokens_details": {"thinking_tokens": 0}}, 2),
        ({"output_tokens_details": {"thinking_tokens": "900"}}, 2),
        ({"output_tokens_details": 5}, 2),
        ({}, 2),
        (None, 2),
    ],
)
def test_thought_is_counted_as_reported_else_in_words(usage: Any, tokens: int) -> None:
    assert thought_tokens({**thinking(), "usage": usage}) == tokens
    assert thought_tokens(message()) == 0


UNKNOWN = "HTTP 400: zz_field_k7q2: Extra inputs are not permitted"


@pytest.mark.parametrize(
    ("problem", "of_unknown", "same"),
    [
        ("HTTP 400: container: Extra inputs are not permitted", UNKNOWN, True),
        ("HTTP 400: container: container c_12 was not found", UNKNOWN, False),
        ("HTTP 404: container: Extra inputs are not permitted", UNKNOWN, True),
        (
            "HTTP 400: messages.12.content.3: unknown block type container",
            "HTTP 400: messages.0.content.0: unknown block type zz_block_k7q2",
            True,
        ),
        ("HTTP 400: the container has expired", "HTTP 400: unknown field zz_field_k7q2", False),
    ],
)
def test_two_refusals_have_the_same_shape_but_for_names_and_numbers(problem: str, of_unknown: str, same: bool) -> None:
    assert same_shape(problem, of_unknown, ["container"]) is same


def test_the_name_of_the_field_alone_makes_no_difference_however_long_it_is() -> None:
    name = "a_field_with_a_very_long_name_indeed"
    assert same_shape(f"{name} unknown", "zz_x unknown", [name])
    assert not same_shape(f"{name} unknown", "zz_x unknown", [])


def test_a_block_is_unknown_when_it_is_refused_as_an_invented_one_is() -> None:
    stranger = met(400, "unknown content block type zz_block_k7q2")
    assert is_unknown("HTTP 400: unknown content block type mcp_tool_use", stranger, "mcp_tool_use")
    assert not is_unknown("HTTP 400: server_name is required of an mcp_tool_use", stranger, "mcp_tool_use")


def test_where_invented_blocks_are_dropped_a_refusal_that_names_the_block_is_for_the_block() -> None:
    assert is_unknown("HTTP 400: mcp_tool_use is not for this model", answered(), "mcp_tool_use")
    assert not is_unknown("HTTP 400: the context is full", answered(), "mcp_tool_use")
