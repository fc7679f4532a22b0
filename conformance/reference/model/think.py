"""Writes the thinking that goes before an answer, no longer than its budget."""

from __future__ import annotations

import re
from typing import Any

from conformance.reference.model.tasks import count_out
from conformance.reference.model.words import sentences
from conformance.reference.tokens import first_tokens

INSIDE = re.compile(
    r"\b(?:in|inside|during|within|as part of) (?:your|the|its) (?:\w+ )?(?:thinking|thoughts?"
    r"|reasoning|head|mind|scratchpad)\b"
    r"|\bthink(?:ing)? (?:first|silently|out)\b|\bsilently\b|\bbefore (?:you answer|answering"
    r"|you reply|replying)\b|\bwhile (?:you think|thinking)\b",
    re.I,
)
LONG = re.compile(
    r"\bthink\w*\b.*\b(?:long|length|hard|deep\w*|thorough\w*|careful\w*|extensive\w*"
    r"|detail\w*|as much|at least|many|every step)\b"
    r"|\b(?:long|length\w*|extensive\w*|detail\w*|thorough\w*)\b.*\bthink\w*",
    re.I | re.S,
)
STEPS_OF_EFFORT = {"low": 1, "medium": 2, "high": 3, "xhigh": 5, "max": 8}
STEPS = (
    "First I look at what is asked.",
    "Then I look for what the conversation says about it.",
    "I check that the form of the answer is the one that was wanted.",
    "I go through the statements once more, to be sure that none was missed.",
    "I compare the candidates with the wording of the request.",
    "I consider whether a tool would be needed.",
    "I make sure that nothing is added that was not asked for.",
    "Now I can answer.",
)
LONG_STEPS = 400


def without_inner_tasks(text: str) -> str:
    """The request without the sentences that only say what to do while thinking."""
    kept = [sentence for _start, sentence in sentences(text) if not _only_inner(sentence)]
    return "\n".join(kept) if len(kept) < len(sentences(text)) else text


def _only_inner(sentence: str) -> bool:
    return bool(INSIDE.search(sentence)) and count_out(sentence) is not None


def write_thinking(body: dict[str, Any], ask: str) -> str | None:
    """The thinking text, or None where thinking is off or absent."""
    config = body.get("thinking") or {}
    if config.get("type") not in ("enabled", "adaptive"):
        return None
    topic = " ".join(ask.split())[:300]
    effort = (body.get("output_config") or {}).get("effort") or "high"
    steps = list(STEPS[: STEPS_OF_EFFORT[effort]])
    text = f"The user says: {topic}\n" if topic else ""
    inner = " ".join(count_out(s) or "" for _start, s in sentences(ask) if _only_inner(s))
    if inner.strip():
        text += inner.strip() + "\n"
    if LONG.search(ask):
        rounds = LONG_STEPS if effort in ("high", "xhigh", "max") else LONG_STEPS // 10
        steps = [f"Step {number}: {STEPS[number % len(STEPS)]}" for number in range(1, rounds + 1)]
    text += "\n".join(steps)
    budget = config.get("budget_tokens")
    return first_tokens(text, budget) if budget else text
