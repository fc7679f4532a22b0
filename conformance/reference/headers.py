"""Request headers: who may ask, in which version, with which betas (Messages API, "Versions" and "Beta headers")."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence

from conformance.reference.errors import ApiError, invalid

CURRENT_VERSION = "2026-10-21"
VERSIONS = ("2023-06-01", CURRENT_VERSION)

MCP_BETAS = frozenset({"mcp-client-2025-04-04", "mcp-client-2025-11-20", "mcp-client-2026-09-15"})
KNOWN_BETAS = MCP_BETAS | frozenset(
    {
        "advanced-tool-use-2025-11-20",
        "advisor-tool-2026-03-01",
        "claude-code-20250219",
        "code-execution-2025-05-22",
        "code-execution-2025-08-25",
        "code-execution-web-tools-2026-02-09",
        "compact-2026-01-12",
        "compact-2026-09-04",
        "computer-use-2024-10-22",
        "computer-use-2025-01-24",
        "computer-use-2025-11-24",
        "context-1m-2025-08-07",
        "context-management-2025-06-27",
        "dev-full-thinking-2025-05-14",
        "effort-2025-11-24",
        "extended-cache-ttl-2025-04-11",
        "fallback-credit-2026-06-01",
        "fast-mode-2026-02-01",
        "files-api-2025-04-14",
        "fine-grained-tool-streaming-2025-05-14",
        "interleaved-thinking-2025-05-14",
        "max-tokens-3-5-sonnet-2024-07-15",
        "message-batches-2024-09-24",
        "mid-conversation-system-2026-04-07",
        "model-context-window-exceeded-2025-08-26",
        "oauth-2025-04-20",
        "output-128k-2025-02-19",
        "output-300k-2026-03-24",
        "pdfs-2024-09-25",
        "prompt-caching-2024-07-31",
        "prompt-caching-scope-2026-01-05",
        "redact-thinking-2026-02-12",
        "server-side-fallback-2026-06-01",
        "skills-2025-10-02",
        "structured-outputs-2025-11-13",
        "task-budgets-2026-03-13",
        "thinking-binding-controls-2026-08-01",
        "thinking-token-count-2026-05-13",
        "token-counting-2024-11-01",
        "token-efficient-tools-2025-02-19",
        "tool-examples-2025-10-29",
        "tool-search-tool-2025-10-19",
        "user-profiles-2026-03-24",
        "web-fetch-2025-09-10",
        "web-search-2025-03-05",
    }
)


def check_key(headers: Mapping[str, Sequence[str]], api_key: str | None) -> None:
    """Refuse with 401 unless the key is right; `x-api-key` wins over `Authorization`; None checks nothing."""
    if api_key is None:
        return
    if "x-api-key" in headers:
        if not hmac.compare_digest(headers["x-api-key"][0].encode(), api_key.encode()):
            raise ApiError(401, "invalid x-api-key")
        return
    if "authorization" not in headers:
        raise ApiError(401, "x-api-key header is required")
    scheme, _, token = headers["authorization"][0].partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), api_key.encode()):
        raise ApiError(401, "Invalid bearer token")


def read_version(headers: Mapping[str, Sequence[str]]) -> str:
    """The `anthropic-version`, required and one of the two that are served."""
    if "anthropic-version" not in headers:
        raise invalid("anthropic-version: header is required")
    version = ",".join(headers["anthropic-version"])
    if version not in VERSIONS:
        raise invalid(f'anthropic-version: "{version}" is not a valid version')
    return version


def read_betas(headers: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The `anthropic-beta` values, a comma list that may be repeated; an unknown one is refused."""
    named = [part.strip() for line in headers.get("anthropic-beta", ()) for part in line.split(",")]
    betas = [beta for beta in named if beta]
    unknown = [beta for beta in betas if beta not in KNOWN_BETAS]
    if unknown:
        values = ", ".join(f"`{beta}`" for beta in unknown)
        raise invalid(
            f"Unexpected value(s) {values} for the `anthropic-beta` header. "
            "Please consult our documentation or try again without the header."
        )
    return frozenset(betas)
