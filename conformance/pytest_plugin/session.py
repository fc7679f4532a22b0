"""One conformance run inside pytest: who measures, where the cassettes lie, and what the results come to."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from conformance.evidence.cassette import CassetteError, Recording
from conformance.evidence.column import Column, read_column, write_column
from conformance.evidence.journal import Journal, JournalContents, JournalError, remove
from conformance.evidence.paths import FolderError, clash, held, safe_name
from conformance.evidence.recorded import Recorded
from conformance.evidence.redact import LeakError, Secrets
from conformance.evidence.run_info import RunInfo
from conformance.measure.judge import Judgement, judge
from conformance.measure.measure import RequestCache, cassette_path, measure
from conformance.measure.plan import expected
from conformance.measure.preflight import EndpointAddress, PreflightError, check, diagnose, find_model
from conformance.measure.priority import PriorityLimiter
from conformance.measure.progress import Progress
from conformance.measure.target import Target, run_info
from conformance.probing.calibrate import baseline
from conformance.probing.pulse import Pulse, proven
from conformance.probing.row import Row
from conformance.probing.run import Run
from conformance.probing.verdict import untested
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason
from conformance.pytest_plugin.handoff import Handoff, read_handoff, write_handoff
from conformance.pytest_plugin.resume import find, journal_path, taking_over
from conformance.rows import ROWS
from conformance.wire.budget import MOST_KEPT, Budget, BudgetSpentError
from conformance.wire.client import Limits, Wire
from conformance.wire.connection import ignored_proxy, proxy_used


def measure_rows(
    target: Target,
    rows: Sequence[Row],
    scratch: Path,
    tell: Callable[[str, Progress | None], None],
    closing: ExitStack,
    held: dict[str, Recorded] | None = None,
) -> None:
    """Measures the rows of a live run, or finds the cassettes of a replay, and writes the Handoff into `scratch`.

    What must last until the reports are written is given to `closing`. `held` is given what was measured, where this
    process judges it; without it, what other processes judge lies in `scratch`. Raises pytest.UsageError for a
    cassette, a journal or a folder that cannot be used, PreflightError when nothing can be measured.
    """
    if target.replay:
        handoff = _find_cassettes(target, rows)
    else:
        kept = find(target, rows) if target.resume else None
        if kept:  # what was recorded is recorded to its end
            target = replace(taking_over(target, kept.info), record=target.record or kept.record)
        with _endpoint(target, tell) as (reached, url):
            try:
                handoff = asyncio.run(_Measurement(reached, url, rows, kept, tell, closing, held).run(scratch))
            except (FolderError, JournalError, LeakError) as error:
                raise pytest.UsageError(str(error)) from error
            except OSError as error:
                what = f"{error.filename or 'a file of this run'}: cannot be written ({error.strerror or error})"
                raise pytest.UsageError(f"{what}; mend that, then go on with --resume") from error
    try:
        write_handoff(scratch, handoff)
    except OSError as error:
        raise pytest.UsageError(
            f"{scratch}: cannot be written ({error.strerror or error}); make room, or name another place in TMPDIR"
        ) from error


@contextmanager
def _endpoint(target: Target, tell: Callable[[str, Progress | None], None]) -> Iterator[tuple[Target, str]]:
    """The target with its address; the embedded endpoint is started for the time of the run."""
    if not target.embedded:
        yield target, target.url
        return
    from conformance.reference.app import DEFAULT_MODELS, create_app
    from conformance.reference.server import serve

    key = f"embedded-{target.seed}-key"
    with serve(create_app(api_key=key)) as url:
        tell(f"embedded endpoint at {url}", None)
        # Nothing but this process is asked, so nothing needs to be spared.
        limits = replace(target.limits, rate=None, token_rate=None)
        yield (
            replace(
                target, model=target.model or DEFAULT_MODELS[0], secrets=Secrets(key=SecretStr(key)), limits=limits
            ),
            url,
        )


class _Measurement:
    """One live run: the model found, the endpoint checked, every row measured, each exchange in the journal at once."""

    def __init__(
        self,
        target: Target,
        url: str,
        rows: Sequence[Row],
        kept: JournalContents | None,
        tell: Callable[[str, Progress | None], None],
        closing: ExitStack,
        held: dict[str, Recorded] | None,
    ) -> None:
        self.closing, self.held = closing, held
        self.target, self.url, self.rows, self.kept, self.tell = target, url, rows, kept, tell
        self.budget = Budget(
            max_requests=target.limits.max_requests, max_tokens=target.limits.max_tokens, most_kept=MOST_KEPT
        )

    def say(self, text: str) -> None:
        self.tell(text, None)

    async def run(self, scratch: Path) -> Handoff:
        """Measures, and says where what came back lies. Raises PreflightError, JournalError."""
        target, url = self.target, self.url
        async with Wire(
            url, target.secrets, target.limits, budget=self.budget, say=self.say, proxies=target.proxies
        ) as wire:
            early: list[Exchange] = []
            ask = RequestCache(
                wire.send,
                Progress(rate=target.limits.rate),
                known=self._known(),
                keep=early.append,
                gate=PriorityLimiter(target.limits.concurrency),
                pulse=self._pulse(),
            )
            run = Run(
                seed=target.seed,
                model=target.model or "",
                auth=target.auth,
                anthropic_version=target.anthropic_version,
                long_prompt=target.long_prompt,
            )
            hint = "" if target.proxies else ignored_proxy(url)
            proxy = proxy_used(url) if target.proxies else ""
            address = EndpointAddress(url=url, key_variable=target.key_variable, hint=hint, proxy=proxy)
            if target.model is None:
                run = replace(run, model=await self._find_model(run, ask, address))
            self.tell(f"measuring {len(self.rows)} rows of {run.model} at {url}", None)
            if target.secrets.unguarded:
                self.say(
                    f"the key in ${target.key_variable} is short or a plain word, which answers hold by themselves: "
                    "it is not taken out of what is kept"
                )
            info = run_info(target, url, run.model)
            with self._journal(info) as journal:
                for exchange in early:
                    journal.keep(exchange)
                ask.keep = journal.keep
                with suppress(BudgetSpentError):  # met again by every row
                    settled = await check(run, ask, self._elsewhere, address, ask.room)
                    await self._go_on(settled, ask, address)
                recorded = target.folder(target.cassettes, run.model) if target.record else None
                folder = recorded or scratch / "cassettes"
                undone = await measure(
                    self.rows,
                    run,
                    ask,
                    folder=folder if self.held is None else recorded,
                    held=self.held,
                    info=info,
                    url=url,
                    tell=lambda progress: self.tell("", progress),
                    rows_at_once=target.limits.concurrency if self.budget.limited else None,
                )
        rows = [row.id for row in self.rows]
        if recorded is not None:
            planned = expected(rows, long_prompt=run.long_prompt)
            column = Column(rows=tuple(rows), planned=planned, whole=len(rows) == len(ROWS))
            write_column(recorded, column.joined(read_column(recorded)))
        undone_rows = {*undone.cut, *undone.unmet, *undone.lost}
        begun = self.kept.rows if self.kept else ()
        return Handoff(
            folder=folder,
            info=replace(info, changed=undone.changed),
            cut=tuple(undone.cut),
            spent=self.budget.spent,
            over=ask.pulse.over,
            journal=journal.path,
            rows=tuple(rows),
            left=tuple(each for each in {*rows, *begun} if each in undone_rows or each not in rows),
        )

    async def _go_on(self, settled: Run, ask: RequestCache, address: EndpointAddress) -> None:
        """From here on the endpoint's life is watched. Where a run goes on that was cut, it must answer again first.
        Raises PreflightError."""
        bare = baseline(settled)
        if self.kept and self.kept.was_cut and not self.target.embedded:
            now = await ask.still_answers(bare)
            if ask.pulse.over:
                ask.pulse.over = ""  # what it says may be looked into
                diagnosis = await diagnose(now, settled, ask, self._elsewhere, address)
                raise PreflightError(f"{diagnosis}\nWhat was measured is kept: --resume goes on from there.")
        ask.pulse.bare = bare

    def _known(self) -> dict[str, Exchange]:
        if self.kept is None:
            return {}
        seed = self.kept.info.seed
        if self.target.embedded:
            self.tell(
                f"the embedded endpoint is new in every run: it is asked everything again, with seed {seed}", None
            )
            return {}
        known = self.kept.standing
        self.tell(f"going on with the run of seed {seed}: {len(known)} exchanges are kept", None)
        return known

    def _pulse(self) -> Pulse:
        kept = self.kept.trusted if self.kept else []
        return Pulse(ended=len(kept), proven=proven(kept))

    async def _find_model(self, run: Run, ask: RequestCache, address: EndpointAddress) -> str:
        try:
            return await find_model(run, ask, self._elsewhere, address)
        except BudgetSpentError as error:
            raise PreflightError(f"{error}, and the model is not known yet.\nName it: --model=NAME") from error

    @contextmanager
    def _journal(self, info: RunInfo) -> Iterator[Journal]:
        """The journal of this run, which no other run may touch until this one has reported. One that was begun for
        nothing leaves no trace."""
        path = self.kept.path if self.kept else journal_path(self.target, info.model, self.rows)
        others = clash(path.parent, info.provider, info.model)
        if others:
            raise FolderError(others)
        self.closing.enter_context(held(path))
        if self.kept:
            journal = Journal.go_on(self.kept)
        else:
            if path.exists():
                self.tell(f"an interrupted run is not gone on with (no --resume): its journal is now {path}.old", None)
            journal = Journal.begin(path, info, [row.id for row in self.rows], record=self.target.record)
        try:
            yield journal
        except PreflightError:
            if not self.kept:
                journal.give_up()
            raise
        finally:
            journal.close()

    async def _elsewhere(self, base: str, request: Request) -> Exchange:
        limits = Limits(timeout=self.target.limits.timeout, patience=0)
        async with Wire(base, self.target.secrets, limits, budget=self.budget, proxies=self.target.proxies) as wire:
            return await wire.send(request)


def end_journal(scratch: Path, judged: Collection[str]) -> str:
    """Removes the journal where every row of its run was measured and judged; else gives the line that says what is
    left, and how to go on. Empty after a replay."""
    handoff = read_handoff(scratch)
    if handoff.journal is None:
        return ""
    left = {*handoff.left, *handoff.rows} - (set(judged) - set(handoff.left))
    if not left:
        remove(handoff.journal)
        return ""
    why = f"{handoff.spent}; " if handoff.cut else ""
    why = f"{handoff.over}; " if handoff.over else why
    return f"{why}{len(left)} rows are left: --resume goes on with {handoff.journal}"


def came_later(target: Target, rows: Collection[str]) -> set[str]:
    """Of these rows, those that the recording to be replayed knows nothing of. Raises pytest.UsageError."""
    try:
        column = read_column(target.folder(target.cassettes, target.model or _only_model(target)))
    except CassetteError as error:
        raise pytest.UsageError(str(error)) from error
    return set(rows) - set(column.rows) if column else set()


def _find_cassettes(target: Target, rows: Sequence[Row]) -> Handoff:
    """Loads every cassette of the selection once, so that one that cannot be read ends the run before it begins."""
    model = target.model or _only_model(target)
    folder = target.folder(target.cassettes, model)
    if not any(folder.glob("*.yaml")):
        raise pytest.UsageError(f"--replay: {folder} holds no cassette; record some with --record")
    first: RunInfo | None = None
    for row in rows:
        try:
            recorded = _look_at(cassette_path(folder, row.id)).info
        except FileNotFoundError:
            continue
        except CassetteError as error:
            raise pytest.UsageError(str(error)) from error
        first = first or recorded
    asked = run_info(target, target.url, model)
    return Handoff(folder=folder, info=_completed(first, asked) if first else asked, column=read_column(folder))


def _completed(told: RunInfo, asked: RunInfo) -> RunInfo:
    """What a cassette says of its run; where it says nothing, what this run was started with."""
    return replace(
        asked,
        provider=told.provider or asked.provider,
        url=told.url or asked.url,
        model=told.model,
        auth=told.auth,
        anthropic_version=told.anthropic_version,
        long_prompt=asked.long_prompt if told.long_prompt is None else told.long_prompt,
        seed=told.seed,
        mode=told.mode or asked.mode,
        changed=told.changed,
    )


def _only_model(target: Target) -> str:
    parent = target.cassettes / safe_name(target.provider)
    found = sorted(each.name for each in parent.iterdir() if each.is_dir()) if parent.is_dir() else []
    if len(found) == 1:
        return found[0]
    known = f"it has {', '.join(found)}" if found else "there is none; record one with --record"
    raise pytest.UsageError(f"--replay: name the model with --model; looked in {parent}: {known}")


_LOOKED_AT: dict[tuple[Path, int], Recording] = {}
"""The cassettes that a replay has read, by path and time of change, until each is judged."""


def _look_at(path: Path) -> Recording:
    """A cassette that will be judged later: it is read once. Raises as Recording does."""
    recording = _taken(path)
    _LOOKED_AT[path, path.stat().st_mtime_ns] = recording
    return recording


def _taken(path: Path) -> Recording:
    """A cassette that is judged now, and not held any longer. Raises as Recording does."""
    if not path.is_file():
        raise FileNotFoundError(path)
    looked_at = _LOOKED_AT.pop((path, path.stat().st_mtime_ns), None)
    return looked_at or Recording(path)


class Judge:
    """Judges rows from what this process measured (`held`), or from the cassettes that the Handoff names; made once a
    process, when the first row is judged."""

    def __init__(self, scratch: Path, held: Mapping[str, Recorded]) -> None:
        self.held = held
        self.handoff = read_handoff(scratch)

    def __call__(self, row: Row) -> Judgement:
        """The judgement of a row. One without a cassette is untested."""
        if row.id in self.handoff.cut:
            return Judgement(
                row=row, verdict=untested(Reason.BUDGET, f"{self.handoff.spent}: --resume goes on from there")
            )
        path = cassette_path(self.handoff.folder, row.id)
        try:
            return judge(row, self.held.get(row.id) or _taken(path))
        except FileNotFoundError:
            # Reports are published: whose machine it was, and where its folders lie, is nobody's business.
            named = "/".join(path.parts[-3:])
            note = f"there is no cassette {named}; record the row with --record"
            return Judgement(row=row, verdict=untested(Reason.NO_CASSETTE, note))
        except Exception as error:
            # A fault of the suite's own must not cost the other rows their matrix; the row's test fails with this.
            place = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__}: {error}; {Path(place.filename).name}:{place.lineno}"
            note = f"the suite itself failed on this row's exchanges ({what}): please report it"
            return Judgement(row=row, verdict=untested(Reason.INTERNAL_ERROR, note))
