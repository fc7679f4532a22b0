"""What an exchange amounts to: answered with a Message, refused, told to wait, unreachable or broken."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary

from conformance.protocol.exchange import UNREADABLE, Exchange, Request, not_an_object, one_line
from conformance.protocol.stream import read_stream
from conformance.protocol.stream_reading import StreamReading

WAITING_STATUSES = frozenset({429, 503, 529})
"""Answers that ask the client to come back later; waited out on the wire, never judged by themselves."""


class Outcome(StrEnum):
    """The ways in which an exchange can end."""

    ANSWERED = "answered"
    REFUSED = "refused"
    LOCKED = "locked"  # 401: the key, until the control says that it is the row
    WAITING = "waiting"
    UNREACHABLE = "unreachable"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The reading of one exchange. `message` is the Message (accumulated where streamed), None unless answered;
    `problem` says in one line what came instead; `stream` is the stream's reading where one came; `exchange` is the
    digest of the exchange that was read."""

    outcome: Outcome
    message: Mapping[str, Any] | None = None
    problem: str = ""
    stream: StreamReading | None = None
    exchange: str = field(default="", compare=False)

    @property
    def answered(self) -> bool:
        return self.outcome is Outcome.ANSWERED


_ANSWERS: WeakKeyDictionary[Exchange, Answer] = WeakKeyDictionary()


def read_answer(exchange: Exchange) -> Answer:
    """Sorts an exchange into an outcome. Pure; never raises, whatever the bytes. Read once an exchange, and kept no
    longer than that: an endpoint's longest answers are not held until the run ends."""
    answer = _ANSWERS.get(exchange)
    if answer is None:
        answer = _read(exchange)
        message = _limited(exchange.request, answer.message) if answer.message is not None else None
        answer = replace(answer, message=message, problem=one_line(answer.problem), exchange=exchange.request.digest)
        _ANSWERS[exchange] = answer
    return answer


def _limited(request: Request, message: Mapping[str, Any]) -> LimitedMessage:
    limited = LimitedMessage(message)
    body = request.json
    limit = body.get("max_tokens") if isinstance(body, dict) else None
    if isinstance(limit, int) and not isinstance(limit, bool):
        limited.limit = limit
    return limited


def _read(exchange: Exchange) -> Answer:
    if exchange.status is None:
        connected = exchange.failure is not None and not exchange.failure.startswith("connect")
        outcome = Outcome.BROKEN if connected else Outcome.UNREACHABLE
        return Answer(outcome=outcome, problem=exchange.failure or "no answer")
    refused_unread = exchange.status >= 400 and (exchange.failure or "").startswith(UNREADABLE)
    if exchange.failure is not None and not refused_unread:
        return _read_unfinished(exchange)
    if exchange.status in WAITING_STATUSES:
        return Answer(outcome=Outcome.WAITING, problem=describe_error(exchange))
    if exchange.status == 401:
        return Answer(outcome=Outcome.LOCKED, problem=describe_error(exchange))
    if 400 <= exchange.status < 500 and exchange.status != 408:
        return Answer(outcome=Outcome.REFUSED, problem=describe_error(exchange))
    if 300 <= exchange.status < 400 and exchange.headers.get("location"):
        told = f"HTTP {exchange.status}, a redirect to {one_line(exchange.headers['location'], 120)}"
        problem = f"{told}: none is followed, so that no key goes to another host"
        return Answer(outcome=Outcome.BROKEN, problem=problem)
    if exchange.status >= 300:
        return Answer(outcome=Outcome.BROKEN, problem=describe_error(exchange))
    if exchange.status < 200:
        problem = f"HTTP {exchange.status}, which ends no exchange, where an answer is due"
        return Answer(outcome=Outcome.BROKEN, problem=problem)
    return _read_success(exchange)


LAST_SIGNS = 10.0
"""Seconds: a stream that still sent deltas so shortly before the suite's own time limit was well and running."""


