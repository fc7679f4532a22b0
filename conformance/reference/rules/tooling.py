"""Rules on tools, tool_choice and MCP servers."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema
from jsonschema.exceptions import SchemaError

from conformance.reference.errors import invalid
from conformance.reference.rules.limits import check_closed_objects
from conformance.reference.walk import is_custom, nested_blocks, tool_name, tools_of


def check(body: dict[str, Any], *, betas: frozenset[str]) -> None:
    """Messages API reference, `tools` and `tool_choice`; MCP connector documents, `mcp_servers`."""
    tools = tools_of(body)
    names = [tool["name"] for tool in tools if tool.get("name")]
    if len(set(names)) != len(names):
        raise invalid("tools: Tool names must be unique.")
    for index, tool in enumerate(tools):
        _check_tool(index, tool)
    if tools and all(tool.get("defer_loading") for tool in tools):
        raise invalid("At least one tool must have defer_loading=false. All tools cannot be deferred.")
    _check_references(body, {tool_name(tool) for tool in tools})
    _check_choice(body, tools, names)
    _check_servers(body, tools, betas)


@lru_cache(maxsize=256)
def _fault_of_schema(schema: str) -> str:
    """What makes this JSON no JSON Schema; empty for nothing. Clients send the same tools again and again, and checking
    them takes longer than answering."""
    try:
        jsonschema.Draft202012Validator.check_schema(json.loads(schema))
    except SchemaError as error:
        return error.message
    return ""


def _check_tool(index: int, tool: dict[str, Any]) -> None:
    place = f"tools.{index}"
    if is_custom(tool):
        schema = tool["input_schema"]
        fault = _fault_of_schema(json.dumps(schema))
        if fault:
            raise invalid(
                f"{place}.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12: {fault}"
            )
        if any(keyword in schema for keyword in ("oneOf", "allOf", "anyOf")):
            raise invalid(
                f"{place}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
            )
        if tool.get("strict"):
            check_closed_objects(schema, f"{place}.custom")
        for number, example in enumerate(tool.get("input_examples") or ()):
            if not jsonschema.Draft202012Validator(schema).is_valid(example):
                raise invalid(f"{place}.custom.input_examples.{number}: does not match the tool's input_schema")
    if tool.get("defer_loading") and tool.get("cache_control"):
        raise invalid(f"{place}: cache_control cannot be set on a tool with defer_loading=true")
    if tool.get("allowed_domains") and tool.get("blocked_domains"):
        raise invalid(f"{place}: only one of allowed_domains and blocked_domains may be given")


def _check_references(body: dict[str, Any], names: set[str]) -> None:
    """Tool search documents, "Custom tool search implementation": a reference needs its tool's definition."""
    for _place, _role, block in nested_blocks(body):
        if block["type"] == "tool_reference" and block["tool_name"] not in names:
            raise invalid(f"Tool reference '{block['tool_name']}' not found in available tools")


def _check_choice(body: dict[str, Any], tools: list[dict[str, Any]], names: list[str]) -> None:
    choice = body.get("tool_choice")
    if not choice:
        return
    if not tools:
        raise invalid("tool_choice may only be specified while providing tools.")
    kind = choice["type"]
    if kind == "tool" and choice["name"] not in names:
        raise invalid(f"Tool '{choice['name']}' not found in provided tools")
    if kind in ("any", "tool") and (body.get("thinking") or {}).get("type") == "enabled":
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")


def _check_servers(body: dict[str, Any], tools: list[dict[str, Any]], betas: frozenset[str]) -> None:
    servers = body.get("mcp_servers") or []
    named = [server["name"] for server in servers]
    toolsets = [tool["mcp_server_name"] for tool in tools if tool_name(tool) == "mcp_toolset"]
    if len(set(named)) != len(named):
        raise invalid("mcp_servers: MCP server names must be unique")
    for name in toolsets:
        if name not in named:
            raise invalid(f"tools: mcp_toolset references unknown MCP server '{name}'")
    for index, server in enumerate(servers):
        name, url = server["name"], server["url"]
        if "mcp-client-2025-04-04" not in betas and toolsets.count(name) != 1:
            raise invalid(
                f"mcp_servers.{index}: MCP server '{name}' must be referenced by exactly one mcp_toolset in tools, "
                f"found {toolsets.count(name)}"
            )
        if urlsplit(url).scheme != "https":
            raise invalid(f"mcp_servers.{index}.url: MCP server '{name}' must have an https URL, not {url}")
    for server in servers:
        # This endpoint has no way out, so no MCP server can ever be reached.
        raise invalid(f"Connection error while communicating with MCP server '{server['name']}' at {server['url']}")
