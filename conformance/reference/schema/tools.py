"""Tools and tool choices that a request may offer (Messages API, `tools` and `tool_choice`)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from conformance.reference.schema.blocks import CacheControl, CitationsSwitch, Shape

TOOL_NAME = r"^[a-zA-Z0-9_-]{1,128}$"

AllowedCallers = list[
    Literal["direct", "code_execution_20250825", "code_execution_20260120", "code_execution_20260521"]
]


class InputSchema(Shape):
    model_config = ConfigDict(extra="allow", strict=True)

    type: Literal["object"]
    properties: dict[str, Any] | None = None
    required: list[str] | None = None


class CustomTool(Shape):
    type: Literal["custom"] | None = None
    name: Annotated[str, Field(pattern=TOOL_NAME)]
    description: str | None = None
    input_schema: InputSchema
    cache_control: CacheControl | None = None
    strict: bool | None = None
    input_examples: list[dict[str, Any]] | None = None
    defer_loading: bool | None = None
    eager_input_streaming: bool | None = None
    allowed_callers: AllowedCallers | None = None


class KnownTool(Shape):
    """What every tool of a vendor-owned schema may carry beside its type and name."""

    cache_control: CacheControl | None = None
    allowed_callers: AllowedCallers | None = None
    defer_loading: bool | None = None
    input_examples: list[dict[str, Any]] | None = None
    strict: bool | None = None


class BashTool(KnownTool):
    type: Literal["bash_20250124", "bash_20241022"]
    name: Literal["bash"]


class EditorTool(KnownTool):
    type: Literal["text_editor_20250728", "text_editor_20250429"]
    name: Literal["str_replace_based_edit_tool"]
    max_characters: int | None = Field(default=None, ge=1)


class EarlyEditorTool(KnownTool):
    type: Literal["text_editor_20250124", "text_editor_20241022"]
    name: Literal["str_replace_editor"]


class MemoryTool(KnownTool):
    type: Literal["memory_20250818"]
    name: Literal["memory"]


class ComputerTool(KnownTool):
    type: Literal["computer_20251124", "computer_20250124", "computer_20241022"]
    name: Literal["computer"]
    display_width_px: int = Field(ge=1)
    display_height_px: int = Field(ge=1)
    display_number: int | None = None
    enable_zoom: bool | None = None


class Toolset(Shape):
    type: Literal["computer_toolset_20260801", "browser_toolset_20260801"]
    cache_control: CacheControl | None = None
    configs: dict[str, Any] | None = None


class UserLocation(Shape):
    type: Literal["approximate"]
    city: str | None = None
    region: str | None = None
    country: str | None = None
    timezone: str | None = None


class WebSearchTool(KnownTool):
    type: Literal["web_search_20250305", "web_search_20260209", "web_search_20260318"]
    name: Literal["web_search"]
    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None
    max_uses: int | None = Field(default=None, gt=0)
    user_location: UserLocation | None = None


class WebFetchTool(KnownTool):
    type: Literal["web_fetch_20250910", "web_fetch_20260209", "web_fetch_20260309", "web_fetch_20260318"]
    name: Literal["web_fetch"]
    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None
    citations: CitationsSwitch | None = None
    max_content_tokens: int | None = Field(default=None, gt=0)
    max_uses: int | None = Field(default=None, gt=0)
    url_sources: dict[str, Any] | None = None
    use_cache: bool | None = None


class CodeExecutionTool(KnownTool):
    type: Literal[
        "code_execution_20250522", "code_execution_20250825", "code_execution_20260120", "code_execution_20260521"
    ]
    name: Literal["code_execution"]


class RegexToolSearch(KnownTool):
    type: Literal["tool_search_tool_regex_20251119", "tool_search_tool_regex"]
    name: Literal["tool_search_tool_regex"]


class Bm25ToolSearch(KnownTool):
    type: Literal["tool_search_tool_bm25_20251119", "tool_search_tool_bm25"]
    name: Literal["tool_search_tool_bm25"]


class McpToolset(Shape):
    type: Literal["mcp_toolset"]
    mcp_server_name: str
    cache_control: CacheControl | None = None
    configs: dict[str, Any] | None = None
    default_config: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None


def tool_type(value: Any) -> Any:
    """A tool without a type is a custom one."""
    if not isinstance(value, dict):
        return "custom"
    return value.get("type") or "custom"


Tool = Annotated[
    Annotated[CustomTool, Tag("custom")]
    | Annotated[BashTool, Tag("bash_20241022")]
    | Annotated[BashTool, Tag("bash_20250124")]
    | Annotated[CodeExecutionTool, Tag("code_execution_20250522")]
    | Annotated[CodeExecutionTool, Tag("code_execution_20250825")]
    | Annotated[CodeExecutionTool, Tag("code_execution_20260120")]
    | Annotated[CodeExecutionTool, Tag("code_execution_20260521")]
    | Annotated[ComputerTool, Tag("computer_20241022")]
    | Annotated[ComputerTool, Tag("computer_20250124")]
    | Annotated[ComputerTool, Tag("computer_20251124")]
    | Annotated[Toolset, Tag("computer_toolset_20260801")]
    | Annotated[Toolset, Tag("browser_toolset_20260801")]
    | Annotated[McpToolset, Tag("mcp_toolset")]
    | Annotated[MemoryTool, Tag("memory_20250818")]
    | Annotated[EarlyEditorTool, Tag("text_editor_20241022")]
    | Annotated[EarlyEditorTool, Tag("text_editor_20250124")]
    | Annotated[EditorTool, Tag("text_editor_20250429")]
    | Annotated[EditorTool, Tag("text_editor_20250728")]
    | Annotated[Bm25ToolSearch, Tag("tool_search_tool_bm25")]
    | Annotated[Bm25ToolSearch, Tag("tool_search_tool_bm25_20251119")]
    | Annotated[RegexToolSearch, Tag("tool_search_tool_regex")]
    | Annotated[RegexToolSearch, Tag("tool_search_tool_regex_20251119")]
    | Annotated[WebFetchTool, Tag("web_fetch_20250910")]
    | Annotated[WebFetchTool, Tag("web_fetch_20260209")]
    | Annotated[WebFetchTool, Tag("web_fetch_20260309")]
    | Annotated[WebFetchTool, Tag("web_fetch_20260318")]
    | Annotated[WebSearchTool, Tag("web_search_20250305")]
    | Annotated[WebSearchTool, Tag("web_search_20260209")]
    | Annotated[WebSearchTool, Tag("web_search_20260318")],
    Discriminator(tool_type),
]


class ChoiceAuto(Shape):
    type: Literal["auto"]
    disable_parallel_tool_use: bool | None = None


class ChoiceAny(Shape):
    type: Literal["any"]
    disable_parallel_tool_use: bool | None = None


class ChoiceTool(Shape):
    type: Literal["tool"]
    name: str
    disable_parallel_tool_use: bool | None = None


class ChoiceNone(Shape):
    type: Literal["none"]


ToolChoice = Annotated[ChoiceAuto | ChoiceAny | ChoiceTool | ChoiceNone, Field(discriminator="type")]
