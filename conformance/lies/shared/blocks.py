"""Where content blocks stand in a request, and what an endpoint puts in their place."""

from __future__ import annotations

from typing import Any

from conformance.lies.lie import Lie
from conformance.reference.transforms import Transform

BLOCKS = "messages[*].content"
NOTHING = {"type": "text", "text": "..."}
"""What is left of a block that is swallowed."""

PLACEHOLDER = {"type": "text", "text": "Something was attached here that this gateway did not hand on to the model."}
"""What a gateway writes where a block was."""

# How notes say that a code in a block was not read: the prompt is as short as without the block, or it grew.
ABSENT = r"the code does not come back, and its content does not lengthen the prompt \(from \d+ to \d+ tokens\)"
GREW = r"the code does not come back, although the prompt grew \(from \d+ to \d+ tokens\)"
RESULTS = f"{BLOCKS}[type=tool_result]"

KNOWN_TYPES = (
    "text",
    "image",
    "document",
    "search_result",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "tool_result",
    "server_tool_use",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "mcp_tool_use",
    "mcp_tool_result",
    "container_upload",
)

UNKNOWN = BLOCKS + "".join(f"[type!={kind}]" for kind in KNOWN_TYPES)
"""Blocks of a type that no documentation knows."""

TEXTS = f"{BLOCKS}[type=text]"


def on_result(row: str, name: str, status: str, note: str, *transforms: Transform, **further: Any) -> Lie:
    """A lie about the result of a tool."""
    return Lie(row=row, name=name, transforms=transforms, status=status, note=note, **further)
