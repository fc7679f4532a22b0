"""The decision tables: pure functions from what was answered to a verdict.

Every line of every table below has a test. The functions know no row and no provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from conformance.protocol.answer import Answer, Outcome, same_words
from conformance.protocol.status import Deviation, Reason, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One row's result. `deviation` stands with `partial` alone, `reason` with `untested` alone. `rests_on` are the
    digests of the exchanges that show what the note says, the most telling first: a reader who repeats that one sees
    the finding."""

    status: Status
    note: str = ""
    deviation: Deviation | None = None
    reason: Reason | None = None
    rests_on: tuple[str, ...] = field(default=(), compare=False)


class Effect(StrEnum):
    """What became of a field's effect in answers that were accepted."""

    SEEN = "seen"
    IN_CONTROL = "in_control"
    ABSENT = "absent"
    TOO_WEAK = "too_weak"
    LOST = "lost"
    CANNOT_TELL = "cannot_tell"
    NOT_VISIBLE = "not_visible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The effect with what is to be said of it; a deviation makes a seen effect partial. `rests_on` are the digests of
    the exchanges that show it, where they are others than the last one with the field."""

    effect: Effect
    note: str = ""
    deviation: Deviation | None = None
    rests_on: tuple[str, ...] = field(default=(), compare=False)


def untested(reason: Reason, note: str, *rests_on: Answer | str) -> Verdict:
    """No evidence, and why. `rests_on` are the answers, or the digests of the exchanges, that show why."""
    return Verdict(status=Status.UNTESTED, reason=reason, note=note, rests_on=digests(rests_on))


def digests(shown: Iterable[Answer | str | None]) -> tuple[str, ...]:
    """The digests of the exchanges of these answers, each once."""
    named = (each.exchange if isinstance(each, Answer) else each for each in shown)
    return tuple(dict.fromkeys(digest for digest in named if digest))


TOO_LONG = re.compile(
    r"\b(prompt|input|request|conversation|messages?)( is|:)? too long|context (size|length|window)|"
    r"exceeds? the (available|maximum) context",
    re.IGNORECASE,
)
"""What refusals of a prompt say that does not fit this model's context."""

NO_LONGER_ANSWERED = "the control is no longer answered"
"""How a note begins of an endpoint that went down on the way."""

CONTROL_REASONS = {
    Outcome.REFUSED: Reason.CONTROL_REFUSED,
    Outcome.LOCKED: Reason.KEY_REFUSED,
    Outcome.WAITING: Reason.RATE_LIMITED,
    Outcome.UNREACHABLE: Reason.UNREACHABLE,
    Outcome.BROKEN: Reason.CONTROL_REFUSED,
}

_EFFECT_REASONS = {
    Effect.IN_CONTROL: Reason.NOT_ATTRIBUTABLE,
    Effect.TOO_WEAK: Reason.MODEL_TOO_WEAK,
    Effect.LOST: Reason.PREREQUISITE_REFUSED,
    Effect.CANNOT_TELL: Reason.CANNOT_TELL,
}


def unanswered(answer: Answer) -> Reason:
    """Why a row is untested whose control was not answered."""
    if answer.outcome is Outcome.REFUSED and TOO_LONG.search(answer.problem):
        return Reason.CONTEXT_TOO_SMALL
    return CONTROL_REASONS[answer.outcome]


def decide_must_accept(
    *,
    control: Sequence[Answer],
    treatment: Sequence[Answer],
    finding: Finding | None = None,
    prerequisite: Answer | None = None,
) -> Verdict:
    """Decides a field, block or tool that must be accepted. Both sequences are tries of the same request; `control` is
    empty where the answer with the field is proof by itself.

    control           with the field                          effect        status
    not 2xx           -                                       -             untested (why)
    prerequisite refused                                      -             untested (prerequisite_refused)
    prerequisite told to wait, or not reached                 -             untested (why)
    2xx               401, 429, 503, 529, no connection,
                      and the control is met the same way     -             untested (why)
    2xx               4xx twice, which says that the prompt
                      is too long                             -             untested (context_too_small)
    2xx               4xx twice (401 and 403 included), in
                      the same words                          -             rejected, where a bare message is still
                                                                            answered at the end of the run
    2xx               4xx twice, in different words           -             untested (unstable)
    2xx, 2xx          429 twice, or no connection twice       -             untested (why)
    2xx, 2xx          5xx (503 and 529 included), incomplete,
                      HTML, no Message: twice                 -             broken
    2xx               failed once, then 2xx (or otherwise)    -             untested (unstable)
    2xx               2xx                                     seen          supported, or partial with its deviation
    2xx               2xx                                     in control    untested (not_attributable)
    2xx               2xx                                     absent        ignored
    2xx               2xx                                     too weak      untested (model_too_weak)
    2xx               2xx                                     lost          untested (prerequisite_refused)
    2xx               2xx                                     cannot tell   untested (cannot_tell)
    2xx               2xx                                     not visible   accepted
    """
    if prerequisite is not None and prerequisite.outcome in (Outcome.WAITING, Outcome.UNREACHABLE):
        return untested(unanswered(prerequisite), prerequisite.problem, prerequisite)
    if prerequisite is not None and not prerequisite.answered:
        note = f"what the row needs is refused: {prerequisite.problem}"
        return untested(Reason.PREREQUISITE_REFUSED, note, prerequisite)
    if control and not control[0].answered:
        reason = unanswered(control[0])
        return untested(reason, f"the control, without the field, is not answered: {control[0].problem}", control[0])
    last = treatment[-1]
    if last.answered:
        failed = next((each for each in treatment if not each.answered), None)
        if failed is not None:
            note = f"the same request failed once and was answered once: {failed.problem}"
            return untested(Reason.UNSTABLE, note, failed, last)
        assert finding is not None
        verdict = _decide_effect(finding)
        return verdict if verdict.rests_on else replace(verdict, rests_on=digests([last]))
    return _decide_failure(control, treatment)


