"""Reads and writes cassettes: one YAML file a row, in vcrpy's format. A large exchange lies in a file of its own
beside them, once for all rows that hold it; every other one is in the row's own file.

vcrpy's own way in patches the HTTP library for the whole process and reads a stream whole before passing it on, so it
can serve neither several exchanges at once nor the time of each chunk. Here vcrpy only turns requests and answers into
the text of a cassette, and back.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import yaml
from vcr.request import Request as RecordedRequest
from vcr.serialize import deserialize, serialize

from conformance.evidence.cassette_shapes import CassetteAnswer
from conformance.evidence.recorded import FORMAT, Recorded
from conformance.evidence.redact import search
from conformance.evidence.run_info import RunInfo, read_run_info, run_info_as_data
from conformance.protocol.exchange import MATCHED_HEADERS, Exchange, Request


class CassetteError(Exception):
    """A cassette that is there but cannot be used; the text names the file and what to do."""


_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

DEEPEST = 40
"""Levels of nesting; a cassette has 6. libyaml's loader overruns the stack of its process at some ten thousands."""

LARGEST = 256 * 1024 * 1024

PACKED = "zlib"
LONGEST_BODY = 8 * 1024 * 1024
"""Bytes of a packed body: four times what the wire lets through."""

INLINE = 16 * 1024
"""Bytes of request and answer together; what is larger is kept once in SHARED. Of the published columns that is Claude
Code's request and what a cache is asked with, so that a row's file can be read by itself."""

ROOM, SMALL = 96 * 1024, 1024
"""Bytes of exchanges that a row's own file has room for, and of one that stands there in any case. Where an endpoint's
answers are all long, the same ones would stand in a hundred rows."""

SHARED = "shared"
"""The folder of the large exchanges, beside the rows' files, and the key by which those refer to one of them."""

UNREAD = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, yaml.YAMLError, zlib.error)
"""What reading a stranger's file may end with."""

_NAME = re.compile(r"[0-9a-f]{32}")
_REFERENCE = re.compile(rf"^\s+{SHARED}: ['\"]?({_NAME.pattern})['\"]?$", re.MULTILINE)


