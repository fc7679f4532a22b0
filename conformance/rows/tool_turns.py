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


def after_a_call(run: Run, *, calls: list[Block] | None = None, results: list[Block] | None = None) -> Request:
    """The plainest of these conversations: one call and its result, or what stands in their places."""
    made = [call("toolu_01", "red")] if calls is None else calls
    given = [result("toolu_01", "A lamp.")] if results is None else results
    return after_tools(run, made, given, "What lies in the red locker?")


PAIRS = 4
"""How often each of two requests is asked whose answers guessing could hit: once in 256 for two words."""
