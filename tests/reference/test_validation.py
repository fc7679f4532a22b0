"""What is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reference.calling import (
    HEADERS,
    KEY,
    PING,
    WEATHER,
    Json,
    fresh,
    pdf_of,
    refusal_of,
    request_of,
    send,
    square,
    text_block,
)

USE: Json = {"type": "tool_use", "id": "toolu_1", "name": "ping", "input": {}}
RESULT: Json = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "pong"}
EPHEMERAL = {"type": "ephemeral"}


def without(key: str) -> Json:
    return {name: value for name, value in request_of("hi").items() if name != key}


FLAT: list[tuple[Json, str]] = [
    (without("max_tokens"), "max_tokens: Field required"),
    (without("model"), "model: Field required"),
    (without("messages"), "messages: Field required"),
    (request_of("hi", messages=[]), "messages: at least one message is required"),
    (request_of("hi", max_tokens=-1), "max_tokens: Input should be greater than or equal to 0"),
    (request_of("hi", max_tokens="5"), "max_tokens: Input should be a valid integer"),
    (
        request_of("hi", max_tokens=200_000),
        "max_tokens: 200000 > 128000, which is the maximum allowed number of output",
    ),
    (request_of("hi", max_tokens=0, stream=True), "max_tokens: 0 is not supported"),
    (request_of("hi", zz_1=1), "zz_1: Extra inputs are not permitted"),
    (request_of([text_block("hi", zz=1)]), "messages.0.content.0.text.zz: Extra inputs are not permitted"),
    (request_of("hi", metadata={"foo": 1}), "metadata.foo: Extra inputs are not permitted"),
    (request_of("hi", metadata={"user_id": 5}), "metadata.user_id: Input should be a valid string"),
    (request_of([{"type": "zz"}]), "messages.0.content.0: Input tag 'zz' found using 'type' does not match any of the"),
    (request_of("hi", messages=[{"role": "tool", "content": "x"}]), "messages.0.role: Input should be 'user'"),
    (request_of("hi", stop_sequences=[""]), "stop_sequences: each stop sequence must be non-empty"),
    (request_of("hi", stop_sequences=["\n"]), "stop_sequences: each stop sequence must contain non-whitespace"),
    (request_of("hi", temperature=1.5), "temperature: range: 0..1"),
    (request_of("hi", temperature="hot"), "temperature: Input should be a valid number"),
    (request_of("hi", top_p=1.5), "top_p: range: 0..1"),
    (request_of("hi", top_k=-5), "top_k: Input should be greater than or equal to 0"),
    (request_of("hi", stream="yes"), "stream: Input should be a valid boolean"),
    (request_of("hi", service_tier="gold"), "service_tier: Input should be 'auto' or 'standard_only'"),
    (request_of("hi", inference_geo="mars"), "inference_geo: Input should be"),
    (request_of("hi", output_config={"effort": "ultra"}), "output_config.effort: Input should be"),
    (
        request_of("hi", output_config={"format": {"type": "json_schema", "schema": {"type": "object"}}}),
        "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
    ),
    (request_of("hi", system=5), "system: Input should be a valid list"),
    (request_of("hi", system=[text_block("")]), "system: text content blocks must be non-empty"),
    (request_of(""), "messages.0: all messages must have non-empty content except for the optional final assistant"),
    (request_of([text_block("")]), "messages: text content blocks must be non-empty"),
    (request_of("  "), "messages: text content blocks must contain non-whitespace text"),
    (request_of("hi", "The answer "), "messages: final assistant content cannot end with trailing whitespace"),
    (
        request_of("hi", thinking={"type": "enabled", "budget_tokens": 500}),
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
    ),
    (
        request_of("hi", thinking={"type": "enabled", "budget_tokens": 1024}),
        "`max_tokens` must be greater than `thinking.budget_tokens`",
    ),
    (request_of("hi", thinking={"type": "on"}), "thinking: Input tag 'on' found using 'type' does not match any"),
    (
        request_of("hi", thinking={"type": "disabled", "display": "omitted"}),
        "thinking.disabled.display: Extra inputs are not permitted",
    ),
    (
        request_of("hi", thinking={"type": "adaptive"}, temperature=0.5),
        "`temperature` may only be set to 1 when thinking is enabled",
    ),
    (request_of("hi", thinking={"type": "adaptive"}, top_k=5), "top_k must be unset when thinking is enabled"),
    (request_of("hi", tool_choice={"type": "any"}), "tool_choice may only be specified while providing tools."),
    (request_of("hi", tools=[PING], tool_choice="auto"), "tool_choice: Input should be a valid dictionary"),
    (
        request_of("hi", tools=[PING], tool_choice={"type": "required"}),
        "tool_choice: Input tag 'required' found using 'type' does not match any of the expected tags: 'auto', 'any', "
        "'tool', 'none'",
    ),
    (request_of("hi", tools=[PING], tool_choice={"type": "tool"}), "tool_choice.tool.name: Field required"),
    (
        request_of("hi", tools=[PING], tool_choice={"type": "tool", "name": "x"}),
        "Tool 'x' not found in provided tools",
    ),
    (
        request_of(
            "hi",
            tools=[PING],
            tool_choice={"type": "any"},
            max_tokens=4000,
            thinking={"type": "enabled", "budget_tokens": 1024},
        ),
        "Thinking may not be enabled when tool_choice forces tool use.",
    ),
    (
        request_of("hi", tools=[{**PING, "name": "a b"}]),
        "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
    ),
    (request_of("hi", tools=[PING, PING]), "tools: Tool names must be unique."),
    (request_of("hi", tools=[{"name": "a"}]), "tools.0.custom.input_schema: Field required"),
    (
        request_of("hi", tools=[{"name": "a", "input_schema": {"type": "object", "anyOf": [{"required": ["x"]}]}}]),
        "tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level",
    ),
    (
        request_of("hi", tools=[{"name": "a", "input_schema": {"type": "string"}}]),
        "tools.0.custom.input_schema.type: Input should be 'object'",
    ),
    (request_of("hi", tools=[{**PING, "type": "function"}]), "tools.0: Input tag 'function' found using 'type'"),
    (
        request_of("hi", tools=[{**PING, "defer_loading": True}]),
        "At least one tool must have defer_loading=false. All tools cannot be deferred.",
    ),
    (request_of("hi", [USE], "and?"), "messages.1: `tool_use` ids were found without `tool_result` blocks immediately"),
    (
        request_of("hi", [USE], [{**RESULT, "tool_use_id": "other"}]),
        "messages.2.content.0: unexpected `tool_use_id` found in `tool_result` blocks: other. Each `tool_result` block "
        "must have a corresponding `tool_use` block in the previous message.",
    ),
    (
        request_of("hi", [USE], [RESULT, RESULT]),
        "messages.2.content.1: each tool_use must have a single result. Found multiple `tool_result` blocks with id: "
        "toolu_1",
    ),
    (request_of("hi", [USE], [text_block("so"), RESULT]), "messages.2: `tool_use` ids were found without"),
    (
        request_of("hi", [{**USE, "input": "{}"}], [RESULT]),
        "messages.1.content.0.tool_use.input: Input should be a valid",
    ),
    (
        request_of([text_block(str(n), cache_control=EPHEMERAL) for n in range(5)]),
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ),
    (
        request_of(
            [text_block("a", cache_control=EPHEMERAL), text_block("b", cache_control={**EPHEMERAL, "ttl": "1h"})]
        ),
        "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block",
    ),
    (
        request_of([text_block("", cache_control=EPHEMERAL)]),
        "messages: cache_control cannot be set for empty text blocks",
    ),
    (
        request_of([{"type": "image", "source": {"type": "url", "url": "https://nx.invalid/a.png"}}]),
        "Unable to download the file. Please verify the URL and try again.",
    ),
    (
        request_of("hi", container="container_bogus"),
        "container: Container container_bogus was not found or has expired.",
    ),
    (
        request_of("hi", [{"type": "thinking", "thinking": "x", "signature": "bogus"}, text_block("a")], "b"),
        "messages.1.content.0: Invalid `signature` in `thinking` block",
    ),
    (
        request_of("hi", [{"type": "redacted_thinking", "data": "bogus"}, text_block("a")], "b"),
        "messages.1.content.0: Invalid `data` in `redacted_thinking` block",
    ),
    (
        request_of("hi", [{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}], "b"),
        "messages.1.content.0: `web_search` tool use with id `srvtoolu_1` was found without a corresponding",
    ),
    (
        request_of("hi", messages=[{"role": "system", "content": "x"}, {"role": "user", "content": "x"}]),
        "messages.0: use the top-level 'system' parameter for the initial system prompt",
    ),
]


@pytest.mark.parametrize(("body", "text"), FLAT, ids=[str(n) for n in range(len(FLAT))])
def test_refusal_text(body: Json, text: str) -> None:
    assert refusal_of(body).startswith(text)


def test_images_are_decoded() -> None:
    wrong = square("red")
    wrong["source"]["media_type"] = "image/jpeg"
    assert refusal_of(request_of([wrong])).endswith("Image does not match the provided media type image/jpeg")
    broken = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    assert refusal_of(request_of([broken])) == "Could not process image"
    odd = square("red")
    odd["source"]["media_type"] = "image/bmp"
    assert "media_type" in refusal_of(request_of([odd]))


def test_pdf_must_be_one() -> None:
    broken = pdf_of("x")
    broken["source"]["data"] = "aGVsbG8="
    text = "messages.0.content.0.pdf.source.base64.data: The PDF specified was not valid."
    assert refusal_of(request_of([broken])) == text


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ({"type": "container_upload", "file_id": "file_bogus"}, "file_bogus"),
        ({"type": "image", "source": {"type": "file", "file_id": "file_x1"}}, "file_x1"),
        ({"type": "document", "source": {"type": "file", "file_id": "file_x2"}}, "file_x2"),
    ],
)
def test_unknown_files_are_named(block: Json, name: str) -> None:
    response = send(fresh(), request_of([block]))
    assert response.status_code == 404
    assert name in response.json()["error"]["message"]


def test_unknown_model() -> None:
    response = send(fresh(), request_of("hi", model="nope"))
    assert response.status_code == 404
    assert response.json()["error"] == {"type": "not_found_error", "message": "model: nope"}


@pytest.mark.parametrize("raw", [b"{", b"", b"\xff\xfe", b'{"model": '])
def test_malformed_json(raw: bytes) -> None:
    response = send(fresh(), content=raw)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("headers", "status", "text"),
    [
        ({"anthropic-version": "2023-06-01"}, 401, "x-api-key header is required"),
        ({**HEADERS, "x-api-key": "no"}, 401, "invalid x-api-key"),
        ({"anthropic-version": "2023-06-01", "authorization": "Bearer no"}, 401, "Invalid bearer token"),
        ({"anthropic-version": "2023-06-01", "authorization": f"Bearer {KEY}"}, 200, ""),
        ({**HEADERS, "authorization": "Bearer no"}, 200, ""),
        ({"x-api-key": KEY}, 400, "anthropic-version: header is required"),
        ({**HEADERS, "anthropic-version": "x"}, 400, 'anthropic-version: "x" is not a valid version'),
        ({**HEADERS, "anthropic-version": "2026-10-21"}, 200, ""),
        ({**HEADERS, "anthropic-beta": "zz-1"}, 400, "Unexpected value(s) `zz-1` for the `anthropic-beta` header."),
        ({**HEADERS, "anthropic-beta": "context-management-2025-06-27, files-api-2025-04-14"}, 200, ""),
    ],
)
def test_headers(headers: dict[str, str], status: int, text: str) -> None:
    response = send(fresh(), request_of("hi"), headers=headers)
    assert response.status_code == status
    if text:
        assert response.json()["error"]["message"].startswith(text)


def test_dated_version_drops_sampling_and_more() -> None:
    cited = text_block(
        "x",
        citations=[
            {
                "type": "char_location",
                "cited_text": "x",
                "document_index": 0,
                "document_title": None,
                "start_char_index": 0,
                "end_char_index": 1,
            }
        ],
    )
    for fields in ({"temperature": 1.0}, {"top_p": 1.0}, {"top_k": 5}):
        assert refusal_of(request_of("hi", **fields), version="2026-10-21").startswith(next(iter(fields)))
        assert send(fresh(), request_of("hi", **fields)).status_code == 200
    assert "citations" in refusal_of(request_of([cited]), version="2026-10-21")
    assert send(fresh(), request_of([cited])).status_code == 200
    assert send(fresh(), request_of("hi", [cited], "so")).status_code == 200


def test_gated_fields_need_their_beta() -> None:
    body = request_of("hi", context_management={"edits": []})
    assert refusal_of(body) == "context_management: Extra inputs are not permitted"
    response = send(fresh(), body, headers={**HEADERS, "anthropic-beta": "context-management-2025-06-27"})
    assert response.json()["context_management"] == {"applied_edits": []}
    block = {"type": "mcp_tool_use", "id": "a", "name": "b", "server_name": "c", "input": {}}
    text = refusal_of(request_of("hi", [block], "so"))
    assert text.startswith("messages.1.content.0: Input tag 'mcp_tool_use' found using 'type' does not match any")
    assert "'mcp_tool_result'" not in text


def test_mcp_servers() -> None:
    beta = "mcp-client-2025-11-20"
    server = {"type": "url", "name": "zed", "url": "https://nx.invalid/mcp"}
    toolset = {"type": "mcp_toolset", "mcp_server_name": "zed"}
    assert "'zed'" in refusal_of(request_of("hi", mcp_servers=[server]), betas=beta)
    reached = refusal_of(request_of("hi", mcp_servers=[server], tools=[toolset]), betas=beta)
    assert "'zed'" in reached
    assert "https://nx.invalid/mcp" in reached
    assert "unknown MCP server 'zed'" in refusal_of(request_of("hi", tools=[toolset]), betas=beta)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/messages", 405), ("POST", "/v1/nope", 404), ("POST", "/v1/messages?beta=true", 200)],
)
def test_routes(method: str, path: str, status: int) -> None:
    response = send(fresh(), request_of("hi"), method=method, path=path)
    assert response.status_code == status
    body: Any = response.json()
    assert response.headers["request-id"].startswith("req_")
    if status != 200:
        assert body["type"] == "error"
        assert body["request_id"] == response.headers["request-id"]


def test_union_of_dialects_is_accepted() -> None:
    for fields in (
        {"temperature": 0.5, "top_p": 0.5},
        {"thinking": {"type": "disabled"}},
        {"thinking": {"type": "adaptive", "display": "omitted"}},
        {"tools": [WEATHER], "tool_choice": {"type": "any"}},
        {"service_tier": "standard_only", "inference_geo": "us", "speed": "fast", "metadata": {"user_id": "u"}},
    ):
        assert send(fresh(), request_of("hi", **fields)).status_code == 200
