"""The official SDK in a whole tool loop: it is given calls, runs them, sends the results, and is given the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.probing import calibrate
from conformance.probing.capability import CITY_TOOL, MOST_TRIES, Capability, calls_when_asked, tool_request
from conformance.probing.contrast import unstreamable
from conformance.probing.detection import unproven
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.refusals import unless_refused_alike
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import NO_LONGER_ANSWERED, Effect, Finding, Verdict, digests, untested
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.clients import sdk_client
from conformance.rows.clients.sdk import Try, last_answer, raised, through_the_sdk
from conformance.rows.response.stop_reason import CUT
from conformance.rows.shared import sources
from conformance.rows.shared.lost_calls import calls_that_are_lost
from conformance.rows.shared.missing import Missing
from conformance.rows.shared.retold import words_beside_are_lost
from conformance.rows.shared.sampled_answers import tries_for

if TYPE_CHECKING:
    import anthropic

TURNS = 4
"""A model that still calls after this many results calls for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """One run of the loop: what went wrong, the last answer and its turn (from 1), how often tools were run, and
    whether it came to an end."""

    problem: str
    answer: Answer
    turn: int
    runs: int = 0
    ended: bool = False


@row(
    "clients.sdk.tool_loop",
    "MUST work with the official Python SDK: a whole tool loop",
    evidence_kind=EvidenceKind.CLIENT,
    source=sources.CLIENT_SDKS,
)
def tool_loop(run: Run) -> Conversation[Verdict]:
    capability = yield from calls_when_asked(run)
    streamed = yield from _in_one_mode(run, capability, streamed=True)
    if run.dialect.streamed:
        return in_streams_only(streamed)
    plain = yield from unless_refused_alike(_in_one_mode(run, capability, streamed=False), streamed)
    if plain.reason is Reason.MODEL_TOO_WEAK and streamed.status in WORKS:
        lost = yield from calls_that_are_lost(run)
        if lost is not None and lost.one_mode:
            plain = Verdict(status=Status.BROKEN, note=lost.how, rests_on=digests(lost.shown))
    return in_both_modes(plain, streamed)


WORKS = (Status.SUPPORTED, Status.PARTIAL)


def in_streams_only(streamed: Verdict) -> Verdict:
    """The verdict where a bare message is answered in a stream alone: `create` has none to work with."""
    if streamed.status is not Status.SUPPORTED:
        return streamed
    note = "works with stream only: this endpoint answers no request without one"
    return replace(streamed, status=Status.PARTIAL, deviation=Deviation.ONE_MODE, note=note)


def in_both_modes(plain: Verdict, streamed: Verdict) -> Verdict:
    """The verdict of two loops.

    unstreamed                     streamed                       verdict
    works                          works                          as the first that is partial, else supported
    its request is not answered    works                          partial (one_mode)
    it is no longer answered       -                              as unstreamed
    untested otherwise             -                              as unstreamed
    works                          untested                       as unstreamed, with a note of why
    works                          does not, or no stream comes   partial (one_mode)
    does not                       works                          partial (one_mode)
    does not                       does not                       as unstreamed
    """
    if plain.status in WORKS and streamed.status in WORKS:
        return plain if plain.status is Status.PARTIAL else streamed
    gone = plain.note.startswith(NO_LONGER_ANSWERED)  # the endpoint went down on the way: it answered before
    if plain.reason is Reason.CONTROL_REFUSED and streamed.status in WORKS and not gone:
        plain = replace(plain, status=Status.BROKEN, reason=None)
    if plain.status is Status.UNTESTED:
        return plain
    if plain.status in WORKS and streamed.status is Status.UNTESTED:
        return replace(plain, note="; ".join(filter(None, (plain.note, f"with stream untested: {streamed.note}"))))
    if plain.status in WORKS:
        note = f"works with create only; with stream: {streamed.note}"
        return replace(streamed, status=Status.PARTIAL, deviation=Deviation.ONE_MODE, note=note)
    if streamed.status in WORKS:
        note = f"works with stream only; with create: {plain.note}"
        return replace(plain, status=Status.PARTIAL, deviation=Deviation.ONE_MODE, note=note)
    return plain


def _in_one_mode(run: Run, capability: Capability, *, streamed: bool) -> Conversation[Verdict]:
    control = tool_request(run)
    if streamed:
        control = control.with_fields(stream=True)
        got = yield from calibrate.ask_reliably({"control, streamed": control})
        met = read_answer(got["control, streamed"])
        answer = unstreamable(met)
        # A stream that breaks its grammar may yet be one that the SDK can read: the loop itself tells.
        if met.outcome in (Outcome.REFUSED, Outcome.BROKEN) or (met.answered and met.stream is None):
            return Verdict(
                status=Status.BROKEN, note=f"not even without the SDK: {answer.problem}", rests_on=digests([answer])
            )
        if not met.answered:
            return untested(Reason.PREREQUISITE_REFUSED, f"the same without the SDK is not streamed: {answer.problem}")
    loops: list[Loop] = []

    def try_out(run: Run, headers: Mapping[str, str], attempt: int) -> Conversation[Try]:
        for n in range(tries_for(capability)):
            loop = yield from go_round(run, headers, attempt * MOST_TRIES + n, streamed=streamed)
            loops.append(loop)
            if loop.problem or loop.ended:
                break
        return loop.problem, loop.answer

    def effect(run: Run) -> Conversation[Finding]:
        lost = None
        if any(loop.runs for loop in loops) and not any(loop.ended for loop in loops):
            lost = yield from words_beside_are_lost(run)
        return what_came_of(loops, capability, lost)

    verdict = yield from through_the_sdk(run, try_out, control=control, effect=effect)
    return where_it_fails(verdict, [loop for loop in loops if loop.problem])


