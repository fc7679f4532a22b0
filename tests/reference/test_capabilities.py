"""What the deterministic model can do: the plain prompts, and each kind of block read back."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.reference.calling import Json, answer_to, fresh, pdf_of, plain_document, say, send, square, text_block

PROMPTS = tomllib.loads(Path(__file__).with_name("plain_prompts.toml").read_text(encoding="utf-8"))["prompts"]
MCP = "mcp-client-2025-11-20"


def test_there_are_forty_plain_prompts() -> None:
    assert len(PROMPTS) == 40


@pytest.mark.parametrize("prompt", PROMPTS, ids=[str(n) for n in range(len(PROMPTS))])
def test_plain_prompt(prompt: Json) -> None:
    fields = {"system": prompt["system"]} if "system" in prompt else {}
    text = say(*prompt.get("before", []), prompt["turn"], **fields)
    if "equals" in prompt:
        assert text == prompt["equals"]
    for part in prompt.get("contains", []):
        assert part in text
    for part in prompt.get("lacks", []):
        assert part not in text
    assert re.search(prompt.get("matches", ""), text)


def search(title: str, text: str) -> Json:
    return {"type": "search_result", "source": "https://a.example", "title": title, "content": [text_block(text)]}


def content_document(*texts: str) -> Json:
    source = {"type": "content", "content": [text_block(text) for text in texts]}
    return {"type": "document", "source": source}


READ: list[tuple[list[Any], str]] = [
    ([[plain_document("It rains. The report code is RC-5."), text_block("What is the report code?")]], "RC-5"),
    (
        [[plain_document("x", title="Log", context="The audit code is AU-5."), text_block("What is the audit code?")]],
        "AU-5",
    ),
    ([[content_document("Alpha code: AA-1", "Beta code: BB-2"), text_block("What is the beta code?")]], "BB-2"),
    ([[pdf_of("The pier code is PR-71."), text_block("Which code is in the PDF?")]], "PR-71"),
    ([[search("Tower", "The tower code is TW-330."), text_block("What is the code in the search result?")]], "TW-330"),
    ([[square("blue"), text_block("What colour is this picture?")]], "blue"),
    ([[square("red"), square("yellow"), text_block("Name the colours of both images in order.")]], "red and yellow"),
    (
        [[text_block("The first code is A-1."), text_block("The second code is B-2."), text_block("Which codes?")]],
        "A-1 and B-2",
    ),
]


@pytest.mark.parametrize(("turns", "part"), READ, ids=[str(n) for n in range(len(READ))])
def test_blocks_are_read(turns: list[Any], part: str) -> None:
    assert part in say(*turns)


def executed(stdout: str) -> list[Json]:
    use = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "code_execution", "input": {"code": "run()"}}
    ran = {"type": "code_execution_result", "stdout": stdout, "stderr": "", "return_code": 0, "content": []}
    return [
        use,
        {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": ran},
        text_block("Done."),
    ]


def searched(code: str) -> list[Json]:
    use = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "tall llamas"}}
    error = {"type": "web_search_tool_result_error", "error_code": code}
    return [
        use,
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": error},
        text_block("Sorry."),
    ]


def fetched(text: str) -> list[Json]:
    use = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_fetch", "input": {"url": "https://a.example"}}
    page = {"type": "web_fetch_result", "url": "https://a.example", "content": plain_document(text)}
    return [use, {"type": "web_fetch_tool_result", "tool_use_id": "srvtoolu_1", "content": page}, text_block("Read.")]


@pytest.mark.parametrize(
    ("replayed", "question", "part"),
    [
        (executed("ZQ-881\n"), "What did the program print?", "ZQ-881"),
        (executed("ZQ-882\n"), "Repeat the output of the code that ran.", "ZQ-882"),
        (searched("max_uses_exceeded"), "Which error code did the search report?", "max_uses_exceeded"),
        (searched("unavailable"), "Which query did you search for?", "tall llamas"),
        (fetched("The page code is PG-6."), "Which code is on the page?", "PG-6"),
    ],
)
def test_server_blocks_are_read(replayed: list[Json], question: str, part: str) -> None:
    assert part in say("Go", replayed, question)


def test_mcp_blocks_are_read() -> None:
    use = {"type": "mcp_tool_use", "id": "m1", "name": "find_it", "server_name": "zed", "input": {"topic": "moss"}}
    result = {"type": "mcp_tool_result", "tool_use_id": "m1", "content": [text_block("The moss code is MC-9.")]}
    turns = ("Go", [use, result, text_block("Done.")])
    assert "MC-9" in say(*turns, "What did the MCP tool return?", betas=MCP)
    assert "find_it" in say(*turns, "What is the name of the tool that you called?", betas=MCP)
    assert "moss" in say(*turns, "Which topic did you call the tool with?", betas=MCP)


def held_everywhere() -> tuple[list[Any], Json]:
    """A conversation with a code in every place, and its system prompt."""
    use = {"type": "tool_use", "id": "t1", "name": "dig_here", "input": {"spot": "the bed of CC-3"}}
    result = {
        "type": "tool_result",
        "tool_use_id": "t1",
        "content": [text_block("Found DD-4."), text_block("And EE-5.")],
    }
    opening = [plain_document("Moss. The code is BB-2."), search("Tower", "It has FF-6."), text_block("Dig, please.")]
    return [opening, [use], [result, text_block("Thanks; my own is GG-7.")], "Gladly."], {"system": "The code is AA-1."}


@pytest.mark.parametrize(
    "question",
    [
        "List all codes in this conversation.",
        "Which codes were mentioned so far? Just the codes.",
        "Please enumerate every code that can be found anywhere above, documents and tools included.",
    ],
)
def test_all_codes_of_a_conversation_are_listed(question: str) -> None:
    turns, fields = held_everywhere()
    said = say(*turns, question, **fields)
    assert re.findall(r"\b[A-Z]{2}-\d\b", said) == ["AA-1", "BB-2", "FF-6", "CC-3", "DD-4", "EE-5", "GG-7"]
    assert "dig_here" not in said


def test_the_names_of_tools_are_listed_beside_all_codes() -> None:
    turns, fields = held_everywhere()
    said = say(*turns, "List every code of this conversation and the names of the tools that you called.", **fields)
    assert "dig_here" in said
    assert "EE-5" in said


def test_one_code_of_a_conversation_is_told_alone() -> None:
    assert say("The moss code is BB-2. The fern code is CC-3.", "Noted.", "What is the fern code?") == "It is CC-3."


def test_nothing_is_made_up_or_leaked() -> None:
    hidden = {"metadata": {"user_id": "The code is LEAK-1"}}
    assert say("What is the code?", **hidden) == "I do not know."
    assert say([plain_document("Only hills here."), text_block("Which code is in the document?")]) == "I do not know."
    assert "DC-1" not in say("The door code is DC-1. What is the launch code?")


def test_prefill_is_continued() -> None:
    assert say("The code is GH-12. What is the code?", "The code is") == " GH-12"
    assert say("Repeat exactly: ALPHA BRAVO CHARLIE", "ALPHA") == " BRAVO CHARLIE"
    assert say("Count from 1 to 5 with commas", "1, 2,") == " 3, 4, 5"


def test_consecutive_and_system_turns() -> None:
    body = {"model": "reference-1", "max_tokens": 99}
    user: list[Json] = [
        {"role": "user", "content": "Code one is AA-1."},
        {"role": "user", "content": "Code two is BB-2. Reply with both codes."},
    ]
    text = send(fresh(), {**body, "messages": user}).json()["content"][0]["text"]
    assert "AA-1" in text
    assert "BB-2" in text
    steered: list[Json] = [
        {"role": "user", "content": "Say hello."},
        {"role": "system", "content": "Reply only with MANGO-4, whatever is asked."},
    ]
    assert send(fresh(), {**body, "messages": steered}).json()["content"][0]["text"] == "MANGO-4"


def test_citations_are_verbatim() -> None:
    data = "Hills are high. The report code is RC-5. Rain falls."
    message = answer_to(
        [plain_document(data, title="T", citations={"enabled": True}), text_block("What is the report code?")]
    )
    citation = message["content"][0]["citations"][0]
    assert citation["type"] == "char_location"
    assert citation["cited_text"] == data[citation["start_char_index"] : citation["end_char_index"]]
    assert "RC-5" in citation["cited_text"]
    blocks = {**content_document("Alpha code: AA-1", "Beta code: BB-2"), "citations": {"enabled": True}}
    cited = answer_to([blocks, text_block("What is the beta code?")])["content"][0]["citations"][0]
    assert (cited["type"], cited["start_block_index"], cited["cited_text"]) == (
        "content_block_location",
        1,
        "Beta code: BB-2",
    )
    paged = {**pdf_of("The pier code is PR-71."), "citations": {"enabled": True}}
    cited = answer_to([paged, text_block("What is the pier code?")])["content"][0]["citations"][0]
    assert (cited["type"], cited["start_page_number"]) == ("page_location", 1)
    hit = {**search("Tower", "The tower code is TW-330."), "citations": {"enabled": True}}
    cited = answer_to([hit, text_block("What is the tower code?")])["content"][0]["citations"][0]
    assert (cited["type"], cited["cited_text"]) == ("search_result_location", "The tower code is TW-330.")
