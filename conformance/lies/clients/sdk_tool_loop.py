"""Lies to the SDK in a tool loop: in its first turn, in its second, in one mode alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.lies.lie import STREAMED, Lie, failures
from conformance.lies.shared.combinators import narrowed
from conformance.reference import faults
from conformance.reference.headers import CURRENT_VERSION
from conformance.reference.transforms import (
    Transform,
    answer_as_text,
    answer_drop,
    answer_put,
    drop,
    keep_first,
    only,
    put,
    refuse,
)

SDK = "$headers.x-stainless-lang"
ROW = "clients.sdk.tool_loop"

# The limit of the row: the other uses of the SDK have others.
LOOP = {"max_tokens": "^200$"}
CALLS = "content[type=tool_use]"
CALLED = {"stop_reason": "tool_use"}
SECOND = "messages[role=assistant].content[type=tool_use]"


def loop(name: str, *transforms: Transform, **due: Any) -> Lie:
    """A lie to the SDK alone; unless told otherwise it breaks the row."""
    steps = (only(replace(step, beside=step.beside or SDK), {**step.given, **LOOP}) for step in transforms)
    return Lie(row=ROW, name=name, transforms=tuple(steps), **{"status": "broken", **due})


def in_one_mode(name: str, transform: Transform, *, note: str) -> list[Lie]:
    """The same lie in each mode alone."""
    one = {"status": "partial", "code": "one_mode"}
    return [
        loop(f"{name}_unstreamed", replace(transform, unless=STREAMED), note=f"with stream only; .*{note}", **one),
        loop(
            f"{name}_streamed",
            only(transform, {"stream": "True"}),
            note=f"with create only; .*{note}",
            **one,
        ),
    ]


ENDED = answer_put("stop_reason", "end_turn", CALLED)
EARLY = "the loop ends before the tool is run: stop_reason is end_turn beside a tool_use block"
NO_BLOCK = "stop_reason tool_use and no tool_use block"
NO_CALL = "no tool is called through the SDK, in 3 tries"

LIES: list[Lie] = [
    *narrowed(failures(ROW, "tools", beside=SDK, without=["flickers"]), LOOP),
    loop(
        "flickers",
        replace(faults.fail(400, "tools", "Not now", every=2), unless=STREAMED),
        status="untested",
        code="unstable",
        note="the loop fails in turn 1, and the next one in turn 2: HTTP 400: Not now",
    ),
    *(
        replace(
            lie,
            name=f"second_turn_{lie.name}",
            note=lie.note if lie.status == "untested" else f"in turn 2 .*{lie.note}",
        )
        for lie in narrowed(failures(ROW, SECOND, beside=SDK, without=["refused", "flickers"]), LOOP)
    ),
    loop(
        "own_block_refused",
        refuse(SECOND, "messages.1.content.0.tool_use.caller: Extra inputs are not permitted"),
        status="rejected",
        note="HTTP 400: .*caller: Extra inputs",
    ),
    loop(
        "newer_version_crashes",
        only(faults.fail(500, "tools"), {"$headers.anthropic-version": CURRENT_VERSION}),
        status="partial",
        code="one_form",
        note="works with anthropic-version 2023-06-01 only; .* the SDK raises InternalServerError: HTTP 500",
    ),
    loop("ends_early", ENDED, note=EARLY),
    *in_one_mode("ends_early", ENDED, note=EARLY),
    loop("unended", answer_put("stop_reason", None, CALLED), note="stop_reason is None beside a tool_use block"),
    loop("call_lost", answer_drop(CALLS), note=NO_BLOCK),
    *in_one_mode("call_lost", answer_drop(CALLS), note=NO_BLOCK),
    loop("no_id", answer_put(f"{CALLS}.id", None), note="the SDK's tool_use block has id None"),
    loop("no_name", answer_drop(f"{CALLS}.name"), note="the SDK's tool_use block has id 'toolu_.* and name None"),
    loop(
        "input_as_text",
        answer_as_text(f"{CALLS}.input"),
        note="input of the SDK's tool_use block is str, not an object",
    ),
    loop("undeclared", drop("tools"), status="ignored", note=NO_CALL),
    *in_one_mode("undeclared", drop("tools"), note=NO_CALL),
    loop(
        "content_as_text",
        answer_put("content", "OK", unless=STREAMED),
        status="partial",
        code="one_mode",
        note="JSON that is no Message",
    ),
    loop(
        "forgetful",
        keep_first("messages"),
        status="untested",
        code="model_too_weak",
        note="the model calls a tool again, 4 times in a row",
    ),
    loop(
        "results_unpaired",
        put("messages[*].content[type=tool_result].tool_use_id", "toolu_0"),
        status="rejected",
        note="HTTP 400: ",
    ),
]
