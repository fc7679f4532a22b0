"""What every answer must look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.probing import calibrate
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import Everywhere, Table
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant
from conformance.protocol.answer import prompt_total, read_answer, said_anywhere, usage_number
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Deviation
from conformance.protocol.stream_shapes import OF_ONE_ANSWER
from conformance.protocol.strict_json import encoding_fault
from conformance.rows import cache_counts, calls_made, clean_text, sources, stop_reasons
from conformance.rows.gathered import Given, everywhere

TABLE = Table("response")

LEFTOVERS = ("choices", "object", "created", "system_fingerprint")
OTHER_COUNTS = (
    "total_tokens",
    "prompt_tokens",
    "completion_tokens",
    "prompt_tokens_details",
    "completion_tokens_details",
)


def envelope_violations(message: Mapping[str, Any]) -> list[Violation]:
    """The rules of the official Message object that this one breaks, those that break clients first."""
    found = []
    for key, due in (("type", "message"), ("role", "assistant")):
        if message.get(key) != due:
            found.append(Violation(rule=f"{key} is {message.get(key)!r}, not {due!r}"))
    for key in ("id", "model"):
        if not isinstance(message.get(key), str) or not message[key]:
            found.append(Violation(rule=f"{key} is {message.get(key)!r}, not a string"))
    for number, block in enumerate(message["content"]):
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            found.append(Violation(rule=f"content.{number} is not a block with a type"))
    leftovers = [key for key in LEFTOVERS if key in message]
    if leftovers:
        rule = f"leftovers of another protocol: {', '.join(leftovers)}"
        found.append(Violation(rule=rule, deviation=Deviation.EXTRA_KEYS))
    return found


def envelope_of(given: Given) -> list[Violation]:
    """The same for any answer of the run; what a stream begins with has a row of its own."""
    return [] if given.streamed else envelope_violations(given.message)


def misencoded(exchange: Exchange) -> list[Violation]:
    """JSON that a client cannot read, whatever was asked for: an answer, a list of models, a count. That of a refusal
    is the finding of errors.envelope; the rules of a stream's bytes are those of streams."""
    success = exchange.status is not None and 200 <= exchange.status < 300 and not exchange.is_event_stream
    fault = encoding_fault(exchange.body) if success else ""
    return [Violation(rule=fault, exchange=exchange.request.digest)] if fault else []


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


def of_one_answer(message: Mapping[str, Any]) -> bool:
    """Does usage count one answer alone?"""
    return all(isinstance(each, dict) and each.get("type") in OF_ONE_ANSWER for each in message["content"])


def strange_keys(message: Mapping[str, Any]) -> list[Violation]:
    """Counts under the names of another protocol."""
    usage = message.get("usage")
    found = [key for key in OTHER_COUNTS if isinstance(usage, dict) and key in usage]
    rule = f"usage holds counts of another protocol: {', '.join(found)}"
    return [Violation(rule=rule, deviation=Deviation.EXTRA_KEYS)] if found else []


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


_ENVELOPE = everywhere(envelope_of)


@TABLE.row(
    "response.envelope",
    "MUST answer type message, role assistant, a unique id, the model and a content array, with no OpenAI leftovers",
    evidence_kind=EvidenceKind.RULE,
    source=sources.MESSAGES,
    everywhere=Everywhere(find=lambda exchange: [*misencoded(exchange), *_ENVELOPE.find(exchange)]),
)
def envelope(run: Run) -> Conversation[Verdict]:
    question = calibrate.sample(run)
    asked = {"baseline": calibrate.baseline(run), "a question": question, "the same question": question.again(1)}
    got = yield asked
    messages = [m for m in (read_answer(each).message for each in got.values()) if m is not None]
    violations = [broken for each in got.values() for broken in misencoded(each)]
    violations += [broken for message in messages for broken in envelope_violations(message)]
    ids = [message.get("id") for message in messages]
    double = next((each for place, each in enumerate(ids) if each in ids[:place]), None)
    if double is not None:
        violations.append(Violation(rule=f"two answers have the same id {double!r}"))
    return decide_invariant(exercised=len(messages), violations=violations)


stop_reasons.add_stop_reason(TABLE)
stop_reasons.add_stop_sequence(TABLE)
calls_made.add_tool_use(TABLE)
clean_text.add_text_clean(TABLE)


@TABLE.row(
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


cache_counts.add_cache(TABLE)
