"""What needs a beta: without its beta, a field is unknown and a block is of an unknown type."""

from __future__ import annotations

from typing import Any

from conformance.reference.errors import ApiError
from conformance.reference.headers import MCP_BETAS
from conformance.reference.paths import find
from conformance.reference.schema.problems import unknown_key, unknown_type

CONTEXT_BETAS = frozenset({"context-management-2025-06-27", "compact-2026-01-12"})
COMPUTER_BETAS = frozenset({"computer-use-2024-10-22", "computer-use-2025-01-24", "computer-use-2025-11-24"})
BUDGET_BETAS = frozenset({"task-budgets-2026-03-13"})

GATED_KEYS: tuple[tuple[str, frozenset[str]], ...] = (
    ("context_management", CONTEXT_BETAS),
    ("mcp_servers", MCP_BETAS),
    ("output_config.task_budget", BUDGET_BETAS),
)
GATED_TYPES: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("messages[*].content", "mcp_tool_use", MCP_BETAS),
    ("messages[*].content", "mcp_tool_result", MCP_BETAS),
    ("tools", "mcp_toolset", MCP_BETAS),
    ("tools", "computer_20241022", COMPUTER_BETAS),
    ("tools", "computer_20250124", COMPUTER_BETAS),
    ("tools", "computer_20251124", COMPUTER_BETAS),
    ("tools", "bash_20241022", COMPUTER_BETAS),
    ("tools", "text_editor_20241022", COMPUTER_BETAS),
)


def locked_types(betas: frozenset[str]) -> frozenset[str]:
    """The block and tool types that these betas do not unlock."""
    return frozenset(kind for _path, kind, needed in GATED_TYPES if not needed & betas)


def beta_refusal(body: Any, betas: frozenset[str], *, counting: bool) -> ApiError | None:
    """The refusal of the first gated field or type that is used without its beta."""
    if not isinstance(body, dict):
        return None
    for path, needed in GATED_KEYS:
        if not needed & betas:
            for place in find(body, path):
                return unknown_key(body, place, counting=counting)
    locked = locked_types(betas)
    for path, kind, _needed in GATED_TYPES:
        if kind in locked:
            for place in find(body, f"{path}[type={kind}]"):
                return unknown_type(body, place, counting=counting, also=sorted(locked))
    return None
