"""Rules on the order of turns and on text that must not be empty."""

from __future__ import annotations

from typing import Any

from conformance.reference.errors import invalid
from conformance.reference.headers import CURRENT_VERSION
from conformance.reference.walk import blocks_of, placed_blocks

ASSISTANT_ONLY = ("thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use")
USER_ONLY = ("tool_result", "image", "container_upload", "search_result")


def check(body: dict[str, Any], *, version: str) -> None:
    """Messages API reference, `messages` and `system`."""
    messages = body["messages"]
    if not messages:
        raise invalid("messages: at least one message is required")
    for number, message in enumerate(messages):
        last = number == len(messages) - 1
        if not message["content"] and not (last and message["role"] == "assistant"):
            raise invalid(
                f"messages.{number}: all messages must have non-empty content except for the optional final "
                "assistant message"
            )
    _check_system_turns(messages)
    _check_roles(body, version)
    _check_text(body)
    _check_prefill(messages[-1])


def _check_system_turns(messages: list[dict[str, Any]]) -> None:
    for number, message in enumerate(messages):
        if message["role"] != "system":
            continue
        if number == 0:
            raise invalid("messages.0: use the top-level 'system' parameter for the initial system prompt")
        if any(block["type"] != "text" for block in blocks_of(message["content"])):
            raise invalid(f"messages.{number}: role 'system' messages may only contain text blocks")
        after_user = messages[number - 1]["role"] in ("user", "system")
        before_assistant = number == len(messages) - 1 or messages[number + 1]["role"] in ("assistant", "system")
        if not (after_user and before_assistant):
            raise invalid(
                f"messages.{number}: role 'system' must follow a user message and either end the conversation "
                "or precede an assistant message"
            )


def _check_roles(body: dict[str, Any], version: str) -> None:
    for place, _number, role, block in placed_blocks(body):
        kind = block["type"]
        if role != "assistant" and kind in ASSISTANT_ONLY:
            raise invalid(f"{place}: `{kind}` blocks can only be in `assistant` messages")
        if role != "user" and kind in USER_ONLY:
            raise invalid(f"{place}: `{kind}` blocks can only be in `user` messages")
        if version != CURRENT_VERSION:
            continue
        if role == "assistant" and kind == "document":
            raise invalid(f"{place}: `document` blocks are not permitted in `assistant` messages")
        cited = [block] if kind == "text" else block.get("content") if kind == "search_result" else []
        if role == "user" and any(inner.get("citations") for inner in cited or ()):
            raise invalid(f"{place}.{kind}.citations: citations are not permitted in `user` messages")


def _check_text(body: dict[str, Any]) -> None:
    for field, blocks in (
        ("system", blocks_of(body.get("system") or [])),
        ("messages", [block for _place, _number, _role, block in placed_blocks(body)]),
    ):
        for block in blocks:
            if block["type"] != "text":
                continue
            if not block["text"]:
                if block.get("cache_control"):
                    raise invalid(f"{field}: cache_control cannot be set for empty text blocks")
                raise invalid(f"{field}: text content blocks must be non-empty")
            if not block["text"].strip():
                raise invalid(f"{field}: text content blocks must contain non-whitespace text")


def _check_prefill(last: dict[str, Any]) -> None:
    if last["role"] != "assistant" or not last["content"]:
        return
    final = blocks_of(last["content"])[-1]
    if final["type"] == "text" and final["text"] != final["text"].rstrip():
        raise invalid("messages: final assistant content cannot end with trailing whitespace")
