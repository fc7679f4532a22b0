"""A row's whole conversation: the dialect first, then what the row asks, and what may not be said of its answers.

Measuring and judging drive the same conversation (`measure.py`, `judge.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from conformance.probing import calibrate
from conformance.probing.endpoints import read_any
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.room import shows_nothing
from conformance.probing.row import RULES, Row
from conformance.probing.run import Answered, Asked, Conversation, Run, intercept
from conformance.probing.unsteady import Unsteady, look_alike, question_of, second_opinion
from conformance.probing.verdict import Verdict, unanswered, untested
from conformance.protocol.answer import Outcome, read_answer, says_nothing, usage_number
from conformance.protocol.exchange import LAST, Exchange
from conformance.protocol.status import Deviation, Reason, Status


def row_conversation(row: Row, run: Run) -> Conversation[tuple[Verdict, str]]:
    """A row's whole conversation: negotiate the dialect, then probe. Gives the verdict, and the dialect's note."""
    settled = yield from calibrate.negotiate_dialect(run)
    if isinstance(settled, Verdict):
        return settled, ""
    verdict = yield from unless_broken(
        row, unless_cut(row, if_still_answered(settled, naming_what_it_rests_on(row.probe(settled))))
    )
    if settled.dialect.fields and verdict.status is Status.REJECTED:
        # Every request carries the dialect's own fields, so the row is not shown to be the cause.
        note = f"refused together with what this model is always asked with: {verdict.note}"
        verdict = untested(Reason.PREREQUISITE_REFUSED, note)
    return verdict, settled.dialect.note


def with_second_opinion(row: Row, run: Run, unsteady: Unsteady | None) -> Conversation[tuple[Verdict, str]]:
    """A row's whole conversation, and in an unsteady run the second one, where the first blames anybody."""
    asked: list[Exchange] = []

    def look_out(wanted: Asked) -> Conversation[Answered]:
        got = yield wanted
        asked.extend(got.values())
        return got

    first, note = yield from intercept(row_conversation(row, run), look_out)
    if unsteady is None:
        return first, note
    again = only_verdict(row_conversation(row, run))
    return (yield from second_opinion(again, first, unsteady, asked, row.evidence_kind)), note


def only_verdict(steps: Conversation[tuple[Verdict, str]]) -> Conversation[Verdict]:
    """The verdict of a row's conversation, without the dialect's note."""
    return (yield from steps)[0]


def naming_what_it_rests_on(steps: Conversation[Verdict]) -> Conversation[Verdict]:
    """The verdict of these steps, which names the exchange that shows what its note says.

    the verdict names               its note quotes a failure                     rests on
    an exchange of that failure     -                                             as it is
    other exchanges                 of one exchange or more of the row            the last of these, then as it is
    none                            of none                                       what was asked last: that decided it
    """
    last: Answered = {}
    failed: dict[str, str] = {}

    def look_out(wanted: Asked) -> Conversation[Answered]:
        nonlocal last
        got = yield wanted
        last = got or last
        for exchange in got.values():
            problem = read_any(exchange).problem
            if problem:
                failed[exchange.request.digest] = problem
        return got

    verdict = yield from intercept(steps, look_out)
    quoted = [digest for digest, problem in failed.items() if problem in verdict.note]
    if quoted and not any(digest in quoted for digest in verdict.rests_on):
        return replace(verdict, rests_on=(quoted[-1], *verdict.rests_on))
    if verdict.rests_on:
        return verdict
    return replace(verdict, rests_on=tuple(each.request.digest for each in last.values()))


LEAST_EMPTY = 2
"""So many empty answers, and one in ten at least, are no whim of a model."""


def is_cut_early(exchange: Exchange) -> bool:
    """Does an answer say that it was cut at max_tokens, with less than half of what it was allowed?"""
    message, asked = read_answer(exchange).message, exchange.request.json
    limit = asked.get("max_tokens") if isinstance(asked, dict) else None
    spent = usage_number(message or {}, "output_tokens")
    cut = message is not None and message.get("stop_reason") == "max_tokens"
    return cut and isinstance(limit, int) and spent is not None and spent * 2 < limit


RULES_OF_AN_ANSWER = re.compile(r"response\.(envelope|tool_use|stop_reason)|stream\.(?!content_type|no_done)\w+")


OF_STREAMS = re.compile(r"(stream|clients|replay)\..*|fields\.stream")
"""Rows that look at streams as they are."""

OF_IDS = ("response.envelope", "headers.request_id")
"""Rows that tell where two answers have one id."""

LEFT_UNSAID = (Deviation.UNREPORTED, Deviation.UNSIGNED)


