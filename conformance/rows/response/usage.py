"""usage of an answer: counts that can be so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.probing import calibrate
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant
from conformance.protocol.answer import prompt_total, read_answer, said_anywhere, usage_number
from conformance.protocol.status import Deviation
from conformance.rows.response.envelope import of_one_answer, strange_keys
from conformance.rows.shared import sources
from conformance.rows.shared.sampled_answers import Given, everywhere


def usage_violations(short: Mapping[str, Any], long: Mapping[str, Any]) -> list[Violation]:
    """Missing counts break clients; counts that cannot be true mislead them. The second answer is to a prompt of 400
    characters more."""
    missing = [each for message in (short, long) for each in uncounted(message)]
    if missing:
        return missing
    before, after = prompt_total(short), prompt_total(long)
    assert before is not None
    assert after is not None
    doubts = [*strange_keys(short), *doubtful(short)]
    if after - before < 40:
        rule = f"the prompt total hardly moves with a prompt of 400 characters more ({before} to {after})"
        doubts.append(Violation(rule=rule, deviation=Deviation.IMPLAUSIBLE))
    return doubts


def uncounted(message: Mapping[str, Any]) -> list[Violation]:
    """The first count that usage lacks."""
    for key in ("input_tokens", "output_tokens"):
        count = usage_number(message, key)
        if count is None or count < 0:
            given = message.get("usage")
            return [Violation(rule=f"usage.{key} is not a count (usage is {given!r:.120})")]
    return []


def doubtful(message: Mapping[str, Any]) -> list[Violation]:
    """Counts of 0 although there was something to count."""
    if not of_one_answer(message):
        return []
    said = bool(said_anywhere(message).strip())
    if prompt_total(message) == 0 or (said and usage_number(message, "output_tokens") == 0):
        rule = "a count is 0 although there was a prompt and an answer"
        return [Violation(rule=rule, deviation=Deviation.IMPLAUSIBLE)]
    return []


def usage_of(given: Given) -> list[Violation]:
    """What is wrong with the usage of one answer. The counts of a stream stand in message_start and message_delta,
    which have rows of their own.

    a count is missing, or none             broken, unstreamed
    a count is 0                            implausible, unstreamed
    more output than an answer was cut at   implausible
    a larger prompt than was sent           implausible
    a count of another protocol             extra_keys
    """
    message = given.message
    counts = [] if given.streamed else [*uncounted(message), *doubtful(message)]
    return [*counts, *beyond_its_limit(given), *beyond_what_was_sent(given), *strange_keys(message)]


HIDDEN_PROMPT = 100_000
"""Tokens that an endpoint may put before what is sent: no instructions for tools, and no system prompt of a vendor's
own, come near."""


def beyond_what_was_sent(given: Given) -> list[Violation]:
    """A token is one byte at least, so a prompt has no more tokens than the request has bytes, unless it names what
    lies elsewhere."""
    total, sent = prompt_total(given.message), given.request.body
    elsewhere = any(name in sent for name in (b'"url"', b'"file_id"', b'"mcp_servers"', b'"container"'))
    if total is None or elsewhere or not of_one_answer(given.message) or total <= len(sent) + HIDDEN_PROMPT:
        return []
    rule = f"usage counts a prompt of {total:,} tokens of a request of {len(sent):,} bytes"
    return [Violation(rule=rule, deviation=Deviation.IMPLAUSIBLE)]


def beyond_its_limit(given: Given) -> list[Violation]:
    """An answer that was cut at max_tokens has no more tokens than that."""
    limit, spent = given.request.json.get("max_tokens"), usage_number(given.message, "output_tokens")
    cut = given.message.get("stop_reason") == "max_tokens"
    if not (cut and of_one_answer(given.message) and isinstance(limit, int) and spent is not None and spent > limit):
        return []
    rule = f"usage counts {spent} output tokens of an answer that was cut at max_tokens {limit}"
    return [Violation(rule=rule, deviation=Deviation.IMPLAUSIBLE)]


@row(
    "response.usage",
    "MUST report input_tokens and output_tokens that are plausible, and a prompt total "
    "(input + cache read + cache creation) that moves with the prompt",
    evidence_kind=EvidenceKind.RULE,
    source=sources.MESSAGES,
    everywhere=everywhere(usage_of),
)
def usage(run: Run) -> Conversation[Verdict]:
    plain = calibrate.baseline(run)
    longer = run.message(f"{calibrate.FILLER * 2}\nSay OK.", max_tokens=32)
    got = yield {"baseline": plain, "a longer prompt": longer}
    short, long = (read_answer(got[role]).message for role in ("baseline", "a longer prompt"))
    if short is None or long is None:
        return decide_invariant(exercised=0, violations=[])
    return decide_invariant(exercised=2, violations=usage_violations(short, long))