def _refuse_bombs(text: str) -> None:
    """Refuses what a stranger's file may be: nested without end, or a few lines that repeat into billions."""
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise ValueError(f"nested deeper than {DEEPEST} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            raise ValueError("it repeats itself by an alias, which no cassette does")


# libyaml's is eight times as fast, and rows are written while others wait for their answers.
_SafeDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _ReadableDumper(_SafeDumper):  # type: ignore[misc]
    """Writes text of several lines as a literal block, so that a transcript can be read."""


def _literal_block(dumper: Any, text: str) -> yaml.ScalarNode:
    # Every other style turns U+0085 into a line feed.
    style = '"' if "\x85" in text else "|" if "\n" in text else None
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
    return node


_ReadableDumper.add_representer(str, _literal_block)


class _ReadableYaml:
    """vcrpy's serializer interface: a loader that makes nothing but data, a dumper that people can read."""

    @staticmethod
    def deserialize(text: str) -> Any:
        _refuse_bombs(text)
        return yaml.load(text, Loader=_SafeLoader)

    @staticmethod
    def serialize(cassette: Mapping[str, Any]) -> str:
        return str(
            yaml.dump(dict(cassette), Dumper=_ReadableDumper, allow_unicode=True, sort_keys=False, width=1_000_000)
        )


def write_whole(path: Path, text: str) -> None:
    """Replaces a file in one step: a reader, or a run that is cut, never meets half of it. What holds a secret of the
    run is not written. Raises OSError, LeakError."""
    data = text.encode("utf-8")
    search(path, data)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # the new name must not reach the disk before what it names
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def save(path: Path, info: RunInfo, url: str, exchanges: Sequence[Exchange]) -> None:
    """Writes the exchanges of one row, in the order in which they were asked, with what is to be said of the run. Large
    ones are written beside it, where they are not there yet."""
    for exchange in _apart(exchanges):
        shared = _shared_path(path, _name_of(exchange))
        if not shared.is_file():
            _save(shared, info.of_the_run(), url, [exchange], inline=True)
    _save(path, info, url, exchanges, inline=False)


def _save(path: Path, info: RunInfo, url: str, exchanges: Sequence[Exchange], *, inline: bool) -> None:
    requests, answers = [], []
    apart = set() if inline else set(_apart(exchanges))
    for exchange in exchanges:
        if exchange.packed is not None:
            search(path, exchange.body)  # what is packed cannot be searched any more when it is written
        request = _recorded_request(exchange.request, url)
        if exchange not in apart:
            requests.append(request)
            answers.append(_recorded_answer(exchange))
        else:
            requests.append(_without_body(request))
            answers.append({SHARED: _name_of(exchange)})
    held = {"requests": requests, "responses": answers, "metadata": {"format": FORMAT, **run_info_as_data(info)}}
    write_whole(path, serialize(held, _ReadableYaml))


def _apart(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Those that are kept once for all rows: the large ones, and what a row's own file has no room for."""
    found, room = [], ROOM
    for exchange in exchanges:
        size = len(exchange.request.body) + exchange.size_kept
        if len(exchange.request.body) + len(exchange.body) > INLINE or (size > SMALL and size > room):
            found.append(exchange)
        else:
            room -= size
    return found


def _name_of(exchange: Exchange) -> str:
    """Another for each answer, so that an older one to the same request is never taken for it."""
    told = (exchange.request.identity, sorted(exchange.headers.items()), exchange.status, exchange.chunks)
    when = (exchange.failure, exchange.seconds, exchange.sent_at, exchange.waits)
    return hashlib.sha256(repr((told, when)).encode()).hexdigest()[:32]


def _shared_path(path: Path, name: str) -> Path:
    return path.parent / SHARED / f"{name}.yaml"


def _without_body(request: RecordedRequest) -> RecordedRequest:
    return RecordedRequest(request.method, request.uri, None, request.headers)


def drop_unused(folder: Path) -> None:
    """Removes the large exchanges that no row's file refers to any longer: those of an earlier run. Raises OSError."""
    kept = [each for each in (folder / SHARED).glob("*.yaml") if _NAME.fullmatch(each.stem)]
    if not kept:
        return
    used = {name for row in folder.glob("*.yaml") for name in _REFERENCE.findall(row.read_text(encoding="utf-8"))}
    for each in kept:
        if each.stem not in used:
            each.unlink()


def _recorded_request(request: Request, url: str) -> RecordedRequest:
    return RecordedRequest(request.method, url + request.path, request.body or None, request.telling_headers)


def _recorded_answer(exchange: Exchange) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "status": {"code": exchange.status, "message": ""},
        "headers": {name: [value] for name, value in exchange.headers.items()},
        "body": {"string": exchange.body} if exchange.packed is None else {PACKED: exchange.packed},
        "chunks": [[seconds, len(data)] for seconds, data in exchange.chunks],
        "seconds": exchange.seconds,
        "sent_at": exchange.sent_at,
        "attempt": exchange.request.attempt,
    }
    if exchange.request.beside:
        answer["beside"] = exchange.request.beside
    if exchange.failure is not None:
        answer["failure"] = exchange.failure
    if exchange.waits:
        answer["waits"] = exchange.waits
    return answer


class Recording(Recorded):
    """A cassette that was loaded: what it says of its run, and the answer to each request that it holds."""

    def __init__(self, path: Path) -> None:
        """Loads it. Raises FileNotFoundError where there is none, CassetteError where it cannot be read."""
        if not path.is_file():
            raise FileNotFoundError(path)
        try:
            if path.stat().st_size > LARGEST:
                raise ValueError(f"larger than {LARGEST} bytes")
            # vcrpy gives no third value where a file says nothing of its run.
            requests, answers, *said = deserialize(path.read_text(encoding="utf-8"), _ReadableYaml)
            told: dict[str, object] = dict(said[0]) if said else {}
            number = told.pop("format", None)
            if number != FORMAT:
                raise CassetteError(
                    f"{path}: cassette format {number!r} where {FORMAT} is expected; delete it and record the row again"
                )
            info = read_run_info(told)
            prefix = urlsplit(info.url).path.rstrip("/")
            exchanges = [
                _shared(path, answer[SHARED]) if SHARED in answer else _exchange(request, answer, prefix)
                for request, answer in zip(requests, answers, strict=True)
            ]
        except (
            OSError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            RecursionError,
            yaml.YAMLError,
            zlib.error,
        ) as error:
            reason = " ".join(str(error).split())[:160]
            raise CassetteError(
                f"{path}: cannot be read as a cassette ({type(error).__name__}: {reason}); "
                "delete it and record the row again"
            ) from error
        super().__init__(info, exchanges)


_SHARED: WeakValueDictionary[tuple[Path, int], Exchange] = WeakValueDictionary()
"""The large exchanges that were read, by path and time of change, as long as a row's recording holds them: twenty rows
may refer to one."""


def _shared(path: Path, name: object) -> Exchange:
    """The large exchange that the file of a row refers to by this name. Raises CassetteError, ValueError."""
    if path.parent.name == SHARED or not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"it refers to {str(name)[:40]!r}, which is no exchange kept for several rows")
    held = _shared_path(path, name)
    try:
        key = held, held.stat().st_mtime_ns
        known = _SHARED.get(key)
        if known is not None:
            return known
        (exchange,) = Recording(held).exchanges
        _SHARED[key] = exchange
    except FileNotFoundError as error:
        raise CassetteError(
            f"{path}: {held} is missing, which holds one of its exchanges; bring it back, or record the row again"
        ) from error
    return exchange


