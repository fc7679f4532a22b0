"""Other endpoints than Messages: their answers read, a path that is not there, and refusals that are due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from conformance.probing.endpoints import (
    ask_route,
    bodiless,
    failed_route,
    must_refuse_route,
    posted,
    read_any,
    read_reply,
)
from conformance.probing.run import Conversation
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import Outcome
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from tests.core.made_up import (
    JSON_HEADERS,
    RUN,
    block,
    delta,
    drive,
    exchange,
    message,
    refusal,
    start,
    streamed,
    text_stream,
)

OK = exchange(message())
PAGE = exchange(b"<!doctype html><title>Console</title>", headers={"content-type": "text/html"})


def no_tide(body: Mapping[str, Any]) -> str:
    return "" if "tide" in body else "JSON that is no tide"


@pytest.mark.parametrize(
    ("answer", "outcome", "problem"),
    [
        (exchange({"tide": 3}), Outcome.ANSWERED, ""),
        (exchange({"tide": 3, "error": None}, 201), Outcome.ANSWERED, ""),
        (exchange({"ebb": 3}), Outcome.BROKEN, "HTTP 200 with JSON that is no tide"),
        (exchange([]), Outcome.BROKEN, "HTTP 200 with a body that is not a JSON object"),
        (exchange(b""), Outcome.BROKEN, "HTTP 200 with an empty body"),
        (PAGE, Outcome.BROKEN, "HTTP 200 with an HTML page"),
        (exchange({"error": {"message": "gone"}}), Outcome.BROKEN, "HTTP 200 that is an error: gone"),
        (exchange({"error": "gone", "tide": 3}), Outcome.BROKEN, "HTTP 200 that is an error: gone"),
        (exchange({"tide": 3}, failure="cut: closed"), Outcome.BROKEN, "HTTP 200, then cut: closed"),
        (refusal("no", 404), Outcome.REFUSED, "HTTP 404: no"),
        (refusal("no", 401), Outcome.LOCKED, "HTTP 401: no"),
        (refusal("no", 429), Outcome.WAITING, "HTTP 429: no"),
        (
            replace(streamed(b"".join([start(), block(0), delta(0, text="x")])), failure="timeout: not done in 9 s"),
            Outcome.BROKEN,
            "HTTP 200 with an event stream where one JSON object is due",
        ),
        (exchange({"tide": 3}, 100), Outcome.BROKEN, "HTTP 100, which ends no exchange, where an answer is due"),
        (exchange(b"", 307), Outcome.BROKEN, "HTTP 307"),
        (
            exchange(b"", 307, headers={"location": "https://other.example/v1"}),
            Outcome.BROKEN,
            "HTTP 307, a redirect to https://other.example/v1: none is followed, so that no key goes to another host",
        ),
        (exchange(status=None, failure="connect: refused"), Outcome.UNREACHABLE, "connect: refused"),
        # A Message is nothing that another endpoint could answer.
        (streamed(text_stream("OK")), Outcome.BROKEN, "HTTP 200 with an event stream where one JSON object is due"),
    ],
)
def test_a_reply_is_sorted_by_what_it_should_be(answer: Exchange, outcome: Outcome, problem: str) -> None:
    read = read_reply(answer, no_tide)
    assert (read.outcome, read.problem) == (outcome, problem)


@pytest.mark.parametrize(
    ("path", "body", "outcome"),
    [
        pytest.param("/v1/messages", {"input_tokens": 3}, Outcome.BROKEN, id="no Message where one is due"),
        pytest.param("/v1/messages?beta=true", {"input_tokens": 3}, Outcome.BROKEN, id="with a query as well"),
        pytest.param("/v1/messages/count_tokens", {"input_tokens": 3}, Outcome.ANSWERED, id="a count"),
        pytest.param("/v1/files/file_1/content", b"%PDF-1.7", Outcome.ANSWERED, id="a file's bytes"),
        pytest.param("/v1/files", {"error": {"message": "no"}}, Outcome.BROKEN, id="a 200 that is an error"),
    ],
)
def test_evidence_of_another_endpoint_is_no_broken_message(path: str, body: object, outcome: Outcome) -> None:
    answer = exchange(body)
    met = read_any(replace(answer, request=replace(answer.request, path=path)))
    assert met.outcome is outcome


def test_a_request_without_a_body_names_no_content_type() -> None:
    asked = bodiless(RUN, "/v1/tides", "DELETE")
    assert (asked.method, asked.path, asked.body) == ("DELETE", "/v1/tides", b"")
    assert "content-type" not in asked.headers
    assert "x-api-key" in asked.headers


def route(run: Any) -> Conversation[Verdict]:
    pair = yield from ask_route(run, bodiless(run, "/v1/tides?limit=1"), no_tide, role="tides")
    return (yield from failed_route(run, pair))


@pytest.mark.parametrize(
    ("tides", "stranger", "status", "note"),
    [
        (
            refusal("Not Found", 404),
            refusal("Not Found", 404),
            "rejected",
            "is met like one that does not exist: HTTP 404: Not Found",
        ),
        (
            refusal("no route for POST /v1/tides", 400),
            refusal("no route for POST /v1/zz_path_q2w3", 400),
            "rejected",
            "the path is met like one that does not exist: HTTP 400",
        ),
        (refusal("no tides here", 404), refusal("Not Found", 404), "rejected", "HTTP 404: no tides here"),
        (refusal("Not Found", 404), exchange(b"", 500), "rejected", "HTTP 404: Not Found"),
        (PAGE, PAGE, "broken", "a path that does not exist is answered the same: HTTP 200 with an HTML page"),
        (PAGE, refusal("Not Found", 404), "broken", "HTTP 200 with an HTML page"),
        (exchange(b"", 500), exchange(b"", 500), "broken", "HTTP 500"),
    ],
)
def test_a_path_that_is_not_there_is_told_from_one_that_refuses(
    tides: Exchange, stranger: Exchange, status: str, note: str
) -> None:
    def reply(role: str, asked: Request) -> Exchange:
        if role == "a path that does not exist":
            assert (asked.method, asked.path.startswith("/v1/zz_path")) == ("GET", True)
            return stranger
        return replace(tides, request=asked) if role == "tides" else OK

    verdict, roles = drive(route(RUN), reply)
    assert (verdict.status.value, verdict.note.endswith(note) or note in verdict.note) == (status, True)
    assert roles.count("tides") == 2


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_let_in_on_one_route_tells_nothing_of_the_route(status: int) -> None:
    closed = refusal("Use Authorization: Bearer", status, "authentication_error")
    verdict, roles = drive(route(RUN), lambda role, _: closed if role == "tides" else OK)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.KEY_REFUSED)
    told = f"the key that is good for messages is not let in: HTTP {status}: Use Authorization: Bearer"
    assert verdict.note == told
    assert roles.count("tides") == 2


def test_a_route_that_cannot_be_told_asks_for_no_strange_path() -> None:
    verdict, roles = drive(route(RUN), lambda role, _: refusal("slow down", 429) if role == "tides" else OK)
    assert verdict.status is Status.UNTESTED
    assert "a path that does not exist" not in roles


def refused(first: Exchange, second: Exchange | None = None, control: Exchange = OK) -> Verdict:
    bad = {"no tide": posted(RUN, "/v1/tides", {})}
    met = [first, second or first]

    def reply(role: str, asked: Request) -> Exchange:
        return met[asked.attempt] if role == "no tide" else control

    steps = must_refuse_route(RUN, bad, no_tide, status=404, kind="not_found_error")
    return drive(steps, reply)[0]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (refusal("no", 404, "not_found_error"), None, "supported"),
        (exchange(b"", 404, headers=JSON_HEADERS), None, "partial"),
        (refusal("no", 404, "api_error"), None, "partial"),
        (refusal("no", 400, "not_found_error"), None, "partial"),
        (exchange({"tide": 3}), None, "ignored"),
        (exchange({"ebb": 3}), None, "broken"),
        (exchange(b"", 500), None, "broken"),
        (exchange(b"", 500), refusal("no", 404, "not_found_error"), "untested"),
        (refusal("no", 429), None, "untested"),
    ],
)
def test_a_refusal_that_is_due(first: Exchange, second: Exchange | None, status: str) -> None:
    assert refused(first, second).status.value == status


def test_a_refusal_says_nothing_where_no_message_is_answered() -> None:
    assert refused(refusal("no", 404, "not_found_error"), control=refusal("no", 401)).status is Status.UNTESTED
