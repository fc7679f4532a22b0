"""The journal of a run: each exchange on disk the moment it is whole, so that a run that is cut short is not lost.

JSON lines: what is to be said of the run, then one exchange a line, and a line where a later run went on. A cassette
cannot serve: it is a row's, and is written when the row is done. A run that is cut in the middle of a line leaves
a torn one; it and what may follow count as not there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.evidence.cassette import write_whole
from conformance.evidence.redact import search
from conformance.evidence.run_info import RunInfo, read_run_info, run_info_as_data
from conformance.probing.pulse import trusted, was_cut
from conformance.probing.run import auth_headers
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import MATCHED_HEADERS, Exchange, Request

FORMAT = 1
SUFFIX = ".journal.jsonl"
GONE_ON = "gone_on"
RECORD, ROWS = "record", "rows"


class JournalError(Exception):
    """A journal that cannot be written or read; the text names the file and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalContents:
    """A journal that was read: what it says of its run, the ids of the rows that were to be measured and whether they
    were to be recorded, the exchanges in the order in which they ended, and how many bytes of the file are whole."""

    path: Path
    info: RunInfo
    rows: tuple[str, ...]
    record: bool
    exchanges: tuple[Exchange, ...]
    whole: int

    @property
    def standing(self) -> dict[str, Exchange]:
        """The exchanges that need not be asked again, by the identity of their request: those that stand, but for the
        failures after the endpoint's last sign of life (`pulse.py`)."""
        return {each.request.identity: each for each in self.trusted if stands(each, self.info.auth)}

    @property
    def trusted(self) -> list[Exchange]:
        """The exchanges but for the failures in doubt: the run that goes on counts on from these."""
        return trusted(self.exchanges)

    @property
    def was_cut(self) -> bool:
        """Did its run end because the endpoint answered no more?"""
        return was_cut(self.exchanges)


def stands(exchange: Exchange, auth: str) -> bool:
    """Whether an exchange tells of the endpoint, rather than of the moment in which it was asked.

    what came                                              asked again
    429, 503, 529, or such an error inside a stream        yes
    no connection, or one that was cut                     yes
    401 for the run's own key where the run puts it        yes: the key can be set right
    anything else, a time limit that was reached included  no
    """
    outcome = read_answer(exchange).outcome
    if outcome in (Outcome.WAITING, Outcome.UNREACHABLE) or (exchange.failure or "").startswith("cut"):
        return False
    sent = {name: value for name, value in exchange.request.headers.items() if name in ("authorization", "x-api-key")}
    return outcome is not Outcome.LOCKED or sent != auth_headers(auth)


class Journal:
    """A journal that is written to. What is kept survives the end of this process at once, and a power cut once a
    thread has brought it to the disk, some milliseconds later: the rows do not wait for that."""

    def __init__(self, path: Path) -> None:
        """Opens a journal to write on at its end. Raises JournalError."""
        self.path = path
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            raise _unwritable(path, error) from error
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._dirty = False

    @classmethod
    def begin(cls, path: Path, info: RunInfo, rows: Sequence[str], *, record: bool) -> Journal:
        """A new journal of a run of these rows, by id; `record` says whether they are recorded. One that an earlier run
        left there is set aside. Raises JournalError."""
        head = {"format": FORMAT, **run_info_as_data(info), RECORD: record, ROWS: list(rows)}
        try:
            if path.exists():
                path.replace(_aside(path))
            write_whole(path, _line(head))
        except OSError as error:
            raise _unwritable(path, error) from error
        return cls(path)

    @classmethod
    def go_on(cls, kept: JournalContents) -> Journal:
        """The journal that was read, without its torn end. Raises JournalError."""
        journal = cls(kept.path)
        os.truncate(kept.path, kept.whole)
        journal._write(_line({GONE_ON: True}))
        return journal

    def keep(self, exchange: Exchange) -> None:
        """Adds an exchange. It is as redacted as the wire gave it. Raises JournalError, LeakError."""
        self._write(_line(_data(exchange)))

    def _write(self, text: str) -> None:
        line = text.encode()
        search(self.path, line)
        try:
            written = os.write(self._file, line)
            if written < len(line):
                raise OSError(28, "No space left on device")
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._dirty = True
        self._disk.submit(self._to_disk)

    def _to_disk(self) -> None:
        if self._dirty:  # else an earlier turn has brought this line along
            self._dirty = False
            with suppress(OSError):  # not every file system can: the line is written all the same
                os.fsync(self._file)

    def close(self) -> None:
        self._disk.shutdown()
        os.close(self._file)

    def give_up(self) -> None:
        """Takes the journal back: one that was set aside for it is in its place again."""
        self.path.unlink(missing_ok=True)
        if _aside(self.path).exists():
            _aside(self.path).replace(self.path)


