"""The envelope of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.probing import calibrate
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import Everywhere, row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Deviation
from conformance.protocol.stream_shapes import OF_ONE_ANSWER
from conformance.protocol.strict_json import encoding_fault
from conformance.rows.shared import sources
from conformance.rows.shared.sampled_answers import Given, everywhere

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


def of_one_answer(message: Mapping[str, Any]) -> bool:
    """Does usage count one answer alone?"""
    return all(isinstance(each, dict) and each.get("type") in OF_ONE_ANSWER for each in message["content"])


def strange_keys(message: Mapping[str, Any]) -> list[Violation]:
    """Counts under the names of another protocol."""
    usage = message.get("usage")
    found = [key for key in OTHER_COUNTS if isinstance(usage, dict) and key in usage]
    rule = f"usage holds counts of another protocol: {', '.join(found)}"
    return [Violation(rule=rule, deviation=Deviation.EXTRA_KEYS)] if found else []


_ENVELOPE = everywhere(envelope_of)


@row(
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
