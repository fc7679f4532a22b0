"""One endpoint: from headers and bytes to a Message, in the official order of checks."""

from __future__ import annotations

import copy
import gzip
import hashlib
import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from conformance.reference.betas import beta_refusal, locked_types
from conformance.reference.cache import CacheUse, PromptCache
from conformance.reference.context import edit_context, prompt_tokens
from conformance.reference.errors import ApiError, invalid
from conformance.reference.faults import FaultMetError, find_fault
from conformance.reference.finish import Finished, finish
from conformance.reference.headers import check_key, read_betas, read_version
from conformance.reference.model.answer import Draft, compose
from conformance.reference.model.sample import dice_for
from conformance.reference.model.temper import tempered
from conformance.reference.prompt import segments_of
from conformance.reference.rules import check_rules
from conformance.reference.schema.problems import check_schema
from conformance.reference.schema.request import CountTokens
from conformance.reference.seals import new_container_id
from conformance.reference.stages import (
    apply_answer,
    apply_error,
    apply_headers,
    apply_refusals,
    apply_request,
    apply_stamps,
    sent_with,
)
from conformance.reference.stream import events_of
from conformance.reference.stream_changes import Piece, apply_events, apply_frames, framed, stream_of_error
from conformance.reference.transforms import Act, Headers, Stage, Transform

