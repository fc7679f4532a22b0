"""The token count: what is no count, and what counts amount to."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.probing.contrast import Contrast
from conformance.probing.verdict import Effect, Verdict
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows import PROBES
from conformance.rows.endpoints.count_tokens import (
    LONGER,
    PLAIN,
    QUERY,
    SYSTEM,
    TOOLS,
    Count,
    hidden,
    judge_counts,
    no_count,
)
from tests.core.made_up import RUN, answered, counted, drive, exchange, met, refusal

REAL = {PLAIN: 10, LONGER: 100, SYSTEM: 220, TOOLS: 250, QUERY: 10}


@pytest.mark.parametrize("body", [{"input_tokens": 1}, {"input_tokens": 9, "context_management": {}}])
def test_a_count(body: dict[str, Any]) -> None:
    assert no_count(body) == ""


@pytest.mark.parametrize("value", [0, -1, None, "12", 12.0, True, [], 2**60])
def test_what_is_no_count(value: Any) -> None:
    assert no_count({"input_tokens": value}) == f"input_tokens {value!r}, which is no count of a prompt"


def test_a_body_without_a_count() -> None:
    assert no_count({"tokens": 5}) == "JSON that is no count (no input_tokens)"


def counts(billed: dict[str, int | None] | None = None, **changed: int) -> dict[str, Count]:
    """Counts equal to usage, but for the forms that are changed."""
    names = {"plain": PLAIN, "longer": LONGER, "system": SYSTEM, "tools": TOOLS, "query": QUERY}
    tokens = {**REAL, **{names[name]: value for name, value in changed.items()}}
    contrast = Contrast([answered()], [answered()], exchange({}))
    usage: dict[str, int | None] = {**REAL, **(billed or {})}
    return {form: Count(contrast=contrast, tokens=tokens[form], billed=usage[form]) for form in REAL}


def refused_in(form: str) -> dict[str, Count]:
    found = counts()
    contrast = Contrast([answered(), answered()], [met(400), met(400)], exchange({}))
    return {**found, form: Count(contrast=contrast, tokens=None, billed=REAL[form])}


def unasked(form: str) -> dict[str, Count]:
    """The real call in this form is refused as well, so that nothing is known of its count."""
    contrast = Contrast([met(400)], [met(400)], exchange({}))
    return {**counts(), form: Count(contrast=contrast, tokens=None, billed=None)}


@pytest.mark.parametrize(
    ("short", "expected"),
    [
        pytest.param([91] * 5, (91, 91), id="the same throughout"),
        pytest.param([91, 92, 81, 85, 91], (81, 92), id="as good as the same"),
        pytest.param([21] * 5, (21, 21), id="just beyond what a template may add unsaid"),
        pytest.param([20] * 5, None, id="within it"),
        pytest.param([60, 81, 81, 81, 81], None, id="too far apart"),
        pytest.param([91, 92, 81, 446, 91], (81, 446), id="more around a tool"),
        pytest.param([91, 92, 81, 3, 91], None, id="nothing around a tool"),
        pytest.param([-91] * 5, None, id="more than usage"),
        pytest.param([10, 40, 90, 120, 10], None, id="more the longer the prompt"),
    ],
)
def test_what_is_missing_throughout_was_put_around_the_prompt(
    short: list[int], expected: tuple[int, int] | None
) -> None:
    contrast = Contrast([answered()], [answered()], exchange({}))
    found = {
        form: Count(contrast=contrast, tokens=200, billed=200 + less) for form, less in zip(REAL, short, strict=True)
    }
    assert hidden(found) == expected


def test_what_is_counted_in_too_few_forms_is_not_told_apart() -> None:
    assert (
        hidden({PLAIN: Count(contrast=Contrast([answered()], [answered()], exchange({})), tokens=10, billed=101)})
        is None
    )


@pytest.mark.parametrize(
    ("found", "trusted", "deviation", "note"),
    [
        (counts(), True, None, ""),
        (counts(system=235, tools=270, plain=25), True, None, ""),
        (counts(), False, None, "not compared with usage, which does not move with the prompt alone"),
        (unasked(TOOLS), True, None, ""),
        (unasked(LONGER), True, None, ""),
        (
            counts(longer=10, system=10, tools=10),
            True,
            Deviation.IMPLAUSIBLE,
            "the count hardly grows with some hundred words more (10 to 10 tokens)",
        ),
        (refused_in(TOOLS), True, Deviation.INCOMPLETE, "counts, but not with a tool: HTTP 400: no"),
        (refused_in(QUERY), True, Deviation.ONE_FORM, "counts, but not with ?beta=true: HTTP 400: no"),
        (counts(tools=14), True, Deviation.INCOMPLETE, "the tool is not counted (10 to 14 tokens)"),
        (counts(tools=14), False, Deviation.INCOMPLETE, "the tool is not counted (10 to 14 tokens)"),
        (counts(system=10), True, Deviation.INCOMPLETE, "the system prompt is not counted (10 to 10 tokens)"),
        (
            counts({SYSTEM: 10}, system=10),
            True,
            Deviation.INCOMPLETE,
            "the system prompt is not counted (10 to 10 tokens), nor is it in usage of the real call",
        ),
        (
            counts({SYSTEM: 10, TOOLS: 10}, system=10, tools=10),
            True,
            Deviation.INCOMPLETE,
            "the system prompt is not counted (10 to 10 tokens) and the tool is not counted (10 to 10 tokens), "
            "nor is it in usage of the real call",
        ),
        (
            counts({TOOLS: 250}, system=10, tools=10),
            True,
            Deviation.INCOMPLETE,
            "the system prompt is not counted (10 to 10 tokens) and the tool is not counted (10 to 10 tokens)",
        ),
        (
            counts(tools=350),
            True,
            Deviation.IMPLAUSIBLE,
            "350 with a tool, where usage of the real call is 250 (40% more)",
        ),
        (
            counts(system=110),
            True,
            Deviation.IMPLAUSIBLE,
            "110 with a system prompt, where usage of the real call is 220 (50% less)",
        ),
        (counts({SYSTEM: None}, system=110), True, None, ""),
    ],
)
def test_what_counts_amount_to(found: dict[str, Count], trusted: bool, deviation: Deviation | None, note: str) -> None:
    finding = judge_counts(found, trusted=trusted, unread={})
    assert (finding.effect, finding.deviation, finding.note) == (Effect.SEEN, deviation, note)


def test_what_is_dropped_before_it_is_counted_is_no_fault_of_the_count() -> None:
    dropped = {SYSTEM: Verdict(status=Status.IGNORED)}
    finding = judge_counts(counts({SYSTEM: 10}, system=10), trusted=True, unread=dropped)
    note = "the system prompt is not read here (fields.system: ignored), so it is not counted"
    assert (finding.deviation, finding.note) == (None, note)
    tools_too = judge_counts(counts({SYSTEM: 10}, system=10, tools=10), trusted=True, unread=dropped)
    assert tools_too.note == "the tool is not counted (10 to 10 tokens)"


def probed(count: Exchange, of_tools: Exchange | None = None) -> Any:
    """The verdict where every count is answered so, and that of a tool perhaps otherwise."""
    probe = PROBES["endpoints.count_tokens"]

    def reply(role: str, asked: Request) -> Exchange:
        if "count_tokens" not in asked.path:
            return exchange(counted(10))
        assert asked.json.keys().isdisjoint({"max_tokens", "stream"})
        return of_tools if of_tools is not None and "tools" in asked.json else count

    return drive(probe(RUN), reply)


def test_a_count_that_breaks_in_one_form_is_broken() -> None:
    verdict, _ = probed(exchange({"input_tokens": 10}), exchange(b"", 500))
    assert (verdict.status, verdict.note) == (Status.BROKEN, "with a tool: HTTP 500")


def test_no_form_is_asked_where_the_bare_message_is_not_counted() -> None:
    verdict, roles = probed(refusal("Not Found", 404))
    assert verdict.status is Status.REJECTED
    assert not any("with a" in role for role in roles)


def test_a_message_that_is_not_answered_leaves_the_count_unknown() -> None:
    probe = PROBES["endpoints.count_tokens"]
    assert read_answer(refusal("no", 401)).outcome is Outcome.LOCKED
    verdict, _ = drive(probe(RUN), lambda role, asked: refusal("no", 401))
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.KEY_REFUSED)


def by_the_messages_alone(asked: Request) -> int:
    """Tokens as a server counts them that looks at the messages and at nothing else."""
    return len(str(asked.json["messages"])) // 4


def test_a_counter_that_reads_the_messages_alone_is_not_supported_where_nobody_knows_what_is_read() -> None:
    def reply(role: str, asked: Request) -> Exchange:
        tokens = by_the_messages_alone(asked)
        return exchange({"input_tokens": tokens}) if "count_tokens" in asked.path else exchange(counted(tokens))

    probe = PROBES["endpoints.count_tokens"]
    verdict, _ = drive(probe(RUN), reply)
    assert (verdict.status, verdict.reason) == (Status.UNTESTED, Reason.CANNOT_TELL)
    assert "the system prompt is not counted" in verdict.note
    assert "the tool is not counted" in verdict.note
