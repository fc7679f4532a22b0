"""Tool results in the forms that they may be given in."""

from __future__ import annotations

from conformance.probing.case import Case, case
from conformance.probing.every_code import EveryCode
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.run import Run
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared import sources
from conformance.rows.shared.scenes import tool_turns_read
from conformance.rows.shared.tool_turns import after_tools, call, result, shelf_codes, shelf_words, text_block


@case(
    "content.tool_result.content.array",
    "MUST read the result given as text blocks",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.IMPLEMENT_TOOLS,
)
def array(run: Run) -> Case:
    def conversation(given: Json) -> Request:
        return after_tools(
            run,
            [call("toolu_01array", "red")],
            [result("toolu_01array", given)],
            "What are the codes of the top shelf and of the bottom shelf? Reply with both codes.",
        )

    joined = conversation(" ".join(shelf_words(run)))
    return Case(
        # A string, so that an endpoint that takes no arrays refuses the row and not its control.
        control=conversation("The locker is open."),
        treatment=conversation([text_block(each) for each in shelf_words(run)]),
        detect=EveryCode(codes=shelf_codes(run), joined=joined, what="text blocks of the result"),
        scene=tool_turns_read(run),
    )
