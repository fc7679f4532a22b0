"""Looks shared by rows that ask whether something was read: a code comes back that stands nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from conformance.probing import calibrate
from conformance.probing.capability import MOST_TRIES, AskCapability, copies_codes, echoes
from conformance.probing.contrast import TREATMENT, Contrast, Message, ask_contrast
from conformance.probing.detection import TRIES, Detection, Detector, look_for, proof_by, stays_out, unproven
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, prompt_total, read_answer, said_anywhere, text_of
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation, Reason
from conformance.rows.shared.shared_reading import Scene
from conformance.rows.shared.tool_turns import told


def contains(code: str, *, but_not: str | None = None) -> Detector:
    """Seen when the answer repeats the code, and its text not another one that was told beside it."""

    def detect(message: Message) -> Detection:
        if but_not is not None and but_not.casefold() in text_of(message).casefold():
            return Detection(seen=False, missed="the codes come back together, whichever is asked for")
        return Detection(
            seen=code.casefold() in said_anywhere(message).casefold(), missed="the code does not come back"
        )

    return detect


def reads(
    run: Run,
    *,
    control: Request,
    treatment: Request,
    detect: Detector,
    grows: int | None,
    ask_capability: AskCapability = copies_codes,
    scene: Scene | None = None,
    among: Detector | None = None,
) -> Conversation[Verdict]:
    """Must accept and read: the witness is a code that comes back from a model that can copy one. `scene` is the
    conversation that holds the code beside others; `among` is what is looked for there, where that is not `look`."""
    shown = yield from shown_among(run, scene, proof_by(among or detect))
    if shown is not None:
        return shown
    plainly = with_its_blocks_alone(run, control, treatment)
    contrast = yield from ask_contrast(
        control, treatment, proof=proof_by(detect), plainly=plainly, capability=ask_capability(run)
    )
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        tries = yield from tries_beside(run, scene, contrast, grows)
        finding = yield from look_for(
            run, contrast, treatment, detect, ask_capability=ask_capability, grows=grows, tries=tries
        )
        finding = yield from unless_echoed(run, finding)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def with_its_blocks_alone(run: Run, control: Request, treatment: Request) -> tuple[Request, Request] | None:
    """A plain message, and the same with those blocks that stand in a treated message alone; None where the two
    requests differ in anything else."""
    if control.without_fields("messages") != treatment.without_fields("messages"):
        return None
    asked = [each["content"] for request in (control, treatment) for each in request.json["messages"]]
    if len(asked) != 2 or not all(isinstance(each, list) for each in asked):
        return None
    added = [block for block in asked[1] if block not in asked[0]]
    words = told(PLAIN_WORDS)
    plain = run.message([words], max_tokens=32)
    return (plain, plain.with_fields(messages=[{"role": "user", "content": [*added, words]}])) if added else None


PLAIN_WORDS = "Say OK."


def shown_among(run: Run, scene: Scene | None, proves: Callable[[Message], bool]) -> Conversation[Verdict | None]:
    """The verdict on a row whose code comes back from a conversation that many rows share. None where it does not, or
    where nothing is answered: whatever the reason, the row is then asked alone."""
    if scene is None:
        return None
    answer = read_answer((yield {scene.role: scene.request})[scene.role])
    if answer.message is None or not proves(answer.message):
        return None
    finding = yield from unless_echoed(run, Finding(effect=Effect.SEEN))
    return decide_must_accept(control=[], treatment=[answer], finding=finding)


def or_shown_again(
    run: Run, verdict: Verdict, scene: Scene, proves: Callable[[Message], bool], tries: int = MOST_TRIES
) -> Conversation[Verdict]:
    """For a row whose own way decides nothing where the model obeys now and then: the shared conversation, so often
    asked as such a model is asked. So few `tries` that guessing hits none of them, 99 times of 100."""
    if (
        verdict.reason not in (Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL)
        or not (yield from copies_codes(run)).unreliable
    ):
        return verdict
    for attempt in range(1, tries):
        shown = yield from shown_among(run, scene.again(attempt), proves)
        if shown is not None:
            return shown
    return verdict


def tries_beside(run: Run, scene: Scene | None, contrast: Contrast, grows: int | None) -> Conversation[int]:
    """How often a code is looked for that a shared conversation did not show. That was one try where it showed another
    code, for then the model did list codes there, and where the prompt does not grow with what holds the code."""
    if scene is None or not contrast.control or not (yield from copies_codes(run)).reliable:
        return TRIES
    others = yield from lists_others(scene)
    if not others and grows is not None:
        others = yield from stays_out(run, contrast, grows)
    return TRIES - 1 if others else TRIES


CODE = re.compile(r"\b[B-Z]{2}-\d{4}\b")


def lists_others(scene: Scene | None) -> Conversation[bool]:
    """Did the shared conversation, which did not show the code of a row, show that of another? Then it was one try: the
    model did list codes there."""
    if scene is None:
        return False
    message = read_answer((yield {scene.role: scene.request})[scene.role]).message
    return message is not None and CODE.search(text_of(message)) is not None


def unless_echoed(run: Run, finding: Finding) -> Conversation[Finding]:
    """A code that comes back proves that it was read, but not from an endpoint that echoes its whole prompt."""
    if finding.effect is Effect.SEEN and (yield from echoes(run)):
        return Finding(
            effect=Effect.CANNOT_TELL, note="this endpoint echoes its prompt, so a code that comes back proves nothing"
        )
    return finding


def reads_all(
    run: Run,
    *,
    control: Request,
    treatment: Request,
    joined: Request,
    codes: Sequence[str],
    what: str,
    scene: Scene | None = None,
    refused: Answer | None = None,
) -> Conversation[Verdict]:
    """Must read every one of several parts. `joined` gives the same words in one part: what the model does with it
    tells a part that was dropped from a model that cannot repeat two codes. `scene` is the conversation that holds the
    parts beside others; `refused` is what an earlier request with this field alone met."""

    def all_there(message: Message) -> bool:
        return len(_found(message, codes)) == len(codes)

    shown = yield from shown_among(run, scene, all_there)
    if shown is not None:
        return shown
    plainly = with_its_blocks_alone(run, control, treatment)
    contrast = yield from ask_contrast(
        control, treatment, proof=all_there, refused=refused, plainly=plainly, capability=copies_codes(run)
    )
    if not contrast.accepted:
        unclear = Finding(effect=Effect.CANNOT_TELL)
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=unclear)
    found = _found(contrast.treatment[-1].message, codes)
    # The first further tries are anyone's; a model that copies now and then only is asked more often.
    tries = (yield from tries_beside(run, scene, contrast, LEAST_OF_CODES)) if contrast.control else 1
    if contrast.control and len(found) < len(codes) and (yield from copies_codes(run)).reliable:
        tries -= yield from stays_out(run, contrast, LEAST_OF_CODES)
    for attempt in range(1, MOST_TRIES):
        if len(found) == len(codes) or (attempt >= tries and not (yield from copies_codes(run)).unreliable):
            break
        got = yield {TREATMENT: treatment.again(attempt)}
        found = max(found, _found(read_answer(got[TREATMENT]).message, codes), key=len)
    if len(found) == len(codes):
        finding = Finding(effect=Effect.SEEN)
    else:
        finding = yield from _explain_missing(run, contrast, joined, codes, found, what)
    finding = yield from unless_echoed(run, finding)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


LEAST_OF_CODES = 12
"""Tokens that two codes and the words about them take at the least."""


def _found(message: Message | None, codes: Sequence[str]) -> list[int]:
    said = said_anywhere(message).casefold() if message is not None else ""
    return [number for number, code in enumerate(codes, 1) if code.casefold() in said]


def _explain_missing(
    run: Run, contrast: Contrast, joined: Request, codes: Sequence[str], found: list[int], what: str
) -> Conversation[Finding]:
    """Why not every code came back, by the same words in one part and by how far the prompt grew.

    model copies codes every time,
    and repeats all of `joined`     codes found   prompt's growth to that of `joined`   effect
    mostly not answered             -             -                                     cannot tell
    no                              -             -                                     too weak
    yes                             some          three quarters or more                cannot tell: all arrived
    yes                             some          less, or not counted                  seen, incomplete
    yes                             none          under a third, or not counted         absent
    yes                             none          more, or could not be seen            cannot tell
    """
    capability = yield from copies_codes(run)
    if not capability.reliable:
        return unproven(capability, "not every code comes back")
    role = "the same words in one part"
    got = yield from calibrate.ask_steadily({role: joined})
    whole = read_answer(got[role]).message
    if len(_found(whole, codes)) < len(codes):
        return Finding(effect=Effect.TOO_WEAK, note="this model is not shown able to repeat two codes")
    counted = yield from calibrate.counts_the_prompt(run)
    share = _share_of_growth(contrast, whole) if counted else None
    if found:
        note = f"of {len(codes)} {what} only number {', '.join(map(str, found))} is read"
        if share is not None and share >= 3 / 4:
            return Finding(effect=Effect.CANNOT_TELL, note=f"{note}, although the whole reached the prompt")
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)
    if counted is None or (share is not None and share >= 1 / 3):
        return Finding(effect=Effect.CANNOT_TELL, note="no code comes back, yet it may have reached the prompt")
    return Finding(effect=Effect.ABSENT, note="no code comes back")


def _share_of_growth(contrast: Contrast, whole: Message | None) -> float | None:
    """How far the parts lengthen the prompt, as a share of what the same words in one part do."""
    none, parts = (prompt_total(message) for message in contrast.messages)
    one = prompt_total(whole) if whole is not None else None
    if none is None or parts is None or one is None or one <= none:
        return None
    return (parts - none) / (one - none)
