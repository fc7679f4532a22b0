"""Measures rows: asks what they ask, concurrently, each question once, and leaves one cassette a row.

Judging is the same walk over the cassette that was left (`judge.py`), so a replay cannot differ from the run.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from conformance import calibrate, cassette
from conformance.answer import Outcome, read_answer, tokens_of
from conformance.budget import BudgetSpentError
from conformance.everywhere import SEEN_ELSEWHERE, Came, Seen, hold, judged_with, noting
from conformance.exchange import LAST, Exchange, Request
from conformance.gate import Gate
from conformance.journal import JournalError
from conformance.lull import Lull
from conformance.plan import figures, rounds_left
from conformance.progress import Progress
from conformance.redact import LeakError
from conformance.room import Room, shows_nothing
from conformance.route import read_any
from conformance.row import RULES, Row
from conformance.run import Answered, Asked, Run, Steps, T, relayed
from conformance.status import Reason, Status
from conformance.verdict import Verdict, unanswered, untested
from conformance.witness import Witness

JUDGED = "judged"
"""The status that a cassette's exchanges came to when they were recorded: judging them anew tells what has moved."""

Send = Callable[[Request], Awaitable[Exchange]]


@dataclass(slots=True)
class AskOnce:
    """Sends every question once a run: rows that ask the same share the exchange. What is `known` from a run that was
    interrupted is not sent; `keep` is given every other exchange the moment it is whole. `gate` says which goes first;
    where it is left out, all go as they come."""

    send: Send
    progress: Progress = field(default_factory=Progress)
    known: Mapping[str, Exchange] = field(default_factory=dict)
    lull: Lull = field(default_factory=Lull)
    room: Room = field(default_factory=Room)
    keep: Callable[[Exchange], None] = lambda exchange: None
    gate: Gate = field(default_factory=lambda: Gate(sys.maxsize))
    _asked: dict[str, asyncio.Task[Exchange]] = field(default_factory=dict)
    _tickets: dict[str, asyncio.Future[None]] = field(default_factory=dict)

    async def __call__(self, request: Request, urgency: int = 0) -> Exchange:
        identity = request.identity
        if request.late == LAST:  # it tells of now: another turn's, or another run's, does not
            identity = f"{identity} {self.lull.turns}"
        known = self.known.get(identity)
        if known is not None:  # it needs no turn at the gate
            return known
        if identity not in self._asked:
            self._tickets[identity] = asyncio.get_running_loop().create_future()
            self._asked[identity] = asyncio.ensure_future(self._send(request, self._tickets[identity], urgency))
        else:
            self.gate.hurry(self._tickets[identity], urgency)
        return await self._asked[identity]

    async def _send(self, request: Request, ticket: asyncio.Future[None], urgency: int) -> Exchange:
        self.progress.waiting += 1
        try:
            async with self.gate.through(ticket, urgency):
                exchange = await self.send(request)
        finally:
            self.progress.waiting -= 1
        self.keep(exchange)
        tokens_in, tokens_out = tokens_of(exchange)
        self.progress.requests += 1 + exchange.waits
        self.progress.input_tokens += tokens_in
        self.progress.output_tokens += tokens_out
        return exchange

    async def settle(self) -> None:
        """Waits for what is still under way: its rows may have ended without it, and it is paid for."""
        await asyncio.gather(*self._asked.values(), return_exceptions=True)


async def walk(
    steps: Steps[T], ask: Send, log: list[Exchange], lull: Lull | None = None, room: Room | None = None
) -> T:
    """Drives steps to their end over the network; every exchange is added to the log in the order of asking. What is
    to be asked late waits for the lull; where none is given, nothing waits. `room` is what the run knows of the room
    that its model needs."""
    room = room or Room()
    try:
        wanted = next(steps)
        while True:
            late = max((request.late for request in wanted.values()), default=0)
            if lull is not None and late:
                await lull.reached(late)
            asked = await asyncio.gather(*(room.ask(request, ask) for request in wanted.values()))
            log.extend(exchange for each in asked for exchange in each)
            wanted = steps.send(dict(zip(wanted, (each[-1] for each in asked), strict=True)))
    except StopIteration as end:
        result: T = end.value
        return result


