"""Renders a finished Message as server-sent events (Messages API, "Streaming messages")."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
PIECE = 12
MOST_PIECES = 400
DELTA_OF = {"text": "text_delta", "thinking": "thinking_delta"}
CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")


def events_of(message: Json) -> Iterator[Json]:
    """The events of a message, in the official order."""
    usage = message.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    started = {key: value for key, value in usage.items() if key not in ("output_tokens_details", "server_tool_use")}
    if isinstance(started.get("output_tokens"), int):
        started["output_tokens"] = min(1, started["output_tokens"])
    skeleton = {key: value for key, value in message.items() if key != "context_management"}
    skeleton |= {"content": [], "stop_reason": None, "stop_sequence": None}
    if "usage" in message:
        skeleton["usage"] = started
    yield {"type": "message_start", "message": skeleton}
    for index, block in enumerate(blocks):
        yield from _block_events(index, block)
        if index == 0:
            yield {"type": "ping"}
    if not blocks:
        yield {"type": "ping"}
    delta = {
        key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details", "container") if key in message
    }
    last: Json = {"type": "message_delta", "delta": delta}
    if "usage" in message:
        last["usage"] = {
            key: value for key, value in usage.items() if key not in ("service_tier", "inference_geo", "speed")
        }
    if message.get("context_management") is not None:
        last["context_management"] = message["context_management"]
    yield last
    yield {"type": "message_stop"}


def _block_events(index: int, block: Any) -> Iterator[Json]:
    """What is no block, or has no type, is sent as it is, whole."""
    kind = block.get("type") if isinstance(block, dict) else None
    if kind is None:
        yield {"type": "content_block_start", "index": index, "content_block": block}
        yield {"type": "content_block_stop", "index": index}
        return
    empty = dict(block)
    deltas: list[Json] = []
    if kind in DELTA_OF and kind in block:
        empty[kind] = ""
        deltas = [{"type": DELTA_OF[kind], kind: piece} for piece in _pieces(block[kind])]
    if kind == "text" and block.get("citations"):
        empty["citations"] = []
        deltas += [{"type": "citations_delta", "citation": citation} for citation in block["citations"]]
    if kind == "thinking" and "signature" in block:
        empty["signature"] = ""
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
    if kind in CALLS:
        empty["input"] = {}
        text = json.dumps(block["input"], ensure_ascii=False) if block.get("input") else ""
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *_pieces(text)]]
    yield {"type": "content_block_start", "index": index, "content_block": empty}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _pieces(text: Any) -> list[Any]:
    if not isinstance(text, str):
        return [text]
    size = max(PIECE, -(-len(text) // MOST_PIECES))
    if PIECE >= len(text) > 1:
        size = -(-len(text) // 2)
    return [text[start : start + size] for start in range(0, len(text), size)]


def frame(event: Json) -> bytes:
    """One event as bytes: its name, its data, a blank line."""
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
