"""Requests that must be refused: what is due, what counts as refused so, and what a note says."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID, ROWS
from conformance.rows.errors.refusals import INVALID, NOT_FOUND
from tests.core.made_up import RUN, drive, exchange, message, refusal

OK, NO, OOPS = exchange(message()), refusal(), refusal("oops", 500)
LOCKED = refusal("invalid x-api-key", 401, "authentication_error")


@pytest.mark.parametrize(
    ("met", "words"),
    [
        (refusal("no"), ""),
        (exchange({"error": "no"}, 400), "HTTP 400: no (no error.type, 400 invalid_request_error is due)"),
        (exchange(b"no", 400), "HTTP 400: no (no error.type, 400 invalid_request_error is due)"),
        (refusal("no", 422), "HTTP 422: no (400 invalid_request_error is due)"),
        (
            refusal("no", kind="api_error"),
            "HTTP 400: no (error.type is api_error, 400 invalid_request_error is due)",
        ),
        (
            refusal("no", 404, "not_found_error"),
            "HTTP 404: no (error.type is not_found_error, 400 invalid_request_error is due)",
        ),
    ],
)
def test_a_refusal_has_the_status_that_is_due_and_no_other_type(met: Exchange, words: str) -> None:
    assert INVALID.matches(met) == (not words)
    assert not words or INVALID.missed(met) == words


def test_what_is_due_is_named() -> None:
    assert NOT_FOUND.missed(NO) == "HTTP 400: no (error.type is invalid_request_error, 404 not_found_error is due)"


def judged(row: str, met: Mapping[str, Exchange], others: Exchange) -> Verdict:
    """The row's verdict where a role (its beginning) meets an exchange, controls are answered, and all else meets
    `others`."""

    def reply(role: str, asked: Request) -> Exchange:
        given = next((each for name, each in met.items() if role.startswith(name)), None)
        good = role == "control" or role.startswith(("with a good", "a tool_use and its"))
        return given or (OK if good else others)

    return drive(BY_ID[row].probe(RUN), reply)[0]


WRONG, NONE = "a wrong key", "no key"


@pytest.mark.parametrize(
    ("wrong", "none", "expected"),
    [
        (LOCKED, LOCKED, (Status.SUPPORTED, None)),
        (OK, OK, (Status.UNTESTED, Reason.NOT_APPLICABLE)),
        (OK, LOCKED, (Status.PARTIAL, Deviation.INCOMPLETE)),
        (LOCKED, OK, (Status.PARTIAL, Deviation.INCOMPLETE)),
        (refusal("no", 403, "permission_error"), LOCKED, (Status.PARTIAL, Deviation.OTHER_REFUSAL)),
        (LOCKED, NO, (Status.PARTIAL, Deviation.OTHER_REFUSAL)),
        (OOPS, LOCKED, (Status.BROKEN, None)),
    ],
)
def test_a_key_that_is_wrong_or_missing_is_refused_where_keys_are_checked(
    wrong: Exchange, none: Exchange, expected: tuple[Status, Reason | Deviation | None]
) -> None:
    verdict = judged("errors.invalid_key", {WRONG: wrong, NONE: none}, OOPS)
    assert (verdict.status, verdict.reason or verdict.deviation) == expected


def test_an_unknown_model_that_is_served_is_mapped_and_not_broken() -> None:
    verdict = judged("errors.unknown_model", {}, OK)
    note = "a model that does not exist is answered as made-up-1 (404 not_found_error is due)"
    assert verdict == Verdict(status=Status.PARTIAL, deviation=Deviation.MAPPED, note=note)


LIMIT, WARM, CHOICE = "max_tokens that", "a temperature that", "a tool_choice that"


@pytest.mark.parametrize(
    ("met", "status", "note"),
    [
        ({}, Status.SUPPORTED, ""),
        (
            {LIMIT: OK},
            Status.PARTIAL,
            "refused in one form only (HTTP 400: no); max_tokens that is a word is answered",
        ),
        (
            {LIMIT: OK, "a role": OK},
            Status.IGNORED,
            "answered instead of refused: a role that is a number, max_tokens that is a word",
        ),
        (
            {WARM: OK, CHOICE: OK},
            Status.PARTIAL,
            f"answered instead of refused: {WARM} is a word, {CHOICE} is a number",
        ),
        ({WARM: OK}, Status.PARTIAL, f"refused in one form only (HTTP 400: no); {WARM} is a word is answered"),
        ({WARM: OOPS}, Status.BROKEN, f"no clean refusal: {WARM} is a word: HTTP 500: oops"),
        # What is refused with a good value as well shows nothing of types.
        ({"with a good temperature": NO, WARM: OK}, Status.SUPPORTED, ""),
        ({"with a good": NO, WARM: OK, CHOICE: OK}, Status.SUPPORTED, ""),
    ],
)
def test_types_are_checked_of_what_every_endpoint_reads(met: Mapping[str, Exchange], status: Status, note: str) -> None:
    verdict = judged("errors.bad_types", met, NO)
    assert (verdict.status, verdict.note) == (status, note)


def test_half_a_pair_is_not_judged_where_the_whole_is_refused() -> None:
    verdict = judged("errors.tool_pairing", {"a tool_use and its": NO}, NO)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.PREREQUISITE_REFUSED)
    assert judged("errors.tool_pairing", {}, NO).status is Status.SUPPORTED
    taken = judged("errors.tool_pairing", {"a tool_result without": OK}, NO)
    assert taken.status is Status.PARTIAL
    assert taken.note == "refused in one form only (HTTP 400: no); a tool_result without its tool_use is answered"


@pytest.mark.parametrize(
    ("met", "status", "note"),
    [
        (refusal("Not Found", 404), Status.SUPPORTED, ""),
        (refusal("Method Not Allowed", 405), Status.SUPPORTED, ""),
        (
            exchange({"detail": "Not Found"}, 404),
            Status.PARTIAL,
            "an unknown path: HTTP 404: the body has no type error",
        ),
        (NO, Status.PARTIAL, "an unknown path: HTTP 400: no (404 or 405 is due)"),
        (OK, Status.IGNORED, "answered instead of refused: an unknown path, GET of /v1/messages"),
        (exchange(b"<html>", headers={"content-type": "text/html"}), Status.BROKEN, "HTTP 200 with an HTML page"),
    ],
)
def test_a_route_that_is_not_there_is_not_found_in_the_envelope(met: Exchange, status: Status, note: str) -> None:
    verdict = judged("errors.unknown_route", {}, met)
    assert verdict.status is status
    assert note in verdict.note


def test_malformed_bodies_are_no_json_and_no_two_are_alike() -> None:
    asked: list[Request] = []

    def reply(role: str, request: Request) -> Exchange:
        asked.append(request)
        return OK if role == "control" else NO

    drive(BY_ID["errors.malformed_json"].probe(RUN), reply)
    bodies = {request.body for request in asked if request.json is None}
    assert len(bodies) == 2


LENIENT = {
    row.id: Status.IGNORED
    for row in ROWS
    if (row.id.startswith("errors.") or row.id.endswith(".unknown") or row.id == "headers.anthropic_version")
    and row.evidence_kind is EvidenceKind.REFUSAL
}
LENIENT |= {
    "errors.unknown_model": Status.PARTIAL,  # it is served by another one
    "errors.invalid_key": Status.UNTESTED,  # no key is checked
    "errors.prompt_too_long": Status.UNTESTED,  # not asked
}


@pytest.mark.parametrize("row", LENIENT)
def test_leniency_is_not_broken(row: str) -> None:
    assert judged(row, {}, OK).status is LENIENT[row]


NO_SUCH = f"no-such-model-{RUN.nonce('model').lower()}"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("row", ["fields.model", "errors.unknown_model"])
def test_a_key_that_may_not_ask_for_a_model_tells_nothing_of_models_that_do_not_exist(row: str, status: int) -> None:
    words = f"This key may not use {NO_SUCH}"
    verdict = judged(row, {"a model that": refusal(words, status, "permission_error")}, OK)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.KEY_REFUSED)
    assert verdict.note == f"the key that is good for messages is not let in: HTTP {status}: {words}"


@pytest.mark.parametrize(("row", "due"), [("fields.model", Status.SUPPORTED), ("errors.unknown_model", Status.PARTIAL)])
def test_what_says_of_the_very_model_that_it_does_not_exist_is_about_the_model(row: str, due: Status) -> None:
    words = f"The model {NO_SUCH} does not exist or you have no access to it"
    assert judged(row, {"a model that": refusal(words, 403, "permission_error")}, OK).status is due


def test_a_crash_over_an_unknown_model_is_told_beside_the_model_that_is_served() -> None:
    served = exchange(message(model=RUN.model))
    met = {"a model that": OOPS, "control": served, "with the field": served}
    verdict = judged("fields.model", met, OK)
    crash = "a model that does not exist is not taken, but without a clean refusal: HTTP 500: oops"
    assert verdict == Verdict(status=Status.SUPPORTED, note=crash)
    verdict = judged("fields.model", {**met, "with the field": OOPS}, OK)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)


@pytest.mark.parametrize("row", ["errors.unknown_route", "errors.unknown_model", "fields.unknown"])
def test_one_refusal_of_nothing_that_is_named_is_no_other_refusal(row: str) -> None:
    moment = refusal("upstream connect error or disconnect/reset before headers", 403)
    asked: list[str] = []

    def reply(role: str, request: Request) -> Exchange:
        asked.append(role)
        return OK if role == "control" else NO if asked.count(role) > 1 else moment

    verdict, _ = drive(BY_ID[row].probe(RUN), reply)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.UNSTABLE)
    always = drive(BY_ID[row].probe(RUN), lambda role, _: OK if role == "control" else moment)[0]
    due = Reason.KEY_REFUSED if row == "errors.unknown_model" else Deviation.OTHER_REFUSAL
    assert (always.reason or always.deviation) is due