def interview(row: Row, run: Run) -> Steps[tuple[Verdict, str]]:
    """A row's whole conversation: settle the dialect, then probe. Gives the verdict, and the dialect's note."""
    settled = yield from calibrate.settle(run)
    if isinstance(settled, Verdict):
        return settled, ""
    verdict = yield from unless_broken(
        unless_cut(row, if_still_answered(settled, naming_what_it_rests_on(row.probe(settled))))
    )
    if settled.dialect.fields and verdict.status is Status.REJECTED:
        # Every request carries the dialect's own fields, so the row is not shown to be the cause.
        note = f"refused together with what this model is always asked with: {verdict.note}"
        verdict = untested(Reason.PREREQUISITE_REFUSED, note)
    return verdict, settled.dialect.note


def naming_what_it_rests_on(steps: Steps[Verdict]) -> Steps[Verdict]:
    """The verdict of these steps, which names the exchange that shows what its note says.

    the verdict names               its note quotes a failure                     rests on
    an exchange of that failure     -                                             as it is
    other exchanges                 of one exchange or more of the row            the last of these, then as it is
    none                            of none                                       what was asked last: that decided it
    """
    last: Answered = {}
    failed: dict[str, str] = {}

    def look_out(wanted: Asked) -> Steps[Answered]:
        nonlocal last
        got = yield wanted
        last = got or last
        for exchange in got.values():
            problem = read_any(exchange).problem
            if problem:
                failed[exchange.request.digest] = problem
        return got

    verdict = yield from relayed(steps, look_out)
    quoted = [digest for digest, problem in failed.items() if problem in verdict.note]
    if quoted and not any(digest in quoted for digest in verdict.rests_on):
        return replace(verdict, rests_on=(quoted[-1], *verdict.rests_on))
    if verdict.rests_on:
        return verdict
    return replace(verdict, rests_on=tuple(each.request.digest for each in last.values()))


def is_empty(exchange: Exchange) -> bool:
    """Is an answer to a user's words without any content, although nothing cut it?"""
    message = read_answer(exchange).message
    asked = exchange.request.json
    turns = asked.get("messages") if isinstance(asked, dict) else None
    last = turns[-1] if isinstance(turns, list) and turns else None
    # After a tool result, or an assistant turn of its own, a model may have nothing to add.
    spoken = isinstance(last, dict) and last.get("role") == "user" and '"tool_result"' not in json.dumps(last)
    return spoken and message is not None and not message.get("content") and message.get("stop_reason") == "end_turn"


RULES_OF_AN_ANSWER = re.compile(r"response\.(envelope|tool_use|stop_reason)|stream\.(?!content_type|no_done)\w+")


def unless_broken(steps: Steps[Verdict]) -> Steps[Verdict]:
    """The verdict of these steps. Where the answer that it rests on breaks a rule of the wire, what that does not show
    says nothing of the model: the rule's own row has the finding."""
    came: dict[str, Exchange] = {}

    def look_out(wanted: Asked) -> Steps[Answered]:
        got = yield wanted
        came.update({each.request.digest: each for each in got.values()})
        return got

    verdict = yield from relayed(steps, look_out)
    if verdict.reason is not Reason.MODEL_TOO_WEAK:
        return verdict
    empty = [digest for digest, exchange in came.items() if is_empty(exchange)]
    if empty:
        note = f"{verdict.note}; but {len(empty)} of {len(came)} answers are empty"
        return untested(Reason.CANNOT_TELL, note, *verdict.rests_on, *empty)
    for digest in verdict.rests_on:
        for owner, rule in RULES.items():
            broken = rule.find(came[digest]) if digest in came and RULES_OF_AN_ANSWER.fullmatch(owner) else ()
            severe = next((each for each in broken if each.deviation is None), None)
            if severe is not None:
                note = f"{verdict.note}; but an answer breaks a rule of the wire ({owner}: {severe.rule})"
                return untested(Reason.CANNOT_TELL, note, digest, *verdict.rests_on)
    return verdict