def _read_unfinished(exchange: Exchange) -> Answer:
    """An answer that was cut. A long stream that the suite's own time limit cut is answered as far as it came."""
    timed_out = (exchange.failure or "").startswith("timeout")
    came = f" ({len(exchange.body):,} bytes had come)" if timed_out else ""
    reading = read_stream(exchange.body, cut=True) if timed_out and exchange.is_event_stream else None
    if reading is not None and reading.finished:
        came = " (a whole stream had come, up to message_stop, and the connection was not closed)"
    broken = Answer(outcome=Outcome.BROKEN, problem=f"HTTP {exchange.status}, then {exchange.failure}{came}")
    cut_by_us = timed_out and 200 <= (exchange.status or 0) < 300
    if not cut_by_us or reading is None or not exchange.chunks:
        return broken
    signs = [seconds for seconds, data in exchange.chunks if b"content_block_delta" in data]
    alive = bool(signs) and exchange.seconds - signs[-1] < LAST_SIGNS and reading.error is None
    if alive and reading.message is not None and reading.message["content"] and reading.violation is None:
        return Answer(outcome=Outcome.ANSWERED, message=reading.message, stream=reading)
    return broken


TOLD_TO_WAIT = {"overloaded_error": "HTTP 529", "rate_limit_error": "HTTP 429"}
"""Error events in a stream that ask the client to come back later, and the status they would have been before it."""


def _read_success(exchange: Exchange) -> Answer:
    if exchange.is_event_stream:
        reading = read_stream(exchange.body)
        if reading.error is not None:
            said = _said(reading.error)
            later = TOLD_TO_WAIT.get(str(reading.error.get("type")))
            if later is not None:
                return Answer(outcome=Outcome.WAITING, problem=f"{later} inside the stream: {said}", stream=reading)
            problem = f"HTTP {exchange.status} stream that ends in an error event: {said}"
            return Answer(outcome=Outcome.BROKEN, problem=problem, stream=reading)
        if reading.message is None:
            problem = f"a stream without a message ({reading.violation})"
            return Answer(outcome=Outcome.BROKEN, problem=problem, stream=reading)
        return Answer(outcome=Outcome.ANSWERED, message=reading.message, stream=reading)
    body = exchange.json
    if exchange.is_html:
        return Answer(outcome=Outcome.BROKEN, problem=f"HTTP {exchange.status} with an HTML page")
    if not isinstance(body, dict):
        return Answer(outcome=Outcome.BROKEN, problem=f"HTTP {exchange.status} with {not_an_object(exchange)}")
    if "error" in body and "content" not in body:
        return Answer(
            outcome=Outcome.BROKEN,
            problem=f"HTTP {exchange.status} that is an error: {_said(body['error'])}",
        )
    if not isinstance(body.get("content"), list):
        if "choices" in body:
            return Answer(outcome=Outcome.BROKEN, problem="an OpenAI-shaped answer (choices)")
        said_instead = one_line(exchange.body.decode("utf-8", "replace"), 120)
        return Answer(
            outcome=Outcome.BROKEN,
            problem=f"HTTP {exchange.status} with JSON that is no Message (no content array): {said_instead}",
        )
    return Answer(outcome=Outcome.ANSWERED, message=body)


OWN_ID = re.compile(r"\b(?=\w*\d)[\w-]{6,}\b|\d+")
"""What differs from one failure to the next in the same words: ids, numbers."""


def same_words(first: Answer, second: Answer) -> bool:
    """Do two failures say the same, but for ids and numbers of their own? Other words have another cause."""
    one, other = (OWN_ID.sub("0", each.problem) for each in (first, second))
    return one == other or difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() > SAME


SAME = 0.85
"""A share of two texts that is alike: beyond it they say the same."""


def describe_error(exchange: Exchange) -> str:
    """`HTTP 400: the server's words`, in one line of at most 300 characters."""
    body = exchange.json
    words = ""
    if isinstance(body, dict):
        words = _said(body.get("error", body))
    elif exchange.is_html:
        words = "an HTML page"
    elif not exchange.body and exchange.failure:
        words = exchange.failure
    elif exchange.body:
        words = exchange.body.decode("utf-8", "replace")
    return one_line(f"HTTP {exchange.status}: {words}" if words else f"HTTP {exchange.status}")


def error_message(exchange: Exchange) -> str:
    """The words of an error body alone, wherever the endpoint put them; empty when there are none."""
    body = exchange.json
    return _said(body.get("error", body)) if isinstance(body, dict) else ""


def error_type(exchange: Exchange) -> str | None:
    """error.type of the official envelope; None where the body has another shape, or an empty one."""
    body = exchange.json
    error = body.get("error") if isinstance(body, dict) else None
    kind = error.get("type") if isinstance(error, dict) else None
    return kind if isinstance(kind, str) and kind else None


