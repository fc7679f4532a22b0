"""Streams as a page tells them."""

from __future__ import annotations

import json

import pytest

from conformance.protocol.exchange import Exchange, Request
from conformance.report.site.exhibits import show
from conformance.report.site.transcript import (
    FEW,
    FIRST_EVENTS,
    LAST_EVENTS,
    LONGEST_EVENT,
    Event,
    joined,
    shortened,
    transcript,
)


def streamed(*chunks: tuple[float, bytes]) -> Exchange:
    return Exchange(
        request=Request(headers={}), status=200, headers={"content-type": "text/event-stream"}, chunks=chunks
    )


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_an_event_has_the_time_at_which_its_last_byte_arrived(end: bytes) -> None:
    lines = [b"\xef\xbb\xbf: comment", b"event: a", b"data: 1", b"", b"event: b", b"data: 2", b"", b"data: 3"]
    body = end.join(lines)
    cut = body.index(b"data: 2") + 3
    events = transcript(streamed((0.1, body[:20]), (0.5, body[20:cut]), (0.9, body[cut:])))
    assert [(each.at, each.name, each.data) for each in events] == [
        (0.5, "a", "1"),
        (0.9, "b", "2"),
        (0.9, "(no event line) (never ended)", "3"),
    ]


def test_a_long_stream_is_shown_by_its_ends_and_the_count_between() -> None:
    body = b"".join(b"event: e\ndata: %d\n\n" % number for number in range(500))
    shown = show(streamed((0.1, body)))
    assert shown.events_in_all == 500
    assert [each.data for each in shown.events[:2]] == ["0", "1"]
    assert shown.events[-1].data == "499"
    assert sum(each.skipped for each in shown.events) == 500 - FIRST_EVENTS - LAST_EVENTS
    assert len(shortened(transcript(streamed((0.1, body[:600]))))) == len(transcript(streamed((0.1, body[:600]))))


def delta(number: int, piece: str, index: int = 0, kind: str = "text_delta", **odd: object) -> Event:
    key = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}[kind]
    data = {"type": "content_block_delta", "index": index, "delta": {"type": kind, key: piece}, **odd}
    return Event(
        number=number, last=number, at=number / 10, until=number / 10, name="content_block_delta", data=json.dumps(data)
    )


def test_many_deltas_of_a_block_are_told_as_one() -> None:
    words = ["a", "ü", ' "b"', "c"]
    (one,) = joined([delta(n, word) for n, word in enumerate(words, 3)])
    assert (one.number, one.last, one.at, one.until, one.count) == (3, 6, 0.3, 0.6, 4)
    assert one.name == "content_block_delta, 4 joined"
    assert json.loads(one.data)["delta"]["text"] == 'aü "b"c'


def test_few_deltas_are_told_one_by_one() -> None:
    few = [delta(n, "a") for n in range(FEW)]
    assert joined(few) == few


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(delta(9, "a", index=1), id="of another block"),
        pytest.param(delta(9, "a", kind="thinking_delta"), id="of another kind"),
        pytest.param(delta(9, "a", more=1), id="with a further field"),
        pytest.param(Event(number=9, last=9, name="content_block_delta (never ended)", data="{}"), id="never ended"),
        pytest.param(Event(number=9, last=9, name="content_block_delta", data="{"), id="no JSON"),
        pytest.param(Event(number=9, last=9, name="content_block_delta", data="[1]"), id="no object"),
        pytest.param(Event(number=9, last=9, name="ping", data=delta(9, "a").data), id="under another name"),
    ],
)
def test_what_is_odd_stands_apart(odd: Event) -> None:
    before, after = ([delta(n, "a") for n in numbers] for numbers in (range(4), range(10, 14)))
    first, alone, last = joined([*before, odd, *after])
    assert alone == odd
    assert (first.number, first.last, last.number, last.last) == (0, 3, 10, 13)


def test_long_data_is_cut_and_says_so() -> None:
    (one,) = shortened(joined([delta(n, "x" * 200) for n in range(10)]))
    assert len(one.data) < LONGEST_EVENT
    assert "characters in all" in one.data
