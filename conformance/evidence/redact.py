"""Takes secrets out of what comes back, and refuses to write what holds one.

The run's own secrets are looked for in every spelling (`spellings.py`), strangers' by their shape (`shapes.py`). A
secret may lie across the pieces of a stream, and across its events, where only a client that joins the deltas sees it:
both are joined here. An answer keeps its pieces and their times.

The second line of defence is `search`: whoever writes a file asks it first. It must never find anything.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, islice

from pydantic import SecretStr

from conformance.evidence.foreign_secrets import strangers
from conformance.evidence.secret_encodings import holds, plain, spans
from conformance.protocol.exchange import KEY

Chunks = tuple[tuple[float, bytes], ...]
Span = tuple[int, int, bytes]
"""From where to where, and what stands there instead."""

KEY_NAME = "the key"
SHORTEST = 6
WORD = re.compile(r"[A-Za-z]+(?:[-_ .][A-Za-z]+)*")
LONGEST_WORD = 11

NAMED_TEXT = re.compile(rb'"(\w{1,40})"\s{0,8}:\s{0,8}"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
NEVER_JOINED = (b"type", b"signature", b"data")
MOST_NAMES, MOST_TEXTS = 64, 200_000
"""Names of one answer whose texts are joined, and texts of one name: a stream has some twenty and some thousand."""

WIDE = re.compile(rb"\0{1,3}")

MOST_PLACES = 10_000
"""An answer that holds more secrets than that is none that can be kept."""


class LeakError(Exception):
    """Something that was to be written holds a secret; the text says which one and where, never the secret."""


def is_secret(value: str) -> bool:
    """Whether a value must not be shown. A few characters, or a word such as `local` or `not-needed`, are what local
    servers are given where a client insists on a key: answers hold them by themselves."""
    return len(value) >= SHORTEST and not (len(value) <= LONGEST_WORD and WORD.fullmatch(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What must not leave this process but on the wire: the key, and the values of further headers. The values of
    `public` headers stand on the command line as well, so they are none."""

    key: SecretStr
    headers: Mapping[str, SecretStr] = field(default_factory=dict)
    public: frozenset[str] = frozenset()

    def named(self) -> Iterator[tuple[str, bytes]]:
        """Each secret with the name by which a person knows it."""
        kept = ((name, secret) for name, secret in self.headers.items() if name not in self.public)
        further = ((f"the value of the header {name}", secret) for name, secret in kept)
        for name, secret in ((KEY_NAME, self.key), *further):
            if is_secret(secret.get_secret_value()):
                yield name, secret.get_secret_value().encode("utf-8", "surrogateescape")

    @property
    def unguarded(self) -> bool:
        """Is there a key that is too plain to be looked for?"""
        key = self.key.get_secret_value()
        return bool(key) and not is_secret(key)

    def redact(self, data: bytes, sent: bytes = b"") -> bytes:
        """The bytes without any secret that an endpoint told. What was `sent` is no stranger's secret."""
        return b"".join(piece for _, piece in self.redact_chunks(((0.0, data),), sent))

    def redact_text(self, text: str) -> str:
        """The text without the run's own secrets; what is fit for a terminal."""
        data = text.encode("utf-8", "surrogatepass")
        found = self._own(data)
        return _replaced(((0.0, data),), found)[0][1].decode("utf-8", "surrogatepass") if found else text

    def redact_chunks(self, chunks: Sequence[tuple[float, bytes]], sent: bytes = b"") -> Chunks:
        """The pieces of an answer without any secret, each at its time, whatever pieces a secret lay across."""
        body = b"".join(data for _, data in chunks)
        found = [*self._own(body), *islice(strangers(body, sent), MOST_PLACES)]
        found += islice(_across(body, lambda joined: [*self._own(joined), *strangers(joined, sent)]), MOST_PLACES)
        if not found:
            return tuple(chunks)
        if len(found) >= MOST_PLACES:
            found = [(0, len(body), KEY.encode())]
        clean = _replaced(chunks, found)
        left = b"".join(data for _, data in clean)
        undone = plain(left)
        if any(holds(left, value, undone) for _, value in self.named()):
            # It is there in a spelling that cannot be located: nothing of this answer can be kept.
            return tuple((seconds, KEY.encode() if number == 0 else b"") for number, (seconds, _) in enumerate(chunks))
        return clean

    def _own(self, data: bytes) -> list[Span]:
        undone: bytes | None = None
        found: list[Span] = []
        for _, value in self.named():
            undone = plain(data) if undone is None else undone
            if holds(data, value, undone):
                placed = [(*span, _instead(data[slice(*span)])) for span in islice(spans(data, value), MOST_PLACES)]
                # What is there but cannot be located takes everything with it.
                found += placed if 0 < len(placed) < MOST_PLACES else [(0, len(data), KEY.encode())]
        return found

    def sighted(self, data: bytes) -> Iterator[tuple[str, int]]:
        """The name of each of the run's own secrets that stands in the bytes, and where it begins."""
        undone = plain(data)
        for name, value in self.named():
            if holds(data, value, undone):
                yield name, next((begin for begin, _ in spans(data, value)), 0)


