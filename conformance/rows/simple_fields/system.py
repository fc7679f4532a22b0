"""system, as a string and in blocks."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.case import Case
from conformance.probing.contrast import Message
from conformance.probing.detection import proof_by
from conformance.probing.every_code import EveryCode
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import contains, shown_in
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Request
from conformance.rows.shared import sources
from conformance.rows.shared.scenes import many_turns, system_codes, system_parts, tool_turns_read


@row(
    "fields.system",
    "MUST follow a system prompt given as a string",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MESSAGES,
)
def system(run: Run) -> Conversation[Verdict]:
    code = run.nonce("system")
    told = run.wording(
        "system",
        f"You guard the locker code, which is {code}. Whenever somebody asks for the locker code, reply with it only.",
        f"The locker code is {code}. If you are asked for the locker code, answer with that code and nothing else.",
    )
    shown = yield from shown_in(run, tool_turns_read(run), proof_by(contains(code)))
    if shown is not None:
        return shown
    question = run.message("What is the locker code?", max_tokens=40)
    control = yield from short_system(run, question)
    case = Case(control=control, treatment=question.with_fields(system=told), detect=contains(code), grows=16)
    return (yield from case.ask(run))


def short_system(run: Run, question: Request) -> Conversation[Request]:
    """The control of a system prompt: a short one, since templates put in their own where there is none. Without any
    where even a short one is refused."""
    brief = question.with_fields(system="Be brief.")
    got = yield from calibrate.ask_reliably({"control": brief})
    return brief if read_answer(got["control"]).answered else question


@row(
    "fields.system.array",
    "MUST follow every text block of a system prompt given as an array",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MESSAGES,
)
def system_array(run: Run) -> Conversation[Verdict]:
    codes, parts = system_codes(run), system_parts(run)

    def both(message: Message) -> bool:
        return all(contains(code)(message).seen for code in codes)

    shown = yield from shown_in(run, many_turns(run), both)
    if shown is not None:
        return shown
    question = run.message(
        "What are the codes of the red locker and of the blue locker? Reply with both codes.", max_tokens=60
    )
    control = yield from short_system(run, question)
    case = Case(
        control=control,
        treatment=question.with_fields(system=[{"type": "text", "text": part} for part in parts]),
        detect=EveryCode(codes=codes, joined=question.with_fields(system=" ".join(parts)), what="system blocks"),
    )
    return (yield from case.ask(run))
