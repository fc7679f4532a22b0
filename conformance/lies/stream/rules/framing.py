"""Lies about the bytes of a stream: its content type, its frames, and what stands beside them."""

from __future__ import annotations

from conformance.lies.lie import Lie
from conformance.lies.shared.streams import CLOSED, DELTA, END, LAST, PING, START, flickers, harmless, told
from conformance.reference.stream_changes import change_bytes, cut_stream, insert_bytes, resize, type_stream

UMLAUT, PARTY = "ü".encode(), "🎉".encode()
NOT_UTF8 = r"an answer in several scripts: frame \d+: its bytes are not UTF-8: event: content_block_delta"

CONTENT_TYPE: list[Lie] = [
    *(
        told(
            "stream.content_type",
            name,
            type_stream(media),
            note=f"an answer in several scripts: the stream comes as {media}",
        )
        for name, media in (
            ("json", "application/json"),
            ("plain_text", "text/plain"),
            ("lines_of_json", "application/x-ndjson"),
            ("octets", "application/octet-stream"),
            ("page", "text/html"),
        )
    ),
    told(
        "stream.content_type",
        "untyped",
        type_stream(None),
        note="an answer in several scripts: the stream comes as no content type",
    ),
    told(
        "stream.content_type",
        "empty_type",
        type_stream(""),
        note="an answer in several scripts: the stream comes as no content type",
    ),
    *(
        told(
            "stream.content_type",
            name,
            type_stream(f"text/event-stream; charset={charset}"),
            note=f"the stream comes as charset {charset}",
            status="partial",
            code="framing",
        )
        for name, charset in (("latin_charset", "ISO-8859-1"), ("ascii", "us-ascii"), ("utf16", "utf-16"))
    ),
    told("stream.content_type", "latin_bytes", change_bytes(UMLAUT, b"\xfc"), note=NOT_UTF8),
    told("stream.content_type", "half_a_character", change_bytes(PARTY, PARTY[:2]), note=NOT_UTF8),
    told("stream.content_type", "surrogates", change_bytes(PARTY, b"\xed\xa0\xbc\xed\xbe\x89"), note=NOT_UTF8),
    told("stream.content_type", "zero_as_two_bytes", change_bytes(UMLAUT, b"\xc0\x80"), note=NOT_UTF8),
    harmless("stream.content_type", "in_capitals", type_stream("Text/Event-Stream; Charset=UTF-8")),
    harmless("stream.content_type", "charset_in_quotes", type_stream('text/event-stream;charset="utf-8"')),
    harmless("stream.content_type", "with_another_parameter", type_stream("text/event-stream; v=1; charset=utf-8")),
    harmless("stream.content_type", "characters_in_two_chunks", resize(7)),
    flickers("stream.content_type", type_stream("application/json", every=2), "the stream comes as application/json"),
]

NO_EVENT = "no event line .the official SDK drops such frames.: data: "
SPLIT_LINES = (rb'", "', b'",\ndata: "')

