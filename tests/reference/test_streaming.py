"""The event grammar, and that a stream says what the plain answer says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.reference.calling import PING, WEATHER, Json, events_in, fresh, plain_document, request_of, send, text_block

THINK: Json = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}
CASES: list[tuple[Any, Json]] = [
    ("Count from 1 to 60", {}),
    ("Count from 1 to 60", {"max_tokens": 9}),
    ("Repeat exactly: ALPHA BRAVO CHARLIE", {"stop_sequences": ["CHARLIE"]}),
    ("What is the weather in Paris and London?", {"tools": [WEATHER]}),
    ("Call the ping tool", {"tools": [PING], **THINK}),
    ("What is 17 + 25?", THINK),
    ("hi", {"thinking": {"type": "adaptive", "display": "omitted"}}),
    ("Say héllo ☃ 雪", {}),
    ([plain_document("The code is QX-1.", citations={"enabled": True}), text_block("What is the code?")], {}),
]


def played(events: list[Json]) -> Json:
    """The message that a stream adds up to, its order checked on the way."""
    message: Json = events[0]["message"]
    assert events[0]["type"] == "message_start"
    assert message["content"] == []
    assert message["stop_reason"] is None
    assert message["usage"]["input_tokens"] > 0
    assert events[-1]["type"] == "message_stop"
    open_block: Json | None = None
    pieces = ""
    for event in events[1:-1]:
        kind = event["type"]
        if kind == "content_block_start":
            assert open_block is None
            assert event["index"] == len(message["content"])
            open_block = event["content_block"]
            pieces = ""
            message["content"].append(open_block)
        elif kind == "content_block_delta":
            delta = event["delta"]
            assert open_block is not None
            if delta["type"] == "input_json_delta":
                pieces += delta["partial_json"]
            elif delta["type"] == "citations_delta":
                open_block["citations"].append(delta["citation"])
            else:
                key = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}[
                    delta["type"]
                ]
                open_block[key] += delta[key]
        elif kind == "content_block_stop":
            assert open_block is not None
            if open_block["type"] == "tool_use":
                open_block["input"] = json.loads(pieces or "{}")
            open_block = None
        elif kind == "message_delta":
            assert open_block is None
            message |= event["delta"]
            message["usage"] |= event["usage"]
        else:
            assert kind == "ping"
    return message


@pytest.mark.parametrize(("turn", "fields"), CASES, ids=[str(n) for n in range(len(CASES))])
def test_stream_equals_message(turn: Any, fields: Json) -> None:
    app = fresh()
    plain = send(app, request_of(turn, **fields)).json()
    response = send(app, request_of(turn, stream=True, **fields))
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["request-id"].startswith("req_")
    message = played(events_in(response))
    for each in (plain, message):
        each["id"] = "*"
        for block in each["content"]:
            block.pop("id", None)
    assert message == plain


def test_text_comes_in_several_pieces() -> None:
    events = events_in(send(fresh(), request_of("Count from 1 to 60", stream=True)))
    assert sum(event["type"] == "content_block_delta" for event in events) > 5
    assert sum(event["type"] == "ping" for event in events) == 1


def test_signature_comes_last_in_thinking() -> None:
    events = events_in(send(fresh(), request_of("hi", stream=True, **THINK)))
    deltas = [
        event["delta"]["type"] for event in events if event["type"] == "content_block_delta" and event["index"] == 0
    ]
    assert deltas[-1] == "signature_delta"
    assert set(deltas[:-1]) == {"thinking_delta"}


def test_refusals_before_a_stream_are_plain() -> None:
    response = send(fresh(), request_of("hi", stream=True, temperature=5))
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
