"""The looks and tables of rows: pure functions of messages, each line of each table."""

from __future__ import annotations

import re
from typing import Any

import pytest

from conformance.probing.contrast import Message
from conformance.probing.refusals import same_shape
from conformance.probing.verdict import Effect, Finding
from conformance.protocol.status import Deviation
from conformance.rows.content.server_tool_turns import is_unknown
from conformance.rows.shared.caching import compare_usage
from conformance.rows.simple_fields.model import same_model
from conformance.rows.simple_fields.sampling import compare_variety, numbers_in
from conformance.rows.simple_fields.thinking import look_at_thinking, thought_tokens
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
        pytest.param("abcc", "aabb", False, Effect.SEEN, id="3 to 2"),
        pytest.param("abcc", "aaaaaabb", False, Effect.SEEN, id="3 to 2 of 8"),
        pytest.param("abcd", "abcc", False, Effect.ABSENT, id="4 to 3 of 4"),
        pytest.param("abcd", "abcdefgh", False, Effect.ABSENT, id="4 to 8 of 8"),
        pytest.param("abcd", "abcdefgg", False, Effect.ABSENT, id="4 to 7 of 8"),
        pytest.param("abcd", "abcdefff", False, Effect.CANNOT_TELL, id="4 to 6 of 8"),
        pytest.param("abcd", "aaaaaabc", False, Effect.CANNOT_TELL, id="4 to 3 of 8"),
        pytest.param("abcc", "abcccccc", False, Effect.CANNOT_TELL, id="3 to 3 of 8"),
    ],
)
def test_narrowed_answers_are_compared_by_how_many_kinds_there_are(
    free: str, narrowed: str, repeatable: bool, effect: Effect
) -> None:
    assert compare_variety(list(free), list(narrowed), repeatable=repeatable).effect is effect


def test_the_counts_of_kinds_are_told() -> None:
    note = compare_variety(list("abcd"), list("aaaa")).note
    assert re.findall(r"\d+", note) == ["4", "1", "4", "4"]


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        ([], []),
        (["123456"], ["123456"]),
        (["123456789", "987654321"], ["123456789", "987654321"]),
        (["Sure! It is **48213977**."], ["48213977"]),
        (["482,139,775", "482 139 775", "482-139-775", "482_139_775"], ["482139775"] * 4),
        (["482139, or else 771200"], ["482139"]),
        (["1 or 2? I take 482139"], ["482139"]),
        (["12345"], None),
        (["123456", "I cannot do that"], None),
        (["", "123456"], None),
    ],
)
def test_the_number_of_every_answer_is_found_however_it_is_written(texts: list[str], numbers: list[str] | None) -> None:
    assert numbers_in(texts) == numbers


def cached(read: int | None = None, created: int | None = None) -> dict[str, Any]:
    counts = {"cache_read_input_tokens": read, "cache_creation_input_tokens": created}
    return message(id=None, usage={"input_tokens": 5000, "output_tokens": 3, **counts})


def of_length(tokens: int) -> dict[str, Any]:
    return message(id=None, usage={"input_tokens": tokens, "output_tokens": 3})


def named(name: Any, given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "id": name}


NEVER, WRITTEN, READ = cached(), cached(0, 4800), cached(4800, 0)


BARE = message(id=None, usage=None)
SHORT_READ = message(id=None, usage={"input_tokens": 99, "cache_read_input_tokens": 900})
UNCOUNTED = message(id=None, usage={"cache_read_input_tokens": 4800})


