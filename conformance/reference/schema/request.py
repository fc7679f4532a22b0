"""The request as a whole, beta fields included (Messages API, "Create a Message" and "Count tokens")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from conformance.reference.schema.blocks import CacheControl, Shape, Text, string_or_list
from conformance.reference.schema.server_blocks import Block
from conformance.reference.schema.tools import Tool, ToolChoice


class Message(Shape):
    role: Literal["user", "assistant", "system"]
    content: Annotated[
        Annotated[str, Tag("~string")] | Annotated[list[Block], Tag("~list")],
        Discriminator(string_or_list),
    ]


class Metadata(Shape):
    user_id: str | None = Field(default=None, max_length=512)


class ThinkingEnabled(Shape):
    type: Literal["enabled"]
    budget_tokens: int = Field(ge=1024)
    display: Literal["summarized", "omitted"] | None = None


class ThinkingAdaptive(Shape):
    type: Literal["adaptive"]
    display: Literal["summarized", "omitted"] | None = None


class ThinkingDisabled(Shape):
    type: Literal["disabled"]


class ThinkingBetweenTools(Shape):
    type: Literal["between_tools"]


ThinkingConfig = Annotated[
    ThinkingAdaptive | ThinkingBetweenTools | ThinkingDisabled | ThinkingEnabled, Field(discriminator="type")
]


class JsonFormat(Shape):
    type: Literal["json_schema"]
    schema_: dict[str, Any] = Field(alias="schema")


class TaskBudget(Shape):
    type: Literal["tokens"]
    total: int = Field(ge=20_000)
    remaining: int | None = None


class OutputConfig(Shape):
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: JsonFormat | None = None
    task_budget: TaskBudget | None = None


class Skill(Shape):
    type: Literal["anthropic", "custom"]
    skill_id: str
    version: str | None = None


class Container(Shape):
    id: str | None = None
    skills: list[Skill] | None = None


def container_form(value: Any) -> str:
    """A container is an id or an object."""
    return "~id" if isinstance(value, str) else "~object"


class McpToolConfiguration(Shape):
    enabled: bool | None = None
    allowed_tools: list[str] | None = None


class McpServer(Shape):
    type: Literal["url"]
    name: str
    url: str
    authorization_token: str | None = None
    tool_configuration: McpToolConfiguration | None = None


class TokensTrigger(Shape):
    type: Literal["input_tokens"]
    value: int = Field(ge=1)


class ToolUsesTrigger(Shape):
    type: Literal["tool_uses"]
    value: int = Field(ge=1)


class ToolUsesKept(Shape):
    type: Literal["tool_uses"]
    value: int = Field(ge=0)


class ClearToolUses(Shape):
    type: Literal["clear_tool_uses_20250919"]
    trigger: Annotated[TokensTrigger | ToolUsesTrigger, Field(discriminator="type")] | None = None
    keep: ToolUsesKept | None = None
    clear_at_least: TokensTrigger | None = None
    exclude_tools: list[str] | None = None
    clear_tool_inputs: bool | list[str] | None = None


class ClearThinking(Shape):
    type: Literal["clear_thinking_20251015"]
    keep: Any = None


class Compact(Shape):
    type: Literal["compact_20260112"]
    trigger: TokensTrigger | None = None
    instructions: str | None = None
    pause_after_compaction: bool | None = None


class ContextManagement(Shape):
    edits: list[Annotated[ClearThinking | ClearToolUses | Compact, Field(discriminator="type")]] = Field(
        default_factory=list
    )


class Diagnostics(Shape):
    previous_message_id: str | None = None


class Prompt(Shape):
    """What a message and a token count have in common."""

    model: str
    messages: list[Message]
    system: (
        Annotated[
            Annotated[str, Tag("~string")] | Annotated[list[Text], Tag("~list")],
            Discriminator(string_or_list),
        ]
        | None
    ) = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    thinking: ThinkingConfig | None = None
    output_config: OutputConfig | None = None
    cache_control: CacheControl | None = None
    context_management: ContextManagement | None = None
    mcp_servers: list[McpServer] | None = None
    speed: Literal["standard", "fast"] | None = None


class CreateMessage(Prompt):
    """The body of `POST /v1/messages`."""

    max_tokens: int = Field(ge=0)
    container: (
        Annotated[
            Annotated[str, Tag("~id")] | Annotated[Container, Tag("~object")],
            Discriminator(container_form),
        ]
        | None
    ) = None
    diagnostics: Diagnostics | None = None
    inference_geo: Literal["global", "us"] | None = None
    metadata: Metadata | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    stop_sequences: list[str] | None = None
    stream: bool | None = None
    temperature: float | None = None
    top_k: int | None = Field(default=None, ge=0)
    top_p: float | None = None


class CountTokens(Prompt):
    """The body of `POST /v1/messages/count_tokens`."""
