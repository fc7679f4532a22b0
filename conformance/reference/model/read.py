"""Reads a request into passages: who said what, in which kind of block, about which tool call."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from conformance.reference.pdf import pdf_pages
from conformance.reference.seals import unseal
from conformance.reference.walk import blocks_of, last_loop_start

RESULT_KINDS = frozenset({"tool_result", "server_result", "code_result", "mcp_result", "search_error", "fetch"})
CALL_KINDS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a citable passage stands: enough to write its location."""

    form: str
    index: int
    title: str | None
    source: str = ""
    block: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of prompt text. `label` holds further words that it can be asked by: a title, a tool, its arguments."""

    kind: str
    role: str
    turn: int
    text: str
    label: str = ""
    tool: str = ""
    is_error: bool | None = None
    cited: Cited | None = None
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of the prompt; `kind` says whether a tool returned it."""

    kind: str
    turn: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that a request tells the model, and what it asks last."""

    passages: tuple[Passage, ...]
    pictures: tuple[Picture, ...]
    ask: str
    ask_turn: int
    prefill: str
    results_pending: bool
    calls_made: tuple[str, ...]


def read_request(body: dict[str, Any]) -> Transcript:
    """The transcript of a validated request."""
    messages = body["messages"]
    passages: list[Passage] = []
    pictures: list[Picture] = []
    for block in blocks_of(body.get("system") or []):
        passages.append(Passage("system", "system", -1, block["text"]))
    reader = _Reader(last_loop_start(body))
    for turn, message in enumerate(messages):
        for found in reader.read(message, turn):
            if isinstance(found, Picture):
                pictures.append(found)
            else:
                passages.append(found)
    last = len(messages) - 1
    prefill = ""
    if messages[last]["role"] == "assistant":
        prefill = "".join(b["text"] for b in blocks_of(messages[last]["content"]) if b["type"] == "text")
    ask, ask_turn = _ask(messages)
    start = last_loop_start(body)
    calls = [
        block["name"]
        for message in messages[start:]
        if message["role"] == "assistant"
        for block in blocks_of(message["content"])
        if block["type"] == "tool_use"
    ]
    spoken = [message for message in messages if message["role"] != "system"]
    pending = bool(spoken) and any(b["type"] == "tool_result" for b in blocks_of(spoken[-1]["content"]))
    return Transcript(tuple(passages), tuple(pictures), ask, ask_turn, prefill, pending, tuple(calls))


def _ask(messages: list[dict[str, Any]]) -> tuple[str, int]:
    """The text of the last user turn that has any, consecutive user messages merged."""
    end = len(messages)
    while end:
        end -= 1
        if messages[end]["role"] != "user":
            continue
        texts: list[str] = []
        begin = end
        while begin >= 0 and messages[begin]["role"] != "assistant":
            if messages[begin]["role"] == "user":
                here = [b["text"] for b in blocks_of(messages[begin]["content"]) if b["type"] == "text"]
                texts = here + texts
            begin -= 1
        if texts:
            return "\n".join(texts), begin + 1
        end = begin + 1
    return "", 0


class _Reader:
    """Turns blocks into passages; remembers calls, so that a result is known by its call's name and arguments."""

    def __init__(self, loop_start: int) -> None:
        self.loop_start = loop_start
        self.calls: dict[str, tuple[str, str]] = {}
        self.documents = 0
        self.searches = 0

    def read(self, message: dict[str, Any], turn: int) -> Iterator[Passage | Picture]:
        role = message["role"]
        for block in blocks_of(message["content"]):
            yield from self.block(block, role, turn)

    def block(self, block: dict[str, Any], role: str, turn: int) -> Iterator[Passage | Picture]:
        kind = block["type"]
        if kind == "text":
            yield Passage("system" if role == "system" else "text", role, turn, block["text"])
        elif kind == "image":
            if block["source"]["type"] == "base64":
                yield Picture("image", turn, base64.b64decode(block["source"]["data"]))
        elif kind == "document":
            yield from self.document(block, role, turn)
        elif kind == "search_result":
            yield from self.search_result(block, role, turn)
        elif kind == "thinking" and turn >= self.loop_start:
            yield Passage("thinking", role, turn, block["thinking"] or unseal(block["signature"]) or "")
        elif kind in CALL_KINDS:
            yield self.call(block, role, turn)
        elif kind in ("tool_result", "mcp_tool_result"):
            yield from self.result(block, role, turn)
        elif kind.endswith("_tool_result"):
            yield from self.server_result(block, role, turn)

    def document(self, block: dict[str, Any], role: str, turn: int) -> Iterator[Passage]:
        index, title, source = self.documents, block.get("title"), block["source"]
        self.documents += 1
        citing = bool((block.get("citations") or {}).get("enabled"))
        parts: list[tuple[str, str]] = []
        if source["type"] == "text":
            parts = [("char_location", source["data"])]
        elif source["type"] == "base64":
            parts = [("page_location", page) for page in pdf_pages(base64.b64decode(source["data"]))]
        elif source["type"] == "content":
            inner = blocks_of(source["content"])
            parts = [("content_block_location", b["text"]) for b in inner if b["type"] == "text"]
        for number, (form, text) in enumerate(parts):
            cited = Cited(form, index, title, block=number) if citing else None
            yield Passage("document", role, turn, text, title or "", cited=cited)
        for field in ("context", "title"):
            if block.get(field):
                yield Passage("document", role, turn, block[field], field, pairs=((field, block[field]),))

    def search_result(self, block: dict[str, Any], role: str, turn: int) -> Iterator[Passage]:
        index = self.searches
        self.searches += 1
        citing = bool((block.get("citations") or {}).get("enabled"))
        label = f"{block['title']} {block['source']}"
        for number, part in enumerate(block["content"]):
            cited = None
            if citing:
                cited = Cited("search_result_location", index, block["title"], block["source"], number)
            yield Passage("search_result", role, turn, part["text"], label, cited=cited)
        pairs = (("title", block["title"]), ("source", block["source"]))
        yield Passage("search_result", role, turn, f"{block['title']}\n{block['source']}", label, pairs=pairs)

    def call(self, block: dict[str, Any], role: str, turn: int) -> Passage:
        pairs = tuple(flat_pairs(block["input"]))
        words = " ".join(f"{key} {value}" for key, value in pairs)
        name = block["name"]
        self.calls[block["id"]] = (name, words)
        if block.get("server_name"):
            pairs = (*pairs, ("server name", block["server_name"]))
        return Passage(
            block["type"], role, turn, json.dumps(block["input"]), f"{name} {block['id']}", name, pairs=pairs
        )

    def result(self, block: dict[str, Any], role: str, turn: int) -> Iterator[Passage | Picture]:
        name, words = self.calls.get(block["tool_use_id"], ("", ""))
        kind = "mcp_result" if block["type"] == "mcp_tool_result" else "tool_result"
        label = f"{name} {words} {block['tool_use_id']}"
        error = bool(block.get("is_error"))
        inner = blocks_of(block.get("content"))
        texts = [part["text"] for part in inner if part["type"] == "text"]
        text = "\n".join(texts)
        yield Passage(kind, role, turn, text, label, name, error, pairs=tuple(json_pairs(text)))
        for part in inner:
            if part["type"] == "tool_reference":
                reference = ("tool reference", part["tool_name"])
                yield Passage(kind, role, turn, f"tool reference: {part['tool_name']}", label, name, pairs=(reference,))
                continue
            for found in self.block(part, role, turn) if part["type"] != "text" else ():
                if isinstance(found, Picture):
                    yield replace(found, kind="tool_result")
                else:
                    yield replace(found, label=f"{found.label} {label}", tool=name)
                    yield replace(found, kind=kind, label=f"{found.label} {label}", tool=name)

    def server_result(self, block: dict[str, Any], role: str, turn: int) -> Iterator[Passage | Picture]:
        name, words = self.calls.get(block["tool_use_id"], ("", ""))
        label = f"{name} {words} {block['tool_use_id']}"
        content = block["content"]
        if isinstance(content, list):
            for hit in content:
                text = f"{hit['title']}\n{hit['url']}\n{unseal(hit['encrypted_content']) or ''}"
                pairs = (("title", hit["title"]), ("url", hit["url"]))
                yield Passage("server_result", role, turn, text, label, name, pairs=pairs)
        elif "error_code" in content:
            pair = ("error code", str(content["error_code"]))
            yield Passage("search_error", role, turn, f"error code: {pair[1]}", label, name, True, pairs=(pair,))
        elif "stdout" in content:
            printed = tuple(
                (key, str(content[key]).strip()) for key in ("stdout", "stderr", "return_code") if content.get(key)
            )
            text = "\n".join(value for key, value in printed if key != "return_code")
            yield Passage("code_result", role, turn, text, label, name, bool(content["return_code"]), pairs=printed)
        elif content.get("type") == "web_fetch_result":
            for found in self.document(content["content"], role, turn):
                yield replace(found, kind="fetch", label=f"{found.label} {label} {content['url']}", tool=name)
        else:
            leaves = tuple(flat_pairs(content))
            text = "\n".join(f"{key}: {value}" for key, value in leaves)
            yield Passage("server_result", role, turn, text, label, name, pairs=leaves)


def flat_pairs(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf of a JSON value with the key it stands under."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from flat_pairs(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from flat_pairs(inner, key)
    elif value is not None:
        yield key.replace("_", " "), value if isinstance(value, str) else json.dumps(value)


def json_pairs(text: str) -> Iterator[tuple[str, str]]:
    """The leaves of a text that is a JSON object or array; none for other text."""
    if text[:1] in "{[" and text:
        try:
            yield from flat_pairs(json.loads(text))
        except ValueError:
            return
