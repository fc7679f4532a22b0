"""Runs rows against an embedded endpoint inside this process: no socket, no cassette, the same conversations."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import httpx2
from pydantic import SecretStr
from starlette.applications import Starlette

from conformance.exchange import Exchange
from conformance.measure import AskOnce, interview, walk
from conformance.row import Row
from conformance.rows import ROWS
from conformance.run import Run
from conformance.verdict import Verdict
from conformance.wire import Limits, Secrets, Wire

KEY = "in-process-test-key"


def verdicts(
    app: Starlette, *, model: str, rows: Iterable[Row] = ROWS, seed: int = 7, auth: str = "x-api-key"
) -> Mapping[str, Verdict]:
    """Measures and judges rows at once; the app must have been made with KEY as its key."""

    async def measure() -> dict[str, Verdict]:
        limits = Limits(timeout=30, patience=0, concurrency=8)
        transport = httpx2.ASGITransport(app=app)
        async with Wire("http://in-process.invalid", Secrets(key=SecretStr(KEY)), limits, transport) as wire:
            ask = AskOnce(wire.send)
            run = Run(seed=seed, model=model, auth=auth)

            async def one(row: Row) -> tuple[str, Verdict]:
                log: list[Exchange] = []
                verdict, _ = await walk(interview(row, run), ask, log)
                return row.id, verdict

            return dict(await asyncio.gather(*(one(row) for row in rows)))

    return asyncio.run(measure())
