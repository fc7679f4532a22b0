"""A control and the same request with the field: what every contrast is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.probing import calibrate
from conformance.probing.capability import Capability
from conformance.probing.refusals import names_what_it_refuses, refused_alike
from conformance.probing.run import Conversation
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.exchange import LATE, Exchange, Request

Message = Mapping[str, Any]
CONTROL = "control"
TREATMENT = "with the field"


@dataclass(slots=True)
class Contrast:
    """A control and the same request with the field, as often as they were asked; `exchange` is the last with it. No
    control was asked where the answer with the field is proof by itself, or shows nothing of a model that cannot."""

    control: list[Answer]
    treatment: list[Answer]
    exchange: Exchange

    @property
    def accepted(self) -> bool:
        return all(each.answered for each in (*self.control[:1], *self.treatment))

    @property
    def messages(self) -> tuple[Message, Message]:
        """The control's and the one with the field; the first is empty where no control was asked."""
        control, treatment = self.control[0].message if self.control else {}, self.treatment[-1].message
        assert control is not None
        assert treatment is not None
        return control, treatment


def ask_contrast(
    control: Request,
    treatment: Request,
    *,
    role: str = TREATMENT,
    control_role: str = CONTROL,
    read: Callable[[Exchange], Answer] = read_answer,
    proof: Callable[[Message], bool] | None = None,
    refused: Answer | None = None,
    plainly: tuple[Request, Request] | None = None,
    capability: Conversation[Capability] | None = None,
    flawed: Callable[[Message], bool] = lambda message: False,
) -> Conversation[Contrast]:
    """Asks both; where the treatment fails although the control does not, again (`second_try`). A control that fails
    by itself (5xx, cut) is asked again before it is believed. `read` reads the answer to the treatment: what another
    endpoint than Messages answers is no Message. `proof` finds in an answer what only the field can have brought about,
    such as a code that stands nowhere else: where the first answer holds it, no control is asked. `refused` is what an
    earlier request met that holds the field as well: where that is refused in the same words, it was the first of two
    tries. `plainly` is a plain request that many rows have for their control, and the same with this field: where a
    field that would be proof by itself is refused, and in the same words there as well, those are the control and the
    second try. `capability` finds out whether the model can show the effect: where an answer without the proof came
    from one that never does, no control is asked, for nothing follows from it; one with a `flawed` showing is not that.
    """
    if refused is not None and refused.outcome is Outcome.REFUSED:
        treatment = replace(treatment, late=LATE)
    if proof is not None:
        got = yield {role: treatment}
        first = read(got[role])
        if first.message is not None and proof(first.message):
            return Contrast([], [first], got[role])
        if plainly is not None and first.outcome is Outcome.REFUSED and names_what_it_refuses(first.problem):
            bare, with_it = plainly
            shared = yield from calibrate.ask_reliably({f"{control_role}, a plain request": bare})
            added = f"{role}, on a plain request"
            last = (yield {added: replace(with_it, late=LATE)})[added]
            met = [read_answer(each) for each in shared.values()]
            if met[0].answered and refused_alike(first, read(last)):
                return Contrast(met, [first, read(last)], last)
        shown_nothing = first.message is not None and not flawed(first.message)
        if capability is not None and shown_nothing and (yield from capability).missing:
            return Contrast([], [first], got[role])
        steady = yield from calibrate.ask_reliably({control_role: control})
    else:
        steady = yield from calibrate.ask_reliably({control_role: control})
        got = yield {role: treatment}
    contrast = Contrast([read_answer(steady[control_role])], [read(got[role])], got[role])
    if refused_alike(refused, contrast.treatment[0]) and refused is not None:
        contrast.treatment.insert(0, refused)
    elif contrast.control[0].answered and not contrast.treatment[0].answered:
        beside, contrast.exchange = yield from second_try(
            contrast.treatment[0], control, treatment, roles=(control_role, role)
        )
        contrast.treatment.append(read(contrast.exchange))
        if beside is not None:
            contrast.control.append(read_answer(beside))
    return contrast


def second_try(
    first: Answer, control: Request, treatment: Request, *, roles: tuple[str, str] = (CONTROL, TREATMENT)
) -> Conversation[tuple[Exchange | None, Exchange]]:
    """What failed once, asked again: the exchange of the control beside it, and that of the treatment.

    A clean refusal is asked again late in the run, without its control: whether the endpoint still answers at all is
    asked once then, for all rows (`conversation.py`). Anything else may be the moment's: it is asked at once, and the
    control beside it.
    """
    control_role, role = roles
    if first.outcome is Outcome.REFUSED:
        got = yield {role: treatment.again_late(1)}
        return None, got[role]
    got = yield {control_role: control.again_beside(treatment), role: treatment.again(1)}
    return got[control_role], got[role]


def broken_twice(contrast: Contrast, control: Request, streamed: Request) -> Conversation[Verdict]:
    """A stream that broke its grammar, or was none, is asked for a second time, with the control beside it: `broken`
    needs it twice."""
    got = yield {CONTROL: control.again_beside(streamed), f"{TREATMENT}, again": streamed.again(1)}
    controls = [*contrast.control, read_answer(got[CONTROL])]
    treatment = [unstreamable(each) for each in (contrast.treatment[-1], read_answer(got[f"{TREATMENT}, again"]))]
    return decide_must_accept(control=controls, treatment=treatment, finding=Finding(effect=Effect.CANNOT_TELL))


def unstreamable(answer: Answer) -> Answer:
    """The answer as a client that reads streams meets it."""
    if not answer.answered:
        return answer
    if answer.stream is None:
        problem = "the answer is one JSON body where a stream was asked for"
    elif answer.stream.violation is not None:
        problem = f"the stream breaks its grammar: {answer.stream.violation}"
    elif answer.message is not None and is_empty(answer.message):
        problem = "the stream holds no content: no block, or text blocks without text"
    else:
        return answer
    return Answer(outcome=Outcome.BROKEN, problem=problem, exchange=answer.exchange)


def is_empty(message: Message) -> bool:
    """Does an answer say nothing at all, although nothing cut it or refused it?"""
    content = message.get("content") or []
    said = any(not isinstance(block, dict) or block.get("type") != "text" or block.get("text") for block in content)
    return not said and message.get("stop_reason") in ("end_turn", "stop_sequence", "tool_use", None)
