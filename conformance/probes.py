"""The three kinds of probe as conversations: what is asked, in which order, and which decision table is then read.

A probe yields requests by role and is sent the exchanges; it decides nothing that `verdict.py` does not.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance import calibrate
from conformance.answer import Answer, Outcome, prompt_total, read_answer
from conformance.exchange import Exchange, Request
from conformance.run import Run, Steps
from conformance.status import Deviation
from conformance.verdict import (
    Effect,
    Sighting,
    Verdict,
    decide_failure_injected,
    decide_must_accept,
    decide_must_refuse,
)

Message = Mapping[str, Any]
CONTROL = "control"
TREATED = "with the field"
STREAMED = "with the field, streamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a look at one answer found: `note` is told when it is seen, `missed` when it is not."""

    seen: bool
    note: str = ""
    missed: str = ""
    deviation: Deviation | None = None


Look = Callable[[Message], Sight]
Able = Callable[[Run], Steps[bool]]


def by_itself(run: Run) -> Steps[bool]:
    """For effects that need no skill of the model: a field of the answer, a limit, a count."""
    yield from ()
    return True


@dataclass(slots=True)
class Pair:
    """A control and the same request with the field, as often as they were asked."""

    control: list[Answer]
    treated: list[Answer]

    @property
    def accepted(self) -> bool:
        return self.control[0].answered and all(each.answered for each in self.treated)

    @property
    def messages(self) -> tuple[Message, Message]:
        control, treated = self.control[0].message, self.treated[-1].message
        assert control is not None
        assert treated is not None
        return control, treated


def ask_pair(control: Request, treated: Request, *, role: str = TREATED, control_role: str = CONTROL) -> Steps[Pair]:
    """Asks both; where the treated one fails although the control does not, both a second time."""
    got = yield {control_role: control, role: treated}
    pair = Pair([read_answer(got[control_role])], [read_answer(got[role])])
    if pair.control[0].answered and not pair.treated[0].answered:
        got = yield {control_role: control.again(1), role: treated.again(1)}
        pair.control.append(read_answer(got[control_role]))
        pair.treated.append(read_answer(got[role]))
    return pair


def must_accept(
    run: Run,
    *,
    control: Request,
    treated: Request,
    look: Look,
    able: Able = by_itself,
    grows: int | None = None,
    growth_proves: bool = True,
    always: bool = False,
    both_modes: bool = False,
    tries: int = 3,
) -> Steps[Verdict]:
    """A field, block or tool with an effect that `look` finds in the answer.

    `able` tells whether this model is shown able to show the effect; `grows` is the least number of tokens by which
    the field's content lengthens the prompt (None where it does not). `growth_proves` False: a prompt that does not
    grow is no proof by itself (images are often left out of the count). `always`: the effect must hold every time,
    so that a mixed result is partial; else one showing is enough. `both_modes` looks at a stream as well.
    """
    pair = yield from ask_pair(control, treated)
    if not pair.accepted:
        unclear = Sighting(effect=Effect.CANNOT_TELL)
        return decide_must_accept(control=pair.control, treated=pair.treated, sighting=unclear)
    sighting = yield from look_for(
        run,
        pair,
        treated,
        look,
        able=able,
        grows=grows,
        growth_proves=growth_proves,
        always=always,
        tries=tries,
    )
    if both_modes:
        sighting = yield from modes_agree(run, treated, look, sighting)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def look_for(
    run: Run,
    pair: Pair,
    treated: Request,
    look: Look,
    *,
    able: Able = by_itself,
    grows: int | None = None,
    growth_proves: bool = True,
    always: bool = False,
    tries: int = 3,
    against_control: bool = True,
) -> Steps[Sighting]:
    """What became of the effect: looked for in the answers, asked again after a miss, then explained.

    `against_control` False: what is looked for cannot come about without the field (a limit of 16 tokens).
    """
    control_message, message = pair.messages
    in_control = against_control and look(control_message).seen
    sights = [look(message)]
    if sights[0].seen and in_control:
        return Sighting(effect=Effect.IN_CONTROL, note="the same is seen without the field")
    if sights[0].seen:
        return _seen(sights[0])
    for attempt in range(1, tries):
        got = yield {TREATED: treated.again(attempt)}
        answer = read_answer(got[TREATED])
        if answer.message is None:
            continue
        sights.append(look(answer.message))
        if sights[-1].seen and not always:
            break
    hits = [sight for sight in sights if sight.seen]
    if hits and in_control:
        return Sighting(effect=Effect.IN_CONTROL, note="the same is seen without the field")
    if hits and not always:
        return _seen(hits[0])
    if hits:
        note = f"seen in {len(hits)} of {len(sights)} tries"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
    missed = next((sight.missed for sight in sights if sight.missed), "no effect is seen")
    return (yield from explain_absence(run, pair, missed, able=able, grows=grows, growth_proves=growth_proves))


def _seen(sight: Sight) -> Sighting:
    return Sighting(effect=Effect.SEEN, note=sight.note, deviation=sight.deviation)


def explain_absence(
    run: Run, pair: Pair, missed: str, *, able: Able, grows: int | None, growth_proves: bool
) -> Steps[Sighting]:
    """Why no effect was seen: dropped on the way, or a model too weak to show it.

    prompt's total   model shown able   effect
    did not grow     -                  absent (where growth proves; else as not counted)
    grew             no                 seen: the content reached the prompt
    grew             yes                cannot tell
    not counted      yes                absent
    not counted      no                 too weak
    """
    if grows is not None and (yield from calibrate.counts_the_prompt(run)):
        without, with_field = (prompt_total(message) for message in pair.messages)
        if without is not None and with_field is not None:
            growth = with_field - without
            if growth * 3 < grows and growth_proves:
                note = f"{missed}, and the prompt does not grow by its content ({without} to {with_field} tokens)"
                return Sighting(effect=Effect.ABSENT, note=note)
            if growth * 3 >= grows:
                note = f"its content reached the prompt, which grew from {without} to {with_field} tokens"
                if not (yield from able(run)):
                    return Sighting(effect=Effect.SEEN, note=f"{note}; this model does not repeat it")
                return Sighting(effect=Effect.CANNOT_TELL, note=f"{missed}, although {note}")
    if (yield from able(run)):
        return Sighting(effect=Effect.ABSENT, note=missed)
    return Sighting(effect=Effect.TOO_WEAK, note=f"{missed}, but this model is not shown able to show it")


