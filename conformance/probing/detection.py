"""Looking for an effect in answers: again after a miss, in both modes, and what a miss means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.probing import calibrate
from conformance.probing.capability import MOST_TRIES, AskCapability, Capability, by_itself
from conformance.probing.contrast import TREATMENT, Contrast, Message
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, prompt_total, read_answer
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation, Reason

STREAMED = "with the field, streamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What a look at one answer found: `note` is told when it is seen, `missed` when it is not. `void` marks an answer
    in which it could not have been seen: the model did not write what the field would have acted on."""

    seen: bool
    note: str = ""
    missed: str = ""
    deviation: Deviation | None = None
    void: bool = False


Detector = Callable[[Message], Detection]


def proof_by(detect: Detector) -> Callable[[Message], bool]:
    """Is a look's clean showing in the answer? For looks at what nothing but the field can have brought about."""

    def proves(message: Message) -> bool:
        detection = detect(message)
        return detection.seen and detection.deviation is None

    return proves


TRIES = 3
"""So often an effect is looked for before it is said to be absent, where the model shows that it can every time. A
model that obeys every second time passes for a reliable one and then misses as often once in 2,048 runs. The last of
these tries is the one in a stream, where both modes are looked at."""

UNSTREAMED = 2
"""The tries before `modes_agree`, which asks the third."""


def look_for(
    run: Run,
    contrast: Contrast,
    treatment: Request,
    detect: Detector,
    *,
    ask_capability: AskCapability = by_itself,
    grows: int | None = None,
    growth: Contrast | None = None,
    always: bool = False,
    against_control: bool = True,
    tries: int = TRIES,
) -> Conversation[Finding]:
    """What became of the effect: looked for in the answers, asked again after a miss, then explained.

    `always`: the effect must hold every time, so that a mixed result is partial; else one showing is enough.
    `against_control` False: what is looked for cannot come about without the field (a limit of 16 tokens).
    `grows` and `growth`: see explain_absence; the pair whose prompts differ by the whole field, where `pair` is not it.
    `tries`: how often it is looked for unstreamed; UNSTREAMED where `modes_agree` has a further look.

    the model shows the capability                 tries
    never                                          one: what it never shows is its own doing
    now and then                                   MOST_TRIES
    every time, and the prompt does not grow       one fewer than `tries`: it has not arrived
    every time                                     `tries`
    """
    if run.dialect.streamed:
        tries = TRIES
    control_message, message = contrast.messages
    in_control = against_control and detect(control_message).seen
    detections = [detect(message)]
    if detections[0].seen and in_control:
        return Finding(effect=Effect.IN_CONTROL, note="the same is seen without the field")
    if detections[0].seen and (always or detections[0].deviation is None):
        return seen(detections[0])
    capability: Capability | None = None
    if not detections[0].seen and not detections[0].void:
        capability = yield from ask_capability(run)
        if capability.missing:
            return unproven(capability, detections[0].missed or "no effect is seen")
        if (
            capability.reliable
            and grows is not None
            and not always
            and (yield from stays_out(run, growth or contrast, grows))
        ):
            tries -= 1
    detections += yield from _look_again(treatment, detect, range(1, tries), always)
    if not any(detection.seen for detection in detections) or (
        always and not all(detection.seen or detection.void for detection in detections)
    ):
        capability = capability or (yield from ask_capability(run))
        if capability.unreliable:
            detections += yield from _look_again(treatment, detect, range(tries, MOST_TRIES), always)
    hits = [detection for detection in detections if detection.seen]
    misses = [detection for detection in detections if not detection.seen and not detection.void]
    if hits and in_control:
        return Finding(effect=Effect.IN_CONTROL, note="the same is seen without the field")
    if hits and not (always and misses):
        # One clean showing outweighs a flawed one: the field can do it, the model may slip.
        return seen(next((detection for detection in hits if detection.deviation is None), hits[0]))
    if hits:
        note = f"seen in {len(hits)} of {len(hits) + len(misses)} tries"
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
    missed = next((detection.missed for detection in [*misses, *detections] if detection.missed), "no effect is seen")
    assert capability is not None
    if not misses:
        return Finding(effect=Effect.TOO_WEAK, note=missed)
    return (yield from explain_absence(run, growth or contrast, missed, capability=capability, grows=grows))


