"""Whether old results were cleared: by the report, by what the model still reads, and by the prompt's length."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.contrast import Contrast
from conformance.probing.verdict import Effect, Finding
from conformance.protocol.answer import Answer, Outcome
from conformance.protocol.status import Deviation
from conformance.rows.simple_fields.context_management import LEAST_FALL, check_report, look_at_report
from tests.core.made_up import counted, exchange, message

CODE = "QX-7731"
SEEN, ABSENT = Finding(effect=Effect.SEEN, note="told"), Finding(effect=Effect.ABSENT, note="untold")


@pytest.mark.parametrize(
    ("report", "seen"),
    [
        ({"applied_edits": [{"type": "clear_tool_uses_20250919", "cleared_tool_uses": 2}]}, True),
        ({"applied_edits": [{"type": "other"}, {"cleared_tool_uses": 1}]}, True),
        ({"applied_edits": [{"cleared_tool_uses": 0}]}, False),
        ({"applied_edits": ["x"]}, False),
        ({"applied_edits": []}, False),
        ({"applied_edits": None}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_report_names_how_many_tool_uses_were_cleared(report: Any, seen: bool) -> None:
    assert look_at_report(message(context_management=report)).seen is seen


def contrast(read: bool, still: bool, fall: int) -> Contrast:
    def answer(tokens: int, says: bool) -> Answer:
        return Answer(outcome=Outcome.ANSWERED, message=counted(tokens, CODE.lower() if says else "?"))

    return Contrast([answer(300, read)], [answer(300 - fall, still)], exchange(message()))


@pytest.mark.parametrize(
    ("told", "read", "still", "fall", "effect", "deviation"),
    [
        (SEEN, True, True, 120, Effect.SEEN, Deviation.IMPLAUSIBLE),
        (SEEN, True, False, LEAST_FALL - 1, Effect.SEEN, Deviation.IMPLAUSIBLE),
        (SEEN, True, False, LEAST_FALL, Effect.SEEN, None),
        (SEEN, False, False, 0, Effect.SEEN, None),
        (ABSENT, True, True, 120, Effect.ABSENT, None),
        (ABSENT, True, False, 0, Effect.ABSENT, None),
        (ABSENT, True, False, LEAST_FALL, Effect.SEEN, Deviation.UNREPORTED),
        (ABSENT, False, False, 120, Effect.SEEN, Deviation.UNREPORTED),
        (ABSENT, False, False, 0, Effect.CANNOT_TELL, None),
    ],
)
def test_a_report_is_held_against_what_is_still_read(
    told: Finding, read: bool, still: bool, fall: int, effect: Effect, deviation: Deviation | None
) -> None:
    found = check_report(told, contrast(read, still, fall), CODE, counted=True)
    assert (found.effect, found.deviation) == (effect, deviation)
    assert found.note.startswith((told.note, "the prompt falls"))


@pytest.mark.parametrize(("told", "effect"), [(SEEN, Effect.SEEN), (ABSENT, Effect.CANNOT_TELL)])
def test_counts_that_do_not_move_say_nothing(told: Finding, effect: Effect) -> None:
    found = check_report(told, contrast(True, False, 0), CODE, counted=False)
    assert (found.effect, found.deviation) == (effect, None)


def test_a_report_that_comes_without_the_field_as_well_is_none() -> None:
    edits = {"applied_edits": [{"type": "clear_tool_uses_20250919", "cleared_tool_uses": 2}]}
    both = [Answer(outcome=Outcome.ANSWERED, message={**counted(300, "?"), "context_management": edits})] * 2
    found = check_report(SEEN, Contrast(both[:1], both[1:], exchange(message())), CODE, counted=True)
    assert (found.effect, found.deviation) == (Effect.SEEN, Deviation.IMPLAUSIBLE)
    assert found.note == f"{SEEN.note}, but without the field as well"


def test_tokens_that_are_told_as_cleared_are_missing_from_the_prompt() -> None:
    asked = contrast(False, False, 0)
    edits = {"applied_edits": [{"cleared_tool_uses": 2, "cleared_input_tokens": LEAST_FALL}]}
    treatment = Answer(outcome=Outcome.ANSWERED, message={**counted(300, "?"), "context_management": edits})
    found = check_report(SEEN, Contrast(asked.control, [treatment], asked.exchange), CODE, counted=True)
    assert (found.effect, found.deviation) == (Effect.SEEN, Deviation.IMPLAUSIBLE)
    assert found.note == f"{SEEN.note}, but the prompt stays as long (300 and 300 tokens)"


def test_what_is_unclear_or_in_one_mode_alone_is_left_as_it_is() -> None:
    for found in (
        Finding(effect=Effect.CANNOT_TELL),
        Finding(effect=Effect.SEEN, deviation=Deviation.ONE_MODE),
    ):
        assert check_report(found, contrast(True, True, 0), CODE, counted=True) is found
