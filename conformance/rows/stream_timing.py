"""When the deltas of a stream arrive."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise

from conformance.answer import read_answer, said_anywhere
from conformance.exchange import KEY, Exchange, Request
from conformance.row import Table
from conformance.rows import sources
from conformance.rows.streamed import PLAIN, reading_of, scenes, unshown
from conformance.run import Run, Steps
from conformance.status import Deviation, Reason, Status
from conformance.verdict import Verdict, untested
from conformance.witness import Witness

TRIES = 3
DELTA = re.compile(rb"content_block_delta")
MANY_READS = 3
CLEARLY = 0.25
"""Seconds between the first delta and the last that no network puts there by itself."""
SHARE = 0.2
"""Of a short answer's time, the part between its first delta and its last that is taken for a stream."""
LONG_ENOUGH = 200
"""Characters: a shorter answer may well be done at once."""
SLOW_ENOUGH = 1.0
"""Seconds that a long answer must take more than a short one, so that all at once cannot be a fast model's doing."""
SILENCE = 20.0
"""Seconds without a byte after which clients take a connection for dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a stream's deltas arrived, in seconds after sending: the first, the last, the whole, the moments in which
    any arrived, and the longest time without a byte."""

    first: float
    last: float
    whole: float
    moments: int
    silence: float

    @property
    def bit_by_bit(self) -> bool:
        spread = self.last - self.first
        return self.moments >= MANY_READS and (spread >= CLEARLY or spread >= SHARE * self.whole)


def timing_of(exchange: Exchange) -> Timing | None:
    """None where nothing can be told: no delta came, or the pieces were given up with an echoed key."""
    if KEY.encode() in exchange.body:
        return None
    ends = list(accumulate(len(data) for _, data in exchange.chunks))
    places = [match.end() for match in DELTA.finditer(exchange.body)]
    if not places:
        return None
    times = [exchange.chunks[bisect_right(ends, place - 1)][0] for place in places]
    arrivals = [0.0, *(seconds for seconds, _ in exchange.chunks)]
    return Timing(
        first=times[0],
        last=times[-1],
        whole=arrivals[-1],
        moments=len(set(times)),
        silence=max(later - earlier for earlier, later in pairwise(arrivals)),
    )


def add_row(table: Table) -> None:
    @table.row(
        "stream.incremental",
        "MUST deliver deltas as they are generated, not all at the end",
        witness=Witness.RULE,
        source=sources.STREAMING,
    )
    def incremental(run: Run) -> Steps[Verdict]:
        """Decides by the time of the chunks of a long answer.

        deltas of any try         answer     a long answer takes         status
        none                      -          -                           untested (never_exercised, or its reason)
        arrive bit by bit         -          -                           supported
        arrive at once, always    short      -                           untested (model_too_weak)
        arrive at once, always    long       hardly longer than a short  untested (cannot_tell)
        arrive at once, always    long       clearly longer              partial (buffered)
        """
        asked, plain = counting(run), scenes(run)[PLAIN]
        tried: list[tuple[Timing, int]] = []
        brief: list[float] = []
        first: Mapping[str, Exchange] = {}
        for attempt in range(TRIES):
            role, short = (f"{name}, try {attempt + 1}" if attempt else name for name in ("a long answer", PLAIN))
            got = yield {short: plain.again(attempt), role: asked.again(attempt)}
            first = first or got
            exchange = got[role]
            brief.append(got[short].seconds)
            timing = timing_of(exchange) if reading_of(exchange) is not None else None
            if timing is None:
                continue
            if timing.bit_by_bit:
                return Verdict(status=Status.SUPPORTED, note=told_of_silence(timing))
            message = read_answer(exchange).message
            tried.append((timing, len(said_anywhere(message)) if message else 0))
        if not tried:
            return unshown(first)
        spread = max(timing.last - timing.first for timing, _ in tried)
        note = f"all deltas of a long answer arrive within {spread:.2f} s"
        if len(tried) < TRIES:
            return untested(Reason.CANNOT_TELL, f"{note}, but only {len(tried)} of {TRIES} tries were answered")
        if min(length for _, length in tried) < LONG_ENOUGH:
            return untested(Reason.MODEL_TOO_WEAK, f"{note}, but the answer is short")
        takes = min(timing.whole for timing, _ in tried)
        if takes - min(brief) < SLOW_ENOUGH:
            told = f"it takes {takes:.2f} s, a short one {min(brief):.2f} s, so the model may just be fast"
            return untested(Reason.CANNOT_TELL, f"{note}: {told}")
        note = f"{note}, {takes:.2f} s after the request, while a short answer takes {min(brief):.2f} s"
        return Verdict(status=Status.PARTIAL, deviation=Deviation.BUFFERED, note=note)


def counting(run: Run) -> Request:
    """A question with a long answer that any model can give, streamed."""
    prompt = run.wording(
        "count", "Count from 1 to 120, separated by commas.", "Write all numbers from 1 to 120, one after another."
    )
    return run.message(prompt, max_tokens=600, stream=True)


def told_of_silence(timing: Timing) -> str:
    """A long silence is no breach of any rule, yet a reader should know: many clients give up over it."""
    if timing.silence < SILENCE:
        return ""
    return (
        f"but for {timing.silence:.0f} s there was not one byte, not even a ping; clients take that for a dead stream"
    )