def modes_agree(run: Run, treated: Request, look: Look, plain: Sighting) -> Steps[Sighting]:
    """The same request streamed as well: an effect in one mode alone is partial."""
    if run.dialect.streamed or plain.effect not in (Effect.SEEN, Effect.ABSENT):
        return plain
    got = yield {STREAMED: treated.with_fields(stream=True)}
    answer = read_answer(got[STREAMED])
    if answer.message is None or answer.stream is None:
        return plain  # whether streaming works at all is the row of `stream`
    streamed = look(answer.message)
    if plain.effect is Effect.SEEN and not streamed.seen:
        got = yield {STREAMED: treated.with_fields(stream=True).again(1)}
        again = read_answer(got[STREAMED])
        if again.message is not None and look(again.message).seen:
            return plain
        note = f"seen unstreamed, absent in a stream ({streamed.missed or 'no effect is seen'})"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE)
    if plain.effect is Effect.ABSENT and streamed.seen:
        note = f"seen in a stream, absent unstreamed ({plain.note})"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE)
    if plain.effect is Effect.SEEN and plain.deviation is None and streamed.deviation is not None:
        note = f"in a stream: {streamed.note}"
        return Sighting(effect=Effect.SEEN, note=note, deviation=streamed.deviation)
    return plain


def only_validated(
    *,
    control: Request,
    valid: Request,
    invalid: Request,
    look: Look | None = None,
    unread: Effect = Effect.NOT_VISIBLE,
) -> Steps[Verdict]:
    """A field whose effect shows, if at all, in a field of the answer; else only in that a bad value is refused.

    valid   effect                 bad value   status
    2xx     seen, not in control   -           supported
    2xx     seen in both           refused     supported: the value is read, and reported
    2xx     none                   refused     accepted (validated only)
    2xx     none, or in both       accepted    `unread`: accepted where no effect can show, ignored where one would
    """
    pair = yield from ask_pair(control, valid)
    if not pair.accepted:
        unclear = Sighting(effect=Effect.CANNOT_TELL)
        return decide_must_accept(control=pair.control, treated=pair.treated, sighting=unclear)
    got = yield {"with a bad value": invalid}
    refused = read_answer(got["with a bad value"]).outcome is Outcome.REFUSED
    seen = look(pair.messages[1]) if look else Sight(seen=False)
    in_control = bool(look and look(pair.messages[0]).seen)
    if seen.seen and (refused or not in_control):
        sighting = _seen(seen)
    elif refused:
        sighting = Sighting(effect=Effect.NOT_VISIBLE, note="validated only: a bad value is refused")
    elif unread is Effect.ABSENT:
        sighting = Sighting(effect=unread, note="a bad value is accepted as well, and nothing reports the field")
    else:
        sighting = Sighting(effect=unread, note="a bad value is accepted as well; the field has no visible effect")
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def must_refuse(
    *, control: Request, bad: Mapping[str, Request], stated: Callable[[Exchange], bool], wire: bool
) -> Steps[Verdict]:
    """Requests that the documents say are refused; `stated` tells whether one was refused as stated."""
    got = yield {CONTROL: control, **bad}
    return decide_must_refuse(
        control=read_answer(got[CONTROL]),
        refused=[read_answer(got[role]) for role in bad],
        as_stated=[stated(got[role]) for role in bad],
        wire=wire,
    )


LOOKUP_WORDS = re.compile(
    r"not.found|no such|does not exist|doesn.t exist|unknown id|expired|resolv|connect|reach|download|fetch|retriev",
    re.IGNORECASE,
)


def failure_injected(
    run: Run,
    *,
    control: Request,
    treated: Request,
    unknown: Callable[[Run], Steps[Answer]],
    names: Sequence[str],
    bogus: str,
) -> Steps[Verdict]:
    """A field given a bogus value. `names` are the words by which a refusal calls the field itself; `unknown` asks how
    this endpoint meets an unknown field or block: a refusal of the same shape means that it does not know this one."""
    pair = yield from ask_pair(control, treated)
    if not pair.control[0].answered:
        return decide_must_accept(control=pair.control, treated=pair.treated)
    like_unknown = named = False
    if not pair.treated[-1].answered:
        stranger = yield from unknown(run)
        problem = pair.treated[-1].problem
        like_unknown = same_shape(problem, stranger.problem, names) if not stranger.answered else False
        named = bogus in problem or bool(LOOKUP_WORDS.search(problem))
    return decide_failure_injected(
        control=pair.control, treated=pair.treated, like_unknown=like_unknown, names_the_failure=named
    )


def same_shape(problem: str, of_unknown: str, names: Sequence[str]) -> bool:
    """Are two refusals the same but for the name of the field or block, the suite's invented one included?"""
    return (
        difflib.SequenceMatcher(None, _shape(problem, names), _shape(of_unknown, names), autojunk=False).ratio() > 0.85
    )


def _shape(problem: str, names: Sequence[str]) -> str:
    text = re.sub(r"zz_\w+", "NAME", problem)
    for name in names:
        text = text.replace(name, "NAME")
    return re.sub(r"\d+", "0", text)
