"""Lies about the key, in its two headers."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.fixed_answers import kept
from conformance.lies.shared.unclear_refusals import unclean
from conformance.reference import faults
from conformance.reference.transforms import drop_header, only, refuse_header

X_API_KEY = "$headers.x-api-key"
BEARER = "$headers.authorization"
WRONG_X_API_KEY = {X_API_KEY: "^sk-"}
WRONG_BEARER = {BEARER: "^Bearer sk-"}
RIGHT_X_API_KEY = {X_API_KEY: "^(?!sk-)"}
RIGHT_BEARER = {BEARER: "^Bearer (?!sk-)"}


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

LIES: list[Lie] = [
    *_about_a_key("headers.x_api_key", "x-api-key", X_API_KEY, BEARER, WRONG_X_API_KEY, "N11"),
    *_about_a_key("headers.authorization", "authorization", BEARER, X_API_KEY, WRONG_BEARER, "N10"),
    *BOTH,
]
