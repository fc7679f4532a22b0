"""Temperature, top_p and top_k: judged by how many different answers the same question gets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from conformance.probing import calibrate
from conformance.probing.case import case
from conformance.probing.contrast import ask_contrast
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, untested
from conformance.protocol.answer import Answer, Outcome, read_answer, text_of
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.shared import sources

COLD_P = 0.01


def compare_variety(free: Sequence[str], narrowed: Sequence[str], *, repeatable: bool = False) -> Finding:
    """Did narrowing the sampling make the answers to one question more alike? Asked of three answers, and of six
    narrowed ones where three leave a doubt. Two are enough where they are the likeliest answer (`_narrowest`).

    free answers      narrowed                          effect
    under 3 kinds     -                                 too weak: this model does not vary
    one kind, and     another one kind                  seen: a seeded server, where only the field changed the answer
      repeatable
    3 kinds or more   2 kinds at most, and fewer        seen
    3 kinds or more   nearly all different              absent
    3 kinds or more   in between                        cannot tell

    `repeatable`: an unimportant change of the request was seen to leave the answer alone (no cache of responses).
    """
    loose, tight = len(set(free)), len(set(narrowed))
    counted = f"{len(narrowed)} answers of {tight} kind{'s' * (tight > 1)} with it, {len(free)} of {loose} without"
    if loose == tight == 1 and free[0] != narrowed[0] and repeatable:
        note = "this server repeats its answers, and the field alone changes them"
        return Finding(effect=Effect.SEEN, note=note)
    if loose < 3:
        return Finding(effect=Effect.TOO_WEAK, note=f"the answers do not vary by themselves ({counted})")
    if tight <= 2 and tight < loose:
        return Finding(effect=Effect.SEEN, note=counted)
    if tight >= len(narrowed) - 1:
        return Finding(effect=Effect.ABSENT, note=counted)
    return Finding(effect=Effect.CANNOT_TELL, note=counted)


def numbers_in(texts: Sequence[str]) -> list[str] | None:
    """The number that each answer gives; None where one gives none, so that rambling is not taken for variety."""
    found = [re.search(r"\d{6,}", re.sub(r"(?<=\d)[ ,_-](?=\d)", "", text)) for text in texts]
    return None if any(each is None for each in found) else [each[0] for each in found if each is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Fields that narrow the sampling, by their name in roles: the same question with them and without."""

    fields: dict[str, Json]
    name: str

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict by how many different answers come, beside what makes this model's answers vary."""
        free = yield from calibrate.free_sampling(run)
        return (yield from in_this_version(run, self._ask_beside(run, free)))

    def _ask_beside(self, run: Run, free: dict[str, Json]) -> Conversation[Verdict]:
        prompt = calibrate.sample(run, **free)
        treatment = calibrate.sample(run, **free, **self.fields)
        contrast = yield from ask_contrast(prompt, treatment, role=f"sampled with {self.name} (1)")
        finding = Finding(effect=Effect.CANNOT_TELL)
        if contrast.accepted:
            finding = yield from _vary(run, free, {**free, **self.fields}, self.name)
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def _vary(run: Run, free: dict[str, Json], narrowed: dict[str, Json], name: str) -> Conversation[Finding]:
    free_role = "sampled with temperature 1" if free else "sampled bare"
    loose = calibrate.texts_of((yield from calibrate.samples(run, free_role, **free)))
    if loose is not None and (yield from _narrowest(run, loose, narrowed, name)):
        note = (
            f"{FEW} answers of 1 kind with it, that of another field that narrows; {len(loose)} of {len(loose)} without"
        )
        return Finding(effect=Effect.SEEN, note=note)
    tight = calibrate.texts_of((yield from calibrate.samples(run, f"sampled with {name}", **narrowed)))
    unanswered = Finding(effect=Effect.CANNOT_TELL, note="not every try of the same question was answered")
    if loose is None or tight is None:
        return unanswered
    if len(set(loose)) == 1:
        role = "a request that differs in nothing that matters"
        got = yield {role: run.message(calibrate.sample_prompt(run), max_tokens=41, **free)}
        longer = calibrate.answered_message(got[role])
        repeatable = longer is not None and text_of(longer).strip().startswith(loose[0])
        return compare_variety(loose, tight, repeatable=repeatable)
    free_numbers, numbers = numbers_in(loose), numbers_in(tight)
    if free_numbers is None or numbers is None:
        return Finding(effect=Effect.TOO_WEAK, note="this model does not answer with the number that it is asked for")
    finding = compare_variety(free_numbers, numbers)
    clear = len(set(free_numbers)) == len(free_numbers) and len(set(numbers)) == 1
    if clear or finding.effect not in (Effect.SEEN, Effect.ABSENT):
        return finding
    # A favourite number, inference that is not exactly repeatable, or a field that is honoured now and then can mislead
    # three answers: three more.
    role = f"sampled again with {name}"
    more = calibrate.texts_of((yield from calibrate.samples(run, role, first=calibrate.SAMPLES, **narrowed)))
    further = numbers_in(more) if more is not None else None
    return unanswered if further is None else compare_variety(free_numbers, [*numbers, *further])


