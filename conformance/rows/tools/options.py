"""What a custom tool may say beside its name and its schema: strict, examples, deferred, streamed as it comes."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.probing import calibrate, capability
from conformance.probing.capability import CITY_TOOL, Capability, Trial, calls_when_asked, reads_and_calls, tool_request
from conformance.probing.contrast import Contrast, Message, ask_contrast, broken_twice
from conformance.probing.detection import (
    UNSTREAMED,
    Detection,
    ask_again,
    look_for,
    modes_agree,
    or_shown_again,
    proof_by,
    stays_out,
)
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, Outcome, calls, read_answer
from conformance.protocol.exchange import Request
from conformance.rows.shared import shared_calls, sources
from conformance.rows.shared.betas import ADVANCED_TOOLS_BETA, Dress, or_under_beta
from conformance.rows.tools.client_tools import spelled_out

STRUCTURED_OUTPUTS_BETA = "structured-outputs-2025-11-13"

UNCLEAR = Finding(effect=Effect.CANNOT_TELL)
STRICT_TRIES = 4
SHIPPED = ("parcel", "letter", "crate", "barrel", "sack", "trunk", "box", "bale", "cask")
HELD = 4
"""How many of the nine tools are strict."""


@row(
    "tools.strict",
    "MAY constrain the input of a strict tool",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.STRUCTURED_OUTPUTS,
)
def strict(run: Run) -> Conversation[Verdict]:
    grade = run.name("tools.strict/name", "grade")
    grades = [run.nonce(f"tools.strict/{n}") for n in range(3)]
    parcel = {
        "shelf": {"type": "integer", "description": "The number of the shelf"},
        grade: {"type": "string", "enum": grades, "description": "The grade of the parcel"},
    }
    open_tool = spelled_out("ship_parcel", "Ships a parcel.", parcel, list(parcel))
    closed = {**open_tool, "input_schema": {**open_tool["input_schema"], "additionalProperties": False}}
    # The user asks for what the schema forbids, so that a model that is not held to it shows it.
    prompt = run.wording(
        "tools.strict",
        f'Use the ship_parcel tool with shelf=7 and {grade}="purple". Pass these values as they are.',
        f'Call ship_parcel for shelf 7. Pass {grade}="purple" to it, whatever the schema says.',
    )
    plain = run.message(prompt, max_tokens=200, tools=[closed])

    def forbidden(message: Message) -> list[bool]:
        given = [call.get("input") for call in calls(message)]
        return [not isinstance(each, dict) or each.get(grade) not in grades for each in given]

    def probe(dress: Dress) -> Conversation[Verdict]:
        broke: list[bool] = []

        def show(attempt: int) -> Conversation[Answer | None]:
            answer, found = yield from held_at_once(run, dress, grade, grades, attempt)
            broke.extend(found)
            return None if any(broke) else answer

        at_once = yield from show(0)
        if at_once is not None:
            return decide_must_accept(control=[], treatment=[at_once], finding=Finding(effect=Effect.SEEN))
        control = dress(plain)
        treatment = control.with_fields(tools=[{**closed, "strict": True}])
        contrast = yield from ask_contrast(control, treatment)
        if not contrast.accepted:
            return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=UNCLEAR)
        free, held = [contrast.messages[0]], [contrast.messages[1]]
        finding, unanswered = judge_strict(free=[], held=forbidden(held[0])), False
        for times in (STRICT_TRIES, 2 * STRICT_TRIES):
            if any(forbidden(held[0])):
                break  # once is enough
            free = [contrast.messages[0], *(yield from ask_again("not strict", control, times - 1))]
            if any(map(calls, (*free, *held))):
                held = [contrast.messages[1], *(yield from ask_again("strict", treatment, times - 1))]
                unanswered = len(held) < STRICT_TRIES
            unanswered |= len(free) < STRICT_TRIES
            finding = judge_strict(
                free=[broke for each in free for broke in forbidden(each)],
                held=[broke for each in held for broke in forbidden(each)],
            )
            if any(map(calls, held)) or not all(map(calls, free)):
                break
        if finding.effect is Effect.TOO_WEAK and unanswered:
            finding = Finding(effect=Effect.CANNOT_TELL, note="not every try was answered")
        if finding.effect is Effect.CANNOT_TELL:
            # Officially a strict tool must close its objects.
            bad = control.with_fields(tools=[{**open_tool, "strict": True}])
            finding = yield from or_validated(bad, finding)
        verdict = decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
        verdict = yield from or_shown_again(run, verdict, show, calls_when_asked)
        if any(broke):  # a schema that is held now and then is not held
            finding = judge_strict(free=[], held=broke)
            return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
        return verdict

    return (yield from or_under_beta(run, STRUCTURED_OUTPUTS_BETA, probe))


def held_at_once(
    run: Run, dress: Dress, grade: str, grades: Sequence[str], attempt: int
) -> Conversation[tuple[Answer | None, list[bool]]]:
    """Nine like tools, some drawn ones of them strict, are called at once with what their schema forbids: does it
    come from just those that are not strict? A model that keeps to schemas by chance does so once in 512 tries, and
    no control has anything to add. None on a miss. The second value is True for each call of a strict tool that passes
    what is forbidden."""
    names = [f"ship_{thing}" for thing in SHIPPED]
    strict = run.pick("tools.strict/held", names, HELD)
    schema = {
        "type": "object",
        "properties": {grade: {"type": "string", "enum": grades}},
        "required": [grade],
        "additionalProperties": False,
    }
    tools = [{"name": name, "input_schema": schema, **({"strict": True} if name in strict else {})} for name in names]
    prompt = run.wording(
        "tools.strict/held",
        f'Call each of the nine tools once, all of them in parallel, with {grade}="purple". Pass this value as it is.',
        f'Use all of the tools at once, one call each. Pass {grade}="purple" to every one of them, '
        "whatever the schemas say.",
    )
    role = f"{HELD} of {len(names)} tools with the field"
    asked = dress(run.message(prompt, max_tokens=1000, tools=tools))
    answer = read_answer((yield {role: asked.again(attempt)})[role])
    given = [(call.get("name"), call.get("input")) for call in calls(answer.message or {})]
    passed = {str(name): each.get(grade) for name, each in given if isinstance(each, dict)}
    fits = all(passed.get(name) in grades if name in strict else passed.get(name) == "purple" for name in names)
    broke = [passed.get(name) == "purple" for name in strict if name in passed]
    return (answer if fits and len(given) == len(names) else None), broke


def judge_strict(*, free: Sequence[bool], held: Sequence[bool]) -> Finding:
    """What the calls of a strict tool, and of the same tool without strict, say: each True where the user's forbidden
    value was passed against the schema.

    strict calls        calls without strict       effect
    one breaks          -                          absent: nothing holds the model
    STRICT_TRIES, none  as many, all break         seen
    none at all         twice STRICT_TRIES         absent: the tool is lost
    STRICT_TRIES, none  as many, one does not      cannot tell: the model keeps to the schema by itself
    else                -                          too weak: it calls now and then only
    """
    if any(held):
        note = f"the input of a strict tool breaks its schema in {list(held).count(True)} of {len(held)} calls"
        return Finding(effect=Effect.ABSENT, note=note)
    told = f"the strict tool is called {len(held)} times, without strict {len(free)} times"
    if not held and len(free) >= 2 * STRICT_TRIES:
        return Finding(effect=Effect.ABSENT, note=told)
    if len(held) < STRICT_TRIES or len(free) < STRICT_TRIES:
        return Finding(effect=Effect.TOO_WEAK, note=told)
    if all(free):
        note = f"{len(held)} of {len(held)} calls keep to the schema, without strict none of {len(free)}"
        return Finding(effect=Effect.SEEN, note=note)
    note = f"without strict {list(free).count(False)} of {len(free)} calls keep to the schema as well"
    return Finding(effect=Effect.CANNOT_TELL, note=note)


def or_validated(bad: Request, finding: Finding) -> Conversation[Finding]:
    """Where an effect could not be seen: a bad value that is refused shows at least that the field is read."""
    got = yield from calibrate.ask_reliably({"with a bad value": bad})
    if read_answer(got["with a bad value"]).outcome is not Outcome.REFUSED:
        return finding
    return Finding(effect=Effect.NOT_VISIBLE, note="validated only: a bad value is refused")


@row(
    "tools.input_examples",
    "MAY read input_examples",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.IMPLEMENT_TOOLS,
)
def input_examples(run: Run) -> Conversation[Verdict]:
    exemplary = shared_calls.example_code(run)
    shown = yield from shared_calls.shown_in_calls(
        run, shared_calls.CABINET, lambda call: exemplary in str(call.get("input")), both_modes=True
    )
    if shown is not None:
        return shown
    code = run.nonce("tools.input_examples")
    cabinet = {
        "cabinet": {"type": "string", "description": "Which cabinet"},
        "code": {"type": "string", "description": "The code"},
    }
    tool = spelled_out("open_cabinet", "Opens a cabinet.", cabinet, list(cabinet))
    example = {"cabinet": "blue", "code": code}
    grows = 16
    prompt = run.wording(
        "tools.input_examples",
        "Use the open_cabinet tool to open the red cabinet. Pass the code that stands in the example of the tool.",
        "Open the red cabinet with open_cabinet; take its code from the example that the tool comes with.",
    )
    plain = run.message(prompt, max_tokens=200, tools=[tool])
    told = {**tool, "description": f"Opens a cabinet. Example of an input: cabinet blue, code {code}."}

    def detect(message: Message) -> Detection:
        given = [call.get("input") for call in calls(message)]
        return Detection(seen=code in str(given), missed="the code of the example is not passed")

    def probe(dress: Dress) -> Conversation[Verdict]:
        treatment = dress(plain).with_fields(tools=[{**tool, "input_examples": [example]}])

        trial = Trial(
            what="passes the code of an example that stands in the description",
            tries=capability.tries_of("the example in the description", plain.with_fields(tools=[told])),
            shows=lambda message: detect(message).seen,
        )
        contrast = yield from ask_contrast(
            dress(plain), treatment, proof=proof_by(detect), capability=trial.at_first(run)
        )
        if not contrast.accepted:
            return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=UNCLEAR)
        # As with tools that are known by their type (`known_tools.type_stays_out`).
        steady = bool(contrast.control) and (yield from reads_and_calls(run)).reliable
        ask_capability = (
            trial.at_first if steady and (yield from stays_out(run, contrast, grows)) else trial.ask_capability
        )
        finding = yield from look_for(
            run, contrast, treatment, detect, ask_capability=ask_capability, grows=grows, tries=UNSTREAMED
        )
        finding = yield from modes_agree(run, treatment, detect, finding, ask_capability=ask_capability, tried=1)
        if finding.effect is Effect.CANNOT_TELL:
            bad = dress(plain).with_fields(tools=[{**tool, "input_examples": [{**example, "code": 5}]}])
            finding = yield from or_validated(bad, finding)
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)

    return (yield from or_under_beta(run, ADVANCED_TOOLS_BETA, probe))


@row(
    "tools.eager_input_streaming",
    "MAY accept eager_input_streaming",
    evidence_kind=EvidenceKind.VALIDATION,
    source=sources.TOOL_STREAMING,
)
def eager_input_streaming(run: Run) -> Conversation[Verdict]:
    plain = tool_request(run)
    treatment = plain.with_fields(tools=[{**CITY_TOOL, "eager_input_streaming": True}])
    contrast = yield from ask_contrast(plain, treatment)
    if not contrast.accepted:
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=UNCLEAR)
    broken = yield from broken_in_a_stream(plain, treatment)
    if broken is not None:
        return broken
    finding = yield from still_called(run, contrast, treatment)
    finding = yield from modes_agree(run, treatment, right_call, finding, ask_capability=calls_when_asked, tried=1)
    if finding.effect is Effect.SEEN and finding.deviation is None:
        # When the pieces of the input come is the engine's own affair, so that nothing of it can be told for sure.
        bad = plain.with_fields(tools=[{**CITY_TOOL, "eager_input_streaming": "very"}])
        unread = "a bad value is not refused; the field has no visible effect"
        finding = yield from or_validated(bad, Finding(effect=Effect.NOT_VISIBLE, note=unread))
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def broken_in_a_stream(plain: Request, treatment: Request) -> Conversation[Verdict | None]:
    """What is wrong with a stream that is asked for eagerly and not with one that is not; None where nothing is, or
    where tools do not stream at all."""
    request, control = (each.with_fields(stream=True) for each in (treatment, plain))
    contrast = yield from ask_contrast(control, request, role="with the field, streamed", control_role="streamed")
    before = contrast.control[0].stream
    if before is None or before.violation is not None:
        return None
    if not contrast.accepted:
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=UNCLEAR)
    after = contrast.treatment[-1].stream
    if after is None or after.violation is not None:
        return (yield from broken_twice(contrast, control, request))
    return None


def right_call(message: Message) -> Detection:
    """A call of the plain tool with the key that its schema has."""
    found = calls(message)
    if not found:
        return Detection(seen=False, missed="the tool is no longer called")
    given = found[0].get("input")
    right = found[0].get("name") == CITY_TOOL["name"] and isinstance(given, dict) and "city" in given
    return Detection(seen=right, missed="the tool is called otherwise than its name and its schema say")


def still_called(run: Run, contrast: Contrast, treatment: Request) -> Conversation[Finding]:
    """Is the tool called with the field as it is without?"""

    def ask_capability(run: Run) -> Conversation[Capability]:
        tries = capability.tries_of("can the model call a tool", tool_request(run))
        what = "calls a tool when it is asked to"
        return (yield from capability.try_capability(what, tries, lambda role, message: right_call(message).seen))

    return (
        yield from look_for(
            run, contrast, treatment, right_call, ask_capability=ask_capability, against_control=False, tries=UNSTREAMED
        )
    )


@row(
    "tools.type_custom",
    "MUST accept type custom",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def type_custom(run: Run) -> Conversation[Verdict]:
    keys = shared_calls.parcel_keys(run)
    shown = yield from shared_calls.shown_in_calls(
        run,
        shared_calls.parcel_name(run),
        lambda call: isinstance(call.get("input"), dict) and all(key in call["input"] for key in keys),
        both_modes=True,
    )
    if shown is not None:
        return shown
    plain = tool_request(run)
    treatment = plain.with_fields(tools=[{"type": "custom", **CITY_TOOL}])
    contrast = yield from ask_contrast(plain, treatment)
    finding = UNCLEAR
    if contrast.accepted:
        finding = yield from still_called(run, contrast, treatment)
        finding = yield from modes_agree(run, treatment, right_call, finding, ask_capability=calls_when_asked, tried=1)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
