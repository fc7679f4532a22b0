"""The tool_use blocks of answers: ids, names and inputs that a client can work with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.probing import calibrate
from conformance.probing.capability import CITY_TOOL, NO_ARGUMENTS, tool_request
from conformance.probing.contrast import Message
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant
from conformance.protocol.answer import calls, read_answer
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation
from conformance.rows.shared import sources
from conformance.rows.shared.sampled_answers import SEVERAL, Given, everywhere, gather, gather_calls, hold_to

AGAIN_FROM = 40
ID_SIGNS = re.compile(r"[a-zA-Z0-9_-]+")


def is_lost(message: Message) -> bool:
    return message.get("stop_reason") == "tool_use" and not calls(message)


def tool_use_violations(given: Given) -> list[Violation]:
    """The rules that the calls of one answer break, those that break clients first.

    a call is announced by stop_reason, and none is there   broken
    id that is no string, empty, or twice in an answer      broken
    a name that was not offered                             broken
    input that is no object (unless cut by max_tokens)      broken
    id of signs that the official API refuses back          implausible
    """
    message = given.message
    offered = names_offered(given.request)
    found = calls(message)
    ids = [call.get("id") for call in found]
    broken: list[str] = []
    if is_lost(message):
        broken.append("stop_reason is tool_use, but no tool_use block is there")
    broken += [f"the id of a tool_use block is {each!r}" for each in ids if not isinstance(each, str) or not each]
    words = [each for each in ids if isinstance(each, str) and each]
    broken += sorted(
        {f"{words.count(each)} tool_use blocks have the id {each!r}" for each in words if words.count(each) > 1}
    )
    for call in found:
        name, value = call.get("name"), call.get("input")
        if name not in offered:
            broken.append(f"the name {name!r} is none of the tools offered ({', '.join(offered)})")
        if not isinstance(value, dict) and message.get("stop_reason") != "max_tokens":
            what = "no input" if "input" not in call else f"an input that is {type(value).__name__}, not an object"
            broken.append(f"the call of {name} has {what}")
    violations = [Violation(rule=rule) for rule in broken]
    for each in words:
        if not ID_SIGNS.fullmatch(each):
            rule = f"the id {each!r} has signs other than a-z, A-Z, 0-9, _ and -, which the official API refuses back"
            violations.append(Violation(rule=rule, deviation=Deviation.IMPLAUSIBLE))
    return violations


def names_offered(request: Request) -> list[str]:
    """The names of the tools of a request, those that a turn of the conversation adds included."""
    body = request.json
    tools = body.get("tools")
    turns = body.get("messages")
    found = [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    for turn in turns if isinstance(turns, list) else []:
        content = turn.get("content") if isinstance(turn, dict) else None
        blocks = content if isinstance(content, list) else []
        added = [block.get("tool") for block in blocks if isinstance(block, dict)]
        found += [tool for tool in added if isinstance(tool, dict)]
    return [str(tool["name"]) for tool in found if "name" in tool]


def used_again(run: Run, given: Sequence[Given]) -> Conversation[list[Violation]]:
    """Ids that come again in answers to other requests: no harm where they are counted up within a conversation, so a
    second call of one conversation is asked for. An answer that is kept and given again whole has its own id."""
    met: dict[str, Given] = {}
    for each in given:
        for name in {call["id"] for call in calls(each.message) if isinstance(call.get("id"), str)}:
            before = met.setdefault(name, each)
            if before.message.get("id") == each.message.get("id"):
                continue
            return (yield from _second_call(run, before))
    return []


def _second_call(run: Run, given: Given) -> Conversation[list[Violation]]:
    """Does a second call of the conversation that began with this answer have the id of the first?"""
    first = [
        {key: call[key] for key in ("type", "id", "name", "input") if key in call} for call in calls(given.message)
    ]
    results = [{"type": "tool_result", "tool_use_id": call.get("id"), "content": "Sunny."} for call in first]
    told = run.wording("second", "Now use the get_weather tool for the city Lima.", "Now call get_weather for Lima.")
    turns = [
        given.request.json["messages"][0],
        {"role": "assistant", "content": first},
        {"role": "user", "content": [*results, {"type": "text", "text": told}]},
    ]
    asked = tool_request(run).with_fields(messages=turns, tools=[CITY_TOOL, NO_ARGUMENTS])
    got = yield from calibrate.ask_reliably({"a second call": asked})
    message = read_answer(got["a second call"]).message
    ids = [call.get("id") for call in first]
    again = [call["id"] for call in calls(message or {}) if call.get("id") in ids]
    if again:
        return [Violation(rule=f"the second call of a conversation has the id of the first, {again[0]!r}")]
    return []


def only_without_arguments(given: Sequence[Given]) -> list[Violation]:
    """A call without arguments that never comes in one mode alone is lost there."""
    modes: dict[bool, list[bool]] = {}
    for each in given:
        if each.request.json["tools"] == [NO_ARGUMENTS]:
            streamed = bool(each.request.json.get("stream"))
            modes.setdefault(streamed, []).append(bool(calls(each.message)))
    if len(modes) == 2 and any(modes[True]) is not any(modes[False]):
        where = "unstreamed" if any(modes[True]) else "in a stream"
        rule = f"a tool without arguments is not called {where}, in {len(modes[not any(modes[True])])} tries"
        return [Violation(rule=rule, deviation=Deviation.ONE_MODE)]
    return []


STEADILY = 4
"""How many more answers are asked for in each mode before calls that one mode lacks count as lost there."""


def fewer_in_one_mode(given: Sequence[Given]) -> Conversation[list[Violation]]:
    """Several calls at once of which one mode holds fewer, every time."""
    first = {each.streamed: each for each in given if each.role.startswith(SEVERAL) and calls(each.message)}
    if len(first) < 2 or len(calls(first[True].message)) == len(calls(first[False].message)):
        return []
    asked = {
        f"{each.role}, asked {n + 1} times": each.request.again(AGAIN_FROM + n)
        for each in first.values()
        for n in range(1, STEADILY + 1)
    }
    more = [*first.values(), *(yield from gather(asked))]
    counts = {mode: {len(calls(each.message)) for each in more if each.streamed is mode} for mode in first}
    if len(more) < 2 + len(asked) or any(len(each) > 1 for each in counts.values()):
        return []
    streamed, whole = (counts[mode].pop() for mode in (True, False))
    if streamed == whole:
        return []
    return [Violation(rule=f"several calls at once: {streamed} in every stream, {whole} in every answer unstreamed")]


@row(
    "response.tool_use",
    "MUST return tool_use blocks with a unique id, an offered name and an input object, a zero-argument tool included",
    evidence_kind=EvidenceKind.RULE,
    source=sources.IMPLEMENT_TOOLS,
    everywhere=everywhere(tool_use_violations, of_model=True),
)
def tool_use(run: Run) -> Conversation[Verdict]:
    calling = yield from gather_calls(run)
    # An answer that announces a call and holds none has lost it on the way.
    lost = [each for each in calling.given if is_lost(each.message)]
    if calling.verdict is not None and not lost:
        return calling.verdict
    violations = yield from hold_to(tool_use_violations, calling.given)
    if not violations:
        violations += yield from used_again(run, calling.given)
        violations += only_without_arguments(calling.given)
    if not violations:
        violations += yield from fewer_in_one_mode(calling.given)
    return decide_invariant(exercised=len(calling.given), violations=violations)
