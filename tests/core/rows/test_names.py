"""Which tool was called, as the history alone tells: two words are soon guessed, so it must be right every time."""

from __future__ import annotations

import pytest

from conformance.probing.verdict import Effect, Finding
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.rows import PROBES
from conformance.rows.content.tool_turns import look_at_names, named_alone, repeats_an_earlier_input
from conformance.rows.shared.retold import PLAINLY
from conformance.rows.shared.scenes import tool_turns_read
from conformance.rows.shared.tool_turns import PAIRS, after_tools, call, result
from tests.core.made_up import RUN, copied, drive, exchange, message, refusal

ONE, TWO = NAMES = ["open_a2b3", "open_c4d5"]
RECALLING = "can the model repeat the input of an earlier call"
RECALLED = RUN.nonce("tool_use.input")


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


MISSED = "the name of the tool that was called does not come back"


@pytest.mark.parametrize(
    ("first", "second", "recalls", "effect", "note"),
    [
        pytest.param([ONE] * 4, [TWO] * 4, False, Effect.SEEN, "", id="each time"),
        pytest.param([ONE] * 4, [f"It was {TWO}."] * 4, False, Effect.SEEN, "", id="each time, among words"),
        pytest.param([ONE] * 3, [TWO] * 4, True, Effect.CANNOT_TELL, "not every try was answered", id="three ones"),
        pytest.param([ONE] * 4, [TWO] * 3, True, Effect.CANNOT_TELL, "not every try was answered", id="three others"),
        pytest.param([ONE] * 3, [ONE] * 3, False, Effect.CANNOT_TELL, "not every try was answered", id="three same"),
        pytest.param([ONE] * 4, [TWO] * 3 + [ONE], True, Effect.CANNOT_TELL, f"{MISSED} each time", id="once wrong"),
        pytest.param([ONE] * 3 + [TWO], [TWO] * 4, True, Effect.CANNOT_TELL, f"{MISSED} each time", id="first wrong"),
        pytest.param([TWO] * 4, [ONE] * 4, True, Effect.CANNOT_TELL, f"{MISSED} each time", id="the wrong way round"),
        pytest.param([ONE] * 4, [" ".join(NAMES)] * 4, True, Effect.CANNOT_TELL, f"{MISSED} each time", id="both"),
        pytest.param([""] * 4, [""] * 4, True, Effect.CANNOT_TELL, f"{MISSED} each time", id="nothing"),
        pytest.param(
            [ONE] * 4, [ONE] * 4, True, Effect.ABSENT, f"{MISSED}: the answer is the same whichever was called", id="1"
        ),
        pytest.param(
            [TWO] * 4, [TWO] * 4, True, Effect.ABSENT, f"{MISSED}: the answer is the same whichever was called", id="2"
        ),
        pytest.param(
            ["tool"] * 4,
            ["tool "] * 4,
            True,
            Effect.ABSENT,
            f"{MISSED}: the answer is the same whichever was called",
            id="another word",
        ),
        pytest.param(
            ["tool"] * 4,
            ["tool"] * 4,
            False,
            Effect.TOO_WEAK,
            f"{MISSED}, but this model does not give the names in plain words either",
            id="another word, recalls nothing",
        ),
        pytest.param(
            [ONE] * 4,
            [TWO] * 3 + [ONE],
            False,
            Effect.TOO_WEAK,
            f"{MISSED}, but this model does not give the names in plain words either",
            id="once wrong, recalls nothing",
        ),
    ],
)
def test_a_name_is_read_only_when_it_is_given_every_time(
    first: list[str], second: list[str], recalls: bool, effect: Effect, note: str
) -> None:
    asked = [after_tools(RUN, [{**call("t", "red"), "name": name}], [result("t", "Open.")], "Which?") for name in NAMES]
    one, other = ([message(said) for said in side] for side in (first, second))
    given = exchange(message(RECALLED if recalls else "no idea"))
    steps = look_at_names(RUN, asked, one, other, NAMES)
    finding, roles = drive(steps, lambda role, asked: copied(role, 8) or given)
    assert finding == Finding(effect=effect, note=note)
    missed = effect is not Effect.SEEN and note != "not every try was answered"
    assert roles[:1] == [RECALLING] * missed
    plainly = [role for role in roles[1:] if role.startswith(PLAINLY)]
    assert len(plainly) == (0 if recalls or not missed else 4)


