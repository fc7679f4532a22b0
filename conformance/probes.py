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
    """A control and the same request with the field, as often as they were asked; `exchange` is the last with it."""

    control: list[Answer]
    treated: list[Answer]
    exchange: Exchange

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
    """Asks both; where the treated one fails although the control does not, both a second time. A control that fails
    by itself (5xx, cut) is asked again before it is believed."""
    steady = yield from calibrate.ask_steadily({control_role: control})
    got = yield {role: treated}
    pair = Pair([read_answer(steady[control_role])], [read_answer(got[role])], got[role])
    if pair.control[0].answered and not pair.treated[0].answered:
        got = yield {control_role: control.again(1), role: treated.again(1)}
        pair.control.append(read_answer(got[control_role]))
        pair.treated.append(read_answer(got[role]))
        pair.exchange = got[role]
    return pair


def broken_twice(pair: Pair, streamed: Request) -> Steps[Verdict]:
    """A stream that broke its grammar, or was none, is asked for a second time: `broken` needs it twice."""
    got = yield {f"{TREATED}, again": streamed.again(1)}
    treated = [unstreamable(each) for each in (pair.treated[-1], read_answer(got[f"{TREATED}, again"]))]
    return decide_must_accept(control=pair.control, treated=treated, sighting=Sighting(effect=Effect.CANNOT_TELL))


def unstreamable(answer: Answer) -> Answer:
    """The answer as a client that reads streams meets it."""
    if not answer.answered:
        return answer
    if answer.stream is None:
        return Answer(outcome=Outcome.BROKEN, problem="the answer is one JSON body where a stream was asked for")
    if answer.stream.violation is not None:
        return Answer(outcome=Outcome.BROKEN, problem=f"the stream breaks its grammar: {answer.stream.violation}")
    return answer


def must_accept(
    run: Run, *, control: Request, treated: Request, look: Look, able: Able = by_itself, grows: int | None = None
) -> Steps[Verdict]:
    """A field, block or tool with an effect that `look` finds in the answer; one showing is enough.

    `able` tells whether this model is shown able to show the effect; `grows` is the least number of tokens by which
    the field's content lengthens the prompt (None where it does not).
    """
    pair = yield from ask_pair(control, treated)
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        sighting = yield from look_for(run, pair, treated, look, able=able, grows=grows)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def look_for(
    run: Run,
    pair: Pair,
    treated: Request,
    look: Look,
    *,
    able: Able = by_itself,
    grows: int | None = None,
    always: bool = False,
    tries: int = 3,
    against_control: bool = True,
) -> Steps[Sighting]:
    """What became of the effect: looked for in the answers, asked again after a miss, then explained.

    `always`: the effect must hold every time, so that a mixed result is partial; else one showing is enough.
    `against_control` False: what is looked for cannot come about without the field (a limit of 16 tokens).
    """
    control_message, message = pair.messages
    in_control = against_control and look(control_message).seen
    sights = [look(message)]
    if sights[0].seen and in_control:
        return Sighting(effect=Effect.IN_CONTROL, note="the same is seen without the field")
    if sights[0].seen and (always or sights[0].deviation is None):
        return _seen(sights[0])
    for attempt in range(1, tries):
        got = yield {TREATED: treated.again(attempt)}
        answer = read_answer(got[TREATED])
        if answer.message is None:
            continue
        sights.append(look(answer.message))
        if sights[-1].seen and not always and sights[-1].deviation is None:
            break
    hits = [sight for sight in sights if sight.seen]
    if hits and in_control:
        return Sighting(effect=Effect.IN_CONTROL, note="the same is seen without the field")
    if hits and not always:
        # One clean showing outweighs a flawed one: the field can do it, the model may slip.
        return _seen(next((sight for sight in hits if sight.deviation is None), hits[0]))
    if hits:
        note = f"seen in {len(hits)} of {len(sights)} tries"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
    missed = next((sight.missed for sight in sights if sight.missed), "no effect is seen")
    return (yield from explain_absence(run, pair, missed, able=able, grows=grows))


def _seen(sight: Sight) -> Sighting:
    return Sighting(effect=Effect.SEEN, note=sight.note, deviation=sight.deviation)


