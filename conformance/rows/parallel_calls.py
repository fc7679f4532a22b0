"""disable_parallel_tool_use: one call at a time where several would come at once."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.probing.capability import Skill, Trial, several_calls, tries_of
from conformance.probing.contrast import TREATED, Pair, ask_pair
from conformance.probing.detection import ask_again, unproven
from conformance.probing.row import Table
from conformance.probing.run import Run, Steps
from conformance.probing.verdict import Effect, Sighting, Verdict, decide_must_accept
from conformance.probing.witness import Witness
from conformance.protocol.answer import calls, read_answer
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation
from conformance.rows import sources

WITH = 3
"""How often a request with the field is asked: the model was shown steady without it."""


def add_row(table: Table) -> None:
    @table.row(
        "tool_choice.disable_parallel_tool_use",
        "MUST call at most one tool when disable_parallel_tool_use is true",
        witness=Witness.CONTRAST,
        source=sources.IMPLEMENT_TOOLS,
    )
    def disable_parallel_tool_use(run: Run) -> Steps[Verdict]:
        for kind in ("auto", "any"):  # where one type is refused, the other can still carry the flag
            plain = several_calls(run, tool_choice={"type": kind})
            treated = plain.with_fields(tool_choice={"type": kind, "disable_parallel_tool_use": True})
            pair = yield from ask_pair(plain, treated)
            if pair.control[0].answered:
                break
        sighting = Sighting(effect=Effect.CANNOT_TELL)
        if pair.accepted:
            told = yield from one_by_one(run, pair, plain, treated)
            if told is not None:
                return decide_must_accept(control=pair.control, treated=pair.treated, sighting=told)
            parallel = Trial(
                what="makes two calls or more at once",
                tries=tries_of("without the flag", plain),
                shows=lambda message: len(calls(message)) > 1,
            )
            sighting = yield from count_again(run, pair, treated, parallel)
        return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def one_by_one(run: Run, pair: Pair, plain: Request, treated: Request) -> Steps[Sighting | None]:
    """Four answers without the flag that hold several calls each, and WITH with it that hold one: a model for which it
    is a matter of chance does so once in 119 runs. Two of the four are what other rows ask as well. None on a miss, and
    nothing is asked where the first two answers are one."""
    if len(calls(pair.messages[0])) < 2 or len(calls(pair.messages[1])) != 1:
        return None
    last = plain.again(2) if run.dialect.streamed else several_calls(run).with_fields(stream=True)
    without = {
        "without the flag, try 2": plain.again(1),
        "without tool_choice": several_calls(run),
        "without tool_choice, streamed": last,
    }
    flagged = {f"with the flag, try {n + 1}": treated.again(n) for n in range(1, WITH)}
    got = yield {**without, **flagged}
    met = {role: read_answer(exchange).message for role, exchange in got.items()}
    first, second = (len(calls(message)) for message in pair.messages)
    free = [first, *(len(calls(met[role] or {})) for role in without)]
    held = [second, *(len(calls(met[role] or {})) for role in flagged)]
    if min(free) < 2 or set(held) != {1}:
        return None
    return Sighting(effect=Effect.SEEN, note=f"{', '.join(map(str, held))} calls with the flag")


def count_again(run: Run, pair: Pair, treated: Request, parallel: Trial) -> Steps[Sighting]:
    """What `steady_count` says, with no more asked than that takes."""
    skill = yield from parallel.at_first(run)
    if skill.missing:
        return weak_without(skill)
    flagged = [pair.messages[1], *(yield from ask_again(TREATED, treated, WITH - 1))]
    counts = [len(calls(message)) for message in flagged]
    if len(counts) < WITH or min(counts) < 2:
        skill = yield from parallel.able(run)
    return steady_count(skill, counts)


def weak_without(skill: Skill) -> Sighting:
    """What is to be said where the model does not do steadily without the field what the field would change."""
    if not skill.known:
        return unproven(skill, "")
    return Sighting(effect=Effect.TOO_WEAK, note=f"without the field {skill.told}")


def steady_count(parallel: Skill, flagged: Sequence[int]) -> Sighting:
    """How many calls came at once with the flag? `parallel`: how steadily two or more came without it.

    without        with                      effect
    not steadily   -                         too weak: this model does not call in parallel by itself
    steadily       1, every time             seen
    steadily       1 and more than 1         seen, unsteady
    -              more than 1, every time   absent
    steadily       none, any time            cannot tell
    fewer than WITH tries with it            cannot tell
    """
    told = f"{', '.join(map(str, flagged))} calls with the flag"
    if len(flagged) < WITH:
        return Sighting(effect=Effect.CANNOT_TELL, note=f"not every try was answered ({told})")
    if min(flagged) > 1:
        return Sighting(effect=Effect.ABSENT, note=told)
    if not parallel.steady:
        return weak_without(parallel)
    if 0 in flagged:
        return Sighting(effect=Effect.CANNOT_TELL, note=f"no tool is called ({told})")
    if set(flagged) == {1}:
        return Sighting(effect=Effect.SEEN, note=told)
    return Sighting(effect=Effect.SEEN, note=told, deviation=Deviation.UNSTEADY)