FEW = 2
"""So many narrowed answers are enough where both are the one answer that another field leaves as well."""


def _narrowest(run: Run, loose: Sequence[str], narrowed: dict[str, Json], name: str) -> Conversation[bool]:
    """Whether all answers differ without the field, and FEW with it are the likeliest one: what is left where sampling
    is narrowed by a field of another name (temperature 0, or top_p where temperature is the field). An answer by chance
    is that one no more often than three such answers are all alike; and the other field's row has asked it already."""
    free = numbers_in(loose)
    if free is None or len(set(free)) < len(free):
        return False
    tight = calibrate.texts_of((yield from calibrate.samples(run, f"sampled with {name}", count=FEW, **narrowed)))
    numbers = numbers_in(tight) if tight is not None else None
    if numbers is None or len(set(numbers)) > 1:
        return False
    by_temperature = narrowed.get("temperature") not in (0, 0.01)
    other: dict[str, Json] = {"temperature": 0} if by_temperature else {"top_p": COLD_P}
    role = f"sampled with {'temperature 0' if by_temperature else f'top_p {COLD_P}'}"
    likeliest = calibrate.texts_of((yield from calibrate.samples(run, role, count=1, **other)))
    return likeliest is not None and numbers_in(likeliest) == numbers[:1]


def _hot(run: Run) -> Request:
    return calibrate.sample(run, temperature=1.5)


def sampled_by_temperature(run: Run) -> Conversation[Verdict]:
    """Temperature 0 against what makes the answers vary: nothing, or temperature 1. The control of acceptance is the
    same question without the field. Where 0 alone is refused, 0.01 stands for it, and the row is partial."""
    bare = calibrate.sample(run)
    refusal = ""
    met: Answer | None = None
    for coldest in (0, 0.01):
        role = f"sampled with temperature {coldest}"
        cold = calibrate.sample(run, temperature=coldest)
        contrast = yield from ask_contrast(bare, cold, role=f"{role} (1)", refused=met)
        met = contrast.treatment[-1]
        if coldest == 0 and contrast.control[0].answered and contrast.treatment[-1].outcome is Outcome.REFUSED:
            refusal, refused = contrast.treatment[-1].problem, contrast
            continue
        break
    if refusal and not contrast.accepted:
        contrast = refused
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        free = yield from calibrate.free_sampling(run)
        finding = yield from _vary(run, free, {"temperature": coldest}, f"temperature {coldest}")
        if refusal and finding.effect is Effect.SEEN:
            note = f"sampled with, but 0 is refused: {refusal}"
            finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def varied_by_both(run: Run) -> Conversation[Finding]:
    """Does top_p act beside a temperature? Where it does not act alone either, that both are taken is all there is to
    see; where the first answers to both are all different, that is asked before more of them."""
    both: dict[str, Json] = {"temperature": 1, "top_p": COLD_P}
    unseen = Finding(effect=Effect.NOT_VISIBLE, note="both together are accepted; top_p has no effect alone either")
    texts = calibrate.texts_of((yield from calibrate.samples(run, "sampled with both", count=FEW, **both)))
    if texts is not None and len(set(texts)) == len(texts):
        texts = calibrate.texts_of((yield from calibrate.samples(run, "sampled with both", **both)))
    if texts is not None and len(set(texts)) == calibrate.SAMPLES:
        by_itself = yield from _vary(run, {}, {"top_p": COLD_P}, f"top_p {COLD_P}")
        if by_itself.effect is Effect.ABSENT:
            return unseen
    free = yield from calibrate.free_sampling(run)
    finding = yield from _vary(run, free, both, "both")
    if finding.effect is not Effect.ABSENT:
        return finding
    by_itself = yield from _vary(run, {}, {"top_p": COLD_P}, f"top_p {COLD_P}")
    return finding if by_itself.effect is Effect.SEEN else unseen


