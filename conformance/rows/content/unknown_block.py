"""A content block of a type that no documentation knows."""

from __future__ import annotations

from dataclasses import replace

from conformance.probing import calibrate
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import Refusal
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import error_type, said_anywhere
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Status
from conformance.rows.shared import sources
from conformance.rows.shared.tool_turns import Block, text_block


@row(
    "content.unknown",
    "MUST refuse an unknown block type with 400, never drop it in silence",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.MESSAGES,
)
def unknown(run: Run) -> Conversation[Verdict]:
    code = run.nonce("content.unknown")
    words = f"The code of the purple locker is {code}."
    stranger: Block = {"type": run.name("content.unknown", "zz_note"), "text": words}
    question = text_block("What is the code of the purple locker? Reply with the code only.")

    def conversation(earlier: list[Block], asked: list[Block]) -> Request:
        return run.conversation(
            [
                {"role": "user", "content": [text_block("Please look into the lockers.")]},
                {"role": "assistant", "content": [*earlier, text_block("I looked into them.")]},
                {"role": "user", "content": [*asked, question]},
            ]
        )

    bad = {
        "an unknown block of the user": conversation([], [stranger]),
        "an unknown block of the assistant": conversation([stranger], []),
    }

    def names_the_type(exchange: Exchange) -> bool:
        # A refusal that gives the whole request back may be of anything.
        told = exchange.body.decode("utf-8", "replace")
        return stranger["type"] in told and code not in told

    refusal = Refusal(control=conversation([], []), bad=bad, stated=refused_as_stated, sure=names_the_type)
    verdict = yield from refusal.ask(run)
    if verdict.status is Status.IGNORED:
        got = yield from calibrate.ask_reliably(bad)
        heard = [code in said_anywhere(calibrate.answered_message(each) or {}) for each in got.values()]
        fate = "its text is read" if any(heard) else "nothing shows that it was read: it is dropped in silence"
        return replace(verdict, note=f"{verdict.note}, and {fate}")
    return verdict


def refused_as_stated(exchange: Exchange) -> bool:
    return exchange.status == 400 and error_type(exchange) == "invalid_request_error"
