"""Whether images are seen: at the top of a message, and inside a tool's result."""

from __future__ import annotations

import re

from conformance.probing import calibrate
from conformance.probing.capability import (
    MOST_TRIES,
    AskCapability,
    Capability,
    calls_when_asked,
    copies_codes,
    echoes,
    try_capability,
)
from conformance.probing.contrast import CONTROL, Contrast, Message, ask_contrast
from conformance.probing.detection import unproven
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.scene import unless_echoed
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import prompt_total, read_answer, text_of
from conformance.protocol.exchange import Request
from conformance.rows.content.pictures import COLOURS, colour_block
from conformance.rows.shared import sources
from conformance.rows.shared.tool_turns import Block, after_tools, call, result, text_block


@row("content.image", "MUST see a base64 image", evidence_kind=EvidenceKind.NONCE, source=sources.VISION)
def image(run: Run) -> Conversation[Verdict]:
    plain = run.message([text_block(colour_question(run))], max_tokens=60)
    return (yield from sees(run, plain, shown(run), colour_sets(run)))


@row(
    "content.tool_result.content.image",
    "MUST see an image inside a tool result",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.IMPLEMENT_TOOLS,
)
def tool_result_image(run: Run) -> Conversation[Verdict]:
    sets = colour_sets(run)

    def conversation(*images: Block) -> Request:
        given = [text_block("These are the pictures of the locker."), *images]
        question = f"The tool returned three images. {colour_question(run)}"
        return after_tools(run, [call("toolu_01picture", "seven")], [result("toolu_01picture", given)], question)

    # Where an image is refused wherever it stands, that is the row of content.image.
    role = "the same images outside of a tool result"
    outside = read_answer((yield from calibrate.ask_reliably({role: shown(run)[0]}))[role])
    if not outside.answered:
        without = read_answer((yield from calibrate.ask_reliably({CONTROL: conversation()}))[CONTROL])
        return decide_must_accept(control=[without], treatment=[without], prerequisite=outside)
    treatment = [conversation(*map(colour_block, colours)) for colours in sets]
    return (yield from sees(run, conversation(), treatment, sets, ask_capability=names_colours))


def sees(
    run: Run,
    plain: Request,
    treatment: list[Request],
    sets: list[list[str]],
    *,
    ask_capability: AskCapability = calls_when_asked,
) -> Conversation[Verdict]:
    """Two requests that show three images each, against the same question without any where the first is not named."""
    contrast = yield from ask_contrast(plain, treatment[0], proof=lambda message: named_in_order(message, sets[0]))
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        got = yield from calibrate.ask_reliably({"three other images": treatment[1]})
        other = calibrate.answered_message(got["three other images"])
        finding = yield from look_at_colours(run, contrast, other, treatment, sets, ask_capability=ask_capability)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def colour_question(run: Run) -> str:
    return run.wording(
        "image",
        "Each image has one colour. Name the colours of the three images in order, separated by commas.",
        "Each of these three images is of one colour. Which colours are they, in order? Reply with the colours.",
    )


def colour_sets(run: Run) -> list[list[str]]:
    """Two sets of three colours."""
    return [run.pick(f"image/{n}", list(COLOURS), 3) for n in range(2)]


def shown(run: Run) -> list[Request]:
    """The question with the images of either set, at the top of a message."""
    question = text_block(colour_question(run))
    return [run.message([*map(colour_block, colours), question], max_tokens=60) for colours in colour_sets(run)]


def names_colours(run: Run) -> Conversation[Capability]:
    """Is the model shown able to see the very images, where no tool returned them?"""
    sets = colour_sets(run)
    roles = [f"can the model see images (set {n + 1})" for n in range(len(sets))]
    return (
        yield from try_capability(
            "names the colours of the same images outside of a tool result",
            dict(zip(roles, shown(run), strict=True)),
            lambda role, message: named_in_order(message, sets[roles.index(role)]),
        )
    )


def look_at_colours(
    run: Run,
    contrast: Contrast,
    other: Message | None,
    treatment: list[Request],
    sets: list[list[str]],
    *,
    ask_capability: AskCapability = calls_when_asked,
) -> Conversation[Finding]:
    """Two sets of three images, so that guessing (1 in 120 each) cannot be seeing. A model that obeys now and then is
    asked for each set again until it names it. `ask_capability` is what it must do every time, beside copying, for a
    miss to count.

    both sets named in order   one set   copies, and is able     same answer to both, or no growth   effect
    yes                        -         -                       -                                   seen
    no                         -         now and then            -                                   too weak
    no                         yes       every time, or never    -                                   cannot tell
    no                         no        never                   -                                   too weak
    no                         no        every time              yes                                 absent
    no                         no        every time              no                                  cannot tell
    no                         no        every time, echoes      -                                   cannot tell
    the other set not answered           -                       -                                   cannot tell
    """
    answers = [contrast.messages[1], *([other] if other is not None else [])]
    if len(answers) < 2:
        return Finding(effect=Effect.CANNOT_TELL, note="the second set of images was not answered")
    right = [named_in_order(message, colours) for message, colours in zip(answers, sets, strict=True)]
    copying = Capability(shown=1, tries=1) if all(right) else (yield from copies_codes(run))
    if copying.unreliable:
        for n, request in enumerate(treatment):
            attempt = 1
            while not right[n] and attempt < MOST_TRIES:
                got = yield {f"set {n + 1} of the images": request.again(attempt)}
                message = calibrate.answered_message(got[f"set {n + 1} of the images"])
                right[n] = message is not None and named_in_order(message, sets[n])
                attempt += 1
    if all(right):
        return (yield from unless_echoed(run, Finding(effect=Effect.SEEN)))
    missed = f"the colours {', '.join(sets[0])} are not named"
    if copying.unreliable:
        return unproven(copying, missed)
    if any(right):
        return Finding(effect=Effect.CANNOT_TELL, note="the colours of one set of images are named, not of the other")
    for capability in (copying, (yield from ask_capability(run))):
        if not capability.reliable:
            return unproven(capability, missed)
    same = bool(text_of(answers[0]).strip()) and text_of(answers[0]).strip() == text_of(answers[1]).strip()
    counted = yield from calibrate.counts_the_prompt(run)
    without, with_images = (prompt_total(message) for message in contrast.messages)
    flat = bool(counted) and without is not None and with_images is not None and with_images - without < 20
    if (same or flat) and (yield from echoes(run)):
        # An echo of other images is cut off before it differs.
        return Finding(effect=Effect.CANNOT_TELL, note=f"{missed}, but this endpoint echoes its prompt")
    if same or flat:
        why = "other images get the same answer" if same else "the prompt does not grow by them"
        return Finding(effect=Effect.ABSENT, note=f"{missed}, and {why}")
    return Finding(effect=Effect.CANNOT_TELL, note=f"{missed}, though the images may have arrived")


def named_in_order(message: Message, colours: list[str]) -> bool:
    """Are these colours, and no others, named in this order?"""
    named = re.findall(rf"\b({'|'.join(COLOURS)})\b", text_of(message).lower())
    return named == colours
