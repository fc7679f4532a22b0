"""Walks over the parts of a validated request that several rules ask about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def blocks_of(content: Any) -> list[Json]:
    """Content as blocks; a string is one text block (Messages API, `messages[].content`)."""
    if content is None:
        return []
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def messages_of(body: Json) -> list[tuple[str, list[Json]]]:
    """Role and blocks of every message."""
    return [(message["role"], blocks_of(message["content"])) for message in body["messages"]]


def placed_blocks(body: Json) -> Iterator[tuple[str, int, str, Json]]:
    """Every block of every message: its place in words, its message, the role, the block."""
    for number, message in enumerate(body["messages"]):
        content = message["content"]
        if isinstance(content, str):
            yield f"messages.{number}", number, message["role"], {"type": "text", "text": content}
            continue
        for index, block in enumerate(content):
            yield f"messages.{number}.content.{index}", number, message["role"], block


def nested_blocks(body: Json) -> Iterator[tuple[str, str, Json]]:
    """Every block, those inside tool results and documents included: place, role, block."""
    for place, _number, role, block in placed_blocks(body):
        yield place, role, block
        content = block.get("content")
        if block["type"] == "document" and block["source"]["type"] == "content":
            content = block["source"]["content"]
            place = f"{place}.source"
        if isinstance(content, list):
            for index, inner in enumerate(content):
                if isinstance(inner, dict):
                    yield f"{place}.content.{index}", role, inner


def tools_of(body: Json) -> list[Json]:
    """The tools on offer."""
    return list(body.get("tools") or ())


def tool_name(tool: Json) -> str:
    """A tool's name; toolsets have none and are called by their type."""
    return str(tool.get("name") or tool.get("type"))


def is_custom(tool: Json) -> bool:
    """Whether the client owns the tool's schema."""
    return (tool.get("type") or "custom") == "custom"


def merged_turns(body: Json) -> list[tuple[str, list[Json]]]:
    """Messages with consecutive turns of one role merged, as the API does."""
    turns: list[tuple[str, list[Json]]] = []
    for role, blocks in messages_of(body):
        if turns and turns[-1][0] == role:
            turns[-1] = (role, [*turns[-1][1], *blocks])
        else:
            turns.append((role, blocks))
    return turns


def last_loop_start(body: dict[str, Any]) -> int:
    """The message from which the current tool loop runs: the last user message that holds no tool result."""
    start = 0
    for number, message in enumerate(body["messages"]):
        kinds = {block["type"] for block in blocks_of(message["content"])}
        if message["role"] == "user" and "tool_result" not in kinds:
            start = number
    return start
