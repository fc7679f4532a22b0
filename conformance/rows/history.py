"""Blocks that stand in the history: thinking, tool calls and their results, and what server tools left there."""

from __future__ import annotations

from collections.abc import Sequence

from conformance import calibrate
from conformance.answer import Outcome, read_answer, said_anywhere, text_of
from conformance.exchange import Json, Request
from conformance.probes import (
    Message,
    ask_pair,
    must_accept,
    repeats,
)
from conformance.row import Table
from conformance.rows import caching, sources
from conformance.rows.reading import contains, reads
from conformance.run import Run, Steps
from conformance.status import Deviation
from conformance.verdict import Effect, Sighting, Verdict, decide_must_accept

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


def result(call_id: str, content: Json, **further: Json) -> Block:
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


def add_tool_rows(table: Table) -> None:
    @table.row("content.tool_use.id", "MUST pair tool_use and tool_result by id", source=sources.IMPLEMENT_TOOLS)
    def tool_use_id(run: Run) -> Steps[Verdict]:
        return (yield from pairs_by_id(run, swapped="calls"))

    @table.row("content.tool_use.input", "MUST read the input of an earlier tool_use", source=sources.IMPLEMENT_TOOLS)
    def tool_use_input(run: Run) -> Steps[Verdict]:
        # A template that cannot show calls at all is the model's: only with a model that calls is a miss a finding.
        return (
            yield from must_accept(
                run,
                control=opened(run, "red"),
                treated=opened(run, long_locker(run)),
                look=contains(run.nonce("tool_use.input")),
                able=repeats_what_was_opened,
                grows=12,
            )
        )

    @table.row("content.tool_use.name", "MUST read the name of an earlier tool_use", source=sources.IMPLEMENT_TOOLS)
    def tool_use_name(run: Run) -> Steps[Verdict]:
        names = [run.name(f"tool_use.name/{n}", "open") for n in range(2)]
        tools = [{**LOCKER_TOOL, "name": each} for each in names]

        def conversation(name: str) -> Request:
            return after_tools(
                run,
                [{**call("toolu_01name", "red"), "name": name}],
                [result("toolu_01name", "The locker is open.")],
                "What is the name of the tool that you called? Reply with the name only.",
                tools=tools,
            )

        # Both names stand in `tools`: only the history tells which one was called.
        control, treated = conversation(names[0]), conversation(names[1])
        pair = yield from ask_pair(control, treated)
        sighting = Sighting(effect=Effect.CANNOT_TELL)
        if pair.accepted:
            shown = [pair.messages, *(yield from repeats(control, treated))]
            sighting = yield from look_at_names(run, shown, names)
        return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)

    @table.row(
        "content.tool_use.cache_control",
        "MUST cache up to a tool_use block that carries cache_control",
        source=sources.CACHING,
    )
    def tool_use_cache(run: Run) -> Steps[Verdict]:
        def build(label: str, marker: Block) -> Request:
            long = caching.long_text(run, label)
            return after_tools(
                run,
                [call("toolu_01cache", long, **marker)],
                [result("toolu_01cache", "The locker is open.")],
                "Say OK.",
            )

        return (yield from caching.caches(run, "content.tool_use.cache_control", build))

    @table.row(
        "content.tool_result.tool_use_id",
        "MUST match the result to its tool_use",
        source=sources.IMPLEMENT_TOOLS,
    )
    def tool_result_id(run: Run) -> Steps[Verdict]:
        return (yield from pairs_by_id(run, swapped="results"))

    @table.row(
        "content.tool_result.content",
        "MUST read the result given as a string",
        source=sources.IMPLEMENT_TOOLS,
    )
    def tool_result_content(run: Run) -> Steps[Verdict]:
        code = run.nonce("tool_result.content")

        def conversation(given: str) -> Request:
            return after_tools(
                run,
                [call("toolu_01content", "red")],
                [result("toolu_01content", given)],
                "What is the code in the locker? Reply with the code only.",
            )

        return (
            yield from reads(
                run,
                control=conversation("The locker is open. It is empty."),
                treated=conversation(
                    f"The locker is open. The code in the locker is {code}. It was put there by the harbour master "
                    "in the night of the storm, together with a lamp and a rope."
                ),
                look=contains(code),
                grows=16,
            )
        )

    @table.row(
        "content.tool_result.cache_control",
        "MUST cache up to a tool_result block that carries cache_control",
        source=sources.CACHING,
    )
    def tool_result_cache(run: Run) -> Steps[Verdict]:
        def build(label: str, marker: Block) -> Request:
            long = caching.long_text(run, label)
            return after_tools(
                run, [call("toolu_01cache", "red")], [result("toolu_01cache", long, **marker)], "Say OK."
            )

        return (yield from caching.caches(run, "content.tool_result.cache_control", build))

    @table.row(
        "content.tool_result.is_error",
        "MUST let the model know that the tool failed",
        source=sources.IMPLEMENT_TOOLS,
    )
    def is_error(run: Run) -> Steps[Verdict]:
        # The same neutral words with and without the flag: only the flag can turn YES into NO.
        code = run.nonce("is_error")
        plain, treated = was_it_a_success(run, code), was_it_a_success(run, code, is_error=True)
        pair = yield from ask_pair(plain, treated)
        sighting = Sighting(effect=Effect.CANNOT_TELL)
        if pair.accepted:
            shown = [pair.messages, *(yield from repeats(plain, treated))]
            sighting = steady_answers([(yes_or_no(without), yes_or_no(with_it)) for without, with_it in shown])
            if sighting.effect is Effect.ABSENT and not (yield from tells_failure_from_success(run)):
                note = "this model says YES even where the result says in words that the call failed"
                sighting = Sighting(effect=Effect.TOO_WEAK, note=note)
        return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def steady_answers(said: Sequence[tuple[str | None, str | None]]) -> Sighting:
    """Did it succeed, without and with is_error, three times each? Two words are easily guessed.

    without            with               effect
    YES every time     NO every time      seen
    YES every time     YES every time     absent
    YES every time     NO and YES         seen, unsteady
    anything else      -                  too weak
    fewer than three pairs                cannot tell
    """
    if len(said) < 3:
        return Sighting(effect=Effect.CANNOT_TELL, note="not every try was answered")
    told = "; ".join(f"{without or 'neither'} without, {with_it or 'neither'} with" for without, with_it in said)
    flagged = {with_it for _, with_it in said}
    if any(without != "YES" for without, _ in said) or None in flagged:
        return Sighting(effect=Effect.TOO_WEAK, note=f"this model does not answer steadily ({told})")
    if flagged == {"NO"}:
        return Sighting(effect=Effect.SEEN)
    if flagged == {"YES"}:
        return Sighting(effect=Effect.ABSENT, note="the answer stays YES")
    return Sighting(effect=Effect.SEEN, note=told, deviation=Deviation.UNSTEADY)


