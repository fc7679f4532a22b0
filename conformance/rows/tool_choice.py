"""tool_choice: who decides whether and which tool is called."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.probing import calibrate
from conformance.probing.capability import (
    CITY_TOOL,
    AskCapability,
    Capability,
    calls_when_asked,
    greeting,
    leaves_a_greeting_alone,
    several_calls,
    tool_request,
    tries_of,
    try_capability,
)
from conformance.probing.contrast import CONTROL, TREATMENT, Contrast, Message, ask_contrast
from conformance.probing.detection import STREAMED, Detection, ask_again, modes_agree, unless_unsteady
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import Table
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, Outcome, calls, cut_before_a_call, read_answer
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation, Status
from conformance.rows import parallel_calls, sources
from conformance.rows.clean_text import raw_call
from conformance.rows.parallel_calls import WITH, weak_without

TABLE = Table("tool_choice")

TIME_TOOL: dict[str, Json] = {
    "name": "get_time",
    "description": "Gives the current local time in a city.",
    "input_schema": CITY_TOOL["input_schema"],
}


WITH_NONE = 2
"""As often it is asked where the model was shown to call STEADY_TRIES times of as many without it: one that calls by
chance does so and then calls nothing once in 149 runs."""


def look_for_call(message: Message) -> Detection:
    """Looks for a call; an answer that was cut before it could call shows nothing."""
    return Detection(seen=bool(calls(message)), missed="no tool is called", void=cut_before_a_call(message))


def turned(
    run: Run,
    control: Request,
    treatment: Request,
    capability: AskCapability,
    *,
    on: bool,
    least: int = WITH,
    streams: bool = False,
) -> Conversation[tuple[Contrast, Finding]]:
    """Does the field turn calling on or off? `skill` is that of doing the opposite without it. So many tries are asked
    at `least`, and all of them where one of these is not as it should be. With `streams`, the row asks the same as a
    stream anyway, and that is the last of these tries."""
    contrast = yield from ask_contrast(control, treatment)
    if not contrast.accepted:
        return contrast, Finding(effect=Effect.CANNOT_TELL)
    without = yield from capability(run)
    in_stream = streams and not run.dialect.streamed and without.reliable
    first = [contrast.messages[1], *(yield from ask_again(TREATMENT, treatment, least - 1 - in_stream))]
    if in_stream and all(bool(calls(message)) is on for message in first):
        last = read_answer((yield {STREAMED: treatment.with_fields(stream=True)})[STREAMED]).message
        first += [last] if last is not None else []
    if without.reliable and len(first) == least and all(bool(calls(message)) is on for message in first):
        return contrast, unless_in_text(first, treatment)
    messages = [contrast.messages[1], *(yield from ask_again(TREATMENT, treatment, WITH - 1))]
    called = [None if on and cut_before_a_call(message) else bool(calls(message)) for message in messages]
    finding = steady_change(without, called, on=on)
    clean = finding.effect is Effect.SEEN and finding.deviation is None
    return contrast, unless_in_text(messages, treatment) if clean else finding


def unless_in_text(messages: Sequence[Message], treatment: Request) -> Finding:
    """An effect that is seen; incomplete where a call that is not made stands in the text as the model wrote it: then
    it was only not read."""
    for message in messages:
        raw = raw_call(message, treatment)
        if raw and not calls(message):
            note = f"the call is not made, but stands in the text: {raw!r}"
            return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)
    return Finding(effect=Effect.SEEN)


def steady_change(without: Capability, called: Sequence[bool | None], *, on: bool) -> Finding:
    """Does the field turn calling on or off, every time? `without`: how steadily the model does the opposite without
    the field; `called`: is a tool called with it, None where the answer was cut before that could be seen.

    without it     with it, as it should   effect
    not steadily   -                       too weak: the model calls, or does not, by itself
    steadily       every time              seen
    steadily       some times              seen, unsteady
    steadily       never                   absent
    fewer than WITH tries with it          cannot tell
    steadily       cut, any time           too weak: what is cut may yet have called
    """
    if len(called) < WITH:
        return Finding(effect=Effect.CANNOT_TELL, note="not every try was answered")
    if not without.reliable:
        return weak_without(without)
    if None in called:
        return Finding(effect=Effect.TOO_WEAK, note=told_of_cut(called.count(None), len(called)))
    right = [each is on for each in called]
    if all(right):
        return Finding(effect=Effect.SEEN)
    what = "no tool is called" if on else "a tool is called"
    note = f"{what} in {right.count(False)} of {len(right)} tries"
    if any(right):
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
    return Finding(effect=Effect.ABSENT, note=note)


def told_of_cut(cut: int, tries: int) -> str:
    return f"in {cut} of {tries} tries the answer reaches its limit before it calls a tool or ends"


@TABLE.row("tool_choice.none", "MUST call no tool", evidence_kind=EvidenceKind.CONTRAST, source=sources.IMPLEMENT_TOOLS)
def none(run: Run) -> Conversation[Verdict]:
    treatment = tool_request(run, tool_choice={"type": "none"})
    contrast, finding = yield from turned(
        run, tool_request(run), treatment, calls_when_asked, on=False, least=WITH_NONE
    )
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


@TABLE.row(
    "tool_choice.auto", "MUST let the model decide", evidence_kind=EvidenceKind.CONTRAST, source=sources.IMPLEMENT_TOOLS
)
def auto(run: Run) -> Conversation[Verdict]:
    choice = {"type": "auto"}
    left_to_it = yield from decides_by_itself(run, choice)
    if left_to_it is not None:
        return left_to_it
    treatment = tool_request(run, tool_choice=choice)
    contrast = yield from ask_contrast(tool_request(run), treatment)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        asking = yield from calls_when_asked(run)
        greeted = yield from leaves_a_greeting_alone(run)
        asked = [contrast.messages[1], *(yield from ask_again(TREATMENT, treatment, WITH - 1))]
        hello = tries_of("a greeting, left to the model", greeting(run, tool_choice=choice), WITH)
        left = yield from try_capability("calls no tool for a greeting", hello, lambda _, message: not calls(message))
        finding = left_to_decide(asking, greeted, [bool(calls(message)) for message in asked], left)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def decides_by_itself(run: Run, choice: Json) -> Conversation[Verdict | None]:
    """Calls where it is asked to, and none where it is greeted, one after the other: a model that may not call does not
    do the one, a model that must call not the other. None where a steady model is not seen to do both."""
    roles = "several calls, left to the model", "a greeting, left to the model"
    asked = dict(zip(roles, (several_calls(run, tool_choice=choice), greeting(run, tool_choice=choice)), strict=True))
    got = yield asked
    met = [read_answer(got[role]) for role in roles]
    called = [None if answer.message is None else bool(calls(answer.message)) for answer in met]
    if called != [True, False]:
        return None
    for capability in (calls_when_asked, leaves_a_greeting_alone):
        if not (yield from capability(run)).reliable:
            return None
    finding = Finding(effect=Effect.SEEN, note="called when asked for, not for a greeting")
    return decide_must_accept(control=[], treatment=met, finding=finding)


def left_to_decide(asking: Capability, greeted: Capability, called: Sequence[bool], left: Capability) -> Finding:
    """Does the model decide with auto as it does without it? `asking` and `greeted`: how steadily it calls when asked
    to, and not when greeted, without the field; `called` and `left` the same with it.

    without it           called when asked to   left alone when greeted   effect
    not steadily both    -                      -                         too weak
    steadily             every time             every time                seen
    steadily             never                  -                         absent: as none
    steadily             -                      never                     absent: as any
    steadily             else                                             seen, unsteady
    fewer than WITH tries of either                                       cannot tell
    """
    if min(len(called), left.tries) < WITH:
        return Finding(effect=Effect.CANNOT_TELL, note="not every try was answered")
    weak = next((capability for capability in (asking, greeted) if not capability.reliable), None)
    if weak is not None:
        return weak_without(weak)
    if all(called) and left.reliable:
        return Finding(effect=Effect.SEEN, note="called when asked for, not for a greeting")
    if not any(called):
        return Finding(effect=Effect.ABSENT, note="a tool is called without tool_choice, but not with auto")
    if not left.shown:
        return Finding(effect=Effect.ABSENT, note="with auto a tool is called even for a greeting")
    note = f"called in {called.count(True)} of {len(called)} tries when asked for; with auto {left.told}"
    return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)


@TABLE.row(
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


@TABLE.row(
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
    what the last was met with."""
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


