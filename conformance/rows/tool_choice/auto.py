"""tool_choice auto."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.probing.capability import (
    Capability,
    calls_when_asked,
    greeting,
    leaves_a_greeting_alone,
    several_calls,
    tool_request,
    tries_of,
    try_capability,
)
from conformance.probing.contrast import TREATMENT, ask_contrast
from conformance.probing.detection import ask_again
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import calls, read_answer
from conformance.protocol.exchange import Json
from conformance.protocol.status import Deviation
from conformance.rows.shared import sources
from conformance.rows.tool_choice.disable_parallel_tool_use import WITH, weak_without


@row(
    "tool_choice.auto", "MUST let the model decide", evidence_kind=EvidenceKind.CONTRAST, source=sources.IMPLEMENT_TOOLS
)
def auto(run: Run) -> Conversation[Verdict]:
    choice = {"type": "auto"}
    left_to_it = yield from decides_by_itself(run, choice)
    if left_to_it is not None:
        return left_to_it
    treatment = tool_request(run, tool_choice=choice)
    contrast = yield from ask_contrast(tool_request(run), treatment)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        asking = yield from calls_when_asked(run)
        greeted = yield from leaves_a_greeting_alone(run)
        asked = [contrast.messages[1], *(yield from ask_again(TREATMENT, treatment, WITH - 1))]
        hello = tries_of("a greeting, left to the model", greeting(run, tool_choice=choice), WITH)
        left = yield from try_capability("calls no tool for a greeting", hello, lambda _, message: not calls(message))
        finding = left_to_decide(asking, greeted, [bool(calls(message)) for message in asked], left)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def decides_by_itself(run: Run, choice: Json) -> Conversation[Verdict | None]:
    """Calls where it is asked to, and none where it is greeted, one after the other: a model that may not call does not
    do the one, a model that must call not the other. None where a reliable model is not seen to do both."""
    roles = "several calls, left to the model", "a greeting, left to the model"
    asked = dict(zip(roles, (several_calls(run, tool_choice=choice), greeting(run, tool_choice=choice)), strict=True))
    got = yield asked
    met = [read_answer(got[role]) for role in roles]
    called = [None if answer.message is None else bool(calls(answer.message)) for answer in met]
    if called != [True, False]:
        return None
    for capability in (calls_when_asked, leaves_a_greeting_alone):
        if not (yield from capability(run)).reliable:
            return None
    finding = Finding(effect=Effect.SEEN, note="called when asked for, not for a greeting")
    return decide_must_accept(control=[], treatment=met, finding=finding)


def left_to_decide(asking: Capability, greeted: Capability, called: Sequence[bool], left: Capability) -> Finding:
    """Does the model decide with auto as it does without it? `asking` and `greeted`: how reliably it calls when asked
    to, and not when greeted, without the field; `called` and `left` the same with it.

    without it           called when asked to   left alone when greeted   effect
    not reliably both    -                      -                         too weak
    reliably             every time             every time                seen
    reliably             never                  -                         absent: as none
    reliably             -                      never                     absent: as any
    reliably             else                                             seen, unsteady
    fewer than WITH tries of either                                       cannot tell
    """
    if min(len(called), left.tries) < WITH:
        return Finding(effect=Effect.CANNOT_TELL, note="not every try was answered")
    weak = next((capability for capability in (asking, greeted) if not capability.reliable), None)
    if weak is not None:
        return weak_without(weak)
    if all(called) and left.reliable:
        return Finding(effect=Effect.SEEN, note="called when asked for, not for a greeting")
    if not any(called):
        return Finding(effect=Effect.ABSENT, note="a tool is called without tool_choice, but not with auto")
    if not left.shown:
        return Finding(effect=Effect.ABSENT, note="with auto a tool is called even for a greeting")
    note = f"called in {called.count(True)} of {len(called)} tries when asked for; with auto {left.told}"
    return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