@pytest.mark.parametrize(
    ("first", "later", "unmarked", "effect", "deviation"),
    [
        pytest.param(WRITTEN, [], [], Effect.CANNOT_TELL, None, id="no later answer"),
        pytest.param(WRITTEN, [], [READ], Effect.CANNOT_TELL, None, id="only unmarked ones later"),
        pytest.param(named("m1", WRITTEN), [named("m1", WRITTEN)], [], Effect.CANNOT_TELL, None, id="the same answer"),
        pytest.param(
            named("m1", WRITTEN), [named("m2", NEVER), named("m1", WRITTEN)], [], Effect.CANNOT_TELL, None, id="third"
        ),
        pytest.param(named("m1", WRITTEN), [named("m2", READ)], [], Effect.SEEN, None, id="another answer"),
        pytest.param(named("m1", WRITTEN), [named("m1", READ)], [], Effect.SEEN, None, id="one id for all answers"),
        pytest.param(named("", WRITTEN), [named("", READ)], [], Effect.SEEN, None, id="empty ids are no name"),
        pytest.param(WRITTEN, [of_length(10)], [], Effect.CANNOT_TELL, None, id="a prompt without the marked text"),
        pytest.param(WRITTEN, [of_length(999)], [], Effect.CANNOT_TELL, None, id="a prompt of 999 tokens"),
        pytest.param(NEVER, [SHORT_READ], [], Effect.CANNOT_TELL, None, id="999 tokens with what is read"),
        pytest.param(NEVER, [of_length(1000)], [], Effect.ABSENT, None, id="a prompt of 1,000 tokens"),
        pytest.param(NEVER, [of_length(0)], [], Effect.CANNOT_TELL, None, id="a prompt of no tokens"),
        pytest.param(WRITTEN, [BARE], [], Effect.CANNOT_TELL, None, id="no usage"),
        pytest.param(WRITTEN, [UNCOUNTED], [], Effect.CANNOT_TELL, None, id="a prompt that is not counted"),
        pytest.param(WRITTEN, [READ], [READ], Effect.IN_CONTROL, None, id="cached unasked"),
        pytest.param(NEVER, [READ], [NEVER, READ], Effect.IN_CONTROL, None, id="cached unasked the third time"),
        pytest.param(WRITTEN, [READ], [cached(1000)], Effect.IN_CONTROL, None, id="1,000 tokens cached unasked"),
        pytest.param(WRITTEN, [READ], [cached(999)], Effect.SEEN, None, id="999 tokens cached unasked"),
        pytest.param(WRITTEN, [READ], [NEVER, NEVER], Effect.SEEN, None, id="written, then read"),
        pytest.param(WRITTEN, [NEVER, WRITTEN, READ], [NEVER], Effect.SEEN, None, id="written, read the fourth time"),
        pytest.param(READ, [READ], [NEVER], Effect.SEEN, None, id="read every time"),
        pytest.param(WRITTEN, [READ], [], Effect.SEEN, None, id="the unmarked one is not answered"),
        pytest.param(NEVER, [READ], [NEVER], Effect.SEEN, Deviation.UNREPORTED, id="read, never written"),
        pytest.param(cached(0, 999), [READ], [NEVER], Effect.SEEN, Deviation.UNREPORTED, id="999 written, then read"),
        pytest.param(NEVER, [cached(1000)], [], Effect.SEEN, Deviation.UNREPORTED, id="1,000 tokens read"),
        pytest.param(WRITTEN, [NEVER] * 3, [], Effect.SEEN, Deviation.INCOMPLETE, id="written, never read"),
        pytest.param(WRITTEN, [WRITTEN] * 3, [], Effect.SEEN, Deviation.INCOMPLETE, id="written every time"),
        pytest.param(WRITTEN, [WRITTEN], [READ], Effect.SEEN, Deviation.INCOMPLETE, id="read unmarked alone"),
        pytest.param(cached(0, 1000), [NEVER], [], Effect.SEEN, Deviation.INCOMPLETE, id="1,000 tokens written"),
        pytest.param(NEVER, [NEVER], [], Effect.ABSENT, None, id="nothing reported"),
        pytest.param(NEVER, [cached(999)], [], Effect.ABSENT, None, id="999 tokens read"),
        pytest.param(cached(0, 999), [NEVER], [], Effect.ABSENT, None, id="999 tokens written"),
        pytest.param(READ, [NEVER], [], Effect.ABSENT, None, id="read the first time alone"),
    ],
)
def test_usage_tells_whether_a_marked_prompt_is_cached(
    first: dict[str, Any],
    later: list[Message],
    unmarked: list[Message],
    effect: Effect,
    deviation: Deviation | None,
) -> None:
    finding = compare_usage(first, later, unmarked, short=0)
    assert (finding.effect, finding.deviation) == (effect, deviation)
    assert finding.note


