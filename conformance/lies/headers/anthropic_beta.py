"""Lies about the header anthropic-beta."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.unclear_refusals import ENDS, LIMITED, unclear
from conformance.reference.transforms import (
    default_header,
    drop,
    drop_header,
    drop_unknown,
    keep_known_header,
    only,
    refuse,
    refuse_header,
)

BETA = "$headers.anthropic-beta"
CONTEXT_BETA = "context-management-2025-06-27"
ONLY_CONTEXT_BETA = f"$headers[anthropic-beta={CONTEXT_BETA}]"

# No official beta has an underscore in its name.
UNKNOWN_BETA = {BETA: "_"}

LIES: list[Lie] = [
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
