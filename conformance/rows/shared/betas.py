"""The beta headers that rows need, and the verdict where the header itself is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.probing import calibrate
from conformance.probing.contrast import TREATMENT
from conformance.probing.refusals import unless_refused_alike
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, decide_must_accept
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation, Status

CONTEXT_MANAGEMENT_BETA = "context-management-2025-06-27"
FILES_BETA = "files-api-2025-04-14"
MCP_BETA = "mcp-client-2025-11-20"
FAST_MODE_BETA = "fast-mode-2026-02-01"
ADVANCED_TOOLS_BETA = "advanced-tool-use-2025-11-20"
SYSTEM_TURN_BETA = "mid-conversation-system-2026-04-07"

Dress = Callable[[Request], Request]
"""Changes every request of a row before it is sent: not at all, or by adding a header."""


def as_it_is(request: Request) -> Request:
    """No header is needed."""
    return request


def refused_beta(bare: Request, with_header: Request) -> Conversation[Verdict | None]:
    """The verdict on a row whose beta header is refused by itself; None where it is not."""
    got = yield from calibrate.ask_reliably({"without the beta header": bare, "the beta header alone": with_header})
    without, alone = (read_answer(each) for each in got.values())
    if not without.answered or alone.answered:
        return None
    return decide_must_accept(control=[without], treatment=[without], prerequisite=alone)


def refused_under_beta(run: Run, treatment: Request, beta: str) -> Conversation[Verdict | None]:
    """The same for a request that carries the header: where that is answered, the header need not be asked alone."""
    got = yield {TREATMENT: treatment}
    if read_answer(got[TREATMENT]).answered:
        return None
    bare = calibrate.baseline(run)
    return (yield from refused_beta(bare, bare.with_headers(anthropic_beta=beta)))


def or_under_beta(run: Run, beta: str, probe: Callable[[Dress], Conversation[Verdict]]) -> Conversation[Verdict]:
    """A row whose feature was once behind a beta header and needs none today: asked without, and where that is refused
    once more with it, since some endpoints stand where the documents stood then.

    without     with it                          the header alone   verdict
    other       -                                -                  as without it
    rejected    refused in the same words        -                  rejected
    rejected    supported, partial or accepted   -                  partial (one_form)
    rejected    untested                         refused            rejected
    rejected    untested                         answered           untested: it is no longer refused
    rejected    other                            -                  rejected
    """
    verdict = yield from probe(as_it_is)
    if verdict.status is not Status.REJECTED:
        return verdict

    def dressed(request: Request) -> Request:
        return request.with_headers(anthropic_beta=beta)

    under = yield from unless_refused_alike(probe(dressed), verdict)
    told = f"with the header anthropic-beta: {beta}"
    if under.status in (Status.SUPPORTED, Status.PARTIAL, Status.ACCEPTED):
        note = f"known only {told}{f' ({under.note})' if under.note else ''}; without it {verdict.note}"
        return replace(verdict, status=Status.PARTIAL, deviation=Deviation.ONE_FORM, note=note)
    bare = calibrate.baseline(run)
    if under.status is not Status.UNTESTED or (yield from refused_beta(bare, dressed(bare))) is not None:
        return verdict
    return replace(under, note=f"{told}: {under.note}")
