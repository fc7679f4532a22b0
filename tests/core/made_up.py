"""Exchanges that no endpoint ever gave, for tests of the code that judges them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from conformance.probing.capability import (
    RELIABLE_TRIES,
    AskCapability,
    Capability,
    copying,
    copying_role,
    varied_calls,
)
from conformance.probing.run import Conversation, Run, T
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.exchange import KEY, Exchange, Request, write_json

RUN = Run(seed=7, model="made-up-1")
JSON_HEADERS = {"content-type": "application/json"}
STREAM_HEADERS = {"content-type": "text/event-stream; charset=utf-8"}


def request(**fields: Any) -> Request:
    body = {"model": "made-up-1", "max_tokens": 8, "messages": [], **fields}
    return Request(headers={"x-api-key": KEY, "content-type": "application/json"}, body=write_json(body))


def exchange(
    body: bytes | Any = b"",
    status: int | None = 200,
    *,
    headers: Mapping[str, str] = JSON_HEADERS,
    failure: str | None = None,
    asked: Request | None = None,
) -> Exchange:
    """An answer with these bytes, or with this value as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(
        request=asked or request(),
        status=status,
        headers=headers,
        chunks=((0.1, data),) if data else (),
        failure=failure,
        seconds=0.2,
        sent_at="2026-01-02T03:04:05+00:00",
    )


def message(text: str = "OK.", *, content: list[Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A whole Message; a field that is None is left out."""
    whole: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "made-up-1",
        "content": [{"type": "text", "text": text}] if content is None else content,
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 4},
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None or name == "stop_sequence"}


def counted(tokens: int, text: str = "OK.") -> dict[str, Any]:
    """A Message whose prompt is reported as so many tokens."""
    return message(text, usage={"input_tokens": tokens, "output_tokens": 4})


def called(*names: str) -> dict[str, Any]:
    """A Message that calls these tools."""
    return message(content=[{"type": "tool_use", "id": "t", "name": name, "input": {}} for name in names])


def refusal(words: str = "no", status: int = 400, kind: str = "invalid_request_error") -> Exchange:
    return exchange({"type": "error", "error": {"type": kind, "message": words}}, status)


def ask_capability(shown: int, tries: int = 8, unanswered: int = 0) -> AskCapability:
    """A model that shows what it is asked to so often; nothing is asked."""

    def ask(run: Run) -> Conversation[Capability]:
        yield from ()
        return Capability(shown=shown, tries=tries, unanswered=unanswered, what="obeys")

    return ask


COPYING = [copying_role(attempt) for attempt in range(RELIABLE_TRIES)]


def copied(role: str, copies: int) -> Exchange | None:
    """What is answered to a question about copying by a model that copies so many of eight codes; None to others."""
    if role not in COPYING:
        return None
    number = COPYING.index(role)
    return exchange(message(copying(RUN, number)[0] if number < copies else "?"))


VARIED = list(varied_calls(RUN))
"""The roles of the varied requests for calls."""


def frame(kind: str, **data: Any) -> bytes:
    """One event, framed as it should be."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def start(**fields: Any) -> bytes:
    begun: dict[str, Any] = {**message(content=[], stop_reason=None), "stop_reason": None, **fields}
    return frame("message_start", message=begun)


def block(index: int, kind: str = "text", **fields: Any) -> bytes:
    empty: dict[str, dict[str, Any]] = {
        "text": {"text": ""},
        "thinking": {"thinking": "", "signature": ""},
        "tool_use": {"input": {}},
    }
    opened = {"type": kind, **empty.get(kind, {}), **fields}
    return frame("content_block_start", index=index, content_block=opened)


def delta(index: int, kind: str = "text_delta", **fields: Any) -> bytes:
    return frame("content_block_delta", index=index, delta={"type": kind, **fields})


def close(index: int) -> bytes:
    return frame("content_block_stop", index=index)


def end(reason: str | None = "end_turn", **fields: Any) -> bytes:
    given = {"delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 9}, **fields}
    return frame("message_delta", **given)


STOP = frame("message_stop")


def text_stream(*pieces: str) -> bytes:
    """A whole stream of one text block."""
    return b"".join([start(), block(0), *(delta(0, text=piece) for piece in pieces), close(0), end(), STOP])


def streamed(body: bytes, status: int = 200, *, asked: Request | None = None) -> Exchange:
    return exchange(body, status, headers=STREAM_HEADERS, asked=asked)


def answered(**fields: Any) -> Answer:
    return Answer(outcome=Outcome.ANSWERED, message=message(**fields))


def met(status: int, words: str = "no") -> Answer:
    """How an answer with this status and an official error body is read."""
    return read_answer(refusal(words, status))


def drive(steps: Conversation[T], reply: Callable[[str, Request], Exchange]) -> tuple[T, list[str]]:
    """Walks a probe to its end with the exchanges that `reply` makes up; gives its result and the roles asked."""
    roles: list[str] = []
    try:
        wanted = next(steps)
        while True:
            roles.extend(wanted)
            wanted = steps.send({role: reply(role, asked) for role, asked in wanted.items()})
    except StopIteration as ended:
        result: T = ended.value
        return result, roles
