"""The rows of tool_choice on endpoints that are told, question by question, when to call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.probing.capability import greeting, tool_request
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import PROBES
from tests.core.made_up import RUN, VARIED, called, drive, exchange, message, refusal, streamed, text_stream

ASKING, GREETING = (ask(RUN).json["messages"] for ask in (tool_request, greeting))

HONEST = {
    "ask": "w",
    "greet": "-",
    "ask none": "-",
    "ask auto": "w",
    "greet auto": "-",
    "greet any": "w",
    "ask 'auto'": "w",
    "ask 'none'": "-",
    "levers tool": "l",
    "two tools": "w",
    "two tools tool": "t",
    "cities": "3",
    "cities auto": "3",
    "cities any": "3",
    "cities auto flag": "1",
    "cities any flag": "1",
}
"""What each question gets, try by try, the last ever after: `w` calls get_weather, `t` get_time, `s` a tool that was
not offered, `l` the one that is named, `-` none, `c` none before the limit, a digit that many at once; `x` is refused,
`5` fails."""

GIVEN = {
    "w": exchange(called("get_weather")),
    "t": exchange(called("get_time")),
    "s": exchange(called("zz_stranger")),
    "-": exchange(message()),
    "1": exchange(called("get_weather")),
    "2": exchange(called("get_weather", "get_weather")),
    "3": exchange(called("get_weather", "get_weather", "get_weather")),
    "c": exchange(message(stop_reason="max_tokens")),
    "x": refusal(),
    "5": refusal("oops", 500),
}


def question(asked: Request) -> str:
    body = asked.json
    prompts = {str(ASKING): "ask", str(GREETING): "greet"}
    others = {2: "two tools", 10: "levers"}
    prompt = prompts.get(str(body["messages"]), others.get(len(body["tools"]), "cities"))
    choice = body.get("tool_choice")
    if choice is None:
        return prompt
    if isinstance(choice, str):
        return f"{prompt} '{choice}'"
    return f"{prompt} {choice['type']}{' flag' if choice.get('disable_parallel_tool_use') else ''}"


def judged(
    row: str, changes: dict[str, str], stream: Exchange | None = None
) -> tuple[Status, Reason | Deviation | None]:
    """The verdict where these questions are met otherwise, and streams so (None: with no stream)."""
    verdict, _ = walked(row, changes, stream)
    return verdict.status, verdict.reason or verdict.deviation


def walked(row: str, changes: dict[str, str], stream: Exchange | None = None) -> tuple[Verdict, dict[str, int]]:
    """The verdict, and how often each question was asked: the same try asked twice is sent once."""
    tries_of: dict[str, set[int]] = {}

    def reply(role: str, asked: Request) -> Exchange:
        if asked.json.get("stream") and stream is not None:
            return replace(stream, request=asked)
        if "tools" not in asked.json:
            return exchange(message("?"))  # it copies no code
        if role in VARIED:  # a model that calls when it is asked to does so in all kinds of requests
            tries_of.setdefault("varied", set()).add(VARIED.index(role))
            return GIVEN["w" if {**HONEST, **changes}["ask"] == "w" else "-"]
        tries_of.setdefault(question(asked), set()).add(asked.attempt)
        tries = {**HONEST, **changes}[question(asked)]
        given = tries[min(asked.attempt, len(tries) - 1)]
        return exchange(called(asked.json["tool_choice"]["name"])) if given == "l" else GIVEN[given]

    verdict, _ = drive(PROBES[f"tool_choice.{row}"](RUN), reply)
    return verdict, {question: len(attempts) for question, attempts in tries_of.items()}


SUPPORTED, IGNORED, ACCEPTED = (Status.SUPPORTED, None), (Status.IGNORED, None), (Status.ACCEPTED, None)
REJECTED, UNSTEADY = (Status.REJECTED, None), (Status.PARTIAL, Deviation.UNSTEADY)
WEAK, UNTOLD = (Status.UNTESTED, Reason.MODEL_TOO_WEAK), (Status.UNTESTED, Reason.CANNOT_TELL)
REFUSED = (Status.UNTESTED, Reason.CONTROL_REFUSED)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, SUPPORTED, id="never called"),
        pytest.param({"ask none": "w"}, IGNORED, id="called every time"),
        pytest.param({"ask none": "-w-"}, UNSTEADY, id="called once"),
        pytest.param({"ask none": "c"}, SUPPORTED, id="cut before a call that would have come before"),
        pytest.param({"ask": "wwwwwww-"}, WEAK, id="without it called not always"),
        pytest.param({"ask": "-", "ask none": "w"}, WEAK, id="without it never called"),
        pytest.param({"ask none": "-x"}, UNTOLD, id="answered once"),
        pytest.param({"ask none": "x"}, REJECTED, id="refused"),
        pytest.param({"ask": "x"}, REFUSED, id="all is refused"),
    ],
)
def test_none_is_judged_by_what_the_model_calls_when_asked_to(
    changes: dict[str, str], verdict: tuple[Status, Reason | Deviation | None]
) -> None:
    assert judged("none", changes) == verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, SUPPORTED, id="as without it"),
        pytest.param({"ask auto": "-", "cities auto": "-"}, IGNORED, id="never called"),
        pytest.param({"greet auto": "w"}, IGNORED, id="called for a greeting"),
        pytest.param({"ask auto": "ww-", "cities auto": "-"}, UNSTEADY, id="not always called"),
        pytest.param({"greet auto": "w--"}, UNSTEADY, id="called once for a greeting"),
        pytest.param({"ask": "wwwwwww-"}, WEAK, id="without it called not always"),
        pytest.param({"greet": "---w"}, WEAK, id="without it called once for a greeting"),
        pytest.param({"ask auto": "wwx", "cities auto": "x"}, UNTOLD, id="asked, answered twice"),
        pytest.param({"greet auto": "x--"}, UNTOLD, id="greeted, answered twice"),
        pytest.param({"ask auto": "x", "cities auto": "x"}, REJECTED, id="refused"),
    ],
)
def test_auto_is_judged_by_what_the_model_calls_when_asked_and_when_greeted(
    changes: dict[str, str], verdict: tuple[Status, Reason | Deviation | None]
) -> None:
    assert judged("auto", changes) == verdict


SELDOM = {"ask": "w-"}
"""A model that does not always make the call it is asked for."""


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, SUPPORTED, id="called every time"),
        pytest.param({"greet any": "-"}, IGNORED, id="never called"),
        pytest.param({"greet any": "-w-"}, UNSTEADY, id="called once"),
        pytest.param(SELDOM, SUPPORTED, id="called every time by a model that seldom calls"),
        pytest.param({**SELDOM, "greet any": "-"}, WEAK, id="never called by a model that seldom calls"),
        pytest.param({**SELDOM, "greet any": "-w-"}, WEAK, id="called once by a model that seldom calls"),
        pytest.param({"ask": "-", "greet any": "-"}, WEAK, id="never called by a model that never calls"),
        pytest.param({"greet": "---w"}, WEAK, id="without it called once"),
        pytest.param({"greet any": "wcw"}, WEAK, id="cut once before a call"),
        pytest.param({"greet any": "c"}, WEAK, id="always cut before a call"),
        pytest.param({"greet any": "wx"}, UNTOLD, id="answered once"),
        pytest.param({"greet any": "x"}, REJECTED, id="refused"),
    ],
)
def test_any_is_judged_by_what_the_model_calls_when_greeted(
    changes: dict[str, str], verdict: tuple[Status, Reason | Deviation | None]
) -> None:
    assert judged("any", changes) == verdict


def test_a_call_that_any_does_not_bring_in_a_stream_is_partial() -> None:
    silent = streamed(text_stream("Hello."))
    assert judged("any", {}, silent) == (Status.PARTIAL, Deviation.ONE_MODE)
    assert judged("any", {"greet any": "-"}, silent) == IGNORED


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, SUPPORTED, id="the named one every time"),
        pytest.param({"two tools tool": "w"}, IGNORED, id="another every time"),
        pytest.param({"two tools tool": "ttt-"}, UNSTEADY, id="once none"),
        pytest.param({"two tools": "wwwt"}, (Status.UNTESTED, Reason.NOT_ATTRIBUTABLE), id="once without being named"),
        pytest.param({"two tools tool": "tttx"}, UNTOLD, id="answered three times"),
        pytest.param({"two tools": "wwwx"}, UNTOLD, id="without it answered three times"),
        pytest.param({"two tools tool": "s"}, UNTOLD, id="a strange name"),
        pytest.param(SELDOM, WEAK, id="the named one, by a model that seldom calls"),
        pytest.param({**SELDOM, "two tools tool": "-"}, WEAK, id="none, by a model that seldom calls"),
        pytest.param({"two tools tool": "x"}, REJECTED, id="refused"),
    ],
)
def test_a_named_tool_is_judged_by_a_model_that_calls_when_asked_to(
    changes: dict[str, str], verdict: tuple[Status, Reason | Deviation | None]
) -> None:
    assert judged("tool", {"levers tool": "w", **changes}) == verdict


@pytest.mark.parametrize("given", ["-", "w", "s", "3", "x", "5"])
def test_a_lever_that_is_not_called_by_its_name_proves_nothing(given: str) -> None:
    every_lever = {"levers tool": given}
    assert walked("tool", {})[1] == {"levers tool": 1}
    assert walked("tool", every_lever)[1] == {"levers tool": 1, "two tools": 4, "two tools tool": 4, "varied": 8}
    assert judged("tool", {**every_lever, "two tools tool": "w"}) == IGNORED


NO_ANY, NO_NONE, NO_AUTO = {"greet any": "x"}, {"ask none": "x"}, {"ask auto": "x"}
ANY_UNREAD, NONE_UNREAD = {"greet any": "-"}, {"ask none": "w"}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, SUPPORTED, id="any is honoured"),
        pytest.param({"greet any": "w-"}, SUPPORTED, id="any is honoured some times"),
        pytest.param({**NO_ANY}, SUPPORTED, id="any is refused, none is honoured"),
        pytest.param({**ANY_UNREAD}, SUPPORTED, id="any is unread, none is honoured"),
        pytest.param({"greet": "w"}, SUPPORTED, id="any shows nothing, none is honoured"),
        pytest.param({**ANY_UNREAD, **NONE_UNREAD}, IGNORED, id="both are unread"),
        pytest.param({**ANY_UNREAD, **NO_NONE}, ACCEPTED, id="any is unread, none is refused"),
        pytest.param({**NO_ANY, **NONE_UNREAD}, ACCEPTED, id="any is refused, none is unread"),
        pytest.param({**ANY_UNREAD, "ask none": "-x"}, ACCEPTED, id="any is unread, none cannot be told"),
        pytest.param({"greet": "w", **NONE_UNREAD}, WEAK, id="any shows nothing, none is unread"),
        pytest.param({**ANY_UNREAD, **SELDOM}, WEAK, id="any is unread by a model that seldom calls"),
        pytest.param({**NO_ANY, **SELDOM}, WEAK, id="any is refused, none shows nothing"),
        pytest.param({**NO_ANY, **NO_NONE}, ACCEPTED, id="both are refused, auto is accepted"),
        pytest.param({**NO_ANY, **NO_NONE, **NO_AUTO}, REJECTED, id="all are refused"),
        pytest.param({**NO_ANY, **NONE_UNREAD, **NO_AUTO}, ACCEPTED, id="any and auto are refused, none is unread"),
    ],
)
def test_the_object_form_is_judged_by_any_of_its_types(
    changes: dict[str, str], verdict: tuple[Status, Reason | Deviation | None]
) -> None:
    assert judged("object_form", changes) == verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, SUPPORTED, id="none is honoured"),
        pytest.param({"ask 'auto'": "x"}, REJECTED, id="auto is refused"),
        pytest.param({"ask 'none'": "x"}, (Status.PARTIAL, Deviation.ONE_FORM), id="none is refused"),
        pytest.param({"ask 'none'": "5"}, UNTOLD, id="none fails"),
        pytest.param({"ask 'none'": "w"}, IGNORED, id="none is unread, the object is honoured"),
        pytest.param({"ask 'none'": "w", "ask none": "w"}, ACCEPTED, id="both are unread"),
        pytest.param({"ask 'none'": "w", "ask none": "x"}, ACCEPTED, id="none is unread, the object is refused"),
        pytest.param({"ask 'none'": "-w"}, ACCEPTED, id="none is honoured some times"),
        pytest.param({"ask 'none'": "-", **SELDOM}, WEAK, id="none shows nothing"),
        pytest.param({"ask 'none'": "w", **SELDOM}, WEAK, id="none is unread by a model that seldom calls"),
        pytest.param({"ask 'none'": "-x"}, ACCEPTED, id="none is answered once"),
    ],
)
def test_the_string_form_is_judged_by_whether_none_is_read(
    changes: dict[str, str], verdict: tuple[Status, Reason | Deviation | None]
) -> None:
    assert judged("string_form", changes) == verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, SUPPORTED, id="one every time"),
        pytest.param({"cities auto flag": "3"}, IGNORED, id="more every time"),
        pytest.param({"cities auto flag": "113"}, UNSTEADY, id="once more"),
        pytest.param({"cities auto": "2"}, SUPPORTED, id="two without it"),
        pytest.param({"cities auto": "31"}, WEAK, id="once one without it"),
        pytest.param({"cities auto": "1"}, WEAK, id="one without it"),
        pytest.param({"cities auto flag": "11x"}, UNTOLD, id="answered twice"),
        pytest.param({"cities auto flag": "-"}, UNTOLD, id="none"),
        pytest.param({"cities auto flag": "x"}, REJECTED, id="refused"),
        pytest.param({"cities auto": "x"}, SUPPORTED, id="auto is refused, one with any"),
        pytest.param({"cities auto": "x", "cities any flag": "3"}, IGNORED, id="auto is refused, more with any"),
        pytest.param({"cities auto": "x", "cities any": "x"}, REFUSED, id="both types are refused"),
    ],
)
def test_a_flag_against_parallel_calls_is_judged_by_a_model_that_makes_them(
    changes: dict[str, str], verdict: tuple[Status, Reason | Deviation | None]
) -> None:
    assert judged("disable_parallel_tool_use", changes) == verdict


@pytest.mark.parametrize(
    ("row", "changes", "asked"),
    [
        pytest.param("none", {}, {"ask": 1, "varied": 8, "ask none": 2}, id="none"),
        pytest.param("auto", {}, {"cities auto": 1, "greet auto": 1, "varied": 8, "greet": 4}, id="auto"),
        pytest.param("any", {}, {"greet": 4, "greet any": 2}, id="any"),
        pytest.param("any", {"greet any": "-"}, {"greet": 4, "greet any": 3, "varied": 8}, id="any, unread"),
        pytest.param("object_form", {}, {"greet": 4, "greet any": 2}, id="object form"),
        pytest.param(
            "object_form",
            {**ANY_UNREAD, **NONE_UNREAD},
            {"greet": 4, "greet any": 3, "varied": 8, "ask": 1, "ask none": 3},
            id="object form, unread",
        ),
        pytest.param("string_form", {}, {"ask": 1, "varied": 8, "ask 'auto'": 1, "ask 'none'": 3}, id="string form"),
        pytest.param("string_form", {"ask 'auto'": "x"}, {"ask": 1, "ask 'auto'": 2}, id="string form, refused"),
        pytest.param(
            "disable_parallel_tool_use",
            {},
            {"cities auto": 2, "cities": 1, "cities auto flag": 3},
            id="no parallel calls",
        ),
    ],
)
def test_a_question_is_asked_as_often_as_its_answer_wants(
    row: str, changes: dict[str, str], asked: dict[str, int]
) -> None:
    assert walked(row, changes)[1] == asked