FRAMING: list[Lie] = [
    told(
        "stream.framing",
        "unnamed",
        change_bytes(rb"^event: .*\n", b""),
        note=f"an answer in several scripts: frame 1: {NO_EVENT}",
        reports=("A22",),
    ),
    told(
        "stream.framing",
        "one_unnamed",
        change_bytes(rb"^event: .*\n", b"", where=LAST),
        note=rf"frame \d+: {NO_EVENT}.*message_stop",
    ),
    told(
        "stream.framing",
        "misnamed",
        change_bytes(rb"^event: .*", b"event: message"),
        note="frame 1: event message carries data of type message_start",
    ),
    told(
        "stream.framing",
        "one_misnamed",
        change_bytes(rb"^event: .*", b"event: delta", where=END),
        note="event delta carries data of type message_delta",
    ),
    told(
        "stream.framing", "empty_name", change_bytes(rb"^event: .*", b"event:", where=END), note="event carries data of"
    ),
    told(
        "stream.framing",
        "name_in_capitals",
        change_bytes(rb"^event: ping", b"event: PING", where=PING),
        note="event PING carries data of type ping",
    ),
    told(
        "stream.framing",
        "type_in_the_name_alone",
        change_bytes(rb'"type": "message_stop"', b"", where=LAST),
        note="data is not an object with a type: event: message_stop data: {}",
    ),
    told(
        "stream.framing", "no_data", change_bytes(rb"\ndata: .*", b"", where=PING), note="event ping has no data line"
    ),
    told(
        "stream.framing",
        "data_of_words",
        change_bytes(rb"data: .*", b"data: pong", where=PING),
        note="data is not JSON: Expecting value at character 0: event: ping data: pong",
    ),
    told(
        "stream.framing",
        "data_in_single_quotes",
        change_bytes(rb'"', b"'", where=PING),
        note="data is not JSON: Expecting property name .*: event: ping data: {'type': 'ping'}",
    ),
    told(
        "stream.framing",
        "data_of_an_array",
        change_bytes(rb"data: (.*)", rb"data: [\1]"),
        note="not an object with a type",
    ),
    told(
        "stream.framing",
        "data_in_data",
        change_bytes(rb"data: ", b"data: data: "),
        note="data is not JSON: .*data: data: ",
    ),
    told(
        "stream.framing",
        "data_as_text",
        change_bytes(rb"data: (.*)", b'data: "{}"', where=PING),
        note="not an object with",
    ),
    told(
        "stream.framing",
        "events_run_together",
        change_bytes(rb"\n\n$", b"\n", where=DELTA, nth=0),
        note="data is not JSON: Extra data at character 101: event: content_block_delta",
    ),
    told("stream.framing", "no_blank_lines", change_bytes(rb"\n\n$", b"\n"), note="no blank line ends it"),
    told(
        "stream.framing",
        "two_objects_in_a_frame",
        change_bytes(rb"\n\n$", b'{"type": "ping"}\n\n', where=PING),
        note="data is not JSON",
    ),
    told(
        "stream.framing",
        "no_blank_line_at_the_end",
        change_bytes(rb"\n\n$", b"\n", where=LAST),
        note=r"frame \d: no blank line ends it, so no client sees it: event: message_stop",
    ),
    told(
        "stream.framing",
        "no_line_end_at_the_end",
        change_bytes(rb"\n\n$", b"", where=LAST),
        note=r"frame \d: no blank line ends it, so no client sees it: event: message_stop",
    ),
    told(
        "stream.framing",
        "lines_of_json",
        change_bytes(rb"^event: .*\ndata: (.*)\n\n", rb"\1\n"),
        note='the stream holds no frame, neither event: nor data:: {"type": "message_start"',
    ),
    told(
        "stream.framing",
        "marked",
        insert_bytes(b"\xef\xbb\xbf", where=START, before=True),
        note="begins with a byte order mark, over which the official SDK misses the first event",
        status="partial",
        code="framing",
    ),
    harmless("stream.framing", "with_carriage_returns", change_bytes(rb"\n", b"\r\n")),
    harmless("stream.framing", "with_carriage_returns_alone", change_bytes(rb"\n", b"\r")),
    harmless("stream.framing", "with_comments", insert_bytes(b": keep-alive\n\n", nth=None)),
    harmless("stream.framing", "with_a_comment_first", insert_bytes(b": hello\n\n", nth=0, before=True)),
    harmless("stream.framing", "with_comments_inside", change_bytes(rb"\ndata: ", b"\n: here it comes\ndata: ")),
    harmless("stream.framing", "with_several_data_lines", change_bytes(*SPLIT_LINES, where=START)),
    harmless("stream.framing", "without_spaces", change_bytes(rb"^event: (.*)\ndata: ", rb"event:\1\ndata:")),
    harmless("stream.framing", "data_before_the_name", change_bytes(rb"^(event: .*)\n(data: .*)\n", rb"\2\n\1\n")),
    harmless("stream.framing", "with_ids", change_bytes(rb"^", b"id: 7\nretry: 3000\n")),
    harmless("stream.framing", "in_odd_chunks", resize(5)),
    harmless("stream.framing", "with_more_blank_lines", insert_bytes(b"\n\n", nth=None)),
    harmless(
        "stream.framing", "with_an_unknown_event", insert_bytes(b'event: news\ndata: {"type": "news"}\n\n', where=DELTA)
    ),
    flickers("stream.framing", change_bytes(rb"^event: .*\n", b"", every=2), f"frame 1: {NO_EVENT}"),
]

DONE = b"data: [DONE]\n\n"
SAID = r"frame \d+: data: \[DONE\] is not part of this protocol: "


def done(name: str, data: bytes = DONE, *more: object, shown: str = "data: .DONE.", **due: object) -> Lie:
    """The terminator of another protocol."""
    where = due.pop("where", LAST)
    before = bool(due.pop("before", False))
    step = insert_bytes(data, where=where, before=before)  # type: ignore[arg-type]
    return told("stream.no_done", name, step, *more, note=f"{SAID}{shown}", status="partial", code="framing", **due)  # type: ignore[arg-type]


NO_DONE: list[Lie] = [
    done("said_at_the_end", reports=("A13", "A15", "A19")),
    done("without_a_space", b"data:[DONE]\n\n", shown="data:.DONE."),
    done("under_a_name", b"event: done\ndata: [DONE]\n\n", shown="event: done data: .DONE."),
    done("with_carriage_returns", b"data: [DONE]\r\n\r\n"),
    done("before_the_stop", before=True),
    done("in_the_middle", where=CLOSED),
    done("twice", DONE + DONE),
    told(
        "stream.no_done",
        "instead_of_the_stop",
        change_bytes(rb"(?s).*", b"", where=LAST),
        insert_bytes(DONE, where=LAST),
        note=SAID,
        status="partial",
        code="framing",
        reports=("A14",),
    ),
    told(
        "stream.no_done",
        "and_then_the_stream_is_cut_off",
        insert_bytes(DONE, where=END),
        cut_stream(END, clean=True),
        note=SAID,
        status="partial",
        code="framing",
    ),
    harmless("stream.no_done", "in_a_comment", insert_bytes(b": [DONE]\n\n")),
    harmless(
        "stream.no_done",
        "in_an_unknown_event",
        insert_bytes(b'event: x\ndata: {"type": "x", "m": "[DONE]"}\n\n', where=END),
    ),
    flickers("stream.no_done", insert_bytes(DONE, every=2), r"\[DONE\] is not part of this protocol"),
]

LIES: list[Lie] = [
    *CONTENT_TYPE,
    *FRAMING,
    *NO_DONE,
]
