"""Several parts that must all be read: each holds a code, and an answer must give every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.probing import calibrate
from conformance.probing.capability import MOST_TRIES, copies_codes
from conformance.probing.contrast import TREATMENT, Contrast, Message
from conformance.probing.detection import stays_out, unproven
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import Scene, tries_beside
from conformance.probing.verdict import Effect, Finding
from conformance.protocol.answer import prompt_total, read_answer, said_anywhere
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation

LEAST_OF_CODES = 12
"""Tokens that two codes and the words about them take at the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EveryCode:
    """The codes of several parts. `joined` gives the same words in one part: what the model does with it tells a part
    that was dropped from a model that cannot repeat two codes. `what` names the parts in a note."""

    codes: Sequence[str]
    joined: Request
    what: str

    def all_in(self, message: Message) -> bool:
        """Does an answer hold every code?"""
        return len(self.found_in(message)) == len(self.codes)

    def found_in(self, message: Message | None) -> list[int]:
        """The numbers, from 1, of the codes that an answer holds."""
        said = said_anywhere(message).casefold() if message is not None else ""
        return [number for number, code in enumerate(self.codes, 1) if code.casefold() in said]

    def look(
        self, run: Run, contrast: Contrast, treatment: Request, scene: Scene | None = None
    ) -> Conversation[Finding]:
        """Whether an answer holds every code. The treatment is asked again after a miss; the best answer counts."""
        found = self.found_in(contrast.treatment[-1].message)
        # Every model gets the first tries; one that copies codes now and then gets more.
        tries = (yield from tries_beside(run, scene, contrast, LEAST_OF_CODES)) if contrast.control else 1
        if contrast.control and len(found) < len(self.codes) and (yield from copies_codes(run)).reliable:
            tries -= yield from stays_out(run, contrast, LEAST_OF_CODES)
        for attempt in range(1, MOST_TRIES):
            if len(found) == len(self.codes) or (attempt >= tries and not (yield from copies_codes(run)).unreliable):
                break
            got = yield {TREATMENT: treatment.again(attempt)}
            found = max(found, self.found_in(read_answer(got[TREATMENT]).message), key=len)
        if len(found) == len(self.codes):
            return Finding(effect=Effect.SEEN)
        return (yield from self._explain_missing(run, contrast, found))

    def _explain_missing(self, run: Run, contrast: Contrast, found: list[int]) -> Conversation[Finding]:
        """Why not every code came back, by the same words in one part and by how far the prompt grew.

        model copies codes every time,
        and repeats all of `joined`     codes found   prompt's growth to that of `joined`   effect
        mostly not answered             -             -                                     cannot tell
        no                              -             -                                     too weak
        yes                             some          three quarters or more                cannot tell: all arrived
        yes                             some          less, or not counted                  seen, incomplete
        yes                             none          under a third, or not counted         absent
        yes                             none          more, or could not be seen            cannot tell
        """
        capability = yield from copies_codes(run)
        if not capability.reliable:
            return unproven(capability, "not every code comes back")
        role = "the same words in one part"
        got = yield from calibrate.ask_reliably({role: self.joined})
        whole = read_answer(got[role]).message
        if len(self.found_in(whole)) < len(self.codes):
            return Finding(effect=Effect.TOO_WEAK, note="this model is not shown able to repeat two codes")
        counted = yield from calibrate.counts_the_prompt(run)
        share = _share_of_growth(contrast, whole) if counted else None
        if found:
            note = f"of {len(self.codes)} {self.what} only number {', '.join(map(str, found))} is read"
            if share is not None and share >= 3 / 4:
                return Finding(effect=Effect.CANNOT_TELL, note=f"{note}, although the whole reached the prompt")
            return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)
        if counted is None or (share is not None and share >= 1 / 3):
            return Finding(effect=Effect.CANNOT_TELL, note="no code comes back, yet it may have reached the prompt")
        return Finding(effect=Effect.ABSENT, note="no code comes back")


def _share_of_growth(contrast: Contrast, whole: Message | None) -> float | None:
    """How far the parts lengthen the prompt, as a share of what the same words in one part do."""
    none, parts = (prompt_total(message) for message in contrast.messages)
    one = prompt_total(whole) if whole is not None else None
    if none is None or parts is None or one is None or one <= none:
        return None
    return (parts - none) / (one - none)
