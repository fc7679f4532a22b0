"""Lies about the headers of a request."""

from __future__ import annotations

from conformance.lies import client_headers
from conformance.lies.lie import Lie, failures
from conformance.lies.narrow import ENDS, LIMITED, kept, unclean, unclear
from conformance.reference import faults
from conformance.reference.headers import VERSIONS
from conformance.reference.transforms import (
    default_header,
    drop,
    drop_header,
    drop_unknown,
    error_reshape,
    keep_known_header,
    only,
    put_header,
    refuse,
    refuse_header,
)

X_API_KEY, BEARER = "$headers.x-api-key", "$headers.authorization"
VERSION, BETA = "$headers.anthropic-version", "$headers.anthropic-beta"
WRONG_X_API_KEY = {X_API_KEY: "^sk-"}
WRONG_BEARER = {BEARER: "^Bearer sk-"}
RIGHT_X_API_KEY = {X_API_KEY: "^(?!sk-)"}
RIGHT_BEARER = {BEARER: "^Bearer (?!sk-)"}
CONTEXT_BETA = "context-management-2025-06-27"
ONLY_CONTEXT_BETA = f"$headers[anthropic-beta={CONTEXT_BETA}]"
# No official beta has an underscore in its name.
UNKNOWN_BETA = {BETA: "_"}
BOGUS_VERSION = "$headers[anthropic-version=2001-01-01]"
VAGUE = {"type": "error", "error": {"type": "$type", "message": "Bad request"}}


def _about_a_key(row: str, header: str, path: str, other: str, wrong: dict[str, str], unread: str) -> list[Lie]:
    """One of the two headers that carry a key; `other` is the path of the one that all other rows send, `unread` the
    report of a server that does not read this one."""
    name = header.replace("-", "_")
    return [
        *failures(row, path, unless=other, without=["refused"]),
        Lie(
            row=row,
            name="refused",
            transforms=(faults.fail(400, path, f"{header}: header is not supported", unless=other),),
            status="rejected",
            note=f"HTTP 400: {header}: header is not supported",
        ),
        Lie(
            row=row,
            name="unread",
            transforms=(drop_header(header),),
            status="rejected",
            note="HTTP 401: x-api-key header is required",
            reports=(unread,),
        ),
        Lie(
            row=row,
            name="unchecked",
            transforms=(faults.say(path, kept("OK"), unless=other),),
            status="untested",
            code="not_attributable",
            note="the key is not checked here: a wrong key is answered as well",
        ),
        Lie(
            row=row,
            name="open",
            transforms=(faults.say("messages", kept("OK"), unless=other),),
            status="untested",
            code="not_applicable",
            note="^no key is checked here: no key at all is answered as well$",
        ),
        Lie(
            row=row,
            name="wrong_key_forbidden",
            transforms=(only(faults.fail(403, path, f"Bad {name}", unless=other), wrong),),
            status="supported",
            note=f"a wrong key there: HTTP 403: Bad {name}",
        ),
        *unclean(
            row,
            "wrong_key",
            path,
            "a wrong key there",
            status="supported",
            told="a wrong key met neither an answer nor a refusal",
            given=wrong,
            unless=other,
        ),
    ]


