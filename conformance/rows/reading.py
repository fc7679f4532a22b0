"""Looks shared by rows that ask whether something was read: a code comes back that stands nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from conformance import calibrate
from conformance.answer import prompt_total, read_answer, said_anywhere
from conformance.exchange import Request
from conformance.probes import TREATED, Look, Message, Pair, Sight, ask_pair, must_accept
from conformance.run import Run, Steps
from conformance.status import Deviation
from conformance.verdict import Effect, Sighting, Verdict, decide_must_accept


def contains(code: str) -> Look:
    """Seen when the answer repeats the code."""

    def look(message: Message) -> Sight:
        return Sight(seen=code.casefold() in said_anywhere(message).casefold(), missed="the code does not come back")

    return look


def reads(run: Run, *, control: Request, treated: Request, look: Look, grows: int) -> Steps[Verdict]:
    """Must accept and read: the witness is the code, and the prompt's growth where the model cannot copy one."""
    return (
        yield from must_accept(
            run, control=control, treated=treated, look=look, able=calibrate.copies_a_code, grows=grows
        )
    )


def reads_all(
    run: Run, *, control: Request, treated: Request, joined: Request, codes: Sequence[str], what: str
) -> Steps[Verdict]:
    """Must read every one of several parts. `joined` gives the same words in one part: what the model does with it
    tells a part that was dropped from a model that cannot repeat two codes."""
    pair = yield from ask_pair(control, treated)
    if not pair.accepted:
        unclear = Sighting(effect=Effect.CANNOT_TELL)
        return decide_must_accept(control=pair.control, treated=pair.treated, sighting=unclear)
    found = _found(pair.treated[-1].message, codes)
    if len(found) < len(codes):
        got = yield {TREATED: treated.again(1)}
        found = max(found, _found(read_answer(got[TREATED]).message, codes), key=len)
    if len(found) == len(codes):
        sighting = Sighting(effect=Effect.SEEN)
    else:
        sighting = yield from _explain_missing(run, pair, joined, codes, found, what)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def _found(message: Message | None, codes: Sequence[str]) -> list[int]:
    said = said_anywhere(message).casefold() if message is not None else ""
    return [number for number, code in enumerate(codes, 1) if code.casefold() in said]


def _explain_missing(
    run: Run, pair: Pair, joined: Request, codes: Sequence[str], found: list[int], what: str
) -> Steps[Sighting]:
    """Why not every code came back, by the same words in one part and by how far the prompt grew.

    model repeats all of `joined`   codes found   prompt's growth to that of `joined`   effect
    yes                             some          -                                     seen, incomplete
    yes                             none          under a third, or not counted         absent
    yes                             none          more                                  cannot tell
    no                              -             three quarters or more                seen: all reached the prompt
    no                              -             a third to three quarters             seen, incomplete
    no                              -             under a third                         absent
    no                              -             not counted                           too weak
    """
    got = yield {"the same words in one part": joined}
    whole = read_answer(got["the same words in one part"]).message
    able = len(_found(whole, codes)) == len(codes)
    if able and found:
        note = f"of {len(codes)} {what} only number {', '.join(map(str, found))} is read"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)
    share = None
    if whole is not None and (yield from calibrate.counts_the_prompt(run)):
        none, parts, one = (prompt_total(message) for message in (*pair.messages, whole))
        if none is not None and parts is not None and one is not None and one > none:
            share = (parts - none) / (one - none)
    if share is None:
        effect = Effect.ABSENT if able else Effect.TOO_WEAK
        return Sighting(effect=effect, note="no code comes back" if able else "this model cannot repeat two codes")
    grown = f"the prompt grows by {share:.0%} of what the same words add in one part"
    if share < 1 / 3:
        return Sighting(effect=Effect.ABSENT, note=f"no code comes back, and {grown}")
    if able:
        return Sighting(effect=Effect.CANNOT_TELL, note=f"no code comes back, although {grown}")
    if share < 3 / 4:
        return Sighting(effect=Effect.SEEN, note=grown, deviation=Deviation.INCOMPLETE)
    return Sighting(effect=Effect.SEEN, note=f"{grown}; this model does not repeat two codes")
