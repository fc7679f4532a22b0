"""Models that think before they answer, a little for a greeting and more for everything else, whatever they were told.

Thinking counts against max_tokens, as it does with most vendors.
"""

from __future__ import annotations

from typing import Any

from conformance.reference.model.answer import Draft
from conformance.reference.model.read import read_request
from conformance.reference.model.think import STEPS
from conformance.reference.tokens import count_tokens, first_tokens

Json = dict[str, Any]

A_LITTLE = 8
"""Tokens of thinking for a prompt of a few words."""

FEW_WORDS = 4
LONG_QUESTION = 60
"""Words of a question that takes one and a half times the usual thinking; a short one takes half of it."""


def thoughts_on(body: Json, usual: int) -> str:
    """The thinking of a model that usually thinks so many tokens, in proportion to the question."""
    words = len(read_request(body).ask.split())
    tokens = A_LITTLE if words <= FEW_WORDS else round(usual * (0.5 + min(1.0, words / LONG_QUESTION)))
    tokens = min(tokens, body["max_tokens"] + 1)  # what goes beyond the limit nobody sees
    text = " ".join(f"{number}. {STEPS[number % len(STEPS)]}" for number in range(1, tokens))
    return first_tokens(text, _within_budget(body, tokens))


def _within_budget(body: Json, tokens: int) -> int:
    budget = (body.get("thinking") or {}).get("budget_tokens")
    return min(tokens, budget) if isinstance(budget, int) else tokens


def is_disabled(body: Json) -> bool:
    return (body.get("thinking") or {}).get("type") == "disabled"


def think_in_a_block(draft: Draft, body: Json, usual: int) -> None:
    """Puts the thinking into a block at the head of the answer, in place of one that is there."""
    rest = [block for block in draft.content if block["type"] != "thinking"]
    draft.content = [{"type": "thinking", "thinking": thoughts_on(body, usual)}, *rest]


def think_in_the_text(draft: Draft, body: Json, usual: int) -> None:
    """Puts the thinking between tags at the head of the text, as an endpoint does that does not parse it."""
    thought = f"<think>\n{thoughts_on(body, usual)}\n</think>\n\n"
    rest = [block for block in draft.content if block["type"] != "thinking"]
    if rest and rest[0]["type"] == "text":
        draft.content = [{**rest[0], "text": thought + rest[0]["text"]}, *rest[1:]]
    else:
        draft.content = [{"type": "text", "text": thought}, *rest]


def think_unseen(draft: Draft, body: Json, usual: int) -> None:
    """Spends the tokens of thinking that no block shows."""
    draft.hidden_tokens = count_tokens(thoughts_on(body, usual))
