"""Blocks that stand in the history: thinking, tool calls and their results, and what server tools left there."""

from __future__ import annotations

from conformance import calibrate
from conformance.answer import Outcome, read_answer, said_anywhere, text_of
from conformance.exchange import Json, Request
from conformance.probes import (
    Message,
    Sight,
    ask_pair,
    explain_absence,
    failure_injected,
    look_for,
    must_accept,
    same_shape,
)
from conformance.row import Table
from conformance.rows import caching, sources
from conformance.rows.reading import contains
from conformance.run import Run, Steps
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


def add_thinking_rows(table: Table) -> None:
    @table.row("content.thinking", "MUST parse a thinking block in the history", source=sources.THINKING)
    def thinking(run: Run) -> Steps[Verdict]:
        code = run.nonce("content.thinking")
        thought = (
            f"The locker was opened. Its seal has the code {code}, which I should keep in mind, because somebody may "
            "ask me later on for the code of the seal, and it stands nowhere else than in this thought of mine."
        )
        block: Block = {"type": "thinking", "thinking": thought, "signature": "bm90IGEgcmVhbCBzaWduYXR1cmU="}

        def conversation(*blocks: Block) -> Request:
            return after_tools(
                run,
                [*blocks, call("toolu_01thinking", "red")],
                [result("toolu_01thinking", "The locker is open.")],
                "What is the code of the seal? Reply with the code only.",
            )

        treated = conversation(block)
        pair = yield from ask_pair(conversation(), treated)
        if pair.control[0].answered and not pair.treated[-1].answered:
            problem = pair.treated[-1].problem
            stranger = yield from calibrate.unknown_block(run)
            unlike = stranger.answered or not same_shape(problem, stranger.problem, ("thinking",))
            if unlike and "signature" in problem.lower():
                note = f"an invented signature is refused as a signature: {problem}"
                sighting = Sighting(effect=Effect.SEEN, note=note)
                return decide_must_accept(control=pair.control[:1], treated=pair.control[:1], sighting=sighting)
        sighting = Sighting(effect=Effect.CANNOT_TELL)
        if pair.accepted:
            if code in said_anywhere(pair.messages[1]):
                sighting = Sighting(effect=Effect.SEEN, note="read; an invented signature is not refused")
            else:
                missed = "an invented signature is not refused, and the thought does not come back"
                sighting = yield from explain_absence(
                    run, pair, missed, able=calibrate.calls_a_tool, grows=30, growth_proves=False
                )
        return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)

    @table.row(
        "content.redacted_thinking",
        "MUST parse a redacted_thinking block (bogus data is refused as data, not as an unknown type)",
        source=sources.THINKING,
    )
    def redacted_thinking(run: Run) -> Steps[Verdict]:
        data = f"bogus{run.nonce('redacted').replace('-', '')}"

        def conversation(*blocks: Block) -> Request:
            return run.conversation(
                [
                    {"role": "user", "content": "Hello."},
                    {"role": "assistant", "content": [*blocks, told("Hello, how can I help?")]},
                    {"role": "user", "content": "Say OK."},
                ]
            )

        return (
            yield from failure_injected(
                run,
                control=conversation(),
                treated=conversation({"type": "redacted_thinking", "data": data}),
                unknown=calibrate.unknown_block,
                names=("redacted_thinking",),
                bogus="`data`",
            )
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
                able=calibrate.calls_a_tool,
                grows=12,
                growth_proves=False,
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
        return (
            yield from must_accept(
                run,
                control=conversation(names[0]),
                treated=conversation(names[1]),
                look=lambda message: Sight(
                    seen=names[1] in said_anywhere(message) and names[0] not in said_anywhere(message),
                    missed="the name of the tool that was called does not come back",
                ),
                able=repeats_an_earlier_input,
            )
        )

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
            yield from must_accept(
                run,
                control=conversation("The locker is open. It is empty."),
                treated=conversation(
                    f"The locker is open. The code in the locker is {code}. It was put there by the harbour master "
                    "in the night of the storm, together with a lamp and a rope."
                ),
                look=contains(code),
                able=calibrate.copies_a_code,
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
        treated = was_it_a_success(run, code, is_error=True)
        pair = yield from ask_pair(was_it_a_success(run, code), treated)
        sighting = Sighting(effect=Effect.CANNOT_TELL)
        if pair.accepted:
            sighting = yield from look_for(
                run,
                pair,
                treated,
                lambda message: Sight(seen=yes_or_no(message) == "NO", missed="the answer is not NO"),
                able=tells_failure_from_success,
            )
            said = [yes_or_no(message) for message in pair.messages]
            if sighting.effect is Effect.ABSENT and said != ["YES", "YES"]:
                note = "this model does not answer YES or NO"
                sighting = Sighting(effect=Effect.TOO_WEAK, note=note)
        return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


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
    got = yield {
        "a result that says it failed": was_it_a_success(
            run, "Error: the tool call failed. The locker could not be opened."
        ),
        "a result that says it succeeded": was_it_a_success(run, "The tool call succeeded. The locker is open."),
    }
    messages = [calibrate.answered_message(each) for each in got.values()]
    return [None if message is None else yes_or_no(message) for message in messages] == ["NO", "YES"]


def long_locker(run: Run) -> str:
    """An input of some length, so that the prompt must grow with it."""
    return f"{run.nonce('tool_use.input')}, the third one from the left in the long corridor behind the harbour office"


def opened(run: Run, locker: str) -> Request:
    """A call with this input, and the question what it was called with: the result does not say it."""
    return after_tools(
        run,
        [call("toolu_01input", locker)],
        [result("toolu_01input", "The locker is open.")],
        "With which value of locker did you call the open_locker tool? Reply with the value only.",
    )


def repeats_an_earlier_input(run: Run) -> Steps[bool]:
    """Is the model shown able to look into its own earlier calls?"""
    got = yield {"can the model repeat the input of an earlier call": opened(run, long_locker(run))}
    message = calibrate.answered_message(next(iter(got.values())))
    return message is not None and run.nonce("tool_use.input") in said_anywhere(message)


def pairs_by_id(run: Run, *, swapped: str) -> Steps[Verdict]:
    """Two calls and their results, once as they belong and once with the ids of one side exchanged: only the ids
    tell whose result is whose, so the answer must change with them.

    answer with exchanged ids     both lockers right before    an orphan id    effect
    the other code                -                            -               seen
    not the other code            no                           -               too weak
    not the other code            yes                          refused         not visible: validated only
    not the other code            yes                          accepted        absent
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
    if pair.accepted and names(pair.messages[1], 1):
        sighting = Sighting(effect=Effect.SEEN)
    elif pair.accepted:
        orphan = conversation(ids, [ids[0], "toolu_01stranger"])
        got = yield {"the other locker": conversation(ids, ids, "blue"), "a result of no call": orphan}
        able = names(pair.messages[0], 0) and names(calibrate.answered_message(got["the other locker"]), 1)
        if not able:
            note = "this model does not tell the two results apart, whatever their ids"
            sighting = Sighting(effect=Effect.TOO_WEAK, note=note)
        elif read_answer(got["a result of no call"]).outcome is Outcome.REFUSED:
            sighting = Sighting(effect=Effect.NOT_VISIBLE, note="validated only: a result of no call is refused")
        else:
            note = "the answer is the same when the ids are exchanged, and a result of no call is accepted"
            sighting = Sighting(effect=Effect.ABSENT, note=note)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)
