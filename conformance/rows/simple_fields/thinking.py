"""The thinking field: blocks that come, and the budget that bounds them."""

from __future__ import annotations

import re
from dataclasses import replace

from conformance.probing import calibrate
from conformance.probing.capability import reads_and_calls
from conformance.probing.contrast import Message, ask_contrast
from conformance.probing.detection import UNSTREAMED, Detection, look_for, modes_agree
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.validated import validated
from conformance.probing.verdict import Effect, Finding, Verdict, Violation, decide_must_accept, untested
from conformance.protocol.answer import (
    Answer,
    Outcome,
    blocks,
    hits_its_limit,
    raw_text_of,
    read_answer,
    text_of,
    usage_number,
)
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.shared import sources
from conformance.rows.shared.sampled_answers import Given, everywhere

LEAST_BUDGET = 1024
ROOM = 400


def unsigned_thinking(given: Given) -> list[Violation]:
    """Thinking without a signature, in an answer that was not cut before it could be signed."""
    found = blocks(given.message, "thinking")
    if hits_its_limit(given.message) or all(block.get("signature") for block in found):
        return []
    return [Violation(rule="a thinking block carries no signature", deviation=Deviation.UNSIGNED)]


@row(
    "fields.thinking",
    "MUST return thinking blocks when thinking is enabled",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.THINKING,
    everywhere=everywhere(unsigned_thinking),
)
def thinking(run: Run) -> Conversation[Verdict]:
    treatment = thinking_request(run, LEAST_BUDGET)
    contrast = yield from ask_contrast(sum_request(run), treatment)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        # A model that cannot so much as copy a code and call a tool is not expected to think.
        finding = yield from look_for(
            run, contrast, treatment, look_at_thinking, ask_capability=reads_and_calls, tries=UNSTREAMED
        )
        if finding.effect is Effect.ABSENT:
            finding = yield from think_harder(run, finding)
        finding = yield from modes_agree(run, treatment, look_at_thinking, finding, tried=1)
    verdict = decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
    return unless_for_the_limit(verdict)


@row(
    "fields.thinking.budget_tokens",
    "MUST honour budget_tokens (validated at least; effect where it shows)",
    evidence_kind=EvidenceKind.VALIDATION,
    source=sources.THINKING,
)
def budget_tokens(run: Run) -> Conversation[Verdict]:
    contrast = yield from ask_contrast(sum_request(run), thinking_request(run, LEAST_BUDGET))
    if contrast.control[0].answered and contrast.treatment[-1].outcome is Outcome.REFUSED:
        # Thinking cannot be enabled without a budget, so its refusal is the budget's only where thinking of
        # another type is taken.
        role = "thinking of a type without a budget"
        got = yield from calibrate.ask_reliably({role: sum_request(run).with_fields(thinking={"type": "adaptive"})})
        if not read_answer(got[role]).answered:
            note = f"thinking is refused altogether: {contrast.treatment[-1].problem}"
            return untested(Reason.PREREQUISITE_REFUSED, note)
    if not contrast.accepted:
        unclear = Finding(effect=Effect.CANNOT_TELL)
        verdict = decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=unclear)
        return unless_for_the_limit(verdict)
    if not blocks(contrast.messages[1], "thinking"):
        return untested(Reason.PREREQUISITE_REFUSED, "no thinking block comes, so no budget can be seen to act")
    finding = yield from look_at_budget(run)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


THE_LIMIT = re.compile(
    r"(?=.*max_?(?:completion_|output_)?tokens)(?=.*budget)"
    r".*\b(?:greater|larger|higher|more|less|smaller|lower|fewer|exceed\w*|above|below)\b",
    re.IGNORECASE | re.DOTALL,
)
"""The words of a refusal that compares the budget with max_tokens."""


def unless_for_the_limit(verdict: Verdict) -> Verdict:
    """A refusal of a budget as too large for max_tokens, which was sent large enough: another limit was put in its
    place on the way, and that is the row of max_tokens."""
    if verdict.status is not Status.REJECTED or not THE_LIMIT.search(verdict.note):
        return verdict
    sent = f"max_tokens {LEAST_BUDGET + ROOM} and budget_tokens {LEAST_BUDGET} were sent"
    note = f"max_tokens does not arrive as it was sent: {sent}, and the answer is: {verdict.note}"
    return untested(Reason.PREREQUISITE_REFUSED, note, *verdict.rests_on)


def sum_request(run: Run) -> Request:
    """A question small enough to be cheap and large enough to be thought about."""
    a, b = 23 + run.draw("sum/a", 60), 31 + run.draw("sum/b", 60)
    prompt = run.wording("sum", f"What is {a} + {b}? Reply with the number.", f"Add {a} and {b} and give me the sum.")
    return replace(run.message(prompt, max_tokens=LEAST_BUDGET + ROOM, exact=True), room=True)


def thinking_request(run: Run, budget: int) -> Request:
    """That question, thought about. A budget over the limit gets no room, which would make it legal."""
    legal = LEAST_BUDGET <= budget < LEAST_BUDGET + ROOM
    request = sum_request(run).with_fields(thinking={"type": "enabled", "budget_tokens": budget})
    return replace(request, room=legal)