def in_this_version(run: Run, steps: Conversation[Verdict], beforehand: Reason | None = None) -> Conversation[Verdict]:
    """The verdict on a field of sampling. Since anthropic-version 2026-10-21 each of them must be refused at any value:
    asked in that version, an endpoint that refuses them keeps a rule, and nothing is known of them. `beforehand` is why
    a row is untested that has such a field in what it asks first.

    version       the field                                      status
    2026-10-21    rejected, or refused beforehand                untested (not_applicable)
    -             otherwise                                      as it is
    """
    verdict = yield from steps
    refused = verdict.status is Status.REJECTED or (beforehand is not None and verdict.reason is beforehand)
    if run.anthropic_version != WITHOUT_SAMPLING or not refused:
        return verdict
    note = f"anthropic-version {WITHOUT_SAMPLING} has none of the fields of sampling: {verdict.note}"
    return untested(Reason.NOT_APPLICABLE, note, *verdict.rests_on)


WITHOUT_SAMPLING = "2026-10-21"


@row(
    "fields.temperature",
    "MUST sample with temperature; the accepted range is reported ([0,1] officially, [0,2] at many vendors)",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.MESSAGES,
)
def temperature(run: Run) -> Conversation[Verdict]:
    verdict = yield from in_this_version(run, sampled_by_temperature(run))
    if verdict.status in (Status.REJECTED, Status.BROKEN) or verdict.reason is Reason.NOT_APPLICABLE:
        return verdict
    got = yield {"a temperature of 1.5": _hot(run)}
    hot = read_answer(got["a temperature of 1.5"])
    reach = "1.5 is accepted" if hot.answered else f"1.5 is not accepted ({hot.problem})"
    return replace(verdict, note="; ".join(filter(None, (verdict.note, reach))))


@row(
    "fields.temperature.above_one",
    "MAY accept a temperature in (1, 2] (officially 400); clamped or sampled goes into the note",
    evidence_kind=EvidenceKind.VALIDATION,
    source=sources.MESSAGES,
)
def above_one(run: Run) -> Conversation[Verdict]:
    return (yield from in_this_version(run, hotter_than_one(run), Reason.CONTROL_REFUSED))


@row(
    "fields.temperature.with_top_p",
    "MAY accept temperature and top_p together (newer official models refuse it)",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.MESSAGES,
)
def with_top_p(run: Run) -> Conversation[Verdict]:
    return (yield from in_this_version(run, both_together(run), Reason.PREREQUISITE_REFUSED))


def hotter_than_one(run: Run) -> Conversation[Verdict]:
    """1.5 beside 1: accepted or not, and nothing more can be seen."""
    control = calibrate.sample(run, temperature=1)
    contrast = yield from ask_contrast(control, _hot(run), role="a temperature of 1.5")
    note = "whether 1.5 is sampled or clamped to 1 cannot be seen from outside"
    finding = Finding(effect=Effect.NOT_VISIBLE, note=note)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def both_together(run: Run) -> Conversation[Verdict]:
    """Temperature 1 with a top_p that narrows, against temperature 1, where top_p is taken alone."""
    together = calibrate.sample(run, temperature=1, top_p=COLD_P)
    alone = calibrate.sample(run, top_p=COLD_P)
    got = yield from calibrate.ask_reliably({"top_p alone": alone})
    prerequisite = read_answer(got["top_p alone"])
    if not prerequisite.answered:
        bare = [prerequisite]
        return decide_must_accept(control=bare, treatment=bare, prerequisite=prerequisite)
    hot = calibrate.sample(run, temperature=1)
    contrast = yield from ask_contrast(hot, together, role="sampled with both (1)")
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from varied_by_both(run)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


@case("fields.top_k", "MUST sample with top_k", evidence_kind=EvidenceKind.CONTRAST, source=sources.MESSAGES)
def top_k(_: Run) -> Narrowing:
    return Narrowing(fields={"top_k": 1}, name="top_k 1")


@case("fields.top_p", "MUST sample with top_p", evidence_kind=EvidenceKind.CONTRAST, source=sources.MESSAGES)
def top_p(_: Run) -> Narrowing:
    return Narrowing(fields={"top_p": COLD_P}, name=f"top_p {COLD_P}")
