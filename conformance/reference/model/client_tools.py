"""Tools that are known by their type: the input keys of bash, editor, memory, computer and the server tools."""

from __future__ import annotations

import re
from typing import Any

from conformance.reference.model.words import quoted

SERVER_TYPES = ("web_search", "web_fetch", "code_execution", "tool_search_tool")
PATH = re.compile(r"(?<![\w:/])(?:/[\w.-]+)+/?|\b[\w-]+\.(?:py|txt|md|json|js|ts|html|css|yaml|yml|toml|csv|log|sh)\b")
URL = re.compile(r"https?://[^\s\"'<>)]+")
SUITS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.I))
    for kind, pattern in (
        ("bash", r"\b(?:list|show) (?:\w+ )*(?:files?|director(?:y|ies)|folder)|\bshell\b|\bterminal\b"
        r"|\bcommand\b|\bbash\b|\bls\b|\bpwd\b|\bworking directory\b"),
        ("text_editor", r"\b(?:view|open|read|edit|create|write|show|change|replace)\b.*(?:\bfile\b"
        r"|[\w/]+\.\w{2,4}\b)"),
        ("memory", r"\bmemor(?:y|ies)\b|\bremember\b"),
        ("computer", r"\bscreenshot\b|\bscreen\b|\bclick\b|\bcursor\b|\bmouse\b|\bdesktop\b"),
        ("browser", r"\bbrowser\b|\bscreenshot\b|\bnavigate\b|\bweb ?page\b"),
        ("web_search", r"\bsearch\b|\blook up\b|\blatest\b|\bnews\b"),
        ("web_fetch", r"https?://"),
        ("code_execution", r"\b(?:run|execute|compute|calculate)\b|\bsha-?\d+\b|\bpython\b"),
        ("tool_search_tool", r"\btools?\b.*\b(?:search|find|look)\b|\b(?:search|find|look)\b.*\btools?\b"),
    )
)  # fmt: skip


def suits_known(tool: dict[str, Any], ask: str) -> bool:
    """Whether a request is plainly one for this tool of a known type."""
    kind = str(tool["type"])
    return any(kind.startswith(prefix) and pattern.search(ask) for prefix, pattern in SUITS)


def known_input(tool: dict[str, Any], ask: str) -> tuple[str, dict[str, Any], str | None]:
    """The name a tool of a known type is called by, its input, and its toolset."""
    kind = str(tool["type"])
    if kind.startswith("bash"):
        return "bash", _bash(ask), None
    if kind.startswith("text_editor"):
        return str(tool["name"]), _editor(ask), None
    if kind.startswith("memory"):
        return "memory", _memory(ask), None
    if kind.startswith(("computer_toolset", "browser_toolset")):
        return "screenshot", {}, kind.split("_", maxsplit=1)[0]
    if kind.startswith("computer"):
        return "computer", _computer(ask), None
    if kind.startswith("web_fetch"):
        url = URL.search(ask)
        return "web_fetch", {"url": url.group().rstrip(".,") if url else "https://example.com/"}, None
    if kind.startswith("code_execution"):
        return "code_execution", {"code": ask}, None
    marks = quoted(ask)
    topic = re.search(r"\b(?:search(?: the web)?(?: for)?|look up|find)\s+(.+?)[.?!]*$", ask, re.I)
    query = marks[0] if marks else topic.group(1) if topic else ask
    return str(tool["name"]), {"pattern" if "regex" in kind else "query": query}, None


def _bash(ask: str) -> dict[str, Any]:
    if re.search(r"\brestart\b", ask, re.I):
        return {"restart": True}
    marks = quoted(ask)
    if marks:
        return {"command": marks[0]}
    told = re.search(
        r"\b(?:command|run|execute)\s*:?\s+((?:ls|pwd|echo|cat|date|whoami|uname|df|find|grep|python3?)\b[^\n]*?)[.?!]?\s*$",
        ask,
        re.I,
    )
    if told:
        return {"command": told.group(1)}
    if re.search(r"\b(?:list|show|files?|director|folder)", ask, re.I):
        path = PATH.search(ask)
        return {"command": f"ls -la {path.group()}" if path and path.group().startswith("/") else "ls -la"}
    return {"command": "date" if re.search(r"\bdate|time\b", ask, re.I) else "pwd"}


def _editor(ask: str) -> dict[str, Any]:
    path = PATH.search(ask)
    where = path.group() if path else "/README.md"
    marks = [mark for mark in quoted(ask) if mark != where]
    if re.search(r"\b(?:create|write|new file|save)\b", ask, re.I):
        return {"command": "create", "path": where, "file_text": marks[0] if marks else ""}
    if re.search(r"\breplace|change|edit\b", ask, re.I) and len(marks) > 1:
        return {"command": "str_replace", "path": where, "old_str": marks[0], "new_str": marks[1]}
    lines = re.search(r"\blines?\s+(\d+)\s*(?:to|-|and|through|until)\s*(?:line\s+)?(\d+)", ask, re.I)
    if lines:
        return {"command": "view", "path": where, "view_range": [int(lines[1]), int(lines[2])]}
    return {"command": "view", "path": where}


def _computer(ask: str) -> dict[str, Any]:
    click = re.search(r"\b(double|right|middle|left)?[- ]?click\b", ask, re.I)
    spot = re.findall(r"\d+", ask[click.end() :]) if click else []
    if click and len(spot) >= 2:
        kind = (click[1] or "left").lower()
        return {"action": f"{kind}_click", "coordinate": [int(spot[0]), int(spot[1])]}
    return {"action": "screenshot"}


def _memory(ask: str) -> dict[str, Any]:
    path = PATH.search(ask)
    where = path.group() if path and path.group().startswith("/memories") else "/memories"
    if re.search(r"\b(?:remember|save|store|write|create|note)\b", ask, re.I):
        marks = quoted(ask)
        where = where if where != "/memories" else "/memories/notes.md"
        return {"command": "create", "path": where, "file_text": marks[0] if marks else ask}
    return {"command": "view", "path": where}
