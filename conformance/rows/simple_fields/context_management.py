"""context_management: old tool results are cleared before the prompt is read, and the answer says so."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.contrast import Contrast, Message, ask_contrast
from conformance.probing.detection import Detection, look_for, modes_agree
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import prompt_total, text_of
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation
from conformance.rows.shared import sources
from conformance.rows.shared.betas import CONTEXT_MANAGEMENT_BETA, refused_under_beta
from conformance.rows.shared.tool_turns import LOCKER_TOOL, call, result, text_block

EDITS: Json = {
    "edits": [
        {
            "type": "clear_tool_uses_20250919",
            "trigger": {"type": "tool_uses", "value": 1},
            "keep": {"type": "tool_uses", "value": 1},
        }
    ]
}
"""Of three results two are to be cleared."""

CONTENTS = "In it lie a woollen blanket, two empty bottles, a coil of rope, a lamp without oil and a torn map. "
LEAST_FALL = 40
"""Tokens: the two results that are to be cleared have some 60 each, and what stands in their place a few."""


@row(
    "fields.context_management",
    "MAY act on context_management edits under its beta",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.CONTEXT_EDITING,
)
def context_management(run: Run) -> Conversation[Verdict]:
    code, treatment = with_results_to_clear(run)
    refusal = yield from refused_under_beta(run, treatment, CONTEXT_MANAGEMENT_BETA)
    if refusal is not None:
        return refusal
    plain = treatment.without_fields("context_management")
    contrast = yield from ask_contrast(plain, treatment, proof=lambda message: is_borne_out(run, message, code))
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        # No model has a part in the report, so that one miss in either mode is enough.
        finding = yield from look_for(run, contrast, treatment, look_at_report, tries=1)
        finding = yield from modes_agree(run, treatment, look_at_report, finding, tried=1)
        counted = yield from calibrate.counts_the_prompt(run)
        finding = check_report(finding, contrast, code, counted=bool(counted))
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def with_results_to_clear(run: Run) -> tuple[str, Request]:
    """A request under the beta that clears two of three results, and the code that stands in the first."""
    code = run.nonce("context_management")
    plain = after_three_calls(run, code).with_headers(anthropic_beta=CONTEXT_MANAGEMENT_BETA)
    return code, plain.with_fields(context_management=EDITS)


def after_three_calls(run: Run, code: str) -> Request:
    """Three lockers were opened one after the other; the question is about what each of them gave."""
    turns: list[dict[str, Json]] = [{"role": "user", "content": "Please open the lockers with your tool."}]
    for number, locker in enumerate(("red", "blue", "green"), 1):
        opened = f"toolu_01locker{number}"
        seal = code if number == 1 else run.nonce(f"context_management/{locker}")
        content = f"The seal of the {locker} locker has the code {seal}. {CONTENTS}"
        turns.append({"role": "assistant", "content": [call(opened, locker)]})
        turns.append({"role": "user", "content": [result(opened, content)]})
    question = "What are the codes of the seals of the three lockers? Reply with the codes only."
    turns[-1]["content"].append(text_block(question))
    return run.conversation(turns, max_tokens=60, tools=[LOCKER_TOOL])


def is_borne_out(run: Run, message: Message, code: str) -> bool:
    """Does an answer report cleared results, and give the code of the one that was to be kept, and of no other? Then
    neither the report nor the model needs a control."""
    said = text_of(message).casefold()
    cleared = [code, run.nonce("context_management/blue")]
    kept = run.nonce("context_management/green")
    return look_at_report(message).seen and kept.casefold() in said and not any(c.casefold() in said for c in cleared)


def look_at_report(message: Message) -> Detection:
    """Does the answer say that tool uses were cleared?"""
    report = message.get("context_management")
    edits = report.get("applied_edits") if isinstance(report, dict) else None
    counts = [edit.get("cleared_tool_uses") for edit in edits or () if isinstance(edit, dict)]
    cleared = next((count for count in counts if isinstance(count, int) and count > 0), None)
    return Detection(
        seen=cleared is not None,
        note=f"{cleared} tool uses are reported as cleared",
        missed="no edit is reported as applied",
    )


def tokens_cleared(message: Message) -> int:
    """How many tokens the answer says were cleared."""
    report = message.get("context_management")
    edits = report.get("applied_edits") if isinstance(report, dict) else None
    counts = [edit.get("cleared_input_tokens") for edit in edits or () if isinstance(edit, dict)]
    return sum(count for count in counts if isinstance(count, int))


def check_report(finding: Finding, contrast: Contrast, code: str, *, counted: bool) -> Finding:
    """Does the report of cleared results agree with the rest of the answer: with a code that stood in one of them, and
    with the prompt's total? What comes in one mode alone is said already.

    reported    the code comes back    the prompt              effect
    yes, and without the field too     -                       seen, implausible
    yes, so many tokens                is no shorter           seen, implausible
    yes         yes                    -                       seen, implausible
    yes         no, but uncleared      is no shorter           seen, implausible
    yes         otherwise              -                       seen
    no          yes                    -                       absent
    no          no, but uncleared      is no shorter           absent
    no          no                     is shorter              seen, unreported
    no          otherwise              -                       cannot tell

    `counted`: is the prompt's length known? It tells nothing where the results are not read even when uncleared.
    """
    if finding.effect not in (Effect.SEEN, Effect.ABSENT) or finding.deviation is not None:
        return finding
    reported = finding.effect is Effect.SEEN
    if reported and look_at_report(contrast.messages[0]).seen:
        note = f"{finding.note}, but without the field as well"
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.IMPLAUSIBLE)
    before, after = (prompt_total(message) for message in contrast.messages)
    fall = before - after if counted and before is not None and after is not None else None
    read, read_still = (code.casefold() in text_of(message).casefold() for message in contrast.messages)
    if read_still:
        what = "the code of the result that was to be cleared comes back"
        kept = True
    else:
        what = f"the prompt stays as long ({before} and {after} tokens)"
        told = reported and tokens_cleared(contrast.messages[-1]) >= LEAST_FALL
        kept = (read or told) and fall is not None and fall < LEAST_FALL
    if reported and kept:
        note = f"{finding.note}, but {what}"
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.IMPLAUSIBLE)
    if reported:
        return finding
    if kept:
        return Finding(effect=Effect.ABSENT, note=f"{finding.note}, and {what}")
    if fall is not None and fall >= LEAST_FALL:
        note = f"the prompt falls from {before} to {after} tokens, but {finding.note}"
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.UNREPORTED)
    note = f"{finding.note}, and whether the prompt is shorter cannot be seen"
    return Finding(effect=Effect.CANNOT_TELL, note=note)
