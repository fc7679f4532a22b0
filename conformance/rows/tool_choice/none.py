"""tool_choice none."""

from __future__ import annotations

from conformance.probing.capability import (
    calls_when_asked,
    tool_request,
)
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, decide_must_accept
from conformance.rows.shared import sources
from conformance.rows.tool_choice.changes import turned

WITH_NONE = 2
"""As often it is asked where the model was shown to call RELIABLE_TRIES times of as many without it: one that calls by
chance does so and then calls nothing once in 149 runs."""


@row("tool_choice.none", "MUST call no tool", evidence_kind=EvidenceKind.CONTRAST, source=sources.IMPLEMENT_TOOLS)
def none(run: Run) -> Conversation[Verdict]:
    treatment = tool_request(run, tool_choice={"type": "none"})
    contrast, finding = yield from turned(
        run, tool_request(run), treatment, calls_when_asked, on=False, least=WITH_NONE
    )
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
