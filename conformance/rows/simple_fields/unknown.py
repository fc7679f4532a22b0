"""A field that no API knows."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.case import case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import Refusal
from conformance.probing.run import Run
from conformance.protocol.answer import error_message
from conformance.protocol.exchange import Exchange
from conformance.rows.shared import sources


@case(
    "fields.unknown",
    "MUST refuse an unknown top-level field with 400 naming it (the calibration for every exotic field)",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def unknown(run: Run) -> Refusal:
    name, request = calibrate.with_unknown_field(run)

    def stated(exchange: Exchange) -> bool:
        # The shape of an error has a row of its own.
        return exchange.status == 400 and name in error_message(exchange)

    return Refusal(control=calibrate.baseline(run), bad={"an unknown field": request}, stated=stated)
