"""Runs rows against an embedded endpoint inside this process: no socket, no cassette, the same conversations."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, MutableMapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr
from starlette.types import ASGIApp

from conformance.evidence.recorded import Recorded
from conformance.evidence.run_info import RunInfo
from conformance.measure.measure import Done, RequestCache, Undone, ask_once_more, drive_live, measure
from conformance.measure.preflight import EndpointAddress, check
from conformance.probing.calibrate import baseline
from conformance.probing.conversation import row_conversation
from conformance.probing.everywhere import hold, judged_with, noting
from conformance.probing.row import Row
from conformance.probing.run import Answered, Asked, Conversation, Run, intercept
from conformance.probing.unsteady import Unsteady
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange
from conformance.reference.faults import CutError
from conformance.rows import ROWS
from conformance.wire.budget import Budget
from conformance.wire.client import Limits, Secrets, Wire

KEY = "in-process-test-key"
Found = Mapping[str, tuple[Verdict, list[Exchange]]]
"""Rows' verdicts, with what each asked and was answered."""

URL = "http://in-process.invalid"
QUICK = Limits(timeout=30, patience=0, concurrency=8)


def verdicts(
    app: ASGIApp,
    *,
    model: str,
    rows: Iterable[Row] = ROWS,
    seed: int = 7,
    auth: str = "x-api-key",
    limits: Limits = QUICK,
    long_prompt: bool = False,
    everywhere: bool = False,
    anthropic_version: str = "2023-06-01",
) -> Mapping[str, Verdict]:
    """Measures and judges rows at once; the app must have been made with KEY as its key. Waiting costs no time.
    `everywhere`: what came back to each row is held to the rules of the others as well, as a run does."""
    run = Run(seed=seed, model=model, auth=auth, long_prompt=long_prompt, anthropic_version=anthropic_version)
    done: dict[Row, Done] = {row: Done() for row in rows}

    def noted(row: Row, run: Run) -> Conversation[tuple[Verdict, str]]:
        return noting(row_conversation(row, run), row.id, done[row].came)

    _, unsteady = _measured(app, done, limits, run, noted, done)
    own = {row: row_done.verdict for row, row_done in done.items() if row_done.verdict is not None}
    if not everywhere:
        return {row.id: verdict for row, verdict in own.items()}
    came = [each for row_done in done.values() for each in row_done.came]
    seen = hold(list(done), came, run.anthropic_version, unsteady)
    return {row.id: judged_with(row, verdict, seen.get(row.id, ())) for row, verdict in own.items()}


def judged_with_logs(
    app: ASGIApp, run: Run, rows: Iterable[Row] = ROWS
) -> Mapping[str, tuple[Verdict, list[Exchange]]]:
    """Every row's verdict, with what it asked and was answered."""
    return _measured(app, rows, QUICK, run)[0]


def logs(app: ASGIApp, *, model: str, seed: int, auth: str) -> Mapping[str, list[Exchange]]:
    """What every row asked, and what it was answered."""
    found, _ = _measured(app, ROWS, QUICK, Run(seed=seed, model=model, auth=auth))
    return {row: log for row, (_, log) in found.items()}


def asked_in_rounds(app: ASGIApp, run: Run) -> Mapping[str, list[list[Exchange]]]:
    """What every row asked, round after round: what a row asks at once is one round."""
    sizes: dict[str, list[int]] = {row.id: [] for row in ROWS}

    def counting(row: Row, run: Run) -> Conversation[tuple[Verdict, str]]:
        def count(wanted: Asked) -> Conversation[Answered]:
            sizes[row.id].append(len(wanted))
            return (yield wanted)

        return intercept(row_conversation(row, run), count)

    found, _ = _measured(app, ROWS, QUICK, run, counting)
    ends = {row: list(accumulate(sizes[row])) for row in found}
    return {
        row: [log[end - size : end] for end, size in zip(ends[row], sizes[row], strict=True)]
        for row, (_, log) in found.items()
    }


def _measured(
    app: ASGIApp,
    rows: Iterable[Row],
    limits: Limits,
    run: Run,
    conversation: Callable[[Row, Run], Conversation[tuple[Verdict, str]]] = row_conversation,
    done: Mapping[Row, Done] | None = None,
) -> tuple[Found, Unsteady | None]:
    """What all rows come to. In `done`, where it is given, it is kept, and asked once more in an unsteady run."""

    async def gathered() -> tuple[Found, Unsteady | None]:
        async with Wire(URL, Secrets(key=SecretStr(KEY)), limits, _Transport(app)) as wire:
            ask = RequestCache(wire.send)

            async def one(row: Row) -> tuple[str, tuple[Verdict, list[Exchange]]]:
                log: list[Exchange] = []
                with ask.late_phase.row_under_way():
                    verdict, _ = await drive_live(conversation(row, run), ask, log, ask.late_phase, ask.room)
                return row.id, (verdict, log)

            found = dict(await asyncio.gather(*(one(row) for row in rows)))
            for row, row_done in (done or {}).items():
                row_done.verdict, row_done.log = found[row.id]
            return found, await ask_once_more(done, run, ask) if done else None

    with asyncio.Runner(loop_factory=_ImpatientLoop) as runner:
        return runner.run(gathered())


