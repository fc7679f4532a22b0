"""Calls that the model makes and that do not arrive as tool_use blocks: lost in one mode, or left in the text."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.probing.capability import calls_when_asked, tool_request, tries_of, varied_calls
from conformance.probing.contrast import Message
from conformance.probing.run import Conversation, Run
from conformance.protocol.answer import Answer, calls, read_answer
from conformance.protocol.exchange import Request
from conformance.rows.response.text_clean import raw_call

ANNOUNCED = "stop_reason is tool_use, but no tool_use block is there"
LEAST_LOST = 2
"""What one answer says once may be the model's own words."""


@dataclass(frozen=True, slots=True)
class Lost:
    """How the calls get lost, in the words of a note, in which modes, whether they arrive in the other one, and the
    answers that show it."""

    how: str
    unstreamed: bool
    streamed: bool
    one_mode: bool
    shown: tuple[Answer, ...]


@dataclass(slots=True)
class _Mode:
    """What the answers of one mode hold: calls, calls that were lost on the way, or neither."""

    name: str
    answered: int = 0
    called: int = 0
    lost: int = 0
    how: str = ""
    shown: list[Answer] = field(default_factory=list)

    def take(self, answer: Answer, request: Request) -> None:
        if answer.message is None:
            return
        self.answered += 1
        if calls(answer.message):
            self.called += 1
        elif how := how_lost(answer.message, request):
            self.lost += 1
            self.how = self.how or how
            self.shown.insert(self.lost - 1, answer)
        else:
            self.shown.append(answer)

    @property
    def told(self) -> str:
        none = f"no call comes {self.name}, in {self.answered} answers"
        return f"{none} ({self.how})" if self.how else none


def how_lost(message: Message, request: Request) -> str:
    """How an answer without a tool_use block shows that the model called: announced, or written into the text."""
    if calls(message):
        return ""
    if message.get("stop_reason") == "tool_use":
        return ANNOUNCED
    raw = raw_call(message, request)
    return f"the call stands in the text: {raw!r}" if raw else ""


def calls_that_are_lost(run: Run) -> Conversation[Lost | None]:
    """Does the model call where the client is given no call? Read from the requests by which every row learns whether
    the model calls at all. None where the calls arrive, or where nothing shows that there were any.

    calls in this mode   lost ones in it   calls in the other mode   lost
    any                  -                 -                         no
    none                 two or more       none                      in this mode, and in the other one where that
                                                                     loses as many, or gives no Message at all
    none                 two or more       any                       in this mode
    none                 fewer             every time                in this mode
    none                 fewer             else                      no: the model may not call
    """
    plain, streamed = _Mode("unstreamed"), _Mode("in a stream")
    asked = varied_calls(run)
    if run.dialect.streamed:
        asked = {role: request for role, request in asked.items() if role.endswith(", streamed")}
    capability = yield from calls_when_asked(run)
    got = yield asked
    if not run.dialect.streamed and not (capability.reliable and capability.tries == len(asked)):
        tries = tries_of("can the model call a tool", tool_request(run))
        got = {**got, **(yield tries)}
        asked |= tries
    for role, request in asked.items():
        (streamed if request.json.get("stream") else plain).take(read_answer(got[role]), request)
    for mode, other in ((plain, streamed), (streamed, plain)):
        if _is_gone(mode, other) and other.called:
            told = f"{mode.told}; {other.called} of {other.answered} {other.name} hold one"
            return Lost(told, mode is plain, mode is streamed, one_mode=True, shown=tuple(mode.shown))
    gone = [mode for mode in (plain, streamed) if mode.lost >= LEAST_LOST and not mode.called]
    if not gone or plain.called or streamed.called:
        return None
    told = "; ".join(mode.told for mode in gone)
    lost = {mode.name: mode in gone or not mode.answered for mode in (plain, streamed)}
    return Lost(told, lost[plain.name], lost[streamed.name], one_mode=False, shown=tuple(gone[0].shown))


def _is_gone(mode: _Mode, other: _Mode) -> bool:
    if mode.called or not mode.answered:
        return False
    return mode.lost >= LEAST_LOST or (other.answered >= LEAST_LOST and other.called == other.answered)
