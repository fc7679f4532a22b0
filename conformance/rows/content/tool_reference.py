"""References to tools: a tool that stays out of the prompt until a result refers to it."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.capability import reads_and_calls
from conformance.probing.contrast import CONTROL, Message, ask_contrast
from conformance.probing.detection import Detection, look_for
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, Outcome, calls, read_answer
from conformance.protocol.exchange import Request
from conformance.rows.shared import sources
from conformance.rows.shared.betas import Dress
from conformance.rows.shared.tool_turns import Block, result, text_block

FINDER: Block = {
    "name": "find_tools",
    "description": "Finds further tools by what they are good for.",
    "input_schema": {"type": "object", "properties": {"purpose": {"type": "string"}}, "required": ["purpose"]},
}


@row(
    "content.tool_reference",
    "MAY read a tool_reference block",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.TOOL_SEARCH,
)
def tool_reference(run: Run) -> Conversation[Verdict]:
    found = yield from calls_what_is_referred_to(run)
    if found is not None:
        return decide_must_accept(control=[], treatment=[found], finding=Finding(effect=Effect.SEEN))
    name = run.name("tool_reference", "read_gauge")
    deferred = gauge(name)

    def conversation(found: Block, *tools: Block) -> Request:
        question = "Now use the tool that reads the tide gauge for the harbour of Oslo."
        return after_a_search(run, [found], question, *tools)

    def detect(message: Message) -> Detection:
        called = any(each.get("name") == name for each in calls(message))
        return Detection(seen=called, missed="the tool that is referred to is not called")

    nothing = text_block("A tool was found.")
    plain = conversation(nothing, deferred)
    role = "a deferred tool, with no reference to it"
    asked = {"without the deferred tool": conversation(nothing), role: plain}
    got = yield from calibrate.ask_reliably(asked)
    bare, waiting = (read_answer(got[each]) for each in asked)
    if not (bare.answered and waiting.answered):
        return decide_must_accept(control=[bare], treatment=[bare], prerequisite=waiting if bare.answered else None)
    treatment = conversation({"type": "tool_reference", "tool_name": name}, deferred)
    contrast = yield from ask_contrast(plain, treatment, control_role=CONTROL)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from look_for(run, contrast, treatment, detect, ask_capability=reads_and_calls)
        if finding.effect is Effect.IN_CONTROL:
            bogus = conversation({"type": "tool_reference", "tool_name": f"{name}_gone"}, deferred)
            finding = yield from explain_known_anyway(bogus)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def gauge(name: str) -> Block:
    return {
        "name": name,
        "description": "Reads the tide gauge of a harbour.",
        "input_schema": {"type": "object", "properties": {"harbour": {"type": "string"}}, "required": ["harbour"]},
        "defer_loading": True,
    }


def after_a_search(run: Run, found: list[Block], question: str, *tools: Block) -> Request:
    """A conversation in which the client's own search found something, and what is to be done with it."""
    search = {
        "type": "tool_use",
        "id": "toolu_01find",
        "name": "find_tools",
        "input": {"purpose": "reading the tide gauge"},
    }
    return run.conversation(
        [
            {"role": "user", "content": "Find a tool that reads the tide gauge."},
            {"role": "assistant", "content": [search]},
            {"role": "user", "content": [result("toolu_01find", found), text_block(question)]},
        ],
        max_tokens=200,
        tools=[FINDER, *tools],
    )


GAUGES, REFERRED = 15, 2
"""References to two of fifteen tools that differ by their names alone: one of 105 choices."""
REFERENCES = f"references to {REFERRED} of {GAUGES} deferred tools"


def calls_what_is_referred_to(run: Run, dress: Dress = lambda request: request) -> Conversation[Answer | None]:
    """Are of many deferred tools just those called that a result refers to? Nothing but the references tells which they
    are, and a deferred tool that is called once it is referred to is not dropped. None on a miss."""
    names = [run.name(f"tool_reference/{n}", "read_gauge") for n in range(GAUGES)]
    referred = run.pick("tool_reference/referred", names, REFERRED)
    question = run.wording(
        "tool_reference/referred",
        "Now use each of the tools that were found, for the harbour of Oslo.",
        "Two tools were found. Call both of the tools for the harbour of Oslo, at once.",
    )
    references: list[Block] = [{"type": "tool_reference", "tool_name": name} for name in referred]
    asked = dress(after_a_search(run, references, question, *map(gauge, names)))
    answer = read_answer((yield {REFERENCES: asked})[REFERENCES])
    called = {str(each.get("name")) for each in calls(answer.message or {})} - {FINDER["name"]}
    return answer if called == set(referred) else None


def explain_known_anyway(bogus: Request) -> Conversation[Finding]:
    """The deferred tool is called without a reference as well: is the reference looked at, at least?

    a reference to no tool   effect
    refused                  not visible: validated only
    answered, or fails       in the control as well
    """
    role = "a reference to no tool"
    got = yield from calibrate.ask_reliably({role: bogus})
    answer = read_answer(got[role])
    note = "the deferred tool is called without a reference to it as well"
    if answer.outcome is Outcome.REFUSED:
        return Finding(effect=Effect.NOT_VISIBLE, note=f"validated only: {answer.problem}; {note}")
    return Finding(effect=Effect.IN_CONTROL, note=note)
