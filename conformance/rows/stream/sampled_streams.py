"""The streamed answers that the rows of `stream` judge, each for its own rule: asked once a run, shared by all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conformance.probing import calibrate
from conformance.probing.capability import (
    MOST_TRIES,
    call_without_arguments,
    calls_when_asked,
    tool_request,
    with_a_long_input,
)
from conformance.probing.row import Everywhere
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant, unanswered, untested
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason
from conformance.protocol.stream_reading import StreamReading
from conformance.protocol.stream_rules import Broken, Rule
from conformance.rows.simple_fields.limits import beyond_the_limit, stopped_in_the_line
from conformance.rows.simple_fields.thinking import LEAST_BUDGET, thinking_request

PLAIN = "a plain answer"
IN_SEVERAL_SCRIPTS = "an answer in several scripts"
SEVERAL_SCRIPTS = "Grüße aus Zürich, 東京 ☃ 🎉"


def in_several_scripts(run: Run) -> Request:
    """A prompt whose answer holds letters of one to four bytes."""
    words = SEVERAL_SCRIPTS
    prompt = run.wording("scripts", f"Repeat exactly: {words}", f"Reply with exactly these words: {words}")
    return run.message(prompt, max_tokens=56)


def unstreamed_requests(run: Run) -> dict[str, Request]:
    """Requests that bring about every kind of stream, without `stream`, by what is asked for."""
    return {
        PLAIN: calibrate.baseline(run),
        IN_SEVERAL_SCRIPTS: in_several_scripts(run),
        "a tool call": tool_request(run),
        "a tool call with a long input": with_a_long_input(run),
        "a tool call without arguments": call_without_arguments(run),
        "an answer with thinking": thinking_request(run, LEAST_BUDGET),
        "an answer cut by max_tokens": beyond_the_limit(run),
        "an answer stopped by a stop sequence": stopped_in_the_line(run),
    }


def streamed_requests(run: Run) -> dict[str, Request]:
    """The same requests, streamed."""
    return {role: request.with_fields(stream=True) for role, request in unstreamed_requests(run).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFinding:
    """What one exchange shows of a rule: whether it had something to judge, and how it is broken."""

    shown: bool
    broken: Sequence[Broken] = ()


Finder = Callable[[Exchange], RuleFinding]


def reading_of(exchange: Exchange) -> StreamReading | None:
    """The reading of a stream that came to its end, error events apart; None of anything else."""
    reading = read_answer(exchange).stream
    whole = exchange.failure is None and reading is not None and reading.error is None
    return reading if whole else None


def finder(rule: Rule) -> Finder:
    """What an exchange shows of one rule. After a frame that could not be read nothing else is judged."""

    def find(exchange: Exchange) -> RuleFinding:
        reading = reading_of(exchange)
        if reading is None:
            return RuleFinding(shown=False)
        broken = reading.of(rule)
        readable = rule is Rule.FRAMING or not reading.lost
        return RuleFinding(shown=bool(broken) or (readable and rule in reading.shown), broken=broken)

    return find


def everywhere(find: Finder, *, of_model: bool = False) -> Everywhere:
    """The same rule for the streams of all other rows."""

    def broken_in(exchange: Exchange) -> list[Violation]:
        if not exchange.request.is_message:
            return []
        return [Violation(rule=each.note, deviation=each.deviation) for each in find(exchange).broken]

    return Everywhere(find=broken_in, of_model=of_model)


def unshown(exchanges: Mapping[str, Exchange]) -> Verdict:
    """Why no stream could be judged, by the plainest request, or the first."""
    answer = read_answer(exchanges.get(PLAIN) or next(iter(exchanges.values())))
    if not answer.answered:
        return untested(unanswered(answer), f"no stream shows it: {answer.problem}")
    told = "no stream shows it" if answer.stream else "no stream shows it: the answer is one JSON body"
    return untested(Reason.NEVER_EXERCISED, told)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule of the stream that every streamed answer must keep."""

    rule: Rule

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict by all streamed answers. What only calls show is asked for again where the model calls now and
        then."""
        asked, find = streamed_requests(run), finder(self.rule)
        verdict = yield from judge_streams(asked, find)
        of_calls = {role: request for role, request in asked.items() if "tools" in request.json}
        for attempt in range(1, MOST_TRIES):
            unshown_yet = self.rule is Rule.INPUT_JSON and verdict.reason is Reason.NEVER_EXERCISED
            if not unshown_yet or not (yield from calls_when_asked(run)).unreliable:
                break
            again = {f"{role}, try {attempt + 1}": request.again(attempt) for role, request in of_calls.items()}
            verdict = yield from judge_streams(again, find)
        return verdict


def judge_streams(asked: Mapping[str, Request], find: Finder) -> Conversation[Verdict]:
    """A rule that must hold in every answer that shows it. What is broken once is asked for again.

    shown    broken           asked again        status
    never    -                -                  untested (never_exercised, or why nothing was answered)
    once     nowhere          -                  supported
    once     severely         severely again     broken
    once     slightly alone   broken again       partial with its deviation
    once     somewhere        otherwise          untested (unstable)
    """
    got = yield asked
    found = {role: find(got[role]) for role in asked}
    shown = [role for role in asked if found[role].shown]
    if not shown:
        return unshown(got)
    suspects = [(role, broken) for role in shown for broken in found[role].broken]
    suspects.sort(key=lambda suspect: suspect[1].deviation is not None)
    unrepeated: list[tuple[str, str]] = []
    for role, broken in suspects:
        note = f"{role}: {broken.note}"
        if (yield from breaks_again(role, asked[role], find, broken)):
            violation = Violation(rule=note, deviation=broken.deviation, exchange=got[role].request.digest)
            return decide_invariant(exercised=len(shown), violations=[violation])
        unrepeated.append((note, got[role].request.digest))
    if unrepeated:
        note, shown_by = unrepeated[0]
        return untested(Reason.UNSTABLE, f"seen once and not again: {note}", shown_by)
    return decide_invariant(exercised=len(shown), violations=[])


AGAIN = 3
"""How often a broken rule is asked for again where the model answers otherwise, so that nothing shows it."""


def breaks_again(role: str, request: Request, find: Finder, broken: Broken) -> Conversation[bool]:
    """Whether the next answer that shows the rule breaks it as badly."""
    for attempt in range(1, AGAIN + 1):
        got = yield {f"{role}, try {attempt + 1}": request.again(attempt)}
        again = find(got[f"{role}, try {attempt + 1}"])
        if again.shown:
            severe = broken.deviation is None
            return any(severe is False or each.deviation is None for each in again.broken)
    return False
