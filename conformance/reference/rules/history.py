"""Rules on what an assistant turn replays: tool calls with their results, thinking, server tools."""

from __future__ import annotations

from typing import Any

from conformance.reference.errors import invalid
from conformance.reference.seals import unseal
from conformance.reference.walk import merged_turns, placed_blocks

Blocks = list[dict[str, Any]]


def check(body: dict[str, Any]) -> None:
    """Tool use documents, "Handling results"; extended thinking documents, "Preserving thinking blocks"."""
    _check_pairs(body)
    _check_thinking(body)
    _check_server_tools(body)


def _check_pairs(body: dict[str, Any]) -> None:
    turns = [blocks for role, blocks in merged_turns(body) if role != "system"]
    places = _places(body)
    used: set[str] = set()
    for index, blocks in enumerate(turns):
        for call in _ids(blocks):
            if call in used:
                raise invalid("messages: `tool_use` ids must be unique")
            used.add(call)
        _check_results(blocks, _ids(turns[index - 1]) if index else [], places)
    for index, blocks in enumerate(turns):
        after = turns[index + 1] if index + 1 < len(turns) else []
        answered = {b["tool_use_id"] for b in after if b["type"] == "tool_result"}
        missing = [call for call in _ids(blocks) if call not in answered]
        if missing:
            raise invalid(
                f"{_message_of(places, missing[0], blocks)}: `tool_use` ids were found without `tool_result` blocks "
                f"immediately after: {', '.join(missing)}. Each `tool_use` block must have a corresponding "
                "`tool_result` block in the next message."
            )


def _ids(blocks: Blocks) -> list[str]:
    return [block["id"] for block in blocks if block["type"] == "tool_use"]


def _check_results(blocks: Blocks, called: list[str], places: dict[int, str]) -> None:
    seen: set[str] = set()
    for position, block in enumerate(blocks):
        if block["type"] != "tool_result":
            continue
        place, target = places[id(block)], block["tool_use_id"]
        if target not in called:
            raise invalid(
                f"{place}: unexpected `tool_use_id` found in `tool_result` blocks: {target}. Each `tool_result` block "
                "must have a corresponding `tool_use` block in the previous message."
            )
        if target in seen:
            raise invalid(
                f"{place}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: "
                f"{target}"
            )
        seen.add(target)
        if any(earlier["type"] != "tool_result" for earlier in blocks[:position]):
            raise invalid(
                f"{place.rsplit('.content', 1)[0]}: `tool_use` ids were found without `tool_result` blocks "
                f"immediately after: {target}. Each `tool_use` block must have a corresponding `tool_result` block "
                "at the beginning of the next message."
            )


def _places(body: dict[str, Any]) -> dict[int, str]:
    return {id(block): place for place, _number, _role, block in placed_blocks(body)}


def _message_of(places: dict[int, str], call: str, blocks: Blocks) -> str:
    for block in blocks:
        if block["type"] == "tool_use" and block["id"] == call:
            return places[id(block)].rsplit(".content", 1)[0]
    return "messages"


def _check_thinking(body: dict[str, Any]) -> None:
    for place, _number, _role, block in placed_blocks(body):
        if block["type"] == "thinking":
            sealed = unseal(block["signature"])
            if sealed is None or block["thinking"] not in ("", sealed):
                raise invalid(f"{place}: Invalid `signature` in `thinking` block")
        elif block["type"] == "redacted_thinking" and unseal(block["data"]) is None:
            raise invalid(f"{place}: Invalid `data` in `redacted_thinking` block")


RESULT_OF = {
    "web_search": "web_search_tool_result",
    "web_fetch": "web_fetch_tool_result",
    "code_execution": "code_execution_tool_result",
    "bash_code_execution": "bash_code_execution_tool_result",
    "text_editor_code_execution": "text_editor_code_execution_tool_result",
    "tool_search_tool_regex": "tool_search_tool_result",
    "tool_search_tool_bm25": "tool_search_tool_result",
}


def _check_server_tools(body: dict[str, Any]) -> None:
    blocks = [(place, block) for place, _number, _role, block in placed_blocks(body)]
    results = {block["tool_use_id"]: block["type"] for _place, block in blocks if block["type"] in RESULT_OF.values()}
    calls = {block["id"]: RESULT_OF[block["name"]] for _place, block in blocks if block["type"] == "server_tool_use"}
    for place, block in blocks:
        kind = block["type"]
        if kind == "server_tool_use" and results.get(block["id"]) != RESULT_OF[block["name"]]:
            raise invalid(
                f"{place}: `{block['name']}` tool use with id `{block['id']}` was found without a corresponding "
                f"`{RESULT_OF[block['name']]}` block"
            )
        if kind in RESULT_OF.values() and calls.get(block["tool_use_id"]) != kind:
            raise invalid(
                f"{place}: unexpected `tool_use_id` found in `{kind}` blocks: {block['tool_use_id']}. Each `{kind}` "
                "block must have a corresponding `server_tool_use` block before it."
            )
        if kind == "web_search_tool_result" and isinstance(block["content"], list):
            for hit in block["content"]:
                if unseal(hit["encrypted_content"]) is None:
                    raise invalid(f"{place}: Invalid `encrypted_content` in `web_search_result` block")
    _check_mcp(blocks)


def _check_mcp(blocks: list[tuple[str, dict[str, Any]]]) -> None:
    calls = {block["id"] for _place, block in blocks if block["type"] == "mcp_tool_use"}
    results = {block["tool_use_id"] for _place, block in blocks if block["type"] == "mcp_tool_result"}
    for place, block in blocks:
        if block["type"] == "mcp_tool_use" and block["id"] not in results:
            raise invalid(
                f"{place}: `mcp_tool_use` id `{block['id']}` was found without a corresponding `mcp_tool_result` block"
            )
        if block["type"] == "mcp_tool_result" and block["tool_use_id"] not in calls:
            raise invalid(
                f"{place}: unexpected `tool_use_id` found in `mcp_tool_result` blocks: {block['tool_use_id']}"
            )
