"""What an effort and a format of the answer can be seen to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.probing.verdict import Effect
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.simple_fields.output_config import NO_EFFORT, compare_lengths, fits, inside_a_fence, length_of
from tests.core.made_up import RUN, drive, exchange, message, refusal

WANTED = {"berth_k2": "QX-1", "tide_m4": "ZB-2"}
WHOLE = json.dumps(WANTED)


@pytest.mark.parametrize(
    ("text", "seen", "deviation"),
    [
        (WHOLE, True, None),
        (f"\n{WHOLE}\n", True, None),
        (WHOLE.lower(), True, None),
        (json.dumps({**WANTED, "more": 1}), True, Deviation.EXTRA_KEYS),
        (json.dumps({**WANTED, "tide_m4": "another"}), True, Deviation.INCOMPLETE),
        ('{"berth_k2": "QX-1"}', True, Deviation.INCOMPLETE),
        ("{}", True, Deviation.INCOMPLETE),
        (f"```json\n{WHOLE}\n```", True, Deviation.FRAMING),
        (f"```\n{WHOLE}\n```\n", True, Deviation.FRAMING),
        (f"Here it is: {WHOLE}", False, None),
        (f"[{WHOLE}]", False, None),
        ("", False, None),
        ("null", False, None),
        ("[" * 100_000, False, None),
    ],
)
def test_a_form_is_kept_by_the_one_object_that_fits(text: str, seen: bool, deviation: Deviation | None) -> None:
    detection = fits(WANTED)(message(text))
    assert (detection.seen, detection.deviation, detection.void) == (seen, deviation, False)


def test_a_note_says_whether_keys_or_values_are_missing() -> None:
    assert "without the keys" in fits(WANTED)(message("{}")).note
    assert "without the values" in fits(WANTED)(message(json.dumps(dict.fromkeys(WANTED, "x")))).note


def test_json_that_was_cut_at_the_limit_tells_nothing() -> None:
    assert fits(WANTED)(message(WHOLE[:9], stop_reason="max_tokens")).void


@pytest.mark.parametrize(
    ("low", "high", "effect"),
    [
        ([10, 20], [30, 40], Effect.SEEN),
        ([10, 20], [29, 40], Effect.CANNOT_TELL),
        ([30, 40], [10, 20], Effect.CANNOT_TELL),
        ([0, 20], [30, 40], Effect.CANNOT_TELL),
        ([10, 20], [30, 0], Effect.CANNOT_TELL),
    ],
)
def test_an_effort_shows_where_every_answer_is_half_as_long_again(
    low: list[int], high: list[int], effect: Effect
) -> None:
    assert compare_lengths(low, high).effect is effect


def test_an_answer_costs_what_is_counted_or_at_least_its_words() -> None:
    assert length_of(None) == 0
    assert length_of(message("one two three", usage={"output_tokens": 40})) == 40
    assert length_of(message("one two three", usage={"output_tokens": 0})) == 3
    assert length_of(message("one two three", usage=None)) == 3


@pytest.mark.parametrize(
    ("bad", "longer", "status", "reason"),
    [
        (refusal("effort"), True, Status.ACCEPTED, None),
        (refusal("oops", 500), True, Status.ACCEPTED, None),
        (refusal("slow", 429), True, Status.UNTESTED, Reason.CANNOT_TELL),
        (exchange(message()), True, Status.SUPPORTED, None),
        (exchange(message()), False, Status.UNTESTED, Reason.CANNOT_TELL),
    ],
)
def test_an_effort_is_judged_by_a_bad_one_first(
    bad: Exchange, longer: bool, status: Status, reason: Reason | None
) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        config: Any = asked.json.get("output_config") or {}
        if config.get("effort") == NO_EFFORT:
            return bad
        words = "tide " * (90 if longer and config.get("effort") == "high" else 30)
        return exchange(message(words, usage={"input_tokens": 9, "output_tokens": 5}))

    verdict, roles = drive(BY_ID["fields.output_config.effort"].probe(RUN), reply)
    assert (verdict.status, verdict.reason) == (status, reason)
    assert any("effort high" in role for role in roles) == (bad.status == 200)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('\n```\n{"a": 1}```\n', '{"a": 1}'),
        ("``````", ""),
        ("`````", None),
        ('{"a": 1}', None),
        ('Here: ```json\n{"a": 1}\n```', None),
        ("```" + " " * 1_000_000, None),
    ],
)
def test_a_fence_is_around_the_whole_text(text: str, inside: str | None) -> None:
    assert inside_a_fence(text) == inside
