"""What stands in the text of every answer: tags, templates, raw calls, stop sequences, letters."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.capability import CITY_TOOL
from conformance.probing.verdict import Verdict, Violation
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.response.text_clean import text_clean_violations
from conformance.rows.shared.sampled_answers import Given
from tests.core.made_up import RUN, drive, exchange, message, request
from tests.core.rows.test_every_answer import NO, OK, given, rules, use


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
