"""The same request in both modes: what is streamed adds up to what is answered otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from conformance.probing import calibrate
from conformance.probing.contrast import Message
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant, untested
from conformance.protocol.answer import calls, prompt_total, read_answer, text_of, usage_number
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.protocol.stream_rules import Rule
from conformance.rows.shared import sources
from conformance.rows.stream.sampled_streams import (
    IN_SEVERAL_SCRIPTS,
    PLAIN,
    SEVERAL_SCRIPTS,
    reading_of,
    streamed_requests,
    unshown,
    unstreamed_requests,
)

TRIES = 6
"""A model that answers at random one way or the other looks like two steady modes once in two thousand runs."""


@row(
    "stream.equals_message",
    "MUST stream what the same request returns unstreamed: block types, stop_reason, input usage",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.STREAMING,
)
def equals_message(run: Run) -> Conversation[Verdict]:
    if run.dialect.streamed:
        return untested(Reason.PREREQUISITE_REFUSED, "this endpoint answers streams only")
    plain, streamed = unstreamed_requests(run), streamed_requests(run)
    got = yield {**{f"{role}, unstreamed": plain[role] for role in plain}, **streamed}
    violations: list[Violation] = []
    compared = 0
    for role in plain:
        reading = reading_of(got[role])
        other = read_answer(got[f"{role}, unstreamed"])
        if reading is None or reading.message is None or other.message is None or other.stream:
            continue
        if reading.violation is not None:
            # What is lost with a broken frame or block is the finding of another row.
            continue
        compared += 1
        for trait in TRAITS:
            if (trait.where and role != trait.where) or any(map(reading.of, trait.told_by)):
                continue
            if trait.differs(reading.message, other.message):
                if trait.of is counted and not (yield from calibrate.counts_the_prompt(run)):
                    continue  # who counts the raw JSON counts `stream` as well
                if trait.fixed:
                    note = difference(trait, reading.message, other.message)
                else:
                    note = yield from steadily_differ(role, plain[role], streamed[role], trait)
                if note:
                    violations.append(Violation(rule=f"{role}: {trait.name} {note}", deviation=trait.deviation))
        if any(each.deviation is None for each in violations):
            break
    if not compared:
        if reading_of(got[PLAIN]) is None:
            return unshown(got)
        return untested(Reason.NEVER_EXERCISED, "no request is answered in both modes")
    verdict = decide_invariant(exercised=compared, violations=violations)
    if verdict.status is Status.SUPPORTED and compared < len(plain):
        return replace(verdict, note=f"compared in {compared} of {len(plain)} requests, where the stream is whole")
    return verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """Something that must be the same in both modes. `always_there` False: nothing is said where a mode lacks it.
    `where` is the only request for which it is compared, `shown` what is told of a message that differs, where that is
    something else. `fixed`: no model has a part in it, so that one difference is enough. `near` tells counts that are
    as good as the same. A stream that breaks one of the rules `told_by` is not compared: what differs is the finding of
    another row."""

    name: str
    of: Callable[[Message], Any]
    deviation: Deviation | None = None
    always_there: bool = True
    where: str = ""
    shown: Callable[[Message], Any] | None = None
    fixed: bool = False
    near: Callable[[Message, Message], bool] = lambda one, other: False
    told_by: Sequence[Rule] = ()

    def differs(self, one: Message, other: Message) -> bool:
        """Whether two messages differ in it."""
        first, second = self.of(one), self.of(other)
        there = self.always_there or (first is not None and second is not None)
        return bool(first != second) and there and not self.near(one, other)


def kinds_of(message: Message) -> list[Any]:
    """The types of the blocks, in order; several of one type in a row count as one."""
    content = message.get("content")
    kinds = [block.get("type") if isinstance(block, dict) else None for block in content or []]
    return [kind for kind, _ in groupby(kinds)]


def counted(message: Message) -> int | None:
    """The prompt's total; none where it is not counted, or as zero, which is the finding of other rows."""
    return prompt_total(message) or None


def repeats_the_words(message: Message) -> bool:
    """Does an answer hold the words that it was asked to repeat, byte for byte, and once?"""
    return text_of(message).count(SEVERAL_SCRIPTS) == 1


def words_of(message: Message) -> str:
    return " ".join(text_of(message).split())


def holds_no_gap(one: Message, other: Message) -> bool:
    """May two texts both be whole? The one has a gap, or a piece twice, where it is the other with letters left out,
    and more than its end is missing; texts that differ otherwise may be two answers of the model's."""
    short, long = sorted((words_of(one), words_of(other)), key=len)
    if long.startswith(short) or len(short) * 3 < len(long):
        return True
    letters = iter(long)
    return not all(letter in letters for letter in short)


