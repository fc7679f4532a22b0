"""Claude Code's turns: does what it sends get through, and if not, which part of it is refused?"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from conformance.probing import calibrate
from conformance.probing.capability import MOST_TRIES, calls_when_asked
from conformance.probing.contrast import ask_contrast, unstreamable
from conformance.probing.detection import TRIES, unproven
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, unanswered, untested
from conformance.protocol.answer import Answer, Outcome, calls, read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.clients import claude_code_requests
from conformance.rows.clients.claude_code_reading import End, turn_on
from conformance.rows.shared import sources

SIGNATURE = re.compile("invalid.{0,10}signature", re.IGNORECASE)
THINKS_AGAIN = f"without {claude_code_requests.THE_THINKING}"
"""A refusal that finds a signature invalid, cured by leaving the thinking out: Claude Code does so by itself."""

FIRST_TURN = "Claude Code's request for a tool call"


@row(
    "clients.claude_code.first_request",
    "MUST accept the request that Claude Code opens with",
    evidence_kind=EvidenceKind.CLIENT,
    source=sources.GATEWAY_PROTOCOL,
)
def first_request(run: Run) -> Conversation[Verdict]:
    def built(without: str) -> Request:
        return claude_code_requests.opening(run, without=without)

    return (yield from gets_through(run, built, claude_code_requests.PARTS, role="Claude Code's first request"))


@row(
    "clients.claude_code.tool_turn",
    "MUST accept Claude Code's second turn: thinking, tool_use and tool_result replayed, streamed",
    evidence_kind=EvidenceKind.CLIENT,
    source=sources.GATEWAY_PROTOCOL,
)
def tool_turn(run: Run) -> Conversation[Verdict]:
    answer = yield from called_for(run)
    if isinstance(answer, Verdict):
        return answer
    kinds = [str(block.get("type")) for block in answer]
    thought = any("thinking" in kind for kind in kinds)

    def built(without: str) -> Request:
        return claude_code_requests.report(run, answer, without=without)

    own = (
        (claude_code_requests.THE_THINKING, claude_code_requests.THE_CALL)
        if thought
        else (claude_code_requests.THE_CALL,)
    )
    verdict = yield from gets_through(
        run, built, (*claude_code_requests.PARTS, *own), role="Claude Code's turn after a tool call"
    )
    if verdict.status is Status.SUPPORTED and not thought:
        return replace(verdict, note="there was no thinking to replay")
    return verdict


def gets_through(
    run: Run, built: Callable[[str], Request], parts: Sequence[str], *, role: str
) -> Conversation[Verdict]:
    """A streamed request of Claude Code's beside a bare message. `built` builds it without one of its `parts`, or with
    all of them; where it is refused or breaks, the note says that a bare stream fails as well, or names the part
    without which it is answered."""
    control, whole = calibrate.baseline(run), built("")
    contrast = yield from ask_contrast(control, whole, role=role, read=as_met)
    again = yield from asked_again(whole, contrast.exchange)
    if again is not None and contrast.control[0].answered and in_one_body(again):
        flaw = unstreamable(read_answer(contrast.exchange)).problem
        note = f"answered without a stream only, which Claude Code asks for where a stream gives it nothing: {flaw}"
        return Verdict(
            status=Status.PARTIAL, deviation=Deviation.ONE_MODE, note=note, rests_on=(contrast.exchange.request.digest,)
        )
    verdict = decide_must_accept(
        control=contrast.control, treatment=contrast.treatment, finding=survived(contrast.exchange)
    )
    if verdict.status is Status.BROKEN and read_answer(contrast.exchange).stream is not None:
        return verdict  # it was taken: no part of it is the cause
    if verdict.status in (Status.REJECTED, Status.BROKEN):
        role = "a bare message, streamed"
        streamed = control.with_fields(stream=True)
        bare = read_answer((yield from calibrate.ask_reliably({role: streamed}))[role])
        if bare.outcome in (Outcome.REFUSED, Outcome.BROKEN):
            note = f"a bare message is not streamed either ({bare.problem}): {verdict.note}"
            return replace(verdict, note=note)
        cause = yield from find_cause(
            {f"without {part}": built(part) for part in parts},
            {f"without {part}": built(part) for part in (claude_code_requests.WHOLE_SYSTEM,)},
        )
        note = f"{cause}: {verdict.note}"
        if verdict.status is Status.REJECTED and THINKS_AGAIN in cause and SIGNATURE.search(verdict.note):
            note = f"refused with its thinking, which Claude Code then leaves out: {verdict.note}"
            return replace(verdict, status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=note)
        return replace(verdict, note=note)
    return verdict


def as_met(exchange: Exchange) -> Answer:
    """The answer as Claude Code meets it: broken where it does not finish its turn on it."""
    answer = read_answer(exchange)
    if exchange.status != 200 or answer.stream is None or answer.stream.error is not None:
        return unstreamable(answer)
    turn = turn_on(exchange.body)
    if turn.end is End.FINISHED and answer.message is not None:
        return replace(
            answer, outcome=Outcome.ANSWERED, problem="", message={**answer.message, "content": list(turn.blocks)}
        )
    problem = unstreamable(answer).problem or f"Claude Code does not finish its turn on this stream: {turn.why}"
    return replace(answer, outcome=Outcome.BROKEN, message=None, problem=problem)


def survived(exchange: Exchange) -> Finding:
    """What is wrong with a stream on which Claude Code finishes its turn, if anything is."""
    stream = read_answer(exchange).stream
    if stream is None or stream.violation is None:
        return Finding(effect=Effect.SEEN)
    note = f"the stream breaks its grammar, and Claude Code finishes its turn on it: {stream.violation}"
    return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.FRAMING)


def asked_again(whole: Request, exchange: Exchange) -> Conversation[Exchange | None]:
    """What Claude Code gets when it asks again without a stream, as it does where a good status brought it nothing: no
    stream, one that is cut, or one in which no block comes to its end."""
    if exchange.status != 200 or as_met(exchange).answered or (exchange.failure or "").startswith("timeout"):
        return None
    if turn_on(exchange.body).end is not End.ASKED_AGAIN:
        return None
    role = "the same, without a stream"
    return (yield from calibrate.ask_reliably({role: whole.with_fields(stream=False)}))[role]


def in_one_body(exchange: Exchange) -> bool:
    """Whether what was asked without a stream is answered without one."""
    answer = read_answer(exchange)
    return answer.answered and answer.stream is None


def find_cause(*parts: dict[str, Request]) -> Conversation[str]:
    """Asks without one part at a time, and names the part without which there is an answer; of further `parts` only
    where none before was the cause."""
    for asked in parts:
        got = yield from calibrate.ask_reliably(asked)
        cured = [role for role in asked if read_answer(got[role]).answered]
        if cured:
            return f"it is answered {' or '.join(cured)}"
    return "no single part is the cause"


def called_for(run: Run) -> Conversation[list[dict[str, Any]] | Verdict]:
    """The answer with a tool call that the second turn goes on from; a verdict where none can be had."""
    answers: list[Answer] = []
    for attempt in range(TRIES):
        found = yield from _errand(run, attempt, answers)
        if found:
            return found
    if not any(answer.answered for answer in answers):
        return _first_turn_fails(answers)
    capability = yield from calls_when_asked(run)
    if capability.unreliable:
        for attempt in range(TRIES, MOST_TRIES):
            found = yield from _errand(run, attempt, answers)
            if found:
                return found
    missed = f"no tool is called for in {len(answers)} tries of Claude Code's request"
    if capability.known and not capability.reliable:
        return untested(Reason.MODEL_TOO_WEAK, unproven(capability, missed).note)
    return untested(Reason.MODEL_TOO_WEAK if capability.known else Reason.CANNOT_TELL, missed)


def _errand(run: Run, attempt: int, answers: list[Answer]) -> Conversation[list[dict[str, Any]]]:
    """One try to be called for; the blocks of the answer, or nothing."""
    role = FIRST_TURN if attempt == 0 else f"{FIRST_TURN}, try {attempt + 1}"
    request = claude_code_requests.errand(run).again(attempt)
    got = yield from calibrate.ask_reliably({role: request})
    again = yield from asked_again(request, got[role])
    answer = known(read_answer(again) if again is not None and in_one_body(again) else as_met(got[role]))
    answers.append(answer)
    if answer.message is None or not calls(answer.message):
        return []
    # An empty text is no turn to send back: the client leaves it out.
    kept = [block for block in answer.message["content"] if isinstance(block, dict)]
    return [block for block in kept if block.get("type") != "text" or block.get("text")]


def known(answer: Answer) -> Answer:
    """The answer, broken where it calls a tool that Claude Code does not have."""
    called = [str(call.get("name")) for call in calls(answer.message or {})]
    strange = [name for name in called if name not in claude_code_requests.TOOLS]
    if not strange:
        return answer
    problem = f"a tool is called that the request does not name: {', '.join(strange)}"
    return replace(answer, outcome=Outcome.BROKEN, message=None, problem=problem)


def _first_turn_fails(answers: Sequence[Answer]) -> Verdict:
    """Nothing is known of a second turn where there is no first one."""
    first = Answer(outcome=answers[0].outcome, problem=answers[0].problem, exchange=answers[0].exchange)
    if unanswered(first) is Reason.CONTEXT_TOO_SMALL:
        return untested(Reason.CONTEXT_TOO_SMALL, first.problem)
    return decide_must_accept(control=[first], treatment=[first], prerequisite=first)
