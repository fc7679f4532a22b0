"""container and mcp_servers, which a beta header brings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.probing import calibrate
from conformance.probing.capability import CITY_TOOL
from conformance.probing.case import case
from conformance.probing.contrast import TREATMENT
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import LOOKUP_WORDS, Lookup, names_a_lookup
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import (
    Verdict,
    decide_failure_injected,
    decide_must_accept,
)
from conformance.protocol.answer import Answer, Outcome, read_answer
from conformance.protocol.exchange import Request
from conformance.protocol.status import Reason, Status
from conformance.rows.shared import sources
from conformance.rows.shared.betas import MCP_BETA, refused_beta


@case(
    "fields.container",
    "MAY act on container (a bogus id is an error; a real one is echoed)",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.CODE_EXECUTION,
)
def container(run: Run) -> Lookup:
    bogus = f"container_{run.nonce('container').replace('-', '')}"
    plain = calibrate.baseline(run)
    return Lookup(
        control=plain,
        treatment=plain.with_fields(container=bogus),
        unknown=lambda run: calibrate.unknown_field(run, bogus),
        names=("container",),
        about=(bogus, "container"),
        bogus=bogus,
    )


@row(
    "fields.mcp_servers",
    "MAY act on mcp_servers (an unreachable server is an error)",
    evidence_kind=EvidenceKind.FAILURE_INJECTED,
    source=sources.MCP_CONNECTOR,
)
def mcp_servers(run: Run) -> Conversation[Verdict]:
    name = run.name("mcp", "library")
    host = f"{name.replace('_', '-')}.invalid"
    server = {"type": "url", "url": f"https://{host}/mcp", "name": name}
    bare = calibrate.baseline(run)
    plain = bare.with_headers(anthropic_beta=MCP_BETA)
    alone = plain.with_fields(mcp_servers=[server])
    # Officially a server is only contacted where a toolset names it.
    toolset = alone.with_fields(tools=[{"type": "mcp_toolset", "mcp_server_name": name}])
    reached = read_answer((yield {TREATMENT: toolset})[TREATMENT])
    if speaks_of_the_server(reached, host=host, about=(host, name, "mcp")):
        return decide_failure_injected(control=[], treatment=[reached], like_unknown=False, names_the_failure=True)
    refusal = yield from refused_beta(bare, plain)
    if refusal is not None:
        return refusal

    def unknown(run: Run) -> Conversation[Answer]:
        return (yield from calibrate.unknown_field(run, [server]))

    def injected(treatment: Request, refused: Answer | None = None) -> Conversation[Verdict]:
        lookup = Lookup(
            control=plain,
            treatment=treatment,
            unknown=unknown,
            names=("mcp_servers",),
            about=(host, name, "mcp", "server"),
            bogus=host,
        )
        return (yield from lookup.ask(run, refused))

    # Alone first: an endpoint that drops the field would be asked about a toolset without its server.
    by_itself = yield from injected(alone, reached)
    if by_itself.status is not Status.IGNORED and by_itself.reason is not Reason.CANNOT_TELL:
        return by_itself
    with_toolset = yield from injected(toolset)
    if with_toolset.status in (Status.BROKEN, Status.REJECTED):
        # Where no tool at all is taken, nothing is known of servers.
        got = yield from calibrate.ask_reliably({"a tool": plain.with_fields(tools=[CITY_TOOL])})
        tool = read_answer(got["a tool"])
        if not tool.answered:
            return decide_must_accept(control=[tool], treatment=[tool], prerequisite=tool)
    return (
        with_toolset if with_toolset.status is Status.SUPPORTED or by_itself.status is not Status.IGNORED else by_itself
    )


CONNECTING = re.compile(
    r"\bconnection (error|refused|failed|timed out)|\b((could not|cannot|can't|couldn't|failed to|unable to)( be)? )"
    r"(resolve|connect|reach)|name resolution|name or service not known|getaddrinfo|unreachable",
    re.IGNORECASE,
)
"""What is said of a server that could not be reached. What was "not found" may be the toolset's name for one."""


def speaks_of_the_server(answer: Answer, *, host: str, about: Sequence[str]) -> bool:
    """Is this a refusal that only an endpoint can give which went to the server? It says that a connection failed, or
    that the host, which stands in the server's address alone, was looked up."""
    if answer.outcome is not Outcome.REFUSED:
        return False
    looked_up = names_a_lookup(answer.problem, about=(host,), named_by=LOOKUP_WORDS)
    return looked_up or names_a_lookup(answer.problem, about=about, named_by=CONNECTING)