def _decide_failure(control: Sequence[Answer], treatment: Sequence[Answer]) -> Verdict:
    last = treatment[-1]
    if not control[-1].answered:
        reason = unanswered(control[-1])
        return untested(reason, f"{NO_LONGER_ANSWERED} either: {control[-1].problem}", control[-1])
    if len({_end(each) for each in treatment}) > 1 or _refused_otherwise(treatment[0], last):
        problems = "; then ".join(each.problem or "answered" for each in treatment)
        return untested(Reason.UNSTABLE, f"the same request met different ends: {problems}", *treatment)
    if len(treatment) < 2:
        return untested(Reason.UNSTABLE, f"failed once and was not asked again: {last.problem}", last)
    if last.outcome in (Outcome.REFUSED, Outcome.LOCKED):
        if unanswered(last) is Reason.CONTEXT_TOO_SMALL:
            return untested(Reason.CONTEXT_TOO_SMALL, last.problem, last)
        return Verdict(status=Status.REJECTED, note=last.problem, rests_on=digests([last]))
    if last.outcome is Outcome.UNREACHABLE:
        return untested(Reason.UNREACHABLE, last.problem, last)
    if _rate_limited(last):
        return untested(Reason.RATE_LIMITED, last.problem, last)
    return Verdict(status=Status.BROKEN, note=last.problem, rests_on=digests([last]))


def _rate_limited(answer: Answer) -> bool:
    return answer.outcome is Outcome.WAITING and answer.problem.startswith("HTTP 429")


def _end(answer: Answer) -> str:
    """How a try ended, as far as two tries must agree: a key that is refused is another end than a refusal, a 429
    another than an overload."""
    return Reason.RATE_LIMITED if _rate_limited(answer) else answer.outcome


def _refused_otherwise(first: Answer, last: Answer) -> bool:
    """Are both refused, and not in the same words? One of them may be the moment's."""
    return first.outcome is last.outcome is Outcome.REFUSED and not same_words(first, last)


def _decide_effect(finding: Finding) -> Verdict:
    note, shown = finding.note, finding.rests_on
    if finding.effect is Effect.SEEN:
        status = Status.PARTIAL if finding.deviation else Status.SUPPORTED
        return Verdict(status=status, note=note, deviation=finding.deviation, rests_on=shown)
    if finding.effect is Effect.ABSENT:
        return Verdict(status=Status.IGNORED, note=note, rests_on=shown)
    if finding.effect is Effect.NOT_VISIBLE:
        return Verdict(status=Status.ACCEPTED, note=note, rests_on=shown)
    return untested(_EFFECT_REASONS[finding.effect], note, *shown)


