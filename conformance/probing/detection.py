"""Looking for an effect in answers: again after a miss, in both modes, and what a miss means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conformance.probing import calibrate
from conformance.probing.capability import MOST_TRIES, Able, Skill, by_itself
from conformance.probing.contrast import TREATED, Message, Pair
from conformance.probing.run import Run, Steps
from conformance.probing.verdict import Effect, Sighting, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, prompt_total, read_answer
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation, Reason

STREAMED = "with the field, streamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a look at one answer found: `note` is told when it is seen, `missed` when it is not. `void` marks an answer
    in which it could not have been seen: the model did not write what the field would have acted on."""

    seen: bool
    note: str = ""
    missed: str = ""
    deviation: Deviation | None = None
    void: bool = False


Look = Callable[[Message], Sight]


def proof_by(look: Look) -> Callable[[Message], bool]:
    """Is a look's clean showing in the answer? For looks at what nothing but the field can have brought about."""

    def proves(message: Message) -> bool:
        sight = look(message)
        return sight.seen and sight.deviation is None

    return proves


TRIES = 3
"""So often an effect is looked for before it is said to be absent, where the model shows the skill every time. A model
that obeys every second time passes for a steady one and then misses as often once in 2,048 runs. The last of these
tries is the one in a stream, where both modes are looked at."""

UNSTREAMED = 2
"""The tries before `modes_agree`, which asks the third."""


def look_for(
    run: Run,
    pair: Pair,
    treated: Request,
    look: Look,
    *,
    able: Able = by_itself,
    grows: int | None = None,
    growth: Pair | None = None,
    always: bool = False,
    against_control: bool = True,
    tries: int = TRIES,
) -> Steps[Sighting]:
    """What became of the effect: looked for in the answers, asked again after a miss, then explained.

    `always`: the effect must hold every time, so that a mixed result is partial; else one showing is enough.
    `against_control` False: what is looked for cannot come about without the field (a limit of 16 tokens).
    `grows` and `growth`: see explain_absence; the pair whose prompts differ by the whole field, where `pair` is not it.
    `tries`: how often it is looked for unstreamed; UNSTREAMED where `modes_agree` has a further look.

    the model shows the skill                      tries
    never                                          one: what it never shows is its own doing
    now and then                                   MOST_TRIES
    every time, and the prompt does not grow       one fewer than `tries`: it has not arrived
    every time                                     `tries`
    """
    if run.dialect.streamed:
        tries = TRIES
    control_message, message = pair.messages
    in_control = against_control and look(control_message).seen
    sights = [look(message)]
    if sights[0].seen and in_control:
        return Sighting(effect=Effect.IN_CONTROL, note="the same is seen without the field")
    if sights[0].seen and (always or sights[0].deviation is None):
        return seen(sights[0])
    skill: Skill | None = None
    if not sights[0].seen and not sights[0].void:
        skill = yield from able(run)
        if skill.missing:
            return unproven(skill, sights[0].missed or "no effect is seen")
        if skill.steady and grows is not None and not always and (yield from stays_out(run, growth or pair, grows)):
            tries -= 1
    sights += yield from _look_again(treated, look, range(1, tries), always)
    if not any(sight.seen for sight in sights) or (always and not all(sight.seen or sight.void for sight in sights)):
        skill = skill or (yield from able(run))
        if skill.unsteady:
            sights += yield from _look_again(treated, look, range(tries, MOST_TRIES), always)
    hits = [sight for sight in sights if sight.seen]
    misses = [sight for sight in sights if not sight.seen and not sight.void]
    if hits and in_control:
        return Sighting(effect=Effect.IN_CONTROL, note="the same is seen without the field")
    if hits and not (always and misses):
        # One clean showing outweighs a flawed one: the field can do it, the model may slip.
        return seen(next((sight for sight in hits if sight.deviation is None), hits[0]))
    if hits:
        note = f"seen in {len(hits)} of {len(hits) + len(misses)} tries"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
    missed = next((sight.missed for sight in [*misses, *sights] if sight.missed), "no effect is seen")
    assert skill is not None
    if not misses:
        return Sighting(effect=Effect.TOO_WEAK, note=missed)
    return (yield from explain_absence(run, growth or pair, missed, skill=skill, grows=grows))


