"""A tool whose definition stays out of the prompt until a search finds it: the client's own, or the endpoint's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.probing import calibrate
from conformance.probing.capability import CITY_TOOL, MOST_TRIES, Capability, Trial, tries_of
from conformance.probing.contrast import Message, ask_contrast
from conformance.probing.detection import TRIES, ask_again, unproven
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Outcome, calls, prompt_total, read_answer
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation
from conformance.rows.content.tool_reference import calls_what_is_referred_to
from conformance.rows.shared import sources
from conformance.rows.shared.betas import ADVANCED_TOOLS_BETA, Dress, or_under_beta
from conformance.rows.tools.client_tools import spelled_out

UNCLEAR = Finding(effect=Effect.CANNOT_TELL)
DEFERRED_WORDS = (
    "The harbour master keeps a register of every gate along the canal, and each gate has a colour, a keeper and an "
    "hour at which it closes. A gate opens only for a boat that has paid its toll, and the register is read aloud on "
    "the first day of every month. Whoever opens a gate writes the hour "
    "into the register and signs it, and the clerk compares both books when the month is over."
)
"""Some 90 tokens that are in the prompt, or are not."""
LEAST_SAVED = 60


@row(
    "tools.defer_loading",
    "MAY keep a deferred tool out of the prompt until it is searched for",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.TOOL_SEARCH,
)
def defer_loading(run: Run) -> Conversation[Verdict]:
    def probe(dress: Dress) -> Conversation[Verdict]:
        return (yield from deferred(run, dress))

    return (yield from or_under_beta(run, ADVANCED_TOOLS_BETA, probe))


def deferred(run: Run, dress: Dress) -> Conversation[Verdict]:
    name = run.name("tools.defer_loading", "open_gate")
    colour = {"colour": {"type": "string", "description": "The colour of the gate"}}
    gate = spelled_out(name, f"Opens a gate of the canal. {DEFERRED_WORDS}", colour, ["colour"])
    # The name stands in no prompt: who calls it has read the tool's definition.
    prompt = run.wording(
        "tools.defer_loading",
        "The red gate of the canal is closed. Use a tool to open it.",
        "Use the tool that opens a gate of the canal: the red gate, please.",
    )
    plain = dress(run.message(prompt, max_tokens=200, tools=[CITY_TOOL, gate]))
    away = {**gate, "defer_loading": True}
    treatment = plain.with_fields(tools=[CITY_TOOL, away])
    contrast = yield from ask_contrast(plain, treatment)
    if not contrast.accepted:
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=UNCLEAR)

    def is_called(message: Message) -> bool:
        return any(call.get("name") == name for call in calls(message))

    saved: int | None = None
    if (yield from calibrate.counts_the_prompt(run)):
        whole, less = (prompt_total(each) for each in contrast.messages)
        saved = whole - less if whole is not None and less is not None else None
    trial = Trial(
        what="calls the tool where it is not deferred",
        tries=tries_of("the same tool, not deferred", plain),
        shows=is_called,
    )
    if saved is None and not is_called(contrast.messages[1]):
        capability = yield from trial.at_first(run)
        if capability.missing:
            finding = judge_deferral(False, saved, SearchOutcome(None), capability)
            return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
    # What makes the prompt as much shorter is not in it, and is not called early: one look is enough.
    out = saved is not None and saved >= LEAST_SAVED
    called_early = is_called(contrast.messages[1])
    if not out and not called_early:
        called_early = any(map(is_called, (yield from ask_again("with the field", treatment, 2))))
    found = SearchOutcome(True)
    if not called_early and (yield from calls_what_is_referred_to(run, dress)) is None:
        found = yield from find(plain, prompt, away, is_called, range(TRIES))
    capability = Capability(shown=1, tries=1)
    if not called_early and (saved is None or not found.called):
        capability = yield from trial.ask_capability(run)
        if not found.called and capability.unreliable:
            found = yield from find(plain, prompt, away, is_called, range(TRIES, MOST_TRIES))
    finding = judge_deferral(called_early, saved, found, capability)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """Is the deferred tool called once it is found? None where a way to find it failed for another reason than that;
    `instead` says what came on each way."""

    called: bool | None
    instead: str = ""


def judge_deferral(called_early: bool, saved: int | None, found: SearchOutcome, capability: Capability) -> Finding:
    """Is a deferred tool out of the prompt until it is searched for? `called_early`: was it called before any search;
    `saved`: the tokens by which deferring it shortens the prompt, None where usage does not count the prompt;
    `found`: was it called once it was found; `capability`: is it called where it is not deferred.

    called early    tokens saved    called once found    called undeferred    effect
    yes             -               -                    -                    absent
    no              few             -                    -                    cannot tell
    no              many            yes                  -                    seen
    no              not counted     yes                  every time           seen
    no              many, or        no                   every time           seen, incomplete: it may be dropped
                    not counted
    no              many, or        not known            every time           cannot tell
                    not counted
    no              many, or        else                 not every time       too weak, or cannot tell
                    not counted
    """
    if called_early:
        return Finding(effect=Effect.ABSENT, note="the deferred tool is called at once, so it is in the prompt")
    out = "the deferred tool is not called" if saved is None else f"the prompt is {saved} tokens shorter"
    if saved is not None and saved < LEAST_SAVED:
        note = f"the deferred tool is not called, but it makes the prompt only {saved} tokens shorter"
        return Finding(effect=Effect.CANNOT_TELL, note=note)
    if found.called and (saved is not None or capability.reliable):
        return Finding(effect=Effect.SEEN, note=out)
    if not capability.reliable:
        return unproven(capability, out)
    if found.called is None:
        return Finding(effect=Effect.CANNOT_TELL, note=f"{out}; whether a search brings it back: {found.instead}")
    note = f"{out}, and nothing brings the tool back: {found.instead}"
    return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)


def find(
    plain: Request, prompt: str, away: dict[str, Json], is_called: Callable[[Message], bool], attempts: range
) -> Conversation[SearchOutcome]:
    """A tool that is dropped is out of the prompt as well. A deferred one comes in by a reference that the client's
    own search gives, or by the endpoint's search: is it called then?"""
    about = {"about": {"type": "string", "description": "What the tool is to do"}}
    search = spelled_out("find_tool", "Finds a tool.", about, ["about"])
    use = {"type": "tool_use", "id": "toolu_01", "name": search["name"], "input": {"about": "gates"}}

    def after_a_search(result: Json) -> Request:
        turns = [
            {"role": "user", "content": prompt},
            {"role": "assistant", "content": [use]},
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": use["id"], "content": result},
                    {"type": "text", "text": prompt},
                ],
            },
        ]
        return plain.with_fields(tools=[CITY_TOOL, search, away], messages=turns)

    reference = {"type": "tool_reference", "tool_name": away["name"]}
    server_search = {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"}
    # Where a way is not answered, is it without what is new in it? Every history with blocks may fail alike.
    ways = {
        "after a tool_reference": (after_a_search([reference]), after_a_search("It is the one that you have.")),
        "beside a tool search": (plain.with_fields(tools=[CITY_TOOL, server_search, away]), plain),
    }
    known, met = True, []
    for role, (request, without) in ways.items():
        problem = "it is not called"
        for attempt in attempts:
            answer = read_answer((yield from calibrate.ask_reliably({role: request.again(attempt)}))[role])
            if answer.message is not None and is_called(answer.message):
                return SearchOutcome(True)
            problem = answer.problem or problem
            if not answer.answered:
                known &= yield from fails_by_itself(request.again(attempt), without.again(attempt), role)
                break
        met.append(f"{role} {problem}")
    return SearchOutcome(False if known else None, "; ".join(met))


def fails_by_itself(request: Request, without: Request, role: str) -> Conversation[bool]:
    """Does a request that was not answered once fail again, for more than a limit, while the one without what is new in
    it is answered?"""
    control, again = f"not {role}", f"{role}, again"
    asked = {control: without.again_beside(request), again: request.again(request.attempt + TRIES)}
    got = yield from calibrate.ask_reliably(asked)
    failed = read_answer(got[again]).outcome in (Outcome.REFUSED, Outcome.BROKEN)
    return failed and read_answer(got[control]).answered
