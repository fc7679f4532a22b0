"""Judges one row from what was recorded: the same walk as measuring, answered from a file or from memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.evidence.recorded import Recorded
from conformance.evidence.run_info import RunInfo
from conformance.probing import room
from conformance.probing.changed import of_one_endpoint
from conformance.probing.conversation import with_second_opinion
from conformance.probing.endpoints import read_any
from conformance.probing.everywhere import judged_with, seen_in
from conformance.probing.pulse import FIRST_TRY
from conformance.probing.row import Row
from conformance.probing.run import Run
from conformance.probing.unsteady import Unsteady
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSummary:
    """An exchange in matrix.json: its digest, by which the cassette has the whole of it, and what came of it. `said` is
    what the endpoint said where it did not answer; None where it did. `exchange` is None in a matrix of an earlier
    version that does not name it."""

    role: str
    exchange: str | None
    request: str
    attempt: int
    status: int | None
    outcome: str
    said: str | None

    def as_json(self) -> dict[str, object]:
        """The summary as it stands in matrix.json."""
        return {
            "role": self.role,
            **({} if self.exchange is None else {"exchange": self.exchange}),
            "request": self.request,
            "attempt": self.attempt,
            "status": self.status,
            "outcome": self.outcome,
            **({} if self.said is None else {"said": self.said}),
        }

    @staticmethod
    def from_json(told: Mapping[str, Any]) -> EvidenceSummary:
        """The summary of a matrix.json that follows the schema."""
        return EvidenceSummary(
            role=told["role"],
            exchange=told.get("exchange"),
            request=told["request"],
            attempt=told["attempt"],
            status=told["status"],
            outcome=told["outcome"],
            said=told.get("said"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One exchange that a verdict rests on, in the role in which the row asked it."""

    role: str
    exchange: Exchange

    def summary(self) -> EvidenceSummary:
        """What stands of it in matrix.json."""
        answer, request = read_any(self.exchange), self.exchange.request
        return EvidenceSummary(
            role=self.role,
            exchange=request.digest,
            request=f"{request.method} {request.path}",
            attempt=request.attempt,
            status=self.exchange.status,
            outcome=answer.outcome.value,
            said=None if answer.answered else answer.problem,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A row's verdict with its evidence, in the order of asking, and the note of the run's dialect. `room` is the most
    tokens that one of its questions was given beyond its limit. `recorded` is the status that the same exchanges came
    to when they were recorded; None where the cassette does not say. `unsteady` is what the run shows of failures that
    come by chance; empty for nothing."""

    row: Row
    verdict: Verdict
    evidence: Sequence[Evidence] = ()
    dialect: str = ""
    room: int = 0
    unsteady: str = ""
    recorded: Status | None = None


def run_of(info: RunInfo) -> Run:
    """The run that a cassette was recorded in."""
    return Run(
        seed=info.seed,
        model=info.model,
        auth=info.auth,
        anthropic_version=info.anthropic_version,
        long_prompt=info.long_prompt is True,
    )


FOR_ALL = "asked for the whole run"
"""The role of what no row asked for itself: whether the endpoint still answers, and is the same (`pulse.py`)."""


def judge(row: Row, recording: Recorded) -> Judgement:
    """Decides a row from its recording. Pure: the same exchanges and the same code give the same judgement.

    What the cassette says was seen elsewhere of the row's rule is judged beside the row's own answers
    (`everywhere.combined`). A question that the cassette does not hold (the row asks otherwise than when it was
    recorded) is `untested`, and so is what a run that was cut could not decide, or what may rest on one half of a run
    whose endpoint changed.
    """
    own = _judge_alone(row, recording)
    for_all = [
        Evidence(role=FOR_ALL, exchange=each) for each in recording.exchanges if each.request.attempt >= FIRST_TRY
    ]
    own = replace(own, evidence=[*own.evidence, *for_all])
    info = recording.info
    if info.run_cut:
        return replace(own, verdict=untested(Reason.RUN_CUT, info.run_cut))
    seen = seen_in(row, info.seen_elsewhere, recording.exchanges)
    if not seen:
        return replace(own, verdict=of_one_endpoint(own.verdict, info.changed))
    known = {each.exchange.request.digest for each in own.evidence}
    added = [
        Evidence(role=f"{each.came.row}, {each.came.role}", exchange=each.came.exchange)
        for each in seen
        if each.came.exchange.request.digest not in known
    ]
    verdict = of_one_endpoint(judged_with(row, own.verdict, seen), info.changed)
    return replace(own, verdict=verdict, evidence=[*own.evidence, *added])


def _judge_alone(row: Row, recording: Recorded) -> Judgement:
    # By role and request: a row may come back to what it has asked already.
    found_once: dict[tuple[str, str], Evidence] = {}
    most = 0
    known = recording.info.judged
    recorded = Status(known) if known in list(Status) else None
    run = run_of(recording.info)
    unsteady = recording.info.unsteady
    steps = with_second_opinion(row, run, unsteady)
    try:
        wanted = next(steps)
        while True:
            found: dict[str, Exchange] = {}
            for role, request in wanted.items():
                asked = room.recorded(request, recording.answer)
                if not asked:
                    verdict = _not_recorded(role, request) if unsteady is None else _not_asked_again(role, unsteady)
                    return Judgement(row=row, verdict=verdict, evidence=[*found_once.values()], recorded=recorded)
                found[role] = asked[-1]
                most = max(most, room.room_of(request, asked[-1]))
                for exchange in asked:
                    told = role if exchange is asked[-1] else f"{role}, cut at its limit"
                    key = (told, exchange.request.identity)
                    found_once.setdefault(key, Evidence(role=told, exchange=exchange))
            wanted = steps.send(found)
    except StopIteration as end:
        verdict, dialect = end.value
        evidence = [*found_once.values()]
        return Judgement(
            row=row,
            verdict=verdict,
            evidence=evidence,
            dialect=dialect,
            room=most,
            unsteady=unsteady.note if unsteady else "",
            recorded=recorded,
        )


def _not_asked_again(role: str, unsteady: Unsteady) -> Verdict:
    """In a run whose answers come and go, what is judged may take another way than what was measured."""
    return untested(Reason.UNSTABLE, f"{unsteady.note}, and the answer that “{role}” needs is not among the others")


def _not_recorded(role: str, request: Request) -> Verdict:
    tries = f", try {request.attempt + 1}" if request.attempt else ""
    return untested(
        Reason.NO_CASSETTE,
        f"the cassette does not hold the request asked as “{role}”{tries}: the row asks otherwise than when it was "
        "recorded; record it again with --record",
    )
