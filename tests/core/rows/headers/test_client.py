"""The headers of official clients: as the SDK sends them, told from a bare request, and judged in both modes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import anthropic
import httpx2
import pytest

from conformance.evidence import cassette
from conformance.probing import calibrate
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import MATCHED_HEADERS, Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.clients.sdk_client import SENT_BY_THE_CLIENT
from conformance.rows.headers.client import OF_ITS_STREAMS, OF_THE_SDK, with_sdk_headers
from conformance.rows.headers.request_id import judge_ids, violations
from tests.core.made_up import RUN, drive, exchange, message, refusal, text_stream
from tests.in_process import info_of

PLAIN = calibrate.baseline(RUN)
OK, NO, OOPS = exchange(message()), refusal(), refusal("oops", 500)
SSE = {"content-type": "text/event-stream"}
STREAM = exchange(text_stream("OK"), headers=SSE)


async def headers_of_the_sdk(*, streamed: bool) -> set[str]:
    """The names of the headers that the installed SDK's asynchronous client sends."""
    met: list[set[str]] = []

    def note(request: httpx2.Request) -> httpx2.Response:
        met.append(set(request.headers) - SENT_BY_THE_CLIENT)
        return httpx2.Response(200, json=message())

    transport = httpx2.MockTransport(note)
    async with httpx2.AsyncClient(transport=transport, trust_env=False) as http:
        client = anthropic.AsyncAnthropic(api_key="k", base_url="http://sdk.invalid", http_client=http, max_retries=0)
        asked = {"model": "m", "max_tokens": 8, "messages": [{"role": "user", "content": "Hi"}]}
        if streamed:
            async with client.messages.stream(**asked):  # type: ignore[arg-type]
                pass
        else:
            await client.messages.create(**asked)  # type: ignore[call-overload]
    return met[0]


@pytest.mark.parametrize("streamed", [False, True])
def test_the_set_has_the_names_that_the_installed_sdk_sends(streamed: bool) -> None:
    sent = asyncio.run(headers_of_the_sdk(streamed=streamed))
    of_other_rows = {"authorization", "anthropic-version", "content-type"}
    assert sent - of_other_rows == set(OF_THE_SDK) | (set(OF_ITS_STREAMS) if streamed else set())


def test_a_request_in_the_sdk_s_headers_is_another_question_and_is_recorded_with_them(tmp_path: Path) -> None:
    dressed = with_sdk_headers(PLAIN)
    unlike = [PLAIN, with_sdk_headers(PLAIN, without="user-agent"), with_sdk_headers(PLAIN, without="x-stainless")]
    assert dressed.identity not in [each.identity for each in unlike]
    path = tmp_path / "row.yaml"
    cassette.save(path, info_of(RUN), "http://x.invalid", [exchange(message(), asked=dressed)])
    recorded = cassette.Recording(path).answer(dressed)
    assert recorded is not None
    assert set(recorded.request.about) == set(OF_THE_SDK) - set(MATCHED_HEADERS)
    assert recorded.request.headers["user-agent"] == OF_THE_SDK["user-agent"]


def judged(row: str, whole: Exchange, stream: Exchange, control: Exchange = STREAM) -> Verdict:
    """The row's verdict where the headers meet one exchange unstreamed and one streamed."""

    def reply(role: str, asked: Request) -> Exchange:
        streamed = bool(asked.json.get("stream"))
        if role.startswith("control"):
            return control if streamed else OK
        return stream if streamed else whole

    return drive(BY_ID[row].probe(RUN), reply)[0]


VERSION = "headers.anthropic_version.2026_10_21"


@pytest.mark.parametrize(
    ("whole", "stream", "control", "status", "note"),
    [
        (OK, STREAM, STREAM, Status.SUPPORTED, ""),
        (NO, NO, STREAM, Status.REJECTED, "HTTP 400: no"),
        (OK, NO, STREAM, Status.PARTIAL, "a stream is refused: HTTP 400: no"),
        (NO, STREAM, STREAM, Status.PARTIAL, "only a stream is not refused: HTTP 400: no"),
        (OK, OOPS, STREAM, Status.BROKEN, "in a stream: HTTP 500: oops"),
        (OOPS, STREAM, STREAM, Status.BROKEN, "HTTP 500: oops"),
        (NO, OOPS, STREAM, Status.REJECTED, "HTTP 400: no"),
        # Streams that do not work by themselves say nothing of the headers.
        (OK, NO, NO, Status.SUPPORTED, ""),
        (OK, OK, OK, Status.SUPPORTED, ""),
        (OK, refusal("slow", 429), STREAM, Status.SUPPORTED, ""),
    ],
)
def test_headers_are_served_in_both_modes(
    whole: Exchange, stream: Exchange, control: Exchange, status: Status, note: str
) -> None:
    verdict = judged(VERSION, whole, stream, control)
    assert (verdict.status, verdict.note) == (status, note)
    assert (verdict.deviation is Deviation.ONE_MODE) == (status is Status.PARTIAL)


