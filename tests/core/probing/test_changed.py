"""An endpoint that is another one at the end of a run than it was at its beginning is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from conformance.evidence.recorded import Recorded
from conformance.measure.judge import judge
from conformance.measure.measure import RequestCache, Undone
from conformance.measure.priority import PriorityLimiter
from conformance.probing.changed import FIRST_TRY, TRIES, differences, look_again, of_one_endpoint
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.reference.app import create_app
from conformance.reference.transforms import Act, drop
from conformance.rows import ROWS
from tests.core.made_up import drive, exchange, message, refusal, request
from tests.core.measure.test_run_cut import RUN, Turning, nowhere
from tests.in_process import KEY, QUICK, measured

CALL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
TOOLS = [{"name": "f", "input_schema": {"type": "object"}}]

Answered = dict[str, Any]


def counted(tokens: int, **more: int) -> Answered:
    return message(usage={"input_tokens": tokens, "output_tokens": 1, **more})


def early(*answers: Answered, **fields: Any) -> list[Exchange]:
    """So many different questions, asked early in a run, and as many others after them."""
    asked = [exchange(each, asked=request(n=number, **fields)) for number, each in enumerate(answers)]
    late = [exchange(message(), asked=request(later=number)) for number in range(len(asked) + 1)]
    return [replace(each, after=number) for number, each in enumerate([*asked, *late])]


def told(run: Sequence[Exchange], *now: Answered | Exchange) -> tuple[str, int]:
    """What is said of a run whose questions are answered so at its end, one after the other, and how many are asked."""
    answers: Iterator[Answered | Exchange] = iter(now)
    asked: list[Request] = []

    def answer(role: str, request: Request) -> Exchange:
        asked.append(request)
        given = next(answers)
        return replace(given, request=request) if isinstance(given, Exchange) else exchange(given, asked=request)

    said, _ = drive(look_again(run), answer)
    assert all(each.attempt >= FIRST_TRY for each in asked)
    return said, len(asked)


CALLS = [message(content=[CALL])] * TRIES
WITHOUT = [message()] * TRIES
THINKS = [message(content=[THOUGHT])] * TRIES
ON = {"type": "enabled", "budget_tokens": 1024}


@pytest.mark.parametrize(
    ("run", "now", "words"),
    [
        (
            early(*CALLS, tools=TOOLS),
            WITHOUT,
            "a question with tools is answered with a tool call at first and without",
        ),
        (
            early(*WITHOUT, tools=TOOLS),
            CALLS,
            "a question with tools is answered without a tool call at first and with",
        ),
        (
            early(*THINKS, thinking=ON),
            WITHOUT,
            "a question with thinking is answered with thinking at first and without",
        ),
        (early(counted(90), system="s"), [counted(40)] * TRIES, "counted as 90 tokens of prompt at first and as 40"),
        (
            early(counted(90), system="s"),
            [refusal()] * TRIES,
            "answered at first and refused at the end (HTTP 400: no)",
        ),
        (
            early(message(model="large"), system="s"),
            [message(model="small")] * TRIES,
            "answered as large at first and as small at the end",
        ),
    ],
    ids=["a call is lost", "a call is won", "thinking is lost", "a count is lost", "it is refused", "another model"],
)
def test_what_differs_question_after_question_is_a_change(
    run: list[Exchange], now: list[Answered | Exchange], words: str
) -> None:
    said, asked = told(run, *now)
    assert said.startswith("the endpoint changed during the run: a question with ")
    assert words in said
    assert asked == TRIES


@pytest.mark.parametrize(
    ("run", "now"),
    [
        (early(*CALLS, tools=TOOLS), [CALLS[0]]),
        (early(*CALLS, tools=TOOLS), [*WITHOUT[:3], CALLS[0]]),
        (early(*CALLS[:3], tools=TOOLS), WITHOUT),
        (early(*THINKS[:1], thinking=ON), WITHOUT[:2]),
        (early(counted(90), system="s"), [counted(92)]),
        (early(counted(90), system="s"), [counted(40), counted(90)]),
        (early(counted(90), system="s"), [counted(10, cache_read_input_tokens=80)]),
        (early(counted(90), system="s"), [counted(90, cache_read_input_tokens=80)]),
        (early(counted(90), system="s"), [counted(10, cache_creation_input_tokens=80)]),
        (early(counted(0), system="s"), [counted(40)]),
        (early(counted(90), system="s"), [refusal(), counted(90)]),
        (early(counted(90), system="s"), [refusal("oops", 500)]),
        (early(counted(90), system="s"), [refusal("later", 429)]),
        (early(counted(90)), []),
        (early(counted(90), system=[{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]), []),
        ([replace(each, after=9 - each.after) for each in early(counted(90), system="s")], []),
    ],
    ids=[
        "as before",
        "a call that comes now and then",
        "too few questions for a model",
        "one question",
        "a token or two",
        "a count that comes and goes",
        "what comes from a cache is counted apart",
        "what comes from a cache is counted twice",
        "what goes into a cache is counted apart",
        "nothing was counted",
        "refused once",
        "a crash",
        "a limit",
        "nothing that could tell",
        "a cache is asked for",
        "asked late in the run",
    ],
)
def test_what_a_model_or_a_moment_explains_is_no_change(run: list[Exchange], now: list[Answered | Exchange]) -> None:
    assert told(run, *now) == ("", len(now))


def test_a_router_to_engines_that_count_otherwise_is_no_change() -> None:
    again = [request(sampled=True).again(number) for number in range(3)]
    flapping = [exchange(counted(tokens), asked=asked) for tokens, asked in zip((50, 70, 50), again, strict=True)]
    run = [*early(counted(90), system="s"), *(replace(each, after=5) for each in flapping)]
    assert told(run, counted(40)) == ("", 1)
    assert differences(run[0], exchange(counted(40)), steady=False) == {}


def test_a_router_to_models_of_two_names_is_no_change() -> None:
    again = [request(sampled=True).again(number) for number in range(3)]
    named = [exchange(message(model=name), asked=asked) for name, asked in zip("aba", again, strict=True)]
    run = [*early(message(model="a"), system="s"), *(replace(each, after=5) for each in named)]
    assert told(run, message(model="b")) == ("", 1)


def test_a_refusal_whose_words_came_and_went_is_no_change() -> None:
    before = replace(refusal(), request=request(n=9), after=0)
    answered = exchange(counted(90), asked=request(n=8, system="s"))
    late = [replace(exchange(message(), asked=request(filler=n)), after=40 + n) for n in range(9)]
    run = [*early(counted(90), system="s"), before, replace(answered, after=20), *late]
    assert told(run, refusal()) == ("", 1)


def test_where_the_endpoint_changed_there_is_no_word() -> None:
    found, weak = Verdict(status=Status.SUPPORTED), untested(Reason.MODEL_TOO_WEAK, "it calls no tool")
    spent = untested(Reason.BUDGET, "spent")
    changed = "it changed"
    assert of_one_endpoint(found, "") is found
    assert of_one_endpoint(spent, changed) is spent
    none = [of_one_endpoint(each, changed) for each in (found, weak)]
    assert {each.reason for each in none} == {Reason.CHANGED}
    assert [each.note for each in none] == [
        "it changed; judged all the same: supported",
        "it changed; judged all the same: untested (model_too_weak)",
    ]


def whole_run(app: Any) -> tuple[dict[str, Verdict], Undone, int]:
    held: dict[str, Recorded] = {}
    ask = RequestCache(nowhere, gate=PriorityLimiter(QUICK.concurrency))
    undone = measured(app, ROWS, RUN, None, ask, held=held)
    return {row.id: judge(row, held[row.id]).verdict for row in ROWS}, undone, ask.progress.requests


def dropping(*paths: str) -> Callable[[], Any]:
    return lambda: create_app(api_key=KEY, acts=[Act("a deployment", "ignored", tuple(map(drop, paths)))])


def test_a_deployment_that_drops_tools_on_the_way_leaves_no_false_word() -> None:
    honest, undone, _ = whole_run(create_app(api_key=KEY))
    assert undone == Undone()
    found, undone, _ = whole_run(Turning(120, dropping("tools", "tool_choice")()))
    assert "a question with tools is counted as " in undone.changed
    assert {verdict.reason for row, verdict in found.items() if verdict != honest[row]} == {Reason.CHANGED}