def _bytes(body: object) -> bytes:
    if body is not None and not isinstance(body, bytes | str):
        raise ValueError(f"a body is {type(body).__name__}, not text or bytes")
    return body.encode() if isinstance(body, str) else body or b""


def _unpacked(packed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    data = unpacking.decompress(packed, LONGEST_BODY)
    if not unpacking.eof:
        raise ValueError(f"a packed body is cut, or longer than {LONGEST_BODY} bytes")
    return data


def _exchange(request: RecordedRequest, answer: Mapping[str, Any], prefix: str) -> Exchange:
    query = f"?{request.parsed_uri.query}" if request.parsed_uri.query else ""
    checked = CassetteAnswer.model_validate(answer)
    data = _bytes(checked.body.string) if checked.body.zlib is None else _unpacked(checked.body.zlib)
    ends = list(accumulate(size for _, size in checked.chunks))
    if (ends[-1] if ends else 0) != len(data):
        raise ValueError("the sizes of the chunks do not add up to the body")
    starts = [0, *ends][: len(ends)]
    seconds = [each for each, _ in checked.chunks]
    pieces = tuple((at, data[start:end]) for at, start, end in zip(seconds, starts, ends, strict=True))
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not all(isinstance(each, str) for each in (request.method, *headers.values())):
        raise ValueError("a request's method or one of its headers is no text")
    return Exchange(
        request=Request(
            method=request.method,
            path=request.path.removeprefix(prefix) + query,
            headers=headers,
            body=_bytes(request.body),
            attempt=checked.attempt,
            beside=checked.beside,
            about=tuple(name for name in headers if name not in MATCHED_HEADERS),
        ),
        status=checked.status.code,
        headers={name: values[0] for name, values in checked.headers.items()},
        chunks=pieces,
        failure=checked.failure,
        seconds=checked.seconds,
        sent_at=checked.sent_at,
        waits=checked.waits,
    )
