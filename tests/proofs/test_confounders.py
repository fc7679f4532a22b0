"""Odd ways of an endpoint that answers: each moves only the rows that it is about, the way a right verdict says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import get_args

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import read_json
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.reference.errors import envelope, new_request_id
from conformance.reference.schema.request import CreateMessage
from conformance.reference.schema.server_blocks import Block
from conformance.reference.transforms import (
    Act,
    Transform,
    answer_drop,
    answer_put,
    clamp,
    default,
    drop,
    map_unknown_models,
    put,
)
from tests.in_process import KEY, verdicts
from tests.proofs.lying import honest

BLOCKS = "messages[*].content"
CLAUDE_CODE = "clients.claude_code.first_request"
TOOL_TURN = "clients.claude_code.tool_turn"
CACHING = (
    "fields.system.cache_control",
    "fields.cache_control",
    "tools.cache_control",
    "content.text.cache_control",
    "content.tool_use.cache_control",
    "content.tool_result.cache_control",
)


@dataclass(frozen=True, slots=True)
class Due:
    """What a right verdict is; `note` and `code` (its deviation or reason) are patterns."""

    status: str
    note: str
    code: str = ""


Moves = Mapping[str, Due]
Says = Callable[[int, bytes], tuple[int, str] | None]


def alike(rows: Iterable[str], due: Due) -> Moves:
    return dict.fromkeys(rows, due)


class Gateway:
    """Stands before an endpoint: may answer a request itself, by its number (from 1) and its body, may change what it
    passes on, and each piece of what comes back."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        says: Says = lambda number, body: None,
        asks: Callable[[bytes], bytes] = lambda body: body,
        tells: Callable[[bytes, bytes], bytes] = lambda body, piece: piece,
    ) -> None:
        self.app, self.says, self.asks, self.tells = app, says, asks, tells
        self.met = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        self.met += 1
        error = self.says(self.met, body)
        if error is not None:
            request_id = new_request_id()
            stamp = {"request-id": request_id}
            answer = JSONResponse(envelope(*error, request_id), status_code=error[0], headers=stamp)
            await answer(scope, receive, send)
            return
        left: list[Message] = [{"type": "http.request", "body": self.asks(body), "more_body": False}]

        async def passed_on() -> Message:
            return left.pop() if left else await receive()

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name, value) for name, value in message["headers"] if name != b"content-length"]
                message = {**message, "headers": headers}
            elif message.get("body"):
                message = {**message, "body": self.tells(body, message["body"])}
            await send(message)

        await self.app(scope, passed_on, told)


def behaving(*transforms: Transform, api_key: str | None = KEY) -> Starlette:
    """The embedded endpoint with these ways."""
    return create_app(api_key=api_key, acts=[Act("confounder", "confounder", transforms)])


def behind(says: Says) -> Starlette:
    """An honest endpoint behind a gateway that answers some requests itself."""
    app = behaving()
    app.add_middleware(Gateway, says=says)
    return app


def complaints(found: Mapping[str, Verdict], moves: Moves) -> list[str]:
    """One line for each verdict that is not the one due: as in `moves`, else the honest endpoint's."""
    assert set(moves) <= set(honest())
    wrong = []
    for row, verdict in found.items():
        due = moves.get(row)
        code = str(verdict.deviation or verdict.reason or "")
        told = f"{row}: {verdict.status} ({code}): {verdict.note}"
        if due is None:
            if verdict.status != honest()[row]:
                wrong.append(f"{told}; due {honest()[row]}")
        elif verdict.status != due.status or not re.fullmatch(due.code, code) or not re.search(due.note, verdict.note):
            wrong.append(f"{told}; due {due}")
    return wrong


def judged(app: Starlette, moves: Moves) -> list[str]:
    """What is wrong with the verdicts on all rows."""
    return complaints(verdicts(app, model=DEFAULT_MODELS[0]), moves)


