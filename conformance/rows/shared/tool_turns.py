"""Conversations in which tools were called and gave results."""

from __future__ import annotations

from conformance.probing.run import Run
from conformance.protocol.exchange import Json, Request

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


def text_block(words: str, **further: Json) -> Block:
    return {"type": "text", "text": words, **further}


def after_tools(
    run: Run, calls: list[Block], results: list[Block], question: str, *, tools: list[Block] | None = None
) -> Request:
    """A conversation in which tools were called and gave results, and a question about it."""
    return run.conversation(
        [
            {"role": "user", "content": "Please open the lockers with your tools."},
            {"role": "assistant", "content": calls},
            {"role": "user", "content": [*results, text_block(question)]},
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
    "golden",
)
NAMED = 4
"""How many of the nine lockers are named: one of 126 choices."""


def after_a_call(run: Run, *, calls: list[Block] | None = None, results: list[Block] | None = None) -> Request:
    """The plainest of these conversations: one call and its result, or what stands in their places."""
    made = [call("toolu_01", "red")] if calls is None else calls
    given = [result("toolu_01", "A lamp.")] if results is None else results
    return after_tools(run, made, given, "What lies in the red locker?")


def long_locker(run: Run) -> str:
    """An input of some length, so that the prompt must grow with it."""
    return f"{run.nonce('tool_use.input')}, the third one from the left in the long corridor behind the harbour office"


def long_result(run: Run) -> str:
    """A result of some length."""
    return (
        f"The locker is open. The code in the locker is {run.nonce('tool_result.content')}. It was put there by the "
        "harbour master in the night of the storm, together with a lamp and a rope."
    )


def shelf_codes(run: Run) -> list[str]:
    return [run.nonce(f"tool_result.array/{n}") for n in range(2)]


def shelf_words(run: Run) -> list[str]:
    """What a result says in two parts."""
    shelves = ("top", "bottom")
    return [f"The code of the {shelf} shelf is {code}." for shelf, code in zip(shelves, shelf_codes(run), strict=True)]


def lost_name(run: Run) -> str:
    """The name of a tool that was called, and is no longer offered."""
    return run.name("tool_use.name/elsewhere", "heave")


PAIRS = 4
"""How often each of two requests is asked whose answers guessing could hit: once in 256 for two words."""
