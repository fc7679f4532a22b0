"""Gateways that lose something on the way, in every request or answer: what is lost is told at the row that it belongs
to, and neither the model nor the rows that only need it are blamed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from starlette.applications import Starlette

from conformance.protocol.exchange import read_json
from conformance.reference.transforms import drop
from tests.proofs.test_confounders import BLOCKS, Due, Gateway, alike, behaving, judged

Json = dict[str, Any]
Content = list[Json]
UNMET = "prerequisite_refused"


def unmet(note: str) -> Due:
    return Due("untested", note, UNMET)


def asking(change: Callable[[Json], Json]) -> Starlette:
    """Every request for a message is changed."""

    def asks(body: bytes) -> bytes:
        given = read_json(body)
        return json.dumps(change(given)).encode() if isinstance(given, dict) and "messages" in given else body

    app = behaving()
    app.add_middleware(Gateway, asks=asks)
    return app


def in_content(change: Callable[[Content], Content]) -> Starlette:
    """The content of every turn that holds blocks is changed."""

    def changed(given: Json) -> Json:
        turns = [
            {**turn, "content": change(turn["content"])} if isinstance(turn["content"], list) else turn
            for turn in given["messages"]
        ]
        return {**given, "messages": turns}

    return asking(changed)


def has(content: Iterable[Json], kind: str) -> bool:
    return any(block.get("type") == kind for block in content)


def without(content: Content, *kinds: str) -> Content:
    return [block for block in content if block.get("type") not in kinds]


TEXT_LOST = unmet("^what the row needs is missing: the text beside a tool_result is not read")
ASKED_BESIDE = (
    "content.tool_use.id",
    "content.tool_use.input",
    "content.tool_use.name",
    "content.tool_result.tool_use_id",
    "content.tool_result.is_error",
    "content.tool_reference",
    "tools.defer_loading",
)


def test_text_beside_a_tool_result_is_dropped() -> None:
    app = in_content(lambda content: without(content, "text") if has(content, "tool_result") else content)
    own = {"content.text.text": Due("partial", "^the text beside a tool_result is not read", "incomplete")}
    assert judged(app, {**alike(ASKED_BESIDE, TEXT_LOST), **own}) == []


def test_text_beside_a_tool_result_is_refused() -> None:
    words = "messages: text beside a tool_result is not supported"

    def says(_: int, body: bytes) -> tuple[int, str] | None:
        turns = (read_json(body) or {}).get("messages", ()) if body else ()
        contents = [turn["content"] for turn in turns if isinstance(turn, dict) and isinstance(turn["content"], list)]
        beside = any(has(each, "tool_result") and has(each, "text") for each in contents)
        return (400, words) if beside else None

    app = behaving()
    app.add_middleware(Gateway, says=says)
    control = Due("untested", words, "control_refused")
    controls = (
        "fields.context_management",
        "content.thinking",
        "content.tool_use.input",
        "content.tool_use.name",
        "content.tool_use.cache_control",
        "content.tool_result.content",
        "content.tool_result.content.array",
        "content.tool_result.content.image",
        "content.tool_result.cache_control",
        "content.tool_result.is_error",
        "content.tool_reference",
    )
    moves = {
        **alike(controls, control),
        "tools.defer_loading": unmet("text beside a tool_result is refused"),
        "content.text.text": Due("partial", "^text beside a tool_result is refused: HTTP 400", "incomplete"),
        "content.tool_use.id": unmet("^calls and results fail, but not for the calls"),
        "content.tool_result.tool_use_id": unmet("^calls and results fail, but not for the results"),
        "errors.tool_pairing": unmet(words),
    }
    assert judged(app, moves) == []


def test_all_but_the_first_result_of_a_turn_are_emptied() -> None:
    def emptied(content: Content) -> Content:
        results = [block for block in content if block.get("type") == "tool_result"]
        return [{**block, "content": ""} if block in results[1:] else block for block in content]

    apart = unmet(
        "told apart in plain words, and not as tool results: only the first of two results reaches the model$"
    )
    moves = {
        **alike(("content.tool_use.id", "content.tool_result.tool_use_id"), apart),
        "content.tool_result.content": Due(
            "partial", "^of 2 results of one turn only the first is read$", "incomplete"
        ),
    }
    assert judged(in_content(emptied), moves) == []


def flattened(block: Json) -> Json:
    """A call or a result as text."""
    if block.get("type") == "tool_use":
        return {"type": "text", "text": f"[called {block['name']} with {json.dumps(block['input'])}]"}
    if block.get("type") != "tool_result":
        return block
    held = block.get("content") or ""
    words = held if isinstance(held, str) else " ".join(part.get("text", "") for part in held)
    return {"type": "text", "text": f"[result: {words}]"}


def test_calls_and_results_are_told_as_text() -> None:
    app = in_content(lambda content: [flattened(block) for block in content])
    unpaired = Due("ignored", "the ids do not tell the model whose result is whose$")
    uncached = Due("ignored", "usage reports no cache")
    moves = {
        **alike(("content.tool_use.id", "content.tool_result.tool_use_id"), unpaired),
        **alike(("content.tool_use.cache_control", "content.tool_result.cache_control"), uncached),
        # The stand-in model says NO of a success that is told in plain words as well.
        "content.tool_result.is_error": Due("untested", "nor from plain words$", "model_too_weak"),
        "content.tool_result.content.image": Due("ignored", "the colours .* are not named"),
        "content.tool_reference": Due("ignored", "^the tool that is referred to is not called$"),
        "tools.defer_loading": Due("partial", "nothing brings the tool back", "incomplete"),
        "fields.context_management": Due("untested", "whether the prompt is shorter cannot be seen", "cannot_tell"),
        "errors.tool_pairing": Due("ignored", "^answered instead of refused"),
    }
    assert judged(app, moves) == []


ON_RESULTS = (
    "fields.context_management",
    "tools.defer_loading",
    "content.tool_result.content.array",
    "content.tool_result.content.image",
    "content.tool_result.cache_control",
    "content.tool_reference",
)


def test_the_content_of_results_is_dropped() -> None:
    nothing = unmet("told apart in plain words, and not as tool results: no result reaches the model$")
    moves = {
        **alike(ON_RESULTS, unmet("what the row needs is missing: content.tool_result.content is ignored: the code")),
        **alike(("content.tool_use.id", "content.tool_result.tool_use_id"), nothing),
        "content.tool_result.content": Due("ignored", "^the code does not come back"),
    }
    assert judged(behaving(drop(f"{BLOCKS}[type=tool_result].content")), moves) == []
