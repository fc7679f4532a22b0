"""Everything that came back in a run, held to every rule of the wire, at no request.

A row that owns such a rule says so (`Row.everywhere`) and is told which exchanges of the other rows break it: they lie
in its own cassette, and a `Mark` there names each, who asked it, and how many answers of the same shape kept the rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.probing.row import Everywhere, Row
from conformance.probing.run import Answered, Asked, Conversation, T, intercept
from conformance.probing.unsteady import Unsteady
from conformance.probing.verdict import Verdict, Violation, digests
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Deviation, Status

MOST = 2
"""So many exchanges are named to a row: a second one shows that the first was not one bad moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """An exchange of a run, the row that asked it and the role in which it did."""

    row: str
    role: str
    exchange: Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a cassette keeps of a rule that was seen broken elsewhere: the digest of the exchange, which row asked it in
    which role, and how many answers of the same shape kept the rule (none or more)."""

    exchange: str
    row: str
    role: str
    peers: int

    def __post_init__(self) -> None:
        if self.peers < 0:
            raise ValueError("fewer than no answers kept the rule")

    def as_data(self) -> dict[str, object]:
        """The mark as a file holds it."""
        return {"exchange": self.exchange, "row": self.row, "role": self.role, "peers": self.peers}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A broken rule in one exchange, and how many answers of the same shape kept the rule."""

    came: Came
    violation: Violation
    peers: int

    @property
    def note(self) -> str:
        return f"{self.came.row}, {self.came.role}: {self.violation.rule}"

    @property
    def mark(self) -> Mark:
        """What a cassette keeps of it; the violation is found again in the exchange."""
        came = self.came
        return Mark(exchange=came.exchange.request.digest, row=came.row, role=came.role, peers=self.peers)


def noting(steps: Conversation[T], row: str, came: list[Came]) -> Conversation[T]:
    """The same steps; what comes back to them is added to `came`."""

    def note(wanted: Asked) -> Conversation[Answered]:
        got = yield wanted
        came.extend(Came(row=row, role=role, exchange=got[role]) for role in wanted)
        return got

    return intercept(steps, note)


def hold(
    rows: Sequence[Row], came: Sequence[Came], version: str, unsteady: Unsteady | None = None
) -> dict[str, list[Seen]]:
    """What the exchanges of a run break, by the row that owns the rule. `version` is the run's anthropic-version: what
    was asked under another one follows other rules. The first two severe breaches of a rule are given, or the first two
    slight ones where there is none. Of an `unsteady` run, what failed as chance brings it blames no row, and nothing
    does where answers go astray."""
    if unsteady is not None:
        came = [] if unsteady.astray else [each for each in came if not unsteady.met(each.exchange)]
    unique = {each.exchange.request.identity: each for each in reversed(came)}
    # In the order of the rows and their questions, which is the same in a run and in a replay of it.
    held = [each for each in reversed(unique.values()) if under(version, each.exchange)]
    found = {}
    for row in rows:
        if row.everywhere is not None:
            seen = list(_broken(row.everywhere, held))
            if seen:
                found[row.id] = seen
    return found


def under(version: str, exchange: Exchange) -> bool:
    """Was it asked under this version of the protocol?"""
    return exchange.request.headers.get("anthropic-version") == version


def _broken(rule: Everywhere, held: Sequence[Came]) -> Iterator[Seen]:
    kept: Counter[Any] = Counter()
    broken: list[tuple[Came, Violation]] = []
    for each in held:
        violation = worst(rule.find(each.exchange))
        if violation is None:
            kept[shape_of(each.exchange)] += 1
        else:
            broken.append((each, violation))
    severe = [pair for pair in broken if pair[1].deviation is None]
    questions: set[bytes] = set()
    for each, violation in severe or broken:
        # What a model may have said by chance is asked for otherwise; what no model can cause may be the same question.
        question = prompt_of(each.exchange) if rule.of_model else each.exchange.request.identity.encode()
        if question not in questions and len(questions) < MOST:
            questions.add(question)
            yield Seen(came=each, violation=violation, peers=kept[shape_of(each.exchange)])


def worst(violations: Sequence[Violation]) -> Violation | None:
    """The first severe violation, else the first of all."""
    return next((each for each in violations if each.deviation is None), violations[0] if violations else None)


def prompt_of(exchange: Exchange) -> bytes:
    """What was asked, whatever the mode."""
    body = exchange.request.json
    return exchange.request.without_fields("stream").body if isinstance(body, dict) else exchange.request.body


def shape_of(exchange: Exchange) -> tuple[object, ...]:
    """What answers have in common that stand the same chance to break a rule: the mode and the types of the blocks, or
    the status of a refusal."""
    answer = read_answer(exchange)
    if answer.message is None and answer.stream is None:
        return ("refused", exchange.status)
    content = (answer.message or {}).get("content")
    blocks = content if isinstance(content, list) else []
    kinds = [str(block.get("type")) for block in blocks if isinstance(block, dict)]
    return ("streamed" if answer.stream else "whole", *kinds)


def seen_in(row: Row, marks: Sequence[Mark], exchanges: Sequence[Exchange]) -> list[Seen]:
    """What the marks of a cassette say was seen elsewhere, as its exchanges show it now."""
    if row.everywhere is None:
        return []
    by_digest = {each.request.digest: each for each in exchanges} if marks else {}
    found = []
    for mark in marks:
        exchange = by_digest.get(mark.exchange)
        violation = worst(row.everywhere.find(exchange)) if exchange is not None else None
        if exchange is not None and violation is not None:
            came = Came(row=mark.row, role=mark.role, exchange=exchange)
            found.append(Seen(came=came, violation=violation, peers=mark.peers))
    return found


def combined(own: Verdict, seen: Sequence[Seen], *, of_model: bool) -> Verdict:
    """A row's own verdict and what other rows' answers show of its rule.

    own verdict                   seen elsewhere                              verdict
    broken, ignored, rejected     -                                           its own
    any other                     severe, twice                               broken
    any other                     severe, once; no answer of that shape
                                  kept the rule                               broken
    supported, accepted           severe, once; others of that shape kept it  partial (unsteady)
    partial, untested             the same                                    its own
    supported, accepted,          slight, twice, or once where no answer of
      untested                    that shape kept the rule                    partial with its deviation
    supported, untested           slight, once; others kept it                its own
    partial                       slight                                      its own

    Where a model can break the rule by itself (`of_model`), once is nothing: it must be seen in answers to two
    different prompts.
    """
    if own.status in (Status.BROKEN, Status.IGNORED, Status.REJECTED) or not seen:
        return own
    first, shown = seen[0], digests(each.came.exchange.request.digest for each in seen)
    severe = first.violation.deviation is None
    sure = len(seen) > 1 or (first.peers == 0 and not of_model)
    if sure and severe:
        return Verdict(status=Status.BROKEN, note=first.note, rests_on=shown)
    if own.status is Status.PARTIAL:
        return own
    if sure:
        deviation = first.violation.deviation
        return Verdict(status=Status.PARTIAL, deviation=deviation, note=first.note, rests_on=shown)
    if severe and not of_model and own.status is not Status.UNTESTED:
        note = f"in 1 of {first.peers + 1} such answers: {first.note}"
        return Verdict(status=Status.PARTIAL, deviation=Deviation.UNSTEADY, note=note, rests_on=shown)
    return own


def judged_with(row: Row, own: Verdict, seen: Sequence[Seen]) -> Verdict:
    """The verdict of a row together with what was seen elsewhere."""
    if row.everywhere is None:
        return own
    return combined(own, seen, of_model=row.everywhere.of_model)