def explain_absence(run: Run, pair: Pair, missed: str, *, able: Able, grows: int | None) -> Steps[Sighting]:
    """Why no effect was seen: dropped on the way, or a model too weak to show it.

    model shown able   prompt's total               effect
    no                 -                            too weak
    yes                does not grow, or no count   absent
    yes                grew                         cannot tell: it arrived, and was not used
    yes                could not be seen            cannot tell

    Growth alone proves nothing: a gateway that drops a block may count it, or put a placeholder in its place.
    """
    if not (yield from able(run)):
        return Sighting(effect=Effect.TOO_WEAK, note=f"{missed}, but this model is not shown able to show it")
    if grows is None:
        return Sighting(effect=Effect.ABSENT, note=missed)
    counted = yield from calibrate.counts_the_prompt(run)
    if counted is None:
        return Sighting(effect=Effect.CANNOT_TELL, note=f"{missed}, and the prompt's growth could not be seen")
    without, with_field = (prompt_total(message) for message in pair.messages)
    if not counted or without is None or with_field is None:
        return Sighting(effect=Effect.ABSENT, note=missed)
    growth = f"from {without} to {with_field} tokens"
    if (with_field - without) * 3 < grows:
        return Sighting(effect=Effect.ABSENT, note=f"{missed}, and its content does not lengthen the prompt ({growth})")
    return Sighting(effect=Effect.CANNOT_TELL, note=f"{missed}, although the prompt grew ({growth})")


def modes_agree(run: Run, treated: Request, look: Look, plain: Sighting) -> Steps[Sighting]:
    """The same request streamed as well: an effect in one mode alone, three times of three, is partial."""
    if run.dialect.streamed or plain.effect not in (Effect.SEEN, Effect.ABSENT):
        return plain
    first = yield from _sights({STREAMED: treated.with_fields(stream=True)}, look)
    if len(first) < 1:
        return plain  # whether streaming works at all is the row of `stream`
    if first[0].seen == (plain.effect is Effect.SEEN):
        if first[0].seen and plain.deviation is None and first[0].deviation is not None:
            note = f"in a stream: {first[0].note}"
            return Sighting(effect=Effect.SEEN, note=note, deviation=first[0].deviation)
        return plain
    streamed = treated.with_fields(stream=True)
    more = yield from _sights({f"{STREAMED}, try {n + 1}": streamed.again(n) for n in (1, 2)}, look)
    steady = len(more) == 2 and all(sight.seen == first[0].seen for sight in more)
    if plain.effect is Effect.ABSENT:
        if not steady:
            return Sighting(effect=Effect.CANNOT_TELL, note=f"{plain.note}; in a stream it is not seen every time")
        note = f"seen in a stream, absent unstreamed ({plain.note})"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE)
    repeats = yield from _sights({f"{TREATED}, try {n + 1}": treated.again(n) for n in (1, 2)}, look)
    if not steady or len(repeats) < 2 or not all(sight.seen for sight in repeats):
        return plain
    note = f"seen unstreamed, absent in a stream ({first[0].missed or 'no effect is seen'})"
    return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.ONE_MODE)


def _sights(asked: Mapping[str, Request], look: Look) -> Steps[list[Sight]]:
    """What is seen in those of the answers that came, streamed where a stream was asked for."""
    got = yield asked
    found = []
    for role, request in asked.items():
        answer = read_answer(got[role])
        wants_stream = bool(request.json.get("stream"))
        if answer.message is not None and (answer.stream is not None) == wants_stream:
            found.append(look(answer.message))
    return found


