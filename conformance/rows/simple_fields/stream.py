"""stream: an answer in events."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.contrast import ask_contrast, broken_twice
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import (
    Effect,
    Finding,
    Verdict,
    decide_must_accept,
)
from conformance.protocol.status import Deviation
from conformance.rows.shared import sources


@row(
    "fields.stream",
    "MUST stream server-sent events when stream is true",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.STREAMING,
)
def stream(run: Run) -> Conversation[Verdict]:
    plain = calibrate.baseline(run)
    contrast = yield from ask_contrast(plain, plain.with_fields(stream=True))
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        reading = contrast.treatment[-1].stream
        media = contrast.exchange.content_type
        if reading is None:
            finding = Finding(effect=Effect.ABSENT, note="the answer is one JSON body")
        elif reading.violation is not None:
            return (yield from broken_twice(contrast, plain, plain.with_fields(stream=True)))
        elif reading.warning is not None:
            finding = Finding(effect=Effect.SEEN, note=reading.warning, deviation=Deviation.FRAMING)
        elif media != "text/event-stream":
            note = f"the stream comes as {media or 'no content type'}"
            finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.FRAMING)
        else:
            finding = Finding(effect=Effect.SEEN)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
