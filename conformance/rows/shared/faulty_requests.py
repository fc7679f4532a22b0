"""Requests that every endpoint must refuse, shared by the rows that look at refusals."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.run import Run, auth_headers
from conformance.protocol.exchange import Request
from conformance.rows.shared.keys import with_keys, wrong_key

UNKNOWN_MODEL = "a model that does not exist"
WRONG_KEY = "a wrong key"
WITHOUT_MAX_TOKENS = "without max_tokens"
WITHOUT_MESSAGES = "without messages"


def faulty(run: Run) -> dict[str, Request]:
    """One request for each way to be refused that every endpoint has, by what is wrong with it."""
    plain = calibrate.baseline(run)
    return {
        WITHOUT_MAX_TOKENS: plain.without_fields("max_tokens"),
        WITHOUT_MESSAGES: plain.without_fields("messages"),
        UNKNOWN_MODEL: plain.with_fields(model=f"no-such-model-{run.nonce('model').lower()}"),
        WRONG_KEY: with_keys(run, auth_headers(run.auth, wrong_key(run))),
    }
