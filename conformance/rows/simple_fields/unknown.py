"""A field that no API knows."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import must_refuse
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import (
    Verdict,
)
from conformance.protocol.answer import error_message
from conformance.protocol.exchange import Exchange
from conformance.rows.shared import sources


@row(
    "fields.unknown",
    "MUST refuse an unknown top-level field with 400 naming it (the calibration for every exotic field)",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def unknown(run: Run) -> Conversation[Verdict]:
    name, request = calibrate.with_unknown_field(run)

    def stated(exchange: Exchange) -> bool:
        # The shape of an error has a row of its own.
        return exchange.status == 400 and name in error_message(exchange)

    return (yield from must_refuse(control=calibrate.baseline(run), bad={"an unknown field": request}, stated=stated))
