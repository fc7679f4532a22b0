"""Judges a recorded column by what rows ask today: what any of its recordings holds is not asked again.

    python -m tests.completed aimock/scripted --endpoint URL   # asks that endpoint what no recording holds
    python -m tests.completed llama.cpp/smollm2                # asks nobody

A recording holds what its own row asked. Where a row asks otherwise by now, another row's recording of the same run
often holds the answer: questions and codes derive from the run's seed. Each exchange keeps the time at which it was
made. The key comes from CONFORMANCE_API_KEY. Ends with 1 where a row still lacks an answer, and says which.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from conformance.evidence.cassette import Recording
from conformance.evidence.redact import Secrets
from conformance.measure.judge import judge, run_of
from conformance.measure.measure import RequestCache, cassette_path, measure
from conformance.probing.room import Room, Send, recorded
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason
from conformance.rows import ROWS
from conformance.wire.client import Limits, Wire
from tests.published import CASSETTES


class NotHeldError(LookupError):
    """No recording of the column holds the answer, and no endpoint was given."""


class RoomAsRecorded(Room):
    """Gives a question the room that it had when it was recorded; only what no recording holds is asked as ever."""

    def __init__(self, known: Mapping[str, Exchange]) -> None:
        super().__init__()
        self._known = known

    async def ask(self, request: Request, send: Send) -> list[Exchange]:
        return recorded(request, lambda asked: self._known.get(asked.identity)) or await super().ask(request, send)


async def complete(folder: Path, endpoint: str | None) -> list[str]:
    """Writes every cassette of a column anew; gives a line for each row that still lacks an answer."""
    held = [Recording(path) for path in sorted(folder.glob("*.yaml"))]
    info = replace(held[0].info.of_the_run(), seen_elsewhere=())
    known: dict[str, Exchange] = {each.request.identity: each for recording in held for each in recording.exchanges}
    run = run_of(info)
    async with AsyncExitStack() as stack:
        wire = None
        if endpoint is not None:
            secrets = Secrets(key=SecretStr(os.environ["CONFORMANCE_API_KEY"]))
            wire = await stack.enter_async_context(Wire(endpoint, secrets, Limits(timeout=120, concurrency=2)))

        async def send(request: Request) -> Exchange:
            if request.identity in known:
                return known[request.identity]
            if wire is None:
                raise NotHeldError(request.identity)
            return await wire.send(request)

        room = RoomAsRecorded(known)
        rows = [row for row in ROWS if cassette_path(folder, row.id).is_file()]
        await measure(rows, run, RequestCache(send, room=room), folder=folder, info=info, url=info.url)
    lacking = []
    for row in rows:
        verdict = judge(row, Recording(cassette_path(folder, row.id))).verdict
        if verdict.reason is Reason.NO_CASSETTE:
            lacking.append(f"{row.id}: {verdict.note}")
    return lacking


def main(words: Sequence[str]) -> int:
    """Completes one column; 1 where a row still lacks an answer."""
    parser = argparse.ArgumentParser(prog="python -m tests.completed", description="Complete a recorded column.")
    parser.add_argument("column", help="<provider>/<model> below the cassettes")
    parser.add_argument("--endpoint", help="asked what no recording holds")
    parser.add_argument("--cassettes", type=Path, default=CASSETTES)
    given = parser.parse_args(words)
    lacking = asyncio.run(complete(given.cassettes / given.column, given.endpoint))
    print("\n".join(lacking) or f"{given.column}: every row has what it asks")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
