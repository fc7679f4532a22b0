"""Lies about metadata and service_tier."""

from __future__ import annotations

from conformance.lies.lie import Lie, failures
from conformance.lies.shared.unclear_refusals import unclean
from conformance.reference import faults
from conformance.reference.transforms import answer_copy, answer_drop, answer_put, drop, only

METADATA: list[Lie] = [
    # Claude Code's first request has it as well, beside its thinking.
    *failures("fields.metadata", "metadata", unless="thinking"),
    Lie(
        row="fields.metadata",
        name="dropped",
        transforms=(drop("metadata"),),
        status="accepted",
        note="a bad value is accepted as well; the field has no visible effect",
    ),
    *unclean(
        "fields.metadata",
        "bad_value",
        "metadata",
        "a bad value",
        short="accepted",
        told="whether a bad one is refused is not known: ",
        given={"metadata.user_id": "^5$"},
    ),
]

METADATA += [
    Lie(
        row="fields.metadata",
        name=f"{most}_characters_at_most",
        transforms=(
            only(
                faults.fail(400, "metadata.user_id", f"metadata.user_id: at most {most} characters"),
                {"metadata.user_id": f"^.{{{most + 1}}}"},
            ),
        ),
        status="partial",
        code="incomplete",
        note=f"an id of 150 characters, such as Claude Code sends, is rejected: HTTP 400: .*at most {most} characters",
        reports=(report,),
    )
    for most, report in ((128, "P06"), (64, "P07"))
]

SERVICE_TIER: list[Lie] = [
    *failures("fields.service_tier", "service_tier"),
    Lie(
        row="fields.service_tier",
        name="dropped",
        transforms=(drop("service_tier"),),
        status="ignored",
        note="a bad value is accepted as well, and what is reported is the same without the field",
    ),
    Lie(
        row="fields.service_tier",
        name="dropped_and_unreported",
        transforms=(drop("service_tier"), answer_drop("usage.service_tier")),
        status="ignored",
        note="a bad value is accepted as well, and nothing reports the field",
    ),
    Lie(
        row="fields.service_tier",
        name="unreported",
        transforms=(answer_drop("usage.service_tier"),),
        status="accepted",
        note="validated only: a bad value is refused",
    ),
    Lie(
        row="fields.service_tier",
        name="reported_as_default",
        transforms=(answer_put("usage.service_tier", "default"),),
        status="accepted",
        note="validated only: a bad value is refused",
    ),
    Lie(
        row="fields.service_tier",
        name="dropped_and_echoed",
        transforms=(drop("service_tier"), answer_copy("usage.service_tier", "service_tier")),
        status="ignored",
        note="a bad value is accepted as well, and nothing reports the field",
    ),
    *unclean(
        "fields.service_tier",
        "bad_value",
        "service_tier",
        "a bad value",
        status="supported",
        given={"service_tier": "^gold$"},
    ),
]

LIES: list[Lie] = [
    *METADATA,
    *SERVICE_TIER,
]
