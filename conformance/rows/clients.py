"""Real clients: the official SDK, and the request that Claude Code opens with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance import calibrate
from conformance.answer import Answer, Outcome, read_answer
from conformance.exchange import Request
from conformance.probes import ask_pair
from conformance.row import Table
from conformance.rows import claude_code, sdk, sources
from conformance.run import Run, Steps
from conformance.status import Deviation, Reason, Status
from conformance.verdict import Effect, Sighting, Verdict, decide_must_accept, untested

if TYPE_CHECKING:
    import anthropic

TABLE = Table("clients")


@TABLE.row(
    "clients.sdk.message",
    "MUST work with the official Python SDK: create",
    source=sources.CLIENT_SDKS,
)
def sdk_message(run: Run) -> Steps[Verdict]:
    control = calibrate.baseline(run)
    got = yield {"control": control}
    answer = read_answer(got["control"])
    current = yield from create(run, {})
    if isinstance(current, Verdict):
        return current
    problem, exchange_answer = current
    if not problem:
        return decide_must_accept(control=[answer], treated=[exchange_answer], sighting=Sighting(effect=Effect.SEEN))
    older = yield from create(run, {"anthropic-version": "2023-06-01"})
    if not isinstance(older, Verdict) and not older[0]:
        note = f"works with anthropic-version 2023-06-01 only; as SDK 2 sends it: {problem}"
        sighting = Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_FORM)
        return decide_must_accept(control=[answer], treated=[older[1]], sighting=sighting)
    if not answer.answered:
        return decide_must_accept(control=[answer], treated=[exchange_answer])
    if exchange_answer.outcome is Outcome.REFUSED:
        return Verdict(status=Status.REJECTED, note=problem)
    if exchange_answer.outcome in (Outcome.LOCKED, Outcome.WAITING, Outcome.UNREACHABLE):
        return untested(Reason.UNSTABLE, f"the bare message is answered, the SDK's is not: {problem}")
    return Verdict(status=Status.BROKEN, note=problem)


def create(run: Run, headers: dict[str, str]) -> Steps[tuple[str, Answer] | Verdict]:
    """One messages.create; what went wrong (empty when nothing did), and the answer it met."""

    def use(client: anthropic.Anthropic) -> Any:
        body: dict[str, Any] = dict(run.dialect.fields)
        return client.messages.create(
            model=run.model,
            max_tokens=32 + run.dialect.headroom,
            messages=[{"role": "user", "content": "Say OK."}],
            extra_headers=headers,
            extra_body=body or None,
        )

    if run.dialect.streamed:
        return untested(Reason.PREREQUISITE_REFUSED, "this endpoint answers streams only, and create is none")
    message, error, exchanges = yield from sdk.converse(run, use)
    answer = read_answer(exchanges[-1])
    if error is not None:
        return f"the SDK raises {type(error).__name__}: {answer.problem or error}", answer
    return missing_in(message), answer


def missing_in(message: Any) -> str:
    """What a user of the SDK would stumble over: the SDK itself validates nothing by default."""
    if not hasattr(message, "content"):
        return f"the SDK returns a {type(message).__name__} instead of a Message"
    try:
        words = "".join(block.text for block in message.content if block.type == "text")
        counted = message.usage.input_tokens + message.usage.output_tokens
    except (AttributeError, TypeError) as error:
        return f"reading the SDK's Message fails: {error}"
    if message.type != "message" or message.role != "assistant":
        return f"the SDK's Message has type {message.type!r} and role {message.role!r}"
    if not isinstance(words, str) or not isinstance(counted, int):
        return "the SDK's Message has no text or no usage"
    return ""


@TABLE.row(
    "clients.claude_code.first_request",
    "MUST accept the request that Claude Code opens with",
    source=sources.GATEWAY_PROTOCOL,
)
def first_request(run: Run) -> Steps[Verdict]:
    control = calibrate.baseline(run)
    pair = yield from ask_pair(control, claude_code.opening(run), role="Claude Code's first request")
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        reading = pair.treated[-1].stream
        if reading is None:
            stray = Answer(outcome=Outcome.BROKEN, problem="the answer is one JSON body; Claude Code reads a stream")
            return decide_must_accept(control=pair.control[:1] * 2, treated=[stray, stray])
        if reading.violation is not None:
            stray = Answer(outcome=Outcome.BROKEN, problem=f"the stream breaks its grammar: {reading.violation}")
            return decide_must_accept(control=pair.control[:1] * 2, treated=[stray, stray])
        sighting = Sighting(effect=Effect.SEEN)
    verdict = decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)
    if verdict.status in (Status.REJECTED, Status.BROKEN):
        cause = yield from find_cause(run)
        return Verdict(status=verdict.status, note=f"{cause}: {verdict.note}")
    return verdict


def find_cause(run: Run) -> Steps[str]:
    """Takes the request apart, one part at a time, and names the part without which it is answered."""
    parts: dict[str, Request] = {
        f"without {part}": claude_code.opening(run, without=part) for part in claude_code.PARTS
    }
    got = yield parts
    cured = [role for role in parts if read_answer(got[role]).answered]
    if cured:
        return f"it is answered {' or '.join(cured)}"
    return "no single part is the cause"
