"""Tool results in the forms that they may be given in."""

from __future__ import annotations

from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared import sources
from conformance.rows.shared.reading import reads_all
from conformance.rows.shared.shared_reading import tool_turns_read
from conformance.rows.shared.tool_turns import after_tools, call, result, shelf_codes, shelf_words, told


@row(
    "content.tool_result.content.array",
    "MUST read the result given as text blocks",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.IMPLEMENT_TOOLS,
)
def array(run: Run) -> Conversation[Verdict]:
    def conversation(given: Json) -> Request:
        return after_tools(
            run,
            [call("toolu_01array", "red")],
            [result("toolu_01array", given)],
            "What are the codes of the top shelf and of the bottom shelf? Reply with both codes.",
        )

    return (
        yield from reads_all(
            run,
            # A string, so that an endpoint that takes no arrays refuses the row and not its control.
            control=conversation("The locker is open."),
            treatment=conversation([told(each) for each in shelf_words(run)]),
            joined=conversation(" ".join(shelf_words(run))),
            codes=shelf_codes(run),
            what="text blocks of the result",
            scene=tool_turns_read(run),
        )
    )