def where_it_fails(verdict: Verdict, failing: Sequence[Loop]) -> Verdict:
    """A loop that fails in one turn and then in another meets an endpoint that fails now and then."""
    if verdict.status not in (Status.REJECTED, Status.BROKEN):
        return verdict
    turns = [loop.turn for loop in failing[:2]]
    if len(set(turns)) > 1:
        told = f"the loop fails in turn {turns[0]}, and the next one in turn {turns[1]}: {verdict.note}"
        return untested(Reason.UNSTABLE, told)
    return replace(verdict, note=f"in turn {turns[0]} of the loop: {verdict.note}")


def what_came_of(loops: Sequence[Loop], capability: Capability, lost: Missing | None = None) -> Finding:
    """What the loops show where nothing went wrong. `lost`: what becomes of the turn that holds a tool's result, where
    that is not read.

    ended after a call   called, never ended   model calls when asked   effect
    any                  -                     -                        seen
    none                 any, and it is lost   -                        cannot tell
    none                 any                   -                        too weak: it calls for ever
    none                 none                  every time               absent
    none                 none                  else                     too weak
    """
    if any(loop.ended for loop in loops):
        return Finding(effect=Effect.SEEN)
    if any(loop.runs for loop in loops):
        again = f"the model calls a tool again, {TURNS} times in a row"
        if lost is not None:
            return Finding(effect=Effect.CANNOT_TELL, note=f"{again}, but {lost.told}")
        return Finding(effect=Effect.TOO_WEAK, note=again)
    note = f"no tool is called through the SDK, in {len(loops)} tries"
    return Finding(effect=Effect.ABSENT, note=note) if capability.reliable else unproven(capability, note)


def go_round(run: Run, headers: Mapping[str, str], attempt: int, *, streamed: bool) -> Conversation[Loop]:
    """One loop as the documents write it: while stop_reason is tool_use, run the tools and send what they give."""

    def use(client: anthropic.Anthropic) -> tuple[str, int, bool]:
        asked: dict[str, Any] = {
            "model": run.model,
            "max_tokens": 200 + run.dialect.headroom,
            "tools": [CITY_TOOL],
            "extra_headers": headers,
            "extra_body": dict(run.dialect.fields) or None,
        }
        turns: list[Any] = list(tool_request(run).json["messages"])
        for runs in range(TURNS):
            message = ask(client, {**asked, "messages": turns}, streamed=streamed)
            problem = uncallable(message)
            if problem or message.stop_reason != "tool_use":
                return problem, runs, runs > 0
            results = [result_of(block) for block in message.content if block.type == "tool_use"]
            turns += [{"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
        return "", TURNS, False

    done, error, exchanges = yield from sdk_client.converse(run, use, attempt=attempt)
    answer = last_answer(exchanges)
    if error is not None:
        return Loop(problem=raised(error, answer), answer=answer, turn=len(exchanges))
    problem, runs, ended = done
    return Loop(problem=problem, answer=answer, turn=len(exchanges), runs=runs, ended=ended)


def ask(client: anthropic.Anthropic, asked: Mapping[str, Any], *, streamed: bool) -> Any:
    if not streamed:
        return client.messages.create(**asked)
    with client.messages.stream(**asked) as events:
        return events.get_final_message()


def result_of(block: Any) -> dict[str, Any]:
    """What the tool gives, or what a client says of a tool that it does not have."""
    known = block.name == CITY_TOOL["name"]
    said = "Sunny, 21 degrees." if known else f"There is no tool {block.name}."
    return {"type": "tool_result", "tool_use_id": block.id, "content": said, **({} if known else {"is_error": True})}


def uncallable(message: Any) -> str:
    """Why the tools of a Message cannot be run; empty where they can, or where there are none to run."""
    if not hasattr(message, "content"):
        return f"the SDK returns a {type(message).__name__} instead of a Message"
    try:
        called = [block for block in message.content if block.type == "tool_use"]
    except (AttributeError, TypeError) as error:
        return f"reading the SDK's Message fails: {error}"
    if message.stop_reason == "tool_use" and not called:
        return "the SDK's Message has stop_reason tool_use and no tool_use block"
    if called and message.stop_reason != "tool_use" and message.stop_reason not in CUT:
        return f"the loop ends before the tool is run: stop_reason is {message.stop_reason} beside a tool_use block"
    for block in called:
        if not isinstance(block.id, str) or not isinstance(block.name, str):
            return f"the SDK's tool_use block has id {block.id!r} and name {block.name!r}"
        if message.stop_reason == "tool_use" and not isinstance(block.input, dict):
            return f"the input of the SDK's tool_use block is {type(block.input).__name__}, not an object"
    return ""
