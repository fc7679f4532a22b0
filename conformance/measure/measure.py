"""Measures rows: asks what they ask, concurrently, each question once, and keeps what each row was answered.

Judging is the same walk over what was kept (`judge.py`), in memory as in a cassette, so a replay cannot differ from the
run.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

from conformance.evidence import cassette
from conformance.evidence.journal import JournalError
from conformance.evidence.recorded import Recorded, as_recorded
from conformance.evidence.redact import LeakError
from conformance.evidence.run_info import RunInfo
from conformance.measure.late_phase import LatePhase
from conformance.measure.plan import figures, rounds_left
from conformance.measure.priority import PriorityLimiter
from conformance.measure.progress import Progress
from conformance.probing.changed import LEAST, look_again, of_one_endpoint
from conformance.probing.conversation import only_verdict, row_conversation
from conformance.probing.everywhere import Came, Seen, hold, judged_with, noting
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.pulse import Pulse, RunCutError
from conformance.probing.room import Room
from conformance.probing.row import Row
from conformance.probing.run import Conversation, Run, T
from conformance.probing.unsteady import (
    Unsteady,
    astray_among,
    notice,
    question_of,
    second_opinion,
    still_answered,
)
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import tokens_of
from conformance.protocol.exchange import LAST, Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.wire.budget import BudgetSpentError

Send = Callable[[Request], Awaitable[Exchange]]


@dataclass(slots=True)
class RequestCache:
    """Sends every question once a run: rows that ask the same share the exchange. What is `known` from a run that was
    interrupted is not sent; `keep` is given every other exchange the moment it is whole. `gate` says which goes first;
    where it is left out, all go as they come. `pulse` says whether the endpoint still answers: once it does not,
    nothing is sent."""

    send: Send
    progress: Progress = field(default_factory=Progress)
    known: Mapping[str, Exchange] = field(default_factory=dict)
    late_phase: LatePhase = field(default_factory=LatePhase)
    room: Room = field(default_factory=Room)
    keep: Callable[[Exchange], None] = lambda exchange: None
    gate: PriorityLimiter = field(default_factory=lambda: PriorityLimiter(sys.maxsize))
    pulse: Pulse = field(default_factory=Pulse)
    _asked: dict[str, asyncio.Task[Exchange]] = field(default_factory=dict)
    _tickets: dict[str, asyncio.Future[None]] = field(default_factory=dict)

    async def __call__(self, request: Request, urgency: int = 0) -> Exchange:
        identity = request.identity
        if request.late == LAST:  # it tells of now: another turn's, or another run's, does not
            identity = f"{identity} {self.late_phase.turns}"
        known = self.known.get(identity)
        if known is not None:  # it needs no turn at the gate
            return known
        if identity not in self._asked:
            self._tickets[identity] = asyncio.get_running_loop().create_future()
            self._asked[identity] = asyncio.ensure_future(self._send(request, self._tickets[identity], urgency))
        else:
            self.gate.raise_priority(self._tickets[identity], urgency)
        return await self._asked[identity]

    async def _send(self, request: Request, slot: asyncio.Future[None], urgency: int) -> Exchange:
        self.progress.waiting += 1
        try:
            async with self.gate.through(slot, urgency):
                await self.pulse.check(self._sent)
                return await self._sent(request)
        finally:
            self.progress.waiting -= 1

    async def _sent(self, request: Request) -> Exchange:
        after = self.pulse.ended
        exchange = replace(await self.send(request), after=after)
        self.pulse.heard(exchange)
        self.keep(exchange)
        tokens_in, tokens_out = tokens_of(exchange)
        self.progress.requests += 1 + exchange.waits
        self.progress.input_tokens += tokens_in
        self.progress.output_tokens += tokens_out
        return exchange

    async def negotiate_dialect(self) -> None:
        """Waits for what is still under way: its rows may have ended without it, and it is paid for."""
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def end(self) -> None:
        """At the end of a run: was it cut? A failure that no later answer vouches for costs one bare message more."""
        with suppress(BudgetSpentError, RunCutError):
            await self.pulse.check(self._sent, most=1)

    async def what_changed(self, came: Sequence[Exchange], log: list[Exchange]) -> str:
        """How the endpoint differs now from what it was early in the run (`changed.py`); empty where it does not, or
        the run was not watched, was short, or was cut. What is asked is added to the log."""
        if self.pulse.bare is None or self.pulse.over or self.pulse.ended < LEAST:
            return ""
        try:
            return await drive_live(look_again(came), self._sent, log)
        except BudgetSpentError:
            return ""

    async def still_answers(self, bare: Request) -> Exchange:
        """The answer to a bare message that is asked now; not before it was asked as often as a cut run is."""
        return await self.pulse.ask(bare, self._sent)


async def drive_live(
    steps: Conversation[T],
    ask: Send,
    log: list[Exchange],
    late_phase: LatePhase | None = None,
    room: Room | None = None,
) -> T:
    """Drives steps to their end over the network; every exchange is added to the log in the order of asking. What is
    to be asked late waits for the late phase; where none is given, nothing waits. `room` is what the run knows of the
    room that its model needs."""
    room = room or Room()
    try:
        wanted = next(steps)
        while True:
            late = max((request.late for request in wanted.values()), default=0)
            if late_phase is not None and late:
                await late_phase.reached(late)
            asked = await asyncio.gather(*(room.ask(request, ask) for request in wanted.values()))
            log.extend(exchange for each in asked for exchange in each)
            wanted = steps.send(dict(zip(wanted, (each[-1] for each in asked), strict=True)))
    except StopIteration as end:
        result: T = end.value
        return result


@dataclass(slots=True)
class Undone:
    """The rows that a measurement could not do: those that the budget cut, those whose endpoint could not be asked just
    then, and those `lost` because it answered no more. The others are done, whatever they came to. `changed` says how
    the endpoint at the end differs from the one at the beginning."""

    cut: list[str] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    changed: str = ""


OF_THE_MOMENT = (Reason.UNREACHABLE, Reason.KEY_REFUSED, Reason.RATE_LIMITED)
"""Why a row may be untested that another moment could measure."""


async def measure(
    rows: Sequence[Row],
    run: Run,
    ask: RequestCache,
    *,
    folder: Path | None,
    info: RunInfo,
    url: str,
    tell: Callable[[Progress], None] = lambda progress: None,
    rows_at_once: int | None = None,
    held: dict[str, Recorded] | None = None,
) -> Undone:
    """Measures all rows at once (the wire bounds how many requests are under way) into `folder`/<row id>.yaml, where
    there is a folder, and into `held`, by the row's id, where this very process judges.

    A row's cassette is written as soon as the row is done; `tell` is called then, and every second. An error of the
    suite's own in one row does not stop the others: what was asked is kept, and judging it meets the same error. A row
    that the budget cuts keeps nothing: half of its exchanges decide nothing. One that is lost because the endpoint
    answered no more says so (`RunInfo.run_cut`). `rows_at_once` lets only
    so many rows ask at a time, so that a budget pays for whole rows. Once all are measured, what came back to each is
    held to the rules of the others (`everywhere.py`). Raises JournalError where what is paid for cannot be kept.
    """
    progress = ask.progress
    progress.rows = len(rows)
    ask.late_phase.rows = 0 if rows_at_once else len(rows)
    undone = Undone()
    turns = asyncio.Semaphore(rows_at_once) if rows_at_once else nullcontext()
    clients = any(row.evidence_kind is EvidenceKind.CLIENT for row in rows)
    sdk = asyncio.ensure_future(asyncio.to_thread(_import_sdk) if clients else asyncio.sleep(0))
    clock = asyncio.get_running_loop().time
    begun = clock()
    done: dict[str, Done] = {}

    def tell_now() -> None:
        progress.seconds = clock() - begun
        tell(progress)

    def keep(row: Row, row_done: Done, seen: Sequence[Seen] = (), unsteady: Unsteady | None = None) -> None:
        put(row.id, *kept_of(row, info, row_done, seen, unsteady))

    def put(row_id: str, told: RunInfo, log: Sequence[Exchange]) -> None:
        if held is not None:
            held[row_id] = Recorded(replace(told, row=row_id), [as_recorded(each) for each in log])
        if folder is not None:
            save_row(folder, row_id, told, url, log)

    def drop(row_id: str) -> None:
        if held is not None:
            held.pop(row_id, None)
        if folder is not None:
            cassette_path(folder, row_id).unlink(missing_ok=True)

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
            with ask.late_phase.row_under_way():
                if row.evidence_kind is EvidenceKind.CLIENT:
                    await sdk
                steps = noting(row_conversation(row, run), row.id, row_done.came)
                verdict, _ = await drive_live(steps, by_urgency, log, ask.late_phase, ask.room)
            row_done.verdict = verdict
            if verdict.reason in OF_THE_MOMENT:
                undone.unmet.append(row.id)
        except BudgetSpentError:
            undone.cut.append(row.id)
            progress.rows_cut += 1
            if progress.finished:
                tell_now()
            return
        except RunCutError:
            progress.rows_cut += 1
            row_done.cut = True
            done[row.id] = row_done
            return
        except (JournalError, LeakError):
            raise
        except Exception:
            pass  # judged again from the cassette, where the error surfaces in the row's own test
        done[row.id] = row_done
        keep(row, row_done)
        progress.rows_done += 1
        tell_now()

    telling = asyncio.create_task(tell_every_second())
    try:
        await asyncio.gather(*(one(row) for row in rows))
        await ask.negotiate_dialect()
        await ask.end()
        whole = {row: done[row.id] for row in rows if row.id in done and not done[row.id].cut}
        sure = {row: row_done for row, row_done in whole.items() if not ask.pulse.doubts(row_done.log)}
        for_all: list[Exchange] = []
        changed = await ask.what_changed(
            [each.exchange for row_done in sure.values() for each in row_done.came], for_all
        )
        # What an endpoint that changed says a second time is of its other half.
        unsteady = None if changed else await ask_once_more(sure, run, ask)
        await ask.end()
    finally:
        telling.cancel()
    if changed:
        undone.changed = changed
        info = replace(info, changed=changed)
    for row in [row for row in rows if row.id in done]:
        row_done = done[row.id]
        if not (row_done.cut or ask.pulse.doubts(row_done.log)):
            continue
        if ask.pulse.over:
            undone.lost.append(row.id)
            lost = replace(info, judged=Status.UNTESTED.value, run_cut=ask.pulse.over)
            put(row.id, lost, unique(row_done.log))
        else:
            undone.cut.append(row.id)
            drop(row.id)
        del done[row.id]
    measured = [row for row in rows if row.id in done]
    holders = {_hold_for_all(each, measured, done) for each in (*ask.pulse.asked, *for_all)}
    came = [each for row in measured for each in done[row.id].came]
    seen = hold(measured, came, run.anthropic_version, unsteady)
    for row in measured:
        if row.id in seen or unsteady or changed or row.id in holders:
            keep(row, done[row.id], seen.get(row.id, ()), unsteady)
    if folder is not None:
        with suppress(OSError):  # what is left of an earlier run is harmless
            cassette.drop_unused(folder)
    return undone


@dataclass(slots=True)
class Done:
    """What a row asked and was answered, and its own verdict; None where the suite itself failed. `cut`: the budget
    ended before it was asked once more, or the endpoint answered no more."""

    log: list[Exchange] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)
    verdict: Verdict | None = None
    cut: bool = False


async def ask_once_more(done: Mapping[Row, Done], run: Run, ask: RequestCache) -> Unsteady | None:
    """Asks once more what rows came to that chance could bring about, where the run shows failures that come by chance.
    Gives what it shows; None for nothing, and then nothing is asked."""
    came = [each.exchange for row_done in done.values() for each in row_done.came]
    try:
        unsteady = notice(came, await drive_live(astray_among(came), ask, []))
        down = unsteady is not None and not await drive_live(still_answered(run, unsteady), ask, [])
    except (BudgetSpentError, RunCutError):  # what needs to be asked once more is cut
        unsteady, down = notice(came), False
    if unsteady is None or down:
        return None

    async def one(row: Row, row_done: Done) -> None:
        if row_done.verdict is None:
            return
        again = only_verdict(row_conversation(row, run))
        steps = second_opinion(again, row_done.verdict, unsteady, row_done.log, row.evidence_kind)
        try:
            row_done.verdict = await drive_live(steps, ask, row_done.log, room=ask.room)
        except (BudgetSpentError, RunCutError):
            row_done.cut = True
        except (JournalError, LeakError):
            raise
        except Exception:
            row_done.verdict = None  # as above: judging it meets the same error

    await asyncio.gather(*(one(row, row_done) for row, row_done in done.items()))
    return unsteady


def _hold_for_all(exchange: Exchange, rows: Sequence[Row], done: Mapping[str, Done]) -> str:
    """Gives what was asked for the whole run to the first row that asked the same: it is paid for, and counted there.
    The row's id; empty where there is none."""
    for row in rows:
        log = done[row.id].log
        same = (each for each in log if each.request.body == exchange.request.body)
        if any(question_of(each.request) == question_of(exchange.request) for each in same):
            log.append(exchange)
            return row.id
    return ""


