"""The lines of the table that vendors publish of their Messages API, each with the row that answers it.

Sections, fields and their order are those of the vendors' own documents; what a row covers beyond a line's field (a
further form, a sub-field) is a part of that line, so that a line never says more than was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """A table of the vendors' documents."""

    HEADERS = "headers"
    SIMPLE = "simple"
    TOOLS = "tools"
    TOOL_CHOICE = "tool_choice"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class Part:
    """A further row that a line speaks for, and what it is called there."""

    row: str
    called: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the cells before its status, and the rows that decide it."""

    section: Section
    cells: tuple[str, ...]
    row: str
    parts: tuple[Part, ...] = ()


def _parts(row: str, **called: str) -> tuple[Part, ...]:
    return tuple(Part(f"{row}.{name.lstrip('_')}", word) for name, word in called.items())


STREAM = tuple(
    Part(f"stream.{name}", f"`stream.{name}`")
    for name in (
        "content_type",
        "framing",
        "order",
        "blocks",
        "skeletons",
        "input_json",
        "message_start",
        "message_delta",
        "no_done",
        "incremental",
        "equals_message",
        "early_error",
    )
)
"""A stream that comes, but not as it must look, is not fully supported."""

PARALLEL = (Part("tool_choice.disable_parallel_tool_use", "`disable_parallel_tool_use`"),)

_PARTS: dict[str, tuple[Part, ...]] = {
    "headers.anthropic_version": _parts("headers.anthropic_version", _2026_10_21="`2026-10-21`"),
    "fields.stream": STREAM,
    "fields.system": _parts("fields.system", array="`system[]`", cache_control="`cache_control`"),
    "fields.temperature": _parts(
        "fields.temperature", above_one="`temperature > 1`", with_top_p="`temperature` + `top_p`"
    ),
    "fields.thinking": _parts(
        "fields.thinking",
        budget_tokens="`budget_tokens`",
        adaptive='`type="adaptive"`',
        disabled='`type="disabled"`',
        display="`display`",
    ),
    "tool_choice.auto": PARALLEL,
    "tool_choice.any": PARALLEL,
    "tool_choice.tool": PARALLEL,
    "content.image": _parts("content.image", url='`source.type="url"`', file='`source.type="file"`'),
    "content.document": _parts(
        "content.document",
        pdf='`source.type="base64"` (PDF)',
        url='`source.type="url"`',
        content='`source.type="content"`',
        citations="`citations`",
    ),
    "content.tool_result.content": _parts(
        "content.tool_result.content", array='array, `type="text"`', image='array, `type="image"`'
    ),
}


def _lines(section: Section, table: str, *fields: str) -> tuple[Line, ...]:
    rows = {field: f"{table}.{field.replace('-', '_')}" for field in fields}
    return tuple(Line(section, (field,), row, _PARTS.get(row, ())) for field, row in rows.items())


def _block(kind: str, *fields: str) -> tuple[Line, ...]:
    """The lines of one content block: one for each of its fields, or one for the whole block."""
    variant, row = f'array, type="{kind}"', f"content.{kind}"
    if not fields:
        return (Line(Section.MESSAGES, ("content", variant, ""), row, _PARTS.get(row, ())),)
    rows = {field: f"{row}.{field}" for field in fields}
    return tuple(
        Line(Section.MESSAGES, ("content", variant, field), each, _PARTS.get(each, ())) for field, each in rows.items()
    )


LINES: tuple[Line, ...] = (
    *_lines(Section.HEADERS, "headers", "anthropic-beta", "anthropic-version", "x-api-key"),
    *_lines(
        Section.SIMPLE,
        "fields",
        "model",
        "max_tokens",
        "container",
        "mcp_servers",
        "metadata",
        "service_tier",
        "stop_sequences",
        "stream",
        "system",
        "temperature",
        "thinking",
        "top_k",
        "top_p",
    ),
    *_lines(Section.TOOLS, "tools", "name", "input_schema", "description", "cache_control"),
    *_lines(Section.TOOL_CHOICE, "tool_choice", "none", "auto", "any", "tool"),
    Line(Section.MESSAGES, ("content", "string", ""), "content.string"),
    *_block("text", "text", "cache_control", "citations"),
    *_block("image"),
    *_block("document"),
    *_block("search_result"),
    *_block("thinking"),
    *_block("redacted_thinking"),
    *_block("tool_use", "id", "input", "name", "cache_control"),
    *_block("tool_result", "tool_use_id", "content", "cache_control", "is_error"),
    *_block("server_tool_use"),
    *_block("web_search_tool_result"),
    *_block("code_execution_tool_result"),
    *_block("mcp_tool_use"),
    *_block("mcp_tool_result"),
    *_block("container_upload"),
)