def was_it_a_success(run: Run, words: str, **flag: Json) -> Request:
    """A call, its result, and the question whether it succeeded."""
    question = run.wording(
        "is_error",
        "Did the tool call succeed? Reply with YES or NO.",
        "Was the tool call successful? Answer YES or NO, nothing else.",
    )
    return after_tools(run, [call("toolu_01error", "red")], [result("toolu_01error", words, **flag)], question)


def yes_or_no(message: Message) -> str | None:
    """The one word of the two that an answer says; None where it says neither or both."""
    said = {word.strip(".,!:*\"'") for word in text_of(message).upper().split()} & {"YES", "NO"}
    return said.pop() if len(said) == 1 else None


def tells_failure_from_success(run: Run) -> Steps[bool]:
    """Is the model shown able to say that a call failed, where the result says so in words?"""
    got = yield from calibrate.ask_steadily(
        {
            "a result that says it failed": was_it_a_success(
                run, "Error: the tool call failed. The locker could not be opened."
            ),
            "a result that says it succeeded": was_it_a_success(run, "The tool call succeeded. The locker is open."),
        }
    )
    messages = [calibrate.answered_message(each) for each in got.values()]
    return [None if message is None else yes_or_no(message) for message in messages] == ["NO", "YES"]


OPENED = "With which value of locker did you call the open_locker tool? Reply with the value only."


def long_locker(run: Run) -> str:
    """An input of some length, so that the prompt must grow with it."""
    return f"{run.nonce('tool_use.input')}, the third one from the left in the long corridor behind the harbour office"


def opened(run: Run, locker: str) -> Request:
    """A call with this input, and the question what it was called with: the result does not say it."""
    return after_tools(
        run,
        [call("toolu_01input", locker)],
        [result("toolu_01input", "The locker is open.")],
        OPENED,
    )


def look_at_names(run: Run, shown: Sequence[tuple[Message, Message]], names: list[str]) -> Steps[Sighting]:
    """Which of the two names is given, when the one and when the other was called, three times each?

    the first called     the second called    repeats an input   effect
    fewer than three pairs                    -                  cannot tell
    the first each time  the second each time -                  seen
    another answer, and  the very same        yes                absent
      the same each time
    anything else        -                    yes                cannot tell
    anything else        -                    no                 too weak
    """
    if len(shown) < 3:
        return Sighting(effect=Effect.CANNOT_TELL, note="not every try was answered")
    given = [(named_alone(first, names), named_alone(second, names)) for first, second in shown]
    if all(pair == (names[0], names[1]) for pair in given):
        return Sighting(effect=Effect.SEEN)
    missed = "the name of the tool that was called does not come back"
    if not (yield from repeats_an_earlier_input(run)):
        return Sighting(effect=Effect.TOO_WEAK, note=f"{missed}, but this model does not recall its calls")
    said = {text_of(message).strip() for pair in shown for message in pair}
    if len(said) == 1 and "" not in said:
        return Sighting(effect=Effect.ABSENT, note=f"{missed}: the answer is the same whichever was called")
    return Sighting(effect=Effect.CANNOT_TELL, note=f"{missed} each time")