def _import_sdk() -> None:
    """The official SDK takes a second to import: in a thread, while the other rows wait for their first answers."""
    with suppress(ImportError):  # told by the rows that need it
        import_module("anthropic")


def kept_of(
    row: Row, info: RunInfo, done: Done, seen: Sequence[Seen] = (), unsteady: Unsteady | None = None
) -> tuple[RunInfo, list[Exchange]]:
    """What is kept of a row that was measured, with what was seen elsewhere of its rule and what the run shows of
    failures that come by chance: what is said of the run, and each exchange once, however often the row came back to
    it."""
    judged = info.judged
    if done.verdict is not None:
        judged = of_one_endpoint(judged_with(row, done.verdict, seen), info.changed).status.value
    marks = tuple(each.mark for each in seen)
    told = replace(info, judged=judged, seen_elsewhere=marks, unsteady=unsteady)
    return told, unique([*done.log, *(each.came.exchange for each in seen)])


def unique(log: Sequence[Exchange]) -> list[Exchange]:
    """Each exchange once, in the order of asking."""
    return list({exchange.request.identity: exchange for exchange in log}.values())


def save_row(folder: Path, row_id: str, info: RunInfo, url: str, log: Sequence[Exchange]) -> None:
    """Writes one row's cassette."""
    cassette.save(cassette_path(folder, row_id), replace(info, row=row_id), url, unique(log))


def cassette_path(folder: Path, row_id: str) -> Path:
    """Where a row's cassette lies."""
    return folder / f"{row_id}.yaml"
