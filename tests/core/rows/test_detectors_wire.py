"""The rules of an answer's envelope, of its usage and of an error's body."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Deviation
from conformance.rows.errors.envelope import envelope_violation
from conformance.rows.response.envelope import LEFTOVERS, envelope_violations
from conformance.rows.response.usage import usage_violations
from tests.core.made_up import counted, exchange, message, refusal

TEXT = {"content-type": "text/plain"}


@pytest.mark.parametrize(
    "given",
    [
        message(),
        message(content=[]),
        message(content=[{"type": "a_new_block"}]),
        {**message(), "container": None},
        {**message(), "context_management": {"applied_edits": []}},
    ],
)
def test_an_official_answer_breaks_no_rule(given: dict[str, Any]) -> None:
    assert envelope_violations(given) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"type": None}, "type is None, not 'message'"),
        ({"type": "chat.completion"}, "type is 'chat.completion', not 'message'"),
        ({"role": None}, "role is None, not 'assistant'"),
        ({"role": "user"}, "role is 'user', not 'assistant'"),
        ({"id": None}, "id is None, not a string"),
        ({"id": ""}, "id is '', not a string"),
        ({"id": 5}, "id is 5, not a string"),
        ({"model": None}, "model is None, not a string"),
        ({"model": ""}, "model is '', not a string"),
        ({"content": ["text"]}, "content.0 is not a block with a type"),
        ({"content": [{"type": "text", "text": ""}, {}]}, "content.1 is not a block with a type"),
        ({"content": [{"type": 5}]}, "content.0 is not a block with a type"),
    ],
)
def test_a_broken_envelope_is_named(change: dict[str, Any], rule: str) -> None:
    (violation,) = envelope_violations({**message(), **change})
    assert (violation.rule, violation.deviation) == (rule, None)


@pytest.mark.parametrize("key", LEFTOVERS)
def test_a_leftover_of_another_protocol_is_only_a_deviation(key: str) -> None:
    (violation,) = envelope_violations({**message(), key: None})
    assert violation.rule == f"leftovers of another protocol: {key}"
    assert violation.deviation is Deviation.EXTRA_KEYS


def test_the_rules_that_break_clients_come_first() -> None:
    found = envelope_violations({"content": [], "object": "x"})
    assert [violation.rule.split()[0] for violation in found] == ["type", "role", "id", "model", "leftovers"]
    assert [violation.deviation is None for violation in found] == [True, True, True, True, False]


def test_counts_that_move_with_the_prompt_break_no_rule() -> None:
    assert usage_violations(counted(10), counted(50)) == []
    cached = message(usage={"input_tokens": 1, "cache_read_input_tokens": 90, "output_tokens": 2})
    assert usage_violations(counted(10), cached) == []


@pytest.mark.parametrize("key", ["input_tokens", "output_tokens"])
@pytest.mark.parametrize("count", [None, -1, "10", 10.5, True])
def test_a_missing_or_senseless_count_is_a_broken_rule(key: str, count: Any) -> None:
    wrong = message(usage={"input_tokens": 10, "output_tokens": 4, key: count})
    for pair in ((wrong, counted(100)), (counted(10), wrong)):
        (violation,) = usage_violations(*pair)
        assert violation.rule.startswith(f"usage.{key} is not a count (usage is {{")
        assert violation.deviation is None


def test_an_answer_without_usage_is_a_broken_rule() -> None:
    (violation,) = usage_violations(message(usage=None), counted(100))
    assert violation.rule == "usage.input_tokens is not a count (usage is None)"


@pytest.mark.parametrize(
    ("before", "after", "doubts"), [(10, 49, 1), (10, 50, 0), (0, 100, 1), (0, 39, 2), (60, 20, 1)]
)
def test_counts_that_cannot_be_true_are_doubts(before: int, after: int, doubts: int) -> None:
    found = usage_violations(counted(before), counted(after))
    assert [violation.deviation for violation in found] == [Deviation.IMPLAUSIBLE] * doubts


def test_an_answer_of_no_tokens_is_a_doubt() -> None:
    silent = message(usage={"input_tokens": 10, "output_tokens": 0})
    (violation,) = usage_violations(silent, counted(100))
    assert violation.rule == "a count is 0 although there was a prompt and an answer"


def test_an_official_error_breaks_no_rule() -> None:
    assert envelope_violation(refusal("bad")) == ""
    body = {"type": "error", "error": {"type": "x", "message": "y", "details": None}, "request_id": "req_1"}
    assert envelope_violation(exchange(body, 429, headers={"content-type": "application/json; charset=utf-8"})) == ""


ERROR = {"type": "x", "message": "y"}


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (exchange(b"no", 400, headers=TEXT), "HTTP 400: the content type is text/plain, not application/json"),
        (exchange(b"no", 404, headers={}), "HTTP 404: the content type is missing, not application/json"),
        (exchange(b"", 400), "HTTP 400: the body is no JSON object"),
        (exchange(b"[]", 400), "HTTP 400: the body is no JSON object"),
        (exchange({"error": ERROR}, 400), "HTTP 400: the body has no type error: "),
        (exchange({"type": "fault", "error": ERROR}, 400), "HTTP 400: the body has no type error: "),
        (exchange({"type": "error"}, 400), "HTTP 400: error is no object: "),
        (exchange({"type": "error", "error": "bad"}, 400), "HTTP 400: error is no object: "),
        (exchange({"type": "error", "error": {"message": "y"}}, 400), "HTTP 400: error.type is missing: "),
        (exchange({"type": "error", "error": {**ERROR, "type": ""}}, 400), "HTTP 400: error.type is missing: "),
        (exchange({"type": "error", "error": {"type": "x"}}, 400), "HTTP 400: error.message is missing: "),
        (exchange({"type": "error", "error": {**ERROR, "message": 5}}, 400), "HTTP 400: error.message is missing: "),
    ],
)
def test_a_broken_error_is_named_and_shown(given: Exchange, rule: str) -> None:
    found = envelope_violation(given)
    assert found.startswith(rule)
    if rule.endswith(": "):
        assert found.removeprefix(rule) == given.body.decode()
