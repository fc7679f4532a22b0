"""Real clients: the official SDK, and the request that Claude Code opens with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance import calibrate
from conformance.answer import Answer, Outcome, read_answer
from conformance.exchange import Request
from conformance.pair import ask_pair, broken_twice
from conformance.row import Table
from conformance.rows import claude_code, sdk, sources
from conformance.run import Run, Steps
from conformance.status import Deviation, Reason, Status
from conformance.verdict import Effect, Sighting, Verdict, decide_must_accept, untested
from conformance.witness import Witness

if TYPE_CHECKING:
    import anthropic

TABLE = Table("clients")


@TABLE.row(
    "clients.sdk.message",
    "MUST work with the official Python SDK: create",
    witness=Witness.CLIENT,
    source=sources.CLIENT_SDKS,
)
def sdk_message(run: Run) -> Steps[Verdict]:
    if run.dialect.streamed:
        return untested(Reason.PREREQUISITE_REFUSED, "this endpoint answers streams only, and create is none")
    got = yield from calibrate.ask_steadily({"control": calibrate.baseline(run)})
    control = read_answer(got["control"])
    tries = [(yield from create(run, {}, attempt=0))]
    controls = [control]
    if tries[0][0]:
        tries.append((yield from create(run, {}, attempt=1)))
        again = yield {"control": calibrate.baseline(run).again_beside(calibrate.baseline(run))}
        controls.append(read_answer(again["control"]))
    treated = [failed(problem, answer) for problem, answer in tries]
    if len(tries) == 2 and tries[1][0]:
        problem, answer = yield from create(run, {"anthropic-version": "2023-06-01"}, attempt=0)
        if not problem:
            note = f"works with anthropic-version 2023-06-01 only; as SDK 2 sends it: {tries[1][0]}"
            sighting = Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_FORM)
            return decide_must_accept(control=[control], treated=[answer], sighting=sighting)
    return decide_must_accept(control=controls, treated=treated, sighting=Sighting(effect=Effect.SEEN))


def failed(problem: str, answer: Answer) -> Answer:
    """The answer as the SDK's user met it: one that was answered, but that the SDK cannot use, is broken, and one that
    the SDK makes a Message of (JSON under another content type) is answered."""
    if not problem:
        return answer if answer.answered else replace(answer, outcome=Outcome.ANSWERED, problem="")
    if not answer.answered:
        return answer
    return replace(answer, outcome=Outcome.BROKEN, message=None, problem=problem)


def create(run: Run, headers: dict[str, str], *, attempt: int) -> Steps[tuple[str, Answer]]:
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

    message, error, exchanges = yield from sdk.converse(run, use, attempt=attempt)
    answer = read_answer(exchanges[-1]) if exchanges else Answer(outcome=Outcome.BROKEN, problem="nothing was sent")
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
    witness=Witness.CLIENT,
    source=sources.GATEWAY_PROTOCOL,
)
def first_request(run: Run) -> Steps[Verdict]:
    control, opening = calibrate.baseline(run), claude_code.opening(run)
    pair = yield from ask_pair(control, opening, role="Claude Code's first request")
    sighting = Sighting(effect=Effect.SEEN)
    if pair.accepted:
        reading = pair.treated[-1].stream
        if reading is None or reading.violation is not None:
            return (yield from broken_twice(pair, control, opening))
    verdict = decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)
    if verdict.status in (Status.REJECTED, Status.BROKEN):
        cause = yield from find_cause(run)
        return replace(verdict, note=f"{cause}: {verdict.note}")
    return verdict


def find_cause(run: Run) -> Steps[str]:
    """Takes the request apart, one part at a time, and names the part without which it is answered."""
    parts: dict[str, Request] = {
        f"without {part}": claude_code.opening(run, without=part) for part in claude_code.PARTS
    }
    got = yield from calibrate.ask_steadily(parts)
    cured = [role for role in parts if read_answer(got[role]).answered]
    if cured:
        return f"it is answered {' or '.join(cured)}"
    return "no single part is the cause"
