"""The path with a query, as Claude Code sends it: the query must not make it another path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.probing import calibrate
from conformance.probing.contrast import Contrast, ask_contrast, unstreamable
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Status
from conformance.rows.shared import sources

PATH = "/v1/messages?beta=true"


@row(
    "endpoints.beta_query",
    "MUST serve /v1/messages?beta=true like /v1/messages",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.GATEWAY_PROTOCOL,
)
def beta_query(run: Run) -> Conversation[Verdict]:
    plain = calibrate.baseline(run)
    streamed = yield from _ask(plain.with_fields(stream=True), "streamed")
    in_stream = judge(streamed)
    if run.dialect.streamed:
        return in_stream
    unstreamed = judge((yield from _ask(plain, "unstreamed")))
    return both_modes(unstreamed, in_stream)


def _ask(message: Request, mode: str) -> Conversation[Contrast]:
    read: Callable[[Exchange], Answer] = _read_stream if mode == "streamed" else _read_body
    role, control_role = f"with ?beta=true, {mode}", f"without it, {mode}"
    with_query = replace(message, path=PATH)
    contrast = yield from ask_contrast(message, with_query, role=role, control_role=control_role, read=read)
    # Whether streams come at all is a row of its own.
    contrast.control = [unstreamable(each) if mode == "streamed" else each for each in contrast.control]
    return contrast


def _read_stream(exchange: Exchange) -> Answer:
    return unstreamable(read_answer(exchange))


def _read_body(exchange: Exchange) -> Answer:
    answer = read_answer(exchange)
    if answer.answered and answer.stream is not None:
        problem = "a stream where one JSON body was asked for"
        return replace(answer, outcome=Outcome.BROKEN, message=None, problem=problem)
    return answer


def judge(contrast: Contrast) -> Verdict:
    """The verdict on one mode: served, and by the same model."""
    finding = Finding(effect=Effect.SEEN)
    if contrast.accepted:
        without, with_query = (message.get("model") for message in contrast.messages)
        if without != with_query:
            note = f"answered as {with_query}, and as {without} without the query"
            finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.MAPPED)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def both_modes(unstreamed: Verdict, streamed: Verdict) -> Verdict:
    """One verdict of two.

    unstreamed   streamed           status
    untested     untested           as unstreamed
    untested     otherwise          as streamed
    -            untested           as unstreamed
    supported    rejected           partial (one mode)
    rejected     supported          partial (one mode)
    broken       -                  as unstreamed
    -            broken             as streamed
    else                            as unstreamed, or the partial one
    """
    if unstreamed.status is Status.UNTESTED and streamed.status is not Status.UNTESTED:
        return streamed
    if streamed.status is Status.UNTESTED or unstreamed.status is Status.BROKEN:
        return unstreamed
    if streamed.status is Status.BROKEN:
        return replace(streamed, note=f"in a stream: {streamed.note}")
    refused = [each for each in (unstreamed, streamed) if each.status is Status.REJECTED]
    if len(refused) == 1:
        mode = "in a stream" if refused[0] is streamed else "unstreamed"
        note = f"refused {mode} alone: {refused[0].note}"
        return replace(refused[0], status=Status.PARTIAL, deviation=Deviation.ONE_MODE, note=note)
    return streamed if unstreamed.status is Status.SUPPORTED else unstreamed
