"""The rules that every answer is held to: why it ended, its calls, its text."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.capability import CITY_TOOL, NO_ARGUMENTS
from conformance.probing.verdict import Verdict, Violation
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.response.stop_reason import stop_reason_violations, stop_sequence_violations, was_hit
from conformance.rows.response.text_clean import text_clean_violations
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


def leak(text: str, *further: dict[str, Any], **fields: Any) -> list[Violation]:
    answer = message(content=[{"type": "text", "text": text}, *further])
    return text_clean_violations(given({**answer, **fields}, tools=[CITY_TOOL]))


@pytest.mark.parametrize(
    "text",
    [
        "OK.",
        "",
        "a < b | c > d",
        "<b>bold</b>",
        "I think so.",
        "2 <| 3",
        "[1] see </p>",
        "<s>old</s> new",
        "|a|b|",
        "functions.py line 3: ok",
        "call tool_use",
        "He said: </ s>",
    ],
)
def test_plain_words_and_mathematics_are_clean(text: str) -> None:
    assert leak(text) == []


@pytest.mark.parametrize(
    "text", ["<think>hm</think>OK", "hm</think>OK", "<THINKING>", "[THINK]", "◁think▷", "</seed:think>"]
)
def test_a_tag_of_thinking_in_text_is_told(text: str) -> None:
    (found,) = leak(text)
    assert (found.rule.startswith("a tag of thinking stands in the text: "), found.deviation) == (True, None)


@pytest.mark.parametrize(
    "text",
    [
        "OK<|im_end|>",
        "<|channel|>final",
        "OK</s>",
        "OK</s>\n",
        "[INST]",
        "<end_of_turn>",
        "<｜end▁of▁sentence｜>",
        "</｜DSML｜invoke>",
    ],
)
def test_a_sign_of_a_chat_template_in_text_is_told(text: str) -> None:
    (found,) = leak(text)
    assert (found.rule.startswith("a sign of a chat template stands in the text: "), found.deviation) == (True, None)


@pytest.mark.parametrize(
    ("text", "further", "weak"),
    [
        ('<tool_call>{"name": "get_weather"}</tool_call>', [], False),
        ("<function=get_weather>", [], False),
        ('[TOOL_CALLS]get_weather{"city": "Oslo"}', [], False),
        ("</tool_call>", [use()], False),
        ("<minimax:tool_call>", [], True),
        ("<tool_call>{</tool_call>", [], True),
        ("functions.nothing:0", [], True),
    ],
)
def test_a_raw_call_is_the_endpoints_where_it_could_be_read_and_else_a_weak_models(
    text: str, further: list[Any], weak: bool
) -> None:
    (found,) = leak(text, *further)
    assert found.rule.startswith("a raw call stands in the text: ")
    assert found.deviation is (Deviation.INCOMPLETE if weak else None)


def test_what_the_request_says_itself_is_an_echo() -> None:
    asked = request(messages=[{"role": "user", "content": "Say <think> and OK<|im_end|>"}])
    echo = Given(role="x", request=asked, message=message("<think> OK<|im_end|>"))
    assert text_clean_violations(echo) == []
    (found,) = text_clean_violations(Given(role="x", request=asked, message=message("<think> </think>")))
    assert "a tag of thinking" in found.rule


@pytest.mark.parametrize(
    ("text", "fields", "told"),
    [
        ("ALPHA CHARLIE", {"stop_reason": "stop_sequence", "stop_sequence": "CHARLIE"}, True),
        ("ALPHA", {"stop_reason": "stop_sequence", "stop_sequence": "CHARLIE"}, False),
        ("ALPHA CHARLIE", {"stop_reason": "end_turn", "stop_sequence": None}, False),
        ("Repeat: CHARLIE", {"stop_reason": "stop_sequence", "stop_sequence": "CHARLIE"}, False),
    ],
)
def test_the_stop_sequence_that_ended_a_text_is_not_in_it(text: str, fields: dict[str, Any], told: bool) -> None:
    asked = request(messages=[{"role": "user", "content": "Repeat: CHARLIE"}], stop_sequences=["CHARLIE"])
    found = text_clean_violations(Given(role="x", request=asked, message=message(text, **fields)))
    assert rules(found) == (["the stop sequence 'CHARLIE' stands in the text that it ended"] if told else [])


def test_an_endpoint_that_refuses_stop_sequences_or_never_stops_leaves_the_row_untested() -> None:
    row = BY_ID["response.stop_sequence"].probe
    refusing, _ = drive(row(RUN), lambda role, asked: NO if "stop_sequences" in asked.json else OK)
    assert (refusing.status, refusing.reason) == (Status.UNTESTED, Reason.CONTROL_REFUSED)
    deaf, _ = drive(row(RUN), lambda role, asked: OK)
    assert (deaf.status, deaf.reason) == (Status.UNTESTED, Reason.NEVER_EXERCISED)
    broken, _ = drive(row(RUN), lambda role, asked: exchange(message(stop_sequence="")))
    assert broken.status is Status.BROKEN


def test_a_call_that_is_announced_and_lost_breaks_the_row_of_calls_although_none_is_seen() -> None:
    lost = exchange(message(stop_reason="tool_use"))
    verdict, _ = drive(BY_ID["response.tool_use"].probe(RUN), lambda role, asked: lost)
    assert verdict.status is Status.BROKEN
    weak, _ = drive(BY_ID["response.tool_use"].probe(RUN), lambda role, asked: OK)
    assert (weak.status, weak.reason) == (Status.UNTESTED, Reason.MODEL_TOO_WEAK)


def test_a_stop_reason_is_untested_without_a_call_unless_it_is_broken_already() -> None:
    row = BY_ID["response.stop_reason"].probe
    weak, _ = drive(row(RUN), lambda role, asked: OK)
    assert (weak.status, weak.reason) == (Status.UNTESTED, Reason.MODEL_TOO_WEAK)
    foreign, _ = drive(row(RUN), lambda role, asked: exchange(message(stop_reason="stop")))
    assert (foreign.status, "'stop'" in foreign.note) == (Status.BROKEN, True)


def test_a_leak_that_is_shown_once_leaves_the_row_of_clean_text_untested() -> None:
    def reply(role: str, asked: Request) -> Exchange:
        return exchange(message("<think>Hm.</think>OK")) if role == "a bare message" else OK

    verdict, _ = drive(BY_ID["response.text_clean"].probe(RUN), reply)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.UNSTABLE)
    assert "in 1 of 3 answers to the same request: a bare message: a tag of thinking" in verdict.note
    clean, _ = drive(BY_ID["response.text_clean"].probe(RUN), lambda role, asked: OK)
    assert clean == Verdict(status=Status.SUPPORTED)
    untooled, _ = drive(
        BY_ID["response.text_clean"].probe(RUN), lambda role, asked: NO if "tools" in asked.json else OK
    )
    assert (untooled.status, untooled.reason) == (Status.UNTESTED, Reason.CONTROL_REFUSED)
    wordless, _ = drive(BY_ID["response.text_clean"].probe(RUN), lambda role, asked: exchange(message(content=[])))
    assert wordless.reason is Reason.NEVER_EXERCISED


AS_JSON = '{"name": "get_weather", "parameters": {"city": "Oslo"}}'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (AS_JSON, True),
        (f"[{AS_JSON}]", True),
        (f"```json\n{AS_JSON}\n```", True),
        (f"I would send {AS_JSON}", False),
        (AS_JSON.replace("get_weather", "get_time"), False),
        ('{"name": "get_weather"}', False),
        ("[]", False),
        ("{}", False),
    ],
)
def test_a_call_that_is_written_as_text_is_told(text: str, told: bool) -> None:
    assert bool(leak(text)) is told
    assert not text_clean_violations(given(message(text)))
    beside = message(content=[{"type": "text", "text": text}, use()], stop_reason="tool_use")
    assert not text_clean_violations(given(beside, tools=[CITY_TOOL]))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Grüße", False),
        ("GrÃ¼Ã\x9fe", True),
        ("GrÃ¼ÃŸe", True),
        ("Gr??e", False),
        ("Ã", False),
    ],
)
def test_letters_that_come_back_in_another_encoding_are_told(text: str, told: bool) -> None:
    asked = [{"role": "user", "content": "Repeat: Grüße"}]
    assert bool(text_clean_violations(given(message(text), messages=asked))) is told