def _look_again(treatment: Request, detect: Detector, attempts: range, always: bool) -> Conversation[list[Detection]]:
    """What further tries show; the first clean showing is the last try where one is enough."""
    detections: list[Detection] = []
    for attempt in attempts:
        got = yield {TREATMENT: treatment.again(attempt)}
        answer = read_answer(got[TREATMENT])
        if answer.message is None:
            continue
        detections.append(detect(answer.message))
        if detections[-1].seen and not always and detections[-1].deviation is None:
            break
    return detections


def seen(detection: Detection) -> Finding:
    """The finding of an effect that one detection has seen."""
    return Finding(effect=Effect.SEEN, note=detection.note, deviation=detection.deviation)


def explain_absence(
    run: Run, contrast: Contrast, missed: str, *, capability: Capability, grows: int | None
) -> Conversation[Finding]:
    """Why no effect was seen: dropped on the way, or a model too weak to show it. `grows` is the least number of tokens
    by which the field's content lengthens the prompt (None where it does not).

    capability is shown     prompt's total               effect
    mostly not answered     -                            cannot tell
    never, or not always    -                            too weak
    every time              does not grow, or no count   absent
    every time              grew                         cannot tell: it arrived, and was not used
    every time              could not be seen            cannot tell

    Growth alone proves nothing: a gateway that drops a block may count it, or put a placeholder in its place.
    """
    if not capability.reliable:
        return unproven(capability, missed)
    if grows is None:
        return Finding(effect=Effect.ABSENT, note=missed)
    counted = yield from calibrate.counts_the_prompt(run)
    if counted is None:
        return Finding(effect=Effect.CANNOT_TELL, note=f"{missed}, and the prompt's growth could not be seen")
    without, with_field = (prompt_total(message) for message in contrast.messages)
    if not counted or without is None or with_field is None:
        return Finding(effect=Effect.ABSENT, note=missed)
    told = f"from {without} to {with_field} tokens"
    if (with_field - without) * 3 < grows:
        return Finding(effect=Effect.ABSENT, note=f"{missed}, and its content does not lengthen the prompt ({told})")
    return Finding(effect=Effect.CANNOT_TELL, note=f"{missed}, although the prompt grew ({told})")


def stays_out(run: Run, contrast: Contrast, grows: int) -> Conversation[bool]:
    """Is the prompt shown not to grow with the field, by an endpoint that counts it?"""
    if not (yield from calibrate.counts_the_prompt(run)):
        return False
    without, with_field = (prompt_total(message) for message in contrast.messages)
    return without is not None and with_field is not None and (with_field - without) * 3 < grows


def unless_unsteady(run: Run, finding: Finding, ask_capability: AskCapability) -> Conversation[Finding]:
    """What a few tries show proves nothing of a model that obeys now and then only, where guessing could show it."""
    if finding.effect not in (Effect.SEEN, Effect.ABSENT, Effect.IN_CONTROL):
        return finding
    capability = yield from ask_capability(run)
    return finding if capability.reliable else unproven(capability, finding.note)


def or_shown_again(
    run: Run, verdict: Verdict, show: Callable[[int], Conversation[Answer | None]], ask_capability: AskCapability
) -> Conversation[Verdict]:
    """A model that obeys now and then only may have missed what is proof by itself the first time, and the long way
    tells nothing of it: it is asked as often as such a model is asked for other effects. `show` gives the answer to the
    try of this number where it is the proof, which no guessing hits in so many tries."""
    if (
        verdict.reason not in (Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL)
        or not (yield from ask_capability(run)).unreliable
    ):
        return verdict
    for attempt in range(1, MOST_TRIES):
        answer = yield from show(attempt)
        if answer is not None:
            return decide_must_accept(control=[], treatment=[answer], finding=Finding(effect=Effect.SEEN))
    return verdict


