"""Requests that must be refused, each with its status and type."""

from __future__ import annotations

from dataclasses import replace

from conformance.probing import calibrate, capability
from conformance.probing.case import case
from conformance.probing.contrast import CONTROL
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.good_key import key_refused
from conformance.probing.probes import Refusal
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.answer import Outcome, describe_error, read_answer
from conformance.protocol.exchange import Exchange, one_line
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.errors.envelope import envelope_violation
from conformance.rows.errors.refusals import INVALID, NOT_FOUND, UNAUTHENTICATED, refused_as
from conformance.rows.shared import sources
from conformance.rows.shared.faulty_requests import (
    UNKNOWN_MODEL,
    WITHOUT_MAX_TOKENS,
    WITHOUT_MESSAGES,
    WRONG_KEY,
    faulty,
)
from conformance.rows.shared.keys import with_keys
from conformance.rows.shared.tool_turns import after_a_call, text_block


@row(
    "errors.invalid_key",
    "MUST answer a wrong or missing key with 401 authentication_error",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def invalid_key(run: Run) -> Conversation[Verdict]:
    """Where neither is refused no key is checked, as on a server of one's own: the rule has nothing to hold for."""
    bad = {WRONG_KEY: faulty(run)[WRONG_KEY], "no key at all": with_keys(run, {})}
    got = yield bad
    if all(read_answer(got[role]).answered for role in bad):
        return untested(Reason.NOT_APPLICABLE, "no key is checked here: no key at all is answered as well")
    return (yield from refused_as(UNAUTHENTICATED, bad, control=calibrate.baseline(run)).ask(run))


@row(
    "errors.unknown_model",
    "MUST answer an unknown model with 404 not_found_error (unknown names mapped to another model: partial)",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def unknown_model(run: Run) -> Conversation[Verdict]:
    """Serving another model is one deviation, graded here as it is in fields.model: vendors document it. Where the
    key may not ask for it (401, 403), nothing is known of models that do not exist."""
    bad = {UNKNOWN_MODEL: faulty(run)[UNKNOWN_MODEL]}
    verdict = yield from refused_as(NOT_FOUND, bad, control=calibrate.baseline(run)).ask(run)
    met = (yield bad)[UNKNOWN_MODEL]
    locked = key_refused(met, bad[UNKNOWN_MODEL].json["model"])
    if verdict.deviation is Deviation.OTHER_REFUSAL and locked is not None:
        return locked
    if verdict.status is not Status.IGNORED:
        return verdict
    served = read_answer(met).message or {}
    note = f"{UNKNOWN_MODEL} is answered as {one_line(str(served.get('model')), 80)} (404 not_found_error is due)"
    return replace(verdict, status=Status.PARTIAL, deviation=Deviation.MAPPED, note=note)


@case(
    "errors.missing_max_tokens",
    "MUST answer a missing max_tokens with 400 invalid_request_error",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def missing_max_tokens(run: Run) -> Refusal:
    bad = {WITHOUT_MAX_TOKENS: faulty(run)[WITHOUT_MAX_TOKENS]}
    return refused_as(INVALID, bad, control=calibrate.baseline(run))


@case(
    "errors.missing_messages",
    "MUST answer missing and empty messages with 400 invalid_request_error",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def missing_messages(run: Run) -> Refusal:
    plain = calibrate.baseline(run)
    bad = {WITHOUT_MESSAGES: faulty(run)[WITHOUT_MESSAGES], "with empty messages": plain.with_fields(messages=[])}
    return refused_as(INVALID, bad, control=plain)


@case(
    "errors.malformed_json",
    "MUST answer malformed JSON with 400 invalid_request_error",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def malformed_json(run: Run) -> Refusal:
    plain = calibrate.baseline(run)
    bad = {
        "a body that breaks off": replace(plain, body=plain.body[:-1]),
        "a body of words": replace(plain, body=b"Say OK."),
    }
    return refused_as(INVALID, bad, control=plain)


@row(
    "errors.bad_types",
    "MUST answer wrong types (role, max_tokens, temperature, tool_choice) with 400 invalid_request_error",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def bad_types(run: Run) -> Conversation[Verdict]:
    """Fields that every endpoint reads must be checked; those that may be left unread (each has a row of its own) are
    looked at where a good value is accepted, and taken with any value they make the row partial."""
    plain, with_tools = calibrate.baseline(run), capability.tool_request(run)
    good = {
        "with a good temperature": plain.with_fields(temperature=1),
        "with a good tool_choice": with_tools.with_fields(tool_choice={"type": "auto"}),
    }
    needed = {
        "a role that is a number": plain.with_fields(messages=[{"role": 5, "content": "Say OK."}]),
        "max_tokens that is a word": plain.with_fields(max_tokens="many"),
    }
    verdict = yield from refused_as(INVALID, needed, control=plain).ask(run)
    if verdict.status is not Status.SUPPORTED:
        return verdict
    wrong = {
        "a temperature that is a word": plain.with_fields(temperature="warm"),
        "a tool_choice that is a number": with_tools.with_fields(tool_choice=5),
    }
    further = yield from refused_as(INVALID, wrong, control=plain).ask(run)
    if further.status is Status.SUPPORTED:
        return verdict
    got = yield from calibrate.ask_reliably(good)
    warm, choosing = (read_answer(got[role]).answered for role in good)
    optional = {role: request for (role, request), read in zip(wrong.items(), (warm, choosing), strict=True) if read}
    if not optional:
        return verdict
    further = yield from refused_as(INVALID, optional, control=plain).ask(run)
    if further.status is not Status.IGNORED:
        return further
    note = f"answered instead of refused: {', '.join(optional)}"
    return replace(further, status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=note)


@row(
    "errors.tool_pairing",
    "MUST answer an unpaired tool_use or tool_result with 400",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.TOOL_USE,
)
def tool_pairing(run: Run) -> Conversation[Verdict]:
    """Half a pair proves nothing where the whole pair is refused as well."""
    paired = after_a_call(run)
    bad = {
        "a tool_use without its tool_result": after_a_call(run, results=[]),
        "a tool_result without its tool_use": after_a_call(run, calls=[text_block("I opened it.")]),
    }
    control = "a tool_use and its tool_result"
    got = yield from calibrate.ask_reliably({CONTROL: calibrate.baseline(run), control: paired})
    plain, whole = (read_answer(got[role]) for role in (CONTROL, control))
    if plain.answered and whole.outcome is Outcome.REFUSED:
        return untested(Reason.PREREQUISITE_REFUSED, f"what the row needs is refused: {whole.problem}")
    return (yield from refused_as(INVALID, bad, control=paired).ask(run))


@case(
    "errors.unknown_route",
    "MUST answer an unknown path or method with 404 or 405 in the error envelope",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def unknown_route(run: Run) -> Refusal:
    plain = calibrate.baseline(run)
    nowhere = f"/v1/{run.name('route', 'no_such_route')}"
    bad = {
        "an unknown path": replace(plain, path=nowhere),
        "GET of /v1/messages": replace(plain, method="GET", body=b"").with_headers(content_type=None),
    }

    def stated(exchange: Exchange) -> bool:
        return exchange.status in (404, 405) and not envelope_violation(exchange)

    def missed(exchange: Exchange) -> str:
        if exchange.status in (404, 405):
            return f"{envelope_violation(exchange)} (the error envelope is due)"
        return f"{describe_error(exchange)} (404 or 405 is due)"

    return Refusal(control=plain, bad=bad, stated=stated, missed=missed)
