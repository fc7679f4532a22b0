"""The prompt as the model is charged for it: segments in order (tools, system, messages) with their tokens."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.reference.model.images import image_size
from conformance.reference.pdf import pdf_pages
from conformance.reference.tokens import count_tokens
from conformance.reference.walk import blocks_of, last_loop_start, tool_name, tools_of

Json = dict[str, Any]
TOKENS_OF_MESSAGE = 3
TOKENS_OF_TOOL = 8
TOKENS_OF_KNOWN_TOOL = 240
TOKENS_OF_TOOL_SYSTEM = 60
TOKENS_OF_PAGE = 100
TOKENS_OF_CITING = 24
PATCH = 28
NOT_PROMPT = frozenset({"cache_control", "strict", "eager_input_streaming", "defer_loading", "allowed_callers"})


@dataclass(frozen=True, slots=True)
class Segment:
    """One cacheable stretch: what it says, its tokens, and the time to live that its breakpoint asks for."""

    key: str
    tokens: int
    ttl: str | None


def segments_of(body: Json) -> list[Segment]:
    """The prompt of a validated body. Deferred tools are out of it, and so is thinking of earlier tool loops."""
    segments = list(_tools(body))
    for block in blocks_of(body.get("system") or []):
        segments.append(_segment("system", block, count_tokens(block["text"])))
    start = last_loop_start(body)
    for number, message in enumerate(body["messages"]):
        extra = TOKENS_OF_MESSAGE
        for block in blocks_of(message["content"]):
            if block["type"] in ("thinking", "redacted_thinking") and number < start:
                continue
            segments.append(_segment(f"{number}{message['role']}", block, tokens_of_block(block) + extra))
            extra = 0
    automatic = body.get("cache_control")
    if automatic and segments:
        last = segments[-1]
        segments[-1] = Segment(last.key, last.tokens, last.ttl or automatic.get("ttl") or "5m")
    return segments


def _segment(where: str, block: Json, tokens: int) -> Segment:
    mark = block.get("cache_control")
    inner = block.get("content")
    if not mark and isinstance(inner, list):
        mark = next(
            (part["cache_control"] for part in inner if isinstance(part, dict) and part.get("cache_control")), None
        )
    kept = {key: value for key, value in block.items() if key not in NOT_PROMPT}
    ttl = (mark.get("ttl") or "5m") if mark else None
    return Segment(f"{where}{json.dumps(kept, sort_keys=True)}", tokens, ttl)


def _tools(body: Json) -> Iterator[Segment]:
    referenced = _references(body)
    extra = TOKENS_OF_TOOL_SYSTEM
    for tool in tools_of(body):
        if tool.get("defer_loading") and tool_name(tool) not in referenced:
            continue
        shown = {key: value for key, value in tool.items() if key not in NOT_PROMPT and value not in (None, [])}
        tokens = TOKENS_OF_TOOL + extra
        tokens += count_tokens(json.dumps(shown)) if "input_schema" in tool else TOKENS_OF_KNOWN_TOOL
        extra = 0
        yield _segment("tools", tool, tokens)


def _references(body: Json) -> set[str]:
    text = json.dumps(body["messages"]) if any(t.get("defer_loading") for t in tools_of(body)) else ""
    return {tool_name(tool) for tool in tools_of(body) if f'"tool_name": "{tool_name(tool)}"' in text}


def tokens_of_block(block: Json) -> int:
    """The tokens of one content block. Enabled citations lengthen the prompt (Citations, "Token costs")."""
    citing = TOKENS_OF_CITING if (block.get("citations") or None) == {"enabled": True} else 0
    return citing + _tokens_of_content(block)


def _tokens_of_content(block: Json) -> int:
    kind = block["type"]
    if kind == "text":
        return count_tokens(block["text"])
    if kind == "image":
        return _image_tokens(block["source"])
    if kind == "document":
        return _document_tokens(block)
    if kind == "thinking":
        return count_tokens(block["thinking"]) + 4
    content = block.get("content")
    if kind == "search_result":
        return count_tokens(f"{block['title']} {block['source']}") + sum(
            tokens_of_block(part) for part in content or ()
        )
    if kind in ("tool_result", "mcp_tool_result"):
        return 6 + sum(tokens_of_block(part) for part in blocks_of(content)) + bool(block.get("is_error"))
    rest = {key: value for key, value in block.items() if key not in ("type", "id", "tool_use_id", "cache_control")}
    return 4 + count_tokens(json.dumps(rest))


def _image_tokens(source: Json) -> int:
    if source["type"] != "base64":
        return 0
    width, height = image_size(base64.b64decode(source["data"]))
    return math.ceil(width / PATCH) * math.ceil(height / PATCH)


def _document_tokens(block: Json) -> int:
    source = block["source"]
    tokens = 5 + count_tokens(f"{block.get('title') or ''} {block.get('context') or ''}")
    if source["type"] == "text":
        return tokens + count_tokens(source["data"])
    if source["type"] == "content":
        return tokens + sum(tokens_of_block(part) for part in blocks_of(source["content"]))
    pages = pdf_pages(base64.b64decode(source["data"])) if source["type"] == "base64" else ()
    return tokens + sum(TOKENS_OF_PAGE + count_tokens(page) for page in pages)
