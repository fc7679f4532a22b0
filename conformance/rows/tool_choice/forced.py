"""tool_choice any and tool, which force a call."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.probing.capability import (
    CITY_TOOL,
    calls_when_asked,
    greeting,
    leaves_a_greeting_alone,
)
from conformance.probing.contrast import CONTROL, TREATMENT, Message, ask_contrast
from conformance.probing.detection import ask_again, modes_agree, unless_unsteady
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, calls, cut_before_a_call, read_answer
from conformance.protocol.exchange import Json
from conformance.protocol.status import Deviation, Status
from conformance.rows.shared import sources
from conformance.rows.tool_choice.changes import look_for_call, told_of_cut, turned

TIME_TOOL: dict[str, Json] = {
    "name": "get_time",
    "description": "Gives the current local time in a city.",
    "input_schema": CITY_TOOL["input_schema"],
}


@row(
    "tool_choice.any",
    "MUST call one of the offered tools",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def any_tool(run: Run) -> Conversation[Verdict]:
    treatment = greeting(run, tool_choice={"type": "any"})
    contrast, finding = yield from turned(run, greeting(run), treatment, leaves_a_greeting_alone, on=True, streams=True)
    if contrast.accepted:
        finding = yield from unless_it_seldom_calls(run, finding)
        finding = yield from modes_agree(run, treatment, look_for_call, finding)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def unless_it_seldom_calls(run: Run, finding: Finding) -> Conversation[Finding]:
    """A call that does not come says nothing of a model that does not make one each time it is asked to either."""
    missed = finding.effect is Effect.ABSENT or finding.deviation is Deviation.UNSTEADY
    return (yield from unless_unsteady(run, finding, calls_when_asked)) if missed else finding


@row(
    "tool_choice.tool",
    "MUST call the named tool, not another",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def named_tool(run: Run) -> Conversation[Verdict]:
    prompt = run.wording(
        "tool_choice.tool", "What is the weather in Oslo right now?", "Tell me the current weather in Oslo."
    )
    named, met = yield from calls_the_odd_ones(run, prompt)
    if named:
        return Verdict(status=Status.SUPPORTED)
    plain = run.message(prompt, max_tokens=200, tools=[CITY_TOOL, TIME_TOOL])
    treatment = plain.with_fields(tool_choice={"type": "tool", "name": "get_time"})
    contrast = yield from ask_contrast(plain, treatment, refused=met)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        before = [contrast.messages[0]]
        after = [contrast.messages[1], *(yield from ask_again(TREATMENT, treatment, NAMED - 1))]
        if any(call.get("name") == "get_time" for message in after for call in calls(message)):
            before += yield from ask_again(CONTROL, plain, NAMED - 1)
        finding = steady_name(before, after, "get_time", ("get_weather", "get_time"))
        finding = yield from unless_unsteady(run, finding, calls_when_asked)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


ODD_TOOLS = 9


def calls_the_odd_ones(run: Run, prompt: str) -> Conversation[tuple[bool, Answer]]:
    """Of ten tools, is just the named one called, twice, where nothing in the prompt is about it? What is called
    without being named, or by guessing, is so once in 100 runs; no control has anything to add. The second value is
    the last answer."""
    stems = [run.name(f"tool_choice.tool/{n}", "lever") for n in range(ODD_TOOLS)]
    levers = [{"name": name, "input_schema": {"type": "object"}} for name in stems]
    tools = run.pick("tool_choice.tool/order", [CITY_TOOL, *levers], ODD_TOOLS + 1)
    asked = {
        f"with lever {n} of {ODD_TOOLS} named": run.message(
            prompt, max_tokens=200, tools=tools, tool_choice={"type": "tool", "name": stems[n - 1]}
        )
        for n in (3, 8)
    }
    got = yield asked
    met = [read_answer(exchange) for exchange in got.values()]
    named = all(
        each.message is not None and {str(call.get("name")) for call in calls(each.message)} == {stems[n - 1]}
        for each, n in zip(met, (3, 8), strict=True)
    )
    return named, met[-1]


NAMED = 4
"""How often a request is asked in which guessing could call the right one of two tools."""


def steady_name(before: Sequence[Message], after: Sequence[Message], name: str, offered: Sequence[str]) -> Finding:
    """Is the named tool called, and only because it is named?

    called without it   called with it                 effect
    the named tool      -                              in control
    -                   a name that was not offered    cannot tell: that is the row of the tool's name
    another, or none    the named one, every time      seen
    another, or none    the named one, some times      seen, unsteady
    another, or none    never                          absent
    another, or none    no tool, cut, any time         too weak: what is cut may yet have called
    fewer than NAMED tries with it, or without it      cannot tell
      where the named one is called with it
    """
    called = any(call.get("name") == name for message in after for call in calls(message))
    if len(after) < NAMED or (called and len(before) < NAMED):
        return Finding(effect=Effect.CANNOT_TELL, note="not every try was answered")
    unnamed, named = ([{str(call.get("name")) for call in calls(each)} for each in side] for side in (before, after))
    if any(name in called for called in unnamed):
        return Finding(effect=Effect.IN_CONTROL, note=f"{name} is called without being named as well")
    strange = sorted({each for called in named for each in called} - set(offered))
    if strange:
        note = f"a tool is called by a name that was not offered ({', '.join(strange)})"
        return Finding(effect=Effect.CANNOT_TELL, note=note)
    right = [called == {name} for called in named]
    if all(right):
        return Finding(effect=Effect.SEEN)
    cut = [cut_before_a_call(message) for message in after]
    if any(cut):
        return Finding(effect=Effect.TOO_WEAK, note=told_of_cut(cut.count(True), len(cut)))
    others = ", ".join(sorted({each for called in named for each in called} - {name})) or "no tool"
    note = f"{others} is called where {name} is named, in {right.count(False)} of {len(right)} tries"
    if any(right):
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
    return Finding(effect=Effect.ABSENT, note=note)
