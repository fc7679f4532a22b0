"""Tools that are known by their type, without an input_schema: what all of them are asked, and beside what.

The control is the twin: a custom tool of the same name whose schema is spelled out. A refusal is then for the type
alone, and a call that stays away is not the model's doing where it calls the twin every time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.probing import calibrate, capability
from conformance.probing.capability import CITY_TOOL, Trial
from conformance.probing.contrast import Contrast, Message, ask_contrast
from conformance.probing.detection import UNSTREAMED, Detector, look_for, modes_agree, proof_by
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import calls, prompt_total
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared.betas import Dress, as_it_is, or_under_beta

GUESSES = 3
LEAST_COUNTED = 12
"""Tokens: what the custom tool of a plain request takes at least."""
LEAST_DEFINITION = 40
"""Tokens: the official definitions of these tools cost some hundreds, a name alone a handful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One tool: as it is known by its type, its twin, the tools that stand beside the typed one, and the prompt. `beta`
    is the header that the tool needed at first: where it is refused without, it is asked with that header as well."""

    typed: dict[str, Json]
    twin: dict[str, Json]
    prompt: str
    beside: tuple[dict[str, Json], ...] = ()
    max_tokens: int = 300
    beta: str | None = None

    @property
    def called(self) -> str:
        """The name under which it is to be called."""
        return str(self.twin["name"])

    def asked(self, run: Run, tool: dict[str, Json]) -> Request:
        beside = self.beside if tool is self.typed else ()
        return run.message(self.prompt, max_tokens=self.max_tokens, tools=[tool, *beside])


def or_under_its_beta(run: Run, known: Known, probe: Callable[[Dress], Conversation[Verdict]]) -> Conversation[Verdict]:
    """The verdict on a tool: without a header, and under its beta header where it has one and is refused."""
    return (yield from (probe(as_it_is) if known.beta is None else or_under_beta(run, known.beta, probe)))


def called_with(message: Message) -> str:
    """How the first call of an answer looks, for a note: its name and the keys of its input."""
    found = calls(message)
    if not found:
        return "no tool is called"
    given = found[0].get("input")
    keys = ", ".join(map(str, given)) if isinstance(given, dict) else f"a {type(given).__name__}"
    return f"{found[0].get('name') or 'a tool without a name'} is called with {keys or 'an empty input'}"


def plain_with_tools(run: Run, *typed: dict[str, Json]) -> Request:
    """A plain request that offers a custom tool, with these before it."""
    return run.message("Say OK.", max_tokens=32, tools=[*typed, CITY_TOOL])


def knows(
    run: Run,
    known: Known,
    detect: Detector,
    *,
    dress: Dress,
    shows_twin: Callable[[Message], bool],
    explain: Callable[[Contrast, Finding], Conversation[Finding]],
    in_stream: Detector | None = None,
) -> Conversation[Verdict]:
    """The typed tool against its twin. `detect` finds what only the type can bring about, `in_stream` the same in a
    stream; `shows_twin` tells whether an answer to the twin shows that the model can do its part; `explain` has the
    last word on what was seen."""
    treatment = dress(known.asked(run, known.typed))
    plainly = dress(plain_with_tools(run)), dress(plain_with_tools(run, known.typed))
    twin = dress(known.asked(run, known.twin))
    trial = Trial(
        what="calls the tool where its schema is spelled out",
        tries=capability.tries_of("the same tool, spelled out", twin),
        shows=shows_twin,
    )
    contrast = yield from ask_contrast(
        twin,
        treatment,
        proof=proof_by(detect),
        plainly=plainly,
        capability=trial.at_first(run),
        flawed=lambda m: detect(m).seen,
    )
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        out = not detect(contrast.messages[1]).seen and (yield from type_stays_out(run, *plainly))
        ask_capability, tries = (trial.at_first, UNSTREAMED - 1) if out else (trial.ask_capability, UNSTREAMED)
        finding = yield from look_for(
            run, contrast, treatment, detect, ask_capability=ask_capability, against_control=False, tries=tries
        )
        finding = yield from modes_agree(
            run, treatment, in_stream or detect, finding, ask_capability=ask_capability, tried=1
        )
        if not (out and finding.effect is Effect.ABSENT):
            finding = yield from explain(contrast, finding)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def type_stays_out(run: Run, without: Request, typed: Request) -> Conversation[bool]:
    """Is nothing of a typed tool in the prompt? An endpoint says so whose count grows with a text and with a custom
    tool (`without`, which all these rows share), and not with the typed one beside it. Then the type has not arrived,
    unless it is read without being counted. Even then one try of the twin is enough with a model that calls reliably:
    one that calls every second time passes for it, calls the twin and misses the type once in either mode once in 2,048
    runs."""
    if run.dialect.streamed or not (yield from calibrate.counts_the_prompt(run)):
        return False
    if not (yield from capability.calls_when_asked(run)).reliable:
        return False
    asked = {"a plain request with a custom tool": without, "the same with the typed tool": typed}
    got = yield from calibrate.ask_reliably({"baseline": calibrate.baseline(run), **asked})
    bare, custom, both = (calibrate.total_of(exchange) for exchange in got.values())
    if bare is None or custom is None or both is None:
        return False
    return custom - bare >= LEAST_COUNTED and both <= custom


def unguessed(
    run: Run, known: Known, detect: Detector, *, dress: Dress, contrast: Contrast, finding: Finding
) -> Conversation[Finding]:
    """A gateway may make a plain function without a schema of a tool that it does not know, and a model may guess the
    input from the name. So the name alone is asked as well, as a custom tool that says nothing of its input.

    typed     the name alone                typed prompt longer by a definition   effect
    seen      not seen once                 yes                                   seen
    seen      never seen, and answered      -                                     seen
    seen      seen                          yes                                   seen
    seen      seen                          no, or not countable                  in control
    seen      not answered                  yes                                   seen
    seen      not answered                  no, or not countable                  cannot tell
    absent    -                             yes                                   cannot tell: it arrived
    absent    -                             no, or not countable                  absent
    other     -                             -                                     as it is
    """
    if finding.effect not in (Effect.SEEN, Effect.ABSENT):
        return finding
    bare = {"name": known.called, "input_schema": {"type": "object", "properties": {}}}
    asked = capability.tries_of("its name alone", dress(known.asked(run, bare)), times=GUESSES)
    grown, answers = 0, []
    counted = yield from calibrate.counts_the_prompt(run)
    for role, request in asked.items():
        message = calibrate.answered_message((yield from calibrate.ask_reliably({role: request}))[role])
        answers += [message] if message is not None else []
        if not grown and counted:
            # The twin is longer than its name alone, so that a growth beside it is a growth all the more.
            shorter, longer = (
                prompt_total(answers[0] if answers else contrast.messages[0]),
                prompt_total(contrast.messages[1]),
            )
            grown = longer - shorter if shorter is not None and longer is not None else 0
        if grown >= LEAST_DEFINITION and answers:
            break  # the definition has come into the prompt: that a guess would do as well changes nothing
    guessed = any(detect(each).seen for each in answers)
    if finding.effect is Effect.SEEN and answers and not guessed:
        return finding
    told = f"the type brings {grown} tokens into the prompt"
    if grown >= LEAST_DEFINITION:
        if finding.effect is Effect.SEEN:
            return Finding(effect=Effect.SEEN, note=finding.note or told, deviation=finding.deviation)
        return Finding(effect=Effect.CANNOT_TELL, note=f"{finding.note}, although {told}")
    if finding.effect is Effect.ABSENT:
        return finding
    if guessed:
        note = "the model gives the same input to a tool of that name without any schema, so it may be a guess"
        return Finding(effect=Effect.IN_CONTROL, note=note)
    note = "whether the model would guess the input from the name alone was not answered"
    return Finding(effect=Effect.CANNOT_TELL, note=note)
