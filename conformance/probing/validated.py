"""What it tells of a field that a bad value of it is not taken, where a good one is."""

from __future__ import annotations

from conformance.probing.contrast import TREATMENT
from conformance.probing.run import Conversation
from conformance.probing.verdict import Effect, Finding, digests
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.exchange import Request


def validated(bad: Answer, what: str, *, good: Request, given: Request) -> Conversation[Finding | None]:
    """The finding about a field, nothing of whose good value can be seen; None where the bad value (`given`, in words
    `what`) is taken as well.

    the bad value    the good one, once more    effect
    refused          -                          not visible: validated only
    crashes          answered                   not visible: validated only; that it is no clean refusal is told, and
                                                graded by the rows of refusals
    crashes          not answered               cannot tell
    limited, away    -                          cannot tell
    """
    if bad.answered:
        return None
    if bad.outcome is Outcome.REFUSED:
        note = f"validated only: {what} is refused"
        return Finding(effect=Effect.NOT_VISIBLE, note=note, rests_on=digests([bad]))
    if bad.outcome is Outcome.BROKEN and (yield from still_answered(good, given)):
        note = f"validated only: {crashes(what, bad)}"
        return Finding(effect=Effect.NOT_VISIBLE, note=note, rests_on=digests([bad]))
    note = f"{what} meets neither an answer nor a refusal: {bad.problem}"
    return Finding(effect=Effect.CANNOT_TELL, note=note, rests_on=digests([bad]))


def crashes(what: str, bad: Answer) -> str:
    """Says of a bad value that it is not taken, and how."""
    return f"{what} is not taken, but without a clean refusal: {bad.problem}"


def still_answered(good: Request, given: Request) -> Conversation[bool]:
    """Is the good request answered beside the bad one? Else the endpoint may be down for all."""
    got = yield {TREATMENT: good.again_beside(given)}
    return read_answer(got[TREATMENT]).answered