def repeats(control: Request, treated: Request, *, times: int = 2) -> Steps[list[tuple[Message, Message]]]:
    """The same pair asked `times` more: what guessing can hit once, it seldom hits every time. Pairs that were not
    answered are left out."""
    asked = {}
    for n in range(1, times + 1):
        asked[f"{CONTROL}, try {n + 1}"] = control.again(n)
        asked[f"{TREATED}, try {n + 1}"] = treated.again(n)
    got = yield from calibrate.ask_steadily(asked)
    found = []
    for n in range(1, times + 1):
        pair = [read_answer(got[f"{role}, try {n + 1}"]).message for role in (CONTROL, TREATED)]
        if pair[0] is not None and pair[1] is not None:
            found.append((pair[0], pair[1]))
    return found


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
    2xx     none, or in both       fails       untested (cannot_tell)
    """
    pair = yield from ask_pair(control, valid)
    if not pair.accepted:
        unclear = Sighting(effect=Effect.CANNOT_TELL)
        return decide_must_accept(control=pair.control, treated=pair.treated, sighting=unclear)
    got = yield from calibrate.ask_steadily({"with a bad value": invalid})
    bad = read_answer(got["with a bad value"])
    refused = bad.outcome is Outcome.REFUSED
    seen = look(pair.messages[1]) if look else Sight(seen=False)
    in_control = bool(look and look(pair.messages[0]).seen)
    if seen.seen and (refused or not in_control):
        sighting = _seen(seen)
    elif refused:
        sighting = Sighting(effect=Effect.NOT_VISIBLE, note="validated only: a bad value is refused")
    elif not bad.answered:
        note = f"a bad value meets neither an answer nor a refusal: {bad.problem}"
        sighting = Sighting(effect=Effect.CANNOT_TELL, note=note)
    elif unread is Effect.ABSENT:
        told = "what is reported is the same without the field" if in_control else "nothing reports the field"
        sighting = Sighting(effect=unread, note=f"a bad value is accepted as well, and {told}")
    else:
        sighting = Sighting(effect=unread, note="a bad value is accepted as well; the field has no visible effect")
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def must_refuse(
    *, control: Request, bad: Mapping[str, Request], stated: Callable[[Exchange], bool], wire: bool
) -> Steps[Verdict]:
    """Requests that the documents say are refused; `stated` tells whether one was refused as stated."""
    got = yield from calibrate.ask_steadily({CONTROL: control})
    good = read_answer(got[CONTROL])
    first = yield bad
    unclear = [role for role in bad if read_answer(first[role]).outcome in (Outcome.BROKEN, Outcome.WAITING)]
    second: Mapping[str, Exchange] = (yield {role: bad[role].again(1) for role in unclear}) if unclear else {}
    return decide_must_refuse(
        control=good,
        refused=[read_answer(first[role]) for role in bad],
        again=[read_answer(second[role]) if role in second else None for role in bad],
        as_stated=[stated(first[role]) for role in bad],
        wire=wire,
    )


LOOKUP_WORDS = re.compile(
    r"\b(not found|no such|does not exist|doesn't exist|has expired|connection (error|refused|failed|timed out)|"
    r"connect (refused|failed)|(could not|cannot|can't|couldn't|failed to|unable to|error while)( be)? "
    r"(resolv|connect|reach|download|fetch|retriev|find|found|communicat|load|establish)\w*|"
    r"name resolution|name or service not known|getaddrinfo|unreachable)",
    re.IGNORECASE,
)
NOT_KNOWN_WORDS = re.compile(
    r"not (supported|permitted|allowed|available)|unsupported|unknown|unrecogni[sz]ed|extra |"
    r"(no such|find) (field|param|parameter|key|property)",
    re.IGNORECASE,
)


def failure_injected(
    run: Run,
    *,
    control: Request,
    treated: Request,
    unknown: Callable[[Run], Steps[Answer]],
    names: Sequence[str],
    named_by: re.Pattern[str] = LOOKUP_WORDS,
) -> Steps[Verdict]:
    """A field given a bogus value. `names` are the words by which a refusal calls the field itself; `unknown` asks how
    this endpoint meets an unknown field or block of the same value: a refusal of the same shape means that it does not
    know this one. `named_by` finds the words of a lookup or a fetch."""
    pair = yield from ask_pair(control, treated)
    if not pair.control[0].answered:
        return decide_must_accept(control=pair.control, treated=pair.treated)
    like_unknown = named = False
    if not pair.treated[-1].answered:
        stranger = yield from unknown(run)
        problem = pair.treated[-1].problem
        like_unknown = not stranger.answered and same_shape(problem, stranger.problem, names)
        # What our own client says of a cut connection is no word of the endpoint's.
        said = pair.exchange.failure is None
        named = said and bool(named_by.search(problem)) and not NOT_KNOWN_WORDS.search(problem)
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
