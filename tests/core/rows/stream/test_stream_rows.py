"""What the rows of `stream` decide, line by line of their tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from conformance.probing.run import Run
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import KEY, Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.protocol.stream_rules import Broken, Rule
from conformance.rows import BY_ID
from conformance.rows.stream.equals_message import TRAITS, TRIES, counted, kinds_of, steadily_differ
from conformance.rows.stream.incremental import timing_of
from conformance.rows.stream.refusals import find_refusal
from conformance.rows.stream.rules import find_content_type
from conformance.rows.stream.sampled_streams import (
    AGAIN,
    RuleFinding,
    finder,
    judge_streams,
    streamed_requests,
    unstreamed_requests,
)
from tests.core.made_up import (
    RUN,
    STOP,
    STREAM_HEADERS,
    block,
    close,
    delta,
    drive,
    end,
    exchange,
    frame,
    message,
    refusal,
    request,
    start,
    streamed,
    text_stream,
)

BAD = Broken(rule=Rule.ORDER, told="bad")
SLIGHT = Broken(rule=Rule.ORDER, told="odd", deviation=Deviation.FRAMING)
NOTHING, SOUND = RuleFinding(shown=False), RuleFinding(shown=True)
SEVERE, ODD, BOTH = (RuleFinding(shown=True, broken=given) for given in ([BAD], [SLIGHT], [BAD, SLIGHT]))


def judged(*tries: RuleFinding, other: RuleFinding = NOTHING) -> tuple[Verdict, list[str]]:
    """The verdict where one request shows these, one after another, and a second request `other`, always."""
    asked = {"a plain answer": request(n=1), "another": request(n=2)}
    left = list(tries)

    def find(given: Exchange) -> RuleFinding:
        return left.pop(0) if given.request.json["n"] == 1 else other

    return drive(judge_streams(asked, find), lambda role, sent: exchange(message(), asked=sent))


UNSTABLE, UNSHOWN = Reason.UNSTABLE, Reason.NEVER_EXERCISED


@pytest.mark.parametrize(
    ("tries", "other", "status", "code"),
    [
        ([NOTHING], NOTHING, Status.UNTESTED, UNSHOWN),
        ([NOTHING], SOUND, Status.SUPPORTED, None),
        ([SOUND], SOUND, Status.SUPPORTED, None),
        ([SEVERE, SEVERE], SOUND, Status.BROKEN, None),
        ([SEVERE, SOUND], SOUND, Status.UNTESTED, UNSTABLE),
        ([SEVERE, ODD], SOUND, Status.UNTESTED, UNSTABLE),
        ([SEVERE, NOTHING, SEVERE], SOUND, Status.BROKEN, None),
        ([SEVERE, *[NOTHING] * AGAIN], SOUND, Status.UNTESTED, UNSTABLE),
        ([ODD, ODD], SOUND, Status.PARTIAL, Deviation.FRAMING),
        ([ODD, SEVERE], SOUND, Status.PARTIAL, Deviation.FRAMING),
        ([ODD, SOUND], SOUND, Status.UNTESTED, UNSTABLE),
        ([BOTH, SEVERE], SOUND, Status.BROKEN, None),
        ([BOTH, ODD, ODD], SOUND, Status.PARTIAL, Deviation.FRAMING),
        ([ODD], SEVERE, Status.BROKEN, None),
        ([SOUND], ODD, Status.PARTIAL, Deviation.FRAMING),
    ],
)
def test_a_rule_is_judged_over_all_streams_and_a_breach_again(
    tries: Sequence[RuleFinding], other: RuleFinding, status: Status, code: Deviation | Reason | None
) -> None:
    verdict, _ = judged(*tries, other=other)
    assert (verdict.status, verdict.deviation or verdict.reason) == (status, code)


def test_a_verdict_names_the_answer_and_what_is_wrong_with_it() -> None:
    assert judged(SEVERE, SEVERE)[0].note == "a plain answer: bad"
    assert judged(SEVERE, SOUND)[0].note == "seen once and not again: a plain answer: bad"
    assert judged(NOTHING)[0].note == "no stream shows it: the answer is one JSON body"


def test_all_streams_are_asked_for_at_once_and_no_two_are_the_same() -> None:
    assert [each.identity for each in streamed_requests(RUN).values()] != [
        each.identity for each in unstreamed_requests(RUN).values()
    ]
    assert len({each.identity for each in streamed_requests(RUN).values()}) == len(streamed_requests(RUN)) == 8
    assert all(each.json["stream"] is True for each in streamed_requests(RUN).values())


FAILED = frame("error", error={"type": "api_error", "message": "x"})


@pytest.mark.parametrize(
    ("given", "rule", "shown"),
    [
        (streamed(text_stream("x")), Rule.BLOCKS, True),
        (streamed(text_stream("x")), Rule.INPUT_JSON, False),
        (exchange(message()), Rule.BLOCKS, False),
        (refusal(), Rule.ORDER, False),
        (streamed(start() + FAILED), Rule.ORDER, False),
        (exchange(text_stream("x"), headers=STREAM_HEADERS, failure="cut: gone"), Rule.ORDER, False),
        (streamed(b"data: {\n\n" + text_stream("x")), Rule.FRAMING, True),
        (streamed(b"data: {\n\n" + text_stream("x")), Rule.BLOCKS, False),
    ],
)
def test_a_rule_is_shown_by_whole_streams_alone(given: Exchange, rule: Rule, shown: bool) -> None:
    assert finder(rule)(given).shown is shown


@pytest.mark.parametrize(
    ("media", "told"),
    [
        ("text/event-stream", None),
        ("text/event-stream; charset=utf-8", None),
        ('TEXT/EVENT-STREAM;Charset="UTF-8"', None),
        ("text/event-stream; charset=latin1", ("the stream comes as charset latin1", Deviation.FRAMING)),
        ("application/json", ("the stream comes as application/json", None)),
        ("", ("the stream comes as no content type", None)),
    ],
)
def test_the_content_type_of_a_stream(media: str, told: tuple[str, Deviation | None] | None) -> None:
    found = find_content_type(exchange(text_stream("x"), headers={"content-type": media}))
    assert [(each.told, each.deviation) for each in found.broken] == ([told] if told else [])


def in_time(*pieces: tuple[float, bytes]) -> Exchange:
    given = exchange(b"", headers=STREAM_HEADERS)
    return Exchange(request=given.request, status=200, headers=STREAM_HEADERS, chunks=pieces, seconds=pieces[-1][0])


HEAD, TAIL = start() + block(0), close(0) + end() + STOP
PIECE = delta(0, text="x" * 80)


def arriving(*times: float, before: float = 0.1) -> Exchange:
    """A stream whose deltas arrive at these times."""
    return in_time((before, HEAD), *((time, PIECE) for time in times), (times[-1], TAIL))


def test_the_time_of_a_delta_is_that_of_the_chunk_that_completes_its_name() -> None:
    body = HEAD + PIECE
    place = body.index(b"content_block_delta")
    timing = timing_of(in_time((1.0, body[: place + 4]), (2.0, body[place + 4 :]), (9.0, TAIL)))
    assert timing is not None
    assert (timing.first, timing.last, timing.whole, timing.moments, timing.silence) == (2.0, 2.0, 9.0, 1, 7.0)


@pytest.mark.parametrize("given", [in_time((1.0, HEAD + TAIL)), in_time((1.0, HEAD + PIECE + KEY.encode()))])
def test_no_deltas_and_an_echoed_key_tell_nothing_of_time(given: Exchange) -> None:
    assert timing_of(given) is None


SLOW, AT_ONCE, FAST = arriving(0.4, 0.6, 0.8), arriving(3.0, 3.0, 3.01), arriving(0.4, 0.4, 0.4)
SHORT = in_time((3.0, HEAD + delta(0, text="x") + TAIL))


def sliced(first: float, last: float, slices: int = 12, *, tokens: int = 7, piece: bytes = PIECE) -> Exchange:
    """A text of many slices that arrive between these times, counted as so many tokens."""
    step = (last - first) / (slices - 1)
    tail = close(0) + end(usage={"output_tokens": tokens}) + STOP
    return in_time((0.1, HEAD), *((first + n * step, piece) for n in range(slices)), (last, tail))


def whole(at: float) -> Exchange:
    """A long text in one delta."""
    return in_time((0.1, HEAD), (at, delta(0, text="x" * 430)), (at, TAIL))


def when(*tries: Exchange, plain: float = 0.3) -> Verdict:
    left = list(tries)

    def reply(role: str, sent: Request) -> Exchange:
        return in_time((plain, text_stream("x"))) if role.startswith("a plain answer") else left.pop(0)

    return drive(BY_ID["stream.incremental"].probe(RUN), reply)[0]


@pytest.mark.parametrize(
    ("tries", "plain", "status", "code"),
    [
        ([SLOW], 0.3, Status.SUPPORTED, None),
        ([AT_ONCE, SLOW], 0.3, Status.SUPPORTED, None),
        ([arriving(0.05, 0.1, 0.15)], 0.05, Status.SUPPORTED, None),
        # 38 slices of a text that is done, within 0.08 s: nobody can tell them from a fast model's,
        ([sliced(0.3, 0.38, 38)] * 3, 0.3, Status.UNTESTED, Reason.CANNOT_TELL),
        # but where every long answer begins that much later than a short one;
        ([sliced(0.5, 0.58, 38)] * 3, 0.3, Status.PARTIAL, Deviation.BUFFERED),
        (
            [sliced(0.5, 0.58, 38), sliced(0.45, 0.53, 38), sliced(0.5, 0.58, 38)],
            0.3,
            Status.UNTESTED,
            Reason.CANNOT_TELL,
        ),
        ([sliced(3.0, 3.4)] * 3, 0.3, Status.PARTIAL, Deviation.BUFFERED),
        ([sliced(3.0, 3.08, tokens=2000)] * 3, 0.3, Status.UNTESTED, Reason.CANNOT_TELL),
        ([sliced(3.0, 3.08)] * 3, 2.9, Status.UNTESTED, Reason.CANNOT_TELL),
        # What arrives over a second is read while it grows, and so is what begins as soon as a short answer.
        ([sliced(3.0, 4.2)], 0.3, Status.SUPPORTED, None),
        ([sliced(0.4, 0.7)], 0.3, Status.SUPPORTED, None),
        ([sliced(0.7, 1.0)] * 3, 0.3, Status.UNTESTED, Reason.CANNOT_TELL),
        ([whole(0.5)] * 3, 0.3, Status.PARTIAL, Deviation.BUFFERED),
        ([whole(0.5), whole(0.5), FAST], 0.3, Status.UNTESTED, Reason.CANNOT_TELL),
        ([arriving(0.3, 0.9)] * 3, 0.3, Status.UNTESTED, Reason.MODEL_TOO_WEAK),
        ([AT_ONCE] * 3, 0.3, Status.PARTIAL, Deviation.BUFFERED),
        ([AT_ONCE] * 3, 2.5, Status.UNTESTED, Reason.CANNOT_TELL),
        ([FAST] * 3, 0.3, Status.UNTESTED, Reason.CANNOT_TELL),
        ([SHORT] * 3, 0.3, Status.UNTESTED, Reason.MODEL_TOO_WEAK),
        ([AT_ONCE, AT_ONCE, refusal()], 0.3, Status.UNTESTED, Reason.CANNOT_TELL),
        ([refusal()] * 3, 0.3, Status.UNTESTED, Reason.NEVER_EXERCISED),
    ],
)
def test_deltas_must_come_as_they_are_generated(
    tries: list[Exchange], plain: float, status: Status, code: Deviation | Reason | None
) -> None:
    verdict = when(*tries, plain=plain)
    assert (verdict.status, verdict.deviation or verdict.reason) == (status, code)


def test_a_long_silence_is_told_and_no_fault() -> None:
    assert when(SLOW).note == ""
    assert when(arriving(25.0, 25.5, 26.0)).note.startswith("but for 25 s there was not one byte")


REFUSED = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}


@pytest.mark.parametrize(
    ("given", "streams_only", "shown", "told"),
    [
        (refusal(), False, True, ""),
        (refusal("no", 413), False, True, ""),
        (exchange(b"no", 400, headers={"content-type": "text/plain"}), False, True, "HTTP 400 as text/plain"),
        (streamed(frame("error", error=REFUSED["error"]), 400), False, True, "HTTP 400 as text/event-stream"),
        (streamed(frame("error", error=REFUSED["error"])), False, True, "HTTP 200 and a stream instead"),
        (streamed(start() + FAILED), True, True, "HTTP 200 and a stream instead"),
        (exchange(REFUSED), False, True, "no clean refusal: HTTP 200 that is an error"),
        (refusal("no", 500), False, True, "no clean refusal: HTTP 500"),
        (exchange(status=None, failure="timeout: 30 s"), False, True, "no clean refusal: timeout"),
        (streamed(text_stream("x")), False, True, "answered, although"),
        (streamed(text_stream("x")), True, False, ""),
        (refusal("no", 429), False, False, ""),
        (refusal("no", 401), False, False, ""),
        (exchange(status=None, failure="connect: refused"), False, False, ""),
    ],
)
def test_a_bad_request_for_a_stream_is_refused_with_json(
    given: Exchange, streams_only: bool, shown: bool, told: str
) -> None:
    found = find_refusal(given, streams_only=streams_only)
    assert found.shown is shown
    assert [each.told.startswith(told) for each in found.broken] == ([True] if told else [])


def early(stranger: Callable[[bool], Exchange], plain: Exchange) -> Verdict:
    def reply(role: str, sent: Request) -> Exchange:
        return plain if role == "a plain answer" else stranger("stream" in sent.json)

    return drive(BY_ID["stream.early_error"].probe(RUN), reply)[0]


def test_bad_requests_tell_nothing_where_nothing_is_streamed_or_refused() -> None:
    good = streamed(text_stream("x"))
    assert early(lambda streams: refusal(), good).status is Status.SUPPORTED
    assert early(lambda streams: refusal(), exchange(message())).reason is Reason.NEVER_EXERCISED
    assert early(lambda streams: refusal(), refusal("no", 429)).reason is Reason.RATE_LIMITED
    assert early(lambda streams: good if streams else exchange(message()), good).reason is Reason.NEVER_EXERCISED
    assert early(lambda streams: good if streams else refusal(), good).status is Status.IGNORED


def test_a_bad_request_that_fails_with_the_good_one_tells_nothing() -> None:
    def reply(role: str, sent: Request) -> Exchange:
        if role == "a plain answer" and not sent.beside:
            return streamed(text_stream("x"))
        return refusal("gone", 500) if sent.json.get("stream") else refusal()

    verdict, _ = drive(BY_ID["stream.early_error"].probe(RUN), reply)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CONTROL_REFUSED)


def trait(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    (found,) = (each for each in TRAITS if each.name == name)
    return found.differs(one, other)


def test_what_must_be_the_same_in_both_modes() -> None:
    text = {"type": "text", "text": "x"}
    assert kinds_of(message(content=[text, text, {"type": "tool_use"}, text])) == ["text", "tool_use", "text"]
    assert kinds_of({"content": None}) == []
    assert trait("stop_reason", message(), message(stop_reason="stop"))
    assert not trait("stop_reason", message(), message("other words"))
    assert trait("stop_sequence", message(), message(stop_sequence="X"))
    many, few = message(usage={"input_tokens": 90, "output_tokens": 1}), message()
    assert trait("the prompt's total", many, few)
    assert counted(message(usage={"input_tokens": 0, "output_tokens": 1})) is None
    assert not trait("the prompt's total", many, message(usage=None))


def compared(in_stream: Sequence[str], otherwise: Sequence[str]) -> str:
    """What is said where the modes give these stop_reasons, one after another."""
    left = {True: list(in_stream), False: list(otherwise)}

    def reply(role: str, sent: Request) -> Exchange:
        reason = left["unstreamed" not in role].pop(0)
        return exchange(message(stop_reason=reason)) if reason else refusal()

    (found,) = (each for each in TRAITS if each.name == "stop_reason")
    return drive(steadily_differ("a plain answer", request(), request(stream=True), found), reply)[0]


@pytest.mark.parametrize(
    ("in_stream", "otherwise", "told"),
    [
        (["stop"] * TRIES, ["end_turn"] * TRIES, "'stop' in a stream, 'end_turn' without"),
        (["stop"] * (TRIES - 1) + [""], ["end_turn"] * TRIES, "'stop' in a stream, 'end_turn' without"),
        (["stop"] * (TRIES - 2) + ["", ""], ["end_turn"] * TRIES, ""),
        (["stop"] * TRIES, ["end_turn"] * (TRIES - 1) + ["stop"], ""),
        (["end_turn"] * TRIES, ["end_turn"] * TRIES, ""),
    ],
)
def test_modes_differ_where_each_is_the_same_every_time(in_stream: list[str], otherwise: list[str], told: str) -> None:
    assert compared(in_stream, otherwise) == told


def test_an_endpoint_that_only_streams_has_no_twins() -> None:
    only = Run(seed=7, model="made-up-1", dialect=RUN.dialect.__class__(streamed=True))
    verdict, roles = drive(BY_ID["stream.equals_message"].probe(only), lambda role, sent: refusal())
    assert (verdict.reason, roles) == (Reason.PREREQUISITE_REFUSED, [])
