"""Lies about temperature, top_p and top_k."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.combinators import narrowed
from conformance.reference import faults
from conformance.reference.transforms import clamp, drop, only, refuse

ABOVE_ONE, WITH_TOP_P = "fields.temperature.above_one", "fields.temperature.with_top_p"

# The row's own temperatures; temperature 1 is other rows' control.
COLD = {"temperature": "^0"}
COLDEST = {"temperature": "^0$"}
HOT = {"temperature": r"^1\.5$"}
ALIKE = r"6 answers of [56] kinds with it, 3 of . without"

# Half of the tries come to one answer, the other half to any.
MIXED = "6 answers of 4 kinds with it, 3 of . without"

TEMPERATURE: list[Lie] = [
    *narrowed(failures("fields.temperature", "temperature"), COLD),
    Lie(
        row="fields.temperature",
        name="unknown",
        transforms=(refuse("temperature"),),
        status="rejected",
        note="HTTP 400: temperature: Extra inputs",
    ),
    Lie(
        row="fields.temperature",
        name="zero_refused",
        transforms=(only(refuse("temperature", "temperature: Input should be greater than 0"), COLDEST),),
        status="partial",
        code="incomplete",
        note="0 is refused: HTTP 400: temperature: Input should be greater than 0; 1.5 is not accepted",
    ),
    Lie(
        row="fields.temperature",
        name="dropped",
        transforms=(drop("temperature"),),
        status="ignored",
        note=f"{ALIKE}; 1.5 is accepted",
    ),
    Lie(
        row="fields.temperature",
        name="cold_dropped",
        transforms=(only(drop("temperature"), COLD),),
        status="ignored",
        note=rf"{ALIKE}; 1.5 is not accepted \(HTTP 400",
    ),
    Lie(
        row="fields.temperature",
        name="raised",
        transforms=(clamp("temperature", 1, 1),),
        status="ignored",
        note=f"{ALIKE}; 1.5 is accepted",
    ),
    Lie(
        row="fields.temperature",
        name="unsteady",
        transforms=(only(faults.mark("temperature"), COLD), drop("temperature", beside=faults.MARKED)),
        status="untested",
        code="cannot_tell",
        note=MIXED,
    ),
    Lie(
        row="fields.temperature",
        name="zero_refused_and_then_dropped",
        transforms=(only(refuse("temperature", "temperature: too low"), COLDEST), only(drop("temperature"), COLD)),
        status="ignored",
        note=ALIKE,
    ),
    Lie(
        row="fields.temperature",
        name="hot_crashes",
        transforms=(only(faults.fail(500, "temperature"), HOT),),
        status="supported",
        note=r"1.5 is not accepted \(HTTP 500: Internal error",
    ),
]

ABOVE: list[Lie] = [
    *narrowed(failures(ABOVE_ONE, "temperature", without=["flickers"]), HOT),
    Lie(
        row=ABOVE_ONE,
        name="flickers",
        transforms=(only(faults.fail(400, "temperature", "Not now", every=2), HOT), clamp("temperature", 0, 1)),
        status="untested",
        code="unstable",
        note="failed once and was answered once: HTTP 400: Not now",
    ),
    Lie(
        row=ABOVE_ONE,
        name="clamped",
        transforms=(clamp("temperature", 0, 1),),
        status="accepted",
        note="sampled or clamped to 1 cannot be seen",
    ),
    Lie(
        row=ABOVE_ONE,
        name="dropped",
        transforms=(only(drop("temperature"), HOT),),
        status="accepted",
        note="sampled or clamped to 1 cannot be seen",
    ),
]

BOTH: list[Lie] = [
    *failures(WITH_TOP_P, "top_p", beside="temperature"),
    Lie(
        row=WITH_TOP_P,
        name="only_one_may_be_set",
        transforms=(
            refuse("top_p", "`temperature` and `top_p` cannot both be specified for this model.", beside="temperature"),
        ),
        status="rejected",
        note="HTTP 400: `temperature` and `top_p` cannot both be specified",
    ),
    Lie(
        row=WITH_TOP_P,
        name="top_p_dropped_beside_temperature",
        transforms=(drop("top_p", beside="temperature"),),
        status="ignored",
        note=ALIKE,
    ),
    Lie(
        row=WITH_TOP_P,
        name="top_p_dropped",
        transforms=(drop("top_p"),),
        status="accepted",
        note="both together are accepted; top_p has no effect alone either",
    ),
    Lie(
        row=WITH_TOP_P,
        name="top_p_refused",
        transforms=(refuse("top_p"),),
        status="untested",
        code="prerequisite_refused",
        note="what the row needs is refused: HTTP 400: top_p: Extra inputs",
    ),
    Lie(
        row=WITH_TOP_P,
        name="top_p_crashes_alone",
        transforms=(faults.fail(500, "top_p", unless="temperature"),),
        status="untested",
        code="prerequisite_refused",
        note="what the row needs is refused: HTTP 500",
    ),
    Lie(
        row=WITH_TOP_P,
        name="unsteady",
        transforms=(
            faults.mark("top_p", beside="temperature"),
            drop("top_p", beside=faults.MARKED),
        ),
        status="untested",
        code="cannot_tell",
        note=MIXED,
    ),
]

TOP_K: list[Lie] = [
    *failures("fields.top_k", "top_k"),
    Lie(
        row="fields.top_k",
        name="dropped",
        transforms=(drop("top_k"),),
        status="ignored",
        note=ALIKE,
    ),
    Lie(
        row="fields.top_k",
        name="raised",
        transforms=(clamp("top_k", 40, 500),),
        status="ignored",
        note=ALIKE,
    ),
    Lie(
        row="fields.top_k",
        name="unsteady",
        transforms=(faults.mark("top_k"), drop("top_k", beside=faults.MARKED)),
        status="untested",
        code="cannot_tell",
        note=MIXED,
    ),
    Lie(
        row="fields.top_k",
        name="one_refused",
        transforms=(only(refuse("top_k", "top_k: Input should be greater than or equal to 2"), {"top_k": "^1$"}),),
        status="rejected",
        note="HTTP 400: top_k: Input should be greater than or equal to 2",
    ),
]

TOP_P: list[Lie] = [
    # top_p alone is what top_p beside temperature is compared with.
    *failures("fields.top_p", "top_p", unless="temperature"),
    Lie(
        row="fields.top_p",
        name="dropped",
        transforms=(drop("top_p", unless="temperature"),),
        status="ignored",
        note=ALIKE,
    ),
    Lie(
        row="fields.top_p",
        name="raised",
        transforms=(clamp("top_p", 0.5, 1),),
        status="ignored",
        note=ALIKE,
    ),
    Lie(
        row="fields.top_p",
        name="unsteady",
        transforms=(faults.mark("top_p", unless="temperature"), drop("top_p", beside=faults.MARKED)),
        status="untested",
        code="cannot_tell",
        note=MIXED,
    ),
]

LIES: list[Lie] = [
    *TEMPERATURE,
    *ABOVE,
    *BOTH,
    *TOP_K,
    *TOP_P,
]
