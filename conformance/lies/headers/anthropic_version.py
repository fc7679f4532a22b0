"""Lies about the header anthropic-version."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.unclear_refusals import ENDS, unclear
from conformance.reference import faults
from conformance.reference.headers import VERSIONS
from conformance.reference.transforms import default_header, error_reshape, put_header

VERSION = "$headers.anthropic-version"
BOGUS_VERSION = "$headers[anthropic-version=2001-01-01]"
VAGUE = {"type": "error", "error": {"type": "$type", "message": "Bad request"}}

LIES: list[Lie] = [
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
