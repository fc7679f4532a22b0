"""Thinking blocks in the history: read where they are signed, told apart from unknown blocks where they are not."""

from __future__ import annotations

import re

from conformance.probing import calibrate
from conformance.probing.capability import Capability, copies_codes, tries_of, try_capability
from conformance.probing.case import case
from conformance.probing.contrast import TREATMENT, Contrast, ask_contrast
from conformance.probing.detection import explain_absence, look_for, stays_out
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import NOT_KNOWN_WORDS, Lookup
from conformance.probing.refusals import same_shape
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import contains, unless_echoed
from conformance.probing.validated import validated
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, Outcome, read_answer, said_anywhere
from conformance.protocol.exchange import Request
from conformance.protocol.status import Status
from conformance.rows.shared import sources
from conformance.rows.shared.tool_turns import Block, after_tools, call, result, text_block


@row(
    "content.thinking",
    "MUST parse a thinking block in the history",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.THINKING,
)
def thinking(run: Run) -> Conversation[Verdict]:
    code = run.nonce("content.thinking")
    thought = (
        f"The locker was opened. Its seal has the code {code}, which I should keep in mind, because somebody may "
        "ask me later on for the code of the seal, and it stands nowhere else than in this thought of mine."
    )
    block: Block = {"type": "thinking", "thinking": thought, "signature": "bm90IGEgcmVhbCBzaWduYXR1cmU="}

    def conversation(*blocks: Block) -> Request:
        return after_tools(
            run,
            [*blocks, call("toolu_01thinking", "red")],
            [result("toolu_01thinking", "The locker is open.")],
            "What is the code of the seal? Reply with the code only.",
        )

    treatment = conversation(block)
    first = read_answer((yield {TREATMENT: treatment})[TREATMENT])
    if (yield from refused_as_a_signature(run, first)):
        # Nothing else can bring about such a refusal: no control has anything to add.
        note = f"an invented signature is refused as a signature: {first.problem}"
        return Verdict(status=Status.SUPPORTED, note=note)
    contrast = yield from ask_contrast(conversation(), treatment)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from look_for(
            run, contrast, treatment, contains(code), ask_capability=copies_codes, grows=LEAST_THOUGHT
        )
        if finding.effect is Effect.SEEN:
            finding = Finding(effect=Effect.SEEN, note="read; an invented signature is not refused")
            finding = yield from unless_echoed(run, finding)
        else:
            malformed = conversation({**block, "thinking": 5})
            finding = yield from explain_unread(
                run, contrast, treatment, malformed, conversation(text_block(thought)), code
            )
    verdict = decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
    if verdict.status is Status.REJECTED:
        # The signature is invented: which of the two is refused, it or the block, only words can tell.
        met = contrast.treatment[-1]
        if (yield from calibrate.says_so_of_anything(run, met.problem, ("thinking",))):
            return calibrate.of_anything(met)
    return verdict


@case(
    "content.redacted_thinking",
    "MUST parse a redacted_thinking block (bogus data is refused as data, not as an unknown type)",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.THINKING,
)
def redacted_thinking(run: Run) -> Lookup:
    data = f"bogus{run.nonce('redacted').replace('-', '')}"

    def conversation(*blocks: Block) -> Request:
        return run.conversation(
            [
                {"role": "user", "content": "Hello."},
                {"role": "assistant", "content": [*blocks, text_block("Hello, how can I help?")]},
                {"role": "user", "content": "Say OK."},
            ]
        )

    return Lookup(
        control=conversation(),
        treatment=conversation({"type": "redacted_thinking", "data": data}),
        unknown=calibrate.unknown_block,
        names=("redacted_thinking",),
        about=("data", "redacted", "signature"),
        named_by=ABOUT_THE_DATA,
    )


LEAST_THOUGHT = 30
"""Tokens that the thought takes at least."""


def refused_as_a_signature(run: Run, answer: Answer) -> Conversation[bool]:
    """Is a thinking block refused for its signature, and not as a block of an unknown type is?"""
    problem = answer.problem
    named = "signature" in problem.lower() and not NOT_THE_VALUE.search(problem)
    if answer.outcome is not Outcome.REFUSED or not named:
        return False
    stranger = yield from calibrate.unknown_block(run)
    return stranger.answered or not same_shape(problem, stranger.problem, ("thinking",))


ABOUT_THE_DATA = re.compile(r"[`'\".]data\b(?!: (field )?required)|decrypt|decod|signature|tamper", re.IGNORECASE)
"""What a refusal of a redacted block's content speaks of: the field by its name, and not as one that is missing."""

NOT_THE_VALUE = re.compile(f"{NOT_KNOWN_WORDS.pattern}|required|missing", re.IGNORECASE)
"""A signature that is unknown or was lost on the way is not one that was read."""


def explain_unread(
    run: Run, contrast: Contrast, treatment: Request, malformed: Request, as_text: Request, code: str
) -> Conversation[Finding]:
    """A thought that does not come back, its invented signature not refused.

    a thinking block that is no text   the same thought as text       prompt grew by it   effect
    refused, crashes                   -                              -                   not visible: validated only
    limited, away                      -                              -                   cannot tell
    accepted                           not repeated, or not answered  -                   too weak
    accepted                           repeated                       no, or no count     absent
    accepted                           repeated                       yes, or unseen      cannot tell
    """
    missed = "an invented signature is not refused, and the thought does not come back"
    role = "a thinking block that is no text"
    got = yield from calibrate.ask_reliably({role: malformed})
    bad = read_answer(got[role])
    if bad.outcome is Outcome.REFUSED:
        return Finding(effect=Effect.NOT_VISIBLE, note=f"validated only: {bad.problem}")
    unclean = yield from validated(bad, role, good=treatment, given=malformed)
    if unclean is not None:
        return unclean
    # What stays out of the prompt is not read, and a model that copies no code does not repeat a thought either.
    copying = yield from copies_codes(run)
    once = copying.missing or (copying.reliable and (yield from stays_out(run, contrast, LEAST_THOUGHT)))
    tries = tries_of("the same thought as text", as_text, times=1 if once else 3)
    spoken = yield from try_capability("repeats the thought", tries, lambda _, message: code in said_anywhere(message))
    if not spoken.reliable:
        return Finding(effect=Effect.TOO_WEAK, note=f"{missed}; nor does this model repeat it from plain text")
    return (
        yield from explain_absence(run, contrast, missed, capability=Capability(shown=1, tries=1), grows=LEAST_THOUGHT)
    )
