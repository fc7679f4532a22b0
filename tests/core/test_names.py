"""Which tool was called, as the history alone tells: two words are soon guessed, so it must be right every time."""

from __future__ import annotations

import pytest

from conformance.rows.history import look_at_names
from conformance.run import Run
from conformance.verdict import Effect
from tests.core.made_up import drive, exchange, message

RUN = Run(seed=1, model="m")
NAMES = ["open_a2b3", "open_c4d5"]


@pytest.mark.parametrize(
    ("shown", "recalls", "effect"),
    [
        ([(NAMES[0], NAMES[1])] * 3, False, Effect.SEEN),
        ([(NAMES[0], NAMES[1])] * 2, True, Effect.CANNOT_TELL),
        ([(NAMES[0], NAMES[1])] * 2 + [(NAMES[0], NAMES[0])], True, Effect.CANNOT_TELL),
        ([(NAMES[1], NAMES[1])] * 3, True, Effect.ABSENT),
        ([("tool", "tool")] * 3, True, Effect.ABSENT),
        ([("tool", "tool")] * 3, False, Effect.TOO_WEAK),
        ([("", "")] * 3, True, Effect.CANNOT_TELL),
        ([(NAMES[0], " ".join(NAMES))] * 3, True, Effect.CANNOT_TELL),
    ],
)
def test_a_name_is_read_only_when_it_is_given_every_time(
    shown: list[tuple[str, str]], recalls: bool, effect: Effect
) -> None:
    recalled = RUN.nonce("tool_use.input") if recalls else "no idea"
    steps = look_at_names(RUN, [(message(one), message(other)) for one, other in shown], NAMES)
    sighting, _ = drive(steps, lambda role, asked: exchange(message(recalled)))
    assert sighting.effect is effect