BOTH: list[Lie] = [
    *failures("headers.both", BEARER, beside=X_API_KEY, without=["refused"]),
    Lie(
        row="headers.both",
        name="refused",
        transforms=(refuse_header("authorization", beside="x-api-key"),),
        status="rejected",
        note="HTTP 400: authorization: header is not supported",
    ),
    Lie(
        row="headers.both",
        name="locked",
        transforms=(faults.fail(401, BEARER, "Multiple credentials", beside=X_API_KEY),),
        status="rejected",
        note="HTTP 401: Multiple credentials",
    ),
    Lie(
        row="headers.both",
        name="bearer_wins",
        transforms=(drop_header("x-api-key", beside="authorization"),),
        status="supported",
        note="Authorization wins",
    ),
    Lie(
        row="headers.both",
        name="unchecked_together",
        transforms=(faults.say(BEARER, kept("OK"), beside=X_API_KEY),),
        status="accepted",
        note="no key is checked where both are sent: two wrong ones are answered as well",
    ),
    Lie(
        row="headers.both",
        name="one_is_enough",
        transforms=(
            only(faults.say(BEARER, kept("OK"), beside=X_API_KEY), RIGHT_BEARER),
            only(faults.say(BEARER, kept("OK"), beside=X_API_KEY), RIGHT_X_API_KEY),
        ),
        status="supported",
        note="^one good key of the two is enough$",
    ),
    *(
        Lie(
            row="headers.both",
            name=f"both_wrong_{name}",
            transforms=(
                only(fault, {**WRONG_X_API_KEY, **WRONG_BEARER}),
                faults.say(BEARER, kept("OK"), beside=X_API_KEY),
            ),
            status="accepted",
            note="which one wins could not be seen: ",
        )
        for name, fault in (
            ("crash", faults.fail(500, BEARER, beside=X_API_KEY)),
            ("are_limited", faults.fail(429, BEARER, "Slow down", beside=X_API_KEY)),
        )
    ),
    Lie(
        row="headers.both",
        name="both_must_be_good",
        transforms=(
            only(faults.fail(401, BEARER, "Bad key", beside=X_API_KEY), WRONG_X_API_KEY),
            only(faults.fail(401, BEARER, "Bad key", beside=X_API_KEY), WRONG_BEARER),
        ),
        status="supported",
        note="both keys must be good",
    ),
    *(
        Lie(
            row="headers.both",
            name=f"wrong_bearer_{name}",
            transforms=(only(fault, WRONG_BEARER),),
            status="supported",
            note="which one wins could not be seen",
        )
        for name, fault in (
            ("crashes", faults.fail(500, BEARER, beside=X_API_KEY)),
            ("is_limited", faults.fail(429, BEARER, "Slow down", beside=X_API_KEY)),
            ("hangs", faults.hang(BEARER, beside=X_API_KEY)),
        )
    ),
]

ANTHROPIC_VERSION: list[Lie] = [
    Lie(
        row="headers.anthropic_version",
        name="unread",
        transforms=(put_header("anthropic-version", VERSIONS[0]),),
        status="ignored",
        note="answered instead of refused",
    ),
    Lie(
        row="headers.anthropic_version",
        name="defaulted",
        transforms=(default_header("anthropic-version", VERSIONS[0]),),
        status="partial",
        code="incomplete",
        note=r"refused in one form only \(HTTP 400: .*2001-01-01",
    ),
    Lie(
        row="headers.anthropic_version",
        name="only_required",
        transforms=(put_header("anthropic-version", VERSIONS[0], unless=VERSIONS, beside="anthropic-version"),),
        status="partial",
        code="incomplete",
        note=r"refused in one form only \(HTTP 400: anthropic-version: header is required",
    ),
    Lie(
        row="headers.anthropic_version",
        name="missing_refused_vaguely",
        transforms=(error_reshape(VAGUE, unless=VERSION),),
        status="partial",
        code="other_refusal",
        note="refused otherwise: HTTP 400: Bad request",
    ),
    Lie(
        row="headers.anthropic_version",
        name="refused_for_something_else",
        transforms=(faults.fail(400, "", "Conversion of the request failed", unless=VERSION),),
        status="partial",
        code="other_refusal",
        note="refused otherwise: HTTP 400: Conversion",
    ),
    Lie(
        row="headers.anthropic_version",
        name="bogus_refused_vaguely",
        transforms=(error_reshape(VAGUE, beside=BOGUS_VERSION),),
        status="partial",
        code="other_refusal",
        note="refused otherwise: HTTP 400: Bad request",
    ),
    *(
        Lie(
            row="headers.anthropic_version",
            name=f"refused_with_{status}",
            transforms=(faults.fail(status, "", "anthropic-version: no", unless=VERSION),),
            status="partial",
            code="other_refusal",
            note=f"refused otherwise: HTTP {status}: anthropic-version: no",
        )
        for status in (401, 403, 404, 422)
    ),
    Lie(
        row="headers.anthropic_version",
        name="refused_with_a_page",
        transforms=(faults.page(400, BOGUS_VERSION),),
        status="partial",
        code="other_refusal",
        note="refused otherwise: HTTP 400: an HTML page",
    ),
    *(
        lie
        for what, path, unless in (("missing", "", VERSION), ("bogus", BOGUS_VERSION, ""))
        for lie in (
            *unclear(
                "headers.anthropic_version",
                what,
                path,
                "no clean refusal",
                unless=unless,
                status="broken",
                code="",
                ends=ENDS,
            ),
            Lie(
                row="headers.anthropic_version",
                name=f"{what}_is_limited",
                transforms=(faults.fail(429, path, "Slow down", unless=unless),),
                status="untested",
                code="rate_limited",
                note="HTTP 429: Slow down",
            ),
            Lie(
                row="headers.anthropic_version",
                name=f"{what}_flickers",
                transforms=(faults.fail(500, path, unless=unless, every=2),),
                status="untested",
                code="unstable",
                note="different ends, one of them HTTP 500",
            ),
        )
    ),
]