def puzzle_request(run: Run) -> Request:
    """A question that a model which decides by itself will not pass over without a thought."""
    puzzle = (
        "Five boats lie in a row. The red one is left of the blue one, the green one is at an end, the white one is "
        "two places right of the red one, and the black one is next to the green one. In which order do they lie?"
    )
    return replace(run.message(puzzle, max_tokens=LEAST_BUDGET + 2 * ROOM, exact=True), room=True)


def think_harder(run: Run, missed: Finding) -> Conversation[Finding]:
    """A model that decides by itself may pass over an easy sum: a puzzle is asked before thinking is called absent."""
    treatment = puzzle_request(run).with_fields(thinking={"type": "enabled", "budget_tokens": LEAST_BUDGET})
    got = yield from calibrate.ask_reliably({"a puzzle, with the field": treatment})
    message = calibrate.answered_message(got["a puzzle, with the field"])
    if message is None:
        return Finding(effect=Effect.CANNOT_TELL, note=f"{missed.note}; a harder question was not answered")
    detection = look_at_thinking(message)
    if not detection.seen:
        return missed
    return Finding(
        effect=Effect.SEEN, note=detection.note or "seen with a harder question", deviation=detection.deviation
    )


def look_at_thinking(message: Message) -> Detection:
    """A thinking block with a signature: without one it cannot be sent back where signatures are checked."""
    found = blocks(message, "thinking")
    if not found and raw_text_of(message) != text_of(message):
        return Detection(seen=False, missed="no thinking block comes: the thinking stands in the text")
    if not found:
        return Detection(seen=False, missed="no thinking block comes")
    if not found[0].get("signature"):
        note = "the thinking block carries no signature"
        return Detection(seen=True, note=note, deviation=Deviation.UNSIGNED)
    return Detection(seen=True)


def thought_tokens(message: Message) -> int:
    """How much was thought: the reported count; else the words, each of which costs a token at least, or what was
    counted as output and cannot be the text, since no token is shorter than a byte."""
    usage = message.get("usage")
    details = usage.get("output_tokens_details") if isinstance(usage, dict) else None
    reported = details.get("thinking_tokens") if isinstance(details, dict) else None
    if isinstance(reported, int) and reported > 0:
        return reported
    words = sum(len(str(block.get("thinking", "")).split()) for block in blocks(message, "thinking"))
    spent = usage_number(message, "output_tokens") or 0
    return max(words, spent - len(text_of(message).encode())) if words else 0


def look_at_budget(run: Run) -> Conversation[Finding]:
    """What the budget does where thinking works.

    a budget under 1,024 or over max_tokens    long thinking with a budget of 1,024    effect
    refused, crashes                           -                                       not visible: validated only
    limited, away                              -                                       cannot tell
    accepted                                   goes a quarter beyond it                absent
    accepted                                   stays within, beyond it with 3,000      seen
    accepted                                   stays within either way                 cannot tell
    """
    bad = {
        "a budget of 500": thinking_request(run, 500),
        "a budget over max_tokens": thinking_request(run, LEAST_BUDGET + 2 * ROOM),
    }
    got = yield from calibrate.ask_reliably(bad)
    outcomes = {role: read_answer(got[role]) for role in bad}
    refused = [role for role, answer in outcomes.items() if answer.outcome is Outcome.REFUSED]
    if refused:
        note = f"validated only: {' and '.join(refused)} {'are' if len(refused) > 1 else 'is'} refused"
        return Finding(effect=Effect.NOT_VISIBLE, note=note)
    for role, answer in outcomes.items():
        told = yield from validated(answer, role, good=thinking_request(run, LEAST_BUDGET), given=bad[role])
        if told is not None:
            return told
    prompt = run.wording(
        "long-thinking",
        "In your thinking, write out every whole number from 1 to 1200, one after the other. Then reply with DONE.",
        "While thinking, list all the numbers from 1 to 1200 one by one, skipping none. After that answer DONE.",
    )
    long = run.message(prompt, max_tokens=4096, exact=True)
    roles = {f"long thinking, budget {budget}": budget for budget in (LEAST_BUDGET, 3000)}
    long_got = yield {
        role: long.with_fields(thinking={"type": "enabled", "budget_tokens": budget}) for role, budget in roles.items()
    }
    small, large = (_thought(read_answer(long_got[role])) for role in roles)
    counted = f"{small} tokens or more with a budget of 1,024, {large} with 3,000"
    if small is None or large is None:
        return Finding(effect=Effect.CANNOT_TELL, note="bad budgets are accepted, and long thinking was not answered")
    if small * 4 > LEAST_BUDGET * 5:
        return Finding(effect=Effect.ABSENT, note=f"bad budgets are accepted, and thinking takes {counted}")
    if large * 4 > LEAST_BUDGET * 5:
        return Finding(effect=Effect.SEEN, note=f"thinking takes {counted}; bad budgets are accepted")
    note = f"bad budgets are accepted, and this model does not think long enough to tell ({counted})"
    return Finding(effect=Effect.CANNOT_TELL, note=note)


def _thought(answer: Answer) -> int | None:
    return None if answer.message is None else thought_tokens(answer.message)
