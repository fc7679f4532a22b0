"""What the generic changes make of a stream, event by event and byte by byte."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.reference.app import create_app
from conformance.reference.stream_changes import (
    change_bytes,
    change_event,
    cut_stream,
    drop_event,
    end_events,
    error_as_stream,
    hold_back,
    hurry,
    insert_bytes,
    insert_event,
    join_deltas,
    move_event,
    repeat_event,
    resize,
    type_stream,
)
from conformance.reference.transforms import Act, Transform
from tests.reference.calling import KEY, events_in, request_of, send

DELTA = {"type": "content_block_delta"}
STOP = {"type": "content_block_stop"}
PING = {"type": "ping"}
ASKED = request_of("Say OK", stream=True)
PLAIN = ["message_start", "start", "delta", "delta", "stop", "ping", "message_delta", "message_stop"]


def told(*transforms: Transform) -> Any:
    app = create_app(api_key=KEY, acts=[Act("stream", "changed", transforms)])
    return send(app, ASKED)


def kinds(*transforms: Transform) -> list[str]:
    return [event["type"].removeprefix("content_block_") for event in events_in(told(*transforms))]


def test_a_stream_that_nothing_changes_is_as_the_documents_say() -> None:
    assert kinds() == PLAIN


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (drop_event(DELTA), [kind for kind in PLAIN if kind != "delta"]),
        (drop_event(DELTA, nth=0), [*PLAIN[:2], *PLAIN[3:]]),
        (drop_event(DELTA, nth=7), PLAIN),
        (insert_event(PING, where=DELTA, nth=0), [*PLAIN[:3], "ping", *PLAIN[3:]]),
        (insert_event(PING, where=DELTA, nth=0, before=True), [*PLAIN[:2], "ping", *PLAIN[2:]]),
        (insert_event(PING, where={}), [*PLAIN, "ping"]),
        (repeat_event(STOP), [*PLAIN[:5], "stop", *PLAIN[5:]]),
        (move_event(STOP, 2), [*PLAIN[:4], "ping", "message_delta", "stop", "message_stop"]),
        (move_event(STOP, -2), [*PLAIN[:2], "stop", "delta", "delta", *PLAIN[5:]]),
        (end_events(STOP), PLAIN[:5]),
        (join_deltas(DELTA, "text"), [*PLAIN[:3], *PLAIN[4:]]),
        (drop_event(DELTA, beside="tools"), PLAIN),
        (drop_event(DELTA, given={"max_tokens": "^1$"}), PLAIN),
    ],
)
def test_events_are_left_out_put_in_moved_and_joined(step: Transform, expected: list[str]) -> None:
    assert kinds(step) == expected


def test_what_an_event_says_is_changed_at_a_path() -> None:
    step = change_event("put", "delta.text", "no", where={**DELTA, "delta.type": "text_delta"}, nth=-1)
    said = [event["delta"]["text"] for event in events_in(told(step)) if event["type"] == "content_block_delta"]
    assert said == ["O", "no"]


def test_joined_deltas_say_what_they_said_apart() -> None:
    (delta,) = [event for event in events_in(told(join_deltas(DELTA, "text"))) if event["type"] == DELTA["type"]]
    assert delta["delta"]["text"] == "OK"


def test_bytes_are_changed_and_put_in() -> None:
    response = told(change_bytes(rb"^event: .*\n", b"", where=STOP), insert_bytes(b"data: [DONE]\n\n"))
    assert response.content.count(b"event: ") == len(PLAIN) - 1
    assert response.content.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("media_type", ["application/json", None])
def test_a_stream_goes_under_another_content_type(media_type: str | None) -> None:
    assert told(type_stream(media_type)).headers.get("content-type") == media_type


@pytest.mark.parametrize("step", [hold_back(), hold_back(DELTA, until=STOP), hurry(), resize(7)])
def test_what_is_sent_at_another_time_is_the_same(step: Transform) -> None:
    assert kinds(step) == PLAIN


def test_a_stream_that_is_cut_ends_where_it_is_cut() -> None:
    assert kinds(cut_stream(STOP, clean=True)) == PLAIN[:5]


def test_a_step_for_every_second_stream_acts_on_the_first() -> None:
    app = create_app(api_key=KEY, acts=[Act("stream", "changed", (drop_event(PING, every=2),))])
    assert ["event: ping" in send(app, ASKED).text for _ in range(4)] == [False, True, False, True]


def test_a_refusal_goes_as_a_stream() -> None:
    app = create_app(api_key=KEY, acts=[Act("stream", "changed", (error_as_stream(beside="stream[:true]"),))])
    response = send(app, {**ASKED, "max_tokens": 0})
    refused = send(app, {**ASKED, "max_tokens": "x"})
    assert response.status_code == 200
    assert (refused.status_code, refused.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert json.loads(refused.text.partition("data: ")[2])["error"]["type"] == "invalid_request_error"
    assert send(app, {**ASKED, "stream": False, "max_tokens": "x"}).status_code == 400


def test_a_change_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a change"):
        change_event("turn", "x", where={})
