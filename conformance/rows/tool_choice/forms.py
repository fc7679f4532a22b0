"""The object and the string form of tool_choice."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.capability import (
    calls_when_asked,
    greeting,
    leaves_a_greeting_alone,
    tool_request,
)
from conformance.probing.contrast import Contrast, ask_contrast
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation
from conformance.rows.shared import sources
from conformance.rows.tool_choice.changes import turned
from conformance.rows.tool_choice.forced import unless_it_seldom_calls


@row(
    "tool_choice.object_form",
    'MUST accept the object form {"type": …}',
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def object_form(run: Run) -> Conversation[Verdict]:
    # Any of the object's types will do: one that this endpoint refuses is the row of that type.
    pairs: dict[str, Contrast] = {}
    findings: dict[str, Finding] = {}
    for kind, control, capability in (
        ("any", greeting, leaves_a_greeting_alone),
        ("none", tool_request, calls_when_asked),
    ):
        treatment = control(run, tool_choice={"type": kind})
        called = kind == "any"
        pairs[kind], finding = yield from turned(run, control(run), treatment, capability, on=called, streams=called)
        if not pairs[kind].accepted:
            continue
        findings[kind] = yield from unless_it_seldom_calls(run, finding)
        if findings[kind].effect is Effect.SEEN:
            # Honoured with a flaw it is read all the same: the flaw is the row of that type.
            finding = Finding(effect=Effect.SEEN, note=f"type {kind} is honoured")
            return decide_must_accept(control=pairs[kind].control, treatment=pairs[kind].treatment, finding=finding)
    if not findings:  # auto is the default: that it changes nothing shows nothing, but that it is accepted does
        role = "the object form with type auto"
        pairs["auto"] = yield from ask_contrast(
            tool_request(run), tool_request(run, tool_choice={"type": "auto"}), role=role
        )
    accepted = [contrast for contrast in pairs.values() if contrast.accepted]
    if not accepted:
        first = pairs["any"]
        return decide_must_accept(control=first.control, treatment=first.treatment)
    if len(findings) == 2 and all(each.effect is Effect.ABSENT for each in findings.values()):
        note = "a tool is called in spite of type none, and none is called in spite of type any"
        finding = Finding(effect=Effect.ABSENT, note=note)
    elif any(each.effect is Effect.TOO_WEAK for each in findings.values()):
        finding = next(each for each in findings.values() if each.effect is Effect.TOO_WEAK)
    else:
        finding = Finding(effect=Effect.NOT_VISIBLE, note="accepted; what it does is the rows of its types")
    return decide_must_accept(control=accepted[0].control, treatment=accepted[0].treatment, finding=finding)


@row(
    "tool_choice.string_form",
    'MAY accept the string form "auto" (a vendor extension; officially 400)',
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def string_form(run: Run) -> Conversation[Verdict]:
    plain = tool_request(run)
    contrast = yield from ask_contrast(plain, plain.with_fields(tool_choice="auto"), role='with "auto"')
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from _string_none(run, plain)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def _string_none(run: Run, plain: Request) -> Conversation[Finding]:
    """The string "auto" is the default, so its effect cannot be seen. "none" shows whether a string is read at all,
    and counts as unread only where the object of that type is honoured."""
    told = plain.with_fields(tool_choice="none")
    got = yield from calibrate.ask_reliably({'with "none"': told})
    answer = read_answer(got['with "none"'])
    if not answer.answered and answer.outcome is not Outcome.REFUSED:
        return Finding(
            effect=Effect.CANNOT_TELL, note=f'"none" meets neither an answer nor a refusal: {answer.problem}'
        )
    if not answer.answered:
        note = f'"auto" is accepted, "none" is not: {answer.problem}'
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_FORM)
    _, as_string = yield from turned(run, plain, told, calls_when_asked, on=False)
    if as_string.effect is Effect.SEEN and as_string.deviation is None:
        return Finding(effect=Effect.SEEN, note='"none" is honoured as well')
    if as_string.effect is Effect.ABSENT:
        as_object = tool_request(run, tool_choice={"type": "none"})
        _, as_named = yield from turned(run, plain, as_object, calls_when_asked, on=False)
        if as_named.effect is Effect.SEEN:
            note = 'a tool is called although tool_choice is "none"; the object of that type is honoured'
            return Finding(effect=Effect.ABSENT, note=note)
    if as_string.effect is Effect.TOO_WEAK:
        return as_string
    return Finding(effect=Effect.NOT_VISIBLE, note='accepted; that "none" is read cannot be seen with this model')
