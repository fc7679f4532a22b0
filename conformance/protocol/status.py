"""The words of a verdict: statuses, claims, agreement, and how they compare."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """What was observed."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    ACCEPTED = "accepted"
    IGNORED = "ignored"
    REJECTED = "rejected"
    BROKEN = "broken"
    UNTESTED = "untested"


class Claimed(StrEnum):
    """What a vendor documents."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    IGNORED = "ignored"
    UNSUPPORTED = "unsupported"


class Agreement(StrEnum):
    """How a status compares with its claim."""

    AGREES = "agrees"
    BETTER = "better"
    WORSE = "worse"
    UNDECLARED = "undeclared"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a row is untested."""

    UNREACHABLE = "unreachable"
    KEY_REFUSED = "key_refused"
    RATE_LIMITED = "rate_limited"
    CONTROL_REFUSED = "control_refused"
    PREREQUISITE_REFUSED = "prerequisite_refused"
    CONTEXT_TOO_SMALL = "context_too_small"
    MODEL_TOO_WEAK = "model_too_weak"
    CUT = "cut"
    NOT_ATTRIBUTABLE = "not_attributable"
    CANNOT_TELL = "cannot_tell"
    NEVER_EXERCISED = "never_exercised"
    NOT_ASKED = "not_asked"
    NOT_APPLICABLE = "not_applicable"
    NO_CASSETTE = "no_cassette"
    BUDGET = "budget"
    RUN_CUT = "run_cut"
    CHANGED = "changed"
    UNSTABLE = "unstable"
    INTERNAL_ERROR = "internal_error"


class Deviation(StrEnum):
    """How a row that works differs from the documents: the code beside a `partial`."""

    UNREPORTED = "unreported"
    CLAMPED = "clamped"
    MAPPED = "mapped"
    RENAMED = "renamed"
    ONE_MODE = "one_mode"
    ONE_FORM = "one_form"
    UNSTEADY = "unsteady"
    UNSIGNED = "unsigned"
    INCOMPLETE = "incomplete"
    OTHER_REFUSAL = "other_refusal"
    EXTRA_KEYS = "extra_keys"
    IMPLAUSIBLE = "implausible"
    FRAMING = "framing"
    BUFFERED = "buffered"


_GLYPHS = {
    Status.SUPPORTED: "●",
    Status.PARTIAL: "◐",
    Status.ACCEPTED: "◉",
    Status.IGNORED: "○",
    Status.REJECTED: "✕",
    Status.BROKEN: "!",
    Status.UNTESTED: "–",
}

_COLUMNS = (
    Status.SUPPORTED,
    Status.PARTIAL,
    Status.ACCEPTED,
    Status.IGNORED,
    Status.REJECTED,
    Status.BROKEN,
)

_A, _B, _W = Agreement.AGREES, Agreement.BETTER, Agreement.WORSE

_AGREEMENT = {
    Claimed.SUPPORTED: (_A, _W, _A, _W, _W, _W),
    Claimed.PARTIAL: (_B, _A, _A, _W, _W, _W),
    Claimed.IGNORED: (_B, _B, _A, _A, _W, _W),
    Claimed.UNSUPPORTED: (_B, _B, _A, _A, _A, _W),
}


def glyph(status: Status) -> str:
    """The sign that stands beside the word."""
    return _GLYPHS[status]


def agreement(claim: Claimed | None, status: Status, *, documented_fault: bool = False) -> Agreement:
    """Compares what was observed with what is documented.

    claim        supported partial accepted ignored rejected broken
    supported    agrees    worse   agrees   worse   worse    worse
    partial      better    agrees  agrees   worse   worse    worse
    ignored      better    better  agrees   agrees  worse    worse   (an ignored field promises no error)
    unsupported  better    better  agrees   agrees  agrees   worse
    No claim is `undeclared`; an untested row is `unknown`. What is partial or broken for a fault of the wire that the
    vendor documents (`documented_fault`) is never worse: it agrees.
    """
    if claim is None:
        return Agreement.UNDECLARED
    if status is Status.UNTESTED:
        return Agreement.UNKNOWN
    found = _AGREEMENT[claim][_COLUMNS.index(status)]
    told = documented_fault and status in (Status.PARTIAL, Status.BROKEN)
    return Agreement.AGREES if told and found is Agreement.WORSE else found


_RANK = {
    Status.SUPPORTED: 4,
    Status.ACCEPTED: 4,
    Status.PARTIAL: 3,
    Status.IGNORED: 2,
    Status.REJECTED: 1,
    Status.BROKEN: 0,
}


def fell(before: Status, after: Status) -> bool:
    """True when a row is worse than in a baseline; untested on either side is no fall."""
    if Status.UNTESTED in (before, after):
        return False
    return _RANK[after] < _RANK[before]