@pytest.mark.parametrize(("tokens", "short", "effect"), [(1500, 500, Effect.ABSENT), (1500, 501, Effect.CANNOT_TELL)])
def test_a_count_is_of_the_marked_text_where_it_goes_beyond_that_of_a_bare_message(
    tokens: int, short: int, effect: Effect
) -> None:
    assert compare_usage(NEVER, [of_length(tokens)], [], short=short).effect is effect


def test_the_note_of_a_cache_names_its_tokens() -> None:
    assert compare_usage(WRITTEN, [cached(1200), READ], [NEVER], short=0) == Finding(
        effect=Effect.SEEN, note="4800 tokens written, then 4800 read"
    )
    unasked = compare_usage(WRITTEN, [READ], [cached(1000), cached(2000)], short=0)
    assert unasked.note == "the same prompt is cached without the marker as well (2000 tokens read)"
    unread = compare_usage(WRITTEN, [NEVER] * 3, [], short=0)
    assert unread.note == "4800 tokens are written the first time, but none are read in 3 tries"


def thinking(**block: Any) -> dict[str, Any]:
    return message(content=[{"type": "thinking", "thinking": "one two", **block}, {"type": "text", "text": "3"}])


def test_thinking_is_seen_in_a_block_and_whole_with_its_signature() -> None:
    assert not look_at_thinking(message()).seen
    assert look_at_thinking(message()).missed == "no thinking block comes"
    signed = look_at_thinking(thinking(signature="abc"))
    assert (signed.seen, signed.deviation) == (True, None)
    for unsigned in (thinking(), thinking(signature=""), thinking(signature=None)):
        detection = look_at_thinking(unsigned)
        assert (detection.seen, detection.deviation) == (True, Deviation.UNSIGNED)


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


@pytest.mark.parametrize(
    "words",
    [
        "mcp_tool_use has no pair",
        "mcp_tool_result without its mcp_tool_use",
        "no corresponding mcp_tool_use block",
        "the result of mcp_tool_use is missing",
        "a result must follow the mcp_tool_use",
        "no result Matches the mcp_tool_use",
        "a result is preceded by an mcp_tool_use",
        "mcp_tool_use ids must be answered immediately",
    ],
)
def test_where_invented_blocks_are_dropped_a_refusal_for_the_dropped_companion_is_not_for_the_block(words: str) -> None:
    assert not is_unknown(f"HTTP 400: {words}", answered(), "mcp_tool_use")


def test_where_invented_blocks_are_refused_words_of_pairing_change_nothing() -> None:
    stranger = met(400, "zz_block_k7q2 does not match any of the expected tags")
    assert is_unknown("HTTP 400: mcp_tool_use does not match any of the expected tags", stranger, "mcp_tool_use")


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("tiny-1", "tiny-1"),
        ("Tiny-1", "tiny-1"),
        ("tiny-1", "tiny-1-20250929"),
        ("tiny-1-20250929", "tiny-1"),
        ("tiny-1-latest", "tiny-1-20250929"),
        ("tiny-1:latest", "tiny-1"),
        ("tiny-1", "tiny-1@20250929"),
        ("tiny-1", "tiny-1@2025-09-29"),
        ("tiny-1", "vendor/tiny-1"),
        ("vendor/tiny-1", "tiny-1"),
        ("vendor/tiny-1", "other/deep/Tiny-1-20250929"),
        ("vendor/tiny-1:free", "tiny-1"),
        ("tiny:7b", "tiny:7b"),
    ],
)
def test_an_alias_a_date_and_a_prefix_do_not_make_another_model(asked: str, served: str) -> None:
    assert same_model(asked, served)


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("tiny-7b", "tiny-14b"),
        ("tiny-1", "tiny-1-mini"),
        ("tiny-1-mini", "tiny-1"),
        ("tiny-1", "tiny-2"),
        ("tiny-1", "tiny-1.5"),
        ("tiny", "tiny-4k"),
        ("vendor/tiny-1", "vendor/great-1"),
        ("tiny-1-20250929", "tiny-2-20250929"),
        ("tiny-1", ""),
        ("tiny-1", "latest"),
    ],
)
def test_another_size_or_version_of_the_family_is_another_model(asked: str, served: str) -> None:
    assert not same_model(asked, served)
