"""Text, as a string and in blocks."""

from __future__ import annotations

from conformance.probing.capability import Capability, copies_codes
from conformance.probing.case import Case, case
from conformance.probing.every_code import EveryCode
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import contains
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import read_answer
from conformance.protocol.status import Deviation, Status
from conformance.rows.shared import sources
from conformance.rows.shared.retold import words_beside_are_lost
from conformance.rows.shared.scenes import (
    door_codes,
    door_words,
    green_locker,
    many_turns,
    tool_turns_read,
)
from conformance.rows.shared.tool_turns import text_block


@case(
    "content.string", "MUST read content given as a string", evidence_kind=EvidenceKind.NONCE, source=sources.MESSAGES
)
def string(run: Run) -> Case:
    code = run.nonce("content.string")
    asked = run.wording(
        "content.string",
        "What is the code of the green locker? Reply with the code only.",
        "Which code does the green locker have? Reply with it.",
    )
    without = "What is the code of the green locker? Reply with the code only."
    return Case(
        control=run.message(without, max_tokens=40),
        treatment=run.message(f"{green_locker(run)} {asked}", max_tokens=40),
        detect=contains(code),
        grows=9,
        capability=copies_codes_in_either_form,
        scene=many_turns(run),
    )


def copies_codes_in_either_form(run: Run) -> Conversation[Capability]:
    """Does the model copy codes? Strings are the very thing in doubt, so it may show that in blocks as well."""
    capability = yield from copies_codes(run)
    return capability if capability.reliable else (yield from copies_codes(run, in_blocks=True))


@row("content.text.text", "MUST read every text block", evidence_kind=EvidenceKind.NONCE, source=sources.MESSAGES)
def text_text(run: Run) -> Conversation[Verdict]:
    verdict = yield from every_block(run).ask(run)
    if verdict.status is not Status.SUPPORTED:
        return verdict
    beside = tool_turns_read(run)
    answer = read_answer((yield {beside.role: beside.request})[beside.role])
    # The question of that conversation stands beside results, and asks for more than what those say.
    told = (run.nonce("tool_use.input"), run.nonce("system"))
    if answer.message is not None and any(contains(code)(answer.message).seen for code in told):
        return verdict
    lost = yield from words_beside_are_lost(run)
    if lost is None:
        return verdict
    return Verdict(status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=lost.told, rests_on=lost.rests_on)


def every_block(run: Run) -> Case:
    question = "What are the codes of the north door and of the south door? Reply with both codes."
    # The question shares a block with the second code, so that an endpoint that reads one block only shows which.
    north, south = door_words(run)
    parts = [north, f"{south} {question}"]
    return Case(
        # A string, so that an endpoint that takes no arrays refuses the row and not its control.
        control=run.message(question, max_tokens=60),
        treatment=run.message([text_block(part) for part in parts], max_tokens=60),
        detect=EveryCode(codes=door_codes(run), joined=run.message(" ".join(parts), max_tokens=60), what="text blocks"),
        scene=many_turns(run),
    )
