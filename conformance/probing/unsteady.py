"""Failures that come by chance: what a run shows of them, and what may still be said of its rows.

An endpoint behind a bad gateway fails some requests whatever they ask. The same question, asked again, then ends
otherwise. Where a run shows that, no row is blamed for what chance can do.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from conformance.probing import calibrate
from conformance.probing.endpoints import read_any
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Answered, Asked, Conversation, Run, intercept
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.answer import OWN_ID, Outcome, read_answer, says_nothing
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status

AFRESH = 1_000
"""Added to `attempt` each time a question is asked for the second opinion: it meets no try of a row's own."""

CHANCE = 1e-6
"""A failure that came as often as chance brings it so seldom is no chance."""

LEAST_TRIES, MOST_TRIES = 2, 12

FEWEST = 2
"""So many questions must end now so, now otherwise before a run is called unsteady."""

SELDOM = 0.02
"""A share of requests that fail: below it, the second round is asked for rows alone that met such a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsteady:
    """What a run shows of failures that come by chance: so many of its exchanges `failed`, of those that were `asked`,
    in these `words`; and so many answers were shown to be `astray`, those of another request."""

    asked: int
    failed: int
    words: frozenset[str]
    astray: int = 0

    @property
    def tries(self) -> int:
        """How often what fails in these words is asked again: as often until chance is ruled out."""
        share = min(max(self.failed / self.asked, 0.001), 0.9)
        return min(max(math.ceil(math.log(CHANCE) / math.log(share)) - 1, LEAST_TRIES), MOST_TRIES)

    def met(self, exchange: Exchange) -> bool:
        """Is this a failure in such words?"""
        return failure_of(exchange) in self.words

    @property
    def seldom(self) -> bool:
        """Do so few requests fail that a row which met no such failure is as good as in a steady run?"""
        return not self.astray and self.failed < self.asked * SELDOM

    @property
    def note(self) -> str:
        """What is to be said of the run."""
        told = []
        if self.failed:
            share = 100 * self.failed / self.asked
            told.append(f"{self.failed} of {self.asked} requests ({share:.0f} %) failed in ways that come and go")
        if self.astray:
            many = "answers belong to other requests" if self.astray > 1 else "answer belongs to another request"
            told.append(f"at least {self.astray} {many}")
        return "; ".join(told)

    def as_data(self) -> dict[str, object]:
        """What a cassette keeps of it, as a file holds it."""
        return {"asked": self.asked, "failed": self.failed, "words": sorted(self.words), "astray": self.astray}


def failure_of(exchange: Exchange) -> str:
    """How an exchange failed, in words that are the same for all failures of the kind; empty for an answer."""
    if exchange.failure is not None and not read_any(exchange).answered:
        return exchange.failure.partition(":")[0]
    if exchange.status == 200 and not exchange.body:
        return "HTTP 200 with an empty body"
    message = read_answer(exchange).message
    if message is not None and message.get("stop_reason") == "refusal":
        return "HTTP 200 with stop_reason refusal"
    if says_nothing(exchange):
        return "HTTP 200 with an answer without content"
    problem = read_any(exchange).problem
    told = f"HTTP {exchange.status}"
    return f"{told}{OWN_ID.sub('0', problem.removeprefix(told))}" if problem else ""


def notice(exchanges: Sequence[Exchange], astray: int = 0) -> Unsteady | None:
    """What these exchanges of a run show of failures that come by chance; None for nothing.

    the ends of one question asked several times    which of them came by chance
    an answer, and failures                         the failures
    clean refusals, and other failures              the failures
    refusals in different words, of keys as well    those that most questions met; all where that is a tie
    all alike                                       none
    One such question is nothing yet (FEWEST): a field of its own may work now and then. Questions to the routes of
    stores are left out: what they hold is gone after it was deleted.
    """
    unique = {each.request.identity: each for each in exchanges}.values()
    ends: dict[str, dict[str, Outcome]] = defaultdict(dict)
    for each in unique:
        if each.request.method == "POST":
            ends[question_of(each.request)][failure_of(each)] = read_any(each).outcome
    mixed = [met for met in ends.values() if len(met) > 1]
    met_by = Counter(word for met in ends.values() for word in met if word)
    words: set[str] = set()
    for met in mixed if len(mixed) >= FEWEST else ():
        by_itself = {word for word, outcome in met.items() if word and outcome not in (Outcome.REFUSED, Outcome.LOCKED)}
        if "" not in met and not by_itself:
            most = max(met_by[word] for word in met)
            by_itself = {word for word in met if met_by[word] == most}
        words |= by_itself if "" not in met else met.keys() - {""}
    failed = sum(failure_of(each) in words for each in unique)
    if not words and not astray:
        return None
    return Unsteady(asked=len(unique), failed=failed, words=frozenset(words), astray=astray)


def question_of(request: Request) -> str:
    """Equal for all tries of one question."""
    return replace(request, attempt=0, beside="").identity


BLAMES = (Status.BROKEN, Status.REJECTED, Status.PARTIAL, Status.IGNORED, Status.ACCEPTED)


def blames(verdict: Verdict) -> bool:
    """Does a verdict say something that chance could bring about, of the endpoint or of the model?"""
    return verdict.status in BLAMES or verdict.reason is Reason.MODEL_TOO_WEAK


def second_opinion(
    steps: Conversation[Verdict],
    first: Verdict,
    unsteady: Unsteady,
    asked: Iterable[Exchange],
    evidence_kind: EvidenceKind,
) -> Conversation[Verdict]:
    """The verdict on a row in a run that fails by chance. `steps` ask the row's questions once more, from the first to
    the last; `first` is what it came to by what was `asked` before. What rests on no more than that a good value is
    taken and a bad one is not (`witness`) is doubtful as well where answers go astray, whatever it came to.

    first         answers astray    failed in such words       once more    verdict
    blames none   -                 -                          -            the first
    blames        two or more       -                          -            untested (unstable)
    blames        none, or one      none of the row's, and
                                    few of the run's (SELDOM)  -            the first
    blames        none, or one      any other                  the same     the first
    blames        none, or one      any other                  otherwise    untested (unstable)

    What fails by chance in the second round is asked again: it stands only where it comes as often as chance does not
    bring it.
    """
    validated = evidence_kind is EvidenceKind.VALIDATION and first.status is not Status.UNTESTED
    if not (blames(first) or (validated and unsteady.astray > 1)):
        return first
    if unsteady.astray > 1:
        return _by_chance(first, unsteady, "what is said of this row may rest on one of them")
    if unsteady.seldom and not any(map(unsteady.met, asked)):
        return first
    second = yield from intercept(steps, lambda wanted: _asked_afresh(wanted, unsteady))
    if (second.status, second.deviation, second.reason) == (first.status, first.deviation, first.reason):
        return first
    told = " ".join(filter(None, (second.status.value, f"({second.reason})" if second.reason else "")))
    return _by_chance(first, unsteady, f"asked once more, this row comes to {told}")


def _by_chance(first: Verdict, unsteady: Unsteady, why: str) -> Verdict:
    note = f"{unsteady.note}, and {why}; the first time: {first.note or first.status.value}"
    return untested(Reason.UNSTABLE, note, *first.rests_on)


def _asked_afresh(wanted: Asked, unsteady: Unsteady) -> Conversation[Answered]:
    """The answers to these, asked in the second round. One that failed in words of chance is asked again; where that
    never ends, the end that came most often stands."""
    got: dict[str, Exchange] = {}
    failed: dict[str, list[Exchange]] = defaultdict(list)
    for number in range(1, unsteady.tries + 2):
        asked = {
            role: request.again(request.attempt + AFRESH * number)
            for role, request in wanted.items()
            if role not in got or (unsteady.met(got[role]) and not _was_waited_for(got[role]))
        }
        if not asked:
            break
        got.update((yield asked))
        for role in asked:
            failed[role].append(got[role])
    for role, tries in failed.items():
        if unsteady.met(got[role]):
            often = Counter(map(failure_of, tries)).most_common(1)[0][0]
            got[role] = next(each for each in tries if failure_of(each) == often)
    return got


def _was_waited_for(exchange: Exchange) -> bool:
    """A hang is not asked again and again: each costs the whole time limit."""
    return (exchange.failure or "").startswith("timeout")


def look_alike(exchanges: Iterable[Exchange]) -> Iterator[tuple[Exchange, Exchange]]:
    """Answers to two different questions that are the same answer by their id and by every other byte: one of the two
    may have gone astray. Nothing where ids tell nothing, since most answers share theirs."""
    by_id: dict[str, list[Exchange]] = defaultdict(list)
    for each in {each.request.identity: each for each in exchanges}.values():
        named = id_of(each)
        if named:
            by_id[named].append(each)
    counts = Counter({named: len(same) for named, same in by_id.items()})
    if not counts or len(counts) * 2 < counts.total():
        return
    for same in by_id.values():
        for first, second in pairwise(same):
            if question_of(first.request) != question_of(second.request) and first.body == second.body and said(first):
                yield first, second


MOST_ASKED = 4
"""So many pairs of answers that look alike are looked into: two that went astray are enough."""


def still_answered(run: Run, unsteady: Unsteady) -> Conversation[bool]:
    """Is a bare message still answered, within as many tries as chance can spoil? Else the endpoint is down, and more
    questions tell nothing."""
    settled = yield from calibrate.negotiate_dialect(run)
    if isinstance(settled, Verdict):
        return False
    role = "the bare message, once more"
    got = yield from _asked_afresh({role: calibrate.baseline(settled)}, unsteady)
    return read_answer(got[role]).answered


def astray_among(exchanges: Iterable[Exchange]) -> Conversation[int]:
    """How many of such pairs hold an answer that belongs to another request: asked again, its question is answered
    otherwise. Where both are answered just so again, the endpoint keeps one answer for both, which is no chance."""
    found = 0
    # The longest first: two questions may have the same short answer.
    for first, second in sorted(look_alike(exchanges), key=lambda pair: -len(said(pair[0])))[:MOST_ASKED]:
        asked = {name: each.request.again(AFRESH - 1) for name, each in (("one", first), ("other", second))}
        again = [said(each) for each in (yield asked).values()]
        found += all(again) and again != [said(first), said(second)]
    return found


def id_of(exchange: Exchange) -> str:
    """The id by which an endpoint calls one answer; empty where it gives none."""
    named = exchange.headers.get("request-id") or exchange.headers.get("x-request-id")
    message, body = read_answer(exchange).message, exchange.json
    own = message.get("id") if message is not None else body.get("request_id") if isinstance(body, dict) else None
    return named or (own if isinstance(own, str) else "")


def said(exchange: Exchange) -> str:
    """What an answer or a refusal says, whatever it is called; empty for any other end."""
    answer = read_answer(exchange)
    if answer.outcome is Outcome.REFUSED:
        return failure_of(exchange)
    return json.dumps(answer.message.get("content"), sort_keys=True) if answer.message is not None else ""