def named_alone(message: Message, names: list[str]) -> str | None:
    """The one of the names that an answer gives; None where it gives none or more."""
    said = said_anywhere(message).casefold()
    found = [name for name in names if name.casefold() in said]
    return found[0] if len(found) == 1 else None


def repeats_what_was_opened(run: Run) -> Steps[bool]:
    """Is the model shown able to repeat the same words, where they stand as its own earlier text?"""
    locker = long_locker(run)
    request = run.conversation(
        [
            {"role": "user", "content": "Please open a locker."},
            {"role": "assistant", "content": f"I called the open_locker tool with the value {locker}."},
            {"role": "user", "content": OPENED},
        ],
        max_tokens=60,
        tools=[LOCKER_TOOL],
    )
    role = "can the model repeat the same words as text"
    got = yield from calibrate.ask_steadily({role: request})
    message = calibrate.answered_message(got[role])
    repeated = message is not None and run.nonce("tool_use.input").casefold() in said_anywhere(message).casefold()
    return repeated and (yield from calibrate.calls_a_tool(run))


def repeats_an_earlier_input(run: Run) -> Steps[bool]:
    """Is the model shown able to look into its own earlier calls?"""
    got = yield {"can the model repeat the input of an earlier call": opened(run, long_locker(run))}
    message = calibrate.answered_message(next(iter(got.values())))
    return message is not None and run.nonce("tool_use.input") in said_anywhere(message)


def pairs_by_id(run: Run, *, swapped: str) -> Steps[Verdict]:
    """Two calls and their results, once as they belong and once with the ids of one side exchanged: only the ids
    tell whose result is whose, so the answer must change with them.

    both lockers right before    answers with exchanged ids      an orphan id    effect
    no                           -                               -               too weak
    yes                          the other code, three times     -               seen
    yes                          now one code, now the other     -               cannot tell
    yes                          never the other code            refused         not visible: validated only
    yes                          never the other code            fails           cannot tell
    yes                          never the other code            accepted        absent
    """
    codes = [run.nonce(f"pairs/{n}") for n in range(2)]
    ids = ["toolu_01first", "toolu_01second"]

    def conversation(call_ids: list[str], result_ids: list[str], locker: str = "red") -> Request:
        calls = [call(each, name) for each, name in zip(call_ids, ("red", "blue"), strict=True)]
        results = [result(each, f"The code in it is {code}.") for each, code in zip(result_ids, codes, strict=True)]
        question = f"What is the code in the {locker} locker? Reply with the code only."
        return after_tools(run, calls, results, question)

    def names(message: Message | None, number: int) -> bool:
        said = said_anywhere(message) if message is not None else ""
        return codes[number] in said and codes[1 - number] not in said

    plain, exchanged = conversation(ids, ids), ids[::-1]
    treated = conversation(exchanged, ids) if swapped == "calls" else conversation(ids, exchanged)
    pair = yield from ask_pair(plain, treated, role="with the ids exchanged")
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        further = {"the other locker": conversation(ids, ids, "blue")}
        got = yield from calibrate.ask_steadily(further)
        able = names(pair.messages[0], 0) and names(calibrate.answered_message(got["the other locker"]), 1)
        if not able:
            note = "this model does not tell the two results apart, whatever their ids"
            sighting = Sighting(effect=Effect.TOO_WEAK, note=note)
        else:
            more = [each for _, each in (yield from repeats(plain, treated))]
            turned = [names(message, 1) for message in (pair.messages[1], *more)]
            if len(turned) == 3 and all(turned):
                sighting = Sighting(effect=Effect.SEEN)
            elif len(turned) == 3 and not any(turned):
                sighting = yield from explain_unpaired(conversation(ids, [ids[0], "toolu_01stranger"]))
            else:
                note = (
                    f"with the ids exchanged the other code comes back in {turned.count(True)} of {len(turned)} tries"
                )
                sighting = Sighting(effect=Effect.CANNOT_TELL, note=note)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def explain_unpaired(orphan: Request) -> Steps[Sighting]:
    """Exchanged ids change nothing for a model that tells results apart: are ids checked, at least?"""
    got = yield from calibrate.ask_steadily({"a result of no call": orphan})
    answer = read_answer(got["a result of no call"])
    if answer.outcome is Outcome.REFUSED:
        return Sighting(effect=Effect.NOT_VISIBLE, note="validated only: a result of no call is refused")
    if not answer.answered:
        return Sighting(effect=Effect.CANNOT_TELL, note=f"a result of no call: {answer.problem}")
    note = "the answer is the same when the ids are exchanged, and a result of no call is accepted"
    return Sighting(effect=Effect.ABSENT, note=note)
