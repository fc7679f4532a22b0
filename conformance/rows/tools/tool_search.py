"""The tool search, which the endpoint runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.probing import calibrate
from conformance.probing.capability import CITY_TOOL
from conformance.probing.contrast import Message
from conformance.probing.detection import Detection, Detector
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.refusals import unless_refused_alike
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.answer import calls, read_answer
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.shared import sources
from conformance.rows.shared.betas import ADVANCED_TOOLS_BETA, Dress, or_under_beta
from conformance.rows.shared.known_tools import Known, plain_with_tools
from conformance.rows.shared.server_tools import ServerTool, flawed, ran
from conformance.rows.tools.client_tools import spelled_out


def look_at_tool_search(search: str, deferred: str) -> Detector:
    """Seen when the search finds the deferred tool; a call of that tool without any search shows that it was never
    out of the prompt."""

    def flaw_of(content: Any) -> str | None:
        references = content.get("tool_references") if isinstance(content, dict) else None
        if not isinstance(references, list):
            return "the result has no tool_references"
        names = [each.get("tool_name") for each in references if isinstance(each, dict)]
        return None if deferred in names else "the search does not find the deferred tool"

    def detect(message: Message) -> Detection:
        detection = ran(message, "tool_search_tool_result", search, flaw_of)
        if not detection.seen and any(call.get("name") == deferred for call in calls(message)):
            return Detection(seen=False, missed="the deferred tool is called at once, without any search")
        if (
            detection.seen
            and detection.deviation is None
            and not calls(message)
            and message.get("stop_reason") == "tool_use"
        ):
            return flawed("stop_reason is tool_use, but no tool is called")
        return detection

    return detect


def tool_search_by(run: Run, kind: str, argument: str, dress: Dress) -> Conversation[Verdict]:
    """The tool search of one kind, with one tool to be found by it."""
    search = f"tool_search_tool_{kind}"
    deferred = run.name("tools.tool_search", "water_level")
    described = "Gives the level of the water in a harbour."
    harbour = {"harbour": {"type": "string", "description": "The name of the harbour"}}
    hidden = spelled_out(deferred, described, harbour, ["harbour"])
    asked = {argument: {"type": "string", "description": "What the tool is to be about"}}
    twin = spelled_out(
        search, "Finds tools that are not shown here. Needed before any of them is used.", asked, [argument]
    )
    prompt = run.wording(
        "tools.tool_search",
        "Search for a tool that gives the level of the water in a harbour, and use it for Oslo.",
        "Find a tool for the water level in a harbour with the tool search. Then call it for Oslo.",
    )
    typed = {"type": f"{search}_20251119", "name": search}
    known = Known(typed=typed, twin=twin, beside=(CITY_TOOL, {**hidden, "defer_loading": True}), prompt=prompt)
    tool = ServerTool(known=known, detect=look_at_tool_search(search, deferred))
    verdict = yield from tool.ask_dressed(run, dress)
    if verdict.status is not Status.REJECTED:
        return verdict
    # What is refused may be the deferred tool, which is a row of its own.
    undeferred = dress(plain_with_tools(run, typed))
    got = yield from calibrate.ask_reliably({"the search, and no tool deferred": undeferred})
    if not read_answer(got["the search, and no tool deferred"]).answered:
        return verdict
    return untested(Reason.PREREQUISITE_REFUSED, f"the search is taken, but no deferred tool: {verdict.note}")


@row(
    "tools.tool_search",
    "MAY run the tool search server tool",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.TOOL_SEARCH,
)
def tool_search(run: Run) -> Conversation[Verdict]:
    def probe(dress: Dress) -> Conversation[Verdict]:
        by_regex = yield from tool_search_by(run, "regex", "pattern", dress)
        if by_regex.status is not Status.REJECTED:
            return by_regex
        by_words = yield from unless_refused_alike(tool_search_by(run, "bm25", "query", dress), by_regex)
        if by_words.status not in (Status.SUPPORTED, Status.PARTIAL):
            return by_regex
        note = f"the search by bm25 is run, the one by regex refused: {by_regex.note}"
        return replace(by_regex, status=Status.PARTIAL, deviation=Deviation.ONE_FORM, note=note)

    return (yield from or_under_beta(run, ADVANCED_TOOLS_BETA, probe))
