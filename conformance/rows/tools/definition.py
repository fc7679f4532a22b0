"""name, description and input_schema of a tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from conformance.probing import capability
from conformance.probing.capability import Capability
from conformance.probing.case import case
from conformance.probing.contrast import Message, ask_contrast
from conformance.probing.detection import (
    UNSTREAMED,
    Detection,
    Detector,
    explain_absence,
    look_for,
    modes_agree,
    proof_by,
)
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, digests
from conformance.protocol.answer import calls
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.shared import shared_calls, sources
from conformance.rows.shared.dropped_tools import tools_are_dropped
from conformance.rows.shared.lost_calls import calls_that_are_lost


def bare_tool(name: str, properties: dict[str, Json]) -> dict[str, Json]:
    """A tool with what it must have and no more: a description is a row of its own."""
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "input_schema": schema}


CITY = {"city": {"type": "string"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledTool:
    """A tool that the prompt asks for, against the same prompt without any tool, in both modes.

    `detect` finds in an answer that the tool is called as it must be. `shows` finds the same in one call of the first
    tool of the request that many rows share (`shared_calls.py`), which is asked first.
    """

    plain: Request
    tool: dict[str, Json]
    detect: Detector
    shows: Callable[[Mapping[str, Any]], bool]

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict by the shared request, or by the row's own."""
        name = shared_calls.parcel_name(run)
        shown = yield from shared_calls.shown_in_calls(run, name, self.shows, both_modes=True)
        return shown if shown is not None else (yield from self._ask_alone(run))

    def _ask_alone(self, run: Run) -> Conversation[Verdict]:
        treatment, calling = self.plain.with_fields(tools=[self.tool]), capability.calls_when_asked
        contrast = yield from ask_contrast(self.plain, treatment, proof=proof_by(self.detect), capability=calling(run))
        finding = Finding(effect=Effect.CANNOT_TELL)
        if contrast.accepted:
            finding = yield from look_for(
                run, contrast, treatment, self.detect, ask_capability=calling, tries=UNSTREAMED
            )
            if finding.effect is Effect.ABSENT and not calls(contrast.messages[1]):
                # Without any call nothing is known of the name or the input that it would have had.
                finding = Finding(effect=Effect.TOO_WEAK, note="this model does not call the tool when it is asked to")
            finding = yield from modes_agree(run, treatment, self.detect, finding, ask_capability=calling, tried=1)
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


@row("tools.name", "MUST call the tool by its name", evidence_kind=EvidenceKind.NONCE, source=sources.IMPLEMENT_TOOLS)
def name(run: Run) -> Conversation[Verdict]:
    called = run.name("tools.name", "lookup")
    tool = bare_tool(called, CITY)
    prompt = run.wording(
        "tools.name",
        f"Use the {called} tool to look up the population of Oslo.",
        f"Call {called} for the city Oslo.",
    )
    plain = run.message(prompt, max_tokens=200)

    def detect(message: Message) -> Detection:
        found = calls(message)
        if not found:
            return Detection(seen=False, missed="no tool is called")
        if found[0].get("name") != called:
            note = f"the tool {called} is called as {found[0].get('name')}"
            return Detection(seen=True, note=note, deviation=Deviation.RENAMED)
        return Detection(seen=True)

    called_tool = CalledTool(plain=plain, tool=tool, detect=detect, shows=lambda call: True)
    return (yield from or_lost(run, (yield from called_tool.ask(run))))


def or_lost(run: Run, verdict: Verdict) -> Conversation[Verdict]:
    """A call that does not come, although the model calls, or although nothing could call: the tools are the cause.

    calls of this run                 tools            status
    lost in one mode                  -                partial (one_mode)
    lost in both, or in the only one  -                broken
    none                              do not arrive    ignored
    else                                               as the verdict says
    """
    if verdict.status is not Status.UNTESTED or verdict.reason not in (Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL):
        return verdict
    lost = yield from calls_that_are_lost(run)
    if lost is not None and lost.one_mode:
        rests_on = digests(lost.shown)
        return Verdict(status=Status.PARTIAL, deviation=Deviation.ONE_MODE, note=lost.how, rests_on=rests_on)
    if lost is not None:
        return Verdict(status=Status.BROKEN, note=lost.how, rests_on=digests(lost.shown))
    dropped = yield from tools_are_dropped(run)
    if dropped is not None:
        return Verdict(status=Status.IGNORED, note=dropped.told, rests_on=dropped.rests_on)
    return verdict