def test_no_key_is_needed() -> None:
    unchecked = Due("untested", "^no key is checked here: no key at all is answered", "not_applicable")
    moves = {
        "headers.x_api_key": unchecked,
        "headers.authorization": unchecked,
        "errors.invalid_key": unchecked,
        # Both headers together are taken, but which one wins has no meaning here.
        "headers.both": Due("accepted", "^no key is checked where both are sent"),
    }
    assert judged(behaving(api_key=None), moves) == []


def test_unknown_models_are_mapped() -> None:
    mapped = Due("partial", f"a model that does not exist is answered as {DEFAULT_MODELS[0]}", "mapped")
    assert judged(behaving(map_unknown_models()), alike(("fields.model", "errors.unknown_model"), mapped)) == []


KNOWN_FIELDS = frozenset(CreateMessage.model_fields)
KNOWN_BLOCKS = frozenset(
    kind for shape in get_args(get_args(Block)[0]) for kind in get_args(shape.model_fields["type"].annotation)
)


def lax(app: Starlette, *, unknown: Iterable[str] = ()) -> Starlette:
    """Drops every top-level field and every block that it does not know, those named included."""
    fields, kinds = KNOWN_FIELDS - set(unknown), KNOWN_BLOCKS - set(unknown)

    def known(body: bytes) -> bytes:
        given = read_json(body)
        if given is None or "messages" not in given:
            return body  # another endpoint's, or no JSON
        kept = {key: value for key, value in given.items() if key in fields}
        for message in kept.get("messages", ()):
            if isinstance(message["content"], list):
                message["content"] = [block for block in message["content"] if block["type"] in kinds]
        return json.dumps(kept).encode()

    app.add_middleware(Gateway, asks=known)
    return app


DROPPED = {
    "content.unknown": Due("ignored", "answered instead of refused, .*dropped in silence$"),
    "fields.unknown": Due("ignored", "^answered instead of refused$"),
}


def test_unknown_fields_and_blocks_are_dropped() -> None:
    assert judged(lax(behaving()), DROPPED) == []


def test_a_field_or_block_that_is_unknown_itself_is_dropped_as_well() -> None:
    nothing = Due("ignored", "^a bogus value is accepted and nothing comes of it$")
    unknown = ("container", "mcp_servers", "container_upload", "redacted_thinking")
    rows = ("fields.container", "fields.mcp_servers", "content.container_upload", "content.redacted_thinking")
    assert judged(lax(behaving(), unknown=unknown), {**alike(rows, nothing), **DROPPED}) == []


def test_a_gated_field_is_dropped_where_its_beta_is_missing() -> None:
    # The field acts with its header alone, but nothing is refused without it.
    read = Due("partial", "acts with its beta alone; without it it is dropped instead of refused", "incomplete")
    gate = drop("context_management", unless="$headers.anthropic-beta")
    assert judged(behaving(gate), {"headers.anthropic_beta": read}) == []


def test_prompts_are_cached_unasked() -> None:
    unasked = Due("untested", r"cached without the marker as well \(\d{4} tokens read\)", "not_attributable")
    assert judged(behaving(default("cache_control", {"type": "ephemeral"})), alike(CACHING, unasked)) == []


def usage_of(prompt: int, answer: int) -> tuple[Transform, ...]:
    counts = {"input": prompt, "output": answer, "cache_read_input": 0, "cache_creation_input": 0}
    put_each = (answer_put(f"usage.{name}_tokens", count) for name, count in counts.items())
    return (*put_each, answer_drop("usage.cache_creation"))


DROPPED_DOCUMENT = put(f"{BLOCKS}[type=document]", {"type": "text", "text": "..."})
UNREAD = {
    **alike(("content.document", "content.document.pdf"), Due("ignored", "^the code does not come back$")),
    "content.document.content": Due("ignored", "^no code comes back$"),
    "content.document.url": Due("ignored", "^a bogus value is accepted and nothing comes of it$"),
    "content.document.citations": Due("untested", "content.document is ignored: the code", "prerequisite_refused"),
}
"""Usage that counts nothing, or everything, says nothing of a prompt's growth: what is dropped stays `ignored`."""


