"""Answers gathered for the rules of the wire: to a bare message, with calls, cut at a limit, stopped at a sequence,
each in both modes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conformance.probing import calibrate
from conformance.probing.capability import (
    MOST_TRIES,
    Capability,
    call_without_arguments,
    calls_when_asked,
    several_calls,
    tool_request,
)
from conformance.probing.contrast import Message
from conformance.probing.row import Everywhere
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, unanswered, untested
from conformance.protocol.answer import calls, read_answer
from conformance.protocol.exchange import Exchange, Json, Request
from conformance.protocol.status import Deviation, Reason

SAMPLES = 3
SEVERAL = "several calls"
SECOND_SHOWING = 30
"""Added to `attempt` when a request is asked for a second showing of what its answer broke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One answer, what it answers, and the first rule of the grammar that its stream breaks, or what cut it (empty:
    neither). `exchange` is the digest of its exchange."""

    role: str
    request: Request
    message: Message
    flaw: str = ""
    streamed: bool = False
    exchange: str = ""


def in_both_modes(run: Run, asked: Mapping[str, Request]) -> dict[str, Request]:
    """The requests, and the same streamed; as they are where this endpoint answers streams only."""
    if run.dialect.streamed:
        return dict(asked)
    streams = {f"{role}, streamed": request.with_fields(stream=True) for role, request in asked.items()}
    return {**asked, **streams}


def gather(asked: Mapping[str, Request]) -> Conversation[list[Given]]:
    """What was answered, by role; what was not is left out."""
    got = yield from calibrate.ask_reliably(asked)
    found = []
    for role, request in asked.items():
        given = given_in(role, request, got[role])
        if given is not None:
            found.append(given)
    return found


def given_in(role: str, request: Request, exchange: Exchange) -> Given | None:
    """What was answered in an exchange; None where nothing was."""
    answer = read_answer(exchange)
    if answer.message is None:
        return None
    # A long stream that the suite's own time limit cut says nothing of its end.
    flaw = (answer.stream.violation or exchange.failure or "") if answer.stream else ""
    return Given(
        role=role,
        request=request,
        message=answer.message,
        flaw=flaw,
        streamed=answer.stream is not None,
        exchange=answer.exchange,
    )


def gather_until(
    asked: Mapping[str, Request], shows: Callable[[Message], bool], tries: int
) -> Conversation[list[Given]]:
    """All answers to requests that are asked again, up to `tries` times each, until an answer shows what is looked
    for."""
    found: list[Given] = []
    open_ = dict(asked)
    for attempt in range(tries):
        roles = {role if not attempt else f"{role}, try {attempt + 1}": role for role in open_}
        given = yield from gather({name: asked[role].again(attempt) for name, role in roles.items()})
        found += given
        shown = {roles[each.role] for each in given if shows(each.message)}
        open_ = {role: request for role, request in open_.items() if role not in shown}
        if not open_:
            break
    return found


def tries_for(capability: Capability) -> int:
    """How many tries a request has to show a capability: more where the model shows it now and then."""
    return MOST_TRIES if capability.unreliable else SAMPLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """The answers to requests for calls, those without any among them; `verdict` says why nothing can be known."""

    given: Sequence[Given]
    verdict: Verdict | None = None


def gather_calls(run: Run) -> Conversation[Calling]:
    """Asks for one call, for several and for one without arguments, in both modes. A model that never calls when it is
    asked to is forced to."""
    capability = yield from calls_when_asked(run)
    forced: dict[str, Json] = {} if capability.shown else {"tool_choice": {"type": "any"}}
    scenes = {
        "one call": tool_request(run, **forced),
        SEVERAL: several_calls(run, **forced),
        "a call without arguments": call_without_arguments(run, **forced),
    }
    asked = in_both_modes(run, scenes)
    given = yield from gather_until(asked, lambda message: bool(calls(message)), tries_for(capability))
    if any(calls(each.message) for each in given):
        return Calling(given=given)
    weak = untested(Reason.MODEL_TOO_WEAK, "no answer of this run calls a tool")
    return Calling(given=given, verdict=(yield from why_unanswered(asked)) or weak)


def why_unanswered(asked: Mapping[str, Request]) -> Conversation[Verdict | None]:
    """Why nothing can be known where the first of these requests that was not answered would have been needed; None
    where all were. What was asked before is not sent again."""
    got = yield from calibrate.ask_reliably(asked)
    for role in asked:
        answer = read_answer(got[role])
        if not answer.answered:
            return untested(unanswered(answer), f"{role} is not answered: {answer.problem}")
    return None


AnswerRule = Callable[[Given], list[Violation]]
"""What of a rule one answer breaks."""


def hold_to(rule: AnswerRule, given: Sequence[Given]) -> Conversation[list[Violation]]:
    """The violations of a rule, each named with its answer. One that breaks clients must be shown twice: in a second
    answer, or when the lone request is asked again; what is never shown again is unsteady."""
    broken = [(each, violation) for each in given for violation in rule(each)]
    severe = [(each, violation) for each, violation in broken if violation.deviation is None]
    lone = severe[0][0] if severe else None
    if lone is not None and all(each is lone for each, _ in severe):
        asked = {f"{lone.role}, again": lone.request.again(SECOND_SHOWING)}
        asked[f"{lone.role}, once more"] = lone.request.again(SECOND_SHOWING + 1)
        again = yield from gather(asked)
        if not any(violation.deviation is None for each in again for violation in rule(each)):
            told = f"in 1 of {1 + len(again)} answers to the same request: {told_of(*severe[0])}"
            return [Violation(rule=told, deviation=Deviation.UNSTEADY, exchange=lone.exchange)]
    return [
        Violation(rule=told_of(each, violation), deviation=violation.deviation, exchange=each.exchange)
        for each, violation in broken
    ]


def everywhere(rule: AnswerRule, *, of_model: bool = False) -> Everywhere:
    """The same rule for the answers of all other rows. What a stream that breaks its grammar adds up to is no answer:
    it is the finding of another row."""

    def broken_in(exchange: Exchange) -> list[Violation]:
        asked = exchange.request
        given = given_in("", asked, exchange) if asked.is_message and isinstance(asked.json, dict) else None
        return [] if given is None or given.flaw else rule(given)

    return Everywhere(find=broken_in, of_model=of_model)


def told_of(given: Given, violation: Violation) -> str:
    return f"{given.role}: {violation.rule}"
