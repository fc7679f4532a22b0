"""Why an answer ended, as it says itself: stop_reason and stop_sequence."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.capability import copies_codes, tool_request
from conformance.probing.contrast import Message
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant, untested
from conformance.protocol.answer import calls
from conformance.protocol.status import Deviation, Reason
from conformance.rows.shared import sources
from conformance.rows.shared.sampled_answers import (
    Given,
    everywhere,
    gather,
    gather_calls,
    gather_until,
    hold_to,
    in_both_modes,
    tries_for,
    why_unanswered,
)
from conformance.rows.simple_fields.limits import Stop, beyond_the_limit, look_at_stop, stopped_at

OFFICIAL = frozenset(
    {
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "tool_use",
        "pause_turn",
        "refusal",
        "model_context_window_exceeded",
        "compaction",
    }
)

CUT = frozenset({"max_tokens", "refusal", "model_context_window_exceeded"})
"""Reasons that may end an answer in the middle of a call."""


def stop_reason_violations(given: Given) -> list[Violation]:
    """The rules of stop_reason that an answer breaks. A stream that breaks its grammar is a finding of other rows.

    stop_reason          a tool_use block   rule
    none, not a string   -                  broken
    not official         -                  broken
    tool_use             none               broken
    cut short            -                  kept: the cut may stand in a call
    another              there              broken
    """
    if given.flaw:
        return []
    reason, called = given.message.get("stop_reason"), bool(calls(given.message))
    if not isinstance(reason, str):
        return [Violation(rule=f"stop_reason is {reason!r}")]
    if reason not in OFFICIAL:
        return [Violation(rule=f"stop_reason is {reason!r}, which is none of the official ones")]
    if reason == "tool_use" and not called:
        return [Violation(rule="stop_reason is tool_use, but no tool_use block is there")]
    if called and reason != "tool_use" and reason not in CUT:
        return [Violation(rule=f"a tool_use block is there, but stop_reason is {reason}")]
    return []


def was_hit(message: Message, stop: Stop) -> bool:
    """Was an answer stopped at a sequence, whether or not it says so?"""
    told = message.get("stop_reason") == "stop_sequence" or message.get("stop_sequence") is not None
    return told or look_at_stop(message, stop).seen


def stop_sequence_violations(given: Given, stop: Stop | None = None) -> list[Violation]:
    """The rules of stop_sequence that an answer breaks. A stream that breaks its grammar is a finding of other rows.
    `stop` is the sequence that the answer must stop at, where that is known.

    the key            stop_reason     the answer             rule
    missing            -               -                      broken
    not one sent       stop_sequence   -                      broken
    neither null nor   another         -                      broken
      one sent
    one sent           another         -                      unreported: stop_reason does not say so
    null               another         cut at the sequence    unreported
    """
    if given.flaw:
        return []
    message, sent = given.message, given.request.json.get("stop_sequences")
    sent = sent if isinstance(sent, list) else []
    if "stop_sequence" not in message:
        return [Violation(rule="the key stop_sequence is missing")]
    which, reason = message["stop_sequence"], message.get("stop_reason")
    if reason == "stop_sequence" and which not in sent:
        return [Violation(rule=f"stop_reason is stop_sequence, but stop_sequence is {which!r}")]
    if which is not None and which not in sent:
        return [Violation(rule=f"stop_sequence is {which!r}, which was not asked for")]
    if which is not None and reason != "stop_sequence":
        rule = f"stop_sequence is {which!r}, but stop_reason is {reason}"
        return [Violation(rule=rule, deviation=Deviation.UNREPORTED)]
    if stop is not None and which is None and sent and look_at_stop(message, stop).deviation is Deviation.UNREPORTED:
        rule = f"the answer is cut at {stop.word}, but stop_sequence is null"
        return [Violation(rule=rule, deviation=Deviation.UNREPORTED)]
    return []


@row(
    "response.stop_reason",
    "MUST report a stop_reason of the official set, tool_use if and only if a tool_use block is there",
    evidence_kind=EvidenceKind.RULE,
    source=sources.STOP_REASONS,
    everywhere=everywhere(stop_reason_violations),
)
def stop_reason(run: Run) -> Conversation[Verdict]:
    _, stopped, _ = yield from stopped_at(run)
    plain = {"a bare message": calibrate.baseline(run), "cut at the limit": beyond_the_limit(run)}
    given = yield from gather(in_both_modes(run, {**plain, "with stop sequences": stopped}))
    calling = yield from gather_calls(run)
    given += calling.given
    violations = yield from hold_to(stop_reason_violations, given)
    if calling.verdict is not None and not violations:
        return calling.verdict
    return decide_invariant(exercised=len(given), violations=violations)


@row(
    "response.stop_sequence",
    "MUST carry the stop_sequence key, null unless one was hit",
    evidence_kind=EvidenceKind.RULE,
    source=sources.STOP_REASONS,
    everywhere=everywhere(stop_sequence_violations),
)
def stop_sequence(run: Run) -> Conversation[Verdict]:
    _, treatment, stop = yield from stopped_at(run)
    unstopped = {"a bare message": calibrate.baseline(run), "one call": tool_request(run)}
    given = yield from gather(in_both_modes(run, unstopped))
    asked = in_both_modes(run, {"with stop sequences": treatment})

    def hit(message: Message) -> bool:
        return was_hit(message, stop)

    stopped = yield from gather_until(asked, hit, 1)
    if sum(hit(each.message) for each in stopped) < len(asked):
        stopped = yield from gather_until(asked, hit, tries_for((yield from copies_codes(run))))
    violations = yield from hold_to(lambda each: stop_sequence_violations(each, stop), [*given, *stopped])
    if violations:
        return decide_invariant(exercised=1, violations=violations)
    if not stopped:
        refused = yield from why_unanswered({"a request with stop sequences": treatment})
        assert refused is not None
        return refused
    if not any(hit(each.message) for each in stopped):
        note = f"no answer of this run is stopped at a sequence; the key is there and null in {len(given)}"
        return untested(Reason.NEVER_EXERCISED, note)
    return decide_invariant(exercised=len(stopped), violations=[])
