"""A history of tool calls in plain words: what the model shows there, and not through the blocks, is not its fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from conformance.probing.calibrate import ask_reliably
from conformance.probing.capability import copies_codes, tries_of
from conformance.probing.contrast import Message
from conformance.probing.detection import TRIES
from conformance.probing.run import Conversation, Run
from conformance.protocol.answer import Answer, Outcome, read_answer, said_anywhere
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared.missing import Missing, missing
from conformance.rows.shared.tool_turns import after_tools, call, result

PLAINLY = "the same in plain words"
BESIDE = "words beside a tool result"
PLAIN_TRIES = 2


def retold(run: Run, request: Request, *, outcomes: bool = False) -> Request:
    """The conversation of `request` as one user turn, without tools. `outcomes`: is it said whether a call failed?"""
    told = [line for turn in request.json["messages"][1:] for line in _lines(turn["content"], outcomes)]
    return run.message("\n".join(told), max_tokens=request.json["max_tokens"] - run.dialect.headroom)


def _lines(blocks: Sequence[Mapping[str, Any]], outcomes: bool) -> list[str]:
    lines = []
    for block in blocks:
        if block["type"] == "tool_use":
            given = json.dumps(block["input"], ensure_ascii=False)
            lines.append(f"You called a tool with {given}. The name of the tool was {block['name']}.")
        elif block["type"] == "tool_result":
            outcome = "failed" if block.get("is_error") else "succeeded"
            lines += [f"The tool call {outcome}."] * outcomes
            lines.append(f"The tool gave this result: {block['content']}")
        else:
            lines.append(str(block["text"]))
    return lines


def shown_plainly(
    run: Run, asked: Sequence[Request], shows: Sequence[Callable[[Message], bool]], *, outcomes: bool = False
) -> Conversation[bool]:
    """Does the model show it each time where the same stands in plain words, PLAIN_TRIES times for each request?
    `shows` looks at the answers to the request of the same place. So few tries are enough of a model that copies codes
    every time; another one is not shown able."""
    if not (yield from copies_codes(run)).reliable:
        return False
    tries: dict[str, Request] = {}
    looks: dict[str, Callable[[Message], bool]] = {}
    for number, (request, detect) in enumerate(zip(asked, shows, strict=True), 1):
        role = PLAINLY if len(asked) == 1 else f"{PLAINLY} ({number})"
        for name, each in tries_of(role, retold(run, request, outcomes=outcomes), times=PLAIN_TRIES).items():
            tries[name], looks[name] = each, detect
    got = yield from ask_reliably(tries)
    messages = {name: read_answer(got[name]).message for name in tries}
    return all(message is not None and looks[name](message) for name, message in messages.items())


def words_beside(run: Run) -> tuple[str, Request]:
    """A code and the question for it, both in a text block beside a tool result."""
    code = run.nonce("beside")
    question = run.wording(
        "beside",
        f"The code of the harbour gate is {code}. What is the code of the harbour gate? Reply with the code only.",
        f"Note this: the code of the harbour gate is {code}. Answer with the code of the harbour gate, nothing else.",
    )
    return code, after_tools(run, [call("toolu_01beside", "red")], [result("toolu_01beside", "A lamp.")], question)


def words_beside_are_lost(run: Run) -> Conversation[Missing | None]:
    """What becomes of text that stands beside a tool_result; None where it is read, or where nothing is known.

    shown in plain words      the text beside a result              without the text   lost
    -                         refused, twice                        answered           yes: refused
    -                         any other failure, or refused         else               no
    no                        answered                              -                  no: not known
    yes                       its code comes back once              -                  no
    yes                       its code never comes back in 3 tries  -                  yes: dropped
    """
    code, request = words_beside(run)
    first = read_answer((yield {BESIDE: request})[BESIDE])
    if first.outcome is Outcome.REFUSED:
        alone = request.with_fields(messages=without_words(request.json["messages"]))
        roles = ("a tool result without words beside it", f"{BESIDE}, again")
        got = yield dict(zip(roles, (alone, request.again(1)), strict=True))
        bare, again = (read_answer(got[role]) for role in roles)
        refused = bare.answered and again.outcome is Outcome.REFUSED
        return missing(f"text beside a tool_result is refused: {first.problem}", [first, again]) if refused else None
    met = [first]
    for attempt in range(1, TRIES):
        if _is_read(met[-1], code):
            return None
        role = f"{BESIDE}, try {attempt + 1}"
        met.append(read_answer((yield {role: request.again(attempt)})[role]))
    if _is_read(met[-1], code) or not (yield from shown_plainly(run, [request], [partial(says, code=code)])):
        return None
    return missing("the text beside a tool_result is not read: a code in it comes back from plain words only", met)


def _is_read(answer: Answer, code: str) -> bool:
    """Does the code come back, or is nothing known of it?"""
    return answer.message is None or says(answer.message, code)


def says(message: Message, code: str) -> bool:
    return code.casefold() in said_anywhere(message).casefold()


def without_words(turns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same turns, without the text blocks beside tool results."""

    def kept(content: Json) -> Json:
        if isinstance(content, str) or not any(block["type"] == "tool_result" for block in content):
            return content
        return [block for block in content if block["type"] != "text"]

    return [{**turn, "content": kept(turn["content"])} for turn in turns]