def _said(error: object) -> str:
    if isinstance(error, Mapping):
        for key in ("message", "detail", "error", "msg"):
            if isinstance(error.get(key), str) and error[key]:
                return str(error[key])
    return error if isinstance(error, str) else str(error)


def blocks(message: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The content blocks of one type, in order."""
    content = message.get("content")
    found = content if isinstance(content, list) else []
    return [block for block in found if isinstance(block, dict) and block.get("type") == kind]


def raw_text_of(message: Mapping[str, Any]) -> str:
    """All text blocks, joined, with whatever the endpoint left in them."""
    return "".join(str(block.get("text") or "") for block in blocks(message, "text"))


THOUGHT_IN_TEXT = re.compile(
    r"\A\s*(?:<(think|thinking|thought|seed:think|mm:think|reasoning)>.*?(?:</\1>\s*|\Z)|"
    r"(?:(?!<think>).)*?</think>\s*)",
    re.DOTALL | re.IGNORECASE,
)
"""Thinking that an endpoint leaves at the head of the text; a template may have written the opening tag itself."""


def text_of(message: Mapping[str, Any]) -> str:
    """What the model says: all text blocks, joined, without thinking that the endpoint left at their head. That it
    stands there is the finding of response.text_clean alone."""
    return THOUGHT_IN_TEXT.sub("", raw_text_of(message), count=1)


def said_anywhere(message: Mapping[str, Any]) -> str:
    """Everything that the model wrote: text, thinking and tool inputs (a shown effect may stand in any)."""
    thought = "".join(str(block.get("thinking") or "") for block in blocks(message, "thinking"))
    called = "".join(str(block.get("input")) for block in blocks(message, "tool_use"))
    return "\n".join((raw_text_of(message), thought, called))


def calls(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The client tool calls of an answer."""
    return blocks(message, "tool_use")


MOST_TOKENS = 2**53
"""A count beyond what JSON numbers hold exactly is no count."""


def usage_number(message: Mapping[str, Any], key: str) -> int | None:
    """A count in usage; None where it is missing or no count."""
    usage = message.get("usage")
    value = usage.get(key) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST_TOKENS else None


def prompt_total(message: Mapping[str, Any]) -> int | None:
    """input + cache read + cache creation: the whole prompt, however much of it was cached."""
    total = usage_number(message, "input_tokens")
    if total is None:
        return None
    cached = ("cache_read_input_tokens", "cache_creation_input_tokens")
    return total + sum(usage_number(message, key) or 0 for key in cached)


def tokens_of(exchange: Exchange) -> tuple[int, int]:
    """Input and output tokens as usage counts them; 0 where it counts none."""
    message = read_answer(exchange).message
    if message is None:
        return 0, 0
    return prompt_total(message) or 0, usage_number(message, "output_tokens") or 0


class LimitedMessage(dict[str, Any]):
    """A Message with the max_tokens that it was asked under; `limit` is None where the request names none."""

    limit: int | None = None


def hits_its_limit(message: Mapping[str, Any]) -> bool:
    """Did the answer end because of max_tokens? A gateway may tell a cut as end_turn, so the count is looked at as
    well."""
    limit = message.limit if isinstance(message, LimitedMessage) else None
    spent = usage_number(message, "output_tokens")
    return message.get("stop_reason") == "max_tokens" or (None not in (limit, spent) and (spent or 0) >= (limit or 0))


def cut_before_a_call(message: Mapping[str, Any]) -> bool:
    """Did the answer reach its limit before it called a tool? Whether it would have called one is then not known: an
    engine that forces calls by a grammar may let the model talk first."""
    return hits_its_limit(message) and not calls(message)


def says_nothing(exchange: Exchange) -> bool:
    """Is an answer to a user's words without any content, although nothing cut it?"""
    message = read_answer(exchange).message
    asked = exchange.request.json
    turns = asked.get("messages") if isinstance(asked, dict) else None
    last = turns[-1] if isinstance(turns, list) and turns else None
    # After a tool result, or an assistant turn of its own, a model may have nothing to add.
    spoken = isinstance(last, dict) and last.get("role") == "user" and '"tool_result"' not in json.dumps(last)
    ended = message is not None and message.get("stop_reason") in ("end_turn", "pause_turn")
    return spoken and message is not None and ended and not message.get("content")
