"""A row as data: what is asked and what is looked for, in one frozen record that a driver turns into the conversation.

`@case` registers a function that gives the record for one run. A row fits where its verdict follows from one of these:

- `Case`: a control, a treatment, and an effect that a detector finds in the answer: codes that come back, mostly.
- `Validation`, `Refusal`, `Lookup` (`probes.py`): what is only validated, must be refused, or must fail once used.
- records of one table, which stand beside their rows: a prompt that is cached, a tool known by its type, blocks that
  server tools leave in the history, a rule of the stream.

A row stays a generator under `@row` where what it asks depends on an earlier answer in a way that no other row shares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Protocol, TypeVar

from conformance.probing.capability import AskCapability, copies_codes
from conformance.probing.contrast import Contrast, Message, ask_contrast
from conformance.probing.detection import Detector, look_for, proof_by
from conformance.probing.every_code import EveryCode
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import Everywhere, row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import Scene, shown_in, tries_beside, unless_echoed
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer
from conformance.protocol.exchange import Request


class Askable(Protocol):
    """A record that knows the conversation of its row."""

    def ask(self, run: Run) -> Conversation[Verdict]: ...


A = TypeVar("A", bound=Askable)


def case(
    row_id: str, title: str, *, evidence_kind: EvidenceKind, source: str, everywhere: Everywhere | None = None
) -> Callable[[Callable[[Run], A]], Callable[[Run], A]]:
    """Registers the decorated function as a row that asks what the function's record says. Raises as `row` does."""

    def register(build: Callable[[Run], A]) -> Callable[[Run], A]:
        @wraps(build)
        def probe(run: Run) -> Conversation[Verdict]:
            return (yield from build(run).ask(run))

        row(row_id, title, evidence_kind=evidence_kind, source=source, everywhere=everywhere)(probe)
        return build

    return register


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request without and with what the row is about, and what must be seen of it: a code that stands nowhere else.

    `control`, `treatment`: the requests. Where an answer to the treatment shows the effect, no control is asked.
    `detect`: finds the effect in one answer; `EveryCode` where several parts must all be read.
    `capability`: what the model must be able to do for a miss to count against the endpoint.
    `grows`: the least number of tokens by which the treatment lengthens the prompt, None where it does not. `EveryCode`
    says so itself.
    `scene`: a conversation that holds the code beside those of other rows. It is asked first.
    """

    control: Request
    treatment: Request
    detect: Detector | EveryCode
    capability: AskCapability = copies_codes
    grows: int | None = None
    scene: Scene | None = None

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict by the scene, or by the row's own requests."""
        shown = yield from shown_in(run, self.scene, self.proves)
        return shown if shown is not None else (yield from self.ask_alone(run))

    def proves(self, message: Message) -> bool:
        """Is the effect seen in this answer, without any deviation?"""
        return self.detect.all_in(message) if isinstance(self.detect, EveryCode) else proof_by(self.detect)(message)

    def ask_alone(self, run: Run, refused: Answer | None = None) -> Conversation[Verdict]:
        """The verdict by the row's own requests, after a scene that did not show the effect. `refused`: how an earlier
        request with the same field was answered (`ask_contrast`)."""
        contrast = yield from ask_contrast(
            self.control,
            self.treatment,
            proof=self.proves,
            refused=refused,
            plainly=with_its_blocks_alone(run, self.control, self.treatment),
            capability=self.capability(run),
        )
        finding = Finding(effect=Effect.CANNOT_TELL)
        if contrast.accepted:
            finding = yield from unless_echoed(run, (yield from self._look(run, contrast)))
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)

    def _look(self, run: Run, contrast: Contrast) -> Conversation[Finding]:
        if isinstance(self.detect, EveryCode):
            return (yield from self.detect.look(run, contrast, self.treatment, self.scene))
        tries = yield from tries_beside(run, self.scene, contrast, self.grows)
        return (
            yield from look_for(
                run,
                contrast,
                self.treatment,
                self.detect,
                ask_capability=self.capability,
                grows=self.grows,
                tries=tries,
            )
        )


PLAIN_WORDS = "Say OK."


def with_its_blocks_alone(run: Run, control: Request, treatment: Request) -> tuple[Request, Request] | None:
    """A plain message, and the same with the blocks that the treatment alone has; None where the two requests differ in
    anything else."""
    if control.without_fields("messages") != treatment.without_fields("messages"):
        return None
    asked = [each["content"] for request in (control, treatment) for each in request.json["messages"]]
    if len(asked) != 2 or not all(isinstance(each, list) for each in asked):
        return None
    added = [block for block in asked[1] if block not in asked[0]]
    words = {"type": "text", "text": PLAIN_WORDS}
    plain = run.message([words], max_tokens=32)
    return (plain, plain.with_fields(messages=[{"role": "user", "content": [*added, words]}])) if added else None