def record(
    app: ASGIApp,
    run: Run,
    folder: Path,
    *,
    url: str,
    info: RunInfo,
    rows: Sequence[Row],
    held: dict[str, Recorded] | None = None,
    most_kept: int | None = None,
) -> None:
    """Measures rows into cassettes, as a run with --record does, and into `held`."""

    async def recording() -> None:
        budget = Budget(most_kept=most_kept)
        async with Wire(url, Secrets(key=SecretStr(KEY)), QUICK, _Transport(app), budget=budget) as wire:
            await measure(rows, run, RequestCache(wire.send), folder=folder, info=info, url=url, held=held)

    with asyncio.Runner(loop_factory=_ImpatientLoop) as runner:
        runner.run(recording())


def measured(
    app: ASGIApp,
    rows: Sequence[Row],
    run: Run,
    folder: Path | None,
    ask: RequestCache,
    *,
    limits: Limits = QUICK,
    watched: bool = True,
    held: dict[str, Recorded] | None = None,
) -> Undone:
    """Measures rows into cassettes, or into `held`, as a run does that asks the bare message first and then watches
    over the endpoint's life, unless `watched` is False; `ask` holds what is known, and is given the way to send."""

    async def whole() -> Undone:
        async with Wire(URL, Secrets(key=SecretStr(KEY)), limits, _Transport(app)) as wire:
            ask.send = wire.send
            settled = await check(run, ask, None, EndpointAddress(url=URL, key_variable="K"))
            ask.pulse.bare = baseline(settled) if watched else None
            return await measure(rows, run, ask, folder=folder, info=info_of(run), url=URL, held=held)

    with asyncio.Runner(loop_factory=_ImpatientLoop) as runner:
        return runner.run(whole())


def info_of(run: Run) -> RunInfo:
    """What a cassette must say of a run at the least."""
    return RunInfo(seed=run.seed, model=run.model, auth=run.auth, anthropic_version=run.anthropic_version)


class _Body(httpx2.AsyncByteStream):
    """The body of an answer, piece by piece as the application sends it; a cut is met as on a network."""

    def __init__(self, pieces: asyncio.Queue[bytes | None], serving: asyncio.Task[None]) -> None:
        self._pieces, self._serving = pieces, serving

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self._pieces.get()) is not None:
            yield piece
        try:
            await self._serving
        except CutError as error:
            message = "peer closed connection without sending complete message body"
            raise httpx2.RemoteProtocolError(message) from error

    async def aclose(self) -> None:
        self._serving.cancel()


class _Transport(httpx2.AsyncBaseTransport):
    """Calls the application, and hands its answer on while it is still being given."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body = await request.aread()
        started: asyncio.Future[MutableMapping[str, Any]] = asyncio.get_running_loop().create_future()
        pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        asked = False

        async def receive() -> MutableMapping[str, Any]:
            nonlocal asked
            if asked:
                await asyncio.Event().wait()  # the client stays until it has the answer
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(sent: MutableMapping[str, Any]) -> None:
            if sent["type"] == "http.response.start":
                started.set_result(sent)
            elif sent.get("body"):
                pieces.put_nowait(sent["body"])

        async def serve() -> None:
            try:
                await self._app(_scope(request), receive, send)
            except Exception as error:
                if not started.done():
                    reset = httpx2.ReadError("") if isinstance(error, CutError) else error
                    started.set_exception(reset)
                    return
                raise
            finally:
                pieces.put_nowait(None)

        serving = asyncio.create_task(serve())
        try:
            head = await started
        except asyncio.CancelledError:
            serving.cancel()
            raise
        return httpx2.Response(head["status"], headers=head.get("headers", []), stream=_Body(pieces, serving))


def _scope(request: httpx2.Request) -> MutableMapping[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 123),
        "root_path": "",
    }


class _ImpatientSelector(selectors.DefaultSelector):
    """Counts the time that would have been waited instead of waiting: nothing comes from outside this process."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is not None and timeout > 0:
            self.skipped += timeout
            timeout = 0
        return list(super().select(timeout))


class _ImpatientLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer when nothing else is to be done."""

    def __init__(self) -> None:
        self._impatient = _ImpatientSelector()
        super().__init__(self._impatient)

    def time(self) -> float:
        return super().time() + self._impatient.skipped
