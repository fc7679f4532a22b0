"""When the deltas of a stream arrive."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.answer import read_answer, said_anywhere, usage_number
from conformance.protocol.exchange import KEY, Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.shared import sources
from conformance.rows.stream.sampled_streams import PLAIN, reading_of, streamed_requests, unshown

TRIES = 3
DELTA = re.compile(rb"content_block_delta")
WORDS = re.compile(rb'"(?:text|thinking)"\s*:\s*"[^"]')
"""What a delta holds that is not empty and is read: words or thoughts, no signature."""
MANY_READS = 3
CLEARLY = 0.25
"""Seconds between the first delta and the last that no network puts there by itself."""
SHARE = 0.2
"""Of a short answer's time, the part between its first delta and its last that is taken for a stream."""
LASTING = 1.0
"""Seconds over which a text arrives that is read while it grows, whatever came before it."""
FASTEST = 4000
"""Characters a second, a thousand tokens or so: what comes faster may as well be a finished text in slices."""
LONG_ENOUGH = 200
"""Characters: a shorter answer may well be done at once."""
SLOW_ENOUGH = 1.0
"""Seconds that a long answer must take more than a short one, so that all at once cannot be a fast model's doing."""
LATER = 0.2
"""Seconds by which every long answer must begin after every short one, so that no moment's load can be the cause."""
SILENCE = 20.0
"""Seconds without a byte after which clients take a connection for dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a stream's deltas arrived, in seconds after sending: the first, the last, the whole, the moments in which
    any arrived, and the longest time without a byte. `pieces` are the deltas that hold words."""

    first: float
    last: float
    whole: float
    moments: int
    silence: float
    pieces: int = 0

    @property
    def spread(self) -> float:
        return self.last - self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A long answer: when it came, how many characters it has, how many tokens it was counted (None where unknown),
    and when the short answer asked beside it began, and ended. `exchange` is the digest of the long one."""

    timing: Timing
    length: int
    counted: int | None
    short_first: float
    short_whole: float
    exchange: str = ""

    @property
    def bit_by_bit(self) -> bool:
        """Do the deltas arrive while the text is made?

        between first and last delta                  and                                            bit by bit
        fewer than MANY_READS moments                 -                                              no
        faster than FASTEST                           -                                              no
        LASTING or longer                             -                                              yes
        CLEARLY or longer, or a SHARE of the whole    no shorter than the first delta is later than  yes
                                                      a short answer's
        otherwise                                                                                    no

        An endpoint that first makes a text and then cuts it in slices is late by all the time that making it takes.
        """
        spread = self.timing.spread
        if self.timing.moments < MANY_READS or self.length > FASTEST * spread:
            return False
        shown = spread >= CLEARLY or spread >= SHARE * self.timing.whole
        return spread >= LASTING or (shown and spread >= self.timing.first - self.short_first)

    @property
    def may_have_thought(self) -> bool:
        """Are more tokens counted than the answer has characters? Then something unseen was written before it."""
        return self.counted is not None and self.counted > self.length


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
        pieces=len(WORDS.findall(exchange.body)),
    )


@row(
    "stream.incremental",
    "MUST deliver deltas as they are generated, not all at the end",
    evidence_kind=EvidenceKind.RULE,
    source=sources.STREAMING,
)
def incremental(run: Run) -> Conversation[Verdict]:
    asked, plain = counting(run), streamed_requests(run)[PLAIN]
    tried: list[Try] = []
    first: Mapping[str, Exchange] = {}
    for attempt in range(TRIES):
        role, short = (f"{name}, try {attempt + 1}" if attempt else name for name in ("a long answer", PLAIN))
        got = yield {short: plain.again(attempt), role: asked.again(attempt)}
        first = first or got
        found = try_of(got[role], got[short])
        if found is not None:
            tried.append(found)
            if found.bit_by_bit:
                note = told_of_silence(found.timing)
                return Verdict(status=Status.SUPPORTED, note=note, rests_on=(found.exchange,))
    return replace(judge_late(tried), rests_on=(tried[0].exchange,)) if tried else unshown(first)


def try_of(long: Exchange, short: Exchange) -> Try | None:
    """A long answer with the short one beside it; None where its times tell nothing."""
    timing = timing_of(long) if reading_of(long) is not None else None
    if timing is None:
        return None
    message = read_answer(long).message or {}
    brief = timing_of(short)
    return Try(
        timing=timing,
        length=len(said_anywhere(message)) if message else 0,
        counted=usage_number(message, "output_tokens"),
        short_first=brief.first if brief else short.seconds,
        short_whole=short.seconds,
        exchange=long.request.digest,
    )


def judge_late(tried: Sequence[Try]) -> Verdict:
    """Decides where no try came bit by bit. Anything but a plain reason is no finding: a fast model, one that thinks
    unseen, or a moment's load looks the same.

    tries     answers    they                                                    status
    too few   -          -                                                       untested (cannot_tell)
    all       a short    -                                                       untested (model_too_weak)
              one
    all       long       each come whole in one delta                            partial (buffered)
    all       long       are counted as more tokens than they have characters    untested (cannot_tell)
    all       long       arrive at once, and take SLOW_ENOUGH more than a short  partial (buffered)
    all       long       all begin later than every short one, by LATER, by      partial (buffered)
                         half as much again, and by twice the time in which
                         they arrive then
    all       long       otherwise                                               untested (cannot_tell)
    """
    spread = max(each.timing.spread for each in tried)
    note = f"all deltas of a long answer arrive within {spread:.2f} s"
    if len(tried) < TRIES:
        return untested(Reason.CANNOT_TELL, f"{note}, but only {len(tried)} of {TRIES} tries were answered")
    length = min(each.length for each in tried)
    if length < LONG_ENOUGH:
        return untested(Reason.MODEL_TOO_WEAK, f"{note}, but the answer is short")
    if all(each.timing.pieces == 1 for each in tried):
        note = f"the whole text of a long answer ({length} characters or more) comes in one delta"
        return Verdict(status=Status.PARTIAL, deviation=Deviation.BUFFERED, note=note)
    if any(each.may_have_thought for each in tried):
        return untested(Reason.CANNOT_TELL, f"{note}, but more was written than is seen, perhaps a thought before it")
    takes, brief = min(each.timing.whole for each in tried), min(each.short_whole for each in tried)
    if spread < CLEARLY and takes - brief >= SLOW_ENOUGH:
        note = f"{note}, {takes:.2f} s after the request, while a short answer takes {brief:.2f} s"
        return Verdict(status=Status.PARTIAL, deviation=Deviation.BUFFERED, note=note)
    begins, begun = min(each.timing.first for each in tried), max(each.short_first for each in tried)
    if begins - begun >= max(LATER, 2 * spread, begun / 2):
        note = f"{note}, the first {begins:.2f} s after the request, while a short answer begins after {begun:.2f} s"
        return Verdict(status=Status.PARTIAL, deviation=Deviation.BUFFERED, note=note)
    told = f"it takes {takes:.2f} s, a short one {brief:.2f} s, so the model may just be fast"
    return untested(Reason.CANNOT_TELL, f"{note}: {told}")


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
