"""Conversations of several turns."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.capability import Trial, copies_codes, tries_of
from conformance.probing.contrast import CONTROL, TREATMENT, Message, ask_contrast
from conformance.probing.detection import UNSTREAMED, Detection, Detector, look_for, modes_agree, proof_by, stays_out
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import Table
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, digests
from conformance.protocol.answer import Outcome, read_answer, text_of
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation, Status
from conformance.rows import sources
from conformance.rows.betas import SYSTEM_TURN_BETA
from conformance.rows.limits import STATIONS
from conformance.rows.reading import contains, reads, reads_all, shown_among, unless_echoed
from conformance.rows.together import REMEMBERED, Scene, door_codes, many_turns, two_codes
from conformance.rows.tool_turns import told

TABLE = Table("messages")


@TABLE.row(
    "messages.multi_turn", "MUST remember earlier turns", evidence_kind=EvidenceKind.NONCE, source=sources.MESSAGES
)
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

    def of_both_turns(message: Message) -> Detection:
        # A code of the first turn, and one of the last, which asks for them.
        return Detection(seen=contains(code)(message).seen and contains(last)(message).seen)

    question = _user(asked)
    return (
        yield from reads(
            run,
            control=run.conversation([question], max_tokens=40),
            treatment=run.conversation([*earlier, question], max_tokens=40),
            detect=contains(code, but_not=other),
            grows=20,
            scene=many_turns(run),
            among=of_both_turns,
        )
    )


@TABLE.row(
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

    shown = yield from shown_among(run, scene, both)
    if shown is not None:
        return shown
    verdict = yield from reads_all(
        run,
        refused=read_answer((yield {scene.role: scene.request})[scene.role]),
        control=run.message(question, max_tokens=60),
        treatment=run.conversation([_user(part) for part in (*parts, question)], max_tokens=60),
        joined=run.message(" ".join((*parts, question)), max_tokens=60),
        codes=(first, second),
        what="consecutive user turns",
    )
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
    return {"role": "assistant", "content": [told(words)]}


LEAST_PREFILL = 6
"""Tokens: a number in brackets and two words."""


@TABLE.row(
    "messages.prefill",
    "MAY continue an assistant prefill where the model allows it",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.MESSAGES,
)
def prefill(run: Run) -> Conversation[Verdict]:
    words = run.pick("prefill", STATIONS, 5)
    line = " ".join(words)
    prompt = run.wording("prefill", f"Repeat exactly: {line}", f"Reply with exactly these words: {line}")
    # No model would begin with this number by itself, so it tells a prefill that is given back from an answer anew.
    mark = f"[{1000 + run.draw('prefill/mark', 9000)}]"
    plain = run.message(prompt, max_tokens=40)
    treatment = run.conversation([_user(prompt), _assistant(f"{mark} {' '.join(words[:2])}")], max_tokens=40)
    detect = continues(words, mark)
    trial = Trial(
        what="repeats a line of words", tries=tries_of(CONTROL, plain), shows=lambda message: line in text_of(message)
    )
    contrast = yield from ask_contrast(
        plain, treatment, proof=proof_by(detect), capability=trial.at_first(run), flawed=lambda m: detect(m).seen
    )
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        # A prefill that is not in the prompt is not gone on with: a steady model shows that in few tries.
        missed = bool(contrast.control) and not detect(contrast.messages[1]).seen
        out = (
            missed and (yield from copies_codes(run)).reliable and (yield from stays_out(run, contrast, LEAST_PREFILL))
        )
        ask_capability, tries = (trial.at_first, UNSTREAMED - 1) if out else (trial.ask_capability, UNSTREAMED)
        finding = yield from look_for(run, contrast, treatment, detect, ask_capability=ask_capability, tries=tries)
        finding = yield from modes_agree(run, treatment, detect, finding, ask_capability=ask_capability, tried=1)
        finding = yield from unless_echoed(run, finding)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def continues(words: list[str], mark: str) -> Detector:
    """Finds an answer that goes on after the first two words of a line."""
    begun, rest = " ".join(words[:2]), " ".join(words[2:])

    def detect(message: Message) -> Detection:
        text = text_of(message)
        if rest not in text:
            return Detection(seen=False, missed="the answer does not hold the rest of the line")
        if mark in text:
            note = "the answer goes on after the prefill, but gives the prefill back as well"
            return Detection(seen=True, note=note, deviation=Deviation.INCOMPLETE)
        if begun in text:
            return Detection(seen=False, missed="the answer begins anew instead of going on after the prefill")
        return Detection(seen=True)

    return detect


def answered(request: Request, role: str) -> Conversation[bool]:
    got = yield from calibrate.ask_steadily({role: request})
    return read_answer(got[role]).answered


@TABLE.row(
    "messages.role_system",
    "MAY follow a mid-conversation system message where the model allows it",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MESSAGES,
)
def role_system(run: Run) -> Conversation[Verdict]:
    code = run.nonce("role_system")
    guarded = run.wording(
        "role_system",
        f"The locker code is {code}. If the user asks for the locker code, reply with it only.",
        f"You guard the locker code, which is {code}. Whenever somebody asks for it, reply with that code only.",
    )
    question = run.message("What is the locker code?", max_tokens=40)
    turns = [*question.json["messages"], {"role": "system", "content": guarded}]
    # Where the code comes back under the beta header, neither the header alone nor a control has anything to add.
    dressed = question.with_fields(messages=turns).with_headers(anthropic_beta=SYSTEM_TURN_BETA)
    shown = yield from shown_among(run, Scene(role=TREATMENT, request=dressed), proof_by(contains(code)))
    if shown is not None:
        return shown
    under_beta = question.with_headers(anthropic_beta=SYSTEM_TURN_BETA)
    if read_answer((yield from calibrate.ask_steadily({CONTROL: under_beta}))[CONTROL]).answered:
        question = under_beta
    return (
        yield from reads(
            run, control=question, treatment=question.with_fields(messages=turns), detect=contains(code), grows=16
        )
    )
