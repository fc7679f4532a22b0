"""Bad requests for a stream: what is wrong before anything is generated is refused as without a stream."""

from __future__ import annotations

from dataclasses import replace

from conformance.probing import calibrate
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.protocol.stream_rules import Broken, Rule
from conformance.rows.shared import sources
from conformance.rows.stream.sampled_streams import (
    PLAIN,
    RuleFinding,
    judge_streams,
    reading_of,
    streamed_requests,
    unshown,
)


@row(
    "stream.early_error",
    "MUST refuse a bad stream request with plain HTTP 4xx JSON, not a 200 stream",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def early_error(run: Run) -> Conversation[Verdict]:
    """Judged as `streamed.judge` does; where every one of the bad requests is answered, the rule is ignored."""
    got = yield from calibrate.ask_reliably({PLAIN: streamed_requests(run)[PLAIN]})
    if reading_of(got[PLAIN]) is None:
        return unshown(got)
    bad = bad_requests(streamed_requests(run)[PLAIN])
    # The same mistakes without a stream are asked by other rows as well.
    plain = bad_requests(calibrate.baseline(run))
    unstreamed = {f"{role}, unstreamed": request for role, request in plain.items()}
    refused = yield from calibrate.ask_reliably(unstreamed)
    known = {role: bad[role] for role in bad if plainly_refused(refused[f"{role}, unstreamed"])}
    if not known:
        return untested(Reason.NEVER_EXERCISED, "no bad request is refused with JSON without a stream either")

    def find(exchange: Exchange) -> RuleFinding:
        return find_refusal(exchange, streams_only=run.dialect.streamed)

    verdict = yield from judge_streams(known, find)
    if verdict.status is Status.BROKEN:
        # What fails now may fail for all, whoever asks: the good request is asked beside it.
        beside = yield {PLAIN: streamed_requests(run)[PLAIN].again_beside(next(iter(known.values())))}
        if reading_of(beside[PLAIN]) is None:
            return unshown(beside)
    met = yield known
    taken = all(find_refusal(each, streams_only=False).broken == [TAKEN] for each in met.values())
    return replace(verdict, status=Status.IGNORED, deviation=None) if verdict.deviation and taken else verdict


def bad_requests(good: Request) -> dict[str, Request]:
    """A good request made wrong in ways that are known before anything is generated."""
    return {
        "without max_tokens": good.without_fields("max_tokens"),
        "with a max_tokens that is no number": good.with_fields(max_tokens="many"),
        "without messages": good.without_fields("messages"),
    }


def plainly_refused(exchange: Exchange) -> bool:
    """Is this a 4xx with a JSON object? How well it is formed is for the rows of `errors`."""
    return read_answer(exchange).outcome is Outcome.REFUSED and isinstance(exchange.json, dict)


def find_refusal(exchange: Exchange, *, streams_only: bool) -> RuleFinding:
    """What is wrong with the answer to a bad request for a stream, which is refused without one. An endpoint that only
    streams may have refused the other mode, so that an answer is no fault there.

    answer                                   found
    4xx with JSON                            as it must be
    4xx with anything else                   slightly broken
    an error event, 5xx, incomplete          broken
    2xx                                      slightly broken, unless the endpoint only streams
    401, 429, 503, 529, no connection        nothing
    """
    answer = read_answer(exchange)
    if answer.outcome is Outcome.REFUSED:
        if isinstance(exchange.json, dict) and not exchange.is_event_stream:
            return RuleFinding(shown=True)
        what = exchange.content_type or "no content type"
        return misrefused(f"HTTP {exchange.status} as {what}, not as JSON", Deviation.OTHER_REFUSAL)
    if inside_a_stream(exchange, answer):
        return misrefused(f"HTTP {exchange.status} and a stream instead of a refusal: {answer.problem}")
    if answer.outcome is Outcome.BROKEN:
        return misrefused(f"no clean refusal: {answer.problem}")
    if answer.answered and not streams_only:
        return RuleFinding(shown=True, broken=[TAKEN])
    return RuleFinding(shown=False)


TAKEN = Broken(
    rule=Rule.REFUSAL,
    told="answered, although the same is refused without a stream",
    deviation=Deviation.INCOMPLETE,
)


def misrefused(told: str, deviation: Deviation | None = None) -> RuleFinding:
    return RuleFinding(shown=True, broken=[Broken(rule=Rule.REFUSAL, told=told, deviation=deviation)])


def inside_a_stream(exchange: Exchange, answer: Answer) -> bool:
    """Is the refusal an error event of a stream that began as a good one?"""
    good = exchange.status is not None and 200 <= exchange.status < 300
    return good and answer.stream is not None and answer.stream.error is not None