def unless_broken(row: Row, steps: Conversation[Verdict]) -> Conversation[Verdict]:
    """The verdict of these steps. What a broken answer does not show says nothing of the model, and what a broken
    stream leaves unsaid says nothing of the field.

    verdict                  answers                                               status
    partial, ignored or      two questions got the very same one, by its id as
      model_too_weak           well (not for OF_IDS)                               untested (cannot_tell)
    partial: something is    one that it rests on is a stream that breaks its
      left unsaid (not for     grammar                                             untested (cannot_tell)
      OF_STREAMS)
    not model_too_weak       otherwise                                             as it is
    model_too_weak           one of ten, and two at least, are empty               untested (cannot_tell)
    model_too_weak           one is cut with less than half of what was allowed    untested (cut)
    model_too_weak           one that it rests on breaks a rule of the wire        untested (cannot_tell)
    model_too_weak           otherwise                                             as it is
    """
    came: dict[str, Exchange] = {}

    def look_out(wanted: Asked) -> Conversation[Answered]:
        got = yield wanted
        came.update({each.request.digest: each for each in got.values()})
        return got

    verdict = yield from intercept(steps, look_out)
    in_doubt = verdict.status in (Status.PARTIAL, Status.IGNORED) or verdict.reason is Reason.MODEL_TOO_WEAK
    alike = next(look_alike(came.values()), None) if in_doubt and row.id not in OF_IDS else None
    if alike is not None:
        told = f"{verdict.note}; but two questions got the very same answer, so answers are kept for others here"
        return untested(Reason.CANNOT_TELL, told, *(each.request.digest for each in alike), *verdict.rests_on)
    if verdict.deviation in LEFT_UNSAID and not OF_STREAMS.fullmatch(row.id):
        return unless_a_stream_is_torn(verdict, [came[each] for each in verdict.rests_on if each in came])
    if verdict.reason is not Reason.MODEL_TOO_WEAK:
        return verdict
    empty = [digest for digest, exchange in came.items() if says_nothing(exchange)]
    if len(empty) >= LEAST_EMPTY and len(empty) * 10 >= len(came):
        note = f"{verdict.note}; but {len(empty)} of {len(came)} answers are empty"
        return untested(Reason.CANNOT_TELL, note, *verdict.rests_on, *empty)
    cut = next((exchange for exchange in came.values() if is_cut_early(exchange)), None)
    if cut is not None:
        spent = usage_number(read_answer(cut).message or {}, "output_tokens")
        early = f"an answer is cut after {spent} tokens where {cut.request.json['max_tokens']:,} were allowed"
        return untested(Reason.CUT, f"{verdict.note}; but {early}", cut.request.digest, *verdict.rests_on)
    for digest in verdict.rests_on:
        for owner, rule in RULES.items():
            broken = rule.find(came[digest]) if digest in came and RULES_OF_AN_ANSWER.fullmatch(owner) else ()
            severe = next((each for each in broken if each.deviation is None), None)
            if severe is not None:
                note = f"{verdict.note}; but an answer breaks a rule of the wire ({owner}: {severe.rule})"
                return untested(Reason.CANNOT_TELL, note, digest, *verdict.rests_on)
    return verdict


def unless_a_stream_is_torn(verdict: Verdict, shown: Sequence[Exchange]) -> Verdict:
    """The verdict, or untested where one of these is a stream that breaks its grammar."""
    for exchange in shown:
        stream = read_answer(exchange).stream
        if stream is not None and stream.violation is not None:
            note = f"{verdict.note}; but the stream breaks its grammar: {stream.violation}"
            return untested(Reason.CANNOT_TELL, note, exchange.request.digest, *verdict.rests_on)
    return verdict


MAY_COME_OF_A_CUT = (Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL, Reason.NEVER_EXERCISED, Reason.NOT_ATTRIBUTABLE)


def unless_cut(row: Row, steps: Conversation[Verdict]) -> Conversation[Verdict]:
    """The verdict of these steps. What an answer did not show that was cut at its limit before it showed anything,
    whatever room it got, is nobody's fault that could be named: the row is untested.

    cut answers                     verdict                                       status
    none                            -                                             as it is
    some                            untested for what did not show                untested (cut)
    one that the verdict rests on   ignored, or partial, and no refusal is due    untested (cut)
    otherwise                                                                     as it is
    """
    cut: dict[str, Exchange] = {}

    def look_out(wanted: Asked) -> Conversation[Answered]:
        # A question that was cut whatever room it got is not asked once more: its answer is as good as the first.
        known = {role: cut[question_of(request)] for role, request in wanted.items() if question_of(request) in cut}
        got = {**known, **(yield {role: request for role, request in wanted.items() if role not in known})}
        cut.update({question_of(wanted[role]): each for role, each in got.items() if shows_nothing(each)})
        return got

    verdict = yield from intercept(steps, look_out)
    digests = [each.request.digest for each in cut.values()]
    rests_on_a_cut = (
        any(digest in digests for digest in verdict.rests_on) and row.evidence_kind is not EvidenceKind.REFUSAL
    )
    missed = verdict.status in (Status.IGNORED, Status.PARTIAL) and rests_on_a_cut
    if not cut or not (missed or verdict.reason in MAY_COME_OF_A_CUT):
        return verdict
    most = max(int(each.request.json["max_tokens"]) for each in cut.values())
    note = f"answers are cut at their limit (max_tokens up to {most:,}) before they show anything: {verdict.note}"
    return untested(Reason.CUT, note, *digests)


def if_still_answered(run: Run, steps: Conversation[Verdict]) -> Conversation[Verdict]:
    """The verdict of these steps. Where it may rest on a refusal that was met late in the run, the endpoint must answer
    a bare message even after that: all rows ask the same one."""
    refused = False

    def look_out(wanted: Asked) -> Conversation[Answered]:
        nonlocal refused
        got = yield wanted
        late = (got[role] for role, request in wanted.items() if request.late)
        refused |= any(read_answer(exchange).outcome is Outcome.REFUSED for exchange in late)
        return got

    verdict = yield from intercept(steps, look_out)
    if not refused or verdict.status is Status.UNTESTED:
        return verdict
    role = "the bare message, at the end"
    last = replace(calibrate.baseline(run), late=LAST).again(AT_THE_END)
    answer = read_answer((yield from calibrate.ask_reliably({role: last}))[role])
    if answer.answered:
        return verdict
    return untested(unanswered(answer), f"at the end not even a bare message is answered: {answer.problem}")


AT_THE_END = 100
"""The `attempt` of that message: it meets no try of a row's own."""
