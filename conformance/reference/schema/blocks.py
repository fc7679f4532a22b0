"""Content blocks that a request may carry (Messages API, `messages[].content`)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

BLOCK_ID = r"^[a-zA-Z0-9_-]+$"


class Shape(BaseModel):
    """An object without further keys, whose values are never converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


def string_or_list(value: Any) -> str:
    """Tells the two forms of `content` apart; the tags begin with "~" and stay out of error texts."""
    return "~string" if isinstance(value, str) else "~list"


class CacheControl(Shape):
    type: Literal["ephemeral"]
    ttl: Literal["5m", "1h"] | None = None
    scope: Literal["global", "organization"] | None = None


class CitationCharLocation(Shape):
    type: Literal["char_location"]
    cited_text: str
    document_index: int = Field(ge=0)
    document_title: str | None = None
    start_char_index: int = Field(ge=0)
    end_char_index: int
    file_id: str | None = None


class CitationPageLocation(Shape):
    type: Literal["page_location"]
    cited_text: str
    document_index: int = Field(ge=0)
    document_title: str | None = None
    start_page_number: int = Field(ge=1)
    end_page_number: int
    file_id: str | None = None


class CitationContentBlockLocation(Shape):
    type: Literal["content_block_location"]
    cited_text: str
    document_index: int = Field(ge=0)
    document_title: str | None = None
    start_block_index: int = Field(ge=0)
    end_block_index: int
    file_id: str | None = None


class CitationWebSearch(Shape):
    type: Literal["web_search_result_location"]
    cited_text: str
    encrypted_index: str
    title: str | None = None
    url: str


class CitationSearchResult(Shape):
    type: Literal["search_result_location"]
    cited_text: str
    search_result_index: int = Field(ge=0)
    source: str
    title: str | None = None
    start_block_index: int = Field(ge=0)
    end_block_index: int


Citation = Annotated[
    CitationCharLocation
    | CitationPageLocation
    | CitationContentBlockLocation
    | CitationWebSearch
    | CitationSearchResult,
    Field(discriminator="type"),
]


class Text(Shape):
    type: Literal["text"]
    text: str
    cache_control: CacheControl | None = None
    citations: list[Citation] | None = None


class Base64Image(Shape):
    type: Literal["base64"]
    media_type: Literal["image/jpeg", "image/png", "image/gif", "image/webp"]
    data: str


class UrlSource(Shape):
    type: Literal["url"]
    url: str


class FileSource(Shape):
    type: Literal["file"]
    file_id: str


class ImageTransformations(Shape):
    oversized_image: Literal["downsize", "error"] | None = None


class Image(Shape):
    type: Literal["image"]
    source: Annotated[Base64Image | UrlSource | FileSource, Field(discriminator="type")]
    cache_control: CacheControl | None = None
    transformations: ImageTransformations | None = None


class Base64Pdf(Shape):
    type: Literal["base64"]
    media_type: Literal["application/pdf"]
    data: str


class PlainText(Shape):
    type: Literal["text"]
    media_type: Literal["text/plain"]
    data: str


TextOrImage = Annotated[Text | Image, Field(discriminator="type")]


class ContentSource(Shape):
    type: Literal["content"]
    content: Annotated[
        Annotated[str, Tag("~string")] | Annotated[list[TextOrImage], Tag("~list")],
        Discriminator(string_or_list),
    ]


class CitationsSwitch(Shape):
    enabled: bool | None = None


class Document(Shape):
    type: Literal["document"]
    source: Annotated[Base64Pdf | PlainText | ContentSource | UrlSource | FileSource, Field(discriminator="type")]
    title: str | None = None
    context: str | None = None
    citations: CitationsSwitch | None = None
    cache_control: CacheControl | None = None


class SearchResult(Shape):
    type: Literal["search_result"]
    source: str
    title: str
    content: list[Text]
    citations: CitationsSwitch | None = None
    cache_control: CacheControl | None = None


class Thinking(Shape):
    type: Literal["thinking"]
    thinking: str
    signature: str


class RedactedThinking(Shape):
    type: Literal["redacted_thinking"]
    data: str


class DirectCaller(Shape):
    type: Literal["direct"]


class CodeCaller(Shape):
    type: Literal["code_execution_20250825", "code_execution_20260120"]
    tool_id: str


Caller = Annotated[DirectCaller | CodeCaller, Field(discriminator="type")]


class ToolUse(Shape):
    type: Literal["tool_use"]
    id: Annotated[str, Field(pattern=BLOCK_ID)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    input: dict[str, Any]
    caller: Caller | None = None
    toolset_name: str | None = None
    cache_control: CacheControl | None = None


class ToolReference(Shape):
    type: Literal["tool_reference"]
    tool_name: str
    cache_control: CacheControl | None = None


ToolResultItem = Annotated[Text | Image | SearchResult | Document | ToolReference, Field(discriminator="type")]


class ToolResult(Shape):
    type: Literal["tool_result"]
    tool_use_id: Annotated[str, Field(pattern=BLOCK_ID)]
    content: Annotated[
        Annotated[str, Tag("~string")] | Annotated[list[ToolResultItem], Tag("~list")],
        Discriminator(string_or_list),
    ] = ""
    is_error: bool | None = None
    cache_control: CacheControl | None = None


class ContainerUpload(Shape):
    type: Literal["container_upload"]
    file_id: str
    cache_control: CacheControl | None = None
