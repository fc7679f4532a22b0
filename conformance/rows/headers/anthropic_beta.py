"""The header anthropic-beta."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.contrast import ask_contrast
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.status import Deviation
from conformance.rows.headers.anthropic_version import how_met
from conformance.rows.shared import sources
from conformance.rows.shared.betas import CONTEXT_MANAGEMENT_BETA
from conformance.rows.simple_fields.context_management import with_results_to_clear


def reports_edits(answer: Answer) -> bool:
    """Does an answer report context_management at all, if only that nothing was to be edited?"""
    return answer.message is not None and isinstance(answer.message.get("context_management"), dict)


@row(
    "headers.anthropic_beta",
    "MUST unlock beta fields by anthropic-beta: a gated field works with it and is 400 without it "
    "(how unknown values are met goes into the note)",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.BETA_HEADERS,
)
def anthropic_beta(run: Run) -> Conversation[Verdict]:
    """Whether the header unlocks a gated field, context_management.

    with its beta        without it           an unknown beta   effect
    answered             refused              -                 seen
    answered, unreported answered             -                 cannot tell: the field is dropped
    answered, reported   answered, unreported -                 seen, incomplete: dropped instead of refused
    answered, reported   answered, reported   refused           seen, incomplete: values are validated
    answered, reported   answered, reported   else              absent
    else                                                        cannot tell
    """
    plain = calibrate.baseline(run)
    unknown = plain.with_headers(anthropic_beta=f"{run.name('beta', 'unknown')}-2025-01-01")
    got = yield from calibrate.ask_reliably({"control": plain, "an unknown beta": unknown})
    control, stranger = (read_answer(each) for each in got.values())
    note = f"an unknown beta is {how_met(stranger)}"
    # The edit that its own row asks for; where that is not taken, a field that asks for none.
    _, edits = with_results_to_clear(run)
    nothing = plain.with_fields(context_management={"edits": []})
    for unlocked in (edits, nothing.with_headers(anthropic_beta=CONTEXT_MANAGEMENT_BETA)):
        gated = unlocked.with_headers(anthropic_beta=None)
        roles = ("a gated field with its header", "the gated field alone")
        got = yield from calibrate.ask_reliably(dict(zip(roles, (unlocked, gated), strict=True)))
        with_header, without = (read_answer(got[role]) for role in roles)
        if with_header.answered:
            break
    header = with_header
    if control.answered and not with_header.answered:
        alone = plain.with_headers(anthropic_beta=CONTEXT_MANAGEMENT_BETA)
        contrast = yield from ask_contrast(plain, alone, role="the header alone")
        header = contrast.treatment[0]
        if not header.answered:
            return decide_must_accept(
                control=contrast.control,
                treatment=contrast.treatment,
                finding=Finding(effect=Effect.CANNOT_TELL, note=note),
            )
    if with_header.answered and without.outcome is Outcome.REFUSED:
        effect, deviation = Effect.SEEN, None
        note = f"context_management needs its beta; {note}"
    elif with_header.answered and without.answered and not reports_edits(with_header):
        # What is dropped needs no beta, and shows nothing of the header.
        effect, deviation = Effect.CANNOT_TELL, None
        note = f"context_management is accepted, and nothing of it is reported, with its beta either; {note}"
    elif with_header.answered and without.answered and not reports_edits(without):
        effect, deviation = Effect.SEEN, Deviation.INCOMPLETE
        note = f"context_management acts with its beta alone; without it it is dropped instead of refused; {note}"
    elif with_header.answered and without.answered and stranger.outcome is Outcome.REFUSED:
        effect, deviation = Effect.SEEN, Deviation.INCOMPLETE
        note = f"values are validated ({stranger.problem}), but context_management needs no beta"
    elif with_header.answered and without.answered:
        effect, deviation = Effect.ABSENT, None
        note = f"context_management is accepted with and without its beta; {note}"
    else:
        effect, deviation = Effect.CANNOT_TELL, None
        note = (
            "no gated field is offered by which the header could be seen to act: "
            f"context_management is {how_met(with_header)} with its beta, {how_met(without)} without; {note}"
        )
    finding = Finding(effect=effect, note=note, deviation=deviation)
    return decide_must_accept(control=[control], treatment=[header], finding=finding)
