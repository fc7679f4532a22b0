"""tool_choice: who decides whether and which tool is called."""

from __future__ import annotations

from collections.abc import Sequence

from conformance import calibrate
from conformance.answer import Outcome, calls, read_answer
from conformance.calibrate import CITY_TOOL
from conformance.exchange import Json, Request
from conformance.probes import Message, Pair, Sight, ask_pair, modes_agree, repeats
from conformance.row import Table
from conformance.rows import sources
from conformance.run import Run, Steps
from conformance.status import Deviation
from conformance.verdict import Effect, Sighting, Verdict, decide_must_accept

TABLE = Table("tool_choice")

TIME_TOOL: dict[str, Json] = {
    "name": "get_time",
    "description": "Gives the current local time in a city.",
    "input_schema": CITY_TOOL["input_schema"],
}


def greeting(run: Run, **fields: Json) -> Request:
    """A prompt for which nobody would call a tool."""
    prompt = run.wording("greeting", "Say hello.", "Hello! Please greet me back.")
    return run.message(prompt, max_tokens=200, tools=[CITY_TOOL], **fields)


def look_for_call(message: Message) -> Sight:
    return Sight(seen=bool(calls(message)), missed="no tool is called")


@TABLE.row("tool_choice.none", "MUST call no tool", source=sources.IMPLEMENT_TOOLS)
def none(run: Run) -> Steps[Verdict]:
    control, treated = calibrate.tool_request(run), calibrate.tool_request(run, tool_choice={"type": "none"})
    pair = yield from ask_pair(control, treated)
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        shown = [pair.messages, *(yield from repeats(control, treated))]
        sighting = steady_change(shown, before=True, after=False)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def steady_change(shown: Sequence[tuple[Message, Message]], *, before: bool, after: bool) -> Sighting:
    """Does the field turn calling on or off, every time? `before` and `after`: is a tool called without and with it.

    without it, as `before`   with it, as `after`   effect
    not every time            -                     too weak: the model calls, or does not, by itself
    every time                every time            seen
    every time                some times            seen, unsteady
    every time                never                 absent
    fewer than three pairs    -                     cannot tell
    """
    if len(shown) < 3:
        return Sighting(effect=Effect.CANNOT_TELL, note="not every try was answered")
    controls = [bool(calls(without)) is before for without, _ in shown]
    turned = [bool(calls(with_it)) is after for _, with_it in shown]
    if not all(controls):
        does = "calls" if not before else "does not call"
        note = f"without the field this model {does} a tool in {controls.count(False)} of {len(shown)} tries"
        return Sighting(effect=Effect.TOO_WEAK, note=note)
    if all(turned):
        return Sighting(effect=Effect.SEEN)
    what = "a tool is called" if not after else "no tool is called"
    note = f"{what} in {turned.count(False)} of {len(shown)} tries"
    if any(turned):
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
    return Sighting(effect=Effect.ABSENT, note=note)


@TABLE.row("tool_choice.auto", "MUST let the model decide", source=sources.IMPLEMENT_TOOLS)
def auto(run: Run) -> Steps[Verdict]:
    choice = {"type": "auto"}
    pair = yield from ask_pair(calibrate.tool_request(run), calibrate.tool_request(run, tool_choice=choice))
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        role = "a greeting, left to the model"
        got = yield from calibrate.ask_steadily({role: greeting(run, tool_choice=choice)})
        greeted = read_answer(got[role]).message
        asked_for = bool(calls(pair.messages[1]))
        unasked_for = greeted is not None and bool(calls(greeted))
        if greeted is None:
            sighting = Sighting(effect=Effect.CANNOT_TELL, note="a greeting with the field was not answered")
        elif asked_for and not unasked_for:
            sighting = Sighting(effect=Effect.SEEN, note="called when asked for, not for a greeting")
        elif calls(pair.messages[0]) and not asked_for:
            control, treated = calibrate.tool_request(run), calibrate.tool_request(run, tool_choice=choice)
            shown = [pair.messages, *(yield from repeats(control, treated))]
            never = all(calls(without) and not calls(with_it) for without, with_it in shown) and len(shown) == 3
            note = "a tool is called without tool_choice, but not with auto"
            sighting = Sighting(effect=Effect.ABSENT if never else Effect.TOO_WEAK, note=note)
        else:
            what = "a tool is called even for a greeting" if unasked_for else "no tool is called when asked for"
            sighting = Sighting(effect=Effect.TOO_WEAK, note=what)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