def unproven(capability: Capability, note: str) -> Finding:
    """What is to be said where a capability is not reliable: the model's doing, unless the questions were not
    answered."""
    joined = f"{note}, but " if note else ""
    if not capability.known:
        why = f"most of the questions whether this model {capability.what} were not answered"
        return Finding(effect=Effect.CANNOT_TELL, note=f"{joined}{why}")
    why = capability.told if capability.unreliable else "this model is not shown able to show it"
    return Finding(effect=Effect.TOO_WEAK, note=f"{joined}{why}")


def modes_agree(
    run: Run,
    treatment: Request,
    detect: Detector,
    plain: Finding,
    *,
    ask_capability: AskCapability = by_itself,
    tried: int = TRIES,
) -> Conversation[Finding]:
    """The same request streamed as well: an effect in one mode alone, three times of three, is partial. Where it is
    absent after so few as `tried` unstreamed tries, a stream without it is one more; after any other stream the rest of
    TRIES are asked."""
    if run.dialect.streamed or plain.effect not in (Effect.SEEN, Effect.ABSENT):
        return plain
    streamed = treatment.with_fields(stream=True)
    shown = yield from _sights({STREAMED: streamed}, detect)
    if plain.effect is Effect.ABSENT and (not shown or shown[0][1].seen or shown[0][1].void):
        further = yield from _look_again(treatment, detect, range(tried, TRIES), False)
        hit = next((detection for detection in further if detection.seen), None)
        if hit is not None:
            return seen(hit)
    if len(shown) < 1:
        return plain  # whether streaming works at all is the row of `stream`
    in_stream, first = (shown[0][0],), shown[0][1]
    if first.seen == (plain.effect is Effect.SEEN):
        if first.seen and plain.deviation is None and first.deviation is not None:
            note = f"in a stream: {first.note}"
            return Finding(effect=Effect.SEEN, note=note, deviation=first.deviation, rests_on=in_stream)
        return plain
    more = yield from _sights({f"{STREAMED}, try {n + 1}": streamed.again(n) for n in (1, 2)}, detect)
    steady = len(more) == 2 and all(
        detection.seen == first.seen and not detection.void for _, detection in (*shown, *more)
    )
    if plain.effect is Effect.ABSENT:
        if not steady:
            return Finding(effect=Effect.CANNOT_TELL, note=f"{plain.note}; in a stream it is not seen every time")
        note = f"seen in a stream, absent unstreamed ({plain.note})"
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE)
    repeats = yield from _sights({f"{TREATMENT}, try {n + 1}": treatment.again(n) for n in (1, 2)}, detect)
    if not steady or len(repeats) < 2 or not all(detection.seen for _, detection in repeats):
        return plain
    if not (yield from ask_capability(run)).reliable:
        return plain
    note = f"seen unstreamed, absent in a stream ({first.missed or 'no effect is seen'})"
    return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE, rests_on=in_stream)


def _sights(asked: Mapping[str, Request], detect: Detector) -> Conversation[list[tuple[str, Detection]]]:
    """What is seen in those of the answers that came, streamed where a stream was asked for, each with the digest of
    its exchange."""
    got = yield asked
    found = []
    for role, request in asked.items():
        answer = read_answer(got[role])
        wants_stream = bool(request.json.get("stream"))
        if answer.message is not None and (answer.stream is not None) == wants_stream:
            found.append((answer.exchange, detect(answer.message)))
    return found


def ask_again(role: str, request: Request, times: int) -> Conversation[list[Message]]:
    """The answers to a request that was asked once already, asked `times` more: what guessing can hit once, it seldom
    hits every time. What is not answered is left out."""
    asked = {f"{role}, try {n + 1}": request.again(n) for n in range(1, times + 1)}
    got = yield from calibrate.ask_reliably(asked)
    answers = [read_answer(got[each]).message for each in asked]
    return [message for message in answers if message is not None]
