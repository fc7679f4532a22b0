"""Gateways that lose calls, tools or streams: the rows that rest on them are untested, and the model is not blamed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.protocol.exchange import read_json
from conformance.reference.transforms import Transform, clamp, drop, put, refuse
from conformance.rows.shared.needs import CALLS, STREAMED_CALLS
from tests.proofs.test_confounders import BLOCKS, Due, Gateway, Moves, alike, behaving, judged
from tests.proofs.test_gateways import Json, asking, has, unmet, without

Rewrite = Callable[[Json], Json]


Pieces = Callable[[], Callable[[bytes], bytes]]


class Rewritten:
    """Changes answers: whole messages by `plain`, a stream piece by piece, by what `pieces` gives for it."""

    def __init__(self, app: ASGIApp, plain: Rewrite | None, pieces: Pieces | None) -> None:
        self.app, self.plain, self.pieces = app, plain, pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        change: Callable[[bytes], bytes] | None = None

        async def told(message: Message) -> None:
            nonlocal change
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                if headers[b"content-type"].startswith(b"text/event-stream"):
                    change = self.pieces() if self.pieces else None
                else:
                    change = self.whole
                    del headers[b"content-length"]
                message = {**message, "headers": list(headers.items())}
            elif change is not None and message.get("body"):
                message = {**message, "body": change(message["body"])}
            await send(message)

        await self.app(scope, receive, told)

    def whole(self, body: bytes) -> bytes:
        message = read_json(body)
        if self.plain is None or not isinstance(message, dict) or message.get("type") != "message":
            return body
        return json.dumps(self.plain(message)).encode()


def rewritten(*, plain: Rewrite | None = None, pieces: Pieces | None = None) -> Starlette:
    app = behaving()
    app.add_middleware(Rewritten, plain=plain, pieces=pieces)
    return app


def failing(*, streams: bool) -> Starlette:
    """Every answer of the one kind is a 500."""

    def says(_: int, body: bytes) -> tuple[int, str] | None:
        given = read_json(body)
        asked = isinstance(given, dict) and "max_tokens" in given and (given.get("stream") is True) is streams
        return (500, "Internal server error") if asked else None

    app = behaving()
    app.add_middleware(Gateway, says=says)
    return app


ANNOUNCED = "stop_reason is tool_use, but no tool_use block is there"


def lost(message: Json) -> Json:
    return {**message, "content": without(message["content"], "tool_use")}


def lost_and_ended(message: Json) -> Json:
    return {**lost(message), "stop_reason": "end_turn"} if has(message["content"], "tool_use") else message


def written(message: Json) -> Json:
    """Calls as the model's own words."""
    told = [
        {"type": "text", "text": f"<tool_call>{json.dumps({'name': block['name']})}</tool_call>"}
        if block["type"] == "tool_use"
        else block
        for block in message["content"]
    ]
    ended = "end_turn" if has(message["content"], "tool_use") else message["stop_reason"]
    return {**message, "content": told, "stop_reason": ended}


def lost_in_streams() -> Callable[[bytes], bytes]:
    gone: set[int] = set()

    def kept(frame: bytes) -> bool:
        found = re.search(rb"^data: (.*)$", frame, re.M)
        event = json.loads(found.group(1)) if found else {}
        if event.get("type") == "content_block_start" and event["content_block"]["type"] == "tool_use":
            gone.add(event["index"])
        return event.get("index") not in gone

    return lambda piece: b"".join(frame for frame in re.findall(rb".*?\n\n", piece, re.S) if kept(frame))


SHOWN_IN_STREAMS = {
    "tools.name": Due("partial", "^no call comes unstreamed, .*; 4 of 4 in a stream hold one$", "one_mode"),
    "stream.equals_message": Due("broken", "a tool call: the types of blocks .'tool_use'. in a stream"),
    "clients.sdk.tool_loop": Due("partial", "^works with stream only; with create", "one_mode"),
}


NOT_OF_CALLS = (
    # Shown by what comes in a stream, by a forced call of the endpoint's, or not shown by any call.
    "content.tool_use.input",
    "tools.cache_control",
    "tools.web_search",
    "tools.web_fetch",
    "tools.code_execution",
    "replay.tool_use",
    "replay.thinking",
    "tool_choice.string_form",
)


REST_ON_CALLS = tuple(row for row in CALLS if row not in (*NOT_OF_CALLS, *SHOWN_IN_STREAMS))