@case(
    "tools.input_schema",
    "MUST return an input object that fits input_schema",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.IMPLEMENT_TOOLS,
)
def input_schema(run: Run) -> CalledTool:
    fitting = fits(*shared_calls.parcel_keys(run), shared_calls.parcel_grades(run), {"permit"})
    shelf, grade = run.name("schema/1", "shelf"), run.name("schema/2", "grade")
    grades = [run.nonce(f"schema/grade/{n}") for n in range(3)]
    tool = bare_tool(
        "store_parcel",
        {
            shelf: {"type": "integer", "description": "The number of the shelf"},
            grade: {"type": "string", "enum": grades, "description": "The grade of the parcel"},
        },
    )
    prompt = run.wording(
        "input_schema",
        f"Use the store_parcel tool: put the parcel on shelf 7 with grade {grades[1]}.",
        f"Call store_parcel for shelf number 7 and the grade {grades[1]}.",
    )
    plain = run.message(prompt, max_tokens=200)

    def detect(message: Message) -> Detection:
        found = calls(message)
        if not found:
            return Detection(seen=False, missed="no tool is called")
        return fits(shelf, grade, grades)(found[0])

    return CalledTool(plain=plain, tool=tool, detect=detect, shows=lambda call: clean(fitting(call)))


def fits(
    shelf: str, grade: str, grades: Sequence[str], further: AbstractSet[str] = frozenset()
) -> Callable[[Mapping[str, Any]], Detection]:
    """Looks at the input of one call: an integer under the one key, a known grade under the other, and no key that the
    schema does not know (`further` are those it knows beside the two)."""

    def detect(call: Mapping[str, Any]) -> Detection:
        given = call.get("input")
        if not isinstance(given, dict):
            return Detection(seen=False, missed=f"input is {type(given).__name__}, not an object")
        missing = [each for each in (shelf, grade) if each not in given]
        if missing:
            return Detection(seen=False, missed=f"input lacks the required {', '.join(missing)}")
        if not isinstance(given[shelf], int) or given[grade] not in grades:
            note = "input has the properties, but not of the type or the enum that the schema states"
            return Detection(seen=True, note=note, deviation=Deviation.INCOMPLETE)
        if set(given) - {shelf, grade} != further:
            note = "input has properties that the schema does not know"
            return Detection(seen=True, note=note, deviation=Deviation.EXTRA_KEYS)
        return Detection(seen=True)

    return detect


def clean(detection: Detection) -> bool:
    return detection.seen and detection.deviation is None


@row(
    "tools.description",
    "MUST let the model read description",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.IMPLEMENT_TOOLS,
)
def description(run: Run) -> Conversation[Verdict]:
    permit = shared_calls.permit(run)
    shown = yield from shared_calls.shown_in_calls(
        run, shared_calls.parcel_name(run), lambda call: permit in str(call.get("input"))
    )
    if shown is not None:
        return shown
    code = run.nonce("tools.description")
    told = run.wording(
        "tools.description",
        f"Opens a locker. Always pass code={code}.",
        f"Opens a locker. The code must always be {code}.",
    )
    properties = {
        "locker": {"type": "string", "description": "Which locker"},
        "code": {"type": "string", "description": "The code"},
    }
    plain = run.message("Use the open_locker tool to open the red locker.", max_tokens=200)
    tool = bare_tool("open_locker", properties)
    treatment = plain.with_fields(tools=[{**tool, "description": told}])

    def detect(message: Message) -> Detection:
        given = [found.get("input") for found in calls(message)]
        return Detection(seen=code in str(given), missed="the code of the description is not passed")

    contrast = yield from ask_contrast(plain.with_fields(tools=[tool]), treatment, proof=proof_by(detect))
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:

        def ask_capability(run: Run) -> Conversation[Capability]:
            calling = yield from capability.calls_when_asked(run)
            if not calling.reliable:
                return calling
            # The same words in the message itself: a model that does not follow them there shows nothing here.
            asked = run.message(
                f"Use the open_locker tool to open the red locker. {told}", max_tokens=200, tools=[tool]
            )
            tries = capability.tries_of("the same words in the message", asked, times=3)
            what = "passes the code where the message itself says so"
            passing = yield from capability.try_capability(what, tries, lambda role, message: detect(message).seen)
            given = [found.get("input") for found in calls(contrast.messages[1])]
            fits = any(isinstance(each, dict) and "code" in each for each in given)
            return passing if fits else replace(passing, shown=0)

        finding = yield from look_for(run, contrast, treatment, detect, ask_capability=ask_capability)
        if finding.effect is Effect.ABSENT:
            stub = plain.with_fields(tools=[{**tool, "description": "Opens a locker."}])
            finding = yield from unless_it_arrives(run, stub, treatment, finding)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def unless_it_arrives(run: Run, stub: Request, treatment: Request, missed: Finding) -> Conversation[Finding]:
    """A small model may follow a message and not a description: what makes the prompt longer than the description's
    first sentence alone does has arrived, and was not used."""
    contrast = yield from ask_contrast(stub, treatment, control_role="with the first sentence of the description alone")
    if not contrast.accepted:
        return missed
    return (yield from explain_absence(run, contrast, missed.note, capability=Capability(shown=1, tries=1), grows=8))