MAY_COME_OF_A_CUT = (Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL, Reason.NEVER_EXERCISED, Reason.NOT_ATTRIBUTABLE)


def unless_cut(row: Row, steps: Steps[Verdict]) -> Steps[Verdict]:
    """The verdict of these steps. What an answer did not show that was cut at its limit before it showed anything,
    whatever room it got, is nobody's fault that could be named: the row is untested.

    cut answers                     verdict                                       status
    none                            -                                             as it is
    some                            untested for what did not show                untested (cut)
    one that the verdict rests on   ignored, or partial, and no refusal is due    untested (cut)
    otherwise                                                                     as it is
    """
    cut: dict[str, Exchange] = {}

    def look_out(wanted: Asked) -> Steps[Answered]:
        # A question that was cut whatever room it got is not asked once more: its answer is as good as the first.
        known = {role: cut[_question(request)] for role, request in wanted.items() if _question(request) in cut}
        got = {**known, **(yield {role: request for role, request in wanted.items() if role not in known})}
        cut.update({_question(wanted[role]): each for role, each in got.items() if shows_nothing(each)})
        return got

    verdict = yield from relayed(steps, look_out)
    digests = [each.request.digest for each in cut.values()]
    rests_on_a_cut = any(digest in digests for digest in verdict.rests_on) and row.witness is not Witness.REFUSAL
    missed = verdict.status in (Status.IGNORED, Status.PARTIAL) and rests_on_a_cut
    if not cut or not (missed or verdict.reason in MAY_COME_OF_A_CUT):
        return verdict
    most = max(int(each.request.json["max_tokens"]) for each in cut.values())
    note = f"answers are cut at their limit (max_tokens up to {most:,}) before they show anything: {verdict.note}"
    return untested(Reason.CUT, note, *digests)


def _question(request: Request) -> str:
    """Equal for all tries of one question."""
    return replace(request, attempt=0, beside="").identity


def if_still_answered(run: Run, steps: Steps[Verdict]) -> Steps[Verdict]:
    """The verdict of these steps. Where it may rest on a refusal that was met late in the run, the endpoint must answer
    a bare message even after that: all rows ask the same one."""
    refused = False

    def look_out(wanted: Asked) -> Steps[Answered]:
        nonlocal refused
        got = yield wanted
        late = (got[role] for role, request in wanted.items() if request.late)
        refused |= any(read_answer(exchange).outcome is Outcome.REFUSED for exchange in late)
        return got

    verdict = yield from relayed(steps, look_out)
    if not refused or verdict.status is Status.UNTESTED:
        return verdict
    role = "the bare message, at the end"
    last = replace(calibrate.baseline(run), late=LAST).again(AT_THE_END)
    answer = read_answer((yield from calibrate.ask_steadily({role: last}))[role])
    if answer.answered:
        return verdict
    return untested(unanswered(answer), f"at the end not even a bare message is answered: {answer.problem}")


AT_THE_END = 100
"""The `attempt` of that message: it meets no try of a row's own."""


@dataclass(slots=True)
class Undone:
    """The rows that a measurement could not do: those that the budget cut, and those whose endpoint could not be asked
    just then. The others are done, whatever they came to."""

    cut: list[str] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)


OF_THE_MOMENT = (Reason.UNREACHABLE, Reason.KEY_REFUSED, Reason.RATE_LIMITED)
"""Why a row may be untested that another moment could measure."""