Json = dict[str, Any]
MOST_BYTES = 32 * 1024 * 1024
MOST_PROMPT_TOKENS = 200_000
MOST_SEEN = 50_000
# A long answer takes a third of a second, so that it is seen to come bit by bit on a busy machine as well.
STREAM_PAUSE = 0.008
MOST_PAUSES = 40


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that passed every check, as it came and as it is served, and the seed of its free choices."""

    sent: Json
    body: Json
    applied_edits: list[Json] | None
    original_tokens: int
    seed: str


@dataclass(slots=True)
class Endpoint:
    """The state behind the routes: key, models, acts, the model's temper (empty: it obeys) and context, the prompt
    cache, and how often each body, and each step by each body, was met."""

    api_key: str | None
    models: tuple[str, ...]
    steps: Mapping[Stage, Sequence[Transform]]
    temper: str = ""
    context: int = MOST_PROMPT_TOKENS
    cache: PromptCache = field(default_factory=PromptCache)
    seen: OrderedDict[str, int] = field(default_factory=OrderedDict)
    turns: dict[tuple[int, str], int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def stumble(self, sent: Json) -> None:
        """Raise the fault that this request meets, if any."""
        fault = find_fault(self.steps["fault"], sent, self._turn)
        if fault is not None:
            raise FaultMetError(fault)

    def enter(self, headers: Headers) -> tuple[str, frozenset[str]]:
        """Check the headers; gives the version and the betas."""
        headers = apply_headers(self.steps["headers"], headers)
        check_key(headers, self.api_key)
        return read_version(headers), read_betas(headers)

    def visit(self, headers: Headers, raw: bytes) -> Json:
        """Check a request to another endpoint than Messages up to its headers; gives it as the acts see it."""
        sent = self.sent(headers, raw)
        self.stumble(sent)
        self.enter(headers)
        return sent

    def told(self, body: Json, sent: Json) -> Json:
        """The answer of another endpoint than Messages as the acts would have it."""
        if not self.steps["other"]:
            return body
        return apply_answer(self.steps["other"], copy.deepcopy(body), sent)

    def accept(self, headers: Headers, raw: bytes, *, counting: bool) -> Accepted:
        """Check a request from its headers to its model."""
        sent = self.sent(headers, raw)
        self.stumble(sent)
        version, betas = self.enter(headers)
        body = parsed(headers, raw)
        apply_refusals(self.steps["refuse"], body, sent, counting=counting)
        given = body
        body = apply_request(self.steps["request"], body, sent)
        if counting and isinstance(body, dict):
            # What an act puts into a message has no place in a count.
            body = {key: value for key, value in body.items() if key in given or key in CountTokens.model_fields}
        refused = beta_refusal(body, betas, counting=counting)
        if refused:
            raise refused
        check_schema(body, counting=counting, locked=locked_types(betas))
        body = {key: value for key, value in body.items() if value is not None}
        check_rules(body, version=version, betas=betas, counting=counting)
        body = {**body, "model": self._served(body["model"])}
        edited, applied = edit_context(body)
        return Accepted(sent, edited, applied, prompt_tokens(body) if applied is not None else 0, self._seed(raw))

    def count(self, accepted: Accepted) -> Json:
        """The answer to a token count."""
        counted: Json = {"input_tokens": prompt_tokens(accepted.body)}
        if accepted.applied_edits is not None:
            counted["context_management"] = {"original_input_tokens": accepted.original_tokens}
        return counted

    def answer(self, accepted: Accepted) -> Json:
        """The Message that answers an accepted request."""
        body = accepted.body
        segments = segments_of(body)
        total = sum(segment.tokens for segment in segments)
        if total > self.context:
            raise invalid(f"prompt is too long: {total} tokens > {self.context} maximum")
        use = self.cache.use(body["model"], segments)
        draft = compose(body, dice_for(body, accepted.seed)) if body["max_tokens"] else Draft([])
        if self.temper and body["max_tokens"]:
            draft = tempered(self.temper, draft, body, accepted.seed)
        finished = finish(draft.content, body, draft.hidden_tokens)
        message: Json = {
            "id": f"msg_{secrets.token_hex(12)}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": finished.content,
            "stop_reason": finished.stop_reason if body["max_tokens"] else "max_tokens",
            "stop_sequence": finished.stop_sequence,
            "stop_details": None,
            "usage": _usage(body, total, use, finished, draft),
        }
        container = _container(body, draft)
        if container:
            message["container"] = container
        if accepted.applied_edits is not None:
            message["context_management"] = {"applied_edits": accepted.applied_edits}
        return apply_answer(self.steps["answer"], message, accepted.sent)

    def stream(self, message: Json, accepted: Accepted) -> tuple[list[Piece], str | None]:
        """The frames of a Message, in time, and the content type that they are sent as."""
        events = apply_events(self.steps["events"], list(events_of(message)), accepted.sent, self._turn)
        pieces = framed(events, STREAM_PAUSE, MOST_PAUSES)
        return apply_frames(self.steps["frames"], pieces, accepted.sent, self._turn)

    def streamed_error(self, body: Json, sent: Json) -> tuple[bytes, int] | None:
        """A refusal as a stream, with its status, where the acts have it so."""
        return stream_of_error(self.steps["error"], body, sent)

    def stamped(self, headers: Mapping[str, str], sent: Json) -> dict[str, str]:
        """The headers of an answer as the acts would have them."""
        return apply_stamps(self.steps["stamp"], headers, sent)

    def reshaped(self, body: Json, sent: Json) -> Json:
        """An error body as the acts would have it."""
        return apply_error(self.steps["error"], body, sent)

    def sent(self, headers: Headers, raw: bytes) -> Json:
        """A request as the conditions of the acts see it; of a body that is no JSON, its headers alone."""
        if not any(self.steps.values()):
            return {}
        try:
            return sent_with(headers, parsed(headers, raw))
        except ApiError:
            return sent_with(headers, None)

    def _served(self, model: str) -> str:
        if model in self.models:
            return model
        if self.steps["model"]:
            return self.models[0]
        raise ApiError(404, f"model: {model}")

    def _turn(self, step: Transform, sent: Json) -> int:
        """How often a step was met by the very same request, so that no other request shifts its turns; a `mark` counts
        all that it meets."""
        met = (id(step), "" if step.name == "mark" else json.dumps(sent, sort_keys=True))
        with self.lock:
            self.turns[met] = self.turns.get(met, 0) + 1
            return self.turns[met]

    def _seed(self, raw: bytes) -> str:
        digest = hashlib.sha256(raw).hexdigest()
        with self.lock:
            number = self.seen.get(digest, 0)
            self.seen[digest] = number + 1
            self.seen.move_to_end(digest)
            if len(self.seen) > MOST_SEEN:
                self.seen.popitem(last=False)
        return f"{digest}:{number}"


def endpoint_of(
    api_key: str | None,
    models: Sequence[str],
    acts: Sequence[Act],
    temper: str = "",
    context: int = MOST_PROMPT_TOKENS,
) -> Endpoint:
    """An endpoint that acts out `acts`, with a model of this temper and context."""
    stages: tuple[Stage, ...] = get_args(Stage)
    steps = {stage: tuple(step for act in acts for step in act.transforms if step.stage == stage) for stage in stages}
    return Endpoint(api_key, tuple(models), steps, temper, context)


def parsed(headers: Headers, raw: bytes) -> Any:
    """The body as JSON, unpacked where it was packed."""
    if len(raw) > MOST_BYTES:
        raise ApiError(413, "Request exceeds the maximum size")
    if headers.get("content-encoding", [""])[0] == "gzip":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError):
            raise invalid("The request body is not valid gzip data") from None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise invalid("The request body is not valid JSON") from None


def _usage(body: Json, total: int, use: CacheUse, finished: Finished, draft: Draft) -> Json:
    written = use.written_5m + use.written_1h
    usage: Json = {
        "input_tokens": total - use.read - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": use.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": use.written_5m,
            "ephemeral_1h_input_tokens": use.written_1h,
        },
        "output_tokens": finished.output_tokens,
        "service_tier": "standard",
        "inference_geo": body.get("inference_geo") or "global",
    }
    if (body.get("thinking") or {}).get("type") in ("enabled", "adaptive"):
        usage["output_tokens_details"] = {"thinking_tokens": finished.thinking_tokens}
    if draft.server_tool_use:
        usage["server_tool_use"] = {"web_search_requests": 0, "web_fetch_requests": 0} | draft.server_tool_use
    if body.get("speed"):
        usage["speed"] = body["speed"]
    return usage


def _container(body: Json, draft: Draft) -> Json | None:
    named = body.get("container")
    given = named.get("id") if isinstance(named, dict) else named
    if not given and not draft.ran_code:
        return None
    expires = datetime.now(UTC) + timedelta(minutes=20)
    return {"id": given or new_container_id(), "expires_at": expires.isoformat().replace("+00:00", "Z")}
