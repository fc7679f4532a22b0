"""What Claude Code 2.1 sends: the request that it opens with, as a recording server on loopback got it, its prose
shortened, and the turn after a tool call, put together from the same parts."""

from __future__ import annotations

from typing import Any

from conformance.probing.run import Run
from conformance.protocol.exchange import Json, Request, write_json

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

CALLED = "Read"
"""The tool that the errand calls for."""

ATTRIBUTION = "x-anthropic-billing-header: cc_version=2.1.197; cc_entrypoint=sdk-cli;"
IDENTITY = "You are a Claude agent, built on Anthropic's Claude Agent SDK."
GUIDE = "You help with software engineering tasks. Answer briefly. Use the tools only where the task needs them."


WHOLE_SYSTEM = "system"
"""Taken away where none of PARTS is the cause: `system blocks` leaves a system prompt in a string."""

THE_THINKING = "the thinking block"
THE_CALL = "the tool call and its result"

Block = dict[str, Any]


def opening(run: Run, *, without: str = "") -> Request:
    """The first request; `without` names one of PARTS to be left out."""
    return _sent(run, [_user("Say hello.", without)], without)


def errand(run: Run) -> Request:
    """A first request that is answered with a tool call."""
    return _sent(run, [_user(_task(run), "")])


def report(run: Run, answer: list[Block], *, without: str = "") -> Request:
    """The request after a tool call: what was answered to the errand, as it came, and a result for each call.
    `without` names one of PARTS, THE_THINKING or THE_CALL to be left out."""
    line = f"     1\tThe code of the locker is {run.nonce('cc/file')}."
    results: list[Block] = [
        {"type": "tool_result", "tool_use_id": block.get("id"), "content": line}
        for block in answer
        if block.get("type") == "tool_use"
    ]
    if without != "cache_control":
        results[-1] |= MARKER
    # Claude Code moves its marker on to the last block.
    turns = [_user(_task(run), "cache_control"), {"role": "assistant", "content": _replayed(answer, without)}]
    if without == THE_CALL:
        results = [{"type": "text", "text": "Never mind."}]
    return _sent(run, [*turns, {"role": "user", "content": results}], without)


def _replayed(answer: list[Block], without: str) -> list[Block]:
    left_out = {
        THE_THINKING: ("thinking", "redacted_thinking"),
        THE_CALL: ("thinking", "redacted_thinking", "tool_use"),
    }
    kept = [block for block in answer if block.get("type") not in left_out.get(without, ())]
    return kept or [{"type": "text", "text": "One moment."}]


def _task(run: Run) -> str:
    return run.wording(
        "cc/errand",
        "Use the Read tool to read the file /tmp/notes.txt, and tell me the code in it.",
        "Call Read on the file /tmp/notes.txt; then say which code stands in it.",
    )


MARKER: Block = {"cache_control": {"type": "ephemeral"}}


def _user(task: str, without: str) -> Block:
    """The first turn of a user."""
    marker = {} if without == "cache_control" else MARKER
    place = {"type": "text", "text": "The working directory is empty."}
    return {"role": "user", "content": [place, {"type": "text", "text": task, **marker}]}


def _sent(run: Run, turns: list[Block], without: str = "") -> Request:
    """A request with these turns; the turn of the system stands after the first."""
    marker = {} if without == "cache_control" else MARKER
    user = f'{{"device_id":"{run.nonce("cc/device")}","account_uuid":"","session_id":"{run.nonce("cc/session")}"}}'
    if without != "the system turn":
        turns = [turns[0], {"role": "system", "content": "Today is a working day."}, *turns[1:]]
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
    if name == CALLED:
        schema["required"] = ["file_path"]
    return {"name": name, "description": description, "input_schema": schema}
