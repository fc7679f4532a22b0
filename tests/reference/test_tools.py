"""Which tools are called, how often, and with what."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from conformance.reference.app import create_app
from conformance.reference.seals import unseal
from tests.reference.calling import (
    CLOCK,
    HEADERS,
    KEY,
    PING,
    WEATHER,
    Json,
    answer_to,
    calls_in,
    fresh,
    request_of,
    say,
    send,
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
    assert searched["content"][1]["content"] == []
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


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which of the calls failed? Reply with the codes of their results only.", "OK-2222, OK-3333"),
        ("Which calls failed? Answer with the cities only.", "Lima, Cairo"),
        ("Which of the results are marked as errors? Reply with their codes only.", "OK-2222, OK-3333"),
        ("Did the last call succeed? Answer YES or NO.", "NO"),
    ],
)
def test_it_tells_which_of_several_calls_failed(question: str, said: str) -> None:
    cities = {"Oslo": "OK-1111", "Lima": "OK-2222", "Cairo": "OK-3333"}
    calls = [{"type": "tool_use", "id": f"t{city}", "name": "get_weather", "input": {"city": city}} for city in cities]
    results = [
        {"type": "tool_result", "tool_use_id": f"t{city}", "content": f"It gave {code}.", "is_error": city != "Oslo"}
        for city, code in cities.items()
    ]
    assert say("Look it up.", calls, [*results, text_block(question)]) == said


def test_it_says_so_where_none_of_several_calls_failed() -> None:
    calls = [{"type": "tool_use", "id": f"t{n}", "name": "get_weather", "input": {}} for n in range(2)]
    results = [{"type": "tool_result", "tool_use_id": f"t{n}", "content": "Sunny."} for n in range(2)]
    assert say("Look it up.", calls, [*results, text_block("Which of the calls failed?")]) == "None of them."


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


@pytest.mark.parametrize(
    ("kind", "name", "prompt", "given"),
    [
        ("bash_20250124", "bash", "Use the bash tool to restart the shell.", {"restart": True}),
        (
            "text_editor_20250728",
            "str_replace_based_edit_tool",
            "View lines 2 to 9 of /a/b.txt",
            {"command": "view", "path": "/a/b.txt", "view_range": [2, 9]},
        ),
        (
            "text_editor_20250728",
            "str_replace_based_edit_tool",
            "Show the file /a/b.txt from line 2 to line 9",
            {"command": "view", "path": "/a/b.txt", "view_range": [2, 9]},
        ),
    ],
)
def test_the_input_of_a_tool_known_by_type(kind: str, name: str, prompt: str, given: Json) -> None:
    assert calls_in(answer_to(prompt, tools=[{"type": kind, "name": name}])) == [(name, given)]


@pytest.mark.parametrize(
    ("prompt", "given"),
    [
        ("Click at 10, 20 on the screen", {"action": "left_click", "coordinate": [10, 20]}),
        ("Do a right click on the screen at x 10 and y 20", {"action": "right_click", "coordinate": [10, 20]}),
        ("Take a screenshot of the screen", {"action": "screenshot"}),
    ],
)
def test_the_early_computer_tool(prompt: str, given: Json) -> None:
    tool = {"type": "computer_20250124", "name": "computer", "display_width_px": 800, "display_height_px": 600}
    body = request_of(prompt, tools=[tool])
    answer = send(fresh(), body, headers={**HEADERS, "anthropic-beta": "computer-use-2025-01-24"}).json()
    assert calls_in(answer) == [("computer", given)]


def searched(**fields: Any) -> Json:
    tool = {"type": "web_search_20250305", "name": "web_search", **fields}
    return answer_to("Search the web for example domains", tools=[tool])


def test_a_web_search_finds_the_pages_that_it_may() -> None:
    message = searched()
    use, result, said = message["content"]
    assert (use["type"], result["tool_use_id"]) == ("server_tool_use", use["id"])
    assert [hit["title"] for hit in result["content"]][:2] == ["Example Domain", "Example Domains"]
    assert all(unseal(hit["encrypted_content"]) for hit in result["content"])
    assert "https://example.com/" in said["text"]
    assert message["usage"]["server_tool_use"] == {"web_search_requests": 1, "web_fetch_requests": 0}
    assert message["stop_reason"] == "end_turn"
    only, others = searched(allowed_domains=["example.com"]), searched(blocked_domains=["example.com", "iana.org"])
    assert [hit["url"] for hit in only["content"][1]["content"]] == ["https://example.com/"]
    assert [hit["title"] for hit in others["content"][1]["content"]] == ["RFC 2606: Reserved Top Level DNS Names"]


def test_a_web_fetch_reads_a_page_or_says_that_it_cannot() -> None:
    tool = {"type": "web_fetch_20250910", "name": "web_fetch"}
    message = answer_to("Fetch https://example.com/ please", tools=[tool])
    page = message["content"][1]["content"]
    assert (page["type"], page["content"]["title"]) == ("web_fetch_result", "Example Domain")
    assert page["retrieved_at"].endswith("Z")
    assert message["usage"]["server_tool_use"]["web_fetch_requests"] == 1
    lost = answer_to("Fetch https://nowhere.example/ please", tools=[tool])
    assert lost["content"][1]["content"]["error_code"] == "url_not_accessible"
    turns = ["Fetch https://example.com/ please", message["content"], "Which title has the page?"]
    assert send(fresh(), request_of(*turns, tools=[tool])).status_code == 200


GRADED: Json = {
    "name": "store",
    "description": "Store a parcel",
    "input_schema": {
        "type": "object",
        "properties": {"grade": {"type": "string", "enum": ["fine", "rough"]}},
        "required": ["grade"],
        "additionalProperties": False,
    },
}


@pytest.mark.parametrize(
    ("prompt", "strict", "grade"),
    [
        ('Use the store tool with grade="odd"', False, "odd"),
        ('Use the store tool with grade="odd"', True, "fine"),
        ('Use the store tool with grade="rough"', False, "rough"),
        ('Use the store tool with grade="rough"', True, "rough"),
    ],
)
def test_only_strict_holds_the_model_to_a_schema(prompt: str, strict: bool, grade: str) -> None:
    assert calls_in(answer_to(prompt, tools=[{**GRADED, "strict": strict}])) == [("store", {"grade": grade})]


def test_examples_of_an_input_are_read() -> None:
    schema = {"type": "object", "properties": {"tag": {"type": "string"}}, "required": ["tag"]}
    tool = {"name": "mark", "description": "Mark it", "input_schema": schema, "input_examples": [{"tag": "t-77"}]}
    assert calls_in(answer_to("Use the mark tool as its example shows.", tools=[tool])) == [("mark", {"tag": "t-77"})]


@pytest.mark.parametrize("temper", ["never_calls", "cannot_call", "refuses", "never_obeys"])
def test_a_model_that_calls_nothing_runs_nothing(temper: str) -> None:
    app = create_app(api_key=KEY, temper=temper)
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    answer = send(app, request_of("Search the web for example domains", tools=tools)).json()
    assert [block["type"] for block in answer["content"]] == ["text"]
    assert "server_tool_use" not in answer["usage"]
