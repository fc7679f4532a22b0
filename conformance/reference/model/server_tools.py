"""Tools that the endpoint runs itself. Its web is a few pages; code runs only where its result is certain."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conformance.reference.model import web
from conformance.reference.model.choose import Call, calls_of
from conformance.reference.model.client_tools import known_input
from conformance.reference.model.tasks import calculate
from conformance.reference.model.words import codes, content_stems, quoted, stems
from conformance.reference.seals import seal
from conformance.reference.walk import blocks_of, is_custom, tool_name, tools_of

Json = dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What a server tool leaves in the answer, and what the model says of it."""

    blocks: list[Json]
    text: str
    counted: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    ran_code: bool = False


def run(call: Call, body: Json) -> Outcome:
    """Run one server tool."""
    use = {"type": "server_tool_use", "id": f"srvtoolu_{secrets.token_hex(12)}", "name": call.name, "input": call.input}
    kind = str(call.tool["type"])
    if kind.startswith("code_execution"):
        return _execute(call, use, _ask(body))
    if kind.startswith("tool_search_tool"):
        return _search_tools(use, body)
    return _search_web(call, use) if kind.startswith("web_search") else _fetch(call, use)


def _search_web(call: Call, use: Json) -> Outcome:
    pages = web.search(str(call.input["query"]), call.tool)
    hits = [
        {
            "type": "web_search_result",
            "url": page.url,
            "title": page.title,
            "encrypted_content": seal(page.text),
            "page_age": None,
        }
        for page in pages
    ]
    result = {"type": "web_search_tool_result", "tool_use_id": use["id"], "content": hits}
    told = f"The first page found is {pages[0].title} at {pages[0].url}" if pages else "Nothing was found."
    return Outcome([use, result], told, ["web_search_requests"])


def _fetch(call: Call, use: Json) -> Outcome:
    page = web.fetch(str(call.input["url"]), call.tool)
    counted = ["web_fetch_requests"]
    if page is None:
        failed = _failure(use, "web_fetch_tool_result", "url_not_accessible")
        return Outcome([use, failed], "The page could not be fetched.", counted)
    document = {
        "type": "document",
        "title": page.title,
        "source": {"type": "text", "media_type": "text/plain", "data": page.text},
    }
    retrieved_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    content = {"type": "web_fetch_result", "url": page.url, "content": document, "retrieved_at": retrieved_at}
    result = {"type": "web_fetch_tool_result", "tool_use_id": use["id"], "content": content}
    return Outcome([use, result], f"The page has the title {page.title}.", counted)


def _failure(use: Json, kind: str, code: str) -> Json:
    return {"type": kind, "tool_use_id": use["id"], "content": {"type": f"{kind}_error", "error_code": code}}


def _ask(body: Json) -> str:
    for message in reversed(body["messages"]):
        texts = [block["text"] for block in blocks_of(message["content"]) if block["type"] == "text"]
        if message["role"] == "user" and texts:
            return "\n".join(texts)
    return ""


def _execute(call: Call, use: Json, ask: str) -> Outcome:
    code, stdout = _program(ask)
    early = call.tool["type"] == "code_execution_20250522"
    use["name"] = "code_execution" if early else "bash_code_execution"
    use["input"] = {"code": code} if early else {"command": f"python3 - <<'END'\n{code}\nEND"}
    kind = "code_execution" if early else "bash_code_execution"
    ran = {"type": f"{kind}_result", "stdout": stdout + "\n", "stderr": "", "return_code": 0, "content": []}
    result = {"type": f"{kind}_tool_result", "tool_use_id": use["id"], "content": ran}
    return Outcome([use, result], f"The program printed: {stdout}", ran_code=True)


def _program(ask: str) -> tuple[str, str]:
    """A program for the request and what it prints."""
    digest = re.search(r"\b(sha-?256|sha-?1|sha-?512|md5)\b", ask, re.I)
    marks = quoted(ask) or [code for code in codes(ask) if not re.match(r"sha|md5", code, re.I)]
    if digest and marks:
        name = digest.group(1).lower().replace("-", "")
        code = f"import hashlib\nprint(hashlib.new({name!r}, {marks[0]!r}.encode()).hexdigest())"
        return code, hashlib.new(name, marks[0].encode(), usedforsecurity=False).hexdigest()
    value = calculate(ask)
    if value is not None:
        return f"print({value})", value
    text = marks[0] if marks else "done"
    if re.search(r"\brevers|backwards\b", ask, re.I):
        return f"print({text!r}[::-1])", text[::-1]
    return f"print({text!r})", text


def _search_tools(use: Json, body: Json) -> Outcome:
    ask = _ask(body)
    asked = set(content_stems(ask)) | set(stems(ask))
    deferred = [tool for tool in tools_of(body) if tool.get("defer_loading")]
    scored = [
        (len(asked.intersection(stems(f"{tool_name(tool)} {tool.get('description') or ''}"))), tool)
        for tool in deferred
    ]
    found = [tool for score, tool in sorted(scored, key=lambda item: -item[0]) if score > 0][:5]
    content = {
        "type": "tool_search_tool_search_result",
        "tool_references": [{"type": "tool_reference", "tool_name": tool_name(tool)} for tool in found],
    }
    result = {"type": "tool_search_tool_result", "tool_use_id": use["id"], "content": content}
    calls = []
    for tool in found[:1]:
        if not is_custom(tool):
            name, given, toolset = known_input(tool, ask)
            calls.append(Call(tool, name, given, toolset))
        else:
            calls += calls_of(tool, ask, ask, lambda _name: None)
    return Outcome([use, result], "No tool was found.", ["tool_search_requests"], calls)
