"""The header anthropic-version."""

from __future__ import annotations

import re

from conformance.probing import calibrate
from conformance.probing.case import case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import Refusal
from conformance.probing.run import Run
from conformance.protocol.answer import Answer, Outcome, describe_error
from conformance.protocol.exchange import Exchange
from conformance.rows.shared import sources

VERSION_WORD = re.compile(r"\bversion", re.IGNORECASE)
"""Not the middle of another word: "conversion" is no refusal of a version."""


@case(
    "headers.anthropic_version",
    "MUST read anthropic-version: a missing or bogus one is refused",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.VERSIONS,
)
def anthropic_version(run: Run) -> Refusal:
    good = calibrate.baseline(run)

    def stated(exchange: Exchange) -> bool:
        return exchange.status == 400 and bool(VERSION_WORD.search(describe_error(exchange)))

    return Refusal(
        control=good,
        bad={
            "without anthropic-version": good.with_headers(anthropic_version=None),
            "with a bogus anthropic-version": good.with_headers(anthropic_version="2001-01-01"),
        },
        stated=stated,
    )


def how_met(answer: Answer) -> str:
    """How a request was met: in a word, or with what came instead of a word."""
    if answer.answered:
        return "accepted"
    return "refused" if answer.outcome in (Outcome.REFUSED, Outcome.LOCKED) else f"not answered ({answer.problem})"
