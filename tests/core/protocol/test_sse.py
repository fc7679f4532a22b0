"""The decoder of server-sent events, line end by line end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.protocol.sse import Frame, decode

ENDS = (b"\n", b"\r\n", b"\r")


def one(body: bytes) -> Frame:
    (frame,) = decode(body)
    return frame


@pytest.mark.parametrize("end", ENDS)
def test_every_line_end_ends_a_line_and_a_blank_line_ends_a_frame(end: bytes) -> None:
    body = end.join([b"event: a", b"data: 1", b"", b"event: b", b"data: 2", b"", b""])
    assert decode(body) == [Frame(number=1, event="a", data="1"), Frame(number=2, event="b", data="2")]


def test_line_ends_may_be_mixed() -> None:
    assert decode(b"event: a\rdata: 1\r\n\ndata: 2\n\r") == [
        Frame(number=1, event="a", data="1"),
        Frame(number=2, event=None, data="2"),
    ]


@pytest.mark.parametrize("other", ["\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_nothing_else_ends_a_line(other: str) -> None:
    assert one(f"data: a{other}b\n\n".encode()).data == f"a{other}b"


def test_several_data_lines_are_joined_by_a_line_feed() -> None:
    assert one(b"data: a\ndata:\ndata: b\n\n").data == "a\n\nb"


@pytest.mark.parametrize(
    ("line", "data"),
    [
        (b"data: x", "x"),
        (b"data:x", "x"),
        (b"data:  x ", " x "),
        (b"data", ""),
        (b"data:", ""),
        (b"data: a: b", "a: b"),
    ],
)
def test_one_space_after_the_colon_is_dropped_and_no_more(line: bytes, data: str) -> None:
    assert one(line + b"\n\n").data == data


def test_one_leading_bom_is_dropped() -> None:
    assert one(b"\xef\xbb\xbfdata: x\n\n").data == "x"


def test_a_second_bom_belongs_to_the_name_of_the_field() -> None:
    assert decode(b"\xef\xbb\xbf\xef\xbb\xbfdata: x\n\n") == []


def test_a_bom_inside_the_body_is_data() -> None:
    assert one("data: \ufeffx\n\n".encode()).data == "\ufeffx"


def test_comments_are_passed_over_and_keep_a_frame_open() -> None:
    assert one(b": hello\n:\nevent: a\n: keep-alive\ndata: 1\n\n: bye\n\n") == Frame(number=1, event="a", data="1")


def test_other_fields_make_no_frame() -> None:
    assert decode(b"id: 7\nretry: 10\nfoo: bar\nEvent: x\n data: x\n\n") == []
    assert one(b"id: 7\ndata: x\nretry: 10\n\n") == Frame(number=1, event=None, data="x")


def test_an_event_line_without_data_is_a_frame_without_data() -> None:
    assert one(b"event: a\n\n") == Frame(number=1, event="a", data=None)


def test_the_last_event_line_of_a_frame_counts_and_none_carries_over() -> None:
    assert decode(b"event: a\nevent: b\ndata: 1\n\ndata: 2\n\n") == [
        Frame(number=1, event="b", data="1"),
        Frame(number=2, event=None, data="2"),
    ]


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r", b"\r\n"])
def test_a_last_frame_without_a_blank_line_is_incomplete(tail: bytes) -> None:
    first, last = decode(b"data: 1\n\nevent: a\ndata: 2" + tail)
    assert first.complete
    assert last == Frame(number=2, event="a", data="2", complete=False)


def test_an_unfinished_comment_is_no_frame() -> None:
    assert decode(b"data: 1\n\n: bye") == [Frame(number=1, event=None, data="1")]


@pytest.mark.parametrize("body", [b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf", b":\n\n"])
def test_a_body_without_fields_has_no_frames(body: bytes) -> None:
    assert decode(body) == []


def test_bytes_that_are_not_utf8_become_replacement_characters() -> None:
    assert one(b"data: a\xffb\xc3\n\n").data == "a\ufffdb\ufffd"


def test_many_blank_lines_between_frames_count_for_nothing() -> None:
    assert [frame.number for frame in decode(b"\n\n\ndata: 1\n\n\n\n\ndata: 2\n\n\n")] == [1, 2]


LINES = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"))
EVENTS = st.lists(st.tuples(st.none() | LINES, st.lists(LINES, min_size=1, max_size=3)))


@given(EVENTS, st.sampled_from(ENDS), st.booleans(), st.booleans())
def test_what_is_framed_is_decoded_again(
    events: list[tuple[str | None, list[str]]], end: bytes, bom: bool, chatter: bool
) -> None:
    lines: list[bytes] = []
    for name, data in events:
        if chatter:
            lines += [b": ping", b"id: 1"]
        lines += [f"event: {name}".encode()] if name is not None else []
        lines += [*(f"data: {piece}".encode() for piece in data), b""]
    body = (b"\xef\xbb\xbf" if bom else b"") + b"".join(line + end for line in lines)
    assert decode(body) == [
        Frame(number=number, event=name, data="\n".join(data)) for number, (name, data) in enumerate(events, 1)
    ]


PIECES = st.sampled_from([b"data", b"event", b":", b" ", b"\n", b"\r", b"\xef\xbb\xbf", b"\xff", b"{}"])


@given(st.binary() | st.lists(PIECES).map(b"".join))
def test_whatever_the_bytes_frames_are_numbered_and_only_the_last_is_incomplete(body: bytes) -> None:
    frames = decode(body)
    assert [frame.number for frame in frames] == list(range(1, len(frames) + 1))
    assert all(frame.complete for frame in frames[:-1])
    assert all(frame.event is not None or frame.data is not None for frame in frames)


@given(st.lists(PIECES).map(b"".join), st.binary())
def test_frames_that_are_complete_do_not_depend_on_what_comes_after_them(body: bytes, after: bytes) -> None:
    settled = [frame for frame in decode(body + b"\n\n") if frame.complete]
    assert decode(body + b"\n\n" + after)[: len(settled)] == settled