def calls_of(message: Message) -> list[Any] | None:
    """The calls, by name and input. None of an answer that was cut, which may hold half an input, and of calls that are
    none, which is the finding of another row."""
    made = [(call.get("name"), call.get("input")) for call in calls(message)]
    whole = message.get("stop_reason") != "max_tokens"
    return made if whole and all(isinstance(value, dict) for _, value in made) else None


def output_of(message: Message) -> int | None:
    """The tokens of an answer; none where they are not counted, or as zero, which is the finding of other rows."""
    return usage_number(message, "output_tokens") or None


def counted_alike(one: Message, other: Message) -> bool:
    """May two counts of output both be true? Where the words are the same, the one is not half as much again and more
    than the other; where they are not, or thoughts are counted in, nothing is known."""
    if text_of(one) != text_of(other) or calls_of(one) != calls_of(other) or any(map(thinks, (one, other))):
        return True
    low, high = sorted((output_of(one) or 0, output_of(other) or 0))
    return high <= low * 1.5 + 3


def thinks(message: Message) -> bool:
    return "thinking" in kinds_of(message) or "redacted_thinking" in kinds_of(message)


TRAITS = (
    Trait(name="the types of blocks", of=kinds_of),
    Trait(
        name="the words to repeat",
        of=repeats_the_words,
        where=IN_SEVERAL_SCRIPTS,
        shown=text_of,
        told_by=(Rule.UTF8, Rule.SKELETONS),
    ),
    Trait(name="the text", of=words_of, near=holds_no_gap, told_by=(Rule.UTF8, Rule.SKELETONS)),
    Trait(name="the calls", of=calls_of, always_there=False, told_by=(Rule.SKELETONS, Rule.INPUT_JSON)),
    Trait(name="stop_reason", of=lambda message: message.get("stop_reason")),
    Trait(name="stop_sequence", of=lambda message: message.get("stop_sequence")),
    Trait(
        name="the model",
        of=lambda message: message.get("model") or None,
        deviation=Deviation.RENAMED,
        always_there=False,
        fixed=True,
    ),
    Trait(name="the prompt's total", of=counted, deviation=Deviation.IMPLAUSIBLE, always_there=False),
    Trait(
        name="the count of the same output",
        of=output_of,
        deviation=Deviation.IMPLAUSIBLE,
        always_there=False,
        near=counted_alike,
        told_by=(Rule.MESSAGE_DELTA,),
    ),
)
"""The counts and the name of a gateway may differ and break nobody; the others may not. The words to repeat are
compared with what was asked for: a model that repeats them every time in one mode can do it in the other."""


def steadily_differ(role: str, plain: Request, streamed: Request, trait: Trait) -> Conversation[str]:
    """How the modes differ, where each answers the same every time; empty where they do not."""
    roles = [role if n == 0 else f"{role}, try {n + 1}" for n in range(TRIES)]
    asked = {name: streamed.again(n) for n, name in enumerate(roles)}
    twins = {f"{name}, unstreamed": plain.again(n) for n, name in enumerate(roles)}
    got = yield {**asked, **twins}
    in_stream, otherwise = (
        [m for m in (read_answer(got[name]).message for name in side) if m] for side in (asked, twins)
    )
    if not (steady(in_stream, trait) and steady(otherwise, trait)) or not trait.differs(in_stream[0], otherwise[0]):
        return ""
    empty = (
        ", one of them empty" if trait.of is kinds_of and any(map(holds_nothing, (in_stream[0], otherwise[0]))) else ""
    )
    return f"{difference(trait, in_stream[0], otherwise[0])}{empty}"


def difference(trait: Trait, in_stream: Message, otherwise: Message) -> str:
    shown = trait.shown or trait.of
    return f"{shown(in_stream)!r:.80} in a stream, {shown(otherwise)!r:.80} without"


def holds_nothing(message: Message) -> bool:
    """Has the message a text block without text?"""
    content = [block for block in message.get("content") or [] if isinstance(block, dict)]
    return any(block.get("type") == "text" and not block.get("text") for block in content)


def steady(messages: Sequence[Message], trait: Trait) -> bool:
    """Are there enough answers to go by, and is the trait the same in all?"""
    return len(messages) >= TRIES - 1 and all(trait.of(each) == trait.of(messages[0]) for each in messages)
