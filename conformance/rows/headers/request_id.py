"""The id by which a provider finds a request again."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.probing import calibrate
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant, digests, unanswered, untested
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import Exchange, one_line
from conformance.protocol.status import Deviation, Status
from conformance.rows.shared import sources
from conformance.rows.shared.faulty_requests import WRONG_KEY, faulty

HEADER = "request-id"
OTHER_HEADER = "x-request-id"


@row(
    "headers.request_id",
    "MUST answer with a unique request-id header, equal to request_id in an error body",
    evidence_kind=EvidenceKind.RULE,
    source=sources.ERRORS,
)
def request_id(run: Run) -> Conversation[Verdict]:
    plain = calibrate.baseline(run)
    steady = yield from calibrate.ask_reliably({"control": plain})
    control = read_answer(steady["control"])
    if not control.answered:
        return untested(unanswered(control), f"the good request is not answered: {control.problem}")
    asked = faulty(run)
    if not run.dialect.streamed:
        asked["a stream"] = plain.with_fields(stream=True)
    got = yield asked
    met = {"an answer": steady["control"], **got}
    counted = {role: exchange for role, exchange in met.items() if ended_well(role, exchange)}
    return judge_ids(counted)


def judge_ids(counted: Mapping[str, Exchange]) -> Verdict:
    """Decides by the ids of what was answered or refused.

    answers and refusals   ids                                     status
    fewer than two         -                                       untested (never_exercised): none can be unique
    two or more            none in any header or error body        ignored
    two or more            otherwise                               by their violations, as every rule of the wire
    """
    if len(counted) > 1 and not any(map(_names_an_id, counted.values())):
        shown = digests(read_answer(each) for each in counted.values())
        return Verdict(status=Status.IGNORED, note=f"no answer has a {HEADER}", rests_on=shown)
    return decide_invariant(exercised=len(counted) - 1, violations=violations(counted))


def _names_an_id(exchange: Exchange) -> bool:
    return bool(exchange.headers.get(HEADER) or exchange.headers.get(OTHER_HEADER) or _in_error(exchange))


def ended_well(role: str, exchange: Exchange) -> bool:
    """An answer or a refusal; a key that is refused of a sudden is another end."""
    outcome = read_answer(exchange).outcome
    return outcome in (Outcome.ANSWERED, Outcome.REFUSED) or (outcome is Outcome.LOCKED and role == WRONG_KEY)


def violations(met: Mapping[str, Exchange]) -> list[Violation]:
    """What is wrong with the ids, the gravest first. That they are missing is a warning: nothing fails for it but a
    question to the provider; an id that names another request misleads."""
    return [*_doubled(met), *_contradicted(met), *_missing(met), *_missing_in_errors(met)]


def _doubled(met: Mapping[str, Exchange]) -> list[Violation]:
    first: dict[str, str] = {}
    found = []
    for role, exchange in met.items():
        value = exchange.headers.get(HEADER) or exchange.headers.get(OTHER_HEADER)
        if value and value in first:
            found.append(Violation(rule=f"{first[value]} and {role} have the same id {one_line(value, 80)}"))
        elif value:
            first[value] = role
    return found


def _contradicted(met: Mapping[str, Exchange]) -> list[Violation]:
    return [
        Violation(
            rule=f"{role}: {HEADER} is {one_line(exchange.headers[HEADER], 80)}, request_id in the body is "
            f"{one_line(body_id, 80)}"
        )
        for role, exchange in met.items()
        if exchange.headers.get(HEADER) and (body_id := _in_error(exchange)) not in (None, "")
        if body_id != exchange.headers[HEADER]
    ]


def _missing(met: Mapping[str, Exchange]) -> list[Violation]:
    without = [role for role, exchange in met.items() if not exchange.headers.get(HEADER)]
    renamed = [role for role in without if met[role].headers.get(OTHER_HEADER)]
    if not without:
        return []
    if len(renamed) == len(met):
        return [Violation(rule=f"the id is in {OTHER_HEADER}", deviation=Deviation.RENAMED)]
    if len(without) == len(met):
        told = f"no answer has a {HEADER}; some name one in their body or in {OTHER_HEADER}"
        return [Violation(rule=told, deviation=Deviation.INCOMPLETE)]
    return [Violation(rule=f"no {HEADER} for {', '.join(without)}", deviation=Deviation.INCOMPLETE)]


def _missing_in_errors(met: Mapping[str, Exchange]) -> list[Violation]:
    """Where one body has an id, another without it is of another form: the fault of errors.envelope."""
    told = [body_id for exchange in met.values() if (body_id := _in_error(exchange)) is not None]
    if not told or any(told):
        return []
    return [Violation(rule="no error body has a request_id", deviation=Deviation.INCOMPLETE)]


def _in_error(exchange: Exchange) -> str | None:
    """request_id of an error body, empty where it has none; None where the exchange is no error, or its body is not
    the official envelope, which is the fault of errors.envelope alone."""
    body = exchange.json
    if read_answer(exchange).answered or not isinstance(body, dict) or body.get("type") != "error":
        return None
    value = body.get("request_id")
    return value if isinstance(value, str) else ""
