"""References to tools must resolve, enabled citations lengthen the prompt, an item can be put first in an answer."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.reference.app import create_app
from conformance.reference.transforms import Act, answer_first
from tests.reference.calling import KEY, WEATHER, Json, answer_to, plain_document, refusal_of, request_of, text_block

FINDER = {**WEATHER, "name": "find_tools", "description": "Finds tools"}
TOOLS = [FINDER, {**WEATHER, "defer_loading": True}]


def a_search(name: str) -> list[Any]:
    """A conversation in which a tool of the client's has found a deferred tool."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "find_tools", "input": {"city": "x"}}
    reference = {"type": "tool_reference", "tool_name": name}
    return ["Find a tool.", [call], [{"type": "tool_result", "tool_use_id": "toolu_1", "content": [reference]}]]


def test_a_reference_needs_the_definition_of_its_tool() -> None:
    assert answer_to(*a_search("get_weather"), tools=TOOLS)["content"]
    refused = refusal_of(request_of(*a_search("get_rain"), tools=TOOLS))
    assert refused == "Tool reference 'get_rain' not found in available tools"


@pytest.mark.parametrize(
    ("switch", "longer"), [(None, False), ({"enabled": False}, False), ({}, False), ({"enabled": True}, True)]
)
def test_enabled_citations_lengthen_the_prompt(switch: Json | None, longer: bool) -> None:
    def tokens(**further: Json | None) -> int:
        document = plain_document("The harbour opens at six.", **further)
        return int(answer_to([document, text_block("When does it open?")])["usage"]["input_tokens"])

    assert (tokens(citations=switch) > tokens()) is longer


def test_an_item_can_be_put_before_all_others_of_an_answer() -> None:
    step = answer_first("content", {"type": "text", "text": ""})
    app = create_app(api_key=KEY, acts=[Act("replay.text", "empty", (step, step))])
    content = answer_to("Say OK.", app=app)["content"]
    assert [block["text"].strip(".") for block in content] == ["", "", "OK"]
