"""Lies about system, as a string and in blocks."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.combinators import narrowed
from conformance.reference.transforms import answer_put, drop, keep_first, keep_last, only, put, refuse

LONG = {"system": ".{20}"}
FILLER = "The harbour town keeps a ledger of every boat that enters the bay, with the weight of the catch. " * 2

SYSTEM: list[Lie] = [
    # Its control has a short one, which is met by most failures as well.
    *failures("fields.system", "system[:string]", without=["flickers"]),
    *narrowed((lie for lie in failures("fields.system", "system[:string]") if lie.name == "flickers"), LONG),
    Lie(
        row="fields.system",
        name="dropped",
        transforms=(drop("system[:string]"),),
        status="ignored",
        note=r"the code does not come back, and its content does not lengthen the prompt \(from",
    ),
    Lie(
        row="fields.system",
        name="long_dropped",
        transforms=(only(drop("system[:string]"), LONG),),
        status="ignored",
        note="the code does not come back, and its content does not lengthen the prompt",
    ),
    Lie(
        row="fields.system",
        name="replaced",
        transforms=(only(put("system[:string]", FILLER), LONG),),
        status="untested",
        code="cannot_tell",
        note=r"the code does not come back, although the prompt grew \(from",
    ),
    Lie(
        row="fields.system",
        name="dropped_and_uncounted",
        transforms=(drop("system[:string]"), answer_put("usage.input_tokens", 7)),
        status="ignored",
        note="the code does not come back",
    ),
]

SYSTEM_ARRAY: list[Lie] = [
    *failures("fields.system.array", "system[:array]", unless="thinking"),
    Lie(
        row="fields.system.array",
        name="only_strings",
        transforms=(refuse("system[:array]", "system: Input should be a valid string", unless="thinking"),),
        status="rejected",
        note="HTTP 400: system: Input should be a valid string",
    ),
    Lie(
        row="fields.system.array",
        name="dropped",
        transforms=(drop("system[:array]"),),
        status="ignored",
        note="no code comes back",
    ),
    Lie(
        row="fields.system.array",
        name="first_kept",
        transforms=(keep_first("system"),),
        status="partial",
        code="incomplete",
        note="of 2 system blocks only number 1 is read",
    ),
    Lie(
        row="fields.system.array",
        name="last_kept",
        transforms=(keep_last("system[*]"),),
        status="partial",
        code="incomplete",
        note="of 2 system blocks only number 2 is read",
    ),
    Lie(
        row="fields.system.array",
        name="replaced",
        transforms=(put("system[*].text", FILLER),),
        status="untested",
        code="cannot_tell",
        note="no code comes back, yet it may have reached the prompt",
    ),
]

LIES: list[Lie] = [
    *SYSTEM,
    *SYSTEM_ARRAY,
]
