"""What Claude Code makes of a stream: one test for every line of the table."""

from __future__ import annotations

import json

import pytest

from conformance.rows.clients.claude_code_reading import End, turn_on
from tests.core.made_up import STOP as LAST
from tests.core.made_up import block, close, delta, end, start

TEXT = block(0) + delta(0, text="No.") + close(0)
CALL = block(0, "tool_use", id="toolu_1", name="Read")
ERROR = b'event: error\ndata: {"type": "error", "error": {"type": "api_error", "message": "gone"}}\n\n'


def called(*pieces: str) -> bytes:
    told = b"".join(delta(0, "input_json_delta", partial_json=piece) for piece in pieces)
    return start() + CALL + told + close(0) + end("tool_use") + LAST


@pytest.mark.parametrize(
    ("body", "ends"),
    [
        (start() + TEXT + end() + LAST, End.FINISHED),
        (start() + TEXT, End.FINISHED),
        (start() + TEXT + LAST + LAST + b"data: [DONE]\n\n", End.FINISHED),
        (b"", End.ASKED_AGAIN),
        (b": keep-alive\n\n", End.ASKED_AGAIN),
        (TEXT + end() + LAST, End.ASKED_AGAIN),
        (b"".join((start() + TEXT).partition(b"\n")[2:]), End.ASKED_AGAIN),
        (start() + delta(0, text="No.") + end() + LAST, End.ASKED_AGAIN),
        (start() + block(0) + delta(0, text="N"), End.ASKED_AGAIN),
        (start() + TEXT + CALL.replace(b'"index": 0', b'"index": 1') + delta(1, text="!"), End.FAILED),
        (start() + block(0) + delta(0, text="No.") + end() + LAST, End.FAILED),
        (start() + end() + LAST, End.FAILED),
        (start() + block(0) + close(0) + end() + LAST, End.FAILED),
        (called('{"file_path": ', '"/tmp/a"}'), End.FINISHED),
        (called('{"file_path": '), End.FAILED),
        (called("[1]"), End.FAILED),
        (called(), End.FINISHED),
        (start() + TEXT + ERROR, End.FAILED),
    ],
)
def test_a_turn_ends_as_it_does_on_the_real_client(body: bytes, ends: End) -> None:
    assert turn_on(body).end is ends


def test_a_turn_that_does_not_end_on_its_stream_says_why() -> None:
    assert turn_on(start() + delta(0, text="No.")).why == "frame 2: a delta of a block that was never opened"
    assert turn_on(called("[1]")).why == "the input of a call is no JSON object: [1]"


def test_what_is_kept_of_a_block_is_what_its_deltas_made() -> None:
    thought = block(0, "thinking", thinking="At once.", signature="x") + delta(0, "thinking_delta", thinking="Hm.")
    signed = thought + delta(0, "signature_delta", signature="c2ln") + close(0)
    assert turn_on(start() + signed).blocks == ({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},)
    strange = CALL.replace(b'"name"', b'"index": 7, "name"')
    (kept,) = turn_on(start() + strange + delta(0, "input_json_delta", partial_json='{"a": 1}') + close(0)).blocks
    assert kept == {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"a": 1}}
    assert json.dumps(kept)