def _look_again(treated: Request, look: Look, attempts: range, always: bool) -> Steps[list[Sight]]:
    """What further tries show; the first clean showing is the last try where one is enough."""
    sights: list[Sight] = []
    for attempt in attempts:
        got = yield {TREATED: treated.again(attempt)}
        answer = read_answer(got[TREATED])
        if answer.message is None:
            continue
        sights.append(look(answer.message))
        if sights[-1].seen and not always and sights[-1].deviation is None:
            break
    return sights


def seen(sight: Sight) -> Sighting:
    """The sighting of an effect that one look has found."""
    return Sighting(effect=Effect.SEEN, note=sight.note, deviation=sight.deviation)


def explain_absence(run: Run, pair: Pair, missed: str, *, skill: Skill, grows: int | None) -> Steps[Sighting]:
    """Why no effect was seen: dropped on the way, or a model too weak to show it. `grows` is the least number of tokens
    by which the field's content lengthens the prompt (None where it does not).

    model shows the skill   prompt's total               effect
    mostly not answered     -                            cannot tell
    never, or not always    -                            too weak
    every time              does not grow, or no count   absent
    every time              grew                         cannot tell: it arrived, and was not used
    every time              could not be seen            cannot tell

    Growth alone proves nothing: a gateway that drops a block may count it, or put a placeholder in its place.
    """
    if not skill.steady:
        return unproven(skill, missed)
    if grows is None:
        return Sighting(effect=Effect.ABSENT, note=missed)
    counted = yield from calibrate.counts_the_prompt(run)
    if counted is None:
        return Sighting(effect=Effect.CANNOT_TELL, note=f"{missed}, and the prompt's growth could not be seen")
    without, with_field = (prompt_total(message) for message in pair.messages)
    if not counted or without is None or with_field is None:
        return Sighting(effect=Effect.ABSENT, note=missed)
    told = f"from {without} to {with_field} tokens"
    if (with_field - without) * 3 < grows:
        return Sighting(effect=Effect.ABSENT, note=f"{missed}, and its content does not lengthen the prompt ({told})")
    return Sighting(effect=Effect.CANNOT_TELL, note=f"{missed}, although the prompt grew ({told})")


def stays_out(run: Run, pair: Pair, grows: int) -> Steps[bool]:
    """Is the prompt shown not to grow with the field, by an endpoint that counts it?"""
    if not (yield from calibrate.counts_the_prompt(run)):
        return False
    without, with_field = (prompt_total(message) for message in pair.messages)
    return without is not None and with_field is not None and (with_field - without) * 3 < grows


def unless_unsteady(run: Run, sighting: Sighting, able: Able) -> Steps[Sighting]:
    """What a few tries show proves nothing of a model that obeys now and then only, where guessing could show it."""
    if sighting.effect not in (Effect.SEEN, Effect.ABSENT, Effect.IN_CONTROL):
        return sighting
    skill = yield from able(run)
    return sighting if skill.steady else unproven(skill, sighting.note)


def or_shown_again(
    run: Run, verdict: Verdict, show: Callable[[int], Steps[Answer | None]], able: Able
) -> Steps[Verdict]:
    """A model that obeys now and then only may have missed what is proof by itself the first time, and the long way
    tells nothing of it: it is asked as often as such a model is asked for other effects. `show` gives the answer to the
    try of this number where it is the proof, which no guessing hits in so many tries."""
    if verdict.reason not in (Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL) or not (yield from able(run)).unsteady:
        return verdict
    for attempt in range(1, MOST_TRIES):
        answer = yield from show(attempt)
        if answer is not None:
            return decide_must_accept(control=[], treated=[answer], sighting=Sighting(effect=Effect.SEEN))
    return verdict


