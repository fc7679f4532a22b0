"""Puts the limits of a request to a drafted answer: max_tokens, stop sequences, the display of thinking."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.reference.seals import seal
from conformance.reference.tokens import count_tokens, first_tokens

Json = dict[str, Any]
TOKENS_OF_CALL = 6


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer's content, why it stopped, and what it cost."""

    content: list[Json]
    stop_reason: str
    stop_sequence: str | None
    output_tokens: int
    thinking_tokens: int


def finish(drafted: Sequence[Json], body: Json, hidden: int = 0) -> Finished:
    """Cut a drafted answer to the request's limits, block by block. `hidden` tokens were spent before it."""
    limit = body["max_tokens"]
    omitted = (body.get("thinking") or {}).get("display") == "omitted"
    content: list[Json] = []
    spent = thinking = hidden
    for block in drafted:
        left = limit - spent
        if left <= 0:
            return Finished(content, "max_tokens", None, limit, thinking)
        if block["type"] == "thinking":
            cost = count_tokens(block["thinking"])
            text = block["thinking"] if cost <= left else first_tokens(block["thinking"], left)
            content.append({"type": "thinking", "thinking": "" if omitted else text, "signature": seal(text)})
            thinking += min(cost, left)
        elif block["type"] == "text":
            text, hit = _stopped(block["text"], body.get("stop_sequences") or ())
            cost = count_tokens(text)
            if cost > left:
                content.append({**block, "text": first_tokens(text, left)})
                return Finished(content, "max_tokens", None, limit, thinking)
            if text:
                content.append({**block, "text": text})
            if hit is not None:
                return Finished(content, "stop_sequence", hit, spent + cost, thinking)
        elif block["type"] in ("tool_use", "server_tool_use"):
            cost = TOKENS_OF_CALL + count_tokens(json.dumps(block["input"]))
            if cost > left:
                # What was cut off is no JSON; the call stays without its input.
                return Finished([*content, {**block, "input": {}}], "max_tokens", None, limit, thinking)
            content.append(block)
        else:
            cost = 0
            content.append(block)
        spent += cost
        if spent > limit:
            return Finished(content, "max_tokens", None, limit, thinking)
    called = any(block["type"] == "tool_use" for block in content)
    return Finished(content, "tool_use" if called else "end_turn", None, spent, thinking)


def _stopped(text: str, sequences: Sequence[str]) -> tuple[str, str | None]:
    """The text before the earliest stop sequence, and which one it was."""
    found = [(text.find(sequence), sequence) for sequence in sequences if sequence in text]
    if not found:
        return text, None
    place, sequence = min(found, key=lambda item: item[0])
    return text[:place], sequence