def test_calls_are_lost_unstreamed() -> None:
    told = unmet(rf"^what the row needs is missing: no call comes unstreamed, .*{ANNOUNCED}.*; 4 of 4 in a stream")
    own = Due("broken", f"one call: {ANNOUNCED}")
    moves = {
        **alike(REST_ON_CALLS, told),
        **SHOWN_IN_STREAMS,
        **alike(("response.tool_use", "response.stop_reason"), own),
    }
    assert judged(rewritten(plain=lost), moves) == []


def test_calls_are_lost_unstreamed_and_nothing_is_said_of_them() -> None:
    told = unmet(
        "^what the row needs is missing: no call comes unstreamed, in 12 answers; 4 of 4 in a stream hold one$"
    )
    rows = [row for row in REST_ON_CALLS if row not in ("response.stop_reason", "tools.tool_search")]
    own = Due("partial", "a tool without arguments is not called unstreamed", "one_mode")
    moves = {**alike(rows, told), **SHOWN_IN_STREAMS, "response.tool_use": own}
    assert judged(rewritten(plain=lost_and_ended), moves) == []


def test_calls_stand_in_the_text_unstreamed() -> None:
    told = unmet(
        "^what the row needs is missing: no call comes unstreamed, .*the call stands in the text: '<tool_call>"
    )
    rows = [row for row in REST_ON_CALLS if row not in ("response.stop_reason", "tools.tool_search")]
    moves = {
        **alike(rows, told),
        **SHOWN_IN_STREAMS,
        "response.tool_use": Due("partial", "a tool without arguments is not called unstreamed", "one_mode"),
        "response.text_clean": Due("broken", "a raw call stands in the text"),
    }
    assert judged(rewritten(plain=written), moves) == []


def test_calls_are_lost_in_streams() -> None:
    one = Due("partial", "seen unstreamed, absent in a stream", "one_mode")
    rows = (
        "tools.name",
        "tools.input_schema",
        "tools.input_examples",
        "tools.eager_input_streaming",
        "tools.type_custom",
        "tools.bash",
        "tools.text_editor",
        "tools.memory",
        "tools.computer",
        "tool_choice.any",
    )
    moves = {
        **alike(rows, one),
        **alike(STREAMED_CALLS, unmet(rf"no call comes in a stream, in 4 answers \({ANNOUNCED}\); 4 of 4 unstreamed")),
        **alike(("response.tool_use", "response.stop_reason"), Due("broken", f"one call, streamed: {ANNOUNCED}")),
        "tools.tool_search": Due(
            "partial", "in a stream: stop_reason is tool_use, but no tool is called", "incomplete"
        ),
        "stream.equals_message": Due("broken", "a tool call: the types of blocks .. in a stream"),
        "clients.sdk.tool_loop": Due("partial", "^works with create only; with stream", "one_mode"),
    }
    assert judged(rewritten(pieces=lost_in_streams), moves) == []


def test_calls_are_lost_in_both_modes() -> None:
    told = unmet(rf"no call comes unstreamed, .*{ANNOUNCED}.*; no call comes in a stream, .*{ANNOUNCED}")
    own = Due("broken", f"one call: {ANNOUNCED}")
    moves = {
        **alike((*REST_ON_CALLS, *STREAMED_CALLS, "replay.tool_use", "replay.thinking"), told),
        **alike(("response.tool_use", "response.stop_reason"), own),
        "tools.name": Due("broken", "^no call comes unstreamed, "),
        "clients.sdk.tool_loop": Due("broken", "^in turn 1 of the loop: the SDK's Message has stop_reason tool_use"),
    }
    assert judged(rewritten(plain=lost, pieces=lost_in_streams), moves) == []


def test_tools_are_dropped() -> None:
    told = unmet("^what the row needs is missing: tools do not reach the model: a tool does not lengthen the prompt")
    rows = [row for row in CALLS if row not in ("content.tool_use.input", "tool_choice.disable_parallel_tool_use")]
    rows = [row for row in rows if not row.startswith("response.")]
    unasked = Due("untested", "tool_choice may only be specified while providing tools", "control_refused")
    responses = ("response.stop_reason", "response.tool_use", "response.text_clean")
    moves = {
        **alike((*rows, *STREAMED_CALLS), told),
        **alike((*responses, "tool_choice.disable_parallel_tool_use"), unasked),
        "tools.name": Due("ignored", "^tools do not reach the model: a tool does not lengthen the prompt"),
        "tool_choice.string_form": Due("rejected", "tool_choice"),
        "fields.mcp_servers": Due("untested", "found 0$", "cannot_tell"),
    }
    assert judged(behaving(drop("tools")), moves) == []