def test_a_model_that_gives_both_names_in_plain_words_is_not_too_weak_for_them() -> None:
    asked = [after_tools(RUN, [{**call("t", "red"), "name": name}], [result("t", "Open.")], "Which?") for name in NAMES]

    def reply(role: str, asked: Request) -> Exchange:
        copy = copied(role, 8)
        if copy is not None:
            return copy
        told = next((name for name in NAMES if role.startswith(PLAINLY) and name in asked.body.decode()), "no idea")
        return exchange(message(told))

    finding, _ = drive(look_at_names(RUN, asked, [message("tool")] * 4, [message("tool")] * 4, NAMES), reply)
    assert (finding.effect, finding.note) == (Effect.ABSENT, f"{MISSED}: the answer is the same whichever was called")


def test_a_guess_of_one_of_two_names_is_told_from_a_name_that_is_read() -> None:
    assert 1 / 4**PAIRS == 1 / 256


@pytest.mark.parametrize(
    ("given", "recalls"),
    [
        pytest.param(exchange(message(f"It was {RECALLED}.")), True, id="in words"),
        pytest.param(exchange(message("red")), False, id="another"),
        pytest.param(refusal(), False, id="a refusal"),
    ],
)
def test_a_model_recalls_its_calls_where_it_repeats_the_input_of_one(given: Exchange, recalls: bool) -> None:
    assert drive(repeats_an_earlier_input(RUN), lambda role, asked: given) == (recalls, [RECALLING])


def name_row(control: str, treatment: str, copies: int, *, elsewhere: bool = False) -> tuple[Status, Reason | None]:
    """The verdict where each try names the first tool (`1`), the second (`2`), none (`-`) or is refused (`x`), the last
    ever after, and where the model copies so many codes; `elsewhere`: is a name given that no offered tool has?"""

    def reply(role: str, asked: Request) -> Exchange:
        copy = copied(role, copies)
        if copy is not None:
            return copy
        if role == RECALLING:
            return exchange(message(RECALLED))
        if role.startswith(tool_turns_read(RUN).role):
            return exchange(message("I see no code."))
        offered = [tool["name"] for tool in asked.json["tools"]]
        called = asked.json["messages"][1]["content"][0]["name"]
        if called not in offered:
            return exchange(message(called if elsewhere else "tool"))
        tries = (control, treatment)[offered.index(called)]
        said = tries[min(asked.attempt, len(tries) - 1)]
        return refusal() if said == "x" else exchange(message({"1": offered[0], "2": offered[1]}.get(said, "tool")))

    verdict, _ = drive(PROBES["content.tool_use.name"](RUN), reply)
    return verdict.status, verdict.reason


@pytest.mark.parametrize(
    ("control", "treatment", "copies", "expected"),
    [
        pytest.param("1", "2", 8, (Status.SUPPORTED, None), id="read"),
        pytest.param("1", "2", 7, (Status.UNTESTED, Reason.MODEL_TOO_WEAK), id="read, copies now and then"),
        pytest.param("1", "2", 0, (Status.UNTESTED, Reason.MODEL_TOO_WEAK), id="read, never copies"),
        pytest.param("1", "1", 8, (Status.IGNORED, None), id="unread"),
        pytest.param("-", "-", 7, (Status.UNTESTED, Reason.MODEL_TOO_WEAK), id="unread, copies now and then"),
        pytest.param("1112", "2", 8, (Status.UNTESTED, Reason.CANNOT_TELL), id="the first once wrong"),
        pytest.param("1", "2221", 8, (Status.UNTESTED, Reason.CANNOT_TELL), id="the second once wrong"),
        pytest.param("1", "2221", 7, (Status.UNTESTED, Reason.CANNOT_TELL), id="once wrong, copies now and then"),
        pytest.param("111x", "2", 8, (Status.UNTESTED, Reason.CANNOT_TELL), id="the first answered three times"),
        pytest.param("1", "222x", 8, (Status.UNTESTED, Reason.CANNOT_TELL), id="the second answered three times"),
        pytest.param("1", "x", 8, (Status.REJECTED, None), id="refused"),
    ],
)
def test_a_name_is_judged_by_a_model_that_copies_steadily(
    control: str, treatment: str, copies: int, expected: tuple[Status, Reason | None]
) -> None:
    assert name_row(control, treatment, copies) == expected


@pytest.mark.parametrize("copies", [0, 7, 8])
def test_a_name_that_no_offered_tool_has_can_only_have_been_read(copies: int) -> None:
    assert name_row("-", "-", copies, elsewhere=True) == (Status.SUPPORTED, None)
