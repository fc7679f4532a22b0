"""A system message among the turns."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.case import Case
from conformance.probing.contrast import CONTROL, TREATMENT
from conformance.probing.detection import proof_by
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import Scene, contains, shown_in
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Request
from conformance.rows.shared import sources
from conformance.rows.shared.betas import SYSTEM_TURN_BETA


def answered(request: Request, role: str) -> Conversation[bool]:
    got = yield from calibrate.ask_reliably({role: request})
    return read_answer(got[role]).answered


@row(
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
    shown = yield from shown_in(run, Scene(role=TREATMENT, request=dressed), proof_by(contains(code)))
    if shown is not None:
        return shown
    under_beta = question.with_headers(anthropic_beta=SYSTEM_TURN_BETA)
    if read_answer((yield from calibrate.ask_reliably({CONTROL: under_beta}))[CONTROL]).answered:
        question = under_beta
    case = Case(control=question, treatment=question.with_fields(messages=turns), detect=contains(code), grows=16)
    return (yield from case.ask(run))