@TABLE.row("tool_choice.any", "MUST call one of the offered tools", source=sources.IMPLEMENT_TOOLS)
def any_tool(run: Run) -> Steps[Verdict]:
    control, treated = greeting(run), greeting(run, tool_choice={"type": "any"})
    pair = yield from ask_pair(control, treated)
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        shown = [pair.messages, *(yield from repeats(control, treated))]
        sighting = steady_change(shown, before=False, after=True)
        sighting = yield from unless_it_never_calls(run, sighting)
        sighting = yield from modes_agree(run, treated, look_for_call, sighting)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def unless_it_never_calls(run: Run, sighting: Sighting) -> Steps[Sighting]:
    """A call that does not come says nothing of a model that makes none when it is asked to either."""
    if sighting.effect is Effect.ABSENT and not (yield from calibrate.calls_a_tool(run)):
        note = f"{sighting.note}, but this model calls none when it is asked to either"
        return Sighting(effect=Effect.TOO_WEAK, note=note)
    return sighting


@TABLE.row("tool_choice.tool", "MUST call the named tool, not another", source=sources.IMPLEMENT_TOOLS)
def named_tool(run: Run) -> Steps[Verdict]:
    prompt = run.wording(
        "tool_choice.tool", "What is the weather in Oslo right now?", "Tell me the current weather in Oslo."
    )
    plain = run.message(prompt, max_tokens=200, tools=[CITY_TOOL, TIME_TOOL])
    treated = plain.with_fields(tool_choice={"type": "tool", "name": "get_time"})
    pair = yield from ask_pair(plain, treated)
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        shown = [pair.messages, *(yield from repeats(plain, treated))]
        sighting = steady_name(shown, "get_time", ("get_weather", "get_time"))
        sighting = yield from unless_it_never_calls(run, sighting)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def steady_name(shown: Sequence[tuple[Message, Message]], name: str, offered: Sequence[str]) -> Sighting:
    """Is the named tool called, and only because it is named?

    called without it   called with it                 effect
    the named tool      -                              in control
    -                   a name that was not offered    cannot tell: that is the row of the tool's name
    another, or none    the named one, every time      seen
    another, or none    the named one, some times      seen, unsteady
    another, or none    never                          absent
    fewer than three pairs                             cannot tell
    """
    if len(shown) < 3:
        return Sighting(effect=Effect.CANNOT_TELL, note="not every try was answered")
    before, after = ([{str(call.get("name")) for call in calls(pair[side])} for pair in shown] for side in (0, 1))
    if any(name in called for called in before):
        return Sighting(effect=Effect.IN_CONTROL, note=f"{name} is called without being named as well")
    strange = sorted({each for called in after for each in called} - set(offered))
    if strange:
        note = f"a tool is called by a name that was not offered ({', '.join(strange)})"
        return Sighting(effect=Effect.CANNOT_TELL, note=note)
    right = [called == {name} for called in after]
    if all(right):
        return Sighting(effect=Effect.SEEN)
    others = ", ".join(sorted({each for called in after for each in called} - {name})) or "no tool"
    note = f"{others} is called where {name} is named, in {right.count(False)} of {len(right)} tries"
    if any(right):
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
    return Sighting(effect=Effect.ABSENT, note=note)


@TABLE.row(
    "tool_choice.object_form",
    'MUST accept the object form {"type": …}',
    source=sources.IMPLEMENT_TOOLS,
)
def object_form(run: Run) -> Steps[Verdict]:
    # Any of the object's types will do: one that this endpoint refuses is the row of that type.
    forms = {
        "any": greeting(run, tool_choice={"type": "any"}),
        "none": calibrate.tool_request(run, tool_choice={"type": "none"}),
        "auto": calibrate.tool_request(run, tool_choice={"type": "auto"}),
    }
    pairs: dict[str, Pair] = {}
    sightings: dict[str, Sighting] = {}
    for kind, treated in forms.items():
        control = greeting(run) if kind == "any" else calibrate.tool_request(run)
        pairs[kind] = yield from ask_pair(control, treated, role=f"the object form with type {kind}")
        if pairs[kind].accepted and kind != "auto":  # auto is the default: it changes nothing
            shown = [pairs[kind].messages, *(yield from repeats(control, treated))]
            sightings[kind] = steady_change(shown, before=kind == "none", after=kind == "any")
            if sightings[kind].effect is Effect.SEEN:
                sighting = Sighting(effect=Effect.SEEN, note=f"type {kind} is honoured")
                return decide_must_accept(control=pairs[kind].control, treated=pairs[kind].treated, sighting=sighting)
    accepted = [pair for pair in pairs.values() if pair.accepted]
    if not accepted:
        first = pairs["any"]
        return decide_must_accept(control=first.control, treated=first.treated)
    if len(sightings) == 2 and all(each.effect is Effect.ABSENT for each in sightings.values()):
        note = "a tool is called in spite of type none, and none is called in spite of type any"
        sighting = Sighting(effect=Effect.ABSENT, note=note)
    else:
        sighting = Sighting(effect=Effect.NOT_VISIBLE, note="accepted; what it does is the rows of its types")
    return decide_must_accept(control=accepted[0].control, treated=accepted[0].treated, sighting=sighting)


