"""Three records of a row as data (`case.py`): a field that is only validated, requests that must be refused, a lookup
that must fail. Each asks, and then reads a decision table of `verdict.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.probing import calibrate
from conformance.probing.contrast import CONTROL, TREATMENT, ask_contrast
from conformance.probing.detection import Detection, Detector, seen
from conformance.probing.refusals import may_be_the_moments, same_shape
from conformance.probing.run import Conversation, Run
from conformance.probing.validated import crashes, still_answered
from conformance.probing.verdict import (
    Effect,
    Finding,
    Verdict,
    decide_failure_injected,
    decide_must_accept,
    decide_must_refuse,
)
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """A field whose effect shows in a field of the answer, or else only in that a bad value is refused.

    `valid` and `invalid` are requests with a good and a bad value. `detect` finds the effect in an answer, None where
    no answer can show one. `echoed` finds the bad value in an answer: where it is reported, a report proves nothing.
    `unread`: what an effect that is not seen means.

    Where the good value is taken and the bad one refused, the control adds nothing and is not asked.

    valid   effect                 bad value          status
    2xx     seen, not in control   echoed             untested (cannot_tell)
    2xx     seen, not in control   -                  supported
    2xx     seen in both           refused, crashes   supported: the value is read, and reported
    2xx     none                   refused, crashes   accepted (validated only)
    2xx     none, or in both       accepted           `unread`: accepted where no effect can show, ignored where one
                                                      would
    2xx     none, or in both       limited, away      accepted where no effect can show, else untested (cannot_tell)

    A crash stands in the note; the rows of refusals grade it. Where the verdict rests on a crash, the good value must
    be answered once more beside it.
    """

    control: Request
    valid: Request
    invalid: Request
    detect: Detector | None = None
    echoed: Detector | None = None
    unread: Effect = Effect.NOT_VISIBLE

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict, as the table says."""
        role = "with a bad value"
        good = read_answer((yield {TREATMENT: self.valid})[TREATMENT])
        if good.message is not None:
            bad = read_answer((yield from calibrate.ask_reliably({role: self.invalid}))[role])
            crashed = bad.outcome is Outcome.BROKEN
            steady = crashed and self.detect is not None and (yield from still_answered(self.valid, self.invalid))
            if bad.outcome is Outcome.REFUSED or steady:
                told = crashes("a bad value", bad) if crashed else "a bad value is refused"
                detection = self.detect(good.message) if self.detect else Detection(seen=False)
                finding = Finding(effect=Effect.NOT_VISIBLE, note=f"validated only: {told}")
                if detection.seen:
                    found = seen(detection)
                    finding = replace(found, note=f"{found.note}; {told}") if crashed else found
                return decide_must_accept(control=[], treatment=[good], finding=finding)
        contrast = yield from ask_contrast(self.control, self.valid)
        if good.message is None or not contrast.accepted:
            unclear = Finding(effect=Effect.CANNOT_TELL)
            return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=unclear)
        detection = self.detect(contrast.messages[1]) if self.detect else Detection(seen=False)
        in_control = bool(self.detect and self.detect(contrast.messages[0]).seen)
        if (
            detection.seen
            and not in_control
            and self.echoed
            and bad.message is not None
            and self.echoed(bad.message).seen
        ):
            reported = self.echoed(bad.message).note
            note = f"a bad value is reported just as a good one ({reported}), so a report proves nothing"
            finding = Finding(effect=Effect.CANNOT_TELL, note=note)
        elif detection.seen and not in_control:
            finding = seen(detection)
        elif not bad.answered and self.unread is Effect.NOT_VISIBLE:
            told = (
                crashes("a bad value", bad) if crashed else f"whether a bad one is refused is not known: {bad.problem}"
            )
            finding = Finding(effect=self.unread, note=f"a good value is accepted, and has no visible effect; {told}")
        elif not bad.answered:
            note = f"a bad value meets neither an answer nor a refusal: {bad.problem}"
            finding = Finding(effect=Effect.CANNOT_TELL, note=note)
        elif self.unread is Effect.ABSENT:
            told = "what is reported is the same without the field" if in_control else "nothing reports the field"
            finding = Finding(effect=self.unread, note=f"a bad value is accepted as well, and {told}")
        else:
            finding = Finding(
                effect=self.unread, note="a bad value is accepted as well; the field has no visible effect"
            )
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Requests that the documents say are refused.

    `bad` are the requests by role; `stated` says whether one was refused as the documents state. `missed` words a
    refusal that was not; with it, the note also names which of several requests it is about. `sure` finds a refusal
    that can only be of what is due: where every request is refused so, the good request is not asked.
    """

    control: Request
    bad: Mapping[str, Request]
    stated: Callable[[Exchange], bool]
    missed: Callable[[Exchange], str] | None = None
    sure: Callable[[Exchange], bool] | None = None

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict by `decide_must_refuse`."""
        if self.sure is not None:
            met = yield self.bad
            if all(self.stated(each) and self.sure(each) for each in met.values()):
                return Verdict(status=Status.SUPPORTED)
        got = yield from calibrate.ask_reliably({CONTROL: self.control})
        good = read_answer(got[CONTROL])
        first = yield self.bad
        # A key that is suddenly refused is no refusal of the request. Where that very refusal is due, it need not come
        # again, but the good key must be as good as before.
        odd = (Outcome.BROKEN, Outcome.WAITING, Outcome.LOCKED)
        strange = [role for role in self.bad if read_answer(first[role]).outcome in odd]
        unclear = [role for role in strange if not self.stated(first[role])]
        if not unclear:
            unclear = [role for role in self.bad if may_be_the_moments(first[role]) and not self.stated(first[role])]
            strange = strange or unclear
        second: Mapping[str, Exchange] = {}
        controls = [good]
        if good.answered and strange:
            beside = {CONTROL: self.control.again_beside(self.bad[strange[0]])}
            second = yield {**beside, **{role: self.bad[role].again(1) for role in unclear}}
            controls.append(read_answer(second[CONTROL]))

        def refused(exchange: Exchange) -> Answer:
            answer = read_answer(exchange)
            clean = answer.outcome in (Outcome.REFUSED, Outcome.LOCKED)
            return (
                replace(answer, problem=self.missed(exchange))
                if self.missed and clean and not self.stated(exchange)
                else answer
            )

        return decide_must_refuse(
            control=controls,
            refused=[refused(first[role]) for role in self.bad],
            again=[refused(second[role]) if role in second else None for role in self.bad],
            as_stated=[self.stated(first[role]) for role in self.bad],
            roles=list(self.bad) if self.missed and len(self.bad) > 1 else (),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A field that must be looked up or fetched, given a bogus value.

    `names`: the words by which a refusal calls the field itself.
    `unknown`: asks how this endpoint answers an unknown field or block of the same value. A refusal of the same shape
    means that it does not know this one either. `also_unknown`: further ways to ask that.
    `about`: words for what is looked up ("model: x was not found" is no lookup of a file), `named_by`: finds the words
    of a lookup or a fetch.
    `bogus`: the value, or the part of it that a lookup would name.
    `done_to_this_alone`: finds words that no refusal of `unknown` has: where they stand, `unknown` is not asked.

    Where a request that anybody must refuse is refused in the same words, the row is untested (not_attributable).
    """

    control: Request
    treatment: Request
    unknown: Callable[[Run], Conversation[Answer]]
    names: Sequence[str]
    about: Sequence[str]
    named_by: re.Pattern[str] = LOOKUP_WORDS
    also_unknown: Sequence[Callable[[Run], Conversation[Answer]]] = ()
    bogus: str = ""
    done_to_this_alone: re.Pattern[str] | None = None

    def ask(self, run: Run, refused: Answer | None = None) -> Conversation[Verdict]:
        """The verdict by `decide_failure_injected`. `refused`: how an earlier request with the field was answered
        (`ask_contrast`)."""
        exchange = (yield {TREATMENT: self.treatment})[TREATMENT]
        first = read_answer(exchange)

        def names_the_failure(problem: str) -> bool:
            return names_a_lookup(problem, about=self.about, named_by=self.named_by)

        def is_like_unknown(problem: str) -> Conversation[bool]:
            done = self.done_to_this_alone is not None and bool(self.done_to_this_alone.search(problem))
            for ask in self.also_unknown if done else (self.unknown, *self.also_unknown):
                stranger = yield from ask(run)
                if not stranger.answered and same_shape(problem, stranger.problem, self.names):
                    return True
            return False

        if first.outcome is Outcome.REFUSED and names_the_failure(first.problem):
            # Nothing else can bring about a refusal that names this lookup: a control adds nothing. One that says of
            # the bogus value itself that it was not found is no refusal of what is unknown either.
            itself = bool(self.bogus) and self.bogus.casefold() in first.problem.casefold()
            stranger = False if itself else (yield from is_like_unknown(first.problem))
            if not stranger:
                return decide_failure_injected(
                    control=[], treatment=[first], like_unknown=False, names_the_failure=True
                )
        contrast = yield from ask_contrast(self.control, self.treatment, refused=refused)
        if not contrast.control[0].answered:
            return decide_must_accept(control=contrast.control, treatment=contrast.treatment)
        like_unknown = named = False
        if not contrast.treatment[-1].answered:
            problem = contrast.treatment[-1].problem
            like_unknown = yield from is_like_unknown(problem)
            refused_at_last = contrast.treatment[-1].outcome is Outcome.REFUSED
            if (
                refused_at_last
                and like_unknown
                and (yield from calibrate.says_so_of_anything(run, problem, (*self.names, self.bogus)))
            ):
                return calibrate.of_anything(contrast.treatment[-1])
            # What our own client says of a cut connection is no word of the endpoint's.
            named = contrast.exchange.failure is None and names_the_failure(problem)
        return decide_failure_injected(
            control=contrast.control, treatment=contrast.treatment, like_unknown=like_unknown, names_the_failure=named
        )


def names_a_lookup(problem: str, *, about: Sequence[str], named_by: re.Pattern[str]) -> bool:
    """Does a refusal say of what is looked up that the lookup failed, and not that it is unknown?"""
    fits = any(word.casefold() in problem.casefold() for word in about)
    return fits and bool(named_by.search(problem)) and not NOT_KNOWN_WORDS.search(problem)
