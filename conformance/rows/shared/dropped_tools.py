"""Tools that are accepted and never reach the model: no call can be expected of it then."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.capability import calls_when_asked, copies_codes, tool_request
from conformance.probing.detection import TRIES
from conformance.probing.run import Conversation, Run
from conformance.protocol.answer import Answer, read_answer, said_anywhere
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared.missing import Missing, missing

WITHOUT_TOOL = "a prompt for a call, without the tool"
DESCRIBED = "the code in the description of a tool"
LEAST_OF_A_TOOL = 20
"""Tokens: the definition of the tool has some 60."""


def tools_are_dropped(run: Run) -> Conversation[Missing | None]:
    """How tools are shown not to reach a model that never calls; None where it calls, where they reach it, or where
    that is not known.

    the model calls   prompt grows by a tool   copies codes every time   a code in a description   dropped
    now and then      -                        -                         -                         no
    never             yes, or not counted      -                         -                         no
    never             no                       no                        -                         no: not known
    never             no                       yes                       comes back                no
    never             no                       yes                       never comes back          yes
    """
    if run.dialect.streamed or (yield from calls_when_asked(run)).shown:
        return None
    got = yield from calibrate.ask_reliably({"one call": tool_request(run), "baseline": calibrate.baseline(run)})
    with_tool, short = (calibrate.total_of(each) for each in got.values())
    if with_tool is None or short is None or with_tool - short >= 2 * LEAST_OF_A_TOOL:
        return None  # the prompt's own words are not as long
    if not (yield from calibrate.counts_the_prompt(run)):
        return None
    bare = (yield from calibrate.ask_reliably({WITHOUT_TOOL: tool_request(run).without_fields("tools")}))[WITHOUT_TOOL]
    without = calibrate.total_of(bare)
    if without is None or with_tool - without >= LEAST_OF_A_TOOL or not (yield from copies_codes(run)).reliable:
        return None
    code, asked = described(run)
    met: list[Answer] = []
    for attempt in range(TRIES):
        role = DESCRIBED if attempt == 0 else f"{DESCRIBED}, try {attempt + 1}"
        answer = read_answer((yield {role: asked.again(attempt)})[role])
        if answer.message is None or code in said_anywhere(answer.message):
            return None
        met.append(answer)
    told = f"a tool does not lengthen the prompt ({without} and {with_tool} tokens)"
    return missing(f"tools do not reach the model: {told}, and a code in its description does not come back", met)


def described(run: Run) -> tuple[str, Request]:
    """A code that stands in the description of a tool, and the question for it: no call is needed to answer it."""
    code = run.nonce("dropped_tools")
    tool: dict[str, Json] = {
        "name": "open_gate",
        "description": f"Opens the gate of the harbour. The code of the gate is {code}.",
        "input_schema": {"type": "object", "properties": {"code": {"type": "string"}}},
    }
    question = run.wording(
        "dropped_tools",
        "According to the description of your tool open_gate, what is the code of the gate? Reply with the code only.",
        "Which code stands in the description of the tool open_gate? Do not call it. Answer with the code alone.",
    )
    return code, run.message(question, max_tokens=60, tools=[tool])
