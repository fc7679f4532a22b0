"""Tools that the endpoint itself runs: web search, web fetch, code execution, tool search.

The witness is a result block, which the model cannot write: a call that is handed to the client as tool_use was run by
nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from conformance.probing import calibrate
from conformance.probing.capability import CITY_TOOL
from conformance.probing.contrast import Contrast, Message
from conformance.probing.detection import Detection, Detector
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.refusals import unless_refused_alike
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, untested
from conformance.protocol.answer import blocks, calls, read_answer, text_of
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.shared import sources
from conformance.rows.shared.betas import ADVANCED_TOOLS_BETA, Dress, or_under_beta
from conformance.rows.shared.known_tools import Known, knows, plain_with_tools
from conformance.rows.tools.client_tools import spelled_out

WEB_SEARCH_BETA = "web-search-2025-03-05"
WEB_FETCH_BETA = "web-fetch-2025-09-10"
CODE_EXECUTION_BETA = "code-execution-2025-08-25"

PAGE = "https://example.com/"
"""A page that is kept for examples and answers everyone."""

FAILS = "the tool is run, and fails: "
ASKED_TOO_OFTEN = "too_many_requests"


def server_tool(run: Run, known: Known, detect: Detector, *, dress: Dress) -> Conversation[Verdict]:
    """A tool that the endpoint runs."""

    def shows_twin(message: Message) -> bool:
        return any(call.get("name") == known.called for call in calls(message))

    def explain(contrast: Contrast, finding: Finding) -> Conversation[Finding]:
        yield from ()
        handed = any(call.get("name") == known.called for call in calls(contrast.messages[1]))
        if handed and finding.effect in (Effect.TOO_WEAK, Effect.CANNOT_TELL):
            return Finding(effect=Effect.ABSENT, note=finding.note)
        if finding.effect is Effect.TOO_WEAK and finding.note.startswith(FAILS):
            return Finding(effect=Effect.CANNOT_TELL, note=finding.note)
        return finding

    def in_stream(message: Message) -> Detection:
        # One bad moment of what stands behind the tool is not the stream's.
        detection = detect(message)
        return (
            Detection(seen=False, missed=detection.note, void=True) if detection.note.startswith(FAILS) else detection
        )

    return (
        yield from knows(run, known, detect, dress=dress, shows_twin=shows_twin, explain=explain, in_stream=in_stream)
    )


def uses_of(message: Message) -> set[str]:
    """The ids of what the endpoint says that it ran."""
    return {str(block.get("id")) for block in blocks(message, "server_tool_use")}


def reported(message: Message, key: str) -> int:
    """A count of usage.server_tool_use; 0 where it is missing or no count."""
    usage = message.get("usage")
    counts = usage.get("server_tool_use") if isinstance(usage, dict) else None
    count = counts.get(key) if isinstance(counts, dict) else None
    return count if isinstance(count, int) else 0


def not_run(message: Message, name: str) -> Detection:
    """Nothing came of the tool: where the call went instead."""
    if any(call.get("name") == name for call in calls(message)):
        return Detection(seen=False, missed=f"{name} is handed to the client as tool_use, and not run")
    if message.get("stop_reason") == "pause_turn":
        return Detection(seen=False, missed="the turn is paused before any result", void=True)
    if uses_of(message):
        return Detection(seen=False, missed="a server_tool_use block stands without any result")
    return Detection(seen=False, missed=f"{name} is not run")


def flawed(note: str, deviation: Deviation = Deviation.INCOMPLETE) -> Detection:
    return Detection(seen=True, note=note, deviation=deviation)


def failing(error: str) -> Detection:
    """An error in place of a result. That too much was asked is no fault of the tool."""
    if error == ASKED_TOO_OFTEN:
        return Detection(seen=False, missed=f"{FAILS}{error}", void=True)
    return flawed(f"{FAILS}{error}")


def ran(message: Message, kind: str, name: str, flaw_of: Callable[[Any], str | None]) -> Detection:
    """A result block of this type, for a use that stands in the answer, with nothing amiss in its content."""
    found = blocks(message, kind)
    if not found:
        return not_run(message, name)
    content = found[0].get("content")
    failed = error_of(content)
    if failed is not None:
        return failing(failed)
    flaw = flaw_of(content)
    if flaw is not None:
        return flawed(flaw)
    if str(found[0].get("tool_use_id")) not in uses_of(message):
        return flawed(f"the {kind} belongs to no server_tool_use of the answer")
    return Detection(seen=True)


def error_of(content: Any) -> str | None:
    """The error that a result is instead of a result."""
    if isinstance(content, dict) and str(content.get("type")).endswith("_error"):
        return str(content.get("error_code"))
    return None


def lacking(held: Any, keys: Iterable[str]) -> list[str]:
    """Those of the keys under which no text stands."""
    return [key for key in keys if not isinstance(held, dict) or not isinstance(held.get(key), str) or not held[key]]


def unreported(message: Message, detection: Detection, key: str) -> Detection:
    """The same sight, unless usage does not count what was run."""
    if detection.seen and detection.deviation is None and not reported(message, key):
        return flawed(f"usage.server_tool_use does not count it as {key}", Deviation.UNREPORTED)
    if not detection.seen and reported(message, key) and not calls(message):
        return flawed(f"usage counts {key}, but the answer has no result block", Deviation.UNREPORTED)
    return detection


def look_at_search(message: Message) -> Detection:
    def flaw_of(content: Any) -> str | None:
        if not isinstance(content, list):
            return "the result is neither a list of pages nor an error"
        if not content:
            return "the search finds no page at all"
        missing = lacking(content[0], ("url", "title", "encrypted_content"))
        return f"the pages lack {', '.join(missing)}" if missing else None

    detection = ran(message, "web_search_tool_result", "web_search", flaw_of)
    return unreported(message, detection, "web_search_requests")


def look_at_fetch(message: Message) -> Detection:
    def flaw_of(content: Any) -> str | None:
        if not isinstance(content, dict):
            return "the result is neither a page nor an error"
        missing = lacking(content, ("url", "retrieved_at"))
        if not isinstance(content.get("content"), dict) or content["content"].get("type") != "document":
            missing.append("a document")
        return f"the result lacks {', '.join(missing)}" if missing else None

    detection = ran(message, "web_fetch_tool_result", "web_fetch", flaw_of)
    return unreported(message, detection, "web_fetch_requests")


@row(
    "tools.web_search",
    "MAY run the web_search server tool",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.WEB_SEARCH,
)
def web_search(run: Run) -> Conversation[Verdict]:
    prompt = run.wording(
        "tools.web_search",
        "Use web_search to search the web for 'IANA example domains'. Then name the first page that you find.",
        "Search the web with the web_search tool for 'IANA example domains' and give me the first page found.",
    )
    query = {"query": {"type": "string", "description": "What to search for"}}
    known = Known(
        typed={"type": "web_search_20250305", "name": "web_search", "max_uses": 1},
        twin=spelled_out("web_search", "Searches the web.", query, ["query"]),
        prompt=prompt,
        max_tokens=500,
    )

    def probe(dress: Dress) -> Conversation[Verdict]:
        return (yield from server_tool(run, known, look_at_search, dress=dress))

    return (yield from or_under_beta(run, WEB_SEARCH_BETA, probe))


@row(
    "tools.web_fetch",
    "MAY run the web_fetch server tool",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.WEB_FETCH,
)
def web_fetch(run: Run) -> Conversation[Verdict]:
    prompt = run.wording(
        "tools.web_fetch",
        f"Use web_fetch to fetch {PAGE} and tell me its title.",
        f"Fetch the page {PAGE} with the web_fetch tool. What is its title?",
    )
    address = {"url": {"type": "string", "description": "The address of the page"}}
    known = Known(
        typed={"type": "web_fetch_20250910", "name": "web_fetch", "max_uses": 1},
        twin=spelled_out("web_fetch", "Fetches a page of the web.", address, ["url"]),
        prompt=prompt,
        max_tokens=500,
    )

    def probe(dress: Dress) -> Conversation[Verdict]:
        return (yield from server_tool(run, known, look_at_fetch, dress=dress))

    return (yield from or_under_beta(run, WEB_FETCH_BETA, probe))


def look_at_execution(digest: str) -> Detector:
    """Seen when a digest stands in what a sandbox printed: nobody knows it without running code."""

    def detect(message: Message) -> Detection:
        content = message.get("content")
        results = [
            block
            for block in (content if isinstance(content, list) else [])
            if isinstance(block, dict) and str(block.get("type")).endswith("code_execution_tool_result")
        ]
        printed = [result for result in results if digest in json.dumps(result)]
        if printed and str(printed[0].get("tool_use_id")) not in uses_of(message):
            return flawed(f"the {printed[0]['type']} belongs to no server_tool_use of the answer")
        if printed:
            container = message.get("container")
            if not isinstance(container, dict) or lacking(container, ("id", "expires_at")):
                return flawed("code is run, but the answer names no container", Deviation.UNREPORTED)
            return Detection(seen=True)
        if digest in text_of(message):
            return flawed("code is run, but the answer has no result block of it", Deviation.UNREPORTED)
        failed = next((error for each in results if (error := error_of(each.get("content"))) is not None), None)
        if failed is not None:
            return failing(failed)
        if results:
            return Detection(seen=False, missed="a program is run, but it does not print what was asked for", void=True)
        return not_run(message, "code_execution")

    return detect


@row(
    "tools.code_execution",
    "MAY run the code_execution server tool",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.CODE_EXECUTION,
)
def code_execution(run: Run) -> Conversation[Verdict]:
    code = run.nonce("tools.code_execution")
    digest = hashlib.sha256(code.encode()).hexdigest()
    prompt = run.wording(
        "tools.code_execution",
        f"Use code execution to compute the SHA-256 of the text '{code}'. Print it as hexadecimal digits.",
        f"Run code with the code_execution tool to print the SHA-256 of the text '{code}' as hexadecimal.",
    )
    source = {"code": {"type": "string", "description": "The Python code to run"}}
    known = Known(
        typed={"type": "code_execution_20250825", "name": "code_execution"},
        twin=spelled_out("code_execution", "Runs Python code.", source, ["code"]),
        prompt=prompt,
        max_tokens=800,
    )

    def probe(dress: Dress) -> Conversation[Verdict]:
        return (yield from server_tool(run, known, look_at_execution(digest), dress=dress))

    return (yield from or_under_beta(run, CODE_EXECUTION_BETA, probe))


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
    tool = spelled_out(deferred, described, harbour, ["harbour"])
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
    known = Known(typed=typed, twin=twin, beside=(CITY_TOOL, {**tool, "defer_loading": True}), prompt=prompt)
    verdict = yield from server_tool(run, known, look_at_tool_search(search, deferred), dress=dress)
    if verdict.status is not Status.REJECTED:
        return verdict
    # What is refused may be the deferred tool, which is a row of its own.
    undeferred = dress(plain_with_tools(run, typed))
    got = yield from calibrate.ask_steadily({"the search, and no tool deferred": undeferred})
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
