"""The envelope of an error."""

from __future__ import annotations

from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import Everywhere, row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import Exchange, one_line, read_json
from conformance.protocol.strict_json import encoding_fault
from conformance.rows.shared import sources
from conformance.rows.shared.faulty_requests import faulty


def envelope_violation(exchange: Exchange) -> str:
    """The first rule that an error's body breaks; empty when it keeps them all."""
    at = f"HTTP {exchange.status}"
    if exchange.content_type != "application/json":
        return f"{at}: the content type is {exchange.content_type or 'missing'}, not application/json"
    body = read_json(exchange.body)
    if not isinstance(body, dict):
        return f"{at}: the body is no JSON object"
    shown = one_line(exchange.body.decode("utf-8", "replace"), 120)
    if body.get("type") != "error":
        return f"{at}: the body has no type error: {shown}"
    error = body.get("error")
    if not isinstance(error, dict):
        return f"{at}: error is no object: {shown}"
    for key in ("type", "message"):
        if not isinstance(error.get(key), str) or not error[key]:
            return f"{at}: error.{key} is missing: {shown}"
    return ""


def refused_without_envelope(exchange: Exchange) -> list[Violation]:
    """The same for any refusal of the run, but for those that other rows judge: of a path or method that is not there,
    and one that comes as a stream."""
    request = exchange.request
    nowhere = exchange.status in (404, 405) and not request.is_message
    refused = read_answer(exchange).outcome in (Outcome.REFUSED, Outcome.LOCKED)
    if not refused or nowhere or exchange.is_event_stream or exchange.failure is not None:
        return []
    rule = unread_envelope(exchange)
    return [Violation(rule=rule)] if rule else []


def unread_envelope(exchange: Exchange) -> str:
    """What keeps clients from reading an error: the first rule that its body breaks, its encoding at last."""
    fault = encoding_fault(exchange.body)
    return envelope_violation(exchange) or (f"HTTP {exchange.status}: {fault}" if fault else "")


@row(
    "errors.envelope",
    "MUST shape every error as type error with error.type and error.message, in JSON",
    evidence_kind=EvidenceKind.RULE,
    source=sources.ERRORS,
    everywhere=Everywhere(find=refused_without_envelope),
)
def envelope(run: Run) -> Conversation[Verdict]:
    got = yield faulty(run)
    refused = [each for each in got.values() if read_answer(each).outcome in (Outcome.REFUSED, Outcome.LOCKED)]
    violations = [
        Violation(rule=rule, exchange=each.request.digest) for each in refused if (rule := unread_envelope(each))
    ]
    return decide_invariant(exercised=len(refused), violations=violations)