UNCACHED = {"response.usage.cache": Due("untested", "usage reports no cache for a marked prompt", "never_exercised")}


# 9,000 is as much as the caching rows' prompt would count.
@pytest.mark.parametrize("count", [7, 9000])
def test_usage_is_constant(count: int) -> None:
    moves = {
        "response.usage": Due("partial", rf"hardly moves with a prompt .*\({count} to {count}\)", "implausible"),
        # Where the marked text is not counted, nothing can be said of its being cached.
        **alike(CACHING, Due("untested", "usage|count", "cannot_tell")),
        **UNCACHED,
    }
    assert judged(behaving(*usage_of(count, 7)), moves) == []
    assert judged(behaving(*usage_of(count, 7), DROPPED_DOCUMENT), {**moves, **UNREAD}) == []


def test_usage_is_zero() -> None:
    moves = {
        "response.usage": Due("partial", "a count is 0 although there was a prompt and an answer", "implausible"),
        "stream.message_start": Due("partial", "input_tokens 0 although there was a prompt", "implausible"),
        "stream.message_delta": Due("partial", "output_tokens is 0 although there was an answer", "implausible"),
        **alike(CACHING, Due("untested", "usage counts 0 tokens of prompt", "cannot_tell")),
        **UNCACHED,
    }
    assert judged(behaving(*usage_of(0, 0)), moves) == []
    assert judged(behaving(*usage_of(0, 0), DROPPED_DOCUMENT), {**moves, **UNREAD}) == []


def counting_bytes(app: Starlette) -> Starlette:
    def tells(body: bytes, piece: bytes) -> bytes:
        return re.sub(rb'"input_tokens":\s*\d+', b'"input_tokens":%d' % len(body), piece)

    app.add_middleware(Gateway, tells=tells)
    return app


def test_usage_counts_the_bytes_of_the_request() -> None:
    # The bytes hold what is cached, and its tokens come on top of them.
    twice = {"response.usage.cache": Due("broken", "written = [0-9]+, where the same length uncached is")}
    assert judged(counting_bytes(behaving()), twice) == []
    assert judged(counting_bytes(behaving(DROPPED_DOCUMENT)), {**twice, **UNREAD}) == []


DESCRIPTIONS = (
    "[image]",
    "[An image of nothing in particular: no shape, no face and no letter can be made out in it.]",
)


@pytest.mark.parametrize("words", DESCRIPTIONS, ids=["short", "long"])
def test_an_image_is_described_as_nothing(words: str) -> None:
    unseen = Due("ignored", "the colours .* are not named, and (other images get the same|the prompt does not grow)")
    described = put(f"{BLOCKS}[type=image]", {"type": "text", "text": words})
    unfetched = Due("ignored", "^a bogus value is accepted and nothing comes of it$")
    moves = {"content.image": unseen, **alike(("content.image.url", "content.image.file"), unfetched)}
    assert judged(behaving(described), moves) == []


def test_max_tokens_is_raised_to_a_floor() -> None:
    clamped = Due("partial", "^64 output tokens where max_tokens is 16$", "clamped")
    assert judged(behaving(clamp("max_tokens", 64, 10**6)), {"fields.max_tokens": clamped}) == []


def test_max_tokens_is_capped() -> None:
    cap = clamp("max_tokens", 0, 100)
    # The budget of thinking no longer fits under the cap, so that thinking cannot be enabled here.
    refused = Due("untested", "^max_tokens does not arrive as it was sent", "prerequisite_refused")
    moves = {
        **alike(("fields.thinking", "fields.thinking.budget_tokens"), refused),
    }
    assert judged(behaving(cap), moves) == []
    assert judged(behaving(replace(cap, unless="thinking")), {}) == []
