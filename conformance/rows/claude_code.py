"""The request that Claude Code 2.1 opens with, as a recording server on loopback met it, its prose shortened."""

from __future__ import annotations

from typing import Any

from conformance.exchange import Json, Request, write_json
from conformance.run import Run

BETAS = (
    "claude-code-20250219,interleaved-thinking-2025-05-14,thinking-token-count-2026-05-13,"
    "context-management-2025-06-27,prompt-caching-scope-2026-01-05,mid-conversation-system-2026-04-07,"
    "effort-2025-11-24"
)

PARTS = (
    "anthropic-beta",
    "?beta=true",
    "thinking",
    "context_management",
    "output_config",
    "metadata",
    "max_tokens 32000",
    "cache_control",
    "system blocks",
    "tools",
    "the system turn",
)
"""What can be taken away, one at a time, to find the part for which it is refused."""

TOOLS = {
    "Agent": ("Starts a helper for a task of several steps.", {"description": "string", "prompt": "string"}),
    "Bash": ("Runs a command in the shell.", {"command": "string", "timeout": "integer"}),
    "BashOutput": ("Gives the output of a running command.", {"bash_id": "string"}),
    "CronCreate": ("Plans a prompt for later.", {"cron": "string", "prompt": "string"}),
    "CronDelete": ("Removes a planned prompt.", {"id": "string"}),
    "CronList": ("Lists the planned prompts.", {}),
    "Edit": (
        "Replaces text in a file.",
        {"file_path": "string", "old_string": "string", "new_string": "string", "replace_all": "boolean"},
    ),
    "EnterPlanMode": ("Begins to plan before acting.", {}),
    "EnterWorktree": ("Works in a copy of the repository.", {"name": "string"}),
    "ExitPlanMode": ("Ends planning.", {"plan": "string"}),
    "ExitWorktree": ("Leaves the copy of the repository.", {"action": "string"}),
    "Glob": ("Finds files by pattern.", {"pattern": "string", "path": "string"}),
    "Grep": ("Searches in files.", {"pattern": "string", "path": "string", "glob": "string"}),
    "KillShell": ("Ends a running command.", {"shell_id": "string"}),
    "Monitor": ("Watches a running command.", {"id": "string"}),
    "NotebookEdit": ("Changes a cell of a notebook.", {"notebook_path": "string", "new_source": "string"}),
    "Read": ("Reads a file.", {"file_path": "string", "offset": "integer", "limit": "integer"}),
    "ScheduleWakeup": ("Continues after a while.", {"delaySeconds": "number", "prompt": "string"}),
    "Skill": ("Loads a skill.", {"skill": "string", "args": "string"}),
    "TaskOutput": ("Gives what a task has done.", {"task_id": "string"}),
    "TodoWrite": ("Keeps the list of things to do.", {"todos": "array"}),
    "WebFetch": ("Reads a page of the web.", {"url": "string", "prompt": "string"}),
    "WebSearch": ("Searches the web.", {"query": "string"}),
    "Write": ("Writes a file.", {"file_path": "string", "content": "string"}),
}

ATTRIBUTION = "x-anthropic-billing-header: cc_version=2.1.197; cc_entrypoint=sdk-cli;"
IDENTITY = "You are a Claude agent, built on Anthropic's Claude Agent SDK."
GUIDE = "You help with software engineering tasks. Answer briefly. Use the tools only where the task needs them."


def opening(run: Run, *, without: str = "") -> Request:
    """The first request; `without` names one of PARTS to be left out."""
    marker: dict[str, Json] = {} if without == "cache_control" else {"cache_control": {"type": "ephemeral"}}
    user = f'{{"device_id":"{run.nonce("cc/device")}","account_uuid":"","session_id":"{run.nonce("cc/session")}"}}'
    turns: list[dict[str, Any]] = [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "The working directory is empty."},
                {"type": "text", "text": "Say hello.", **marker},
            ],
        }
    ]
    if without != "the system turn":
        turns.append({"role": "system", "content": "Today is a working day."})
    body: dict[str, Json] = {
        "model": run.model,
        "messages": turns,
        "system": [
            {"type": "text", "text": ATTRIBUTION},
            {"type": "text", "text": IDENTITY, **marker},
            {"type": "text", "text": GUIDE, **marker},
        ],
        "tools": [tool(name) for name in TOOLS],
        "metadata": {"user_id": user},
        "max_tokens": 32000,
        "thinking": {"type": "adaptive"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "high"},
        "stream": True,
    }
    if without == "system blocks":
        body["system"] = GUIDE
    elif without == "max_tokens 32000":
        body["max_tokens"] = 1024
    elif without in body:
        del body[without]
    headers = {
        **run.headers(),
        "accept": "application/json",
        "anthropic-beta": BETAS,
        "anthropic-dangerous-direct-browser-access": "true",
        "user-agent": "claude-cli/2.1.197 (external, sdk-cli)",
        "x-app": "cli",
    }
    if without == "anthropic-beta":
        del headers["anthropic-beta"]
    path = "/v1/messages" if without == "?beta=true" else "/v1/messages?beta=true"
    return Request(path=path, headers=headers, body=write_json(body))


def tool(name: str) -> dict[str, Json]:
    description, properties = TOOLS[name]
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {key: {"type": kind} for key, kind in properties.items()},
    }
    return {"name": name, "description": description, "input_schema": schema}
