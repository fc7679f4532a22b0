"""Fields that say where and how fast an answer is made, and that usage reports: inference_geo and speed."""

from __future__ import annotations

from dataclasses import replace

from conformance.probing import calibrate
from conformance.probing.case import case
from conformance.probing.contrast import Message
from conformance.probing.detection import Detection, Detector
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import Validation
from conformance.probing.refusals import unless_refused_alike
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Verdict
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation, Status
from conformance.rows.shared import sources
from conformance.rows.shared.betas import FAST_MODE_BETA, refused_under_beta


@case(
    "fields.inference_geo",
    "MAY act on inference_geo",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.DATA_RESIDENCY,
)
def inference_geo(run: Run) -> Validation:
    return reported(calibrate.baseline(run), "inference_geo", good="us", bad="mars")


@row("fields.speed", "MAY act on speed", evidence_kind=EvidenceKind.REPORTED, source=sources.FAST_MODE)
def speed(run: Run) -> Conversation[Verdict]:
    plain = calibrate.baseline(run).with_headers(anthropic_beta=FAST_MODE_BETA)
    refusal = yield from refused_under_beta(run, plain.with_fields(speed="fast"), FAST_MODE_BETA)
    if refusal is not None:
        return refusal
    fast = yield from reported(plain, "speed", good="fast", bad="sideways").ask(run)
    if fast.status is not Status.REJECTED:
        return fast
    # Not every model has a fast mode; one that has none may know the field all the same.
    standard = yield from unless_refused_alike(reported(plain, "speed", good="standard", bad="sideways").ask(run), fast)
    note = f"standard is taken, but fast is refused: {fast.note}"
    if standard.status is Status.SUPPORTED:
        return replace(fast, status=Status.PARTIAL, deviation=Deviation.ONE_FORM, note=note)
    return replace(standard, note=note) if standard.status is Status.ACCEPTED else fast


def reported(plain: Request, field: str, *, good: str, bad: str) -> Validation:
    """A field whose value usage reports under the same name."""
    return Validation(
        control=plain,
        valid=plain.with_fields(**{field: good}),
        invalid=plain.with_fields(**{field: bad}),
        detect=usage_says(field, good),
        echoed=usage_says(field, bad),
        unread=Effect.ABSENT,
    )


def usage_says(field: str, value: str) -> Detector:
    def detect(message: Message) -> Detection:
        usage = message.get("usage")
        told = usage.get(field) if isinstance(usage, dict) else None
        return Detection(seen=told == value, note=f"usage.{field} is {told}")

    return detect