ACCEPT = "headers.accept_stream"
MISTYPED = exchange(text_stream("OK"), headers={"content-type": "application/json"})


@pytest.mark.parametrize(
    ("stream", "control", "status", "code"),
    [
        (STREAM, STREAM, Status.SUPPORTED, None),
        (exchange(b"event: x\n\n", headers=SSE), STREAM, Status.SUPPORTED, None),
        (MISTYPED, STREAM, Status.PARTIAL, Deviation.FRAMING),
        (MISTYPED, MISTYPED, Status.SUPPORTED, None),
        (OK, STREAM, Status.BROKEN, None),
        (refusal("no", 406), STREAM, Status.REJECTED, None),
        (OOPS, STREAM, Status.BROKEN, None),
        # A stream that comes, labelled as one, has nothing to be compared with.
        (STREAM, OK, Status.SUPPORTED, None),
        (STREAM, NO, Status.SUPPORTED, None),
        (NO, OK, Status.UNTESTED, Reason.PREREQUISITE_REFUSED),
        (NO, NO, Status.UNTESTED, Reason.CONTROL_REFUSED),
    ],
)
def test_a_stream_comes_whatever_is_accepted(
    stream: Exchange, control: Exchange, status: Status, code: Deviation | Reason | None
) -> None:
    verdict = judged(ACCEPT, OK, stream, control)
    assert (verdict.status, verdict.deviation or verdict.reason) == (status, code)


def given(header: str | None, body_id: str | None = None, name: str = "request-id") -> Exchange:
    """An answer, or an error where `body_id` is given, empty for a body without an id."""
    headers = {"content-type": "application/json", **({name: header} if header else {})}
    if body_id is None:
        return exchange(message(), headers=headers)
    error = {"type": "error", "error": {"type": "api_error", "message": "no"}}
    return exchange({**error, **({"request_id": body_id} if body_id else {})}, 400, headers=headers)


FOREIGN = exchange({"error": {"message": "no"}}, 400, headers={"content-type": "application/json", "request-id": "c"})


@pytest.mark.parametrize(
    ("met", "told"),
    [
        ([given("a"), given("b", "b")], []),
        ([given("a"), given("a")], [(None, "0 and 1 have the same id a")]),
        ([given("a"), given("b", "c")], [(None, "1: request-id is b, request_id in the body is c")]),
        (
            [given(None), given(None, "b")],
            [(Deviation.INCOMPLETE, "no answer has a request-id; some name one in their body or in x-request-id")],
        ),
        ([given("a", name="x-request-id")], [(Deviation.RENAMED, "the id is in x-request-id")]),
        ([given("a"), given(None)], [(Deviation.INCOMPLETE, "no request-id for 1")]),
        ([given("a"), given("b", "")], [(Deviation.INCOMPLETE, "no error body has a request_id")]),
        ([given("a", ""), given("b", "b")], []),
        ([given("a"), given("b", "b"), FOREIGN], []),
    ],
)
def test_ids_are_unique_and_the_same_in_an_error_body(
    met: list[Exchange], told: list[tuple[Deviation | None, str]]
) -> None:
    found = violations({str(number): each for number, each in enumerate(met)})
    assert [(each.deviation, each.rule) for each in found] == told


@pytest.mark.parametrize(
    ("met", "status", "note"),
    [
        ([given("a")], Status.UNTESTED, "no answer of this run shows it"),
        ([given(None)], Status.UNTESTED, "no answer of this run shows it"),
        ([given(None), given(None)], Status.IGNORED, "no answer has a request-id"),
        ([given(None), given(None, "")], Status.IGNORED, "no answer has a request-id"),
        ([given(None), given(None, "b")], Status.PARTIAL, "no answer has a request-id; some name one in their body"),
        ([given(None), given("b")], Status.PARTIAL, "no request-id for 0"),
        ([given("a"), given("b")], Status.SUPPORTED, ""),
    ],
)
def test_where_no_id_is_seen_at_all_nothing_of_the_row_is(met: list[Exchange], status: Status, note: str) -> None:
    verdict = judge_ids({str(number): each for number, each in enumerate(met)})
    assert verdict.status is status
    assert verdict.note.startswith(note)
    assert bool(verdict.rests_on) == (status is Status.IGNORED)