@pytest.mark.parametrize(
    ("basis", "transform", "needing"),
    [
        ("fields.system", drop("system"), ("fields.system.array", "fields.system.cache_control")),
        (
            "content.document",
            put(f"{BLOCKS}[type=document]", {"type": "text", "text": "..."}),
            ("content.document.citations",),
        ),
    ],
)
def test_what_a_row_rests_on_is_dropped(basis: str, transform: Transform, needing: tuple[str, ...]) -> None:
    unread = alike(("content.document.pdf", "content.document.content"), Due("ignored", "come"))
    unfetched = {"content.document.url": Due("ignored", "^a bogus value is accepted")}
    moves: Moves = {
        basis: Due("ignored", "^the code does not come back"),
        **alike(needing, unmet(f"^what the row needs is missing: {basis} is ignored: the code does not come back")),
        **({**unread, **unfetched} if basis == "content.document" else {}),
    }
    assert judged(behaving(transform), moves) == []


def test_half_of_a_stop_sequence_leaks() -> None:
    def half(message: Json) -> Json:
        word = message.get("stop_sequence")
        if message["stop_reason"] != "stop_sequence" or not isinstance(word, str):
            return message
        text = "".join(block["text"] for block in message["content"] if block["type"] == "text")
        content = [{"type": "text", "text": text + word[: len(word) // 2]}]
        return {**message, "content": content, "stop_reason": "end_turn", "stop_sequence": None}

    inside = Due("partial", "^the answer is cut inside the sequence [A-Z]+: '[A-Z]+' is left in the text", "incomplete")
    moves = {
        "fields.stop_sequences": inside,
        "stream.equals_message": Due("broken", "stop_reason 'stop_sequence' in a stream, 'end_turn' without"),
    }
    assert judged(rewritten(plain=half), moves) == []


def test_max_tokens_is_halved() -> None:
    limit = unmet("^max_tokens does not arrive as it was sent: max_tokens 1424 and budget_tokens 1024 were sent")
    moves = alike(("fields.thinking", "fields.thinking.budget_tokens"), limit)

    def halved(given: Json) -> Json:
        limit = given.get("max_tokens")
        return {**given, "max_tokens": max(1, limit // 2)} if type(limit) is int else given

    app = asking(halved)
    assert judged(app, moves) == []
    assert judged(behaving(clamp("max_tokens", 0, 100)), moves) == []


ERROR = "HTTP 500: Internal server error"


STREAM_ROWS = (
    "headers.accept_stream",
    *(f"stream.{each}" for each in ("content_type", "framing", "order", "blocks", "skeletons", "input_json")),
    *(f"stream.{each}" for each in ("message_start", "message_delta", "no_done", "incremental", "equals_message")),
    "stream.early_error",
)


def test_every_stream_fails() -> None:
    moves = {
        **alike(STREAM_ROWS, Due("untested", ERROR, "control_refused")),
        **alike(("fields.stream", "clients.sdk.stream"), Due("broken", ERROR)),
        "clients.sdk.tool_loop": Due("partial", f"^works with create only; .*{ERROR}", "one_mode"),
        "clients.claude_code.first_request": Due("broken", rf"^a bare message is not streamed either \({ERROR}\)"),
        "clients.claude_code.tool_turn": unmet(ERROR),
    }
    assert judged(failing(streams=True), moves) == []


def test_every_answer_that_is_no_stream_fails() -> None:
    only = unmet("streams only")
    moves = {
        **alike(("stream.equals_message", "clients.sdk.message"), only),
        "clients.sdk.tool_loop": Due("partial", "^works with stream only", "one_mode"),
    }
    assert judged(failing(streams=False), moves) == []


def test_the_system_field_is_refused() -> None:
    words = "HTTP 400: system: Extra inputs are not permitted"
    moves = {
        **alike(("fields.system", "fields.system.array"), Due("rejected", words)),
        "fields.system.cache_control": Due("untested", words, "control_refused"),
        "clients.claude_code.first_request": Due("rejected", f"^it is answered without system: {words}"),
        "clients.claude_code.tool_turn": unmet(words),
    }
    assert judged(behaving(refuse("system")), moves) == []


def test_a_gated_field_is_dropped() -> None:
    moves = {
        "headers.anthropic_beta": Due("untested", "nothing of it is reported, with its beta either", "cannot_tell"),
        "fields.context_management": Due("ignored", "no edit is reported as applied"),
    }
    assert judged(behaving(drop("context_management")), moves) == []
