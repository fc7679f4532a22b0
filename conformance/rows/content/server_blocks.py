"""Blocks that server tools and MCP servers leave in the history, and what stands in those that hold a code."""

from __future__ import annotations

from conformance.probing.run import Run
from conformance.rows.shared.tool_turns import Block, text_block


def searched_for(run: Run) -> str:
    return f"opening hours of harbour {run.nonce('server_tool_use')} in the winter season"


def fetched_page(run: Run) -> str:
    code = run.nonce("web_fetch")
    return f"The lighthouse stands on the pier. The code of the lighthouse is {code}. It was built of brick."


def shelf_told(run: Run) -> str:
    return f"The code of the shelf is {run.nonce('mcp_tool_result')}."


def web_search(query: str, error: str, *, search_id: str = "srvtoolu_01search") -> list[Block]:
    return [
        {
            "type": "server_tool_use",
            "id": search_id,
            "name": "web_search",
            "input": {"query": query},
        },
        {
            "type": "web_search_tool_result",
            "tool_use_id": search_id,
            "content": {"type": "web_search_tool_result_error", "error_code": error},
        },
    ]


def web_fetch(words: str) -> list[Block]:
    address = "https://harbour.invalid/lighthouse"
    page = {"type": "text", "media_type": "text/plain", "data": words}
    return [
        {"type": "server_tool_use", "id": "srvtoolu_01fetch", "name": "web_fetch", "input": {"url": address}},
        {
            "type": "web_fetch_tool_result",
            "tool_use_id": "srvtoolu_01fetch",
            "content": {
                "type": "web_fetch_result",
                "url": address,
                "content": {"type": "document", "source": page, "title": "Lighthouse"},
                "retrieved_at": "2026-05-04T10:00:00Z",
            },
        },
    ]


def code_run(printed: str) -> list[Block]:
    return [
        {
            "type": "server_tool_use",
            "id": "srvtoolu_01code",
            "name": "code_execution",
            "input": {"code": "print(secret())"},
        },
        {
            "type": "code_execution_tool_result",
            "tool_use_id": "srvtoolu_01code",
            "content": {
                "type": "code_execution_result",
                "stdout": f"{printed}\n",
                "stderr": "",
                "return_code": 0,
                "content": [],
            },
        },
    ]


def mcp_call(shelf: str, words: str) -> list[Block]:
    return [
        {
            "type": "mcp_tool_use",
            "id": "mcptoolu_01shelf",
            "name": "look_up_shelf",
            "server_name": "library",
            "input": {"shelf": shelf},
        },
        {
            "type": "mcp_tool_result",
            "tool_use_id": "mcptoolu_01shelf",
            "is_error": False,
            "content": [text_block(words)],
        },
    ]
