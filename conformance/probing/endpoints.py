"""Other endpoints than Messages: asked, their answers read, and a path that is not there told from one that refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from conformance.probing import calibrate
from conformance.probing.contrast import Contrast, ask_contrast
from conformance.probing.good_key import key_refused
from conformance.probing.refusals import may_be_the_moments, same_shape
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, decide_must_refuse
from conformance.protocol.answer import Answer, Outcome, describe_error, error_type, read_answer
from conformance.protocol.exchange import MESSAGES, Exchange, Json, Request, not_an_object, one_line, write_json
from conformance.protocol.status import Deviation, Status

Wrong = Callable[[Mapping[str, Any]], str]
"""Says in a few words why a JSON object is not what was asked for; empty where it is."""


def bodiless(run: Run, path: str, method: str = "GET") -> Request:
    """A request without a body."""
    headers = {name: value for name, value in run.headers().items() if name != "content-type"}
    return Request(method=method, path=path, headers=headers)


def posted(run: Run, path: str, body: Json) -> Request:
    """A request with a JSON body to another path."""
    return Request(path=path, headers=run.headers(), body=write_json(body))


def read_reply(exchange: Exchange, wrong: Wrong) -> Answer:
    """Sorts what another endpoint answered into an outcome, by what `wrong` says of its JSON."""
    whole = exchange.failure is None and exchange.status is not None and 200 <= exchange.status < 300
    if not whole:
        answer = read_answer(exchange)
        # A stream that the time limit cut may be as good as a Message, but is nothing else.
        if not answer.answered:
            return answer
        problem = f"HTTP {exchange.status} with {not_an_object(exchange)}"
        return replace(answer, outcome=Outcome.BROKEN, message=None, problem=problem)
    problem = one_line(_problem(exchange, wrong))
    outcome = Outcome.BROKEN if problem else Outcome.ANSWERED
    return Answer(outcome=outcome, problem=problem, exchange=exchange.request.digest)


def read_any(exchange: Exchange) -> Answer:
    """Sorts what any endpoint answered into an outcome: what is not asked of Messages need be no Message, and a file's
    bytes need not even be JSON."""
    if exchange.request.path.partition("?")[0] == MESSAGES:
        return read_answer(exchange)
    answer = read_reply(exchange, lambda body: "")
    whole = exchange.failure is None and exchange.status is not None and 200 <= exchange.status < 300
    if whole and not exchange.is_html and not isinstance(exchange.json, dict):
        return Answer(outcome=Outcome.ANSWERED, exchange=exchange.request.digest)
    return answer


def _problem(exchange: Exchange, wrong: Wrong) -> str:
    body = exchange.json
    if exchange.is_html:
        return f"HTTP {exchange.status} with an HTML page"
    if not isinstance(body, dict):
        return f"HTTP {exchange.status} with {not_an_object(exchange)}"
    if body.get("error"):
        return f"HTTP {exchange.status} that is an error: {describe_error(exchange).partition(': ')[2]}"
    problem = wrong(body)
    return f"HTTP {exchange.status} with {problem}" if problem else ""


def ask_route(run: Run, request: Request, wrong: Wrong, *, role: str) -> Conversation[Contrast]:
    """Asks another endpoint, beside a message that is answered; again, as often as that, where it fails."""
    control = calibrate.baseline(run)
    return (yield from ask_contrast(control, request, role=role, read=lambda exchange: read_reply(exchange, wrong)))


def trouble(contrast: Contrast, what: str) -> Verdict | None:
    """What is to be said where one step of several fails at an endpoint that took the first: that it is incomplete,
    or, of a moment that is not its doing, nothing; None where the step went well."""
    if contrast.accepted:
        return None
    verdict = decide_must_accept(
        control=contrast.control, treatment=contrast.treatment, finding=Finding(effect=Effect.SEEN)
    )
    return verdict if verdict.status is Status.UNTESTED else incomplete(f"{what}: {verdict.note}", contrast.exchange)


def incomplete(note: str, shown: Exchange) -> Verdict:
    """An endpoint that does some of what it should, as this exchange shows."""
    rests_on = (shown.request.digest,)
    return Verdict(status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=note, rests_on=rests_on)


def failed_route(run: Run, contrast: Contrast) -> Conversation[Verdict]:
    """The verdict on an endpoint that did not answer as it should, its note telling a path that is not there. Where the
    key is not let in, nothing is known of what others may do there."""
    verdict = decide_must_accept(control=contrast.control, treatment=contrast.treatment)
    if verdict.status not in (Status.REJECTED, Status.BROKEN):
        return verdict
    locked = key_refused(contrast.exchange)
    if locked is not None:
        return locked
    stranger = yield from _unknown_path(run, contrast.exchange.request)
    if verdict.status is Status.BROKEN:
        same = stranger.body == contrast.exchange.body and stranger.status == contrast.exchange.status == 200
        caught = f"a path that does not exist is answered the same: {verdict.note}"
        return replace(verdict, note=caught) if same else verdict
    tail = contrast.exchange.request.path.removeprefix("/v1/").partition("?")[0]
    met = read_answer(stranger)
    if met.outcome is Outcome.REFUSED and same_shape(verdict.note, met.problem, (tail,)):
        return replace(verdict, note=f"the path is met like one that does not exist: {verdict.note}")
    return verdict


def _unknown_path(run: Run, asked: Request) -> Conversation[Exchange]:
    """How this endpoint meets a path that no documentation knows, asked with the same method and the same body."""
    role = "a path that does not exist"
    unknown = replace(asked, path=f"/v1/{run.name('unknown-path', 'zz_path')}", attempt=0)
    got = yield {role: unknown}
    return got[role]


def must_refuse_route(
    run: Run, bad: Mapping[str, Request], wrong: Wrong, *, status: int, kind: str
) -> Conversation[Verdict]:
    """Requests to an endpoint that answers, which must be refused with this status and this error.type."""
    first = yield bad

    def read(exchange: Exchange) -> Answer:
        return read_reply(exchange, wrong)

    def as_stated(exchange: Exchange) -> bool:
        # A body without error.type is the fault of errors.envelope, not of this row.
        return exchange.status == status and error_type(exchange) == kind

    odd = (Outcome.BROKEN, Outcome.WAITING, Outcome.LOCKED)
    unclear = [role for role in bad if read(first[role]).outcome in odd]
    unclear = unclear or [role for role in bad if may_be_the_moments(first[role]) and not as_stated(first[role])]
    second: Mapping[str, Exchange] = {}
    control = calibrate.baseline(run)
    asked = {"control": control, **({"control again": control.again_beside(bad[unclear[0]])} if unclear else {})}
    controls = yield asked
    if unclear:
        second = yield {role: bad[role].again(bad[role].attempt + 1) for role in unclear}
    return decide_must_refuse(
        control=[read_answer(controls[role]) for role in asked],
        refused=[read(first[role]) for role in bad],
        again=[read(second[role]) if role in second else None for role in bad],
        as_stated=[as_stated(first[role]) for role in bad],
    )
