"""What the model is shown able to do, and how reliably: an effect that stays away says nothing of a model that cannot
show it, and one that comes by chance says nothing of the endpoint.

Each capability is asked once a run, at most RELIABLE_TRIES times, and shared by all rows that need it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.probing.calibrate import ask_reliably
from conformance.probing.run import Conversation, Run
from conformance.protocol.answer import calls, read_answer, text_of
from conformance.protocol.exchange import Json, Request

Message = Mapping[str, Any]

RELIABLE_TRIES = 8
"""A model that obeys every second time is taken for a reliable one once in 256 runs."""

FIRST_TRIES = 4
"""So many of them are asked first. Where one shows it and another does not, the model is unreliable, whatever
further tries show. Where none shows it, it may be taken for missing, and a row that needs it is untested: of a
model that obeys every second time that is so once in 16 runs. Where that must not be, the others are asked as well."""

MOST_TRIES = 12
"""How often an effect is looked for where the model obeys now and then: such a model misses all once in 4,096."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """How often the model showed a capability, of how many answered tries; `what` says it in words."""

    shown: int
    tries: int
    unanswered: int = 0
    what: str = "shows it"

    @property
    def known(self) -> bool:
        """Were most tries answered? Else nothing is said of the model."""
        return self.tries > self.unanswered

    @property
    def reliable(self) -> bool:
        """Shown every time: what stays away is not the model's doing."""
        return self.known and self.tries == self.shown

    @property
    def missing(self) -> bool:
        """Never shown: what stays away is the model's doing, however often it is asked for."""
        return self.known and self.shown == 0

    @property
    def unreliable(self) -> bool:
        """Shown now and then: only an effect that cannot come by chance proves something."""
        return self.known and 0 < self.shown < self.tries

    @property
    def told(self) -> str:
        """The capability as it stands in a note."""
        return f"this model {self.what} in {self.shown} of {self.tries} tries"


AskCapability = Callable[[Run], Conversation[Capability]]


def by_itself(run: Run) -> Conversation[Capability]:
    """For effects that need no capability of the model: a field of the answer, a limit, a count."""
    yield from ()
    return Capability(shown=1, tries=1)


def try_capability(
    what: str, asked: Mapping[str, Request], shows: Callable[[str, Message], bool], *, surely: bool = False
) -> Conversation[Capability]:
    """Asks the first FIRST_TRIES requests, and the others where these do not decide; `shows` tells of its role and its
    answer whether it is shown. What is not answered is no try.

    of the first           the others
    all show it            are asked
    none shows it          are asked where it must be known `surely`; else not: missing
    some show it           are not: unsteady
    most are unanswered    are asked, where one is answered at all
    """
    roles = list(asked)
    first = yield from _tried(what, {role: asked[role] for role in roles[:FIRST_TRIES]}, shows)
    others = {role: asked[role] for role in roles[FIRST_TRIES:]}
    decided = first.known and not first.reliable and not (surely and first.missing)
    if not others or not first.tries or decided:
        return first
    more = yield from _tried(what, others, shows)
    shown, tries, unanswered = first.shown + more.shown, first.tries + more.tries, first.unanswered + more.unanswered
    return Capability(shown=shown, tries=tries, unanswered=unanswered, what=what)


