"""Blocks that server tools and MCP connectors leave in the history (Messages API, `messages[].content`)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from conformance.reference.schema.blocks import (
    BLOCK_ID,
    CacheControl,
    Caller,
    ContainerUpload,
    Document,
    Image,
    RedactedThinking,
    SearchResult,
    Shape,
    Text,
    Thinking,
    ToolReference,
    ToolResult,
    ToolUse,
    string_or_list,
)

SERVER_TOOL_ID = r"^srvtoolu_[a-zA-Z0-9_]+$"

ServerToolName = Literal[
    "web_search",
    "web_fetch",
    "code_execution",
    "bash_code_execution",
    "text_editor_code_execution",
    "tool_search_tool_regex",
    "tool_search_tool_bm25",
]


class ServerToolUse(Shape):
    type: Literal["server_tool_use"]
    id: Annotated[str, Field(pattern=SERVER_TOOL_ID)]
    name: ServerToolName
    input: dict[str, Any]
    caller: Caller | None = None
    cache_control: CacheControl | None = None


class WebSearchHit(Shape):
    type: Literal["web_search_result"]
    title: str
    url: str
    encrypted_content: str
    page_age: str | None = None


class WebSearchError(Shape):
    type: Literal["web_search_tool_result_error"]
    error_code: Literal[
        "invalid_tool_input",
        "unavailable",
        "max_uses_exceeded",
        "too_many_requests",
        "query_too_long",
        "request_too_large",
    ]


def hits_or_error(value: Any) -> str:
    """A web search answers with a list of hits or with one error object."""
    return "~hits" if isinstance(value, list) else "~error"


class WebSearchResult(Shape):
    type: Literal["web_search_tool_result"]
    tool_use_id: Annotated[str, Field(pattern=SERVER_TOOL_ID)]
    content: Annotated[
        Annotated[list[WebSearchHit], Tag("~hits")] | Annotated[WebSearchError, Tag("~error")],
        Discriminator(hits_or_error),
    ]
    caller: Caller | None = None
    cache_control: CacheControl | None = None


class WebFetchError(Shape):
    type: Literal["web_fetch_tool_result_error"]
    error_code: Literal[
        "invalid_tool_input",
        "url_too_long",
        "url_not_allowed",
        "url_not_accessible",
        "unsupported_content_type",
        "too_many_requests",
        "max_uses_exceeded",
        "unavailable",
        "url_not_in_prior_context",
    ]


class WebFetchPage(Shape):
    type: Literal["web_fetch_result"]
    url: str
    content: Document
    retrieved_at: str | None = None


class WebFetchResult(Shape):
    type: Literal["web_fetch_tool_result"]
    tool_use_id: Annotated[str, Field(pattern=SERVER_TOOL_ID)]
    content: Annotated[WebFetchPage | WebFetchError, Field(discriminator="type")]
    caller: Caller | None = None
    cache_control: CacheControl | None = None


ExecutionErrorCode = Literal[
    "invalid_tool_input",
    "unavailable",
    "too_many_requests",
    "execution_time_exceeded",
    "output_file_too_large",
    "file_not_found",
]


class CodeExecutionFile(Shape):
    type: Literal["code_execution_output"]
    file_id: str


class CodeExecutionRun(Shape):
    type: Literal["code_execution_result"]
    content: list[CodeExecutionFile]
    return_code: int
    stderr: str
    stdout: str


class CodeExecutionError(Shape):
    type: Literal["code_execution_tool_result_error"]
    error_code: ExecutionErrorCode


class CodeExecutionResult(Shape):
    type: Literal["code_execution_tool_result"]
    tool_use_id: Annotated[str, Field(pattern=SERVER_TOOL_ID)]
    content: Annotated[CodeExecutionRun | CodeExecutionError, Field(discriminator="type")]
    cache_control: CacheControl | None = None


class BashExecutionFile(Shape):
    type: Literal["bash_code_execution_output"]
    file_id: str


class BashExecutionRun(Shape):
    type: Literal["bash_code_execution_result"]
    content: list[BashExecutionFile]
    return_code: int
    stderr: str
    stdout: str


class BashExecutionError(Shape):
    type: Literal["bash_code_execution_tool_result_error"]
    error_code: ExecutionErrorCode


class BashExecutionResult(Shape):
    type: Literal["bash_code_execution_tool_result"]
    tool_use_id: Annotated[str, Field(pattern=SERVER_TOOL_ID)]
    content: Annotated[BashExecutionRun | BashExecutionError, Field(discriminator="type")]
    cache_control: CacheControl | None = None


class EditorExecutionResult(Shape):
    type: Literal["text_editor_code_execution_tool_result"]
    tool_use_id: Annotated[str, Field(pattern=SERVER_TOOL_ID)]
    content: dict[str, Any]
    cache_control: CacheControl | None = None


class ToolSearchHits(Shape):
    type: Literal["tool_search_tool_search_result"]
    tool_references: list[ToolReference]


class ToolSearchError(Shape):
    type: Literal["tool_search_tool_result_error"]
    error_code: Literal["invalid_tool_input", "unavailable", "too_many_requests", "execution_time_exceeded"]
    error_message: str | None = None


class ToolSearchResult(Shape):
    type: Literal["tool_search_tool_result"]
    tool_use_id: Annotated[str, Field(pattern=SERVER_TOOL_ID)]
    content: Annotated[ToolSearchHits | ToolSearchError, Field(discriminator="type")]
    cache_control: CacheControl | None = None


class McpToolUse(Shape):
    type: Literal["mcp_tool_use"]
    id: Annotated[str, Field(pattern=BLOCK_ID)]
    name: str
    server_name: str
    input: dict[str, Any]
    cache_control: CacheControl | None = None


class McpToolResult(Shape):
    type: Literal["mcp_tool_result"]
    tool_use_id: Annotated[str, Field(pattern=BLOCK_ID)]
    content: Annotated[
        Annotated[str, Tag("~string")] | Annotated[list[Text], Tag("~list")],
        Discriminator(string_or_list),
    ] = ""
    is_error: bool | None = None
    cache_control: CacheControl | None = None


Block = Annotated[
    Text
    | Image
    | Document
    | SearchResult
    | Thinking
    | RedactedThinking
    | ToolUse
    | ToolResult
    | ServerToolUse
    | WebSearchResult
    | WebFetchResult
    | CodeExecutionResult
    | BashExecutionResult
    | EditorExecutionResult
    | ToolSearchResult
    | McpToolUse
    | McpToolResult
    | ContainerUpload,
    Field(discriminator="type"),
]
