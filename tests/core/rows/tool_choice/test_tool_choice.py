"""The tables of tool_choice: what is called with the field, beside how steadily the model does otherwise without."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.capability import Capability
from conformance.probing.verdict import Effect, Finding
from conformance.protocol.answer import read_answer
from conformance.protocol.status import Deviation
from conformance.rows.tool_choice.auto import left_to_decide
from conformance.rows.tool_choice.changes import look_for_call, steady_change, unless_in_text
from conformance.rows.tool_choice.disable_parallel_tool_use import WITH, steady_count
from conformance.rows.tool_choice.forced import NAMED, steady_name
from tests.core.made_up import called, exchange, message, request

STEADY = Capability(shown=8, tries=8, what="obeys")
UNSTEADY = Capability(shown=7, tries=8, what="obeys")
NEVER = Capability(shown=0, tries=8, what="obeys")
UNASKED = Capability(shown=4, tries=4, unanswered=4, what="obeys")
UNKNOWN = Finding(effect=Effect.CANNOT_TELL, note="most of the questions whether this model obeys were not answered")
NOT_STEADY = [UNSTEADY, NEVER, UNASKED]
WHY = ["now and then", "never", "not answered"]


def weak(capability: Capability, without: str = "without the field") -> Finding:
    """What is said of a model that is not steady: nothing, where most of its questions were not answered."""
    return UNKNOWN if capability is UNASKED else Finding(effect=Effect.TOO_WEAK, note=f"{without} {capability.told}")


def test_a_call_is_looked_for_in_the_answer() -> None:
    assert look_for_call(called("get_weather")).seen
    missed = look_for_call(message())
    assert (missed.seen, missed.missed, missed.void) == (False, "no tool is called", False)
    assert look_for_call(message(stop_reason="max_tokens")).void


@pytest.mark.parametrize(("spent", "cut"), [(200, True), (199, False)])
def test_an_answer_at_its_limit_is_cut_although_it_is_told_as_end_turn(spent: int, cut: bool) -> None:
    answer = exchange(message(usage={"output_tokens": spent}), asked=request(max_tokens=200))
    assert look_for_call(read_answer(answer).message or {}).void is cut


@pytest.mark.parametrize(
    ("right", "effect", "deviation"),
    [
        pytest.param("yyy", Effect.SEEN, None, id="every time"),
        pytest.param("yyyy", Effect.SEEN, None, id="every time of four"),
        pytest.param("yyn", Effect.SEEN, Deviation.UNSTEADY, id="twice"),
        pytest.param("nyn", Effect.SEEN, Deviation.UNSTEADY, id="once"),
        pytest.param("nnn", Effect.ABSENT, None, id="never"),
        pytest.param("yy", Effect.CANNOT_TELL, None, id="two tries, every time"),
        pytest.param("nn", Effect.CANNOT_TELL, None, id="two tries, never"),
        pytest.param("", Effect.CANNOT_TELL, None, id="no try"),
    ],
)
@pytest.mark.parametrize("on", [True, False])
def test_calling_is_turned_on_or_off_by_the_field_every_time(
    right: str, on: bool, effect: Effect, deviation: Deviation | None
) -> None:
    # y: as the field should make it be; turned off, that is no call.
    finding = steady_change(STEADY, [(each == "y") is on for each in right], on=on)
    assert (finding.effect, finding.deviation) == (effect, deviation)


ASKED = request(tools=[{"name": "get_weather"}], messages=[{"role": "user", "content": "The weather, please."}])
RAW = '<tool_call>\n{"name": "get_weather"}\n</tool_call>'


@pytest.mark.parametrize(
    ("given", "flawed"),
    [
        pytest.param(message("No."), False, id="words"),
        pytest.param(message(RAW), True, id="the call as the model wrote it"),
        pytest.param(message('<tool_call>{"name": "zz"}</tool_call>'), False, id="of a tool that was not offered"),
        pytest.param(called("get_weather"), False, id="a call that was read"),
    ],
)
def test_a_call_that_stands_in_the_text_was_only_not_read(given: dict[str, Any], flawed: bool) -> None:
    finding = unless_in_text([message("No."), given], ASKED)
    assert finding.deviation == (Deviation.INCOMPLETE if flawed else None)
    assert ("<tool_call>" in finding.note) is flawed


def test_a_raw_call_that_the_request_holds_is_an_echo() -> None:
    echo = ASKED.with_fields(messages=[{"role": "user", "content": RAW}])
    assert unless_in_text([message(RAW)], echo).deviation is None


@pytest.mark.parametrize("called", [[None] * 3, [True, None, True], [False, None, False]])
def test_an_answer_that_is_cut_may_yet_have_called(called: list[bool | None]) -> None:
    note = f"in {called.count(None)} of 3 tries the answer reaches its limit before it calls a tool or ends"
    assert steady_change(STEADY, called, on=True) == Finding(effect=Effect.TOO_WEAK, note=note)


@pytest.mark.parametrize("without", NOT_STEADY, ids=WHY)
@pytest.mark.parametrize("called_with_it", [[True] * 3, [True, False, True], [False] * 3])
@pytest.mark.parametrize("on", [True, False])
def test_calling_that_is_not_steady_without_the_field_is_not_turned_by_it(
    on: bool, called_with_it: list[bool], without: Capability
) -> None:
    assert steady_change(without, called_with_it, on=on) == weak(without)
    assert steady_change(without, called_with_it[1:], on=on).effect is Effect.CANNOT_TELL


def test_how_often_a_tool_is_called_against_the_field_is_told() -> None:
    calls = [True, False, False, False]
    assert steady_change(STEADY, calls, on=False).note == "a tool is called in 1 of 4 tries"
    assert steady_change(STEADY, calls, on=True).note == "no tool is called in 3 of 4 tries"
    assert steady_change(STEADY, [True] * 3, on=False).note == "a tool is called in 3 of 3 tries"
    assert steady_change(STEADY, [], on=True).note == "not every try was answered"


def left(shown: int, tries: int = WITH) -> Capability:
    return Capability(shown=shown, tries=tries, what="calls no tool for a greeting")


@pytest.mark.parametrize(
    ("calls", "alone", "effect", "deviation"),
    [
        pytest.param(3, left(3), Effect.SEEN, None, id="called every time, left alone every time"),
        pytest.param(0, left(3), Effect.ABSENT, None, id="never called, left alone every time"),
        pytest.param(0, left(1), Effect.ABSENT, None, id="never called, left alone some times"),
        pytest.param(0, left(0), Effect.ABSENT, None, id="never called, never left alone"),
        pytest.param(3, left(0), Effect.ABSENT, None, id="called every time, never left alone"),
        pytest.param(1, left(0), Effect.ABSENT, None, id="called some times, never left alone"),
        pytest.param(2, left(3), Effect.SEEN, Deviation.UNSTEADY, id="called some times, left alone every time"),
        pytest.param(3, left(2), Effect.SEEN, Deviation.UNSTEADY, id="called every time, left alone some times"),
        pytest.param(1, left(1), Effect.SEEN, Deviation.UNSTEADY, id="called and left alone some times"),
        pytest.param(3, left(2, 2), Effect.CANNOT_TELL, None, id="two greetings"),
        pytest.param(0, left(0, 0), Effect.CANNOT_TELL, None, id="no greeting"),
    ],
)
def test_auto_decides_as_the_model_does_without_it(
    calls: int, alone: Capability, effect: Effect, deviation: Deviation | None
) -> None:
    finding = left_to_decide(STEADY, STEADY, [n < calls for n in range(WITH)], alone)
    assert (finding.effect, finding.deviation) == (effect, deviation)
    fewer = left_to_decide(STEADY, STEADY, [n < calls for n in range(WITH - 1)], alone)
    assert fewer == Finding(effect=Effect.CANNOT_TELL, note="not every try was answered")


def test_what_auto_makes_of_a_request_is_told() -> None:
    def note(calls: list[bool], alone: Capability) -> str:
        return left_to_decide(STEADY, STEADY, calls, alone).note

    assert note([True] * 3, left(3)) == "called when asked for, not for a greeting"
    assert note([False] * 3, left(3)) == "a tool is called without tool_choice, but not with auto"
    assert note([True] * 3, left(0)) == "with auto a tool is called even for a greeting"
    told = "called in 1 of 3 tries when asked for; with auto this model calls no tool for a greeting in 2 of 3 tries"
    assert note([True, False, False], left(2)) == told


@pytest.mark.parametrize("capability", NOT_STEADY, ids=WHY)
@pytest.mark.parametrize("calls", [[True] * 3, [True, False, True], [False] * 3])
@pytest.mark.parametrize("alone", [0, 1, 3])
def test_auto_is_not_judged_by_a_model_that_does_not_decide_steadily_without_it(
    alone: int, calls: list[bool], capability: Capability
) -> None:
    assert left_to_decide(capability, STEADY, calls, left(alone)) == weak(capability)
    assert left_to_decide(STEADY, capability, calls, left(alone)) == weak(capability)
    assert left_to_decide(capability, Capability(shown=1, tries=8), calls, left(alone)) == weak(capability)


NAMES = {
    "-": message(),
    "o": called("other"),
    "n": called("named"),
    "2": called("named", "named"),
    "b": called("other", "named"),
    "x": called("zz_stranger"),
    "c": message(stop_reason="max_tokens"),
}


def name_of(before: str, after: str) -> Finding:
    """`o`: another tool is called, `n` the named one, `b` both, `-` none, `x` one that was not offered, `c` none
    before the limit."""
    return steady_name([NAMES[each] for each in before], [NAMES[each] for each in after], "named", ("other", "named"))


@pytest.mark.parametrize(
    ("before", "after", "effect", "deviation"),
    [
        pytest.param("oooo", "nnnn", Effect.SEEN, None, id="another, the named one"),
        pytest.param("--o-", "nnnn", Effect.SEEN, None, id="none or another, the named one"),
        pytest.param("----", "2nnn", Effect.SEEN, None, id="none, the named one twice at once"),
        pytest.param("oooo", "nnno", Effect.SEEN, Deviation.UNSTEADY, id="some times another"),
        pytest.param("oooo", "-n--", Effect.SEEN, Deviation.UNSTEADY, id="some times none"),
        pytest.param("oooo", "nnnb", Effect.SEEN, Deviation.UNSTEADY, id="some times another beside it"),
        pytest.param("oooo", "oooo", Effect.ABSENT, None, id="never, another"),
        pytest.param("--o-", "----", Effect.ABSENT, None, id="never, none"),
        pytest.param("oooo", "bbbb", Effect.ABSENT, None, id="never alone"),
        pytest.param("oooo", "cccc", Effect.TOO_WEAK, None, id="always cut before a call"),
        pytest.param("oooo", "nnnc", Effect.TOO_WEAK, None, id="cut once before a call"),
        pytest.param("cccc", "nnnn", Effect.SEEN, None, id="cut without it, the named one"),
        pytest.param("nnnn", "nnnn", Effect.IN_CONTROL, None, id="called without being named"),
        pytest.param("ooon", "nnnn", Effect.IN_CONTROL, None, id="called once without being named"),
        pytest.param("oobo", "oooo", Effect.IN_CONTROL, None, id="called once without being named, beside another"),
        pytest.param("nooo", "xnnn", Effect.IN_CONTROL, None, id="called without being named, and a strange name"),
        pytest.param("oooo", "nnnx", Effect.CANNOT_TELL, None, id="once by a strange name"),
        pytest.param("oooo", "xxxx", Effect.CANNOT_TELL, None, id="always by a strange name"),
        pytest.param("oxoo", "nnnn", Effect.SEEN, None, id="a strange name without it"),
        pytest.param("ooo", "nnnn", Effect.CANNOT_TELL, None, id="three tries without it"),
        pytest.param("oooo", "nnn", Effect.CANNOT_TELL, None, id="three tries with it"),
        pytest.param("nnn", "nnnn", Effect.CANNOT_TELL, None, id="three tries without it, the named one"),
    ],
)
def test_the_named_tool_is_called_and_only_because_it_is_named(
    before: str, after: str, effect: Effect, deviation: Deviation | None
) -> None:
    finding = name_of(before, after)
    assert (finding.effect, finding.deviation) == (effect, deviation)


def test_a_guess_of_one_of_two_tools_is_told_from_the_named_one() -> None:
    assert 1 / 4**NAMED == 1 / 256


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        ("oooo", "oobn", "other is called where named is named, in 3 of 4 tries"),
        ("oooo", "----", "no tool is called where named is named, in 4 of 4 tries"),
        ("oooo", "xnnn", "a tool is called by a name that was not offered (zz_stranger)"),
        ("ooon", "nnnn", "named is called without being named as well"),
        ("oo", "nnnn", "not every try was answered"),
    ],
)
def test_what_is_called_in_place_of_the_named_tool_is_told(before: str, after: str, note: str) -> None:
    assert name_of(before, after).note == note


@pytest.mark.parametrize(
    ("flagged", "effect", "deviation"),
    [
        pytest.param([1, 1, 1], Effect.SEEN, None, id="one every time"),
        pytest.param([1, 3, 1], Effect.SEEN, Deviation.UNSTEADY, id="one, once more"),
        pytest.param([3, 2, 1], Effect.SEEN, Deviation.UNSTEADY, id="more, once one"),
        pytest.param([3, 2, 2], Effect.ABSENT, None, id="more every time"),
        pytest.param([1, 1, 0], Effect.CANNOT_TELL, None, id="one, once none"),
        pytest.param([3, 3, 0], Effect.CANNOT_TELL, None, id="more, once none"),
        pytest.param([0, 0, 0], Effect.CANNOT_TELL, None, id="none every time"),
        pytest.param([1, 1], Effect.CANNOT_TELL, None, id="two tries, one every time"),
        pytest.param([3, 3], Effect.CANNOT_TELL, None, id="two tries, more every time"),
    ],
)
def test_one_call_at_once_is_the_flags_doing_every_time(
    flagged: list[int], effect: Effect, deviation: Deviation | None
) -> None:
    finding = steady_count(STEADY, flagged)
    assert (finding.effect, finding.deviation) == (effect, deviation)
    assert f"{', '.join(str(count) for count in flagged)} calls with the flag" in finding.note


@pytest.mark.parametrize("parallel", NOT_STEADY, ids=WHY)
@pytest.mark.parametrize("flagged", [[1, 1, 1], [1, 3, 1], [1, 1, 0]])
def test_one_call_at_once_is_no_finding_where_the_model_does_not_always_make_more_without_the_flag(
    flagged: list[int], parallel: Capability
) -> None:
    assert steady_count(parallel, flagged).effect is weak(parallel).effect
    assert steady_count(parallel, flagged[1:]).effect is Effect.CANNOT_TELL


@pytest.mark.parametrize("parallel", NOT_STEADY, ids=WHY)
def test_more_calls_at_once_every_time_are_a_finding_whatever_the_model_does_without_the_flag(
    parallel: Capability,
) -> None:
    assert steady_count(parallel, [3, 2, 3]).effect is Effect.ABSENT
