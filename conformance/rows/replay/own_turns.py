"""What the endpoint emitted, sent back to it as it came: the next turn of the conversation that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.probing.calibrate import ask_reliably
from conformance.probing.capability import MOST_TRIES, AskCapability
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import (
    Effect,
    Finding,
    Verdict,
    Violation,
    decide_invariant,
    decide_must_accept,
    untested,
)
from conformance.protocol.answer import Answer, Outcome, blocks, calls, read_answer, text_of
from conformance.protocol.exchange import Exchange, Json, Request
from conformance.protocol.status import Reason, Status
from conformance.rows.shared.tool_turns import Block, result, text_block

Message = Mapping[str, Any]
STREAMED = "streamed"
UNSTREAMED = "unstreamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One kind of answer: the request that asks for it, and whether an answer shows it. `main`: without it the row is
    not exercised, so a model that shows it now and then is asked again. `chained`: the answer to it is sent back too.
    """

    what: str
    asks: Request
    shows: Callable[[Message], bool]
    main: bool = False
    chained: bool = False


@dataclass(slots=True)
class TurnsSentBack:
    """What came of all turns: which were taken back, which were not, and why others could not be sent (not answered,
    not shown, or in a stream that breaks its grammar). `no_turns`: not even a conversation with plain words is taken,
    so that further turns need not be sent back."""

    taken: list[str] = field(default_factory=list)
    exercised: int = 0
    violations: list[Violation] = field(default_factory=list)
    unclear: list[Verdict] = field(default_factory=list)
    no_turns: bool = False
    unasked: list[Answer] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    flawed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTurns:
    """Turns that are asked for in both modes, and sent back as they came.

    `ask_capability`: does the model show what is to be sent back every time? `force`: a call may be forced where the
    model makes none by itself. `joined`: the turns of a mode are sent back in one conversation, and each by itself only
    where that fails. `missing`: the verdict where no answer shows a main turn.

    one sent back twice and refused or broken, while the same conversation     broken, with which one it was
      without it is answered
    a main turn was taken back                                                 supported, with what did not come
    none was: each failed otherwise                                            untested (why)
    none was sent, as nothing is answered that asks for it                     untested (why)
    none was sent, as no answer shows it                                       `missing`
    """

    turns: Sequence[Turn]
    ask_capability: AskCapability
    missing: Verdict
    force: bool = False
    joined: bool = False

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict, as the table says."""
        found = TurnsSentBack()
        modes = [STREAMED] if run.dialect.streamed else [UNSTREAMED, STREAMED]
        for mode in modes:
            if found.no_turns:
                break
            emitted = []
            for turn in self.turns:
                emitted += yield from _emitted(
                    run, found, turn, mode, ask_capability=self.ask_capability, force=self.force
                )
            if self.joined and len(emitted) > 1:
                taken = yield from _all_taken_at_once(found, emitted, mode)
                if taken:
                    # What is answered to a turn is sent back in one mode: both have been read by then.
                    for each in emitted:
                        if each.turn.chained and mode == modes[-1]:
                            yield from _take_back(found, each)
                    continue
            for each in emitted:
                yield from _take_back(found, each)
        if found.exercised or found.violations:
            verdict = decide_invariant(exercised=1, violations=found.violations)
            unsent = [("what did not come", found.absent), ("in a stream that breaks its grammar", found.flawed)]
            parts = [f"{why}: {'; '.join(names)}" for why, names in unsent if names]
            if verdict.status is Status.SUPPORTED and parts:
                return replace(verdict, note=f"sent back as they came; {'; '.join(parts)}")
            return verdict
        if found.unclear:
            return found.unclear[0]
        if found.unasked and not (found.absent or found.flawed):
            met = found.unasked[0]
            if met.outcome is Outcome.REFUSED:
                return untested(Reason.PREREQUISITE_REFUSED, f"what should be sent back is not answered: {met.problem}")
            return decide_must_accept(control=[met], treatment=[met])
        return self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """What an endpoint emitted in one mode: the request that it answered, and the content of the answer."""

    turn: Turn
    name: str
    asked: Request
    content: list[Any]


def _emitted(
    run: Run, found: TurnsSentBack, turn: Turn, mode: str, *, ask_capability: AskCapability, force: bool
) -> Conversation[list[Emitted]]:
    """The turn in one mode, where an answer shows it; else `found` records why it cannot be sent back."""
    name = f"{turn.what}, {mode}"
    asked = in_mode(turn.asks, mode)
    shown, met = yield from _first_shown(run, turn, asked, name, ask_capability=ask_capability, force=force)
    if shown is not None:
        return [Emitted(turn=turn, name=name, asked=asked, content=shown["content"])]
    if met.answered and met.stream is not None and met.stream.violation is not None:
        found.flawed.append(name)
    elif met.answered:
        found.absent.append(name)
    else:
        found.unasked.append(met)
    return []


def _all_taken_at_once(found: TurnsSentBack, emitted: Sequence[Emitted], mode: str) -> Conversation[bool]:
    """Are all turns taken back in one conversation? Then each counts as taken; else nothing is known of any."""
    # Thinking of an earlier turn is often left unread: the main turn stands last, where its thinking is looked at.
    in_order = sorted(emitted, key=lambda each: each.turn.main)
    asked = in_order[0].asked
    turns: list[Json] = []
    for each in in_order:
        # The question of the next turn stands beside what this one is answered with.
        *before, question = each.asked.json["messages"]
        if turns:
            turns[-1]["content"].append(text_block(str(question["content"])))
        else:
            turns += [*before, question]
        turns += [
            {"role": "assistant", "content": each.content},
            {"role": "user", "content": answered_calls(each.content)},
        ]
    tools = {tool["name"]: tool for each in emitted for tool in each.asked.json.get("tools", [])}
    joined = asked.with_fields(messages=turns, **({"tools": list(tools.values())} if tools else {}))
    joined = joined.with_fields(max_tokens=max(each.asked.json["max_tokens"] for each in emitted))
    role = f"all turns at once, {mode}, sent back"
    answer = read_answer((yield {role: joined})[role])
    if not answer.answered:
        return False
    for each in emitted:
        found.taken.append(each.name)
        found.exercised += each.turn.main
    return True


def goes_further(answer: Message | None) -> bool:
    """Can a conversation go on after this answer? One that was cut may hold half a call."""
    return answer is not None and answer.get("stop_reason") != "max_tokens"


def _take_back(found: TurnsSentBack, each: Emitted) -> Conversation[None]:
    """Sends one turn back; what comes of it goes into `found`."""
    if found.no_turns:
        return
    without = continued(each.asked, "All right.", goes_on([]))
    treatment = continued(each.asked, each.content, answered_calls(each.content))
    answer = yield from _send_back(found, each.name, treatment, without)
    found.exercised += each.turn.main and each.name in found.taken
    content = answer.get("content") if answer is not None and each.turn.chained else None
    if content and goes_further(answer):
        longer = continued(treatment, content, answered_calls(content))
        yield from _send_back(found, f"{each.name}, and then the answer to it", longer, without)


def _send_back(found: TurnsSentBack, name: str, treatment: Request, without: Request) -> Conversation[Message | None]:
    """Sends a turn back; where that fails, a second time, beside the same conversation without it, and a third time: an
    endpoint that fails every second time is no reader of turns."""
    role, control_role = f"{name}, sent back", f"{name}, the conversation without it"
    got = yield {role: treatment}
    first = read_answer(got[role])
    if first.answered:
        found.taken.append(name)
        return first.message
    got = yield {control_role: without.again_beside(treatment), role: treatment.again(1)}
    control, tries = read_answer(got[control_role]), [first, read_answer(got[role])]
    if control.answered and not tries[1].answered:
        got = yield {role: treatment.again(2)}
        tries.append(read_answer(got[role]))
    verdict = decide_must_accept(control=[control], treatment=tries, finding=Finding(effect=Effect.NOT_VISIBLE))
    if verdict.status in (Status.REJECTED, Status.BROKEN):
        found.violations.append(Violation(rule=f"its own turn is not taken back ({name}): {verdict.note}"))
    else:
        found.unclear.append(verdict)
        found.no_turns |= control.outcome is Outcome.REFUSED
    return None


def _first_shown(
    run: Run, turn: Turn, asked: Request, name: str, *, ask_capability: AskCapability, force: bool
) -> Conversation[tuple[Message | None, Answer]]:
    """The first answer that shows what is to be sent back, and the answer to the bare request. A model that calls by
    itself is not forced to."""
    got = yield from ask_reliably({name: asked})
    met = as_asked(got[name], asked)
    if not met.answered or _shows(turn, met):
        return (met.message if met.answered else None), met
    tries = [asked.with_fields(tool_choice={"type": "any"})] if force else []
    if turn.main and (yield from ask_capability(run)).unreliable:
        tries += [asked.again(n) for n in range(1, MOST_TRIES)]
    for attempt in tries:
        got = yield from ask_reliably({name: attempt})
        answer = as_asked(got[name], asked)
        if _shows(turn, answer):
            return answer.message, met
    return None, met


def _shows(turn: Turn, answer: Answer) -> bool:
    return answer.message is not None and bool(answer.message.get("content")) and turn.shows(answer.message)


def as_asked(exchange: Exchange, asked: Request) -> Answer:
    """The reading of an answer; one in the other mode, or a stream that breaks its grammar, holds nothing that a
    client could send back: that is a matter of the rows of streams."""
    answer = read_answer(exchange)
    if not answer.answered:
        return answer
    in_other_mode = (answer.stream is not None) != bool(asked.json.get("stream"))
    if in_other_mode or (answer.stream is not None and answer.stream.violation is not None):
        return replace(answer, message={})
    return answer


def in_mode(request: Request, mode: str) -> Request:
    return request.with_fields(stream=True) if mode == STREAMED and not request.json.get("stream") else request


def continued(request: Request, assistant: Json, user: list[Block]) -> Request:
    """The conversation with an assistant turn and the next turn of the user."""
    turns = [{"role": "assistant", "content": assistant}, {"role": "user", "content": user}]
    return request.with_fields(messages=[*request.json["messages"], *turns])


def goes_on(_content: list[Any]) -> list[Block]:
    """What a user says to any answer."""
    return [text_block("Thank you. Say OK.")]


def answered_calls(content: list[Any]) -> list[Block]:
    """A result for every call, each by its own id; words where nothing was called."""
    found = [each for each in content if isinstance(each, dict) and each.get("type") == "tool_use"]
    given = [result(each.get("id"), f"Done: number {number} of {len(found)}.") for number, each in enumerate(found, 1)]
    return given or goes_on(content)


def said_words(message: Message, *, thought: bool = False) -> bool:
    return bool(text_of(message).strip()) and (not thought or bool(blocks(message, "thinking")))


def calls_made(*, at_least: int = 1, thought: bool = False) -> Callable[[Message], bool]:
    """Holds an answer so many calls, and thinking where that is wanted? One cut by max_tokens may hold half a call."""

    def shows(message: Message) -> bool:
        whole = message.get("stop_reason") != "max_tokens"
        return whole and len(calls(message)) >= at_least and (not thought or bool(blocks(message, "thinking")))

    return shows