async def measure(
    rows: Sequence[Row],
    run: Run,
    ask: AskOnce,
    *,
    folder: Path,
    facts: Mapping[str, Any],
    url: str,
    tell: Callable[[Progress], None] = lambda progress: None,
    rows_at_once: int | None = None,
) -> Undone:
    """Measures all rows at once (the wire bounds how many requests are under way) into `folder`/<row id>.yaml.

    A row's cassette is written as soon as the row is done; `tell` is called then, and every second. An error of the
    suite's own in one row does not stop the others: its cassette holds what was asked, and judging it meets the same
    error. A row that the budget cuts leaves no cassette: half of its exchanges decide nothing. `rows_at_once` lets only
    so many rows ask at a time, so that a budget pays for whole rows. Once all are measured, what came back to each is
    held to the rules of the others (`everywhere.py`). Raises JournalError where what is paid for cannot be kept.
    """
    progress = ask.progress
    progress.rows = len(rows)
    undone = Undone()
    turns = asyncio.Semaphore(rows_at_once) if rows_at_once else nullcontext()
    clients = any(row.witness is Witness.CLIENT for row in rows)
    sdk = asyncio.ensure_future(asyncio.to_thread(_import_sdk) if clients else asyncio.sleep(0))
    clock = asyncio.get_running_loop().time
    begun = clock()
    done: dict[str, Done] = {}

    def tell_now() -> None:
        progress.seconds = clock() - begun
        tell(progress)

    async def tell_every_second() -> None:
        while True:
            await asyncio.sleep(1)
            tell_now()

    async def one(row: Row) -> None:
        async with turns:
            await measure_one(row)

    async def measure_one(row: Row) -> None:
        row_done = Done()
        log = row_done.log
        rounds = figures().rounds(row.id, long_prompt=run.long_prompt)

        def by_urgency(request: Request) -> Awaitable[Exchange]:
            return ask(request, rounds_left(rounds, len(log)))

        try:
            with ask.lull.row_under_way():
                if row.witness is Witness.CLIENT:
                    await sdk
                steps = noting(interview(row, run), row.id, row_done.came)
                verdict, _ = await walk(steps, by_urgency, log, ask.lull, ask.room)
            row_done.verdict = verdict
            if verdict.reason in OF_THE_MOMENT:
                undone.unmet.append(row.id)
        except BudgetSpentError:
            undone.cut.append(row.id)
            progress.rows_cut += 1
            if progress.finished:
                tell_now()
            return
        except (JournalError, LeakError):
            raise
        except Exception:
            pass  # judged again from the cassette, where the error surfaces in the row's own test
        done[row.id] = row_done
        save_done(folder, row, facts, url, row_done)
        progress.rows_done += 1
        tell_now()

    telling = asyncio.create_task(tell_every_second())
    try:
        await asyncio.gather(*(one(row) for row in rows))
    finally:
        telling.cancel()
    await ask.settle()
    measured = [row for row in rows if row.id in done]
    came = [each for row in measured for each in done[row.id].came]
    seen = hold(measured, came, run.anthropic_version)
    for row in measured:
        if row.id in seen:
            save_done(folder, row, facts, url, done[row.id], seen[row.id])
    with suppress(OSError):  # what is left of an earlier run is harmless
        cassette.drop_unused(folder)
    return undone


@dataclass(slots=True)
class Done:
    """What a row asked and was answered, and its own verdict; None where the suite itself failed."""

    log: list[Exchange] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)
    verdict: Verdict | None = None


def _import_sdk() -> None:
    """The official SDK takes a second to import: in a thread, while the other rows wait for their first answers."""
    with suppress(ImportError):  # told by the rows that need it
        import_module("anthropic")


def save_done(
    folder: Path, row: Row, facts: Mapping[str, Any], url: str, done: Done, seen: Sequence[Seen] = ()
) -> None:
    """Writes the cassette of a row that was measured, with what was seen elsewhere of its rule."""
    told: dict[str, Any] = {}
    if done.verdict is not None:
        told[JUDGED] = judged_with(row, done.verdict, seen).status.value
    if seen:
        told[SEEN_ELSEWHERE] = [each.as_fact() for each in seen]
    save_row(folder, row.id, {**facts, **told}, url, [*done.log, *(each.came.exchange for each in seen)])


def save_row(folder: Path, row_id: str, facts: Mapping[str, Any], url: str, log: Sequence[Exchange]) -> None:
    """Writes one row's cassette: each exchange once, however often the row came back to it."""
    unique = list({exchange.request.identity: exchange for exchange in log}.values())
    cassette.save(cassette_path(folder, row_id), {"row": row_id, **facts}, url, unique)


def cassette_path(folder: Path, row_id: str) -> Path:
    """Where a row's cassette lies."""
    return folder / f"{row_id}.yaml"
