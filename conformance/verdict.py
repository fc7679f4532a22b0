"""The decision tables: pure functions from what was answered to a verdict.

Every line of every table below has a test. The functions know no row and no provider.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from conformance.answer import Answer, Outcome
from conformance.status import Deviation, Reason, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One row's result. `deviation` stands with `partial` alone, `reason` with `untested` alone."""

    status: Status
    note: str = ""
    deviation: Deviation | None = None
    reason: Reason | None = None


class Effect(StrEnum):
    """What became of a field's effect in answers that were accepted."""

    SEEN = "seen"
    IN_CONTROL = "in_control"
    ABSENT = "absent"
    TOO_WEAK = "too_weak"
    CANNOT_TELL = "cannot_tell"
    NOT_VISIBLE = "not_visible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The effect with what is to be said of it; a deviation makes a seen effect partial."""

    effect: Effect
    note: str = ""
    deviation: Deviation | None = None


def untested(reason: Reason, note: str) -> Verdict:
    """No evidence, and why."""
    return Verdict(status=Status.UNTESTED, reason=reason, note=note)


TOO_LONG = re.compile(
    r"\b(prompt|input|request|conversation|messages?)( is|:)? too long|context (size|length|window)|"
    r"exceeds? the (available|maximum) context",
    re.IGNORECASE,
)
"""What refusals of a prompt say that does not fit this model's context."""

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
    treated: Sequence[Answer],
    sighting: Sighting | None = None,
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
    2xx               4xx twice (401 and 403 included)        -             rejected, where a bare message is still
                                                                            answered at the end of the run
    2xx, 2xx          429 twice, or no connection twice       -             untested (why)
    2xx, 2xx          5xx (503 and 529 included), incomplete,
                      HTML, no Message: twice                 -             broken
    2xx               failed once, then 2xx (or otherwise)    -             untested (unstable)
    2xx               2xx                                     seen          supported, or partial with its deviation
    2xx               2xx                                     in control    untested (not_attributable)
    2xx               2xx                                     absent        ignored
    2xx               2xx                                     too weak      untested (model_too_weak)
    2xx               2xx                                     cannot tell   untested (cannot_tell)
    2xx               2xx                                     not visible   accepted
    """
    if prerequisite is not None and prerequisite.outcome in (Outcome.WAITING, Outcome.UNREACHABLE):
        return untested(unanswered(prerequisite), prerequisite.problem)
    if prerequisite is not None and not prerequisite.answered:
        return untested(Reason.PREREQUISITE_REFUSED, f"what the row needs is refused: {prerequisite.problem}")
    if control and not control[0].answered:
        reason = unanswered(control[0])
        return untested(reason, f"the control, without the field, is not answered: {control[0].problem}")
    last = treated[-1]
    if last.answered:
        if not all(each.answered for each in treated):
            problem = next(each.problem for each in treated if not each.answered)
            return untested(Reason.UNSTABLE, f"the same request failed once and was answered once: {problem}")
        assert sighting is not None
        return _decide_effect(sighting)
    return _decide_failure(control, treated)


def _decide_failure(control: Sequence[Answer], treated: Sequence[Answer]) -> Verdict:
    last = treated[-1]
    if not control[-1].answered:
        reason = unanswered(control[-1])
        return untested(reason, f"the control is no longer answered either: {control[-1].problem}")
    if len({_end(each) for each in treated}) > 1:
        problems = "; then ".join(each.problem or "answered" for each in treated)
        return untested(Reason.UNSTABLE, f"the same request met different ends: {problems}")
    if len(treated) < 2:
        return untested(Reason.UNSTABLE, f"failed once and was not asked again: {last.problem}")
    if last.outcome in (Outcome.REFUSED, Outcome.LOCKED):
        if unanswered(last) is Reason.CONTEXT_TOO_SMALL:
            return untested(Reason.CONTEXT_TOO_SMALL, last.problem)
        return Verdict(status=Status.REJECTED, note=last.problem)
    if last.outcome is Outcome.UNREACHABLE:
        return untested(Reason.UNREACHABLE, last.problem)
    if _rate_limited(last):
        return untested(Reason.RATE_LIMITED, last.problem)
    return Verdict(status=Status.BROKEN, note=last.problem)


def _rate_limited(answer: Answer) -> bool:
    return answer.outcome is Outcome.WAITING and answer.problem.startswith("HTTP 429")


def _end(answer: Answer) -> str:
    """How a try ended, as far as two tries must agree: a key that is refused is another end than a refusal, a 429
    another than an overload."""
    return Reason.RATE_LIMITED if _rate_limited(answer) else answer.outcome


def _decide_effect(sighting: Sighting) -> Verdict:
    if sighting.effect is Effect.SEEN:
        status = Status.PARTIAL if sighting.deviation else Status.SUPPORTED
        return Verdict(status=status, note=sighting.note, deviation=sighting.deviation)
    if sighting.effect is Effect.ABSENT:
        return Verdict(status=Status.IGNORED, note=sighting.note)
    if sighting.effect is Effect.NOT_VISIBLE:
        return Verdict(status=Status.ACCEPTED, note=sighting.note)
    return untested(_EFFECT_REASONS[sighting.effect], sighting.note)


def decide_must_refuse(
    *,
    control: Sequence[Answer],
    refused: Sequence[Answer],
    again: Sequence[Answer | None],
    as_stated: Sequence[bool],
    wire: bool,
    roles: Sequence[str] = (),
) -> Verdict:
    """Decides a row whose every request must be refused as the documents state. `again` holds the second try of each
    request that was neither answered nor refused the first time, None for the others; `control` was then asked again.
    `roles` says what each request is, where the note must tell them apart.

    control    the bad requests                              status
    not 2xx,   -                                             untested (why)
      any time
    2xx        429, no connection                            untested (why)
    2xx        5xx, incomplete or 401 once, then otherwise   untested (unstable)
    2xx        5xx, incomplete, twice                        broken
    2xx        all 2xx                                       ignored on a support row, broken on a wire row
    2xx        some 2xx, some refused                        partial (incomplete) on a support row, broken on a wire row
    2xx        all refused, one not as stated                partial (other_refusal)
    2xx        all refused as stated                         supported
    """
    bad_control = next((each for each in control if not each.answered), None)
    if bad_control is not None:
        return untested(unanswered(bad_control), f"the good request is not answered: {bad_control.problem}")
    for first, second in zip(refused, again, strict=True):
        last = second or first
        if last.outcome is Outcome.UNREACHABLE:
            return untested(Reason.UNREACHABLE, last.problem)
        if _rate_limited(last):
            return untested(Reason.RATE_LIMITED, last.problem)
    names = [f"{role}: " for role in roles] or [""] * len(refused)
    for first, second, name in zip(refused, again, names, strict=True):
        failed = first.outcome in (Outcome.BROKEN, Outcome.WAITING)
        if (second is None and failed) or (second is not None and _end(first) != _end(second)):
            return untested(Reason.UNSTABLE, f"the same request met different ends, one of them {first.problem}")
        if failed:
            return Verdict(status=Status.BROKEN, note=f"no clean refusal: {name}{first.problem}")
    taken = [each for each in refused if each.answered]
    told = ", ".join(role for role, each in zip(roles, refused, strict=False) if each.answered)
    note = f"answered instead of refused{f': {told}' if told else ''}"
    if taken and wire:
        return Verdict(status=Status.BROKEN, note=note)
    if len(taken) == len(refused):
        return Verdict(status=Status.IGNORED, note=note)
    if taken:
        problem = next(each.problem for each in refused if not each.answered)
        one = f"refused in one form only ({problem}); {told or 'the other'} is answered"
        return Verdict(status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=one)
    if not all(as_stated):
        place = list(as_stated).index(False)
        other = f"refused otherwise: {names[place]}{refused[place].problem}"
        return Verdict(status=Status.PARTIAL, deviation=Deviation.OTHER_REFUSAL, note=other)
    return Verdict(status=Status.SUPPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken rule; `deviation` marks one that the documents let pass with a warning."""

    rule: str
    deviation: Deviation | None = None


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
    if severe:
        return Verdict(status=Status.BROKEN, note=severe[0].rule)
    if violations:
        return Verdict(status=Status.PARTIAL, note=violations[0].rule, deviation=violations[0].deviation)
    return Verdict(status=Status.SUPPORTED)


def decide_failure_injected(
    *,
    control: Sequence[Answer],
    treated: Sequence[Answer],
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
        return decide_must_accept(control=control, treated=treated)
    last = treated[-1]
    if last.answered:
        absent = Sighting(effect=Effect.ABSENT, note="a bogus value is accepted and nothing comes of it")
        return decide_must_accept(control=control, treated=treated, sighting=absent)
    if last.outcome is Outcome.REFUSED:
        if like_unknown:
            return decide_must_accept(control=control, treated=treated)
        if names_the_failure:
            return Verdict(status=Status.SUPPORTED, note=f"a bogus value is looked up: {last.problem}")
        return untested(Reason.CANNOT_TELL, f"refused, but not for the lookup: {last.problem}")
    failed = last.outcome in (Outcome.BROKEN, Outcome.WAITING) and not _rate_limited(last)
    if failed and names_the_failure and not like_unknown and control[-1].answered:
        return Verdict(status=Status.SUPPORTED, note=f"a bogus value is looked up: {last.problem}")
    return decide_must_accept(control=control, treated=treated)
