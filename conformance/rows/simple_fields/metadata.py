"""metadata and service_tier."""

from __future__ import annotations

from dataclasses import replace

from conformance.probing import calibrate
from conformance.probing.case import case
from conformance.probing.contrast import Message
from conformance.probing.detection import Detection
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import Validation
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import (
    Effect,
    Verdict,
)
from conformance.protocol.status import Deviation, Status
from conformance.rows.shared import sources

LONG_USER = 150
"""Characters: an account, a device and a session, as Claude Code names them. Officially 512 are taken."""


@row("fields.metadata", "MUST accept metadata.user_id", evidence_kind=EvidenceKind.VALIDATION, source=sources.MESSAGES)
def metadata(run: Run) -> Conversation[Verdict]:
    def taken(user: str) -> Conversation[Verdict]:
        plain = calibrate.baseline(run)
        valid, invalid = (plain.with_fields(metadata={"user_id": each}) for each in (user, 5))
        return (yield from Validation(control=plain, valid=valid, invalid=invalid).ask(run))

    long = yield from taken(f"user_{run.nonce('user/long').lower()}".ljust(LONG_USER, "0"))
    if long.status not in (Status.REJECTED, Status.BROKEN):
        return long
    short = yield from taken(run.nonce("user").lower())
    if short.status is not Status.ACCEPTED:
        return short
    note = f"an id of {LONG_USER} characters, such as Claude Code sends, is {long.status}: {long.note}"
    return replace(long, status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=note)


@case(
    "fields.service_tier",
    "MAY act on service_tier and report usage.service_tier",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.SERVICE_TIERS,
)
def service_tier(run: Run) -> Validation:
    def detect(message: Message) -> Detection:
        usage = message.get("usage")
        tier = usage.get("service_tier") if isinstance(usage, dict) else None
        return Detection(seen=tier in ("standard", "priority", "batch"), note=f"usage.service_tier is {tier}")

    plain = calibrate.baseline(run)
    return Validation(
        control=plain,
        valid=plain.with_fields(service_tier="standard_only"),
        invalid=plain.with_fields(service_tier="gold"),
        detect=detect,
        unread=Effect.ABSENT,
    )
