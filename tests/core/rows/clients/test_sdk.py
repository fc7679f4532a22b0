"""The official SDK over recorded data: what it would send, and how it survives what came back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import anthropic
import pytest

from conformance.probing.run import Dialect, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import KEY, Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.clients import sdk_client
from conformance.rows.clients.sdk import create, failed, missing_in
from tests.core.made_up import RUN, drive, exchange, message, refusal, streamed, text_stream

BEARER = replace(RUN, auth="bearer")
USAGE = SimpleNamespace(input_tokens=1, output_tokens=2)


def hello(client: anthropic.Anthropic) -> Any:
    return client.messages.create(model="m-1", max_tokens=9, messages=[{"role": "user", "content": "Hi"}])


def converse(
    given: Exchange, run: Run = RUN, use: Callable[[anthropic.Anthropic], Any] = hello
) -> tuple[Any, Exception | None, list[Request]]:
    asked: list[Request] = []

    def reply(role: str, request: Request) -> Exchange:
        asked.append(request)
        return given

    (result, error, exchanges), _ = drive(sdk_client.converse(run, use), reply)
    assert exchanges == [given] * len(asked)
    return result, error, asked


def problem(given: Exchange, run: Run = RUN) -> str:
    (found, answer), _ = drive(create(run, {}, attempt=0), lambda role, request: given)
    assert answer == read_answer(given)
    return found


def test_what_the_sdk_would_send_is_captured() -> None:
    _, error, (asked,) = converse(exchange(message()))
    assert error is None
    assert (asked.method, asked.path) == ("POST", "/v1/messages")
    assert json.loads(asked.body) == {
        "model": "m-1",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    assert asked.headers["anthropic-version"]
    assert asked.headers["content-type"] == "application/json"
    assert not {"host", "content-length", "connection", "accept-encoding"} & {name.lower() for name in asked.headers}


@pytest.mark.parametrize(
    ("run", "header", "value"), [(RUN, "x-api-key", KEY), (BEARER, "authorization", f"Bearer {KEY}")]
)
def test_the_key_is_a_placeholder_in_the_one_header_of_the_run(
    run: Run, header: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, "sk-of-the-environment")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://elsewhere.invalid")
    _, _, (asked,) = converse(exchange(message()), run)
    carried = {name: text for name, text in asked.headers.items() if KEY in text or "sk-" in text}
    assert carried == {header: value}
    assert not {"x-api-key", "authorization"} - {header} & set(asked.headers)
    assert b"sk-of-the-environment" not in asked.body


def test_the_same_question_is_captured_every_time() -> None:
    first, second = (converse(exchange(message()))[2][0].identity for _ in range(2))
    assert first == second


def test_a_message_is_what_the_sdk_gives() -> None:
    result, error, _ = converse(exchange(message("Hello there")))
    assert error is None
    assert isinstance(result, anthropic.types.Message)
    assert missing_in(result) == ""


def test_a_conversation_of_two_requests_is_played_in_order() -> None:
    def twice(client: anthropic.Anthropic) -> list[str]:
        said = []
        for text in ("one", "two"):
            found = client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": text}])
            said.append("".join(block.text for block in found.content if block.type == "text"))
        return said

    def reply(role: str, asked: Request) -> Exchange:
        return exchange(message(f"to {json.loads(asked.body)['messages'][0]['content']}"))

    (result, error, exchanges), roles = drive(sdk_client.converse(RUN, twice), reply)
    assert (result, error, len(exchanges)) == (["to one", "to two"], None, 2)
    assert roles == ["the SDK's request 1", "the SDK's request 2"]


def test_a_stream_is_read_through_the_sdk() -> None:
    def stream(client: anthropic.Anthropic) -> str:
        asked: Any = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        with client.messages.stream(**asked) as events:
            return "".join(events.text_stream)

    result, error, (asked,) = converse(streamed(text_stream("Hel", "lo")), use=stream)
    assert (result, error) == ("Hello", None)
    assert json.loads(asked.body)["stream"] is True


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (refusal("bad", 400), anthropic.BadRequestError),
        (refusal("key", 401), anthropic.AuthenticationError),
        (refusal("slow", 429), anthropic.RateLimitError),
        (refusal("oops", 500), anthropic.InternalServerError),
        (exchange(status=None, failure="connect: refused"), anthropic.APIConnectionError),
    ],
)
def test_what_the_sdk_raises_is_the_finding_and_nothing_is_asked_again(given: Exchange, kind: type[Exception]) -> None:
    result, error, asked = converse(given)
    assert result is None
    assert isinstance(error, kind)
    assert len(asked) == 1


def test_an_error_of_the_using_code_is_the_finding() -> None:
    def stumble(client: anthropic.Anthropic) -> Any:
        return hello(client).content[5]

    assert isinstance(converse(exchange(message()), use=stumble)[1], IndexError)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        pytest.param(exchange(message()), "", id="a Message"),
        pytest.param(exchange(message(content=[])), "", id="a Message without content"),
        pytest.param(refusal("bad"), "the SDK raises BadRequestError: HTTP 400: bad", id="a refusal"),
        pytest.param(
            exchange({"type": "error", "error": {"type": "x", "message": "quota"}}),
            "reading the SDK's Message fails: ",
            id="a 200 that is an error",
        ),
        pytest.param(
            exchange(b"<html>hi</html>", headers={"content-type": "text/html"}),
            "the SDK returns a str instead of a Message",
            id="HTML",
        ),
        pytest.param(streamed(text_stream("Hi")), "the SDK returns a str instead of a Message", id="a stream unasked"),
        pytest.param(exchange(message(usage=None)), "reading the SDK's Message fails: ", id="no usage"),
        pytest.param(
            exchange(message(usage={"input_tokens": 1})), "reading the SDK's Message fails: ", id="half a usage"
        ),
        pytest.param(
            exchange(message(usage={"input_tokens": "1", "output_tokens": "2"})),
            "the SDK's Message has no text or no usage",
            id="usage in words",
        ),
        pytest.param(exchange(message(content=[{"type": "text"}])), "reading the SDK's Message fails: ", id="no text"),
        pytest.param(
            exchange(message(role="user")), "the SDK's Message has type 'message' and role 'user'", id="a role of user"
        ),
        pytest.param(exchange({**message(), "type": "x"}), "the SDK's Message has type 'x' and role", id="a type of x"),
        pytest.param(exchange(b"{"), "the SDK ", id="half a JSON"),
        pytest.param(exchange(b""), "the SDK ", id="an empty body"),
    ],
)
def test_what_a_user_of_the_sdk_would_stumble_over_is_named(given: Exchange, found: str) -> None:
    named = problem(given)
    assert named.startswith(found)
    assert (named == "") is (found == "")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, "the SDK returns a NoneType instead of a Message"),
        ("text", "the SDK returns a str instead of a Message"),
        (SimpleNamespace(content=None, usage=USAGE), "reading the SDK's Message fails: "),
        (SimpleNamespace(content=[], usage=None), "reading the SDK's Message fails: "),
    ],
)
def test_what_is_no_message_is_named(given: object, found: str) -> None:
    assert missing_in(given).startswith(found)


def test_the_dialect_of_the_run_goes_with_the_request_of_the_sdk() -> None:
    run = replace(RUN, dialect=Dialect(headroom=1024, fields={"thinking": {"type": "disabled"}}))
    asked: list[Request] = []

    def reply(role: str, request: Request) -> Exchange:
        asked.append(request)
        return exchange(message())

    drive(create(run, {"anthropic-version": "2023-06-01"}, attempt=0), reply)
    assert asked[0].headers["anthropic-version"] == "2023-06-01"
    body = json.loads(asked[0].body)
    assert (body["max_tokens"], body["thinking"]) == (1056, {"type": "disabled"})


def test_a_further_try_of_the_sdk_is_another_asking_of_the_same_question() -> None:
    asked: list[Request] = []

    def reply(role: str, request: Request) -> Exchange:
        asked.append(request)
        return exchange(message())

    roles = [drive(create(RUN, {}, attempt=attempt), reply)[1] for attempt in (0, 1)]
    assert roles == [["the SDK's request 1"], ["the SDK's request 1, try 2"]]
    assert asked[1] == asked[0].again(1)


def test_an_answer_that_the_sdk_cannot_use_is_broken_and_any_other_end_stays_what_it_is() -> None:
    answered = read_answer(exchange(message(usage=None)))
    assert failed("", answered) is answered
    unusable = failed("no usage", answered)
    assert (unusable.outcome, unusable.message, unusable.problem) == (Outcome.BROKEN, None, "no usage")
    for end in (refusal("no"), refusal("slow", 429), refusal("key", 401), refusal("oops", 500)):
        assert failed("the SDK raises", read_answer(end)) is read_answer(end)


OK, HTML = exchange(message()), exchange(b"<html></html>", headers={"content-type": "text/html"})
NO, UNKNOWN, OOPS, SLOW, AWAY = (
    refusal("no"),
    refusal("this header is unknown"),
    refusal("oops", 500),
    refusal("slow", 429),
    exchange(status=None, failure="connect: refused"),
)


def sdk_row(
    *tries: Exchange, dated: Exchange = NO, control: Exchange = OK, beside: Exchange = OK
) -> tuple[Verdict, list[str]]:
    """The row of create where the SDK's tries meet these, the request under the older version `dated`, and the control
    that is asked again beside a failure `beside`."""

    def reply(role: str, asked: Request) -> Exchange:
        if role == "control":
            return beside if asked.beside else control
        return dated if asked.headers["anthropic-version"] == "2023-06-01" else tries[asked.attempt]

    return drive(BY_ID["clients.sdk.message"].probe(RUN), reply)


def test_an_sdk_that_works_is_supported_and_asked_once() -> None:
    assert sdk_row(OK) == (Verdict(status=Status.SUPPORTED), ["control", "the SDK's request 1"])


@pytest.mark.parametrize("first", [OOPS, HTML, SLOW, AWAY])
def test_an_sdk_that_fails_once_and_works_once_is_untested(first: Exchange) -> None:
    verdict, roles = sdk_row(first, OK)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.UNSTABLE)
    assert roles == ["control", "the SDK's request 1", "the SDK's request 1, try 2", "control"]


@pytest.mark.parametrize("first", [NO, UNKNOWN])
def test_an_sdk_that_is_refused_once_and_works_once_is_untested(first: Exchange) -> None:
    verdict, roles = sdk_row(first, OK)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.UNSTABLE)
    assert roles[-1] == "the SDK's request 1, try 2"


@pytest.mark.parametrize(
    ("first", "dated", "tries"),
    [
        pytest.param(UNKNOWN, UNKNOWN, 2, id="as older SDKs send it in the same words"),
        pytest.param(UNKNOWN, NO, 3, id="as older SDKs send it in other words"),
        pytest.param(NO, NO, 3, id="in words that may be the moment's"),
    ],
)
def test_an_sdk_that_is_refused_is_tried_once_more_and_as_older_sdks_send_it(
    first: Exchange, dated: Exchange, tries: int
) -> None:
    verdict, roles = sdk_row(first, first, dated=dated)
    assert verdict.status is Status.REJECTED
    assert len(roles) == 1 + tries


def test_a_refusal_and_a_failure_are_unstable() -> None:
    verdict, _ = sdk_row(NO, OOPS)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.UNSTABLE)


@pytest.mark.parametrize(
    ("first", "second", "status", "reason"),
    [
        pytest.param(OOPS, OOPS, Status.BROKEN, None, id="500"),
        pytest.param(HTML, HTML, Status.BROKEN, None, id="HTML"),
        pytest.param(
            exchange(message(usage=None)), exchange(message(usage=None)), Status.BROKEN, None, id="unusable answers"
        ),
        pytest.param(SLOW, SLOW, Status.UNTESTED, Reason.RATE_LIMITED, id="429"),
        pytest.param(AWAY, AWAY, Status.UNTESTED, Reason.UNREACHABLE, id="no connection"),
    ],
)
def test_an_sdk_that_fails_twice_and_under_the_older_version_too_is_judged_by_how(
    first: Exchange, second: Exchange, status: Status, reason: Reason | None
) -> None:
    verdict, roles = sdk_row(first, second)
    assert (verdict.status, verdict.reason) == (status, reason)
    assert roles[-1] == "the SDK's request 1"
    assert len(roles) == 5


@pytest.mark.parametrize("given", [OOPS, HTML])
def test_an_sdk_that_fails_while_the_control_fails_is_untested(given: Exchange) -> None:
    verdict, _ = sdk_row(given, given, beside=SLOW)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.RATE_LIMITED)


@pytest.mark.parametrize("given", [NO, OOPS, HTML])
def test_an_sdk_that_works_under_the_older_version_alone_is_partial(given: Exchange) -> None:
    verdict, _ = sdk_row(given, given, dated=OK)
    assert (verdict.status, verdict.deviation) == (Status.PARTIAL, Deviation.ONE_FORM)
    assert verdict.note.startswith("works with anthropic-version 2023-06-01 only; as SDK 2 sends it: the SDK ")


@pytest.mark.parametrize("given", [OK, NO])
def test_an_sdk_whose_control_is_refused_is_untested(given: Exchange) -> None:
    verdict, _ = sdk_row(given, given, control=NO)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CONTROL_REFUSED)


def test_an_endpoint_that_only_streams_leaves_create_untested() -> None:
    streamed_only = replace(RUN, dialect=Dialect(streamed=True))
    verdict, roles = drive(BY_ID["clients.sdk.message"].probe(streamed_only), lambda role, asked: exchange())
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.PREREQUISITE_REFUSED)
    assert roles == []