def unproven(skill: Skill, note: str) -> Sighting:
    """What is to be said where a skill is not steady: the model's doing, unless the questions were not answered."""
    joined = f"{note}, but " if note else ""
    if not skill.known:
        why = f"most of the questions whether this model {skill.what} were not answered"
        return Sighting(effect=Effect.CANNOT_TELL, note=f"{joined}{why}")
    why = skill.told if skill.unsteady else "this model is not shown able to show it"
    return Sighting(effect=Effect.TOO_WEAK, note=f"{joined}{why}")


def modes_agree(
    run: Run, treated: Request, look: Look, plain: Sighting, *, able: Able = by_itself, tried: int = TRIES
) -> Steps[Sighting]:
    """The same request streamed as well: an effect in one mode alone, three times of three, is partial. Where it is
    absent after so few as `tried` unstreamed tries, a stream without it is one more; after any other stream the rest of
    TRIES are asked."""
    if run.dialect.streamed or plain.effect not in (Effect.SEEN, Effect.ABSENT):
        return plain
    streamed = treated.with_fields(stream=True)
    shown = yield from _sights({STREAMED: streamed}, look)
    if plain.effect is Effect.ABSENT and (not shown or shown[0][1].seen or shown[0][1].void):
        further = yield from _look_again(treated, look, range(tried, TRIES), False)
        hit = next((sight for sight in further if sight.seen), None)
        if hit is not None:
            return seen(hit)
    if len(shown) < 1:
        return plain  # whether streaming works at all is the row of `stream`
    in_stream, first = (shown[0][0],), shown[0][1]
    if first.seen == (plain.effect is Effect.SEEN):
        if first.seen and plain.deviation is None and first.deviation is not None:
            note = f"in a stream: {first.note}"
            return Sighting(effect=Effect.SEEN, note=note, deviation=first.deviation, rests_on=in_stream)
        return plain
    more = yield from _sights({f"{STREAMED}, try {n + 1}": streamed.again(n) for n in (1, 2)}, look)
    steady = len(more) == 2 and all(sight.seen == first.seen and not sight.void for _, sight in (*shown, *more))
    if plain.effect is Effect.ABSENT:
        if not steady:
            return Sighting(effect=Effect.CANNOT_TELL, note=f"{plain.note}; in a stream it is not seen every time")
        note = f"seen in a stream, absent unstreamed ({plain.note})"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE)
    repeats = yield from _sights({f"{TREATED}, try {n + 1}": treated.again(n) for n in (1, 2)}, look)
    if not steady or len(repeats) < 2 or not all(sight.seen for _, sight in repeats):
        return plain
    if not (yield from able(run)).steady:
        return plain
    note = f"seen unstreamed, absent in a stream ({first.missed or 'no effect is seen'})"
    return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE, rests_on=in_stream)


def _sights(asked: Mapping[str, Request], look: Look) -> Steps[list[tuple[str, Sight]]]:
    """What is seen in those of the answers that came, streamed where a stream was asked for, each with the digest of
    its exchange."""
    got = yield asked
    found = []
    for role, request in asked.items():
        answer = read_answer(got[role])
        wants_stream = bool(request.json.get("stream"))
        if answer.message is not None and (answer.stream is not None) == wants_stream:
            found.append((answer.exchange, look(answer.message)))
    return found


def ask_again(role: str, request: Request, times: int) -> Steps[list[Message]]:
    """The answers to a request that was asked once already, asked `times` more: what guessing can hit once, it seldom
    hits every time. What is not answered is left out."""
    asked = {f"{role}, try {n + 1}": request.again(n) for n in range(1, times + 1)}
    got = yield from calibrate.ask_steadily(asked)
    answers = [read_answer(got[each]).message for each in asked]
    return [message for message in answers if message is not None]
