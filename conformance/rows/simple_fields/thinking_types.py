"""How thinking is asked for: adaptive, disabled, and how much of it is displayed."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.contrast import CONTROL, TREATMENT, Contrast, Message, ask_contrast
from conformance.probing.detection import UNSTREAMED, Detection, Detector, look_for, modes_agree
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.validated import validated
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, untested
from conformance.protocol.answer import Answer, Outcome, blocks, raw_text_of, read_answer
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation, Reason
from conformance.rows.shared import sources
from conformance.rows.simple_fields.thinking import (
    LEAST_BUDGET,
    look_at_thinking,
    puzzle_request,
    sum_request,
    thinking_request,
)

ADAPTIVE: dict[str, Json] = {"type": "adaptive"}
DISABLED: dict[str, Json] = {"type": "disabled"}
HIGH_EFFORT: dict[str, Json] = {"effort": "high"}


@row(
    "fields.thinking.adaptive",
    "MUST accept thinking.type adaptive (Claude Code sends it to every unknown model)",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.ADAPTIVE_THINKING,
)
def adaptive(run: Run) -> Conversation[Verdict]:
    plain = yield from worth_a_thought(run)
    treatment = plain.with_fields(thinking=ADAPTIVE)
    met = read_answer((yield {TREATMENT: sum_request(run).with_fields(thinking=ADAPTIVE)})[TREATMENT])
    contrast = yield from ask_contrast(plain, treatment, refused=met)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from look_for(run, contrast, treatment, look_at_thinking, tries=UNSTREAMED)
        finding = yield from modes_agree(run, treatment, look_at_thinking, finding, tried=1)
        if finding.effect is Effect.ABSENT:
            found = yield from explain_no_thinking(run, finding.note)
            if isinstance(found, Verdict):
                return found
            finding = found
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


@row(
    "fields.thinking.disabled",
    "MUST return no thinking block when thinking is disabled",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.THINKING,
)
def disabled(run: Run) -> Conversation[Verdict]:
    plain = sum_request(run)
    treatment = plain.with_fields(thinking=DISABLED)
    contrast = yield from ask_contrast(plain, treatment)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from look_for(run, contrast, treatment, look_at_silence, always=True, against_control=False)
        both = treatment.with_fields(output_config=HIGH_EFFORT)
        if finding.effect is Effect.SEEN and finding.deviation is None and (yield from silent_stream(run, both)):
            found = yield from explain_silence(run, contrast)
            if isinstance(found, Verdict):
                return found
            return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=found)
        finding = yield from modes_agree(run, treatment, look_at_silence, finding)
        if finding.effect is Effect.SEEN and finding.deviation is None:
            found = yield from explain_silence(run, contrast)
            if isinstance(found, Verdict):
                return found
            finding = yield from beside_effort(plain, treatment, found)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


@row(
    "fields.thinking.display",
    "MUST honour display summarized / omitted",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.ADAPTIVE_THINKING,
)
def display(run: Run) -> Conversation[Verdict]:
    shown = yield from thinking_on(run)
    if isinstance(shown, Answer):
        if unclear(shown):
            return decide_must_accept(control=[shown], treatment=[shown])
        note = "no thinking block comes with thinking enabled or adaptive, so there is none to be displayed"
        return untested(Reason.PREREQUISITE_REFUSED, note)
    got = yield from calibrate.ask_reliably({CONTROL: shown})
    look_at_omitted = omits(calibrate.answered_message(got[CONTROL]))
    omitted, summarized = (displayed(shown, kind) for kind in ("omitted", "summarized"))
    contrast = yield from ask_contrast(shown, omitted, role="with display omitted")
    if not contrast.accepted:
        return _undecided(contrast)
    other = yield from ask_contrast(shown, summarized, role="with display summarized")
    if not other.accepted:
        return _undecided(other)
    # No model has a part in what of its thinking is displayed: one miss in either mode is enough.
    finding = yield from look_for(run, contrast, omitted, look_at_omitted, tries=1)
    telling, detect = omitted, look_at_omitted
    in_control = finding.effect is Effect.IN_CONTROL
    if in_control or (finding.effect is Effect.SEEN and finding.deviation is None):
        # Where thinking is omitted by default, the other value is what changes the answer.
        detection = yield from look_for(run, other, summarized, look_at_summary, against_control=in_control)
        if in_control:
            finding, telling, detect = detection, summarized, look_at_summary
        elif detection.effect is Effect.ABSENT:
            note = f"omitted is honoured, but {detection.note}"
            finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_FORM)
    finding = yield from modes_agree(run, telling, detect, finding, tried=1)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def worth_a_thought(run: Run) -> Conversation[Request]:
    """The question of adaptive thinking: the sum that other rows ask, where a model that decides by itself thinks about
    it, else a puzzle."""
    plain = sum_request(run)
    got = yield {TREATMENT: plain.with_fields(thinking=ADAPTIVE)}
    message = calibrate.answered_message(got[TREATMENT])
    return plain if message is not None and look_at_thinking(message).seen else puzzle_request(run)


def silent_stream(run: Run, both: Request) -> Conversation[bool]:
    """Is thinking disabled beside an effort taken in a stream, and no thought in it? It shows at once that the two are
    taken together, and that the modes agree."""
    role = "disabled, with an effort, streamed"
    got = yield {role: both if run.dialect.streamed else both.with_fields(stream=True)}
    answer = read_answer(got[role])
    if answer.message is None or answer.stream is None:
        return False
    detection = look_at_silence(answer.message)
    return detection.seen and detection.deviation is None


def _undecided(contrast: Contrast) -> Verdict:
    nothing_seen = Finding(effect=Effect.CANNOT_TELL)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=nothing_seen)


def thinking_on(run: Run) -> Conversation[Request | Answer]:
    """A request that is answered with a thinking block. Where none brings a thinking
    block, the answer to the last one; an end that is neither an answer nor a refusal comes before it."""
    puzzle = puzzle_request(run)
    requests = {
        "thinking enabled": thinking_request(run, LEAST_BUDGET),
        "thinking adaptive, a puzzle": puzzle.with_fields(thinking=ADAPTIVE),
        "thinking enabled, a puzzle": puzzle.with_fields(thinking={"type": "enabled", "budget_tokens": LEAST_BUDGET}),
    }
    met: list[Answer] = []
    for role, request in requests.items():
        got = yield from calibrate.ask_reliably({role: request})
        answer = read_answer(got[role])
        if answer.message is not None and blocks(answer.message, "thinking"):
            return request
        met.append(answer)
    return next((answer for answer in met if unclear(answer)), met[-1])


def unclear(answer: Answer) -> bool:
    """Neither an answer nor a refusal?"""
    return answer.outcome not in (Outcome.ANSWERED, Outcome.REFUSED)


def explain_no_thinking(run: Run, missed: str) -> Conversation[Finding | Verdict]:
    """Adaptive thinking that is accepted and not seen: a model may pass it over, so that only its being read is left
    to be looked for.

    a type that does not exist    thinking enabled    verdict
    refused, crashes              -                   accepted (validated only)
    limited, away                 -                   untested (cannot_tell)
    accepted                      a block comes       ignored
    accepted                      no block comes      untested (prerequisite_refused): no thinking at all
    accepted                      fails               untested (cannot_tell)
    """
    bad = yield from unknown_type(run)
    if bad is not None:
        return bad
    shown = yield from thinking_on(run)
    if isinstance(shown, Answer):
        if unclear(shown):
            return Finding(effect=Effect.CANNOT_TELL, note=f"{missed}; with thinking enabled: {shown.problem}")
        note = f"{missed}, nor does one with thinking enabled; a type that does not exist is accepted as well"
        return untested(Reason.PREREQUISITE_REFUSED, note)
    note = f"{missed}, though one comes with thinking enabled; a type that does not exist is accepted as well"
    return Finding(effect=Effect.ABSENT, note=note)


def unknown_type(run: Run) -> Conversation[Finding | None]:
    """What a type of thinking that does not exist tells of the field: validated, unclear; None where it is accepted."""
    role = "thinking of a type that does not exist"
    named = run.name("thinking-type", "zz_type")
    plain = sum_request(run)
    stranger = plain.with_fields(thinking={"type": named})
    answer = read_answer((yield from calibrate.ask_reliably({role: stranger}))[role])
    return (yield from validated(answer, "a type that does not exist", good=plain, given=stranger))


def look_at_silence(message: Message) -> Detection:
    """Was nothing thought, as far as can be seen? Thinking that is only moved into the text is thinking still."""
    if blocks(message, "thinking") or blocks(message, "redacted_thinking"):
        return Detection(seen=False, missed="a thinking block comes although thinking is disabled")
    if "<think>" in raw_text_of(message).casefold():
        return Detection(seen=False, missed="the thinking stands in the text although thinking is disabled")
    usage = message.get("usage")
    details = usage.get("output_tokens_details") if isinstance(usage, dict) else None
    spent = details.get("thinking_tokens") if isinstance(details, dict) else None
    if isinstance(spent, int) and spent > 0:
        note = f"no thinking block comes, but {spent} tokens of thinking are counted"
        return Detection(seen=True, note=note, deviation=Deviation.INCOMPLETE)
    return Detection(seen=True)


def explain_silence(run: Run, contrast: Contrast) -> Conversation[Finding | Verdict]:
    """No thinking block comes where thinking is disabled: is that the field's doing?

    without the field, or with    a type that does      verdict
    thinking enabled or adaptive  not exist
    a block comes                 -                     supported
    none comes                    refused, crashes      accepted (validated only)
    none comes                    limited, away         untested (cannot_tell)
    none comes                    accepted              untested (prerequisite_refused): nothing to be disabled
    fails                         -                     untested (cannot_tell)
    """
    if not look_at_silence(contrast.messages[0]).seen:
        return Finding(effect=Effect.SEEN, note="without the field a thinking block comes")
    shown = yield from thinking_on(run)
    if not isinstance(shown, Answer):
        return Finding(effect=Effect.SEEN)
    if unclear(shown):
        note = f"whether thinking comes when it is enabled cannot be seen: {shown.problem}"
        return Finding(effect=Effect.CANNOT_TELL, note=note)
    bad = yield from unknown_type(run)
    if bad is not None:
        return bad
    note = "no thinking block comes with thinking enabled or adaptive either, so there is nothing to be disabled"
    return untested(Reason.PREREQUISITE_REFUSED, note)


def beside_effort(plain: Request, treatment: Request, finding: Finding) -> Conversation[Finding]:
    """Clients that disable thinking may say an effort as well: a refusal of the two together, where each is taken
    alone, makes the field partial."""
    if finding.effect is not Effect.SEEN:
        return finding
    effort = plain.with_fields(output_config=HIGH_EFFORT)
    both = treatment.with_fields(output_config=HIGH_EFFORT)
    contrast = yield from ask_contrast(effort, both, role="disabled, with an effort", control_role="an effort alone")
    ends = [answer.outcome for answer in contrast.treatment]
    if not all(each.answered for each in contrast.control) or ends != [Outcome.REFUSED] * 2:
        return finding
    note = f"refused beside output_config.effort, which is taken alone: {contrast.treatment[-1].problem}"
    return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)


def displayed(request: Request, kind: str) -> Request:
    """The request with its thinking displayed in this way."""
    return request.with_fields(thinking={**request.json["thinking"], "display": kind})


def omits(shown: Message | None) -> Detector:
    """Finds a thinking block without its text, signed as it is where it is shown, so that it can be sent back."""
    signed = shown is not None and any(block.get("signature") for block in blocks(shown, "thinking"))

    def detect(message: Message) -> Detection:
        found = blocks(message, "thinking")
        if not found:
            note = "with display omitted no thinking block comes at all"
            return Detection(seen=True, note=note, deviation=Deviation.INCOMPLETE)
        if any(block.get("thinking") for block in found):
            return Detection(seen=False, missed="the thinking is shown with display omitted as well")
        if signed and not found[0].get("signature"):
            note = "the omitted thinking carries no signature"
            return Detection(seen=True, note=note, deviation=Deviation.UNSIGNED)
        return Detection(seen=True)

    return detect


def look_at_summary(message: Message) -> Detection:
    """A thinking block with text."""
    shown = any(block.get("thinking") for block in blocks(message, "thinking"))
    return Detection(seen=shown, missed="with display summarized no text of the thinking comes")
