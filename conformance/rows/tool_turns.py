"""Conversations in which tools were called and gave results."""

from __future__ import annotations

from conformance.exchange import Json, Request
from conformance.run import Run

Block = dict[str, Json]

LOCKER_TOOL: Block = {
    "name": "open_locker",
    "description": "Opens a locker and gives what lies in it.",
    "input_schema": {
        "type": "object",
        "properties": {"locker": {"type": "string", "description": "Which locker"}},
        "required": ["locker"],
    },
}


def call(call_id: str, locker: str, **further: Json) -> Block:
    return {"type": "tool_use", "id": call_id, "name": "open_locker", "input": {"locker": locker}, **further}


def result(call_id: Json, content: Json, **further: Json) -> Block:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **further}


def told(words: str) -> Block:
    return {"type": "text", "text": words}


def after_tools(
    run: Run, calls: list[Block], results: list[Block], question: str, *, tools: list[Block] | None = None
) -> Request:
    """A conversation in which tools were called and gave results, and a question about it."""
    return run.conversation(
        [
            {"role": "user", "content": "Please open the lockers with your tools."},
            {"role": "assistant", "content": calls},
            {"role": "user", "content": [*results, told(question)]},
        ],
        max_tokens=60,
        tools=tools or [LOCKER_TOOL],
    )


LOCKERS = (
    "red",
    "blue",
    "green",
    "white",
    "black",
    "yellow",
    "brown",
    "grey",
    "pink",
    "orange",
    "purple",
    "silver",
    "golden",
    "violet",
)
NAMED = 5
"""So many of fourteen lockers are told apart from the others: one of 2,002 choices."""

PAIRS = 4
"""How often each of two requests is asked whose answers guessing could hit: once in 256 for two words."""
