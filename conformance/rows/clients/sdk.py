"""The official SDK creates a message, and streams one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.probing import calibrate
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.refusals import asked_late, names_what_it_refuses, refused_alike
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, untested
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason
from conformance.rows.clients import sdk_client
from conformance.rows.shared import sources

if TYPE_CHECKING:
    import anthropic

OLDER = {"anthropic-version": "2023-06-01"}
"""What SDKs before 2.0 send as their version; SDK 2 sends its own."""

Try = tuple[str, Answer]
"""What went wrong (empty when nothing did), and the answer that the SDK got."""

TryOut = Callable[[Run, Mapping[str, str], int], Conversation[Try]]
"""One try of the SDK with these further headers; the number tells tries apart."""


@row(
    "clients.sdk.message",
    "MUST work with the official Python SDK: create",
    evidence_kind=EvidenceKind.CLIENT,
    source=sources.CLIENT_SDKS,
)
def sdk_message(run: Run) -> Conversation[Verdict]:
    if run.dialect.streamed:
        return untested(Reason.PREREQUISITE_REFUSED, "this endpoint answers streams only, and create is none")

    return (yield from through_the_sdk(run, create))


@row(
    "clients.sdk.stream",
    "MUST work with the official Python SDK: stream, with its accumulator",
    evidence_kind=EvidenceKind.CLIENT,
    source=sources.CLIENT_SDKS,
)
def sdk_stream(run: Run) -> Conversation[Verdict]:
    return (yield from through_the_sdk(run, stream))


def works(run: Run) -> Conversation[Finding]:
    """Of what has no other effect than that it works."""
    yield from ()
    return Finding(effect=Effect.SEEN)


def through_the_sdk(
    run: Run, try_out: TryOut, *, control: Request | None = None, effect: Callable[[Run], Conversation[Finding]] = works
) -> Conversation[Verdict]:
    """Does the SDK work as SDK 2 sends it, and what is the effect of what it did? What fails is tried again with the
    control beside it, and what fails twice as older SDKs send it, with their version: an endpoint that works with those
    alone is partial. What is refused in the same words as older SDKs send it was tried twice."""
    plain = control or calibrate.baseline(run)
    got = yield from calibrate.ask_reliably({"control": plain})
    controls = [read_answer(got["control"])]
    tries = [(yield from try_out(run, {}, 0))]
    older: Try | None = None
    first = failed(*tries[0])
    if first.outcome is Outcome.REFUSED:
        if names_what_it_refuses(first.problem):
            older = yield from asked_late(try_out(run, OLDER, 0))
        alike = older is not None and refused_alike(first, failed(*older))
        tries.append(older if alike and older else (yield from asked_late(try_out(run, {}, 1))))
    elif tries[0][0]:
        tries.append((yield from try_out(run, {}, 1)))
        again = yield {"control": plain.again_beside(plain)}
        controls.append(read_answer(again["control"]))
    treatment = [failed(problem, answer) for problem, answer in tries]
    if len(tries) == 2 and tries[1][0]:
        problem, answer = older or (yield from try_out(run, OLDER, 0))
        if not problem:
            note = f"works with anthropic-version 2023-06-01 only; as SDK 2 sends it: {tries[1][0]}"
            finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_FORM)
            return decide_must_accept(control=controls[:1], treatment=[failed("", answer)], finding=finding)
    finding = (yield from effect(run)) if treatment[-1].answered else Finding(effect=Effect.CANNOT_TELL)
    return decide_must_accept(control=controls, treatment=treatment, finding=finding)


def failed(problem: str, answer: Answer) -> Answer:
    """The answer as the SDK's user got it: one that was answered, but that the SDK cannot use, is broken, and one that
    the SDK makes a Message of (JSON under another content type) is answered."""
    if not problem:
        return answer if answer.answered else replace(answer, outcome=Outcome.ANSWERED, problem="")
    if not answer.answered:
        return answer
    return replace(answer, outcome=Outcome.BROKEN, message=None, problem=problem)


def raised(error: Exception, answer: Answer) -> str:
    """What the SDK raises, with what the endpoint said, or what the SDK says where the answer looked well."""
    said = answer.problem or str(error) or "no event of a message reaches it"
    return f"the SDK raises {type(error).__name__}: {said}"


def last_answer(exchanges: list[Exchange]) -> Answer:
    return read_answer(exchanges[-1]) if exchanges else Answer(outcome=Outcome.BROKEN, problem="nothing was sent")


def create(run: Run, headers: Mapping[str, str], attempt: int) -> Conversation[Try]:
    """One messages.create; what went wrong (empty when nothing did), and the answer it got."""

    def use(client: anthropic.Anthropic) -> Any:
        body: dict[str, Any] = dict(run.dialect.fields)
        return client.messages.create(
            model=run.model,
            max_tokens=32 + run.dialect.headroom,
            messages=[{"role": "user", "content": "Say OK."}],
            extra_headers=headers,
            extra_body=body or None,
        )

    message, error, exchanges = yield from sdk_client.converse(run, use, attempt=attempt)
    answer = last_answer(exchanges)
    return (raised(error, answer) if error else missing_in(message)), answer


STREAMED_TOKENS = 52


def streamed_request(run: Run) -> Request:
    """What `stream` asks for, but for the SDK's headers and the order of its fields."""
    return run.message("Say OK.", max_tokens=STREAMED_TOKENS).with_fields(stream=True)


def stream(run: Run, headers: Mapping[str, str], attempt: int) -> Conversation[Try]:
    """One messages.stream, read to its end: its words as they come, and the Message that it adds up to."""

    def use(client: anthropic.Anthropic) -> Any:
        with client.messages.stream(
            model=run.model,
            max_tokens=STREAMED_TOKENS + run.dialect.headroom,
            messages=[{"role": "user", "content": "Say OK."}],
            extra_headers=headers,
            extra_body=dict(run.dialect.fields) or None,
        ) as events:
            return list(events.text_stream), events.get_final_message()

    result, error, exchanges = yield from sdk_client.converse(run, use, attempt=attempt)
    answer = last_answer(exchanges)
    if error is not None:
        return raised(error, answer), answer
    pieces, message = result
    return missing_in(message) or unfinished(pieces, message), answer


def unfinished(pieces: list[str], message: Any) -> str:
    """What a stream's user would stumble over beyond what any Message's user does."""
    if message.stop_reason is None:
        return "the SDK's stream ends without a stop_reason"
    words = "".join(block.text for block in message.content if block.type == "text")
    if "".join(pieces) != words:
        return "the words of the SDK's stream are not those of its Message"
    if not words and message.stop_reason != "max_tokens":
        return "the SDK's stream holds no words"
    return ""


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
