"""Blocks that stand in the history: thinking, tool calls and their results, and what server tools left there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from conformance.probing import calibrate
from conformance.probing.capability import Capability, calls_when_asked, copies_codes, tries_of, try_capability
from conformance.probing.case import Case, case
from conformance.probing.contrast import CONTROL, TREATMENT, Contrast, Message, ask_contrast
from conformance.probing.detection import ask_again, look_for, proof_by, unless_unsteady
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import contains, or_shown_in_further_tries, shown_in, unless_echoed
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import read_answer, said_anywhere, text_of
from conformance.protocol.exchange import Request
from conformance.rows.content.tool_use_ids import pairs_by_id, unless_one_result_is_read
from conformance.rows.shared import caching, sources
from conformance.rows.shared.retold import shown_plainly
from conformance.rows.shared.scenes import tool_turns_read
from conformance.rows.shared.tool_turns import (
    LOCKER_TOOL,
    PAIRS,
    Block,
    after_tools,
    call,
    long_locker,
    long_result,
    lost_name,
    result,
)


@row(
    "content.tool_use.id",
    "MUST pair tool_use and tool_result by id",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def tool_use_id(run: Run) -> Conversation[Verdict]:
    return (yield from pairs_by_id(run, swapped="calls"))


@row(
    "content.tool_use.input",
    "MUST read the input of an earlier tool_use",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.IMPLEMENT_TOOLS,
)
def tool_use_input(run: Run) -> Conversation[Verdict]:
    code = contains(run.nonce("tool_use.input"))
    shown = yield from shown_in(run, tool_turns_read(run), proof_by(code))
    if shown is not None:
        return shown
    # A template that cannot show calls at all is the model's: only with a model that calls is a miss a finding.
    treatment, capability = opened(run, long_locker(run)), repeats_what_was_opened
    contrast = yield from ask_contrast(opened(run, "red"), treatment, proof=proof_by(code), capability=capability(run))
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from look_for(run, contrast, treatment, code, ask_capability=capability, grows=12)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


@row(
    "content.tool_use.name",
    "MUST read the name of an earlier tool_use",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def tool_use_name(run: Run) -> Conversation[Verdict]:
    # Different stems: the same name drawn twice would be refused.
    names = [run.name("tool_use.name/0", "open"), run.name("tool_use.name/1", "unlock")]
    tools = [{**LOCKER_TOOL, "name": each} for each in names]

    def conversation(name: str) -> Request:
        return after_tools(
            run,
            [{**call("toolu_01name", "red"), "name": name}],
            [result("toolu_01name", "The locker is open.")],
            "What is the name of the tool that you called? Reply with the name only.",
            tools=tools,
        )

    # A name that no tool on offer has stands in the history alone: where it comes back, it was read there.
    elsewhere = lost_name(run)
    shown = yield from shown_in(run, tool_turns_read(run), proof_by(contains(elsewhere)))
    if shown is not None:
        return shown
    role = "the name of a tool that is no longer offered"
    met = read_answer((yield {role: conversation(elsewhere)})[role])
    if met.message is not None and elsewhere.casefold() in said_anywhere(met.message).casefold():
        finding = yield from unless_echoed(run, Finding(effect=Effect.SEEN))
        return decide_must_accept(control=[], treatment=[met], finding=finding)
    # Else both names stand in `tools`: only the history tells which one was called.
    control, treatment = conversation(names[0]), conversation(names[1])
    contrast = yield from ask_contrast(control, treatment)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from named_in_pairs(run, contrast, control, treatment, names)
        finding = yield from unless_unsteady(run, finding, copies_codes)
    verdict = decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
    return (yield from or_shown_in_further_tries(run, verdict, tool_turns_read(run), proof_by(contains(elsewhere))))


@case(
    "content.tool_use.cache_control",
    "MUST cache up to a tool_use block that carries cache_control",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def tool_use_cache(run: Run) -> caching.Cached:
    def build(label: str, marker: Block) -> Request:
        long = caching.long_text(run, label)
        return after_tools(
            run,
            [call("toolu_01cache", long, **marker)],
            [result("toolu_01cache", "The locker is open.")],
            "Say OK.",
        )

    return caching.Cached(label="content.tool_use.cache_control", build=build)


@row(
    "content.tool_result.tool_use_id",
    "MUST match the result to its tool_use",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def tool_result_id(run: Run) -> Conversation[Verdict]:
    return (yield from pairs_by_id(run, swapped="results"))


@row(
    "content.tool_result.content",
    "MUST read the result given as a string",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.IMPLEMENT_TOOLS,
)
def tool_result_content(run: Run) -> Conversation[Verdict]:
    def conversation(given: str) -> Request:
        return after_tools(
            run,
            [call("toolu_01content", "red")],
            [result("toolu_01content", given)],
            "What is the code in the locker? Reply with the code only.",
        )

    case = Case(
        control=conversation("The locker is open. It is empty."),
        treatment=conversation(long_result(run)),
        detect=contains(run.nonce("tool_result.content")),
        grows=16,
        scene=tool_turns_read(run),
    )
    return (yield from unless_one_result_is_read(run, (yield from case.ask(run))))


@case(
    "content.tool_result.cache_control",
    "MUST cache up to a tool_result block that carries cache_control",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.CACHING,
)
def tool_result_cache(run: Run) -> caching.Cached:
    def build(label: str, marker: Block) -> Request:
        long = caching.long_text(run, label)
        return after_tools(run, [call("toolu_01cache", "red")], [result("toolu_01cache", long, **marker)], "Say OK.")

    return caching.Cached(label="content.tool_result.cache_control", build=build)


OPENED = "With which value of locker did you call the open_locker tool? Reply with the value only."


def opened(run: Run, locker: str) -> Request:
    """A call with this input, and the question what it was called with: the result does not say it."""
    return after_tools(
        run,
        [call("toolu_01input", locker)],
        [result("toolu_01input", "The locker is open.")],
        OPENED,
    )


def named_in_pairs(
    run: Run, contrast: Contrast, control: Request, treatment: Request, names: list[str]
) -> Conversation[Finding]:
    """What `look_at_names` says. Where the first two answers give neither name, and the model shows no call, through
    blocks or in plain words, nothing more is asked."""
    given = [named_alone(message, names) for message in contrast.messages]
    if given == [None, None] and not (yield from shows_its_calls(run, (control, treatment), names)):
        return Finding(effect=Effect.TOO_WEAK, note=NOT_SHOWN)
    first = [contrast.messages[0], *(yield from ask_again(CONTROL, control, PAIRS - 1))]
    second = [contrast.messages[1], *(yield from ask_again(TREATMENT, treatment, PAIRS - 1))]
    return (yield from look_at_names(run, (control, treatment), first, second, names))


NOT_NAMED = "the name of the tool that was called does not come back"
NOT_SHOWN = f"{NOT_NAMED}, but this model does not give the names in plain words either"


def look_at_names(
    run: Run, asked: Sequence[Request], first: Sequence[Message], second: Sequence[Message], names: list[str]
) -> Conversation[Finding]:
    """Which of the two names is given, when the one and when the other was called, PAIRS times each? `asked` are the
    two requests, by which it is asked again in plain words.

    the first called     the second called    repeats an input, or gives both   effect
                                              names in plain words
    fewer than PAIRS tries of either          -                                 cannot tell
    the first each time  the second each time -                                 seen
    another answer, and  the very same        yes                               absent
      the same each time
    anything else        -                    yes                               cannot tell
    anything else        -                    no                                too weak
    """
    if min(len(first), len(second)) < PAIRS:
        return Finding(effect=Effect.CANNOT_TELL, note="not every try was answered")
    given = [{named_alone(message, names) for message in side} for side in (first, second)]
    if given == [{names[0]}, {names[1]}]:
        return Finding(effect=Effect.SEEN)
    if not (yield from shows_its_calls(run, asked, names)):
        return Finding(effect=Effect.TOO_WEAK, note=NOT_SHOWN)
    said = {text_of(message).strip() for message in (*first, *second)}
    if len(said) == 1 and "" not in said:
        return Finding(effect=Effect.ABSENT, note=f"{NOT_NAMED}: the answer is the same whichever was called")
    return Finding(effect=Effect.CANNOT_TELL, note=f"{NOT_NAMED} each time")


def shows_its_calls(run: Run, asked: Sequence[Request], names: list[str]) -> Conversation[bool]:
    """Is the model shown to know what it called: the input of an earlier call, or these names in plain words?"""
    if (yield from repeats_an_earlier_input(run)):
        return True
    shows = [partial(gives, name=name, names=names) for name in names]
    return (yield from shown_plainly(run, asked, shows))


def gives(message: Message, name: str, names: list[str]) -> bool:
    return named_alone(message, names) == name


def named_alone(message: Message, names: list[str]) -> str | None:
    """The one of the names that an answer gives; None where it gives none or more."""
    said = said_anywhere(message).casefold()
    found = [name for name in names if name.casefold() in said]
    return found[0] if len(found) == 1 else None


def repeats_what_was_opened(run: Run) -> Conversation[Capability]:
    """Is the model shown able to repeat the same words, where they stand as its own earlier text?"""
    calling = yield from calls_when_asked(run)
    if not calling.reliable:
        return calling
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
    code = run.nonce("tool_use.input").casefold()
    tries = tries_of("can the model repeat the same words as text", request, times=3)
    what = "repeats the same words from its own text"
    return (yield from try_capability(what, tries, lambda _, message: code in said_anywhere(message).casefold()))


def repeats_an_earlier_input(run: Run) -> Conversation[bool]:
    """Is the model shown able to look into its own earlier calls?"""
    got = yield {"can the model repeat the input of an earlier call": opened(run, long_locker(run))}
    message = calibrate.answered_message(next(iter(got.values())))
    return message is not None and run.nonce("tool_use.input") in said_anywhere(message)
