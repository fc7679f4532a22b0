"""Refusals compared: what is refused in the same words is refused for the same cause."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import replace

from conformance.answer import Answer, Outcome, read_answer
from conformance.exchange import LATE
from conformance.run import Steps, T
from conformance.status import Status
from conformance.verdict import Verdict


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


def refused_alike(first: Answer | None, second: Answer) -> bool:
    """Are both refused, in the same words?"""
    if first is None or not first.outcome is second.outcome is Outcome.REFUSED:
        return False
    return same_shape(first.problem, second.problem, ())


def unless_refused_alike(steps: Steps[Verdict], rejected: Verdict, problem: str = "") -> Steps[Verdict]:
    """The verdict on another form of what was `rejected` before. Once a request of it is refused in the same words, it
    is rejected as the first form was: nothing more is asked. `problem` are those words, where the note has others."""
    try:
        wanted = next(steps)
        while True:
            got = yield wanted
            for answer in map(read_answer, got.values()):
                alike = same_shape(answer.problem, problem or rejected.note, ())
                if rejected.status is Status.REJECTED and answer.outcome is Outcome.REFUSED and alike:
                    return rejected
            wanted = steps.send(got)
    except StopIteration as end:
        verdict: Verdict = end.value
        return verdict


def asked_late(steps: Steps[T]) -> Steps[T]:
    """The same steps, each request asked once the other rows have nothing left to ask."""
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send((yield {role: replace(request, late=LATE) for role, request in wanted.items()}))
    except StopIteration as end:
        result: T = end.value
        return result
