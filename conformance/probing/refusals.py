"""Refusals compared: what is refused in the same words is refused for the same cause."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace

from conformance.probing.run import Answered, Asked, Conversation, T, intercept
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.exchange import LATE, Exchange
from conformance.protocol.status import Status


def same_shape(problem: str, of_unknown: str, names: Sequence[str]) -> bool:
    """Are two refusals the same but for the name of the field or block, the suite's invented one included?"""
    return (
        difflib.SequenceMatcher(None, _shape(problem, names), _shape(of_unknown, names), autojunk=False).ratio() > 0.85
    )


def _shape(problem: str, names: Sequence[str]) -> str:
    text = re.sub(r"zz_\w+", "NAME", problem)
    for name in names:
        text = text.replace(name, "NAME")
    return re.sub(r"\d+", "0", text)


PARTS_OF_A_REQUEST = re.compile(
    r"\b(extra|unknown|unrecogni[sz]ed|unexpected|unsupported|invalid|not (supported|permitted|allowed|valid|for us))|"
    r"\b(input|header|field|param(eter)?|property|type|tag|block|role|tools?|content|messages)\b",
    re.IGNORECASE,
)


def names_what_it_refuses(problem: str) -> bool:
    """A refusal that speaks of a part of the request is about the request. Other words ("Not now") may be the
    moment's."""
    return PARTS_OF_A_REQUEST.search(problem) is not None


NAMED_BY_ITS_STATUS = (401, 404, 405, 413)
"""Refusals that say by their status what they are of: the key, the path or the name, the method, the size."""


def may_be_the_moments(exchange: Exchange) -> bool:
    """Is this a refusal of nothing that it names? An upstream that was away for a moment is told so as well."""
    answer = read_answer(exchange)
    known = exchange.status in NAMED_BY_ITS_STATUS or names_what_it_refuses(answer.problem)
    return answer.outcome is Outcome.REFUSED and not known


def refused_alike(first: Answer | None, second: Answer) -> bool:
    """Are both refused, in the same words, which speak of the request?"""
    if first is None or not first.outcome is second.outcome is Outcome.REFUSED:
        return False
    return names_what_it_refuses(second.problem) and same_shape(first.problem, second.problem, ())


def unless_refused_alike(steps: Conversation[Verdict], rejected: Verdict) -> Conversation[Verdict]:
    """The verdict on another form of what was `rejected` before. Once a request of it is refused in the same words, it
    is rejected as the first form was: nothing more is asked."""
    met = Answer(outcome=Outcome.REFUSED, problem=rejected.note)
    try:
        wanted = next(steps)
        while True:
            got = yield wanted
            for answer in map(read_answer, got.values()):
                if rejected.status is Status.REJECTED and refused_alike(met, answer):
                    return rejected
            wanted = steps.send(got)
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict


def asked_late(steps: Conversation[T]) -> Conversation[T]:
    """The same steps, each request asked once the other rows have nothing left to ask."""

    def late(wanted: Asked) -> Conversation[Answered]:
        return (yield {role: replace(request, late=LATE) for role, request in wanted.items()})

    return (yield from intercept(steps, late))
