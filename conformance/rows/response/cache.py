"""The counts of a prompt that is cached: uncached, read and written tokens are the whole prompt together."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.probing import calibrate
from conformance.probing.contrast import Message
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant, untested
from conformance.protocol.answer import prompt_total, usage_number
from conformance.protocol.status import Deviation, Reason
from conformance.rows.shared import caching, sources
from conformance.rows.shared.caching import LEAST_CACHED, cached
from conformance.rows.shared.sampled_answers import Given, everywhere, gather, why_unanswered

READ, WRITTEN = "cache_read_input_tokens", "cache_creation_input_tokens"
STREAMED_LIMIT = 48
SAME = 0.02
"""By what part the totals of the very same prompt may differ."""
ALIKE = 0.1
"""By what part those of two prompts of the same length and kind may differ."""


def reports(given: Given) -> bool:
    """Does usage report a cache?"""
    return any(cached(given.message, key) for key in (READ, WRITTEN))


def unread_in_streams(given: Sequence[Given]) -> Conversation[list[Violation]]:
    """A cache that is reported unstreamed and, asked three times, in no stream."""
    streams = [each for each in given if each.streamed]
    if not streams or any(map(reports, streams)):
        return []
    again = {f"{streams[0].role}, try {n + 1}": streams[0].request.again(n) for n in (1, 2)}
    streams += yield from gather(again)
    if len(streams) < 1 + len(again) or any(map(reports, streams)):
        return []
    rule = f"a cache is reported unstreamed, and in none of {len(streams)} streams of the same prompt"
    return [Violation(rule=rule, deviation=Deviation.ONE_MODE)]


def count_violations(message: Message) -> list[str]:
    """Counts of the cache that are none. A count may be missing or null: then nothing was read or written."""
    usage = message.get("usage")
    if not isinstance(usage, dict):
        return []
    found = []
    for key in (READ, WRITTEN):
        count = usage_number(message, key)
        if usage.get(key) is not None and (count is None or count < 0):
            found.append(f"usage.{key} is {usage[key]!r}, not a count")
    parts = usage.get("cache_creation")
    if isinstance(parts, dict) and not found:
        counts = [part for part in parts.values() if isinstance(part, int)]
        written = usage_number(message, WRITTEN) or 0
        if counts and sum(counts) != written:
            found.append(f"usage.cache_creation adds up to {sum(counts)}, but {WRITTEN} is {written}")
    return found


def counts_of(given: Given) -> list[Violation]:
    """The same as violations."""
    return [Violation(rule=rule) for rule in count_violations(given.message)]


def sum_violations(given: Sequence[Given], whole: int) -> list[Violation]:
    """Totals that are not the whole prompt. `whole` is what a prompt of the same length counts that is not cached.

    reads or writes a cache   total                             rule
    no                        -                                 kept: nothing of it is a matter of the cache
    yes                       as the uncached prompt's, nearly  kept
    yes                       another                           broken
    two that are given        differ                            broken
    """
    found = []
    for each in given:
        message = each.message
        total = prompt_total(message)
        if total is None or not any(cached(message, key) for key in (READ, WRITTEN)):
            continue
        if abs(total - whole) > ALIKE * whole:
            found.append(f"{told(each)}, where the same length uncached is {whole}")
    totals = [(prompt_total(each.message), each) for each in given]
    known = sorted(((total, told(each)) for total, each in totals if total is not None))
    if not found and known and known[-1][0] - known[0][0] > SAME * known[0][0]:
        found.append(f"the same prompt adds up otherwise: {known[0][1]}; {known[-1][1]}")
    return [Violation(rule=rule) for rule in found]


def told(given: Given) -> str:
    """The counts of an answer, in words."""
    counts = [usage_number(given.message, key) or 0 for key in ("input_tokens", READ, WRITTEN)]
    return f"{given.role}: {counts[0]} input + {counts[1]} read + {counts[2]} written = {sum(counts)}"


@row(
    "response.usage.cache",
    "MUST keep input + cache_read + cache_creation equal to the whole prompt",
    evidence_kind=EvidenceKind.RULE,
    source=sources.CACHING,
    everywhere=everywhere(counts_of),
)
def cache(run: Run) -> Conversation[Verdict]:
    # The requests of the row about a marked text block: one after the other, the last of them streamed.
    marked, plain = (
        caching.in_a_text_block(run, f"{caching.TEXT_BLOCK}/{label}", marker)
        for label, marker in (("marked", caching.MARKER), ("plain", {}))
    )
    unmarked = yield from gather({"unmarked, first time": plain})
    given = yield from gather({"marked, first time": marked})
    if given:
        given += yield from gather({"marked, second time": marked.again(caching.AGAIN)})
    if not run.dialect.streamed:
        # With a limit of its own: no other row's stream is this one.
        given += yield from gather({"marked, streamed": marked.with_fields(stream=True, max_tokens=STREAMED_LIMIT)})
    short = yield from gather({"baseline": calibrate.baseline(run)})
    if not given or not unmarked:
        needed = {"a long prompt": plain, "a long prompt with a cache marker": marked}
        refused = yield from why_unanswered(needed)
        assert refused is not None
        return refused
    miscounted = [Violation(rule=f"{each.role}: {rule}") for each in given for rule in count_violations(each.message)]
    if miscounted:
        return decide_invariant(exercised=len(given), violations=miscounted)
    if not any(cached(each.message, key) for each in given for key in (READ, WRITTEN)):
        return untested(Reason.NEVER_EXERCISED, "usage reports no cache for a marked prompt of some 5,000 tokens")
    whole = prompt_total(unmarked[0].message) or 0
    if not short or whole - (prompt_total(short[0].message) or 0) < LEAST_CACHED:
        note = f"usage counts {whole} tokens of a prompt of some 5,000 that is not cached"
        return untested(Reason.CANNOT_TELL, note)
    violations = sum_violations(given, whole)
    if not violations and any(reports(each) for each in given if not each.streamed):
        violations = yield from unread_in_streams(given)
    return decide_invariant(exercised=len(given), violations=violations)
