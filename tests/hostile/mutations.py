"""Real answers, changed: what an endpoint with a defect that nobody has thought of may send."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from conformance.protocol.exchange import Exchange, read_json
from conformance.wire.client import RECORDED_RESPONSE_HEADERS
from tests.core.hostile_texts import HOSTILE_TEXTS

HUGE: list[Any] = [2**63, -(2**70), 10**4000, 1e308, -0.0]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 5)
    | st.sampled_from(HUGE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(HOSTILE_TEXTS)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
FAILURES = [
    "connect: refused",
    "cut: ReadError: the connection was reset",
    "timeout: not done in 9.0 s",
    "too large: more than 9 bytes",
]
TYPES = ["application/json", "text/event-stream", "text/html", "text/plain; charset=x", "", "\x00", "APPLICATION/JSON "]
Draw = Callable[[st.SearchStrategy[Any]], Any]


def with_body(exchange: Exchange, body: bytes) -> Exchange:
    """The same answer with another body, in two pieces."""
    half = len(body) // 2
    pieces = tuple(piece for piece in ((0.1, body[:half]), (0.2, body[half:])) if piece[1])
    return replace(exchange, chunks=pieces)


def other_status(draw: Draw, exchange: Exchange, pool: Sequence[Exchange]) -> Exchange:
    return replace(exchange, status=draw(st.integers(100, 599)))


def failed(draw: Draw, exchange: Exchange, pool: Sequence[Exchange]) -> Exchange:
    failure = draw(st.sampled_from(FAILURES))
    begun = draw(st.booleans()) and not failure.startswith("connect")
    cut = replace(exchange, failure=failure)
    return cut if begun else replace(cut, status=None, headers={}, chunks=())


def other_headers(draw: Draw, exchange: Exchange, pool: Sequence[Exchange]) -> Exchange:
    name = draw(st.sampled_from(RECORDED_RESPONSE_HEADERS))
    value = draw(st.sampled_from(TYPES) if name == "content-type" else st.text(max_size=8) | st.just("9" * 5000))
    kept = {key: old for key, old in exchange.headers.items() if key != name}
    return replace(exchange, headers=kept if draw(st.booleans()) else {**kept, name: value})


def other_bytes(draw: Draw, exchange: Exchange, pool: Sequence[Exchange]) -> Exchange:
    body = bytearray(exchange.body)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 40))
        body[place : place + length] = draw(
            st.binary(max_size=6) | st.just(b"\n\n") | st.just(bytes(body[:place][-90:]))
        )
    return with_body(exchange, bytes(body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body))


def other_json(draw: Draw, exchange: Exchange, pool: Sequence[Exchange]) -> Exchange:
    value = read_json(exchange.body)
    return with_body(exchange, dumped(changed(draw, value)))


def other_frames(draw: Draw, exchange: Exchange, pool: Sequence[Exchange]) -> Exchange:
    frames = exchange.body.split(b"\n\n")
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(frames) - 1))
        how = draw(st.sampled_from(["drop", "twice", "swap", "cut", "inside", "inside", "inside"]))
        if how == "drop" and len(frames) > 1:
            del frames[place]
        elif how == "twice":
            frames.insert(draw(st.integers(0, len(frames))), frames[place])
        elif how == "swap":
            other = draw(st.integers(0, len(frames) - 1))
            frames[place], frames[other] = frames[other], frames[place]
        elif how == "cut":
            del frames[place + 1 :]
        elif how == "inside":
            before, mark, data = frames[place].partition(b"data: ")
            frames[place] = before + mark + dumped(changed(draw, read_json(data)))
    return with_body(exchange, b"\n\n".join(frames))


def another_answer(draw: Draw, exchange: Exchange, pool: Sequence[Exchange]) -> Exchange:
    other: Exchange = draw(st.sampled_from(pool))
    return replace(other, request=exchange.request)


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def changed(draw: Draw, value: Any) -> Any:
    """A JSON value with one thing in it changed: gone, twice, renamed, or of another kind."""
    inner = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not inner or draw(st.integers(0, 4)) == 0:
        return draw(VALUES)
    key = draw(st.sampled_from(inner))
    how = draw(st.sampled_from(["deeper", "deeper", "deeper", "gone", "other", "twice"]))
    copy = dict(value) if isinstance(value, dict) else list(value)
    if how == "gone":
        del copy[key]
    elif how == "other":
        copy[key] = draw(VALUES)
    elif how == "twice" and isinstance(copy, list):
        copy.append(copy[key])
    elif how == "twice":
        copy[draw(st.text(max_size=4))] = copy[key]
    else:
        copy[key] = changed(draw, value[key])
    return copy


MUTATIONS = [other_status, failed, other_headers, other_bytes, other_json, other_json, other_frames, another_answer]


def mutated(draw: Draw, exchange: Exchange, pool: Sequence[Exchange]) -> Exchange:
    """The answer with one or two changes of any kind."""
    for _ in range(draw(st.integers(1, 2))):
        exchange = draw(st.sampled_from(MUTATIONS))(draw, exchange, pool)
    return exchange
