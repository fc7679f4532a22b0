"""Lies about how thinking is asked for: adaptive, disabled, and its display."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.combinators import in_one_mode_alone
from conformance.lies.shared.unclear_refusals import unclean
from conformance.reference import faults
from conformance.reference.faults import MARKED, mark
from conformance.reference.transforms import Transform, answer_drop, answer_put, answer_wrap, default, drop, only, put
from conformance.reference.transforms import refuse as refused

ADAPTIVE, DISABLED = "thinking[type=adaptive]", "thinking[type=disabled]"
DISPLAY, OMITTED = "thinking.display", "thinking[display=omitted]"
SUMMARIZED = "thinking[display=summarized].display"
BLOCK = "content[type=thinking]"
CLIENT = "context_management"
"""What the requests of a client that thinks adaptively hold as well."""

ROWS = ("fields.thinking.adaptive", "fields.thinking.disabled", "fields.thinking.display")

THINKS: Mapping[str, Any] = {"type": "adaptive"}

UNHEARD_OF = {"thinking.type": "^(?!enabled|disabled|adaptive|between_tools)"}

# The limit of a sum.
SUM = {"max_tokens": "^1424$"}


def _lie(row: str, name: str, *transforms: Transform, **due: Any) -> Lie:
    return Lie(row=row, name=name, transforms=transforms, **due)


def nothing_thought(row: str) -> list[Lie]:
    """No thinking of any kind: nothing is known of how it is asked for."""
    return [
        _lie(
            row,
            "never_thinks",
            drop("thinking"),
            status="untested",
            code="prerequisite_refused",
            note="no thinking block comes",
        )
    ]


NO_BLOCK = "no thinking block comes"

OF_ADAPTIVE: list[Lie] = [
    *failures(ROWS[0], ADAPTIVE, unless=CLIENT),
    _lie(
        ROWS[0],
        "refused_to_clients_too",
        refused(ADAPTIVE, "thinking: adaptive thinking is not supported by this model"),
        status="rejected",
        note="HTTP 400: thinking: adaptive thinking is not supported",
        reports=("G01",),
    ),
    _lie(
        ROWS[0],
        "only_enabled_known",
        refused("thinking[type!=enabled]", "thinking.type: Input should be 'enabled'", unless=CLIENT),
        status="rejected",
        note="HTTP 400: thinking.type: Input should be 'enabled'",
    ),
    _lie(
        ROWS[0],
        "dropped",
        drop(ADAPTIVE),
        status="accepted",
        note="validated only: a type that does not exist is refused",
    ),
    _lie(
        ROWS[0],
        "hidden",
        answer_drop(BLOCK, beside=ADAPTIVE),
        status="accepted",
        note="validated only: a type that does not exist is refused",
    ),
    _lie(
        ROWS[0],
        "dropped_unread",
        drop("thinking[type!=enabled]"),
        status="ignored",
        note=f"{NO_BLOCK}, though one comes with thinking enabled; a type that does not exist is accepted",
    ),
    *(
        replace(lie, transforms=(*lie.transforms, drop(ADAPTIVE)))
        for lie in unclean(ROWS[0], "dropped_and_bad_type", "thinking", "a type that does not exist", given=UNHEARD_OF)
    ),
    *nothing_thought(ROWS[0]),
    _lie(
        ROWS[0],
        "unsigned",
        answer_drop(f"{BLOCK}.signature", beside=ADAPTIVE, unless=CLIENT),
        status="partial",
        code="unsigned",
        note="the thinking block carries no signature",
    ),
    *in_one_mode_alone(ROWS[0], put(ADAPTIVE, {"type": "disabled"}), NO_BLOCK),
    _lie(
        ROWS[0],
        "always_on",
        only(default("thinking", THINKS), SUM),
        status="untested",
        code="not_attributable",
        note="the same is seen without the field",
    ),
]

BLOCK_COMES = "a thinking block comes although thinking is disabled"

OF_DISABLED: list[Lie] = [
    *failures(ROWS[1], DISABLED),
    _lie(
        ROWS[1],
        "unknown_type",
        refused(DISABLED, "invalid thinking: only type=enabled is allowed for this model"),
        status="rejected",
        note="HTTP 400: invalid thinking: only type=enabled is allowed",
        reports=("G02",),
    ),
    _lie(ROWS[1], "thinks_anyway", put(DISABLED, THINKS), status="ignored", note=BLOCK_COMES),
    _lie(
        ROWS[1],
        "always_on",
        only(put(DISABLED, THINKS), SUM),
        only(default("thinking", THINKS), SUM),
        status="ignored",
        note=BLOCK_COMES,
    ),
    _lie(
        ROWS[1],
        "heard_where_always_on",
        only(default("thinking", THINKS), SUM),
        status="supported",
        note="without the field a thinking block comes",
    ),
    _lie(
        ROWS[1],
        "thinks_in_the_text",
        answer_wrap("content[type=text].text", "<think>Let me see.</think>", "", beside=DISABLED),
        status="ignored",
        note="the thinking stands in the text although thinking is disabled",
    ),
    _lie(
        ROWS[1],
        "thinks_in_secret",
        put(DISABLED, THINKS),
        answer_drop(BLOCK, beside=DISABLED),
        status="partial",
        code="incomplete",
        note=r"no thinking block comes, but \d+ tokens of thinking are counted",
    ),
    _lie(
        ROWS[1],
        "unsteady",
        mark(DISABLED),
        put(DISABLED, THINKS, beside=MARKED),
        status="partial",
        code="unsteady",
        note="seen in . of 3 tries",
    ),
    *in_one_mode_alone(ROWS[1], put(DISABLED, THINKS), BLOCK_COMES),
    *nothing_thought(ROWS[1]),
    _lie(
        ROWS[1],
        "thinking_never_shown",
        answer_drop(BLOCK),
        answer_drop("usage.output_tokens_details"),
        status="accepted",
        note="validated only: a type that does not exist is refused",
    ),
    _lie(
        ROWS[1],
        "not_beside_an_effort",
        faults.fail(
            400,
            DISABLED,
            "thinking options type cannot be disabled when reasoning_effort is set",
            beside="output_config.effort",
        ),
        status="partial",
        code="incomplete",
        note="refused beside output_config.effort, which is taken alone: HTTP 400: thinking options type cannot",
        reports=("G03",),
    ),
]

SHOWN_ANYWAY = "the thinking is shown with display omitted as well"

OF_DISPLAY: list[Lie] = [
    *failures(ROWS[2], DISPLAY),
    _lie(ROWS[2], "dropped", drop(DISPLAY), status="ignored", note=SHOWN_ANYWAY),
    *(
        _lie(
            ROWS[2],
            f"{kind}_refused",
            refused(f"thinking[display={kind}].display", f"thinking.display: {kind} is unknown"),
            status="rejected",
            note=f"HTTP 400: thinking.display: {kind} is unknown",
        )
        for kind in ("omitted", "summarized")
    ),
    _lie(
        ROWS[2],
        "block_left_out",
        answer_drop(BLOCK, beside=OMITTED),
        status="partial",
        code="incomplete",
        note="with display omitted no thinking block comes at all",
    ),
    _lie(
        ROWS[2],
        "omitted_unsigned",
        answer_put(f"{BLOCK}.signature", "", beside=OMITTED),
        status="partial",
        code="unsigned",
        note="the omitted thinking carries no signature",
    ),
    _lie(
        ROWS[2],
        "omitted_whatever_is_asked",
        put(SUMMARIZED, "omitted"),
        status="partial",
        code="one_form",
        note="omitted is honoured, but with display summarized no text of the thinking comes",
    ),
    _lie(
        ROWS[2],
        "never_shown",
        answer_put(f"{BLOCK}.thinking", ""),
        status="ignored",
        note="with display summarized no text of the thinking comes",
    ),
    _lie(
        ROWS[2],
        "omitted_by_default",
        default(DISPLAY, "omitted", unless=DISABLED),
        status="supported",
        note="^$",
    ),
    *in_one_mode_alone(ROWS[2], drop(DISPLAY), SHOWN_ANYWAY),
    *nothing_thought(ROWS[2]),
    _lie(
        ROWS[2],
        "enabled_refused",
        refused("thinking[type=enabled]", "thinking.type.enabled is not supported for this model"),
        status="supported",
        note="^$",
    ),
]

LIES: list[Lie] = [
    *OF_ADAPTIVE,
    *OF_DISABLED,
    *OF_DISPLAY,
]
