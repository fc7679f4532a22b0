"""How requests are refused."""

from __future__ import annotations

from conformance import calibrate
from conformance.answer import Outcome, error_type, read_answer
from conformance.exchange import Exchange, one_line, read_json
from conformance.probes import must_refuse
from conformance.row import Table
from conformance.rows import sources
from conformance.rows.headers import with_keys, wrong_key
from conformance.run import Run, Steps, auth_headers
from conformance.verdict import Verdict, Violation, decide_invariant
from conformance.witness import Witness

TABLE = Table("errors")


@TABLE.row(
    "errors.envelope",
    "MUST shape every error as type error with error.type and error.message, in JSON",
    witness=Witness.RULE,
    source=sources.ERRORS,
)
def envelope(run: Run) -> Steps[Verdict]:
    plain = calibrate.baseline(run)
    got = yield {
        "without max_tokens": plain.without_fields("max_tokens"),
        "without messages": plain.without_fields("messages"),
        "a model that does not exist": plain.with_fields(model=f"no-such-model-{run.nonce('model').lower()}"),
        "a wrong key": with_keys(run, auth_headers(run.auth, wrong_key(run))),
    }
    refused = [each for each in got.values() if read_answer(each).outcome in (Outcome.REFUSED, Outcome.LOCKED)]
    violations = [Violation(rule=rule) for rule in map(envelope_violation, refused) if rule]
    return decide_invariant(exercised=len(refused), violations=violations)


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


@TABLE.row(
    "errors.missing_max_tokens",
    "MUST answer a missing max_tokens with 400 invalid_request_error",
    witness=Witness.REFUSAL,
    source=sources.ERRORS,
)
def missing_max_tokens(run: Run) -> Steps[Verdict]:
    plain = calibrate.baseline(run)

    def stated(exchange: Exchange) -> bool:
        # A body without error.type is the fault of errors.envelope, not of this row.
        return exchange.status == 400 and error_type(exchange) in (None, "invalid_request_error")

    return (
        yield from must_refuse(
            control=plain,
            bad={"without max_tokens": plain.without_fields("max_tokens")},
            stated=stated,
            wire=True,
        )
    )