def _instead(found: bytes) -> bytes:
    """What stands in the place of a secret, as wide as its characters were: UTF-16 stays UTF-16."""
    zeros = WIDE.search(found)
    return (zeros[0] if zeros else b"").join(bytes([each]) for each in KEY.encode())


def _across(body: bytes, find: Callable[[bytes], list[Span]]) -> Iterator[Span]:
    """What only stands in the texts of one name when they are joined, as a client joins the deltas of a stream."""
    texts: dict[bytes, array[int]] = {}
    for found in NAMED_TEXT.finditer(body):
        if found[1] in texts or (found[1] not in NEVER_JOINED and len(texts) < MOST_NAMES):
            places = texts.setdefault(found[1], array("q"))
            if len(places) < 2 * MOST_TEXTS:
                places.extend(found.span(2))
    for places in texts.values():
        if len(places) > 2:
            begins, ends = places[::2], places[1::2]
            sizes = (last - first for first, last in zip(begins, ends, strict=True))
            starts = array("q", accumulate(sizes, initial=0))
            joined = b"".join(body[first:last] for first, last in zip(begins, ends, strict=True))
            for begin, end, instead in find(joined):
                number = bisect_right(starts, begin) - 1
                while number < len(begins) and starts[number] < end:
                    first = begins[number] + max(begin - starts[number], 0)
                    last = min(begins[number] + end - starts[number], ends[number])
                    if first < last:
                        yield first, last, instead
                        instead = b""  # the new words stand where the place begins
                    number += 1


def _replaced(chunks: Sequence[tuple[float, bytes]], found: Iterable[Span]) -> Chunks:
    """The pieces with these places replaced; what overlaps is one place. The new words stand where a place begins."""
    merged: list[Span] = []
    for begin, end, instead in sorted(found):
        if merged and begin < merged[-1][1]:
            before = merged[-1]
            word = KEY.encode() if KEY.encode() in (before[2], instead) else before[2] or instead
            merged[-1] = (before[0], max(before[1], end), word)
        else:
            merged.append((begin, end, instead))
    clean: list[tuple[float, bytes]] = []
    offset = next_one = 0
    for seconds, data in chunks:
        kept, at, after = [], offset, offset + len(data)
        while next_one < len(merged) and merged[next_one][0] < after:
            begin, end, instead = merged[next_one]
            kept.append(data[at - offset : max(begin - offset, at - offset)])
            kept.append(instead if begin >= offset else b"")
            at = min(end, after)
            if end > after:
                break  # it goes on in the next piece
            next_one += 1
        kept.append(data[at - offset :])
        offset = after
        clean.append((seconds, b"".join(kept)))
    return tuple(clean)


_watched: list[Secrets] = []


@contextmanager
def watching(secrets: Secrets) -> Iterator[None]:
    """While it lasts, no file is written that holds one of these secrets, whoever writes it."""
    _watched.append(secrets)
    try:
        yield
    finally:
        _watched.remove(secrets)


def search(path: object, data: bytes) -> None:
    """Looks for the watched secrets in what is to be written to a file, and in its name. Raises LeakError."""
    for shown, why in leaks(path, data):
        raise LeakError(f"{shown}: not written, because {why}; please report this as a fault of the suite")


def leaks(path: object, data: bytes) -> Iterator[tuple[str, str]]:
    """Each watched secret in a file's name or bytes: the name as it may be shown, and which secret stands where."""
    for secrets in _watched:
        for what, text in (("its name", str(path).encode("utf-8", "surrogateescape")), ("", data)):
            for name, begin in secrets.sighted(text):
                # The name of the file may hold the secret as well.
                yield secrets.redact_text(str(path)), f"{name} stands in it ({what or _place(data, begin)})"


ROW_ID = re.compile(rb'"id": ?"([a-z0-9_.]+)"')


def _place(data: bytes, begin: int) -> str:
    before = data[:begin]
    line, column = before.count(b"\n") + 1, begin - (before.rfind(b"\n") + 1)
    rows = ROW_ID.findall(before)
    row = f"row {rows[-1].decode()}, " if rows else ""
    return f"{row}line {line}, column {column + 1}, byte {begin}"
