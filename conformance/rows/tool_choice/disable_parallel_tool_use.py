"""disable_parallel_tool_use: one call at a time where several would come at once."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.probing.capability import Capability, Trial, several_calls, tries_of
from conformance.probing.contrast import TREATMENT, Contrast, ask_contrast
from conformance.probing.detection import ask_again, unproven
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import calls, read_answer
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation
from conformance.rows.shared import sources

WITH = 3
"""How often a request with the field is asked: the model is shown to be reliable without it."""


@row(
    "tool_choice.disable_parallel_tool_use",
    "MUST call at most one tool when disable_parallel_tool_use is true",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def disable_parallel_tool_use(run: Run) -> Conversation[Verdict]:
    for kind in ("auto", "any"):  # where one type is refused, the other can still carry the flag
        plain = several_calls(run, tool_choice={"type": kind})
        treatment = plain.with_fields(tool_choice={"type": kind, "disable_parallel_tool_use": True})
        contrast = yield from ask_contrast(plain, treatment)
        if contrast.control[0].answered:
            break
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        told = yield from one_by_one(run, contrast, plain, treatment)
        if told is not None:
            return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=told)
        parallel = Trial(
            what="makes two calls or more at once",
            tries=tries_of("without the flag", plain),
            shows=lambda message: len(calls(message)) > 1,
        )
        finding = yield from count_again(run, contrast, treatment, parallel)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def one_by_one(run: Run, contrast: Contrast, plain: Request, treatment: Request) -> Conversation[Finding | None]:
    """Four answers without the flag that hold several calls each, and WITH with it that hold one: a model for which it
    is a matter of chance does so once in 119 runs. Two of the four are what other rows ask as well. None on a miss, and
    nothing is asked where the first two answers are one."""
    if len(calls(contrast.messages[0])) < 2 or len(calls(contrast.messages[1])) != 1:
        return None
    last = plain.again(2) if run.dialect.streamed else several_calls(run).with_fields(stream=True)
    without = {
        "without the flag, try 2": plain.again(1),
        "without tool_choice": several_calls(run),
        "without tool_choice, streamed": last,
    }
    flagged = {f"with the flag, try {n + 1}": treatment.again(n) for n in range(1, WITH)}
    got = yield {**without, **flagged}
    met = {role: read_answer(exchange).message for role, exchange in got.items()}
    first, second = (len(calls(message)) for message in contrast.messages)
    free = [first, *(len(calls(met[role] or {})) for role in without)]
    held = [second, *(len(calls(met[role] or {})) for role in flagged)]
    if min(free) < 2 or set(held) != {1}:
        return None
    return Finding(effect=Effect.SEEN, note=f"{', '.join(map(str, held))} calls with the flag")


def count_again(run: Run, contrast: Contrast, treatment: Request, parallel: Trial) -> Conversation[Finding]:
    """What `steady_count` says, with no more asked than that takes."""
    capability = yield from parallel.at_first(run)
    if capability.missing:
        return weak_without(capability)
    flagged = [contrast.messages[1], *(yield from ask_again(TREATMENT, treatment, WITH - 1))]
    counts = [len(calls(message)) for message in flagged]
    if len(counts) < WITH or min(counts) < 2:
        capability = yield from parallel.ask_capability(run)
    return steady_count(capability, counts)


def weak_without(capability: Capability) -> Finding:
    """What is to be said where the model does not do reliably without the field what the field would change."""
    if not capability.known:
        return unproven(capability, "")
    return Finding(effect=Effect.TOO_WEAK, note=f"without the field {capability.told}")


def steady_count(parallel: Capability, flagged: Sequence[int]) -> Finding:
    """How many calls came at once with the flag? `parallel`: how reliably two or more came without it.

    without        with                      effect
    not reliably   -                         too weak: this model does not call in parallel by itself
    reliably       1, every time             seen
    reliably       1 and more than 1         seen, unsteady
    -              more than 1, every time   absent
    reliably       none, any time            cannot tell
    fewer than WITH tries with it            cannot tell
    """
    told = f"{', '.join(map(str, flagged))} calls with the flag"
    if len(flagged) < WITH:
        return Finding(effect=Effect.CANNOT_TELL, note=f"not every try was answered ({told})")
    if min(flagged) > 1:
        return Finding(effect=Effect.ABSENT, note=told)
    if not parallel.reliable:
        return weak_without(parallel)
    if 0 in flagged:
        return Finding(effect=Effect.CANNOT_TELL, note=f"no tool is called ({told})")
    if set(flagged) == {1}:
        return Finding(effect=Effect.SEEN, note=told)
    return Finding(effect=Effect.SEEN, note=told, deviation=Deviation.UNSTEADY)