ANTHROPIC_BETA: list[Lie] = [
    *failures(
        "headers.anthropic_beta",
        ONLY_CONTEXT_BETA,
        without=["refused"],
    ),
    Lie(
        row="headers.anthropic_beta",
        name="refused",
        transforms=(refuse_header("anthropic-beta"),),
        status="rejected",
        note="HTTP 400: anthropic-beta: header is not supported",
    ),
    Lie(
        row="headers.anthropic_beta",
        name="unread",
        transforms=(keep_known_header("anthropic-beta", [CONTEXT_BETA, "mcp-client-2025-11-20"]),),
        status="ignored",
        note="context_management is accepted with and without its beta; an unknown beta is accepted",
    ),
    Lie(
        row="headers.anthropic_beta",
        name="dropped",
        transforms=(drop_header("anthropic-beta"),),
        status="untested",
        code="cannot_tell",
        note="no gated field is offered by which the header could be seen to act.*an unknown beta is accepted",
    ),
    Lie(
        row="headers.anthropic_beta",
        name="only_validated",
        transforms=(default_header("anthropic-beta", CONTEXT_BETA),),
        status="partial",
        code="incomplete",
        note="values are validated .*, but context_management needs no beta",
    ),
    Lie(
        row="headers.anthropic_beta",
        name="validated_and_its_field_dropped",
        transforms=(default_header("anthropic-beta", CONTEXT_BETA), drop("context_management"), drop_unknown()),
        status="untested",
        code="cannot_tell",
        note="^context_management is accepted, and nothing of it is reported, with its beta either",
    ),
    Lie(
        row="headers.anthropic_beta",
        name="unknown_let_through",
        transforms=(only(drop_header("anthropic-beta"), UNKNOWN_BETA),),
        status="supported",
        note="context_management needs its beta; an unknown beta is accepted",
    ),
    Lie(
        row="headers.anthropic_beta",
        name="never_unlocks",
        transforms=(refuse("context_management", unless="thinking"),),
        status="untested",
        code="cannot_tell",
        note="no gated field is offered by which the header could be seen to act",
    ),
    # The ends that are no refusal must not be told as one.
    *unclear(
        "headers.anthropic_beta",
        "locked_field",
        "context_management",
        "",
        unless=BETA,
        ends=[*ENDS[:1], *ENDS[-2:-1], LIMITED],
    ),
    *unclear(
        "headers.anthropic_beta",
        "unlocked_field",
        "context_management",
        "",
        beside=BETA,
        unless="thinking",
        ends=[*ENDS[:1], *ENDS[-2:-1], LIMITED],
    ),
    *unclear(
        "headers.anthropic_beta",
        "unknown",
        BETA,
        "context_management needs its beta; .*an unknown beta",
        given=UNKNOWN_BETA,
        status="supported",
        code="",
        ends=[*ENDS[:1], *ENDS[-2:-1], LIMITED],
    ),
]

LIES: list[Lie] = [
    *_about_a_key("headers.x_api_key", "x-api-key", X_API_KEY, BEARER, WRONG_X_API_KEY, "N11"),
    *_about_a_key("headers.authorization", "authorization", BEARER, X_API_KEY, WRONG_BEARER, "N10"),
    *BOTH,
    *ANTHROPIC_VERSION,
    *ANTHROPIC_BETA,
    *client_headers.LIES,
]
