"""A prompt longer than the context: asked on request alone, and grown until it is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.evidence.run_info import read_run_info
from conformance.measure.judge import run_of
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import BY_ID
from conformance.rows.errors.prompt_too_long import FIRST_RUNG, GROWTH, LAST_RUNG
from tests.core.made_up import RUN, counted, drive, exchange, refusal

ROW = BY_ID["errors.prompt_too_long"]
ASKED = replace(RUN, long_prompt=True)
OFFICIAL = refusal("prompt is too long: 9 tokens > 8 maximum")
OTHER_WORDS = refusal("the request exceeds the available context size")
SLOW = exchange(b"", None, failure="timeout: not done in 120 s")

Met = Callable[[int], Exchange]


def whole(tokens: int) -> Exchange:
    return exchange(counted(tokens))


def judged(met: Met, *, limit: object = None, counts: bool = True) -> tuple[Verdict, list[str]]:
    """The verdict where a prompt of so many tokens (four letters each) is met so."""

    def reply(role: str, asked: Request) -> Exchange:
        if asked.method == "GET":
            return exchange({"data": [{"id": RUN.model, "max_input_tokens": limit}]} if limit else {}, 200)
        letters = len(asked.json["messages"][0]["content"])
        if role.startswith("a prompt"):
            return met(letters // 4)
        return whole(letters // 4 if counts else 7)

    verdict, roles = drive(ROW.probe(ASKED), reply)
    return verdict, list(dict.fromkeys(role for role in roles if role.startswith("a prompt")))


def test_it_is_not_asked_unless_that_is_wanted() -> None:
    steps = ROW.probe(RUN)
    with pytest.raises(StopIteration) as ended:
        next(steps)
    verdict = ended.value.value
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.NOT_ASKED)
    assert "--long-prompt" in verdict.note


@pytest.mark.parametrize(
    ("fact", "asked"), [({"long_prompt": True}, True), ({"long_prompt": False}, False), ({}, False)]
)
def test_a_recording_says_whether_it_was_asked(fact: dict[str, bool], asked: bool) -> None:
    told = {"seed": 7, "model": "m", "auth": "bearer", "anthropic_version": "2023-06-01", **fact}
    assert run_of(read_run_info(told)).long_prompt is asked


def test_a_limit_that_is_listed_is_exceeded_once() -> None:
    verdict, rungs = judged(lambda tokens: OFFICIAL, limit=10_000)
    assert verdict.status is Status.SUPPORTED
    assert rungs == ["a prompt of about 13,000 tokens"]


@pytest.mark.parametrize("limit", [None, "many", 0, True])
def test_without_a_limit_prompts_grow_until_one_is_refused(limit: object) -> None:
    verdict, rungs = judged(lambda tokens: OFFICIAL if tokens > 100_000 else whole(tokens), limit=limit)
    assert verdict.status is Status.SUPPORTED
    assert rungs == [f"a prompt of about {FIRST_RUNG * GROWTH**n:,} tokens" for n in range(3)]


@pytest.mark.parametrize(
    ("met", "limit", "counts", "status", "code", "note"),
    [
        (OTHER_WORDS, 10_000, True, Status.PARTIAL, Deviation.OTHER_REFUSAL, "clients look for the words"),
        (refusal("too big", 413), 10_000, True, Status.PARTIAL, Deviation.OTHER_REFUSAL, "HTTP 413: too big"),
        (refusal("oops", 500), 10_000, True, Status.BROKEN, None, "13,000 tokens: no clean refusal: HTTP 500"),
        (refusal("slow", 429), 10_000, True, Status.UNTESTED, Reason.RATE_LIMITED, "HTTP 429: slow"),
        (SLOW, 10_000, True, Status.BROKEN, None, "no clean refusal: timeout"),
        (SLOW, None, True, Status.UNTESTED, Reason.CANNOT_TELL, "8,000 tokens is not done in time: timeout"),
        (refusal("late", 504), None, True, Status.UNTESTED, Reason.CANNOT_TELL, "not done in time: HTTP 504"),
        (whole(4_096), 10_000, True, Status.BROKEN, None, "13,000 tokens is answered .* counted as 4,096: it is cut"),
        (whole(4_096), None, True, Status.BROKEN, None, "32,000 tokens is answered .* counted as 4,096: it is cut"),
        (whole(7), None, False, Status.UNTESTED, Reason.NEVER_EXERCISED, f"none longer than {LAST_RUNG:,} is asked"),
        (OFFICIAL, 5_000_000, True, Status.UNTESTED, Reason.NEVER_EXERCISED, "the limit is 5,000,000 tokens"),
    ],
)
def test_what_a_long_prompt_meets(
    met: Exchange, limit: int | None, counts: bool, status: Status, code: object, note: str
) -> None:
    verdict, _ = judged(lambda tokens: met, limit=limit, counts=counts)
    assert (verdict.status, verdict.deviation or verdict.reason) == (status, code)
    assert re.search(note, verdict.note)


def test_a_limit_that_is_not_kept_is_passed_by() -> None:
    verdict, rungs = judged(lambda tokens: OFFICIAL if tokens > 40_000 else whole(tokens), limit=10_000)
    assert verdict.status is Status.SUPPORTED
    assert len(rungs) == 2


def test_a_count_that_comes_and_goes_proves_no_cut() -> None:
    totals = iter([100, 9_000])
    verdict, _ = judged(lambda tokens: whole(next(totals)))
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.UNSTABLE)
