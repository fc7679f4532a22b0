"""The counts of a prompt that is cached: what is no count, and what does not add up to the whole prompt."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.rows import BY_ID
from conformance.rows.response.cache import count_violations, sum_violations
from conformance.rows.shared.sampled_answers import Given
from tests.core.made_up import RUN, drive, exchange, message, refusal, request

NO = refusal("no")


def counts(uncached: Any = 10, read: Any = 0, written: Any = 0, **further: Any) -> dict[str, Any]:
    usage = {"input_tokens": uncached, "cache_read_input_tokens": read, "cache_creation_input_tokens": written}
    return message(usage={**usage, "output_tokens": 4, **further})


def given(answer: dict[str, Any], role: str = "marked") -> Given:
    return Given(role=role, request=request(), message=answer)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(counts(), [], id="counts"),
        pytest.param(counts(read=None, written=None), [], id="null"),
        pytest.param(message(), [], id="missing"),
        pytest.param({**message(), "usage": None}, [], id="no usage"),
        pytest.param(counts(read="5000"), ["usage.cache_read_input_tokens is '5000', not a count"], id="text"),
        pytest.param(counts(read=0.5), ["usage.cache_read_input_tokens is 0.5, not a count"], id="a fraction"),
        pytest.param(counts(written=-1), ["usage.cache_creation_input_tokens is -1, not a count"], id="negative"),
        pytest.param(counts(written=5, cache_creation={"a": 2, "b": 3}), [], id="parts"),
        pytest.param(counts(written=5, cache_creation={}), [], id="no parts"),
        pytest.param(counts(written=5, cache_creation=None), [], id="null for parts"),
        pytest.param(
            counts(written=5, cache_creation={"a": 2, "b": 2}),
            ["usage.cache_creation adds up to 4, but cache_creation_input_tokens is 5"],
            id="parts that do not add up",
        ),
    ],
)
def test_what_is_no_count_is_told(answer: dict[str, Any], told: list[str]) -> None:
    assert count_violations(answer) == told


WRITTEN, READ = counts(3, 0, 5000), counts(3, 5000, 0)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        pytest.param([WRITTEN, READ], "", id="written, then read"),
        pytest.param([counts(5003), READ], "", id="written without a word"),
        pytest.param([counts(900, 4103)], "", id="read in part"),
        pytest.param([counts(5100), counts(5100)], "", id="not cached"),
        pytest.param([counts(9000), counts(9000)], "", id="another count, but not cached"),
        pytest.param([WRITTEN, counts(50, 5000)], "", id="nearly the same"),
        pytest.param(
            [counts(5003, 5000)], "5003 input + 5000 read + 0 written = 10003, where the same length", id="read twice"
        ),
        pytest.param([counts(5003, 0, 5000)], "5003 input + 0 read + 5000 written = 10003, where", id="written twice"),
        pytest.param([counts(3, 2500)], "3 input + 2500 read + 0 written = 2503, where the same length", id="halved"),
        pytest.param([WRITTEN, counts(3)], "the same prompt adds up otherwise: ", id="read, not counted"),
        pytest.param([WRITTEN, counts(200, 5000)], "the same prompt adds up otherwise: ", id="a little more"),
        pytest.param([WRITTEN, message(usage={})], "", id="without counts"),
    ],
)
def test_what_does_not_add_up_to_the_whole_prompt_is_told(answers: list[dict[str, Any]], told: str) -> None:
    found = sum_violations([given(each, role) for each, role in zip(answers, ("first", "second"), strict=False)], 5010)
    assert [told in each.rule for each in found] == ([True] if told else [])


def row(answers: dict[str, Exchange]) -> Any:
    def reply(role: str, asked: Request) -> Exchange:
        alike = "marked" if "cache_control" in asked.body.decode() else "unmarked, first time"
        return answers.get(role) or answers[alike]

    verdict, _ = drive(BY_ID["response.usage.cache"].probe(RUN), reply)
    return verdict


BASE = {"baseline": exchange(counts(10)), "unmarked, first time": exchange(counts(5010)), "marked": exchange(READ)}


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        pytest.param({}, Status.SUPPORTED, None, id="adds up"),
        pytest.param({"marked": exchange(counts(5003, 5000))}, Status.BROKEN, None, id="does not"),
        pytest.param({"marked": exchange(counts(read="x"))}, Status.BROKEN, None, id="no count"),
        pytest.param({"marked": exchange(counts(5010))}, Status.UNTESTED, Reason.NEVER_EXERCISED, id="no cache"),
        pytest.param({"marked, streamed": exchange(counts(3))}, Status.BROKEN, None, id="not in a stream"),
        pytest.param({"marked": NO}, Status.UNTESTED, Reason.CONTROL_REFUSED, id="marker refused"),
        pytest.param({"unmarked, first time": NO}, Status.UNTESTED, Reason.CONTROL_REFUSED, id="long text refused"),
        pytest.param(
            {"unmarked, first time": exchange(counts(7))}, Status.UNTESTED, Reason.CANNOT_TELL, id="uncached uncounted"
        ),
        pytest.param({"baseline": NO}, Status.UNTESTED, Reason.CANNOT_TELL, id="baseline refused"),
    ],
)
def test_the_row_of_cached_counts(changes: dict[str, Exchange], status: Status, reason: Reason | None) -> None:
    verdict = row({**BASE, **changes})
    assert (verdict.status, verdict.reason) == (status, reason)
