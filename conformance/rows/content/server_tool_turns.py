"""Blocks that server tools and MCP servers leave in the history."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.probing import calibrate
from conformance.probing.capability import copies_codes
from conformance.probing.case import PLAIN_WORDS, case
from conformance.probing.contrast import Contrast, Message, ask_contrast
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
from conformance.rows.shared.scenes import mcp_turns, server_turns
from conformance.rows.shared.tool_turns import Block, text_block


@case(
    "content.server_tool_use",
    "MUST read a server_tool_use block in the history",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.WEB_SEARCH,
)
def server_tool_use(run: Run) -> HistoryBlocks:
    query = searched_for(run)
    question = "Which query did you search the web for? Reply with the query only."
    return HistoryBlocks(
        blocks=web_search(query, "max_uses_exceeded"),
        question=question,
        code=run.nonce("server_tool_use"),
        kind="server_tool_use",
        grows=16,
        scene=server_turns(run),
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
    history = HistoryBlocks(
        blocks=web_search("harbour", error),
        question=question,
        code=error,
        kind="web_search_tool_result",
        grows=10,
        control=web_search("harbour", other),
        control_code=other,
    )
    verdict = yield from history.ask(run)
    return (yield from or_shown_in_further_tries(run, verdict, scene, proves, ORDERS // 100))


@case(
    "content.web_fetch_tool_result",
    "MUST read a web_fetch_tool_result block in the history",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.WEB_FETCH,
)
def web_fetch_tool_result(run: Run) -> HistoryBlocks:
    code = run.nonce("web_fetch")
    blocks = web_fetch(fetched_page(run))
    question = "According to the page that you fetched, what is the code of the lighthouse? Reply with it only."
    return HistoryBlocks(
        blocks=blocks,
        question=question,
        code=code,
        kind="web_fetch_tool_result",
        grows=24,
        scene=server_turns(run),
    )


@case(
    "content.code_execution_tool_result",
    "MUST read a code_execution_tool_result block in the history",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.CODE_EXECUTION,
)
def code_execution_tool_result(run: Run) -> HistoryBlocks:
    code = run.nonce("code_execution")
    question = "What did the code print? Reply with it only."
    return HistoryBlocks(
        blocks=code_run(code),
        question=question,
        code=code,
        kind="code_execution_tool_result",
        grows=16,
        scene=server_turns(run),
    )


@case(
    "content.mcp_tool_use",
    "MAY read an mcp_tool_use block in the history",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MCP_CONNECTOR,
)
def mcp_tool_use(run: Run) -> HistoryBlocks:
    shelf = run.nonce("mcp_tool_use")
    question = "With which value of shelf did you call the look_up_shelf tool? Reply with the value only."
    return HistoryBlocks(
        blocks=mcp_call(shelf, "The shelf is full."),
        question=question,
        code=shelf,
        kind="mcp_tool_use",
        grows=16,
        beta=MCP_BETA,
        scene=mcp_turns(run),
    )


@case(
    "content.mcp_tool_result",
    "MAY read an mcp_tool_result block in the history",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.MCP_CONNECTOR,
)
def mcp_tool_result(run: Run) -> HistoryBlocks:
    code = run.nonce("mcp_tool_result")
    blocks = mcp_call("seven", shelf_told(run))
    question = "What is the code of the shelf? Reply with the code only."
    return HistoryBlocks(
        blocks=blocks,
        question=question,
        code=code,
        kind="mcp_tool_result",
        grows=16,
        beta=MCP_BETA,
        scene=mcp_turns(run),
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
"""The number of orders in which five of six codes can stand."""


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
        {"role": "assistant", "content": [*held, text_block("I looked it up.")]},
        {"role": "user", "content": question},
    ]

    def proves(message: Message) -> bool:
        return re.findall("|".join(SEARCH_ERRORS), text_of(message)) == errors

    return Scene(role="five searches that failed", request=run.conversation(turns, max_tokens=100)), proves


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryBlocks:
    """Blocks of a server tool that the suite puts into the history, against the same history without them.

    `question` asks for the `code` that stands in the blocks. `kind` is the type of the block that the row is about. A
    use and its result go together, so a refusal is taken apart: the row is rejected only where this block is refused
    alone, as a block of an unknown type is or by its name. Else its companion is refused: nothing is known of this one.
    `grows`: the least number of tokens by which the blocks lengthen the prompt.
    `scene`: the conversation that holds the code beside others. It is asked first.
    `beta`: the header that the blocks need.
    `control`: the blocks of the control, where the code could be guessed, with `control_code` in the code's place.
    """

    blocks: list[Block]
    question: str
    code: str
    kind: str
    grows: int
    scene: Scene | None = None
    beta: str | None = None
    control: list[Block] | None = None
    control_code: str = ""

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict by the scene, or by the row's own requests."""
        shown = yield from shown_in(run, self.scene, proof_by(contains(self.code)))
        return shown if shown is not None else (yield from self._ask_alone(run))

    def _conversation(self, run: Run, held: list[Block], asked: str = "") -> Request:
        request = run.conversation(
            [
                {"role": "user", "content": "Please look it up."},
                {"role": "assistant", "content": [*held, text_block("I looked it up.")]},
                {"role": "user", "content": asked or self.question},
            ]
        )
        return request if self.beta is None else request.with_headers(anthropic_beta=self.beta)

    def _ask_alone(self, run: Run) -> Conversation[Verdict]:
        treatment, detect = self._conversation(run, self.blocks), contains(self.code)
        plain, alone = self._conversation(run, [], PLAIN_WORDS), self._block_alone(run)
        contrast = yield from ask_contrast(
            self._conversation(run, []),
            treatment,
            proof=None if self.control else proof_by(detect),
            plainly=(plain, alone),
            capability=copies_codes(run),
        )
        of_another = yield from self._fault_of_another(run, contrast)
        if of_another is not None:
            return of_another
        bare = contrast
        if contrast.accepted and contrast.control and self.control is not None:
            contrast = yield from ask_contrast(self._conversation(run, self.control), treatment)
        finding = Finding(effect=Effect.CANNOT_TELL)
        if contrast.accepted:
            tries = yield from tries_beside(run, self.scene, bare, self.grows)
            finding = yield from look_for(
                run,
                contrast,
                treatment,
                detect,
                ask_capability=copies_codes,
                grows=self.grows,
                growth=bare,
                tries=tries,
            )
            finding = yield from unless_echoed(run, finding)
            if self.control_code:
                finding = yield from unless_unsteady(run, finding, copies_codes)
            if finding.effect is Effect.SEEN and not contains(self.control_code)(contrast.messages[0]).seen:
                other = f"{self.control_code} does not where that stands in its place"
                finding = Finding(effect=Effect.CANNOT_TELL, note=f"{self.code} comes back, but {other}: a guess")
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)

    def _block_alone(self, run: Run) -> Request:
        return self._conversation(run, [block for block in self.blocks if block["type"] == self.kind], PLAIN_WORDS)

    def _fault_of_another(self, run: Run, contrast: Contrast) -> Conversation[Verdict | None]:
        """The verdict where something else than this block is refused: the beta header, or the companion block. Also
        where the refusal has the words for any bad request. None otherwise."""
        if not contrast.control:
            return None
        if not contrast.control[0].answered:
            without = self._conversation(run, [])
            bare = without.with_headers(anthropic_beta=None)
            return None if self.beta is None else (yield from refused_beta(bare, without))
        if contrast.treatment[-1].outcome is not Outcome.REFUSED:
            return None
        role = f"the {self.kind} block alone"
        answer = read_answer((yield from calibrate.ask_reliably({role: self._block_alone(run)}))[role])
        stranger = yield from calibrate.unknown_block(run)
        if answer.answered or not is_unknown(answer.problem, stranger, self.kind):
            problem = contrast.treatment[-1].problem
            note = f"the blocks that belong together are refused, but not for this one: {problem}"
            return untested(Reason.PREREQUISITE_REFUSED, note)
        if not stranger.answered and (yield from calibrate.says_so_of_anything(run, answer.problem, (self.kind,))):
            return calibrate.of_anything(answer)
        return None


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
