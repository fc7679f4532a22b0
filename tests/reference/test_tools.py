"""Which tools are called, how often, and with what."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from tests.reference.calling import (
    CLOCK,
    PING,
    WEATHER,
    Json,
    answer_to,
    calls_in,
    say,
    square,
    text_block,
    text_of,
)

BOTH = [WEATHER, CLOCK]
SINGLE: Json = {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}


def paris(name: str = "get_weather") -> tuple[str, Json]:
    return (name, {"city": "Paris"})


@pytest.mark.parametrize(
    ("prompt", "fields", "calls"),
    [
        ("What is the weather in Paris?", {}, [paris()]),
        ("Use the get_time tool for Paris.", {}, [paris("get_time")]),
        ("weather in Paris and London, call in parallel", {}, [paris(), ("get_weather", {"city": "London"})]),
        ("Check the weather for Paris and for London.", SINGLE, [paris()]),
        ("Call get_weather for Paris and get_time for Tokyo", {}, [paris(), ("get_time", {"city": "Tokyo"})]),
        ("hi", {}, []),
        ("Tell me about rivers", {}, []),
        ("Repeat exactly: the weather in Paris", {}, []),
        ("Do not call any tool. What is the weather in Paris?", {}, []),
        ("What is the weather in Paris?", {"tool_choice": {"type": "none"}}, []),
        ("What is the weather in Paris?", {"tool_choice": {"type": "tool", "name": "get_time"}}, [paris("get_time")]),
    ],
)
def test_calls(prompt: str, fields: Json, calls: list[Any]) -> None:
    message = answer_to(prompt, tools=BOTH, **fields)
    assert calls_in(message) == calls
    assert message["stop_reason"] == ("tool_use" if calls else "end_turn")


def test_any_always_calls() -> None:
    message = answer_to("Say hello", tools=BOTH, tool_choice={"type": "any"})
    assert len(calls_in(message)) == 1
    assert all(block["type"] == "tool_use" for block in message["content"])


def test_zero_arguments() -> None:
    assert calls_in(answer_to("Ping the server with the tool.", tools=[PING])) == [("ping", {})]


SCHEMAS: list[Json] = [
    {
        "type": "object",
        "properties": {
            "place": {"type": "object", "properties": {"zip_7": {"type": "integer"}}, "required": ["zip_7"]},
            "kind": {"type": "string", "enum": ["q-1", "q-2"]},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "flag": {"type": "boolean"},
            "ratio": {"type": "number", "minimum": 3, "maximum": 4},
            "fixed": {"const": "zz-9"},
        },
        "required": ["place", "kind", "tags", "flag", "ratio", "fixed"],
        "additionalProperties": False,
    },
    {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/leaf"}, "b": {"anyOf": [{"type": "null"}, {"type": "integer"}]}},
        "required": ["a", "b"],
        "$defs": {"leaf": {"type": "object", "properties": {"n": {"type": "string"}}, "required": ["n"]}},
    },
    {
        "type": "object",
        "properties": {
            "list": {
                "type": "array",
                "items": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
            }
        },
        "required": ["list"],
    },
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_arguments_fit_the_schema(schema: Json) -> None:
    tool = {"name": "zx_tool", "input_schema": schema}
    message = answer_to("Use the zx_tool tool.", tools=[tool], tool_choice={"type": "any"})
    jsonschema.validate(calls_in(message)[0][1], schema)


def test_json_format_fits_its_schema() -> None:
    import json

    text = say(
        "Write a haiku",
        output_config={
            "format": {
                "type": "json_schema",
                "schema": SCHEMAS[0]
                | {"properties": {"k_1": {"const": "v"}, "k_2": {"enum": ["x", "y"]}}, "required": ["k_1", "k_2"]},
            }
        },
    )
    assert json.loads(text) == {"k_1": "v", "k_2": "x"}


def test_descriptions_prescribe() -> None:
    schema = {
        "type": "object",
        "properties": {"item": {"type": "string"}, "code": {"type": "string"}},
        "required": ["item"],
    }
    for description in ("Orders an item. Always pass code=QX-7731.", "The code must be set to 'QX-7731'."):
        tool = {"name": "order_item", "description": description, "input_schema": schema}
        assert calls_in(answer_to('Order the item "lamp" with the tool', tools=[tool]))[0][1]["code"] == "QX-7731"
    own = {
        "type": "object",
        "properties": {"v": {"type": "string", "description": 'Must always be "A-1".'}},
        "required": ["v"],
    }
    assert calls_in(answer_to("Call note_v", tools=[{"name": "note_v", "input_schema": own}])) == [
        ("note_v", {"v": "A-1"})
    ]


def test_values_come_from_the_prompt() -> None:
    schema = {
        "type": "object",
        "properties": {
            "origin": {"type": "string"},
            "destination": {"type": "string"},
            "passengers": {"type": "integer"},
            "cabin": {"type": "string", "enum": ["economy", "business"]},
        },
        "required": ["origin", "destination", "passengers", "cabin"],
    }
    tool = {"name": "book_flight", "description": "Book a flight", "input_schema": schema}
    message = answer_to("Book a flight from Oslo to New York for 3 passengers in business", tools=[tool])
    given = {"origin": "Oslo", "destination": "New York", "passengers": 3, "cabin": "business"}
    assert calls_in(message) == [("book_flight", given)]


@pytest.mark.parametrize(
    ("tool", "prompt", "keys"),
    [
        ({"type": "bash_20250124", "name": "bash"}, "List the files here", {"command"}),
        (
            {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
            "View the file /a/b.txt",
            {"command", "path"},
        ),
        ({"type": "memory_20250818", "name": "memory"}, "Check your memory directory", {"command", "path"}),
    ],
)
def test_tools_known_by_type(tool: Json, prompt: str, keys: set[str]) -> None:
    calls = calls_in(answer_to(prompt, tools=[tool], tool_choice={"type": "any"}))
    assert calls[0][0] == tool["name"]
    assert set(calls[0][1]) == keys


def test_server_tools() -> None:
    message = answer_to(
        "Compute the sha256 of 'abc' by running code",
        tools=[{"type": "code_execution_20250825", "name": "code_execution"}],
    )
    assert [b["type"] for b in message["content"]] == ["server_tool_use", "bash_code_execution_tool_result", "text"]
    assert message["content"][1]["content"]["stdout"].startswith("ba7816bf8f01cfea")
    assert say("So?", app=None, container=message["container"]["id"])
    searched = answer_to("Search the web for llamas", tools=[{"type": "web_search_20250305", "name": "web_search"}])
    assert searched["content"][1]["content"]["error_code"] == "unavailable"
    search = {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}
    found = answer_to("What is the weather in Paris?", tools=[search, {**WEATHER, "defer_loading": True}])
    assert calls_in(found) == [paris()]
    assert found["content"][1]["content"]["tool_references"][0]["tool_name"] == "get_weather"


LOOKUP: list[Any] = [
    "Look up the codes of Paris and London.",
    [
        {"type": "tool_use", "id": "a", "name": "get_code", "input": {"city": "Paris"}},
        {"type": "tool_use", "id": "b", "name": "get_code", "input": {"city": "London"}},
    ],
]
RESULTS: list[Json] = [
    {"type": "tool_result", "tool_use_id": "b", "content": "LLL-1"},
    {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "PPP-2"}]},
]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which code was returned for Paris? Only the code.", "PPP-2"),
        ("What did the tool return for London? Reply with only that.", "LLL-1"),
        ("What is the name of the tool that you called? Just the name.", "get_code"),
        ("With which cities did you call the tool? Only their names.", "Paris, London"),
        ("Reply with only the code that the tool gave for Rome.", "I do not know."),
    ],
)
def test_results_are_paired_by_id(question: str, answer: str) -> None:
    assert say(*LOOKUP, [*RESULTS, text_block(question)]) == answer


def test_results_alone_are_told() -> None:
    message = answer_to(*LOOKUP, RESULTS, tools=[{"name": "get_code", "input_schema": WEATHER["input_schema"]}])
    assert message["stop_reason"] == "end_turn"
    assert "PPP-2" in text_of(message)
    assert "LLL-1" in text_of(message)
    shot = [{"type": "tool_result", "tool_use_id": "t", "content": [square("green")]}]
    use = [{"type": "tool_use", "id": "t", "name": "snap", "input": {}}]
    assert "green" in say("Take a picture. What colour is it?", use, shot)


@pytest.mark.parametrize("failed", [True, False])
@pytest.mark.parametrize(
    ("question", "good", "bad"),
    [
        ("Did the call succeed? Answer YES or NO.", "YES", "NO"),
        ("Did the tool fail? One word, yes or no.", "NO", "YES"),
        ("Was the tool call successful? Answer SUCCESS or FAILURE.", "SUCCESS", "FAILURE"),
    ],
)
def test_is_error(failed: bool, question: str, good: str, bad: str) -> None:
    use = [{"type": "tool_use", "id": "t", "name": "run_job", "input": {}}]
    result = {"type": "tool_result", "tool_use_id": "t", "content": "OK-7731", "is_error": failed}
    assert say("Run the job", use, [result, text_block(question)]) == (bad if failed else good)


def test_a_loop_one_call_at_a_time() -> None:
    turns: list[Any] = ["Get the weather in Paris, London and Rome."]
    seen = []
    for _ in range(3):
        message = answer_to(*turns, tools=[WEATHER], **SINGLE)
        call = next(block for block in message["content"] if block["type"] == "tool_use")
        seen.append(call["input"]["city"])
        turns += [message["content"], [{"type": "tool_result", "tool_use_id": call["id"], "content": "17C"}]]
    assert seen == ["Paris", "London", "Rome"]
    assert answer_to(*turns, tools=[WEATHER], **SINGLE)["stop_reason"] == "end_turn"
