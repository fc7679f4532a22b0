"""A conversation that holds the codes of many rows: a row whose code comes back from it needs no request of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from conformance.probing.capability import MOST_TRIES, copies_codes, echoes
from conformance.probing.contrast import Contrast, Message
from conformance.probing.detection import TRIES, Detection, Detector, stays_out
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import read_answer, said_anywhere, text_of
from conformance.protocol.exchange import Request
from conformance.protocol.status import Reason

CODE = re.compile(r"\b[B-Z]{2}-\d{4}\b")
"""A code as `Run.nonce` draws it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One conversation that many rows share, by its role."""

    role: str
    request: Request

    def again(self, attempt: int) -> Scene:
        return Scene(role=f"{self.role}, try {attempt + 1}", request=self.request.again(attempt))


def contains(code: str, *, but_not: str | None = None) -> Detector:
    """Seen when the answer repeats the code, and its text does not hold `but_not`, another code of the same prompt."""

    def detect(message: Message) -> Detection:
        if but_not is not None and but_not.casefold() in text_of(message).casefold():
            return Detection(seen=False, missed="the codes come back together, whichever is asked for")
        return Detection(
            seen=code.casefold() in said_anywhere(message).casefold(), missed="the code does not come back"
        )

    return detect


def shown_in(run: Run, scene: Scene | None, proves: Callable[[Message], bool]) -> Conversation[Verdict | None]:
    """The verdict on a row whose code comes back from the scene. None where it does not, or where the scene is not
    answered: the row is then asked alone."""
    if scene is None:
        return None
    answer = read_answer((yield {scene.role: scene.request})[scene.role])
    if answer.message is None or not proves(answer.message):
        return None
    finding = yield from unless_echoed(run, Finding(effect=Effect.SEEN))
    return decide_must_accept(control=[], treatment=[answer], finding=finding)


def or_shown_in_further_tries(
    run: Run, verdict: Verdict, scene: Scene, proves: Callable[[Message], bool], tries: int = MOST_TRIES
) -> Conversation[Verdict]:
    """The verdict on a row that its own requests leave undecided, where the model obeys now and then: the scene is
    asked again, up to `tries` times in all. `tries` must be so few that guessing hits none of them in 99 of 100 runs.
    """
    if (
        verdict.reason not in (Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL)
        or not (yield from copies_codes(run)).unreliable
    ):
        return verdict
    for attempt in range(1, tries):
        shown = yield from shown_in(run, scene.again(attempt), proves)
        if shown is not None:
            return shown
    return verdict


def tries_beside(run: Run, scene: Scene | None, contrast: Contrast, grows: int | None) -> Conversation[int]:
    """How many tries a row has of its own, after a scene that did not show its code. The scene counts as one of TRIES
    where it showed another code, because the model did list codes, and where the prompt does not grow with the code."""
    if scene is None or not contrast.control or not (yield from copies_codes(run)).reliable:
        return TRIES
    others = yield from lists_others(scene)
    if not others and grows is not None:
        others = yield from stays_out(run, contrast, grows)
    return TRIES - 1 if others else TRIES


def lists_others(scene: Scene | None) -> Conversation[bool]:
    """Does the answer to a scene hold any code? Asked where the row's own code is not among them."""
    if scene is None:
        return False
    message = read_answer((yield {scene.role: scene.request})[scene.role]).message
    return message is not None and CODE.search(text_of(message)) is not None


def unless_echoed(run: Run, finding: Finding) -> Conversation[Finding]:
    """The finding, but CANNOT_TELL for a code that was seen where the endpoint echoes its whole prompt."""
    if finding.effect is Effect.SEEN and (yield from echoes(run)):
        return Finding(
            effect=Effect.CANNOT_TELL, note="this endpoint echoes its prompt, so a code that comes back proves nothing"
        )
    return finding
