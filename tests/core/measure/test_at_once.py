"""Rows are measured side by side: all places are taken while anything waits, and none waits for another row's chain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import httpx2
from pydantic import SecretStr

from conformance.measure.measure import RequestCache, measure
from conformance.measure.progress import Progress
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import Row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import read_answer, text_of
from conformance.protocol.status import Status
from conformance.wire.client import Limits, Secrets, Wire
from tests.core.clockwork import now, run
from tests.core.made_up import RUN, message
from tests.in_process import info_of

LATENCY = 1.0
PLACES = 4
CHAIN = 10
SHORT_ROWS = 12


class SlowEndpoint:
    """Says something else each time, a second after it was asked; `under_way` is how many were asked then, counted at
    each arrival."""

    def __init__(self) -> None:
        self.under_way: list[tuple[float, int]] = []
        self._now = 0

    async def __call__(self, asked: httpx2.Request) -> httpx2.Response:
        self._now += 1
        self.under_way.append((now(), self._now))
        number = len(self.under_way)
        await asyncio.sleep(LATENCY)
        self._now -= 1
        return httpx2.Response(200, json=message(f"That was {number}."))


def row(name: str, steps: int) -> Row:
    def follow_up(run: Run) -> Conversation[Verdict]:
        """Asks about what was answered, again and again."""
        said = name
        for _ in range(steps):
            got = yield {"next": run.message(f"{name}: and after {said}")}
            said = text_of(read_answer(got["next"]).message or {})
        return Verdict(status=Status.SUPPORTED, note="")

    return Row(id=name, table="made_up", title="MAY ask", evidence_kind=EvidenceKind.NONCE, source="", probe=follow_up)


def measured(rows: Sequence[Row], folder: Path) -> tuple[SlowEndpoint, dict[int, float], Progress]:
    """The endpoint, when so many rows were done, and how it ended."""
    endpoint = SlowEndpoint()
    done: dict[int, float] = {}

    def note(progress: Progress) -> None:
        done.setdefault(progress.rows_done, now())

    async def measuring() -> Progress:
        secrets = Secrets(key=SecretStr("made-up-key"))
        limits = Limits(concurrency=PLACES)
        async with Wire("http://made-up.invalid", secrets, limits, httpx2.MockTransport(endpoint)) as wire:
            ask = RequestCache(wire.send)
            await measure(
                rows,
                RUN,
                ask,
                folder=folder,
                info=info_of(RUN),
                url="http://made-up.invalid",
                tell=note,
            )
            return ask.progress

    return endpoint, done, run(measuring())


def test_a_row_that_follows_up_its_own_answers_holds_no_other_back(tmp_path: Path) -> None:
    rows = [row("chain", CHAIN), *(row(f"short_{n}", 1) for n in range(SHORT_ROWS))]
    _, done, progress = measured(rows, tmp_path)
    first = 1 * LATENCY  # the question that all rows begin with
    assert progress.requests == 1 + CHAIN + SHORT_ROWS
    assert done[SHORT_ROWS] <= first + SHORT_ROWS / (PLACES - 1) * LATENCY
    # Its first step and the others share the places; from then on it is alone.
    assert done[SHORT_ROWS + 1] <= first + (SHORT_ROWS / PLACES + CHAIN) * LATENCY
    assert {path.stem for path in tmp_path.iterdir()} == {each.id for each in rows}


def test_all_places_are_taken_while_anything_waits_and_never_more(tmp_path: Path) -> None:
    endpoint, _, progress = measured([row(f"row_{n}", 3) for n in range(8)], tmp_path)
    assert max(under_way for _, under_way in endpoint.under_way) == PLACES
    at_each_second = {second: under_way for second, under_way in endpoint.under_way if second >= LATENCY}
    assert list(at_each_second.values()) == [PLACES] * (8 * 3 // PLACES)
    assert progress.requests == 1 + 8 * 3


def test_progress_is_told_while_rows_are_under_way_and_counts_what_was_spent(tmp_path: Path) -> None:
    _, done, progress = measured([row("chain", CHAIN)], tmp_path)
    assert done == {0: 1.0, 1: 1 + CHAIN}  # told every second, and when the row is done
    assert (progress.rows_done, progress.rows, progress.waiting) == (1, 1, 0)
    assert (progress.input_tokens, progress.output_tokens) == ((1 + CHAIN) * 10, (1 + CHAIN) * 4)
    assert progress.seconds == 1 + CHAIN
