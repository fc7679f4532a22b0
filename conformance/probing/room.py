"""Room for models that think before they answer: whether an answer was cut before it showed anything, and how much
more such a question is given.

Reasoning counts against max_tokens on most endpoints. An answer that was cut at its limit before it showed anything is
evidence of nothing: the question is asked again with room, and what one question needed the next ones start with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from conformance.protocol.answer import blocks, calls, hits_its_limit, raw_text_of, read_answer, text_of, usage_number
from conformance.protocol.exchange import Exchange, Request, write_json

LADDER = (0, 1_024, 4_096, 16_384)
"""Tokens added to max_tokens, one after the other: the second is enough for most models that think a little, the last
is half of what Claude Code asks for."""

GIVEN_UP_AFTER = 2
"""So many questions cut at every limit, and the run asks no further one again: more room does not help."""

THOUGHTS = ("thinking", "redacted_thinking")

Send = Callable[[Request], Awaitable[Exchange]]


def shows_nothing(exchange: Exchange) -> bool:
    """Was the answer cut at its limit before it showed anything that a row could look at?

    cut    call, or words                                  thoughts    status
    no     -                                               -           no
    yes    a whole call, or words                          none        no: it was answered, and is just long
    yes    neither                                         -           yes
    yes    words, but fewer characters than tokens spent   -           yes: the rest was thought, and is hidden
    yes    words, or half a call                           some        yes: the answer had hardly begun
    Only questions that may be given room are looked at: where the limit itself is asked about, a cut is an answer.
    """
    if not exchange.request.room:
        return False
    answer = read_answer(exchange)
    if answer.message is None or not hits_its_limit(answer.message):
        return False
    message = answer.message
    words = text_of(message)
    written = words + "".join(write_json(call).decode() for call in calls(message))
    thought = any(blocks(message, kind) for kind in THOUGHTS) or words != raw_text_of(message)
    if thought or not (words.strip() or calls(message)):
        return True
    spent = usage_number(message, "output_tokens")
    return spent is not None and len(written) < spent


@dataclass(slots=True)
class Room:
    """What a run knows of the room that its model needs: the step of LADDER with which the next question starts."""

    step: int = 0
    last: int = len(LADDER) - 1
    """The highest step that is tried: lower once an endpoint refuses so high a limit, or is cut at every one."""
    _settled: dict[str, int] = field(default_factory=dict)
    _cut_at_every_limit: int = 0
    _climbing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, request: Request, send: Send) -> list[Exchange]:
        """Asks, and again with more room as long as the answer shows nothing. The last exchange is the answer; those
        before it were cut."""
        if not request.room:
            return [await send(request)]
        # A question that was answered before is not asked again because others needed more.
        step = self._settled.get(request.identity, self.step)
        asked = [await send(request.with_room(LADDER[step]))]
        if shows_nothing(asked[-1]) and step < self.last:
            # One at a time: what the first one learns saves the others a step.
            async with self._climbing:
                asked += await self._climb(request, step, send)
        self._settled.setdefault(request.identity, LADDER.index(room_of(request, asked[-1])))
        return asked

    async def _climb(self, request: Request, step: int, send: Send) -> list[Exchange]:
        asked: list[Exchange] = []
        step = max(step + 1, self.step)
        while step <= self.last:
            exchange = await send(request.with_room(LADDER[step]))
            if not read_answer(exchange).answered:
                self.last = max(self.step, step - 1)  # so high a limit is refused here, or not answered in time
                return asked
            asked.append(exchange)
            if not shows_nothing(exchange):
                self.step = max(self.step, step)
                return asked
            step += 1
        if asked:
            self._cut_at_every_limit += 1
            if self._cut_at_every_limit >= GIVEN_UP_AFTER:
                self.last = self.step
        return asked


def room_note(room: int) -> str:
    """What a matrix says of the room that this model needed; empty for none."""
    return (
        f"up to {room:,} tokens are added to max_tokens where an answer was cut before it showed anything"
        if room
        else ""
    )


def room_of(base: Request, exchange: Exchange) -> int:
    """The tokens that an exchange was given beyond what its question asked for."""
    if not base.room or exchange.request.body == base.body:
        return 0
    return int(exchange.request.json["max_tokens"]) - int(base.json["max_tokens"])


def recorded(request: Request, answer: Callable[[Request], Exchange | None]) -> list[Exchange]:
    """The exchanges of a question that a recording holds, as `Room.ask` gave them: from the least room with which it
    was asked to the first answer that shows something, or the last there is. Empty where it was not asked."""
    if not request.room:
        found = answer(request)
        return [found] if found is not None else []
    asked: list[Exchange] = []
    for room in LADDER:
        found = answer(request.with_room(room))
        if found is None:
            if asked:
                break
            continue
        if asked and not read_answer(found).answered:
            break
        asked.append(found)
        if not shows_nothing(found):
            break
    return asked