def _tried(what: str, asked: Mapping[str, Request], shows: Callable[[str, Message], bool]) -> Conversation[Capability]:
    got = yield from ask_reliably(asked)
    answered = {role: read_answer(got[role]).message for role in asked}
    shown = [shows(role, message) for role, message in answered.items() if message is not None]
    return Capability(shown=shown.count(True), tries=len(shown), unanswered=len(asked) - len(shown), what=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A capability that one row needs for itself: the tries that show it, by role, and how they do."""

    what: str
    tries: Mapping[str, Request]
    shows: Callable[[Message], bool]

    def ask_capability(self, run: Run) -> Conversation[Capability]:
        """The capability by all tries, unless it is missing, or shown by some of the first."""
        found = yield from self.at_first(run)
        return found if found.missing else (yield from self._by_all())

    def at_first(self, run: Run) -> Conversation[Capability]:
        """The capability by the first try that shows it, for a row that has other evidence, or that asks only whether
        it is missing. It is by one try that does not, of a model that does not so much as copy a code, which all rows
        ask. Of any other it is where no try shows it: one that obeys every second time would be called so by
        FIRST_TRIES once in 16 runs."""
        once = yield from self._by(1)
        if once.shown or (once.known and (yield from copies_codes(run)).missing):
            return once
        found = yield from self._by(FIRST_TRIES)
        return (yield from self._by_all()) if found.missing else found

    def _by_all(self) -> Conversation[Capability]:
        return (yield from self._by(len(self.tries)))

    def _by(self, count: int) -> Conversation[Capability]:
        asked = {role: self.tries[role] for role in list(self.tries)[:count]}
        return (yield from try_capability(self.what, asked, lambda _, message: self.shows(message), surely=True))


def tries_of(role: str, request: Request, times: int = RELIABLE_TRIES) -> dict[str, Request]:
    """The same request so many times, by role: `control`, `control, try 2`, …"""
    return {role if n == 0 else f"{role}, try {n + 1}": request.again(n) for n in range(times)}


COPYING = (
    "The locker code is {code}. What is the locker code? Reply with the code only.",
    "Note this: the code of the locker is {code}. Now answer with that code and nothing else.",
)
"""Two wordings of the simplest reading there is."""


def copying(run: Run, attempt: int) -> tuple[str, str, Request]:
    """A code, the prompt that gives it and asks for it, and the request."""
    code = run.nonce(f"calibrate/copy/{attempt}")
    prompt = COPYING[(run.draw("wording/copy", len(COPYING)) + attempt) % len(COPYING)].format(code=code)
    return code, prompt, run.message(prompt, max_tokens=40)


def copying_role(attempt: int) -> str:
    return f"can the model copy a code ({attempt + 1})"


def copies_codes(run: Run, *, in_blocks: bool = False) -> Conversation[Capability]:
    """Can the model repeat a code that it reads in plain text, given as a string or in a block? In two wordings by
    turns."""
    codes: dict[str, str] = {}
    asked: dict[str, Request] = {}
    for n in range(RELIABLE_TRIES):
        code, prompt, request = copying(run, n)
        role = copying_role(n) + (", given in a block" if in_blocks else "")
        codes[role] = code
        asked[role] = run.message([{"type": "text", "text": prompt}], max_tokens=40) if in_blocks else request
    return (
        yield from try_capability(
            "repeats a code that it reads",
            asked,
            lambda role, message: codes[role].casefold() in text_of(message).casefold(),
            surely=not in_blocks,  # most rows of text hang on it
        )
    )


def echoes(run: Run) -> Conversation[bool]:
    """Does the answer hold the whole prompt? Then a code that comes back proves nothing."""
    _, prompt, request = copying(run, 0)
    role = copying_role(0)
    got = yield from ask_reliably({role: request})
    message = read_answer(got[role]).message
    return message is not None and prompt.casefold() in text_of(message).casefold()


CITY_TOOL: dict[str, Json] = {
    "name": "get_weather",
    "description": "Gives the current weather in a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


NO_ARGUMENTS: dict[str, Json] = {
    "name": "list_departures",
    "description": "Lists the departures of today. It takes no arguments.",
    "input_schema": {"type": "object", "properties": {}},
}

NOTE_TOOL: dict[str, Json] = {
    "name": "save_note",
    "description": "Saves a note.",
    "input_schema": {
        "type": "object",
        "properties": {
            "note": {
                "type": "object",
                "properties": {
                    "title": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "author": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
                },
                "required": ["title", "tags", "author"],
            }
        },
        "required": ["note"],
    },
}


def tool_request(run: Run, **fields: Json) -> Request:
    """A prompt that asks for one call of a tool."""
    prompt = run.wording(
        "call",
        "Use the get_weather tool for the city Oslo.",
        "Call get_weather to look up the weather in Oslo.",
    )
    return run.message(prompt, max_tokens=200, tools=[CITY_TOOL], **fields)


def several_calls(run: Run, **fields: Json) -> Request:
    """A prompt that asks for three calls of a tool at once."""
    prompt = run.wording(
        "parallel",
        "Use the get_weather tool for Oslo, Lima and Cairo. Make the three calls in parallel, all at once.",
        "Look up the weather in Oslo, Lima and Cairo with get_weather, with three parallel calls in one turn.",
    )
    return run.message(prompt, max_tokens=400, tools=[CITY_TOOL], **fields)


def call_without_arguments(run: Run, **fields: Json) -> Request:
    """A prompt that asks for one call of a tool that takes nothing."""
    prompt = run.wording(
        "no_arguments", "Use the list_departures tool.", "Call list_departures to see the departures of today."
    )
    return run.message(prompt, max_tokens=200, tools=[NO_ARGUMENTS], **fields)


def with_a_long_input(run: Run) -> Request:
    """A prompt that asks for a call whose input is nested, and holds letters of several scripts."""
    note = (
        "Use the save_note tool to save a note with the title 'Überfahrt nach Ærø', the tags 'Fähre' and '渡し船', "
        "and the author 'Zoë Łukasz'."
    )
    return run.message(note, max_tokens=310, tools=[NOTE_TOOL])


def greeting(run: Run, **fields: Json) -> Request:
    """A prompt for which nobody would call a tool."""
    prompt = run.wording("greeting", "Say hello.", "Hello! Please greet me back.")
    return run.message(prompt, max_tokens=200, tools=[CITY_TOOL], **fields)


def varied_calls(run: Run) -> dict[str, Request]:
    """Requests for calls of every kind, in both modes: what the rows of calls and of streams ask anyway."""
    asked = {
        "one call": tool_request(run),
        "several calls": several_calls(run),
        "a call without arguments": call_without_arguments(run),
        "a call with a long input": with_a_long_input(run),
    }
    return {**asked, **{f"{role}, streamed": request.with_fields(stream=True) for role, request in asked.items()}}


def calls_when_asked(run: Run) -> Conversation[Capability]:
    """Does the model call a tool when it is asked to, left to decide by itself? A model that calls in all of the varied
    requests is as reliable as one that calls in as many tries of one. Where one of them is not answered or calls
    nothing, which may be the endpoint's doing, one request is tried as often; the others count where it shows
    nothing."""
    what = "calls a tool when it is asked to"

    def called(_role: str, message: Message) -> bool:
        return bool(calls(message))

    made: list[bool] = []
    if not run.dialect.streamed:
        varied = varied_calls(run)
        got = yield varied
        answers = [read_answer(got[role]).message for role in varied]
        if all(message is not None and calls(message) for message in answers):
            return Capability(shown=len(varied), tries=len(varied), what=what)
        made = [bool(calls(message)) for message in answers if message is not None]
    capability = yield from try_capability(what, tries_of("can the model call a tool", tool_request(run)), called)
    if capability.missing and any(made):
        # It called elsewhere, so that chance alone kept it from calling here.
        return replace(capability, shown=made.count(True), tries=capability.tries + len(made))
    return capability


def reads_and_calls(run: Run) -> Conversation[Capability]:
    """Does the model call a tool when it is asked to, and repeat what it reads? A server that answers by a script calls
    the one tool of its script every time, and is not expected to think or to call another."""
    calling = yield from calls_when_asked(run)
    return (yield from copies_codes(run)) if calling.reliable else calling


LEFT_ALONE = 4
"""So often a greeting is left alone by a model that is then forced to call three times: one that calls by chance does
both once in 119 runs."""


def leaves_a_greeting_alone(run: Run) -> Conversation[Capability]:
    """Does the model call no tool when it is only greeted? A few tries are enough where all of them are answered; else
    as many as for every capability are counted."""
    role, what = "is a greeting left alone", "calls no tool when it is only greeted"

    def alone(_role: str, message: Message) -> bool:
        return not calls(message)

    first = yield from try_capability(what, tries_of(role, greeting(run), LEFT_ALONE), alone)
    if not first.unanswered:
        return first
    return (yield from try_capability(what, tries_of(role, greeting(run)), alone))
