"""The beta headers that rows need, and what is to be said where the header itself is refused."""

from __future__ import annotations

from conformance import calibrate
from conformance.answer import read_answer
from conformance.exchange import Request
from conformance.run import Steps
from conformance.verdict import Verdict, decide_must_accept

CONTEXT_MANAGEMENT_BETA = "context-management-2025-06-27"
MCP_BETA = "mcp-client-2025-11-20"


def refused_beta(bare: Request, with_header: Request) -> Steps[Verdict | None]:
    """A row that needs a beta header cannot be judged where the header itself is refused."""
    got = yield from calibrate.ask_steadily({"without the beta header": bare, "the beta header alone": with_header})
    without, alone = (read_answer(each) for each in got.values())
    if not without.answered or alone.answered:
        return None
    return decide_must_accept(control=[without], treated=[without], prerequisite=alone)