def remove(path: Path) -> None:
    """Removes a journal whose run has ended whole, and what was set aside for it."""
    path.unlink(missing_ok=True)
    _aside(path).unlink(missing_ok=True)


def read_journal(path: Path) -> JournalContents:
    """Reads a journal up to its torn end. Raises JournalError where it is none, OSError where it cannot be read."""
    found: list[Any] = []
    whole = 0
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            if not line.endswith(b"\n"):
                break
            data = json.loads(line)
            if found and GONE_ON in data:  # what was in doubt then is vouched for by nothing that came after
                found[1:] = trusted(found[1:])
            else:
                found.append(_exchange(data) if found else data)
        except (ValueError, LookupError, TypeError, AttributeError):
            break
        whole += len(line)
    if not found or not isinstance(found[0], dict) or found[0].get("format") != FORMAT:
        raise JournalError(f"{path}: cannot be read as a journal; delete it and measure without --resume")
    head = dict(found[0])
    head.pop("format")
    rows, record = head.pop(ROWS, None), head.pop(RECORD, None)
    try:
        info = read_run_info(head)
        listed = isinstance(rows, list) and all(isinstance(each, str) for each in rows)
        if not listed or info.long_prompt is None or not info.url:
            raise ValueError("it is not whole")
    except ValueError as error:
        raise JournalError(
            f"{path}: its first line does not say what was run; delete it and measure without --resume"
        ) from error
    return JournalContents(
        path=path, info=info, rows=tuple(rows), record=record is True, exchanges=tuple(found[1:]), whole=whole
    )


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}.old")


def _unwritable(path: Path, error: OSError) -> JournalError:
    return JournalError(f"{path}: cannot be written ({error.strerror}); mend that, then go on with --resume")


def _line(data: Mapping[str, Any]) -> str:
    # ASCII throughout: no character of an answer can be taken for the end of a line.
    return json.dumps(data, separators=(",", ":")) + "\n"


def _text(data: bytes) -> str:
    """Bytes as text that can be read where it is UTF-8, and given back where it is not."""
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _data(exchange: Exchange) -> dict[str, Any]:
    request = exchange.request
    return {
        "method": request.method,
        "path": request.path,
        "request_headers": request.telling_headers,
        "request_body": _text(request.body),
        "attempt": request.attempt,
        "beside": request.beside,
        "status": exchange.status,
        "headers": dict(exchange.headers),
        "chunks": [[seconds, _text(data)] for seconds, data in exchange.chunks],
        "failure": exchange.failure,
        "seconds": exchange.seconds,
        "sent_at": exchange.sent_at,
        "waits": exchange.waits,
        "after": exchange.after,
    }


def _exchange(data: Mapping[str, Any]) -> Exchange:
    headers = dict(data["request_headers"])
    return Exchange(
        request=Request(
            method=data["method"],
            path=data["path"],
            headers=headers,
            body=_bytes(data["request_body"]),
            attempt=data["attempt"],
            beside=data["beside"],
            about=tuple(name for name in headers if name not in MATCHED_HEADERS),
        ),
        status=data["status"],
        headers=dict(data["headers"]),
        chunks=tuple((float(seconds), _bytes(text)) for seconds, text in data["chunks"]),
        failure=data["failure"],
        seconds=float(data["seconds"]),
        sent_at=data["sent_at"],
        waits=data["waits"],
        after=data.get("after", 0),
    )
