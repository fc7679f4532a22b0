"""Lies about text: what an endpoint leaves in it that is not the model's word."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.lies.shared.answers import BARE, CALLED, CALLS, SEVERAL, STOPPED, in_one_mode, lie, once
from conformance.reference.transforms import answer_add, answer_append, answer_put, answer_word, only

TEXT = "content[type=text].text"

LEAKS = {
    "thought": ("<think>\nHm, OK.\n</think>\n\n{}", "a tag of thinking stands in the text: '<think> Hm"),
    "end_of_a_thought": ("Hm, OK.</think>{}", "a tag of thinking stands in the text: 'Hm, OK.</think>"),
    "thought_in_brackets": ("[THINK]Hm.[/THINK]{}", r"a tag of thinking stands in the text: '\[THINK\]"),
    "thought_in_triangles": ("◁think▷Hm.◁/think▷{}", "a tag of thinking stands in the text"),
    "end_of_a_turn": ("{}<|im_end|>", r"a sign of a chat template stands in the text: .*<\|im_end\|>"),
    "end_of_text": ("{}</s>", "a sign of a chat template stands in the text: .*</s>"),
    "end_of_a_turn_in_words": ("{}<end_of_turn>", "a sign of a chat template stands in the text: .*<end_of_turn>"),
    "end_of_a_sentence": ("{}<｜end▁of▁sentence｜>", "a sign of a chat template stands in the text"),
    "channel": ("<|channel|>final<|message|>{}", r"a sign of a chat template stands in the text: '<\|channel\|>"),
    "instruction": ("[/INST] {}", r"a sign of a chat template stands in the text: '\[/INST\]"),
}

RAW_CALLS = {
    "tags": '<tool_call>{"name": "get_weather", "arguments": {"city": "Oslo"}}</tool_call>',
    "function": "<function=get_weather><parameter=city>Oslo</parameter></function>",
    "brackets": '[TOOL_CALLS]get_weather{"city": "Oslo"}',
    "invoke": '<invoke name="get_weather"><parameter name="city">Oslo</parameter></invoke>',
    "dsml": '<｜DSML｜function_calls><｜DSML｜invoke name="get_weather">',
    "section": "<|tool_calls_section_begin|>functions.get_weather:0",
}


def raw(name: str, words: str, **due: Any) -> Lie:
    """Calls that stay text."""
    steps = (answer_put(CALLS, {"type": "text", "text": words}), answer_put("stop_reason", "end_turn", CALLED))
    return lie("response.text_clean", f"call_as_{name}", *(only(step, SEVERAL) for step in steps), **due)


TEXT_CLEAN = [
    *(
        lie("response.text_clean", name, only(answer_word(TEXT, words), BARE), note=f"a bare message: {told}")
        for name, (words, told) in LEAKS.items()
    ),
    *in_one_mode(
        "response.text_clean",
        "thought",
        only(answer_word(TEXT, LEAKS["thought"][0]), BARE),
        "a tag of thinking stands in the text",
    ),
    *(
        raw(name, words, note="several calls: a (raw call|sign of a chat template) stands in the text")
        for name, words in RAW_CALLS.items()
    ),
    raw(
        "nobody_could_read",
        "<tool_call>{</tool_call>",
        status="untested",
        code="model_too_weak",
        note="a raw call stands in the text: '<tool_call>{</tool_call>",
    ),
    lie(
        "response.text_clean",
        "tag_left_over",
        only(answer_add("content", {"type": "text", "text": "</tool_call>"}), SEVERAL),
        note="several calls: a raw call stands in the text: '</tool_call>'",
    ),
    lie(
        "response.text_clean",
        "thought_with_thinking",
        answer_word(TEXT, "<think>Hm.</think>{}", beside="thinking[type=enabled]"),
        note="with thinking: a tag of thinking stands in the text",
    ),
    lie(
        "response.text_clean",
        "stop_sequence_left_in",
        answer_append(TEXT, "stop_sequence", STOPPED),
        note="with stop sequences: the stop sequence '[A-Z]+' stands in the text that it ended",
    ),
    once(
        "response.text_clean",
        answer_word(TEXT, "<think>Hm.</think>{}"),
        status="untested",
        code="unstable",
        note="in 1 of 3 answers to the same request: cut at the limit: a tag of thinking",
    ),
    lie(
        "response.text_clean",
        "mathematics",
        only(answer_word(TEXT, "{} a < b | c > d, <b>x</b> [1] </p> <s>"), BARE),
        status="supported",
        note="^$",
    ),
]

LIES: list[Lie] = TEXT_CLEAN
