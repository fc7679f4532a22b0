"""What the official API is known to answer breaks no rule that all exchanges are held to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.protocol.exchange import Exchange
from conformance.rows import ROWS
from tests.core.made_up import (
    RUN,
    STOP,
    block,
    close,
    delta,
    end,
    exchange,
    frame,
    message,
    request,
    start,
    streamed,
)

ASKED = RUN.message("Hello.", tools=[{"name": "get_weather", "input_schema": {"type": "object"}}])
CODE = {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"}
DIRECT = {"type": "direct"}
PING = frame("ping")
USAGE = {"input_tokens": 17, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0, "output_tokens": 1}
TOTAL = {**USAGE, "output_tokens": 9, "output_tokens_details": {"thinking_tokens": 0}}
WORDS = [block(0), PING, delta(0, text="Hi"), close(0)]


def of_blocks(*inside: bytes, reason: str = "end_turn", **fields: Any) -> bytes:
    return b"".join([start(usage=USAGE, container=None), *inside, end(reason, **fields), STOP])


def by_code(**fields: Any) -> bytes:
    called = block(0, "tool_use", id="toolu_1", name="get_weather", input={"city": "Oslo"}, **fields)
    return of_blocks(called, close(0), reason="tool_use")


def direct() -> bytes:
    called = block(0, "tool_use", id="toolu_1", name="get_weather", caller=DIRECT)
    piece = delta(0, "input_json_delta", partial_json="{}")
    return of_blocks(called, delta(0, "input_json_delta", partial_json=""), PING, piece, close(0), reason="tool_use")


def searched() -> bytes:
    asked = block(0, "server_tool_use", id="srvtoolu_1", name="web_search", input={}, caller=DIRECT)
    found = block(1, "web_search_tool_result", tool_use_id="srvtoolu_1", content=[])
    said = block(2, citations=[])
    cited = delta(2, "citations_delta", citation={"type": "web_search_result_location"})
    more = {**USAGE, "input_tokens": 9000, "cache_read_input_tokens": 4000, "output_tokens": 60}
    inside = [asked, close(0), found, close(1), said, cited, delta(2, text="It rains."), close(2)]
    return of_blocks(*inside, usage=more)


def compacted() -> bytes:
    piece = delta(0, "compaction_delta", content="We spoke.")
    first = {**USAGE, "input_tokens": 83555}
    head = start(usage=first) + block(0, "compaction", content=None) + piece + close(0)
    return head + end("compaction", usage={"input_tokens": 224, "output_tokens": 9}) + STOP


def padded(body: bytes) -> bytes:
    """Each data line with blanks behind it."""
    return b"".join(line + (b"     \n" if line.startswith(b"data:") else b"\n") for line in body.split(b"\n")[:-1])


STREAMS = {
    "a ping inside a block": of_blocks(*WORDS),
    "a direct call": direct(),
    "a call from code, whole at once": by_code(caller=CODE),
    "details of output, and a null container": of_blocks(*WORDS, usage=TOTAL),
    "what was done to the context, beside the delta": of_blocks(*WORDS, context_management={"applied_edits": []}),
    "a search with citations": searched(),
    "a compaction": compacted(),
    "data lines padded with blanks": padded(of_blocks(*WORDS)),
}

WHOLE: dict[str, dict[str, Any]] = {
    "a null container and details of output": message(usage=TOTAL) | {"container": None},
    "a refusal without content": message(content=[], stop_reason="refusal"),
    "an empty answer": message(content=[]),
    "a call from code": message(
        content=[{"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}, "caller": CODE}],
        stop_reason="tool_use",
    ),
    "a compaction": message(
        content=[{"type": "compaction", "content": "We spoke."}],
        stop_reason="compaction",
        usage={"input_tokens": 0, "output_tokens": 0},
    ),
}


def broken(given: Exchange) -> list[str]:
    return [f"{row.id}: {violation.rule}" for row in ROWS if row.everywhere for violation in row.everywhere.find(given)]


@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in STREAMS.items()])
def test_an_official_stream_breaks_no_rule(body: bytes) -> None:
    assert broken(streamed(body, asked=ASKED.with_fields(stream=True))) == []


@pytest.mark.parametrize("answer", [pytest.param(answer, id=name) for name, answer in WHOLE.items()])
def test_an_official_answer_breaks_no_rule(answer: dict[str, Any]) -> None:
    assert broken(exchange(answer, asked=ASKED)) == []


@pytest.mark.parametrize("fields", [{"caller": DIRECT}, {"caller": None}, {}])
def test_a_call_that_no_code_made_begins_empty(fields: dict[str, Any]) -> None:
    assert any("starts with input" in each for each in broken(streamed(by_code(**fields), asked=ASKED)))


def test_what_asks_for_no_message_is_held_to_no_rule_of_it() -> None:
    nowhere = replace(request(), path="/v1/messages/batches")
    assert broken(exchange({"type": "message_batch"}, asked=nowhere)) == []
