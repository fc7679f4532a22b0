"""What a tool_choice changes about the calls of an answer."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.probing.capability import (
    AskCapability,
    Capability,
)
from conformance.probing.contrast import TREATMENT, Contrast, Message, ask_contrast
from conformance.probing.detection import STREAMED, Detection, ask_again
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding
from conformance.protocol.answer import calls, cut_before_a_call, read_answer
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation
from conformance.rows.response.text_clean import raw_call
from conformance.rows.tool_choice.disable_parallel_tool_use import WITH, weak_without


def look_for_call(message: Message) -> Detection:
    """Looks for a call; an answer that was cut before it could call shows nothing."""
    return Detection(seen=bool(calls(message)), missed="no tool is called", void=cut_before_a_call(message))


def turned(
    run: Run,
    control: Request,
    treatment: Request,
    capability: AskCapability,
    *,
    on: bool,
    least: int = WITH,
    streams: bool = False,
) -> Conversation[tuple[Contrast, Finding]]:
    """Does the field turn calling on or off? `capability` is that of doing the opposite without it. `least`
    tries are asked first, and all of them where one of these is not as it should be. With `streams`, the row asks the
    same as a stream anyway, and that is the last of the first tries."""
    contrast = yield from ask_contrast(control, treatment)
    if not contrast.accepted:
        return contrast, Finding(effect=Effect.CANNOT_TELL)
    without = yield from capability(run)
    in_stream = streams and not run.dialect.streamed and without.reliable
    first = [contrast.messages[1], *(yield from ask_again(TREATMENT, treatment, least - 1 - in_stream))]
    if in_stream and all(bool(calls(message)) is on for message in first):
        last = read_answer((yield {STREAMED: treatment.with_fields(stream=True)})[STREAMED]).message
        first += [last] if last is not None else []
    if without.reliable and len(first) == least and all(bool(calls(message)) is on for message in first):
        return contrast, unless_in_text(first, treatment)
    messages = [contrast.messages[1], *(yield from ask_again(TREATMENT, treatment, WITH - 1))]
    called = [None if on and cut_before_a_call(message) else bool(calls(message)) for message in messages]
    finding = steady_change(without, called, on=on)
    clean = finding.effect is Effect.SEEN and finding.deviation is None
    return contrast, unless_in_text(messages, treatment) if clean else finding


def unless_in_text(messages: Sequence[Message], treatment: Request) -> Finding:
    """An effect that is seen; incomplete where a call that is not made stands in the text as the model wrote it: then
    it was only not read."""
    for message in messages:
        raw = raw_call(message, treatment)
        if raw and not calls(message):
            note = f"the call is not made, but stands in the text: {raw!r}"
            return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)
    return Finding(effect=Effect.SEEN)


def steady_change(without: Capability, called: Sequence[bool | None], *, on: bool) -> Finding:
    """Does the field turn calling on or off, every time? `without`: how reliably the model does the opposite without
    the field; `called`: is a tool called with it, None where the answer was cut before that could be seen.

    without it     with it, as it should   effect
    not reliably   -                       too weak: the model calls, or does not, by itself
    reliably       every time              seen
    reliably       some times              seen, unsteady
    reliably       never                   absent
    fewer than WITH tries with it          cannot tell
    reliably       cut, any time           too weak: what is cut may yet have called
    """
    if len(called) < WITH:
        return Finding(effect=Effect.CANNOT_TELL, note="not every try was answered")
    if not without.reliable:
        return weak_without(without)
    if None in called:
        return Finding(effect=Effect.TOO_WEAK, note=told_of_cut(called.count(None), len(called)))
    right = [each is on for each in called]
    if all(right):
        return Finding(effect=Effect.SEEN)
    what = "no tool is called" if on else "a tool is called"
    note = f"{what} in {right.count(False)} of {len(right)} tries"
    if any(right):
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.UNSTEADY)
    return Finding(effect=Effect.ABSENT, note=note)


def told_of_cut(cut: int, tries: int) -> str:
    return f"in {cut} of {tries} tries the answer reaches its limit before it calls a tool or ends"
