"""How an effect is looked for: again after a miss, the more often the less steady the model is, and in both modes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from conformance.probing.capability import MOST_TRIES, AskCapability, by_itself
from conformance.probing.contrast import Contrast
from conformance.probing.detection import (
    TRIES,
    UNSTREAMED,
    Detection,
    look_for,
    unless_unsteady,
)
from conformance.probing.run import Dialect
from conformance.probing.verdict import Effect, Finding
from conformance.protocol.answer import read_answer, text_of
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation
from tests.core.made_up import RUN, ask_capability, counted, drive, exchange, message, refusal

TREATMENT = RUN.message("treated")
STEADY, UNSTEADY, NEVER, UNASKED = (
    ask_capability(8),
    ask_capability(5),
    ask_capability(0),
    ask_capability(4, 4, unanswered=4),
)


def detect(message: Mapping[str, Any]) -> Detection:
    """The effect of these tests: the answer says yes; one that says nothing could not have shown it."""
    said = text_of(message)
    deviation = Deviation.CLAMPED if "but" in said else None
    missed = f"missed in {said or 'nothing'}"
    return Detection(seen="yes" in said, note=said, missed=missed, deviation=deviation, void=not said)


def looked_for(
    control: str,
    *tries: str | None,
    capability: AskCapability = STEADY,
    always: bool = False,
    against_control: bool = True,
    rest: str | None = "unasked",
) -> Finding:
    """The sighting where the tries are answered with these words, and all further ones with `rest`; None is a refusal.
    Without `rest` just these tries are asked."""

    def answer(said: str | None) -> Exchange:
        return refusal() if said is None else exchange(message(said))

    first = answer(tries[0])
    contrast = Contrast([read_answer(exchange(message(control)))], [read_answer(first)], first)
    steps = look_for(
        RUN, contrast, TREATMENT, detect, ask_capability=capability, always=always, against_control=against_control
    )
    attempts: list[int] = []

    def reply(role: str, asked: Request) -> Exchange:
        assert (role, asked.again(0)) == ("with the field", TREATMENT)
        attempts.append(asked.attempt)
        return answer(tries[asked.attempt] if asked.attempt < len(tries) else rest)

    finding, _ = drive(steps, reply)
    assert attempts == list(range(1, len(tries) if rest == "unasked" else MOST_TRIES))
    return finding


CLAMPED = Finding(effect=Effect.SEEN, note="yes but", deviation=Deviation.CLAMPED)
UNANSWERED = "most of the questions whether this model obeys were not answered"
ANY_SKILL = pytest.mark.parametrize(
    "capability", [STEADY, UNSTEADY, NEVER, UNASKED], ids=["steady", "unsteady", "never", "not answered"]
)


NOT_MISSING = pytest.mark.parametrize(
    "capability", [STEADY, UNSTEADY, UNASKED], ids=["steady", "unsteady", "not answered"]
)


@ANY_SKILL
def test_an_effect_that_is_seen_at_once_is_seen(capability: AskCapability) -> None:
    assert looked_for("no", "yes", capability=capability) == Finding(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "yes", capability=capability, always=True) == Finding(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "yes but", capability=capability, always=True) == CLAMPED


@NOT_MISSING
def test_a_flawed_showing_is_asked_again_and_one_clean_showing_outweighs_it(capability: AskCapability) -> None:
    assert looked_for("no", "yes but", "yes", capability=capability) == Finding(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "no", "yes but", "yes", capability=capability) == Finding(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "yes but", "no", "yes but again", capability=capability) == CLAMPED
    assert looked_for("no", "yes but", None, "no", capability=capability) == CLAMPED


@NOT_MISSING
def test_an_effect_that_is_seen_without_the_field_as_well_is_not_attributed(capability: AskCapability) -> None:
    in_control = Finding(effect=Effect.IN_CONTROL, note="the same is seen without the field")
    assert looked_for("yes", "yes", capability=capability) == in_control
    assert looked_for("yes", "no", "yes", capability=capability) == in_control
    assert looked_for("yes", "yes", capability=capability, against_control=False).effect is Effect.SEEN
    assert looked_for("yes", "no", "yes", capability=capability, against_control=False).effect is Effect.SEEN


def test_an_effect_that_comes_and_goes_with_and_without_the_field_is_not_attributed() -> None:
    assert looked_for("yes", "no", "yes", "no", always=True).effect is Effect.IN_CONTROL
    assert looked_for("yes", "no", "no", "no", "yes", capability=UNSTEADY).effect is Effect.IN_CONTROL


@NOT_MISSING
def test_one_showing_after_a_miss_is_enough_where_it_need_not_hold_always(capability: AskCapability) -> None:
    for tries in (("no", "yes"), ("no", None, "yes"), ("", "yes"), ("no", "no", "yes")):
        assert looked_for("no", *tries, capability=capability) == Finding(effect=Effect.SEEN, note="yes")


@pytest.mark.parametrize("capability", [STEADY, UNASKED], ids=["steady", "not answered"])
def test_a_mixed_result_is_unsteady_where_it_must_hold_always(capability: AskCapability) -> None:
    expected = Finding(effect=Effect.SEEN, note="seen in 1 of 3 tries", deviation=Deviation.UNSTEADY)
    assert looked_for("no", "no", "yes", "no", capability=capability, always=True) == expected
    assert looked_for("no", "no", "yes", None, capability=capability, always=True).note == "seen in 1 of 2 tries"
    assert looked_for("no", "no", "yes", "", capability=capability, always=True).note == "seen in 1 of 2 tries"
    assert looked_for("no", "", "yes but", "no", capability=capability, always=True).note == "seen in 1 of 2 tries"


def test_what_must_hold_always_is_looked_for_further_where_the_model_is_unsteady() -> None:
    mixed = looked_for("no", "no", "yes", "yes", capability=UNSTEADY, always=True, rest="yes")
    expected = Finding(
        effect=Effect.SEEN, note=f"seen in {MOST_TRIES - 1} of {MOST_TRIES} tries", deviation=Deviation.UNSTEADY
    )
    assert mixed == expected
    late = looked_for("no", "no", "no", "no", "yes", capability=UNSTEADY, always=True, rest="no")
    assert late.note == f"seen in 1 of {MOST_TRIES} tries"


@ANY_SKILL
def test_an_answer_in_which_nothing_could_be_seen_is_no_miss_where_the_effect_must_hold_always(
    capability: AskCapability,
) -> None:
    assert looked_for("no", "", "yes", "", capability=capability, always=True) == Finding(
        effect=Effect.SEEN, note="yes"
    )
    assert looked_for("no", "", "", "yes but", capability=capability, always=True) == CLAMPED


def test_an_effect_that_a_steady_model_misses_every_time_is_absent_after_three_tries() -> None:
    absent = Finding(effect=Effect.ABSENT, note="missed in no")
    for always in (False, True):
        assert looked_for("no", "no", "no", "no", always=always) == absent
        assert looked_for("yes", "no", "no", "no", always=always) == absent
        assert looked_for("no", "no", None, None, always=always) == absent
        assert looked_for("no", "", "no", "", always=always) == absent


def test_an_effect_that_needs_no_skill_is_absent_after_three_tries() -> None:
    assert TRIES == 3
    assert looked_for("no", "no", "no", "no", capability=by_itself).effect is Effect.ABSENT


@pytest.mark.parametrize("always", [False, True])
def test_an_effect_that_a_model_misses_which_never_shows_its_skill_is_its_own_doing_at_once(
    always: bool,
) -> None:
    note = "missed in no, but this model is not shown able to show it"
    expected = Finding(effect=Effect.TOO_WEAK, note=note)
    assert looked_for("no", "no", capability=NEVER, always=always) == expected
    assert looked_for("yes", "no", capability=NEVER, always=always) == expected


def test_what_a_model_that_never_shows_its_skill_writes_nothing_for_is_asked_again() -> None:
    assert looked_for("no", "", "yes", capability=NEVER) == Finding(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "yes but", "yes", capability=NEVER) == Finding(effect=Effect.SEEN, note="yes")


@pytest.mark.parametrize("always", [False, True])
def test_an_effect_that_a_model_misses_of_which_little_is_known_cannot_be_told(always: bool) -> None:
    expected = Finding(effect=Effect.CANNOT_TELL, note=f"missed in no, but {UNANSWERED}")
    assert looked_for("no", "no", "no", "no", capability=UNASKED, always=always) == expected


@pytest.mark.parametrize("always", [False, True])
def test_an_effect_that_an_unsteady_model_misses_is_its_own_doing_after_the_most_tries(always: bool) -> None:
    expected = Finding(effect=Effect.TOO_WEAK, note="missed in no, but this model obeys in 5 of 8 tries")
    assert looked_for("no", "no", "no", "no", capability=UNSTEADY, always=always, rest="no") == expected
    assert looked_for("no", "no", None, "", capability=UNSTEADY, always=always, rest="") == expected


def test_an_unsteady_model_is_asked_until_it_shows_the_effect_once() -> None:
    clean = Finding(effect=Effect.SEEN, note="yes")
    assert looked_for("no", "no", "no", "no", "yes", capability=UNSTEADY) == clean
    assert looked_for("no", "no", "no", "no", "no", "yes but", "no", None, "yes", capability=UNSTEADY) == clean
    assert looked_for("no", "no", "no", "no", *["no"] * (MOST_TRIES - 5), "yes", capability=UNSTEADY) == clean
    assert looked_for("no", "no", "no", "no", "yes but", capability=UNSTEADY, rest="no") == CLAMPED


@pytest.mark.parametrize("always", [False, True])
@pytest.mark.parametrize(
    ("capability", "rest"),
    [(STEADY, "unasked"), (NEVER, "unasked"), (UNSTEADY, "")],
    ids=["steady", "never", "unsteady"],
)
def test_where_no_answer_could_have_shown_the_effect_the_model_is_too_weak(
    capability: AskCapability, rest: str, always: bool
) -> None:
    expected = Finding(effect=Effect.TOO_WEAK, note="missed in nothing")
    assert looked_for("no", "", "", "", capability=capability, always=always, rest=rest) == expected


def test_what_is_told_of_a_miss_is_told_of_an_answer_that_could_have_shown_the_effect() -> None:
    assert looked_for("no", "", "no", "nope").note == "missed in no"


def test_a_miss_that_nothing_is_told_of_is_told_all_the_same() -> None:
    given = exchange(message("no"))
    contrast = Contrast([read_answer(given)], [read_answer(given)], given)
    steps = look_for(RUN, contrast, TREATMENT, lambda message: Detection(seen=False))
    assert drive(steps, lambda role, asked: given)[0] == Finding(effect=Effect.ABSENT, note="no effect is seen")


@pytest.mark.parametrize(("growth", "effect"), [(0, Effect.ABSENT), (300, Effect.CANNOT_TELL)])
@pytest.mark.parametrize("own", [True, False])
def test_a_miss_is_explained_by_the_growth_of_the_prompt_of_the_pair_or_of_another_that_differs_by_the_whole_field(
    own: bool, growth: int, effect: Effect
) -> None:
    def pair_that_grows(by: int) -> Contrast:
        treatment = exchange(counted(100 + by))
        return Contrast([read_answer(exchange(counted(100)))], [read_answer(treatment)], treatment)

    contrast, growth_of = (pair_that_grows(growth), None) if own else (pair_that_grows(50), pair_that_grows(growth))
    totals = {"baseline": 10, "a longer prompt": 110, "a long field that is no prompt": 10}
    steps = look_for(RUN, contrast, TREATMENT, detect, ask_capability=STEADY, grows=30, growth=growth_of)
    assert drive(steps, lambda role, asked: exchange(counted(totals.get(role, 100))))[0].effect is effect


@pytest.mark.parametrize(
    ("growth", "always", "tries", "asked"),
    [
        pytest.param(0, False, 3, 1, id="the prompt does not grow"),
        pytest.param(9, False, 3, 1, id="it grows by less than a third"),
        pytest.param(10, False, 3, 2, id="it grows"),
        pytest.param(0, True, 3, 2, id="the effect must hold always"),
        pytest.param(0, False, 2, 0, id="a stream follows, and the prompt does not grow"),
        pytest.param(10, False, 2, 1, id="a stream follows"),
    ],
)
def test_what_is_not_in_the_prompt_is_looked_for_once_less(growth: int, always: bool, tries: int, asked: int) -> None:
    treatment = exchange(counted(100 + growth))
    contrast = Contrast([read_answer(exchange(counted(100)))], [read_answer(treatment)], treatment)
    totals = {"baseline": 10, "a longer prompt": 110, "a long field that is no prompt": 10}
    steps = look_for(RUN, contrast, TREATMENT, detect, ask_capability=STEADY, grows=30, always=always, tries=tries)
    _, roles = drive(steps, lambda role, _: exchange(counted(totals.get(role, 100 + growth))))
    assert roles.count("with the field") == asked


def test_where_every_request_is_streamed_no_stream_follows() -> None:
    streaming = replace(RUN, dialect=Dialect(streamed=True))
    given = exchange(message("no"))
    contrast = Contrast([read_answer(given)], [read_answer(given)], given)
    _, roles = drive(
        look_for(streaming, contrast, TREATMENT, detect, ask_capability=STEADY, tries=UNSTREAMED),
        lambda role, asked: given,
    )
    assert len(roles) == TRIES - 1


@pytest.mark.parametrize("effect", [Effect.SEEN, Effect.ABSENT, Effect.IN_CONTROL])
@pytest.mark.parametrize("deviation", [None, Deviation.UNSTEADY])
def test_what_a_few_tries_show_proves_nothing_of_a_model_that_is_not_steady(
    effect: Effect, deviation: Deviation | None
) -> None:
    told = Finding(effect=effect, note="seen", deviation=deviation)

    def becomes(capability: AskCapability, finding: Finding = told) -> Finding:
        return drive(unless_unsteady(RUN, finding, capability), lambda role, asked: refusal())[0]

    weak, obeys = "this model is not shown able to show it", "this model obeys in 5 of 8 tries"
    assert becomes(STEADY) == told
    assert becomes(UNSTEADY) == Finding(effect=Effect.TOO_WEAK, note=f"seen, but {obeys}")
    assert becomes(NEVER) == Finding(effect=Effect.TOO_WEAK, note=f"seen, but {weak}")
    assert becomes(UNASKED) == Finding(effect=Effect.CANNOT_TELL, note=f"seen, but {UNANSWERED}")
    assert becomes(UNSTEADY, replace(told, note="")) == Finding(effect=Effect.TOO_WEAK, note=obeys)
    assert becomes(NEVER, replace(told, note="")) == Finding(effect=Effect.TOO_WEAK, note=weak)
    assert becomes(UNASKED, replace(told, note="")) == Finding(effect=Effect.CANNOT_TELL, note=UNANSWERED)


@pytest.mark.parametrize("effect", [Effect.TOO_WEAK, Effect.CANNOT_TELL, Effect.NOT_VISIBLE])
@ANY_SKILL
def test_what_proves_nothing_already_stays_as_it_is(capability: AskCapability, effect: Effect) -> None:
    finding = Finding(effect=effect, note="why")
    assert drive(unless_unsteady(RUN, finding, capability), lambda role, asked: refusal())[0] is finding
