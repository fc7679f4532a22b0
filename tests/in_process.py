"""Runs rows against an embedded endpoint inside this process: no socket, no cassette, the same conversations."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Iterable, Mapping
from typing import Any

import httpx2
from pydantic import SecretStr
from starlette.applications import Starlette

from conformance.exchange import Exchange
from conformance.measure import AskOnce, interview, walk
from conformance.reference.faults import CutError
from conformance.row import Row
from conformance.rows import ROWS
from conformance.run import Run
from conformance.verdict import Verdict
from conformance.wire import Limits, Secrets, Wire

KEY = "in-process-test-key"
QUICK = Limits(timeout=30, patience=0, concurrency=8)


def verdicts(
    app: Starlette,
    *,
    model: str,
    rows: Iterable[Row] = ROWS,
    seed: int = 7,
    auth: str = "x-api-key",
    limits: Limits = QUICK,
) -> Mapping[str, Verdict]:
    """Measures and judges rows at once; the app must have been made with KEY as its key. Waiting costs no time."""

    async def measure() -> dict[str, Verdict]:
        async with Wire("http://in-process.invalid", Secrets(key=SecretStr(KEY)), limits, _Transport(app)) as wire:
            ask = AskOnce(wire.send)
            run = Run(seed=seed, model=model, auth=auth)

            async def one(row: Row) -> tuple[str, Verdict]:
                log: list[Exchange] = []
                verdict, _ = await walk(interview(row, run), ask, log)
                return row.id, verdict

            return dict(await asyncio.gather(*(one(row) for row in rows)))

    with asyncio.Runner(loop_factory=_ImpatientLoop) as runner:
        return runner.run(measure())


class _Transport(httpx2.ASGITransport):
    """Meets an answer that is cut off as a client on a network meets it."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return await super().handle_async_request(request)
        except CutError as error:
            message = "peer closed connection without sending complete message body"
            raise httpx2.RemoteProtocolError(message) from error


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
