"""Whatever the endpoint has emitted is accepted back."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.capability import (
    by_itself,
    call_without_arguments,
    calls_when_asked,
    several_calls,
    tool_request,
    with_a_long_input,
)
from conformance.probing.case import case
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.answer import Answer
from conformance.protocol.exchange import Json
from conformance.protocol.status import Reason
from conformance.rows.replay.own_turns import OwnTurns, Turn, calls_made, said_words
from conformance.rows.shared import sources
from conformance.rows.simple_fields.limits import beyond_the_limit
from conformance.rows.simple_fields.thinking import LEAST_BUDGET, sum_request
from conformance.rows.simple_fields.thinking_types import ADAPTIVE, thinking_on, unclear
from conformance.rows.stream.sampled_streams import in_several_scripts

ENABLED: dict[str, Json] = {"type": "enabled", "budget_tokens": LEAST_BUDGET}
LIMIT = LEAST_BUDGET + 600


@case(
    "replay.text",
    "MUST accept its own text answer back as the assistant turn",
    evidence_kind=EvidenceKind.RULE,
    source=sources.MESSAGES,
)
def text(run: Run) -> OwnTurns:
    turns = [
        Turn(what="a short answer", asks=calibrate.baseline(run), shows=said_words, main=True),
        Turn(
            what="an answer in several scripts",
            asks=in_several_scripts(run),
            shows=said_words,
        ),
        Turn(
            what="an answer cut by max_tokens",
            asks=beyond_the_limit(run),
            shows=lambda message: said_words(message) and message.get("stop_reason") == "max_tokens",
        ),
    ]
    missing = untested(Reason.NEVER_EXERCISED, "no answer holds words")
    return OwnTurns(turns=turns, ask_capability=by_itself, joined=True, missing=missing)


@case(
    "replay.tool_use",
    "MUST accept its own tool_use back with the results, one call or several",
    evidence_kind=EvidenceKind.RULE,
    source=sources.IMPLEMENT_TOOLS,
)
def tool_use(run: Run) -> OwnTurns:
    turns = [
        Turn(what="one call", asks=tool_request(run), shows=calls_made(), main=True, chained=True),
        Turn(
            what="several calls at once",
            asks=several_calls(run),
            shows=calls_made(at_least=2),
        ),
        Turn(
            what="a call without arguments",
            asks=call_without_arguments(run),
            shows=calls_made(),
        ),
        Turn(
            what="a call with nested arguments in several scripts",
            asks=with_a_long_input(run),
            shows=calls_made(),
        ),
    ]
    missing = untested(Reason.MODEL_TOO_WEAK, "this model calls no tool, asked to or forced to")
    return OwnTurns(turns=turns, ask_capability=calls_when_asked, force=True, joined=True, missing=missing)


@row(
    "replay.thinking",
    "MUST accept its own thinking and tool_use back unchanged",
    evidence_kind=EvidenceKind.RULE,
    source=sources.THINKING,
)
def thinking(run: Run) -> Conversation[Verdict]:
    """Thinking enabled; where that brings no thought, adaptive, which newer models take alone. A model that never
    thinks has nothing to send back.

    thinking enabled                 a block comes by any type    status
    a thought and a call came        -                            as `own_turns` decides
    none came, or it is refused      no                           untested (not_applicable)
    none came, or it is refused      with adaptive alone          as `own_turns` decides of adaptive
    none came, or it is refused      otherwise, or unclear        untested (as `own_turns` says)
    """
    verdict = yield from thoughts_taken_back(run, ENABLED)
    if verdict.reason not in (Reason.NEVER_EXERCISED, Reason.PREREQUISITE_REFUSED):
        return verdict
    shown = yield from thinking_on(run)
    if isinstance(shown, Answer):
        never = "this model never thinks: no thinking block comes with thinking enabled or adaptive"
        return verdict if unclear(shown) else untested(Reason.NOT_APPLICABLE, never)
    adaptive = shown.json["thinking"] == ADAPTIVE
    return (yield from thoughts_taken_back(run, ADAPTIVE)) if adaptive else verdict


def thoughts_taken_back(run: Run, kind: dict[str, Json]) -> Conversation[Verdict]:
    """Are the turns accepted that come with thinking of this type?"""
    turns = [
        Turn(
            what="thinking and a call",
            asks=tool_request(run, thinking=kind).with_fields(max_tokens=LIMIT),
            shows=calls_made(thought=True),
            main=True,
            chained=True,
        ),
        Turn(
            what="thinking and text",
            asks=sum_request(run).with_fields(thinking=kind),
            shows=lambda message: said_words(message, thought=True),
        ),
    ]
    missing = untested(Reason.NEVER_EXERCISED, "no answer holds thinking and a call")
    return (yield from OwnTurns(turns=turns, ask_capability=calls_when_asked, joined=True, missing=missing).ask(run))