@TABLE.row(
    "tool_choice.string_form",
    'MAY accept the string form "auto" (a vendor extension; officially 400)',
    source=sources.IMPLEMENT_TOOLS,
)
def string_form(run: Run) -> Steps[Verdict]:
    plain = calibrate.tool_request(run)
    pair = yield from ask_pair(plain, plain.with_fields(tool_choice="auto"), role='with "auto"')
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        sighting = yield from _string_none(run, plain)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def _string_none(run: Run, plain: Request) -> Steps[Sighting]:
    """The string "auto" is the default, so its effect cannot be seen. "none" shows whether a string is read at all,
    and counts as unread only where the object of that type is honoured."""
    told = plain.with_fields(tool_choice="none")
    got = yield from calibrate.ask_steadily({'with "none"': told})
    answer = read_answer(got['with "none"'])
    if not answer.answered and answer.outcome is not Outcome.REFUSED:
        return Sighting(
            effect=Effect.CANNOT_TELL, note=f'"none" meets neither an answer nor a refusal: {answer.problem}'
        )
    if not answer.answered:
        note = f'"auto" is accepted, "none" is not: {answer.problem}'
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_FORM)
    as_string = steady_change((yield from repeats(plain, told, times=3)), before=True, after=False)
    if as_string.effect is Effect.SEEN:
        return Sighting(effect=Effect.SEEN, note='"none" is honoured as well')
    if as_string.effect is Effect.ABSENT:
        as_object = calibrate.tool_request(run, tool_choice={"type": "none"})
        shown = yield from repeats(plain, as_object, times=3)
        if steady_change(shown, before=True, after=False).effect is Effect.SEEN:
            note = 'a tool is called although tool_choice is "none"; the object of that type is honoured'
            return Sighting(effect=Effect.ABSENT, note=note)
    return Sighting(effect=Effect.NOT_VISIBLE, note='accepted; that "none" is read cannot be seen with this model')


@TABLE.row(
    "tool_choice.disable_parallel_tool_use",
    "MUST call at most one tool when disable_parallel_tool_use is true",
    source=sources.IMPLEMENT_TOOLS,
)
def disable_parallel_tool_use(run: Run) -> Steps[Verdict]:
    prompt = run.wording(
        "parallel",
        "Use the get_weather tool for Oslo, Lima and Cairo. Make the three calls in parallel, all at once.",
        "Look up the weather in Oslo, Lima and Cairo with get_weather, with three parallel calls in one turn.",
    )
    for kind in ("auto", "any"):  # where one type is refused, the other can still carry the flag
        plain = run.message(prompt, max_tokens=400, tools=[CITY_TOOL], tool_choice={"type": kind})
        treated = plain.with_fields(tool_choice={"type": kind, "disable_parallel_tool_use": True})
        pair = yield from ask_pair(plain, treated)
        if pair.control[0].answered:
            break
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        shown = [pair.messages, *(yield from repeats(plain, treated))]
        sighting = steady_count([(len(calls(without)), len(calls(with_it))) for without, with_it in shown])
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def steady_count(counts: Sequence[tuple[int, int]]) -> Sighting:
    """How many calls came without and with the flag, three times each.

    without            with                      effect
    under 2 at once    -                         too weak: this model does not call in parallel by itself
    2 or more          1, every time             seen
    2 or more          1 and more than 1         seen, unsteady
    2 or more          more than 1, every time   absent
    2 or more          none, any time            cannot tell
    fewer than three pairs                       cannot tell
    """
    told = "; ".join(f"{without} without, {with_it} with" for without, with_it in counts)
    if len(counts) < 3:
        return Sighting(effect=Effect.CANNOT_TELL, note=f"not every try was answered ({told})")
    if any(without < 2 for without, _ in counts):
        return Sighting(effect=Effect.TOO_WEAK, note=f"this model does not always call in parallel ({told})")
    flagged = [with_it for _, with_it in counts]
    if 0 in flagged:
        return Sighting(effect=Effect.CANNOT_TELL, note=f"no tool is called ({told})")
    if all(with_it == 1 for with_it in flagged):
        return Sighting(effect=Effect.SEEN, note=told)
    if 1 in flagged:
        return Sighting(effect=Effect.SEEN, note=told, deviation=Deviation.UNSTEADY)
    return Sighting(effect=Effect.ABSENT, note=told)
