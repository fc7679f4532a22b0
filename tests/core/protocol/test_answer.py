"""What an exchange amounts to, kind by kind, and what is read off an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.protocol.answer import (
    Outcome,
    blocks,
    calls,
    describe_error,
    error_message,
    error_type,
    prompt_total,
    read_answer,
    said_anywhere,
    text_of,
    usage_number,
)
from conformance.protocol.exchange import Exchange, one_line
from tests.core.made_up import block, delta, end, exchange, frame, message, refusal, start, streamed, text_stream

HTML = {"content-type": "text/html; charset=utf-8"}
NO_TYPE: dict[str, str] = {}


def test_a_message_is_answered() -> None:
    answer = read_answer(exchange(message("Hi")))
    assert (answer.outcome, answer.problem, answer.stream) == (Outcome.ANSWERED, "", None)
    assert answer.answered
    assert answer.message == message("Hi")


def test_a_whole_stream_is_answered_with_the_message_that_it_adds_up_to() -> None:
    answer = read_answer(streamed(text_stream("Hi ", "there")))
    assert answer.answered
    assert answer.message is not None
    assert text_of(answer.message) == "Hi there"
    assert answer.stream is not None
    assert answer.stream.violation is None


def test_a_stream_under_a_wrong_content_type_is_read_as_a_stream() -> None:
    for body in (text_stream("Hi"), b"\xef\xbb\xbf\r\n" + text_stream("Hi"), b'data: {"type": "ping"}\n\n' + start()):
        answer = read_answer(exchange(body))
        assert answer.answered
        assert answer.stream is not None


def test_a_message_under_a_wrong_content_type_is_answered() -> None:
    assert read_answer(exchange(message(), headers=NO_TYPE)).answered
    assert read_answer(exchange(message(), headers={"content-type": "text/plain"})).answered


def test_a_stream_without_its_end_is_answered_and_its_violation_kept() -> None:
    answer = read_answer(streamed(start() + end()))
    assert answer.answered
    assert answer.stream is not None
    assert answer.stream.violation == "the stream ends without message_stop"


KINDS: list[tuple[str, Exchange, Outcome, str]] = [
    ("no connection", exchange(status=None, failure="connect: refused"), Outcome.UNREACHABLE, "connect: refused"),
    ("no answer", exchange(status=None, failure="timeout: not done"), Outcome.BROKEN, "timeout: not done"),
    ("hung up", exchange(status=None, failure="cut: RemoteProtocolError"), Outcome.BROKEN, "cut: RemoteProtocolError"),
    ("nothing at all", exchange(status=None), Outcome.UNREACHABLE, "no answer"),
    ("cut", exchange(message(), failure="cut: gone"), Outcome.BROKEN, "HTTP 200, then cut: gone"),
    ("a refusal that is cut", exchange(b"x", 400, failure="cut: gone"), Outcome.BROKEN, "HTTP 400, then cut: gone"),
    ("429", refusal("slow down", 429), Outcome.WAITING, "HTTP 429: slow down"),
    ("503", refusal("busy", 503), Outcome.WAITING, "HTTP 503: busy"),
    ("529", refusal("overloaded", 529), Outcome.WAITING, "HTTP 529: overloaded"),
    ("401", refusal("no such key", 401), Outcome.LOCKED, "HTTP 401: no such key"),
    ("400", refusal("bad", 400), Outcome.REFUSED, "HTTP 400: bad"),
    ("403", refusal("not you", 403), Outcome.REFUSED, "HTTP 403: not you"),
    ("404", refusal("not here", 404), Outcome.REFUSED, "HTTP 404: not here"),
    ("407", refusal("a proxy", 407), Outcome.REFUSED, "HTTP 407: a proxy"),
    ("408", refusal("too slow", 408), Outcome.BROKEN, "HTTP 408: too slow"),
    ("409", refusal("conflict", 409), Outcome.REFUSED, "HTTP 409: conflict"),
    ("499", refusal("closed", 499), Outcome.REFUSED, "HTTP 499: closed"),
    ("301", exchange(b"", 301), Outcome.BROKEN, "HTTP 301"),
    ("500", refusal("oops", 500), Outcome.BROKEN, "HTTP 500: oops"),
    ("502 as HTML", exchange(b"<html>nginx", 502, headers=HTML), Outcome.BROKEN, "HTTP 502: an HTML page"),
    ("404 as HTML", exchange(b"<html>nginx", 404, headers=HTML), Outcome.REFUSED, "HTTP 404: an HTML page"),
    ("400 as text", exchange(b"Bad Request", 400, headers=NO_TYPE), Outcome.REFUSED, "HTTP 400: Bad Request"),
    ("400, empty", exchange(b"", 400), Outcome.REFUSED, "HTTP 400"),
    ("200 as HTML", exchange(b"hello", headers=HTML), Outcome.BROKEN, "HTTP 200 with an HTML page"),
    ("a login page", exchange(b"\n <!DOCTYPE HTML><p>"), Outcome.BROKEN, "HTTP 200 with an HTML page"),
    ("200, empty", exchange(b""), Outcome.BROKEN, "HTTP 200 with an empty body"),
    ("204", exchange(b"", 204), Outcome.BROKEN, "HTTP 204 with an empty body"),
    (
        "200, text",
        exchange(b"hello"),
        Outcome.BROKEN,
        "HTTP 200 with a body that is not JSON: Expecting value at character 0",
    ),
    ("200, a list", exchange([message()]), Outcome.BROKEN, "HTTP 200 with a body that is not a JSON object"),
    (
        "200, half",
        exchange(b'{"content": ['),
        Outcome.BROKEN,
        "HTTP 200 with a body that is not JSON: it ends in the middle, after 13 characters",
    ),
    (
        "200 that is an error",
        exchange({"error": {"message": "quota"}}),
        Outcome.BROKEN,
        "HTTP 200 that is an error: quota",
    ),
    ("200, error text", exchange({"error": "quota"}), Outcome.BROKEN, "HTTP 200 that is an error: quota"),
    ("OpenAI's shape", exchange({"choices": []}), Outcome.BROKEN, "an OpenAI-shaped answer (choices)"),
    (
        "no content",
        exchange({"code": 1113, "msg": "Insufficient balance"}),
        Outcome.BROKEN,
        'HTTP 200 with JSON that is no Message (no content array): {"code": 1113, "msg": "Insufficient balance"}',
    ),
    (
        "content that is text",
        exchange({"content": "Hi"}),
        Outcome.BROKEN,
        'HTTP 200 with JSON that is no Message (no content array): {"content": "Hi"}',
    ),
    (
        "a stream of an error",
        streamed(start() + frame("error", error={"message": "overloaded"})),
        Outcome.BROKEN,
        "HTTP 200 stream that ends in an error event: overloaded",
    ),
    (
        "a stream of an error of its own",
        streamed(start() + frame("error", error={"type": "api_error", "message": "oops"})),
        Outcome.BROKEN,
        "HTTP 200 stream that ends in an error event: oops",
    ),
    (
        "a stream of an error whose type is a list",
        streamed(start() + frame("error", error={"type": ["overloaded_error"], "message": "oops"})),
        Outcome.BROKEN,
        "HTTP 200 stream that ends in an error event: oops",
    ),
    (
        "a stream that is overloaded",
        streamed(start() + block(0) + frame("error", error={"type": "overloaded_error", "message": "busy"})),
        Outcome.WAITING,
        "HTTP 529 inside the stream: busy",
    ),
    (
        "a stream that meets a rate limit",
        streamed(frame("error", error={"type": "rate_limit_error", "message": "slow down"})),
        Outcome.WAITING,
        "HTTP 429 inside the stream: slow down",
    ),
    (
        "a stream without a message",
        streamed(frame("ping")),
        Outcome.BROKEN,
        "a stream without a message (the stream ends without message_stop)",
    ),
    (
        "an empty stream",
        streamed(b""),
        Outcome.BROKEN,
        "a stream without a message (the stream ends without message_stop)",
    ),
    (
        "JSON called a stream",
        streamed(b'{"type": "message"}'),
        Outcome.BROKEN,
        "a stream without a message (the stream ends without message_stop)",
    ),
]


@pytest.mark.parametrize(("given", "outcome", "problem"), [pytest.param(*rest, id=name) for name, *rest in KINDS])
def test_what_is_no_message_has_an_outcome_and_a_problem(given: Exchange, outcome: Outcome, problem: str) -> None:
    answer = read_answer(given)
    assert (answer.outcome, answer.problem, answer.message) == (outcome, problem, None)
    assert not answer.answered


TIMEOUT = "timeout: not done in 60 s"
RUNNING = [start(), block(0), delta(0, text="Hi "), delta(0, text="there")]


def unfinished(*frames: bytes, failure: str = TIMEOUT, seconds: float = 60.0, last: float = 59.5) -> Exchange:
    """A stream that did not come to its end: the time limit, and when its last piece came."""
    body = b"".join(frames)
    return replace(streamed(body), chunks=((0.1, body[:5]), (last, body[5:])), failure=failure, seconds=seconds)


def test_a_long_stream_that_the_suite_itself_cut_is_answered_as_far_as_it_came() -> None:
    answer = read_answer(unfinished(*RUNNING))
    assert (answer.outcome, answer.problem) == (Outcome.ANSWERED, "")
    assert answer.message is not None
    assert text_of(answer.message) == "Hi there"
    assert answer.message.get("stop_reason") is None
    assert answer.stream is not None
    assert (answer.stream.violation, answer.stream.finished) == (None, False)


def test_a_frame_that_the_suite_itself_cut_is_no_fault_of_the_stream() -> None:
    answer = read_answer(unfinished(*RUNNING, b'event: content_block_delta\ndata: {"type": "conte'))
    assert answer.message is not None
    assert text_of(answer.message) == "Hi there"


@pytest.mark.parametrize(("last", "outcome"), [(50.0, Outcome.BROKEN), (50.5, Outcome.ANSWERED), (5, Outcome.BROKEN)])
def test_a_stream_that_fell_silent_long_before_the_time_limit_is_broken(last: float, outcome: Outcome) -> None:
    assert read_answer(unfinished(*RUNNING, last=last)).outcome is outcome


UNFINISHED = [
    pytest.param(unfinished(*RUNNING, failure="cut: ReadError: gone"), id="cut by the endpoint"),
    pytest.param(unfinished(*RUNNING, failure="too large: more than 9 bytes"), id="too large"),
    pytest.param(unfinished(start()), id="no block yet"),
    pytest.param(unfinished(frame("ping")), id="no message yet"),
    pytest.param(unfinished(*RUNNING, start()), id="a broken rule before the cut"),
    pytest.param(replace(exchange(message()), failure=TIMEOUT), id="a whole body of JSON"),
    pytest.param(replace(streamed(b""), failure=TIMEOUT), id="nothing but headers"),
]


@pytest.mark.parametrize("given", UNFINISHED)
def test_any_other_answer_without_its_end_is_broken(given: Exchange) -> None:
    answer = read_answer(given)
    assert (answer.outcome, answer.message) == (Outcome.BROKEN, None)
    came = f" ({len(given.body)} bytes had come)"
    timed_out = (given.failure or "").startswith("timeout")
    assert answer.problem == f"HTTP 200, then {given.failure}{came if timed_out else ''}"


def test_a_message_that_carries_an_error_of_null_is_answered() -> None:
    assert read_answer(exchange({**message(), "error": None})).answered


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"type": "error", "error": {"type": "x", "message": "official"}}, "official"),
        ({"error": {"message": "", "detail": "detailed"}}, "detailed"),
        ({"error": {"code": 5, "msg": "short"}}, "short"),
        ({"error": "just words"}, "just words"),
        ({"detail": "framework"}, "framework"),
        ({"message": "bare"}, "bare"),
        ({"error": {"code": 5}}, "{'code': 5}"),
        ({"code": 5}, "{'code': 5}"),
        (["x"], ""),
        ("x", ""),
    ],
)
def test_the_words_of_an_error_are_found_wherever_they_stand(body: Any, words: str) -> None:
    assert error_message(exchange(body, 400)) == words
    if words:
        assert describe_error(exchange(body, 400)) == f"HTTP 400: {words}"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"type": "not_found_error"}}, "not_found_error"),
        ({"error": {"type": 5}}, None),
        ({"error": "x"}, None),
        ({}, None),
        ([], None),
    ],
)
def test_the_type_of_an_error_is_that_of_the_official_envelope(body: Any, kind: str | None) -> None:
    assert error_type(exchange(body, 400)) == kind


def test_a_long_error_is_cut() -> None:
    said = describe_error(refusal("x" * 1000))
    assert len(said) == 300
    assert said.endswith("x…")
    exact = "x" * (300 - len("HTTP 400: "))
    assert describe_error(refusal(exact)) == f"HTTP 400: {exact}"


@pytest.mark.parametrize(
    "hostile",
    [
        *("a\nb", "a\r\nb", "a\tb", "a\x00b", "a\x1bb", "a\x07\x08b", "a\x7fb", "a\x85b", "a\x9bb", "a\u2028b"),
        *("a\u2029b", "a\u202ab", "a\u202bb", "a\u202cb", "a\u202db", "a\u202eb", "a\u2066b", "a\u2067b", "a\u2068b"),
        *("a\u2069b", "a\u061cb", "a\u200eb", "a\u200fb", "a\ud83db", " a \n\x1b\u202e b "),
    ],
)
def test_control_characters_and_marks_of_direction_become_one_space(hostile: str) -> None:
    assert one_line(hostile) == "a b"


def test_a_line_keeps_every_script_and_emoji() -> None:
    line = "不支持 top_k — ошибка \N{WAVING HAND SIGN}"
    assert one_line(line) == line
    assert one_line("abcdef", limit=4) == "abc…"
    assert one_line("abcd", limit=4) == "abcd"


WHOLE = message(
    content=[
        {"type": "thinking", "thinking": "hm "},
        {"type": "text", "text": "one "},
        {"type": "tool_use", "name": "f", "input": {"code": "QX-7731"}},
        "stray",
        {"type": "text", "text": None},
        {"type": "text", "text": "two"},
    ]
)


def test_the_parts_of_an_answer_are_found_in_order() -> None:
    assert text_of(WHOLE) == "one two"
    assert [block["text"] for block in blocks(WHOLE, "text")] == ["one ", None, "two"]
    assert [call["name"] for call in calls(WHOLE)] == ["f"]
    said = said_anywhere(WHOLE)
    assert all(words in said for words in ("one two", "hm", "QX-7731"))


@pytest.mark.parametrize("content", [None, "text", 5, {}])
def test_an_answer_without_a_content_list_has_no_parts(content: Any) -> None:
    assert text_of({"content": content}) == ""
    assert calls({"content": content}) == []


@pytest.mark.parametrize(
    ("usage", "count"),
    [
        ({"input_tokens": 5}, 5),
        ({"input_tokens": 0}, 0),
        ({"input_tokens": 2**53}, 2**53),
        ({"input_tokens": 2**53 + 1}, None),
        ({"input_tokens": -(2**53)}, -(2**53)),
        ({"input_tokens": -(2**53) - 1}, None),
        ({"input_tokens": 10**400}, None),
        ({"input_tokens": True}, None),
        ({"input_tokens": 5.0}, None),
        ({"input_tokens": "5"}, None),
        ({}, None),
        (None, None),
        ([], None),
    ],
)
def test_only_a_whole_number_that_json_holds_exactly_is_a_count(usage: Any, count: int | None) -> None:
    assert usage_number({"usage": usage}, "input_tokens") == count
    assert prompt_total({"usage": usage}) == count


def test_the_prompt_is_what_was_read_and_what_was_cached() -> None:
    usage = {"input_tokens": 5, "cache_read_input_tokens": 70, "cache_creation_input_tokens": 300, "output_tokens": 9}
    assert prompt_total({"usage": usage}) == 375
    assert prompt_total({"usage": {**usage, "cache_read_input_tokens": None}}) == 305
    assert prompt_total({"usage": {**usage, "cache_read_input_tokens": 2**53 + 1}}) == 305
    assert prompt_total({"usage": {"cache_read_input_tokens": 70}}) is None


def test_leftovers_of_another_protocol_beside_a_whole_message_hide_nothing() -> None:
    answer = read_answer(exchange({**message(), "choices": []}))
    assert answer.answered
    assert answer.message is not None
    assert answer.message["content"] == message()["content"]
