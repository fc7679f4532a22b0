"""tool_choice: who decides whether and which tool is called."""

from __future__ import annotations

from conformance import calibrate
from conformance.answer import calls, read_answer
from conformance.calibrate import CITY_TOOL
from conformance.exchange import Json, Request
from conformance.probes import Message, Pair, Sight, ask_pair, look_for, must_accept
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


def look_for_no_call(message: Message) -> Sight:
    found = [str(call.get("name")) for call in calls(message)]
    return Sight(seen=not found, missed=f"{', '.join(found)} is called")


@TABLE.row("tool_choice.none", "MUST call no tool", source=sources.IMPLEMENT_TOOLS)
def none(run: Run) -> Steps[Verdict]:
    treated = calibrate.tool_request(run, tool_choice={"type": "none"})
    pair = yield from ask_pair(calibrate.tool_request(run), treated)
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted and not calls(pair.messages[0]):
        sighting = Sighting(effect=Effect.TOO_WEAK, note="this model calls no tool without tool_choice either")
    elif pair.accepted:
        sighting = yield from look_for(run, pair, treated, look_for_no_call, always=True)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


@TABLE.row("tool_choice.auto", "MUST let the model decide", source=sources.IMPLEMENT_TOOLS)
def auto(run: Run) -> Steps[Verdict]:
    choice = {"type": "auto"}
    pair = yield from ask_pair(calibrate.tool_request(run), calibrate.tool_request(run, tool_choice=choice))
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        role = "a greeting, left to the model"
        got = yield {role: greeting(run, tool_choice=choice)}
        greeted = read_answer(got[role]).message
        asked_for = bool(calls(pair.messages[1]))
        unasked_for = greeted is not None and bool(calls(greeted))
        if asked_for and not unasked_for:
            sighting = Sighting(effect=Effect.SEEN, note="called when asked for, not for a greeting")
        elif calls(pair.messages[0]) and not asked_for:
            note = "a tool is called without tool_choice, but not with auto"
            sighting = Sighting(effect=Effect.ABSENT, note=note)
        else:
            what = "a tool is called even for a greeting" if unasked_for else "no tool is called when asked for"
            sighting = Sighting(effect=Effect.TOO_WEAK, note=what)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


@TABLE.row("tool_choice.any", "MUST call one of the offered tools", source=sources.IMPLEMENT_TOOLS)
def any_tool(run: Run) -> Steps[Verdict]:
    return (
        yield from must_accept(
            run,
            control=greeting(run),
            treated=greeting(run, tool_choice={"type": "any"}),
            look=look_for_call,
            able=calibrate.calls_a_tool,
            always=True,
            both_modes=True,
        )
    )


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

        def look(message: Message) -> Sight:
            names = [str(call.get("name")) for call in calls(message)]
            missed = f"{', '.join(names) or 'no tool'} is called where get_time is named"
            return Sight(seen=names == ["get_time"], missed=missed)

        sighting = yield from look_for(run, pair, treated, look, able=calibrate.calls_a_tool, always=True)
        called = {str(call.get("name")) for call in calls(pair.messages[1])}
        if sighting.effect is Effect.ABSENT and called - {"get_time", "get_weather"}:
            note = f"a tool is called by a name that was not offered ({', '.join(sorted(called))})"
            sighting = Sighting(effect=Effect.CANNOT_TELL, note=note)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


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
    for kind, treated in forms.items():
        control = greeting(run) if kind == "any" else calibrate.tool_request(run)
        pair = yield from ask_pair(control, treated, role=f"the object form with type {kind}")
        pairs[kind] = pair
        if pair.accepted and bool(calls(pair.messages[0])) != bool(calls(pair.messages[1])):
            sighting = Sighting(effect=Effect.SEEN, note=f"type {kind} is honoured")
            return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)
    accepted = [pair for pair in pairs.values() if pair.accepted]
    if not accepted:
        first = pairs["any"]
        return decide_must_accept(control=first.control, treated=first.treated)
    if pairs["none"].accepted and pairs["any"].accepted and calls(pairs["none"].messages[1]):
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
        # "auto" is the default, so its effect cannot be seen; "none" shows whether a string is read at all.
        got = yield {'with "none"': plain.with_fields(tool_choice="none")}
        told_not_to = read_answer(got['with "none"'])
        if not calls(pair.messages[0]):
            note = 'accepted; this model does not call the tool anyway, so "none" cannot show that it is read'
            sighting = Sighting(effect=Effect.NOT_VISIBLE, note=note)
        elif told_not_to.message is None:
            note = f'"auto" is accepted, "none" is not: {told_not_to.problem}'
            sighting = Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_FORM)
        elif calls(told_not_to.message):
            sighting = yield from _compare_with_object(run)
        else:
            sighting = Sighting(effect=Effect.SEEN, note='"none" is honoured as well')
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def _compare_with_object(run: Run) -> Steps[Sighting]:
    """A string "none" without effect is ignored only where the object of that type has one."""
    role = "the object form with type none"
    got = yield {role: calibrate.tool_request(run, tool_choice={"type": "none"})}
    message = read_answer(got[role]).message
    if message is not None and not calls(message):
        note = 'a tool is called although tool_choice is "none"; the object of that type is honoured'
        return Sighting(effect=Effect.ABSENT, note=note)
    return Sighting(effect=Effect.NOT_VISIBLE, note='accepted; "none" has no effect as an object either')


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
        counts = [len(calls(message)) for message in pair.messages]
        counted = f"{counts[0]} calls without, {counts[1]} with"
        if counts[0] < 2:
            note = f"this model does not call in parallel ({counts[0]} calls)"
            sighting = Sighting(effect=Effect.TOO_WEAK, note=note)
        elif counts[1] <= 1:
            sighting = Sighting(effect=Effect.SEEN, note=counted)
        else:
            sighting = yield from _again(treated, counted)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def _again(treated: Request, counted: str) -> Steps[Sighting]:
    got = yield {f"with the field, try {n + 1}": treated.again(n) for n in (1, 2)}
    messages = [read_answer(each).message for each in got.values()]
    obeyed = sum(1 for message in messages if message is not None and len(calls(message)) <= 1)
    if obeyed:
        note = f"{counted}; at most one in {obeyed} of 3 tries"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
    return Sighting(effect=Effect.ABSENT, note=counted)
