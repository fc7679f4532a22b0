"""Composes the answer to a request: thinking, text with its citations, tool calls."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.reference.model import server_tools
from conformance.reference.model.arguments import Hints, as_json, fill
from conformance.reference.model.choose import is_server_tool, plan_calls
from conformance.reference.model.cite import citations_of
from conformance.reference.model.continuing import continued
from conformance.reference.model.orders import read_orders
from conformance.reference.model.read import Passage, Transcript, read_request
from conformance.reference.model.recall import Find, recall
from conformance.reference.model.respond import facts_of, focused, respond
from conformance.reference.model.sample import Dice
from conformance.reference.model.think import without_inner_tasks, write_thinking

Json = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """An answer before the limits of the request are put to it."""

    content: list[Json]
    server_tool_use: dict[str, int] = field(default_factory=dict)
    ran_code: bool = False
    hidden_tokens: int = 0
    """Tokens that were spent on thinking before the content, and that nothing of it shows."""


def compose(body: Json, dice: Dice) -> Draft:
    """The answer of the deterministic model to a validated request."""
    transcript = read_request(body)
    transcript = replace(transcript, ask=focused(transcript.ask))
    draft = Draft([])
    thought = write_thinking(body, transcript.ask)
    if thought is not None:
        draft.content.append({"type": "thinking", "thinking": thought})
    facts = facts_of(transcript)
    calls = plan_calls(body, transcript, lambda name: _lookup(facts, name))
    client_calls = [call for call in calls if not is_server_tool(call.tool)]
    for call in calls:
        if is_server_tool(call.tool):
            outcome = server_tools.run(call, body)
            draft.content += outcome.blocks
            draft.ran_code |= outcome.ran_code
            for name in outcome.counted:
                draft.server_tool_use[name] = draft.server_tool_use.get(name, 0) + 1
            client_calls += outcome.calls
            if not outcome.calls:
                draft.content.append({"type": "text", "text": outcome.text})
    for call in client_calls:
        block = {"type": "tool_use", "id": f"toolu_{secrets.token_hex(12)}", "name": call.name, "input": call.input}
        if call.toolset:
            block["toolset_name"] = call.toolset
        draft.content.append(block)
    if not calls:
        draft.content += _speak(body, transcript, facts, dice)
    return draft


def _lookup(facts: list[Passage], name: str) -> str | None:
    found = recall(f"What is the {name.replace('_', ' ')}?", [p for p in facts if p.role == "user"])
    return found[-1].value if found else None


def _speak(body: Json, transcript: Transcript, facts: list[Passage], dice: Dice) -> list[Json]:
    output_format = (body.get("output_config") or {}).get("format")
    if output_format:
        hints = Hints(transcript.ask, ())
        return [_text(as_json(fill(_with_known(output_format["schema"], facts), hints)))]
    finds: list[Find] = []
    ask = without_inner_tasks(transcript.ask)
    orders = read_orders(transcript.passages, ask)
    effort = (body.get("output_config") or {}).get("effort") or "high"
    text = " ".join(orders.fixed) or respond(transcript, facts, ask, dice, orders.unknown, finds, effort)
    if orders.casing:
        text = text.upper() if orders.casing == "upper" else text.lower()
    text = " ".join([*(word for word in orders.begin if not text.startswith(word)), text])
    text = " ".join([text, *(word for word in orders.end if not text.endswith(word))])
    if transcript.prefill:
        text = continued(transcript.prefill, text, finds)
    if not text:
        return []
    block = _text(text)
    citations = [citation for find in finds for citation in citations_of(find)]
    if citations:
        block["citations"] = citations
    return [block]


def _text(text: str) -> Json:
    return {"type": "text", "text": text}


def _with_known(schema: Json, facts: list[Passage]) -> Json:
    """The schema, its free strings given the value that the prompt says, as a default."""
    properties = {}
    for name, inner in (schema.get("properties") or {}).items():
        if isinstance(inner, dict) and inner.get("type") == "string" and not inner.get("enum"):
            value = _lookup(facts, name)
            properties[name] = {"const": value, **inner} if value and "const" not in inner else inner
        else:
            properties[name] = inner
    return {**schema, "properties": properties} if properties else schema
