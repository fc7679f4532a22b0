"""What the words of a matrix mean, in a sentence each, for people who meet them on a page."""

from __future__ import annotations

from conformance.expect.profile import Need, Readiness
from conformance.probing.evidence_kind import EvidenceKind
from conformance.protocol.status import Agreement, Deviation, Reason, Status

STATUSES = {
    Status.SUPPORTED: "accepted, and the effect was seen",
    Status.PARTIAL: "the effect was seen, with the deviation that is named",
    Status.ACCEPTED: "accepted, and no effect can be seen from outside",
    Status.IGNORED: "accepted, and the effect is absent although this endpoint is shown able to show it",
    Status.REJECTED: "refused with a clean 4xx, and the row is the cause",
    Status.BROKEN: "a 5xx, a hang, a malformed answer, a 200 that is an error, or a rule of the wire violated",
    Status.UNTESTED: "no evidence, and why; it never counts as a no",
}

AGREEMENTS = {
    Agreement.WORSE: "worse",
    Agreement.BETTER: "better",
    Agreement.AGREES: "as documented",
    Agreement.UNDECLARED: "not documented",
    Agreement.UNKNOWN: "not judged",
}

REASONS = {
    Reason.UNREACHABLE: "the endpoint could not be reached",
    Reason.KEY_REFUSED: "the key was refused",
    Reason.RATE_LIMITED: "the rate limit outlasted polite waiting",
    Reason.CONTROL_REFUSED: "the plain request beside it was refused as well",
    Reason.PREREQUISITE_REFUSED: "what the row builds on was refused",
    Reason.CONTEXT_TOO_SMALL: "the model's context is too small for what the row asks",
    Reason.MODEL_TOO_WEAK: "the model is not shown able to show the effect",
    Reason.CUT: "answers were cut at their limit before they showed anything",
    Reason.NOT_ATTRIBUTABLE: "the effect is there without the field as well",
    Reason.CANNOT_TELL: "what came back fits more than one explanation",
    Reason.NEVER_EXERCISED: "nothing in the run exercised the rule",
    Reason.NOT_ASKED: "asked on request only",
    Reason.NOT_APPLICABLE: "there is nothing here that it could apply to",
    Reason.NO_CASSETTE: "there is no recording of it",
    Reason.BUDGET: "the run's budget was spent",
    Reason.RUN_CUT: "the endpoint stopped answering on the way",
    Reason.CHANGED: "the endpoint changed during the run",
    Reason.UNSTABLE: "the endpoint did not behave alike twice",
    Reason.INTERNAL_ERROR: "the suite itself failed on it",
}

DEVIATIONS = {
    Deviation.UNREPORTED: "honoured, but the answer does not report it",
    Deviation.CLAMPED: "honoured within narrower bounds",
    Deviation.MAPPED: "replaced by something else than was asked for",
    Deviation.RENAMED: "there under another name",
    Deviation.ONE_MODE: "only streamed, or only unstreamed",
    Deviation.ONE_FORM: "in one of its forms only",
    Deviation.UNSTEADY: "in some tries, and not in others",
    Deviation.UNSIGNED: "without its signature",
    Deviation.INCOMPLETE: "a part of it is missing",
    Deviation.OTHER_REFUSAL: "refused, but otherwise than the documents say",
    Deviation.EXTRA_KEYS: "with keys that the documents do not have",
    Deviation.IMPLAUSIBLE: "with figures that cannot be right",
    Deviation.FRAMING: "with events framed otherwise",
    Deviation.BUFFERED: "held back and sent at once",
}

WITNESSES = {
    EvidenceKind.REPORTED: "a field of the answer that only the request can have caused",
    EvidenceKind.USAGE: "counts of usage that move with the request",
    EvidenceKind.FAILURE_INJECTED: "something that must fail once it is used, and is named where it fails",
    EvidenceKind.NONCE: "a code that can only be known by reading what is asked about",
    EvidenceKind.CONTRAST: "answers of several tries that differ with the field, and with nothing else",
    EvidenceKind.REFUSAL: "a request that must be refused, and how it is",
    EvidenceKind.VALIDATION: "a good value that is accepted and a bad one that is refused",
    EvidenceKind.RULE: "a rule of the wire that must hold wherever it was exercised",
    EvidenceKind.CLIENT: "a real client, or its very request, that must get through",
}

READINESS = {
    Readiness.READY: "every row that it needs works",
    Readiness.DEGRADED: "what it requires works; something else does not",
    Readiness.UNPROVEN: "a row that it requires could not be judged",
    Readiness.BLOCKED: "a row that it requires does not work",
}

NEEDS = {
    Need.REQUIRED: "must work",
    Need.TOLERATED: "may do anything but be refused or break",
    Need.NICE: "is missed where it does not work",
}


def code_meaning(code: str | None) -> str:
    """What a deviation or a reason says; empty for none, and for one that this version does not know."""
    if code in list(Deviation):
        return DEVIATIONS[Deviation(code)]
    return REASONS[Reason(code)] if code in list(Reason) else ""


def table_title(table: str) -> str:
    """A table's name as a heading."""
    return table.replace("_", " ").capitalize()
