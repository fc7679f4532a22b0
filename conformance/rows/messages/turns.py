"""Several turns, and turns of one role in a row."""

from __future__ import annotations

from conformance.probing.case import Case
from conformance.probing.contrast import Message, ask_contrast
from conformance.probing.every_code import EveryCode
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import Scene, contains, shown_in
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, digests
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import Json
from conformance.protocol.status import Deviation, Status
from conformance.rows.shared import sources
from conformance.rows.shared.scenes import REMEMBERED, door_codes, many_turns, two_codes
from conformance.rows.shared.tool_turns import text_block


@row("messages.multi_turn", "MUST remember earlier turns", evidence_kind=EvidenceKind.NONCE, source=sources.MESSAGES)
def multi_turn(run: Run) -> Conversation[Verdict]:
    # Two codes are told and one is asked for: an endpoint that sends the first turn alone may have both repeated.
    code, other = run.nonce("multi_turn"), run.nonce("multi_turn/other")
    asked = run.wording(
        "multi_turn/asked",
        "What is my locker code? Reply with the code only.",
        "Which locker code did I give you? Answer with nothing but the code.",
    )
    earlier = [_user(two_codes(run)), {"role": "assistant", "content": REMEMBERED}]
    last = door_codes(run)[-1]

    def of_both_turns(message: Message) -> bool:
        # A code of the first turn, and one of the last, which asks for them.
        return contains(code)(message).seen and contains(last)(message).seen

    question = _user(asked)
    case = Case(
        control=run.conversation([question], max_tokens=40),
        treatment=run.conversation([*earlier, question], max_tokens=40),
        detect=contains(code, but_not=other),
        grows=20,
        scene=many_turns(run),
    )
    shown = yield from shown_in(run, case.scene, of_both_turns)
    return shown if shown is not None else (yield from case.ask_alone(run))


@row(
    "messages.consecutive_roles",
    "MUST merge consecutive turns of one role",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MESSAGES,
)
def consecutive_roles(run: Run) -> Conversation[Verdict]:
    first, second = run.nonce("consecutive/1"), run.nonce("consecutive/2")
    parts = [f"The code of the red locker is {first}.", f"The code of the blue locker is {second}."]
    question = run.wording(
        "consecutive",
        "What are the codes of the red locker and of the blue locker? Reply with both codes.",
        "Reply with both codes: that of the red locker and that of the blue locker.",
    )
    said = ["Hello.", "How can I help you?"]
    mixed = [*(_user(part) for part in parts), *(_assistant(part) for part in said), _user(question)]
    scene = Scene(role="with consecutive turns of both roles", request=run.conversation(mixed, max_tokens=60))

    def both(message: Message) -> bool:
        return all(contains(each)(message).seen for each in (first, second))

    shown = yield from shown_in(run, scene, both)
    if shown is not None:
        return shown
    joined = run.message(" ".join((*parts, question)), max_tokens=60)
    case = Case(
        control=run.message(question, max_tokens=60),
        treatment=run.conversation([_user(part) for part in (*parts, question)], max_tokens=60),
        detect=EveryCode(codes=(first, second), joined=joined, what="consecutive user turns"),
    )
    met = read_answer((yield {scene.role: scene.request})[scene.role])
    verdict = yield from case.ask_alone(run, refused=met)
    if verdict.status is not Status.SUPPORTED:
        return verdict
    opening, ending = _user("Hello."), _user("Say OK.")
    contrast = yield from ask_contrast(
        run.conversation([opening, _assistant(" ".join(said)), ending]),
        run.conversation([opening, *(_assistant(part) for part in said), ending]),
        role="with consecutive assistant turns",
        control_role="with one assistant turn",
    )
    if [answer.outcome for answer in contrast.treatment] == [Outcome.REFUSED] * 2 and contrast.control[-1].answered:
        note = f"consecutive user turns are read, but assistant turns are refused: {contrast.treatment[-1].problem}"
        rests_on = digests(contrast.treatment[-1:])
        return Verdict(status=Status.PARTIAL, deviation=Deviation.ONE_FORM, note=note, rests_on=rests_on)
    if contrast.accepted or not contrast.control[-1].answered:
        return verdict
    return decide_must_accept(
        control=contrast.control, treatment=contrast.treatment, finding=Finding(effect=Effect.CANNOT_TELL)
    )


def _user(words: str) -> dict[str, Json]:
    return {"role": "user", "content": words}


def _assistant(words: str) -> dict[str, Json]:
    return {"role": "assistant", "content": [text_block(words)]}