@TABLE.row(
    "tool_choice.object_form",
    'MUST accept the object form {"type": …}',
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def object_form(run: Run) -> Conversation[Verdict]:
    # Any of the object's types will do: one that this endpoint refuses is the row of that type.
    pairs: dict[str, Contrast] = {}
    findings: dict[str, Finding] = {}
    for kind, control, capability in (
        ("any", greeting, leaves_a_greeting_alone),
        ("none", tool_request, calls_when_asked),
    ):
        treatment = control(run, tool_choice={"type": kind})
        called = kind == "any"
        pairs[kind], finding = yield from turned(run, control(run), treatment, capability, on=called, streams=called)
        if not pairs[kind].accepted:
            continue
        findings[kind] = yield from unless_it_seldom_calls(run, finding)
        if findings[kind].effect is Effect.SEEN:
            # Honoured with a flaw it is read all the same: the flaw is the row of that type.
            finding = Finding(effect=Effect.SEEN, note=f"type {kind} is honoured")
            return decide_must_accept(control=pairs[kind].control, treatment=pairs[kind].treatment, finding=finding)
    if not findings:  # auto is the default: that it changes nothing shows nothing, but that it is accepted does
        role = "the object form with type auto"
        pairs["auto"] = yield from ask_contrast(
            tool_request(run), tool_request(run, tool_choice={"type": "auto"}), role=role
        )
    accepted = [contrast for contrast in pairs.values() if contrast.accepted]
    if not accepted:
        first = pairs["any"]
        return decide_must_accept(control=first.control, treatment=first.treatment)
    if len(findings) == 2 and all(each.effect is Effect.ABSENT for each in findings.values()):
        note = "a tool is called in spite of type none, and none is called in spite of type any"
        finding = Finding(effect=Effect.ABSENT, note=note)
    elif any(each.effect is Effect.TOO_WEAK for each in findings.values()):
        finding = next(each for each in findings.values() if each.effect is Effect.TOO_WEAK)
    else:
        finding = Finding(effect=Effect.NOT_VISIBLE, note="accepted; what it does is the rows of its types")
    return decide_must_accept(control=accepted[0].control, treatment=accepted[0].treatment, finding=finding)


@TABLE.row(
    "tool_choice.string_form",
    'MAY accept the string form "auto" (a vendor extension; officially 400)',
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def string_form(run: Run) -> Conversation[Verdict]:
    plain = tool_request(run)
    contrast = yield from ask_contrast(plain, plain.with_fields(tool_choice="auto"), role='with "auto"')
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from _string_none(run, plain)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def _string_none(run: Run, plain: Request) -> Conversation[Finding]:
    """The string "auto" is the default, so its effect cannot be seen. "none" shows whether a string is read at all,
    and counts as unread only where the object of that type is honoured."""
    told = plain.with_fields(tool_choice="none")
    got = yield from calibrate.ask_steadily({'with "none"': told})
    answer = read_answer(got['with "none"'])
    if not answer.answered and answer.outcome is not Outcome.REFUSED:
        return Finding(
            effect=Effect.CANNOT_TELL, note=f'"none" meets neither an answer nor a refusal: {answer.problem}'
        )
    if not answer.answered:
        note = f'"auto" is accepted, "none" is not: {answer.problem}'
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_FORM)
    _, as_string = yield from turned(run, plain, told, calls_when_asked, on=False)
    if as_string.effect is Effect.SEEN and as_string.deviation is None:
        return Finding(effect=Effect.SEEN, note='"none" is honoured as well')
    if as_string.effect is Effect.ABSENT:
        as_object = tool_request(run, tool_choice={"type": "none"})
        _, as_named = yield from turned(run, plain, as_object, calls_when_asked, on=False)
        if as_named.effect is Effect.SEEN:
            note = 'a tool is called although tool_choice is "none"; the object of that type is honoured'
            return Finding(effect=Effect.ABSENT, note=note)
    if as_string.effect is Effect.TOO_WEAK:
        return as_string
    return Finding(effect=Effect.NOT_VISIBLE, note='accepted; that "none" is read cannot be seen with this model')


parallel_calls.add_row(TABLE)
