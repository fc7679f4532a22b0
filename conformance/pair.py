"""A control and the same request with the field: what every contrast is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance import calibrate
from conformance.answer import Answer, Outcome, read_answer
from conformance.exchange import Exchange, Request
from conformance.run import Steps
from conformance.verdict import Effect, Sighting, Verdict, decide_must_accept

Message = Mapping[str, Any]
CONTROL = "control"
TREATED = "with the field"


@dataclass(slots=True)
class Pair:
    """A control and the same request with the field, as often as they were asked; `exchange` is the last with it."""

    control: list[Answer]
    treated: list[Answer]
    exchange: Exchange

    @property
    def accepted(self) -> bool:
        return self.control[0].answered and all(each.answered for each in self.treated)

    @property
    def messages(self) -> tuple[Message, Message]:
        control, treated = self.control[0].message, self.treated[-1].message
        assert control is not None
        assert treated is not None
        return control, treated


def ask_pair(
    control: Request,
    treated: Request,
    *,
    role: str = TREATED,
    control_role: str = CONTROL,
    read: Callable[[Exchange], Answer] = read_answer,
) -> Steps[Pair]:
    """Asks both; where the treated one fails although the control does not, both a second time. A control that fails
    by itself (5xx, cut) is asked again before it is believed. `read` reads the treated one: what another endpoint than
    Messages answers is no Message."""
    steady = yield from calibrate.ask_steadily({control_role: control})
    got = yield {role: treated}
    pair = Pair([read_answer(steady[control_role])], [read(got[role])], got[role])
    if pair.control[0].answered and not pair.treated[0].answered:
        got = yield {control_role: control.again_beside(treated), role: treated.again(1)}
        pair.control.append(read_answer(got[control_role]))
        pair.treated.append(read(got[role]))
        pair.exchange = got[role]
    return pair


def broken_twice(pair: Pair, control: Request, streamed: Request) -> Steps[Verdict]:
    """A stream that broke its grammar, or was none, is asked for a second time, with the control beside it: `broken`
    needs it twice."""
    got = yield {CONTROL: control.again_beside(streamed), f"{TREATED}, again": streamed.again(1)}
    controls = [*pair.control, read_answer(got[CONTROL])]
    treated = [unstreamable(each) for each in (pair.treated[-1], read_answer(got[f"{TREATED}, again"]))]
    return decide_must_accept(control=controls, treated=treated, sighting=Sighting(effect=Effect.CANNOT_TELL))


def unstreamable(answer: Answer) -> Answer:
    """The answer as a client that reads streams meets it."""
    if not answer.answered:
        return answer
    if answer.stream is None:
        return Answer(outcome=Outcome.BROKEN, problem="the answer is one JSON body where a stream was asked for")
    if answer.stream.violation is not None:
        return Answer(outcome=Outcome.BROKEN, problem=f"the stream breaks its grammar: {answer.stream.violation}")
    return answer
