"""The evidence of one row as a page shows it: what was sent and what came back, from the row's cassette.

The matrix names the exchanges, the cassette holds them. They are shown only where both tell of the same ones, so that
no page shows a recording of another run beside a verdict.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.evidence.cassette import CassetteError, Recording
from conformance.measure.judge import Evidence, EvidenceSummary
from conformance.measure.measure import cassette_path
from conformance.protocol.exchange import Exchange
from conformance.report.curl import decisive
from conformance.report.matrix_row import MatrixRow
from conformance.report.site.columns import Column
from conformance.report.site.transcript import Event, cut, joined, shortened, transcript

LONGEST_TEXT = 6000
LONGEST_STRING = 400
FEW = 3
"""Exchanges that a page shows at once; of more it opens the decisive one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipped:
    """A text for a page; `left_out` counts the characters that are not shown."""

    text: str
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An exchange that is at hand."""

    sent_headers: Mapping[str, str]
    sent: Clipped
    headers: Mapping[str, str]
    body: Clipped
    events: Sequence[Event]
    events_in_all: int
    bytes_in_all: int
    seconds: float
    sent_at: str
    failure: str | None
    waits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One line of a row's evidence: the matrix's summary, and the exchange where it is at hand and was not shown
    above, under number `same_as`. `opened` is one that a reader should see at once."""

    number: int
    told: EvidenceSummary
    shown: Shown | None = None
    same_as: int | None = None
    opened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibits:
    """The evidence of one row. `missing` says why the exchanges are not shown; empty where they are. `decisive` is the
    one to repeat, `path` where the recording lies below the cassettes' folder."""

    listed: Sequence[Exhibit]
    missing: str
    path: str
    decisive: Exchange | None = None


def exhibits(column: Column, row: MatrixRow) -> Exhibits:
    """The evidence of one measured row."""
    told = [Exhibit(number=number, told=each) for number, each in enumerate(row.evidence, 1)]
    path = f"{column.place}/{row.id}.yaml"
    without = Exhibits(listed=told, missing="", path=path)
    if column.cassettes is None:
        return replace(without, missing="Recordings were not at hand when this page was made.")
    try:
        recording = Recording(cassette_path(column.cassettes, row.id))
    except FileNotFoundError:
        return replace(without, missing="The recording of this row was not at hand when this page was made.")
    except CassetteError:
        return replace(without, missing="The recording of this row could not be read when this page was made.")
    if any(exhibit.told.exchange is None for exhibit in told):
        return replace(
            without,
            missing="An earlier version wrote this matrix, which did not name the exchanges; "
            "replaying the recording writes it anew.",
        )
    found = _found(told, recording) if _of_this_run(column, recording) else None
    if found is None:
        return replace(without, missing="The recording at hand is not the one that this verdict was made from.")
    telling = decisive(found, row.rests_on or ())
    return replace(without, listed=_with_exchanges(told, found, telling), decisive=telling)


def _of_this_run(column: Column, recording: Recording) -> bool:
    assert column.matrix is not None
    info, endpoint = recording.info, column.matrix.endpoint
    asked = (info.provider, info.url, info.model, info.auth, info.anthropic_version)
    told = (endpoint.provider, endpoint.url, endpoint.model, endpoint.auth, endpoint.anthropic_version)
    return asked == told and info.seed == column.matrix.run.seed


def _found(told: Sequence[Exhibit], recording: Recording) -> list[Evidence] | None:
    """The exchanges that the matrix names; None where one is missing, or was answered otherwise."""
    held = {exchange.request.digest: exchange for exchange in recording.exchanges}
    found = []
    for exhibit in told:
        exchange = held.get(exhibit.told.exchange or "")
        if exchange is None:
            return None
        evidence = Evidence(role=exhibit.told.role, exchange=exchange)
        if evidence.summary() != exhibit.told:
            return None
        found.append(evidence)
    return found


def _with_exchanges(told: Sequence[Exhibit], found: Sequence[Evidence], telling: Exchange | None) -> list[Exhibit]:
    first: dict[str, int] = {}
    listed = []
    for exhibit, evidence in zip(told, found, strict=True):
        number = first.setdefault(evidence.exchange.request.digest, exhibit.number)
        if number == exhibit.number:
            opened = len(found) <= FEW or evidence.exchange is telling
            listed.append(replace(exhibit, shown=show(evidence.exchange), opened=opened))
        else:
            listed.append(replace(exhibit, same_as=number))
    return listed


def show(exchange: Exchange) -> Shown:
    """An exchange made fit to be read."""
    streamed = exchange.is_event_stream
    events = transcript(exchange) if streamed else []
    return Shown(
        sent_headers=exchange.request.telling_headers,
        sent=readable(exchange.request.body),
        headers=exchange.headers,
        body=Clipped(text="") if events else readable(exchange.body),
        events=shortened(joined(events)),
        events_in_all=len(events),
        bytes_in_all=len(exchange.body),
        seconds=exchange.seconds,
        sent_at=exchange.sent_at,
        failure=exchange.failure,
        waits=exchange.waits,
    )


def readable(body: bytes) -> Clipped:
    """A body: JSON indented and its long strings cut, everything else as it came; the whole cut where it is long."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        value = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant, parse_float=_finite)
        text = json.dumps(_short_strings(value), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        pass  # indenting it would hide what is odd about it
    return Clipped(text=text[:LONGEST_TEXT], left_out=max(0, len(text) - LONGEST_TEXT))


def _no_key_twice(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key is there twice")
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError("a number that no float can hold")
    return value


def _short_strings(value: Any) -> Any:
    if isinstance(value, str):
        return cut(value, LONGEST_STRING)
    if isinstance(value, list):
        return [_short_strings(each) for each in value]
    if isinstance(value, dict):
        return {cut(key, LONGEST_STRING): _short_strings(each) for key, each in value.items()}
    return value