def decide_must_refuse(
    *,
    control: Sequence[Answer],
    refused: Sequence[Answer],
    again: Sequence[Answer | None],
    as_stated: Sequence[bool],
    roles: Sequence[str] = (),
) -> Verdict:
    """Decides a row whose every request must be refused as the documents state. `again` holds the second try of each
    request that was neither answered nor refused the first time, or refused for no cause that it names, None for the
    others; `control` was then asked again.
    `roles` says what each request is, where the note must tell them apart.

    control    the bad requests                              status
    not 2xx,   -                                             untested (why)
      any time
    2xx        429, no connection                            untested (why)
    2xx        5xx, incomplete or 401 once, then otherwise   untested (unstable)
    2xx        refused twice, in different words             untested (unstable)
    2xx        5xx, incomplete, twice                        broken
    2xx        all 2xx                                       ignored: the rule is not enforced
    2xx        some 2xx, some refused                        partial (incomplete)
    2xx        all refused, one not as stated                partial (other_refusal)
    2xx        all refused as stated                         supported
    """
    bad_control = next((each for each in control if not each.answered), None)
    if bad_control is not None:
        note = f"the good request is not answered: {bad_control.problem}"
        return untested(unanswered(bad_control), note, bad_control)
    for first, second in zip(refused, again, strict=True):
        last = second or first
        if last.outcome is Outcome.UNREACHABLE:
            return untested(Reason.UNREACHABLE, last.problem, last)
        if _rate_limited(last):
            return untested(Reason.RATE_LIMITED, last.problem, last)
    names = [f"{role}: " for role in roles] or [""] * len(refused)
    for first, second, name in zip(refused, again, names, strict=True):
        failed = first.outcome in (Outcome.BROKEN, Outcome.WAITING)
        differs = second is not None and (_end(first) != _end(second) or _refused_otherwise(first, second))
        if differs or (second is None and failed):
            note = f"the same request met different ends, one of them {first.problem}"
            return untested(Reason.UNSTABLE, note, first, *([second] if second else []))
        if failed:
            note = f"no clean refusal: {name}{first.problem}"
            return Verdict(status=Status.BROKEN, note=note, rests_on=digests([first]))
    taken = [each for each in refused if each.answered]
    told = ", ".join(role for role, each in zip(roles, refused, strict=False) if each.answered)
    note = f"answered instead of refused{f': {told}' if told else ''}"
    if len(taken) == len(refused):
        return Verdict(status=Status.IGNORED, note=note, rests_on=digests(taken))
    if taken:
        clean = next(each for each in refused if not each.answered)
        one = f"refused in one form only ({clean.problem}); {told or 'the other'} is answered"
        return Verdict(
            status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=one, rests_on=digests([*taken, clean])
        )
    if not all(as_stated):
        place = list(as_stated).index(False)
        other = f"refused otherwise: {names[place]}{refused[place].problem}"
        shown = digests([refused[place]])
        return Verdict(status=Status.PARTIAL, deviation=Deviation.OTHER_REFUSAL, note=other, rests_on=shown)
    return Verdict(status=Status.SUPPORTED, rests_on=digests(refused))


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule; `deviation` marks one that the documents let pass with a warning. `exchange` is the digest of the
    exchange that breaks it."""

    rule: str
    deviation: Deviation | None = None
    exchange: str = field(default="", compare=False)


def decide_invariant(*, exercised: int, violations: Sequence[Violation]) -> Verdict:
    """Decides a rule of the wire that must hold wherever it was exercised.

    exercised    violations                     status
    never        -                              untested (never_exercised)
    at least 1   none                           supported
    at least 1   warnings only                  partial with the first one's deviation
    at least 1   any other                      broken
    """
    if exercised == 0:
        return untested(Reason.NEVER_EXERCISED, "no answer of this run shows it")
    severe = [each for each in violations if each.deviation is None]
    if not violations:
        return Verdict(status=Status.SUPPORTED)
    first = (severe or violations)[0]
    status = Status.PARTIAL if first.deviation else Status.BROKEN
    return Verdict(status=status, note=first.rule, deviation=first.deviation, rests_on=digests([first.exchange]))


def decide_failure_injected(
    *,
    control: Sequence[Answer],
    treatment: Sequence[Answer],
    like_unknown: bool,
    names_the_failure: bool,
) -> Verdict:
    """Decides a field given something that must fail once it is used (a bogus id, an address that cannot resolve).
    `control` is empty where the first refusal names the lookup.

    control    with the bogus value                                         status
    not 2xx    -                                                            untested (why)
    2xx        2xx                                                          ignored
    2xx        4xx, in the shape in which an unknown field is refused       rejected
    2xx        an error that names the lookup or the fetch                  supported
    2xx        another 4xx                                                  untested (cannot_tell)
    2xx        5xx that names the lookup or the fetch                       supported
    2xx, 2xx   401, 429, no connection, 5xx, incomplete                     as decide_must_accept
    """
    if control and not control[0].answered:
        return decide_must_accept(control=control, treatment=treatment)
    last = treatment[-1]
    if last.answered:
        absent = Finding(effect=Effect.ABSENT, note="a bogus value is accepted and nothing comes of it")
        return decide_must_accept(control=control, treatment=treatment, finding=absent)
    if last.outcome is Outcome.REFUSED:
        if like_unknown:
            return decide_must_accept(control=control, treatment=treatment)
        if names_the_failure:
            note = f"a bogus value is looked up: {last.problem}"
            return Verdict(status=Status.SUPPORTED, note=note, rests_on=digests([last]))
        return untested(Reason.CANNOT_TELL, f"refused, but not for the lookup: {last.problem}", last)
    failed = last.outcome in (Outcome.BROKEN, Outcome.WAITING) and not _rate_limited(last)
    if failed and names_the_failure and not like_unknown and control[-1].answered:
        note = f"a bogus value is looked up: {last.problem}"
        return Verdict(status=Status.SUPPORTED, note=note, rests_on=digests([last]))
    return decide_must_accept(control=control, treatment=treatment)
