"""The prompt cache: prefixes up to a breakpoint are written once and read until their time to live is over.

Prompt caching documents: order tools, system, messages; 1024 tokens at least; a look-back of 20 blocks;
5 minutes or one hour, renewed by each read.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from conformance.reference.prompt import Segment

LEAST_TOKENS = 1024
LOOK_BACK = 20
MOST_ENTRIES = 20_000
SECONDS_OF = {"5m": 300.0, "1h": 3600.0}


@dataclass(frozen=True, slots=True)
class CacheUse:
    """How many prompt tokens were read from the cache, and written for each time to live."""

    read: int = 0
    written_5m: int = 0
    written_1h: int = 0


@dataclass(slots=True)
class PromptCache:
    """The prefixes that an endpoint remembers, by their digest."""

    entries: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def use(self, scope: str, segments: Sequence[Segment]) -> CacheUse:
        """Read and write what the breakpoints of a prompt ask for."""
        marks = [index for index, segment in enumerate(segments) if segment.ttl]
        if not marks:
            return CacheUse()
        digests, totals = _prefixes(scope, segments[: marks[-1] + 1])
        now = time.monotonic()
        with self.lock:
            hit = self._longest(digests, marks, now)
            read = totals[hit] if hit is not None else 0
            written = {"5m": 0, "1h": 0}
            done = read
            for mark in marks:
                ttl = segments[mark].ttl or "5m"
                if totals[mark] < LEAST_TOKENS:
                    continue
                if totals[mark] > done:
                    written[ttl] += totals[mark] - done
                    done = totals[mark]
                self._remember(digests[mark], SECONDS_OF[ttl], now)
        return CacheUse(read, written["5m"], written["1h"])

    def _longest(self, digests: Sequence[str], marks: Sequence[int], now: float) -> int | None:
        for mark in reversed(marks):
            for index in range(mark, max(-1, mark - LOOK_BACK - 1), -1):
                entry = self.entries.get(digests[index])
                if entry and entry[0] > now:
                    self._remember(digests[index], entry[1], now)
                    return index
        return None

    def _remember(self, digest: str, seconds: float, now: float) -> None:
        self.entries[digest] = (now + seconds, seconds)
        self.entries.move_to_end(digest)
        while len(self.entries) > MOST_ENTRIES:
            self.entries.popitem(last=False)


def _prefixes(scope: str, segments: Sequence[Segment]) -> tuple[list[str], list[int]]:
    running = hashlib.sha256(scope.encode())
    digests: list[str] = []
    totals: list[int] = []
    total = 0
    for segment in segments:
        running.update(b"\x00" + segment.key.encode("utf-8", "surrogatepass"))
        total += segment.tokens
        digests.append(running.hexdigest())
        totals.append(total)
    return digests, totals
