"""An assistant turn at the end, to be gone on with."""

from __future__ import annotations

from conformance.probing.capability import Trial, copies_codes, tries_of
from conformance.probing.contrast import CONTROL, Message, ask_contrast
from conformance.probing.detection import UNSTREAMED, Detection, Detector, look_for, modes_agree, proof_by, stays_out
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import unless_echoed
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import text_of
from conformance.protocol.status import Deviation
from conformance.rows.messages.turns import _assistant, _user
from conformance.rows.shared import sources
from conformance.rows.simple_fields.limits import STATIONS

LEAST_PREFILL = 6
"""Tokens: a number in brackets and two words."""


@row(
    "messages.prefill",
    "MAY continue an assistant prefill where the model allows it",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.MESSAGES,
)
def prefill(run: Run) -> Conversation[Verdict]:
    words = run.pick("prefill", STATIONS, 5)
    line = " ".join(words)
    prompt = run.wording("prefill", f"Repeat exactly: {line}", f"Reply with exactly these words: {line}")
    # No model would begin with this number by itself: it shows whether an answer repeats the prefill.
    mark = f"[{1000 + run.draw('prefill/mark', 9000)}]"
    plain = run.message(prompt, max_tokens=40)
    treatment = run.conversation([_user(prompt), _assistant(f"{mark} {' '.join(words[:2])}")], max_tokens=40)
    detect = continues(words, mark)
    trial = Trial(
        what="repeats a line of words", tries=tries_of(CONTROL, plain), shows=lambda message: line in text_of(message)
    )
    contrast = yield from ask_contrast(
        plain, treatment, proof=proof_by(detect), capability=trial.at_first(run), flawed=lambda m: detect(m).seen
    )
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        # A prefill that is not in the prompt cannot be continued: a reliable model shows that in few tries.
        missed = bool(contrast.control) and not detect(contrast.messages[1]).seen
        out = (
            missed and (yield from copies_codes(run)).reliable and (yield from stays_out(run, contrast, LEAST_PREFILL))
        )
        ask_capability, tries = (trial.at_first, UNSTREAMED - 1) if out else (trial.ask_capability, UNSTREAMED)
        finding = yield from look_for(run, contrast, treatment, detect, ask_capability=ask_capability, tries=tries)
        finding = yield from modes_agree(run, treatment, detect, finding, ask_capability=ask_capability, tried=1)
        finding = yield from unless_echoed(run, finding)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def continues(words: list[str], mark: str) -> Detector:
    """Finds an answer that goes on after the first two words of a line."""
    begun, rest = " ".join(words[:2]), " ".join(words[2:])

    def detect(message: Message) -> Detection:
        text = text_of(message)
        if rest not in text:
            return Detection(seen=False, missed="the answer does not hold the rest of the line")
        if mark in text:
            note = "the answer goes on after the prefill, but gives the prefill back as well"
            return Detection(seen=True, note=note, deviation=Deviation.INCOMPLETE)
        if begun in text:
            return Detection(seen=False, missed="the answer begins anew instead of going on after the prefill")
        return Detection(seen=True)

    return detect
