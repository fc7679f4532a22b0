"""The headers that official clients send: their version, their Accept, and all the rest of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.probing import calibrate
from conformance.probing.contrast import ask_contrast, second_try, unstreamable
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.refusals import unless_refused_alike
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, untested
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.exchange import Exchange, Request, write_json
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.clients import sdk
from conformance.rows.shared import sources

SDK_VERSION = "2026-10-21"

OF_THE_SDK = {
    "accept": "application/json",
    "user-agent": "Anthropic/Python 2.11.0",
    "x-stainless-arch": "x64",
    "x-stainless-async": "async:asyncio",
    "x-stainless-lang": "python",
    "x-stainless-os": "Linux",
    "x-stainless-package-version": "2.11.0",
    "x-stainless-read-timeout": "600",
    "x-stainless-retry-count": "0",
    "x-stainless-runtime": "CPython",
    "x-stainless-runtime-version": "3.11.7",
    "x-stainless-timeout": "600",
}
"""As the asynchronous client of SDK 2.11 sends them, but for the key and the version, which have rows of their own.
Fixed, so that a recording can be judged on any machine."""

OF_ITS_STREAMS = {"x-stainless-helper-method": "stream", "x-stainless-stream-helper": "messages"}


@row(
    "headers.anthropic_version.2026_10_21",
    "MUST serve a plain request that carries anthropic-version 2026-10-21 (what the SDK sends)",
    evidence_kind=EvidenceKind.CLIENT,
    source=sources.VERSIONS,
)
def version(run: Run) -> Conversation[Verdict]:
    served, met = yield from both_served(run)
    if served:
        return Verdict(status=Status.SUPPORTED)
    return (yield from serves(run, lambda plain: plain.with_headers(anthropic_version=SDK_VERSION), met=met))


@row(
    "headers.accept_stream",
    "MUST stream text/event-stream even when the client sends Accept: application/json (what the SDK sends)",
    evidence_kind=EvidenceKind.CLIENT,
    source=sources.CLIENT_SDKS,
)
def accept_stream(run: Run) -> Conversation[Verdict]:
    served, _ = yield from both_served(run)
    if served:
        return Verdict(status=Status.SUPPORTED)
    plain = calibrate.baseline(run).with_fields(stream=True)
    return (yield from streams(plain, plain.with_headers(accept="application/json")))


@row(
    "headers.sdk_set",
    "MUST accept the full header set of the official SDK (x-stainless-*, user-agent)",
    evidence_kind=EvidenceKind.CLIENT,
    source=sources.CLIENT_SDKS,
)
def sdk_set(run: Run) -> Conversation[Verdict]:
    verdict = yield from serves(run, with_sdk_headers)
    if verdict.status not in (Status.REJECTED, Status.BROKEN):
        return verdict
    parts = {f"without {part}": with_sdk_headers(calibrate.baseline(run), without=part) for part in PARTS}
    got = yield from calibrate.ask_reliably(parts)
    cured = [role for role in parts if read_answer(got[role]).answered]
    cause = f"it is answered {' or '.join(cured)}" if cured else "no single part is the cause"
    return replace(verdict, note=f"{cause}: {verdict.note}")


PARTS = ("user-agent", "x-stainless", "accept")
"""What can be taken away, one at a time, to find the part for which the set is refused."""


def with_sdk_headers(plain: Request, without: str = "") -> Request:
    """The request as the SDK would dress it; `without` is the beginning of the names that are left out."""
    sent = OF_THE_SDK | (OF_ITS_STREAMS if plain.json.get("stream") else {})
    kept = {name: value for name, value in sent.items() if not (without and name.startswith(without))}
    dressed = plain.with_headers(**{name.replace("-", "_"): value for name, value in kept.items()})
    return replace(dressed, about=tuple(name for name in kept if name != "accept"))


def as_the_sdk_writes(plain: Request) -> Request:
    """The same message with the SDK's version and Accept, its fields in the SDK's order: what `clients.sdk.message` and
    `clients.sdk.stream` ask as well, so that it is sent once."""
    body = plain.json
    ordered = {name: body[name] for name in ("max_tokens", "messages", "model")} | body
    written = replace(plain, body=write_json(ordered))
    return written.with_headers(anthropic_version=SDK_VERSION, accept="application/json")


def both_served(run: Run) -> Conversation[tuple[bool, Answer]]:
    """Is a bare message served with the SDK's version and its Accept at once, whole and as a stream that is labelled as
    one? Then each of the two is served; where it is not, each is asked by itself. The second value is what came of the
    whole one."""
    asked = {
        "with version and Accept": as_the_sdk_writes(calibrate.baseline(run)),
        "with version and Accept, streamed": as_the_sdk_writes(sdk.streamed_request(run)),
    }
    whole, stream = (yield asked).values()
    answer = read_answer(whole)
    in_mode = run.dialect.streamed or answer.stream is None
    return answer.answered and in_mode and is_stream(stream) and stream.content_type == EVENT_STREAM, answer


def serves(run: Run, change: Callable[[Request], Request], met: Answer | None = None) -> Conversation[Verdict]:
    """A change of the headers under which a bare message must still be answered, whole and as a stream. `met` is
    what a message with this change and others came to: where the words are the same, it was the first try.

    whole                            streamed                          status
    untested, broken                 -                                 the same
    answered                         answered, or untested             supported
    answered                         broken                            broken
    answered, refused                the other way round               partial (one_mode)
    refused                          refused, broken, untested         rejected
    """
    plain = calibrate.baseline(run)
    contrast = yield from ask_contrast(plain, change(plain), role="with the headers", refused=met)
    whole = decide_must_accept(
        control=contrast.control, treatment=contrast.treatment, finding=Finding(effect=Effect.SEEN)
    )
    if run.dialect.streamed or whole.status not in (Status.SUPPORTED, Status.REJECTED):
        return whole
    asked = plain.with_fields(stream=True)
    stream = yield from unless_refused_alike(streams(asked, change(asked)), whole)
    if stream.status is Status.BROKEN and whole.status is Status.SUPPORTED:
        return replace(stream, note=f"in a stream: {stream.note}")
    if {whole.status, stream.status} != {Status.SUPPORTED, Status.REJECTED}:
        return whole
    if whole.status is Status.SUPPORTED:
        refused, what = stream, "a stream is"
    else:
        refused, what = whole, "only a stream is not"
    note = f"{what} refused: {refused.note}"
    return replace(refused, status=Status.PARTIAL, deviation=Deviation.ONE_MODE, note=note)


def streams(plain: Request, treatment: Request) -> Conversation[Verdict]:
    """Is the treatment answered with a stream, where the plain one is? What stands in the stream is not looked at.

    plain                    treatment                                  status
    no stream                -                                          untested
    a stream                 a stream                                   supported
    a stream, so labelled    a stream, under another content type       partial (framing)
    a stream                 one JSON body, twice                       broken
    a stream                 anything else                              as decide_must_accept
    """
    roles = ("control, streamed", "with the headers, streamed")
    got = dict((yield from calibrate.ask_reliably({roles[0]: plain})))
    if not is_stream(got[roles[0]]):
        answer = read_answer(got[roles[0]])
        if answer.answered:
            return untested(Reason.PREREQUISITE_REFUSED, "a stream that is asked for comes as one body in any case")
        return decide_must_accept(control=[answer], treatment=[answer])
    got.update((yield {roles[1]: treatment}))
    tries, controls = [met_by_a_stream(got[roles[1]])], [met_by_a_stream(got[roles[0]])]
    if not tries[0].answered:
        beside, last = yield from second_try(tries[0], plain, treatment, roles=roles)
        got[roles[1]] = last
        tries.append(met_by_a_stream(last))
        if beside is not None:
            got[roles[0]] = beside
            controls.append(met_by_a_stream(beside))
    finding = Finding(effect=Effect.SEEN)
    types = [got[role].content_type for role in roles]
    if types[0] == EVENT_STREAM != types[1]:
        note = f"the stream comes as {types[1] or 'no content type'}"
        finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.FRAMING)
    return decide_must_accept(control=controls, treatment=tries, finding=finding)


EVENT_STREAM = "text/event-stream"


def is_stream(exchange: Exchange) -> bool:
    return exchange.status == 200 and exchange.failure is None and exchange.is_event_stream


def met_by_a_stream(exchange: Exchange) -> Answer:
    """Any stream is an answer here; a whole body is none for a client that reads events."""
    answer = read_answer(exchange)
    if is_stream(exchange):
        return Answer(outcome=Outcome.ANSWERED, exchange=answer.exchange)
    return unstreamable(answer)
