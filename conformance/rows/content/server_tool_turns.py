"""Blocks that server tools and MCP servers leave in the history."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from conformance.probing import calibrate
from conformance.probing.capability import copies_codes
from conformance.probing.case import PLAIN_WORDS
from conformance.probing.contrast import Message, ask_contrast
from conformance.probing.detection import look_for, proof_by, unless_unsteady
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.refusals import same_shape
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import Scene, contains, or_shown_in_further_tries, shown_in, tries_beside, unless_echoed
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, untested
from conformance.protocol.answer import Answer, Outcome, read_answer, text_of
from conformance.protocol.exchange import Request
from conformance.protocol.status import Reason
from conformance.rows.content.server_blocks import (
    code_run,
    fetched_page,
    mcp_call,
    searched_for,
    shelf_told,
    web_fetch,
    web_search,
)
from conformance.rows.shared import sources
from conformance.rows.shared.betas import MCP_BETA, refused_beta
from conformance.rows.shared.shared_reading import mcp_turns, server_turns
from conformance.rows.shared.tool_turns import Block, told


@row(
    "content.server_tool_use",
    "MUST read a server_tool_use block in the history",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.WEB_SEARCH,
)
def server_tool_use(run: Run) -> Conversation[Verdict]:
    query = searched_for(run)
    question = "Which query did you search the web for? Reply with the query only."
    return (
        yield from reads_history(
            run,
            web_search(query, "max_uses_exceeded"),
            question,
            run.nonce("server_tool_use"),
            kind="server_tool_use",
            grows=16,
            scene=server_turns(run),
        )
    )


@row(
    "content.web_search_tool_result",
    "MUST read a web_search_tool_result block in the history (probed in its error form)",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.WEB_SEARCH,
)
def web_search_tool_result(run: Run) -> Conversation[Verdict]:
    scene, proves = five_searches(run)
    shown = yield from shown_in(run, scene, proves)
    if shown is not None:
        return shown
    # Another code stands in the control, so that a code that the model would say anyway proves nothing.
    error, other = run.pick("web_search_error", ["max_uses_exceeded", "too_many_requests", "query_too_long"], 2)
    question = "With which error code did the web search fail? Reply with the error code only."
    verdict = yield from reads_history(
        run,
        web_search("harbour", error),
        question,
        error,
        kind="web_search_tool_result",
        grows=10,
        control=web_search("harbour", other),
        control_code=other,
    )
    return (yield from or_shown_in_further_tries(run, verdict, scene, proves, ORDERS // 100))


@row(
    "content.web_fetch_tool_result",
    "MUST read a web_fetch_tool_result block in the history",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.WEB_FETCH,
)
def web_fetch_tool_result(run: Run) -> Conversation[Verdict]:
    code = run.nonce("web_fetch")
    blocks = web_fetch(fetched_page(run))
    question = "According to the page that you fetched, what is the code of the lighthouse? Reply with it only."
    return (
        yield from reads_history(
            run,
            blocks,
            question,
            code,
            kind="web_fetch_tool_result",
            grows=24,
            scene=server_turns(run),
        )
    )


@row(
    "content.code_execution_tool_result",
    "MUST read a code_execution_tool_result block in the history",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.CODE_EXECUTION,
)
def code_execution_tool_result(run: Run) -> Conversation[Verdict]:
    code = run.nonce("code_execution")
    question = "What did the code print? Reply with it only."
    return (
        yield from reads_history(
            run,
            code_run(code),
            question,
            code,
            kind="code_execution_tool_result",
            grows=16,
            scene=server_turns(run),
        )
    )


@row(
    "content.mcp_tool_use",
    "MAY read an mcp_tool_use block in the history",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MCP_CONNECTOR,
)
def mcp_tool_use(run: Run) -> Conversation[Verdict]:
    shelf = run.nonce("mcp_tool_use")
    question = "With which value of shelf did you call the look_up_shelf tool? Reply with the value only."
    return (
        yield from reads_history(
            run,
            mcp_call(shelf, "The shelf is full."),
            question,
            shelf,
            kind="mcp_tool_use",
            grows=16,
            beta=MCP_BETA,
            scene=mcp_turns(run),
        )
    )


@row(
    "content.mcp_tool_result",
    "MAY read an mcp_tool_result block in the history",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MCP_CONNECTOR,
)
def mcp_tool_result(run: Run) -> Conversation[Verdict]:
    code = run.nonce("mcp_tool_result")
    blocks = mcp_call("seven", shelf_told(run))
    question = "What is the code of the shelf? Reply with the code only."
    return (
        yield from reads_history(
            run,
            blocks,
            question,
            code,
            kind="mcp_tool_result",
            grows=16,
            beta=MCP_BETA,
            scene=mcp_turns(run),
        )
    )


SEARCH_ERRORS = (
    "invalid_tool_input",
    "unavailable",
    "max_uses_exceeded",
    "too_many_requests",
    "query_too_long",
    "request_too_large",
)
"""All error codes that the documents know of a web search."""


ORDERS = 720
"""In so many orders five of six codes can stand."""


def five_searches(run: Run) -> tuple[Scene, Callable[[Message], bool]]:
    """Searches that failed for five different reasons, and whether an answer gives just these in their order: who
    guesses hits one of ORDERS."""
    errors = run.pick("web_search_errors", SEARCH_ERRORS, 5)
    places = ("harbour", "market", "station", "library", "museum")
    held = [
        block
        for number, (place, error) in enumerate(zip(places, errors, strict=True), 1)
        for block in web_search(f"opening hours of the {place}", error, search_id=f"srvtoolu_0{number}search")
    ]
    question = run.wording(
        "five_searches",
        "With which error codes did your five web searches fail? Reply with the error codes only, in the order of the "
        "searches.",
        "Name the error codes of your five web searches in their order. Reply with the error codes only.",
    )
    turns: list[dict[str, Any]] = [
        {"role": "user", "content": "Please look it up."},
        {"role": "assistant", "content": [*held, told("I looked it up.")]},
        {"role": "user", "content": question},
    ]

    def proves(message: Message) -> bool:
        return re.findall("|".join(SEARCH_ERRORS), text_of(message)) == errors

    return Scene(role="five searches that failed", request=run.conversation(turns, max_tokens=100)), proves


def reads_history(
    run: Run,
    blocks: list[Block],
    question: str,
    code: str,
    *,
    kind: str,
    grows: int,
    control: list[Block] | None = None,
    control_code: str = "",
    beta: str | None = None,
    scene: Scene | None = None,
) -> Conversation[Verdict]:
    """Blocks of a server tool that the suite put into the history, against the same history without them.

    A use and its result go together, so a refusal is taken apart: `kind` is the cause only where its block alone is
    refused as a block of an unknown type is, or by its name. Else its companion is, and nothing is known of it.
    `control` are the blocks of the control where the code could be guessed, with `control_code` in the code's place.
    `scene` is the conversation that holds the code beside others.
    """
    shown = yield from shown_in(run, scene, proof_by(contains(code)))
    if shown is not None:
        return shown

    def conversation(held: list[Block], asked: str = question) -> Request:
        request = run.conversation(
            [
                {"role": "user", "content": "Please look it up."},
                {"role": "assistant", "content": [*held, told("I looked it up.")]},
                {"role": "user", "content": asked},
            ]
        )
        return request if beta is None else request.with_headers(anthropic_beta=beta)

    of_this_kind = [block for block in blocks if block["type"] == kind]
    plain, alone = conversation([], PLAIN_WORDS), conversation(of_this_kind, PLAIN_WORDS)
    treatment = conversation(blocks)
    detect = contains(code)
    sure = None if control else proof_by(detect)
    contrast = yield from ask_contrast(
        conversation([]), treatment, proof=sure, plainly=(plain, alone), capability=copies_codes(run)
    )
    if beta is not None and contrast.control and not contrast.control[0].answered:
        refusal = yield from refused_beta(conversation([]).with_headers(anthropic_beta=None), conversation([]))
        if refusal is not None:
            return refusal
    if contrast.control and contrast.control[0].answered and contrast.treatment[-1].outcome is Outcome.REFUSED:
        role = f"the {kind} block alone"
        got = yield from calibrate.ask_steadily({role: alone})
        answer = read_answer(got[role])
        stranger = yield from calibrate.unknown_block(run)
        if answer.answered or not is_unknown(answer.problem, stranger, kind):
            note = (
                f"the blocks that belong together are refused, but not for this one: {contrast.treatment[-1].problem}"
            )
            return untested(Reason.PREREQUISITE_REFUSED, note)
        if not stranger.answered and (yield from calibrate.says_so_of_anything(run, answer.problem, (kind,))):
            return calibrate.of_anything(answer)
    bare = contrast
    if contrast.accepted and contrast.control and control is not None:
        contrast = yield from ask_contrast(conversation(control), treatment)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        tries = yield from tries_beside(run, scene, bare, grows)
        finding = yield from look_for(
            run, contrast, treatment, detect, ask_capability=copies_codes, grows=grows, growth=bare, tries=tries
        )
        finding = yield from unless_echoed(run, finding)
        if control_code:
            finding = yield from unless_unsteady(run, finding, copies_codes)
        if finding.effect is Effect.SEEN and not contains(control_code)(contrast.messages[0]).seen:
            note = f"{code} comes back, but {control_code} does not where that stands in its place: a guess"
            finding = Finding(effect=Effect.CANNOT_TELL, note=note)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


PAIRING_WORDS = re.compile(
    r"\bpair|\bwithout\b|correspond|\bmissing\b|must follow|followed by|preced|immediately|\bmatch(es|ing)\b",
    re.IGNORECASE,
)
"""What refusals say of a block that stands without the one it belongs to."""


def is_unknown(problem: str, stranger: Answer, kind: str) -> bool:
    """Is a block refused because this endpoint does not know its type?"""
    if not stranger.answered:
        return same_shape(problem, stranger.problem, (kind,))
    # An endpoint that drops unknown blocks may refuse this one for what it is, or for the companion that it dropped.
    return kind in problem and not PAIRING_WORDS.search(problem)
