"""The rules that every answer is held to: why it ended, its calls, its text."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.capability import CITY_TOOL, NO_ARGUMENTS
from conformance.probing.verdict import Violation
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation
from conformance.rows.response.stop_reason import stop_reason_violations, stop_sequence_violations, was_hit
from conformance.rows.response.tool_use import only_without_arguments, tool_use_violations, used_again
from conformance.rows.shared.sampled_answers import Given
from conformance.rows.simple_fields.limits import Stop
from tests.core.made_up import RUN, drive, exchange, message, refusal, request

OK, NO = exchange(message()), refusal("no")
STOP = Stop(word="CHARLIE", before="ALPHA BRAVO ", goes_on=True)


def given(answer: dict[str, Any], role: str = "one call", flaw: str = "", **fields: Any) -> Given:
    return Given(role=role, request=request(**fields), message=answer, flaw=flaw)


def use(name: str = "get_weather", **fields: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}, **fields}


def rules(found: list[Violation]) -> list[str]:
    return [violation.rule for violation in found]


CALL = message(content=[use()], stop_reason="tool_use")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(message(), "", id="ended"),
        pytest.param(CALL, "", id="called"),
        pytest.param(message(content=[use()], stop_reason="max_tokens"), "", id="cut in a call"),
        pytest.param(message(content=[use()], stop_reason="refusal"), "", id="refused in a call"),
        pytest.param(message(stop_reason="pause_turn"), "", id="paused"),
        pytest.param(message(stop_reason=None), "stop_reason is None", id="missing"),
        pytest.param(message(stop_reason=["end_turn"]), "stop_reason is ['end_turn']", id="a list"),
        pytest.param(
            message(stop_reason="stop"), "stop_reason is 'stop', which is none of the official ones", id="stop"
        ),
        pytest.param(
            message(stop_reason="tool_use"), "stop_reason is tool_use, but no tool_use block is there", id="no call"
        ),
        *(
            pytest.param(
                message(content=[use()], stop_reason=reason),
                f"a tool_use block is there, but stop_reason is {reason}",
                id=f"a call and {reason}",
            )
            for reason in ("end_turn", "stop_sequence", "pause_turn")
        ),
    ],
)
def test_a_stop_reason_is_official_and_tool_use_only_with_a_call(answer: dict[str, Any], told: str) -> None:
    assert rules(stop_reason_violations(given(answer))) == ([told] if told else [])
    assert stop_reason_violations(given(answer, flaw="frame 3: broken")) == []


@pytest.mark.parametrize(
    ("answer", "sent", "told", "deviation"),
    [
        pytest.param(message(), [], "", None, id="null"),
        pytest.param(
            message("ALPHA BRAVO", stop_reason="stop_sequence", stop_sequence="CHARLIE"),
            ["CHARLIE"],
            "",
            None,
            id="hit",
        ),
        pytest.param(message("ALPHA BRAVO CHARLIE DELTA"), ["CHARLIE"], "", None, id="not honoured"),
        pytest.param(
            {k: v for k, v in message().items() if k != "stop_sequence"},
            [],
            "the key stop_sequence is missing",
            None,
            id="missing",
        ),
        pytest.param(
            message(stop_reason="stop_sequence"),
            ["CHARLIE"],
            "stop_reason is stop_sequence, but stop_sequence is None",
            None,
            id="unnamed",
        ),
        pytest.param(
            message(stop_reason="stop_sequence", stop_sequence="X"),
            ["CHARLIE"],
            "stop_reason is stop_sequence, but stop_sequence is 'X'",
            None,
            id="misnamed",
        ),
        pytest.param(message(stop_sequence=""), [], "stop_sequence is '', which was not asked for", None, id="empty"),
        pytest.param(
            message(stop_sequence=["CHARLIE"]),
            ["CHARLIE"],
            "stop_sequence is ['CHARLIE'], which was not asked for",
            None,
            id="a list",
        ),
        pytest.param(
            message(stop_sequence="CHARLIE"),
            ["CHARLIE"],
            "stop_sequence is 'CHARLIE', but stop_reason is end_turn",
            Deviation.UNREPORTED,
            id="only named",
        ),
        pytest.param(
            message("ALPHA BRAVO"),
            ["CHARLIE"],
            "the answer is cut at CHARLIE, but stop_sequence is null",
            Deviation.UNREPORTED,
            id="unreported",
        ),
    ],
)
def test_a_stop_sequence_is_null_unless_one_was_hit(
    answer: dict[str, Any], sent: list[str], told: str, deviation: Deviation | None
) -> None:
    found = stop_sequence_violations(given(answer, stop_sequences=sent), STOP)
    assert (rules(found), [each.deviation for each in found]) == (([told], [deviation]) if told else ([], []))
    assert stop_sequence_violations(given(answer, flaw="frame 3: broken", stop_sequences=sent), STOP) == []


def test_a_hit_is_told_or_seen_in_the_text() -> None:
    assert was_hit(message(stop_reason="stop_sequence"), STOP)
    assert was_hit(message(stop_sequence="CHARLIE"), STOP)
    assert was_hit(message("ALPHA BRAVO"), STOP)
    assert not was_hit(message("ALPHA BRAVO CHARLIE DELTA"), STOP)


@pytest.mark.parametrize(
    ("content", "reason", "told"),
    [
        pytest.param([use()], "tool_use", [], id="a call"),
        pytest.param([use(), use(id="toolu_2")], "tool_use", [], id="two calls"),
        pytest.param([], "end_turn", [], id="no call"),
        pytest.param([], "tool_use", ["stop_reason is tool_use, but no tool_use block is there"], id="lost"),
        pytest.param([use(id=None)], "tool_use", ["the id of a tool_use block is None"], id="no id"),
        pytest.param([use(id={})], "tool_use", ["the id of a tool_use block is {}"], id="an object for an id"),
        pytest.param([use(), use()], "tool_use", ["2 tool_use blocks have the id 'toolu_1'"], id="one id twice"),
        pytest.param([use("x")], "tool_use", ["the name 'x' is none of the tools offered (get_weather)"], id="a name"),
        pytest.param(
            [use(input="{}")],
            "tool_use",
            ["the call of get_weather has an input that is str, not an object"],
            id="text",
        ),
        pytest.param(
            [use(input=None)],
            "tool_use",
            ["the call of get_weather has an input that is NoneType, not an object"],
            id="null",
        ),
        pytest.param(
            [{"type": "tool_use", "id": "a", "name": "get_weather"}],
            "tool_use",
            ["the call of get_weather has no input"],
            id="no input",
        ),
        pytest.param([use(input='{"ci')], "max_tokens", [], id="cut"),
    ],
)
def test_a_call_has_an_id_an_offered_name_and_an_input_object(content: list[Any], reason: str, told: list[str]) -> None:
    found = tool_use_violations(given(message(content=content, stop_reason=reason), tools=[CITY_TOOL]))
    assert rules(found) == told
    assert all(each.deviation is None for each in found)


def test_an_id_that_the_official_api_refuses_back_is_a_doubt() -> None:
    (found,) = tool_use_violations(given(message(content=[use(id="f.x:0")], stop_reason="tool_use"), tools=[CITY_TOOL]))
    assert (found.deviation, "'f.x:0' has signs other than" in found.rule) == (Deviation.IMPLAUSIBLE, True)


def one(answer_id: str, call_id: str) -> Given:
    return given(
        message(id=answer_id, content=[use(id=call_id)]), messages=[{"role": "user", "content": "?"}], tools=[CITY_TOOL]
    )


@pytest.mark.parametrize(
    ("answers", "second", "asked", "told"),
    [
        pytest.param([one("m1", "a"), one("m2", "b")], OK, 0, [], id="other ids"),
        pytest.param([one("m1", "a"), one("m1", "a")], OK, 0, [], id="an answer that is kept"),
        pytest.param(
            [one("m1", "a"), one("m2", "a")], exchange(message(content=[use(id="b")])), 1, [], id="counted up"
        ),
        pytest.param([one("m1", "a"), one("m2", "a")], OK, 1, [], id="no second call"),
        pytest.param([one("m1", "a"), one("m2", "a")], NO, 1, [], id="refused"),
        pytest.param(
            [one("m1", "a"), one("m2", "a")],
            exchange(message(content=[use(id="a")])),
            1,
            ["the second call of a conversation has the id of the first, 'a'"],
            id="from one again",
        ),
    ],
)
def test_an_id_may_come_again_in_another_conversation_but_not_in_the_same(
    answers: list[Given], second: Exchange, asked: int, told: list[str]
) -> None:
    bodies: list[Any] = []

    def reply(role: str, asked: Request) -> Exchange:
        bodies.append(asked.json)
        return second

    found, roles = drive(used_again(RUN, answers), reply)
    assert (rules(found), len(roles)) == (told, asked)
    for body in bodies:
        assert body["messages"][1] == {"role": "assistant", "content": [use(id="a")]}
        assert body["messages"][2]["content"][0]["tool_use_id"] == "a"


@pytest.mark.parametrize(
    ("unstreamed", "streamed_", "told"),
    [
        ([True], [True], []),
        ([False] * 3, [False] * 3, []),
        ([True], [False] * 3, ["a tool without arguments is not called in a stream, in 3 tries"]),
        ([False] * 2, [False, True], ["a tool without arguments is not called unstreamed, in 2 tries"]),
        ([True], [], []),
    ],
)
def test_a_call_without_arguments_that_never_comes_in_one_mode_is_lost_there(
    unstreamed: list[bool], streamed_: list[bool], told: list[str]
) -> None:
    answers = [
        given(CALL if came else message(), tools=[NO_ARGUMENTS], stream=mode)
        for mode, side in ((False, unstreamed), (True, streamed_))
        for came in side
    ]
    found = only_without_arguments([*answers, given(message(), tools=[CITY_TOOL])])
    assert rules(found) == told
    assert all(each.deviation is Deviation.ONE_MODE for each in found)
