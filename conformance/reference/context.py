"""Context editing: clears old tool results and thinking before the prompt is read (context editing documents)."""

from __future__ import annotations

import copy
from typing import Any

from conformance.reference.errors import invalid
from conformance.reference.prompt import segments_of
from conformance.reference.walk import blocks_of

Json = dict[str, Any]
CLEARED = "[cleared to save context]"
DEFAULT_TRIGGER: Json = {"type": "input_tokens", "value": 100_000}
DEFAULT_KEEP = 3
LEAST_COMPACT_TRIGGER = 50_000


def edit_context(body: Json) -> tuple[Json, list[Json] | None]:
    """The body as edited, and `applied_edits`; None where no context management was asked for."""
    wanted = body.get("context_management")
    if wanted is None:
        return body, None
    edits = wanted.get("edits") or []
    kinds = [edit["type"] for edit in edits]
    if "clear_thinking_20251015" in kinds[1:]:
        raise invalid("context_management.edits: clear_thinking_20251015 must be the first edit")
    applied: list[Json] = []
    for number, edit in enumerate(edits):
        if edit["type"] == "clear_tool_uses_20250919":
            body = _clear_tool_uses(body, edit, applied)
        elif edit["type"] == "clear_thinking_20251015":
            body = _clear_thinking(body, edit, applied)
        elif (edit.get("trigger") or {"value": LEAST_COMPACT_TRIGGER})["value"] < LEAST_COMPACT_TRIGGER:
            raise invalid(
                f"context_management.edits.{number}.compact_20260112.trigger.value: Input should be greater than or "
                f"equal to {LEAST_COMPACT_TRIGGER}"
            )
    return body, applied


def prompt_tokens(body: Json) -> int:
    """All the tokens of a prompt."""
    return sum(segment.tokens for segment in segments_of(body))


def _clear_tool_uses(body: Json, edit: Json, applied: list[Json]) -> Json:
    excluded = set(edit.get("exclude_tools") or ())
    calls = [
        block
        for message in body["messages"]
        for block in blocks_of(message["content"])
        if block["type"] == "tool_use" and block["name"] not in excluded
    ]
    trigger = edit.get("trigger") or DEFAULT_TRIGGER
    reached = len(calls) if trigger["type"] == "tool_uses" else prompt_tokens(body)
    if reached <= int(trigger["value"]) - (trigger["type"] == "tool_uses"):
        return body
    keep = (edit.get("keep") or {"value": DEFAULT_KEEP})["value"]
    cleared = {call["id"] for call in (calls[:-keep] if keep else calls)}
    edited = copy.deepcopy(body)
    for message in edited["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else ():
            if block["type"] == "tool_result" and block["tool_use_id"] in cleared:
                block["content"] = CLEARED
            elif block["type"] == "tool_use" and block["id"] in cleared and edit.get("clear_tool_inputs"):
                block["input"] = {}
    saved = prompt_tokens(body) - prompt_tokens(edited)
    least = (edit.get("clear_at_least") or {"value": 0})["value"]
    if not cleared or saved < least:
        return body
    applied.append({"type": edit["type"], "cleared_tool_uses": len(cleared), "cleared_input_tokens": max(0, saved)})
    return edited


def _clear_thinking(body: Json, edit: Json, applied: list[Json]) -> Json:
    keep = edit.get("keep") or {"type": "thinking_turns", "value": 1}
    if keep == "all" or (isinstance(keep, dict) and keep.get("type") == "all"):
        return body
    turns = [
        number
        for number, message in enumerate(body["messages"])
        if any(block["type"] == "thinking" for block in blocks_of(message["content"]))
    ]
    count = keep.get("value", 1) if isinstance(keep, dict) else 1
    dropped = set(turns[:-count] if count else turns)
    if not dropped:
        return body
    edited = copy.deepcopy(body)
    for number in dropped:
        message = edited["messages"][number]
        message["content"] = [block for block in message["content"] if block["type"] != "thinking"]
    saved = prompt_tokens(body) - prompt_tokens(edited)
    applied.append(
        {"type": edit["type"], "cleared_thinking_turns": len(dropped), "cleared_input_tokens": max(0, saved)}
    )
    return edited
