"""Whether images are seen: at the top of a message, and inside a tool's result."""

from __future__ import annotations

import re

from conformance.probing import calibrate
from conformance.probing.capability import MOST_TRIES, Able, Skill, ask_skill, calls_when_asked, copies_codes, echoes
from conformance.probing.contrast import CONTROL, Message, Pair, ask_pair
from conformance.probing.detection import unproven
from conformance.probing.row import Table
from conformance.probing.run import Run, Steps
from conformance.probing.verdict import Effect, Sighting, Verdict, decide_must_accept
from conformance.probing.witness import Witness
from conformance.protocol.answer import prompt_total, read_answer, text_of
from conformance.protocol.exchange import Request
from conformance.rows import sources
from conformance.rows.pictures import COLOURS, colour_block
from conformance.rows.reading import unless_echoed
from conformance.rows.tool_turns import Block, after_tools, call, result, told


def add_image(table: Table) -> None:
    @table.row("content.image", "MUST see a base64 image", witness=Witness.NONCE, source=sources.VISION)
    def image(run: Run) -> Steps[Verdict]:
        plain = run.message([told(colour_question(run))], max_tokens=60)
        return (yield from sees(run, plain, shown(run), colour_sets(run)))


def add_tool_result_image(table: Table) -> None:
    @table.row(
        "content.tool_result.content.image",
        "MUST see an image inside a tool result",
        witness=Witness.NONCE,
        source=sources.IMPLEMENT_TOOLS,
    )
    def tool_result_image(run: Run) -> Steps[Verdict]:
        sets = colour_sets(run)

        def conversation(*images: Block) -> Request:
            given = [told("These are the pictures of the locker."), *images]
            question = f"The tool returned three images. {colour_question(run)}"
            return after_tools(run, [call("toolu_01picture", "seven")], [result("toolu_01picture", given)], question)

        # Where an image is refused wherever it stands, that is the row of content.image.
        role = "the same images outside of a tool result"
        outside = read_answer((yield from calibrate.ask_steadily({role: shown(run)[0]}))[role])
        if not outside.answered:
            without = read_answer((yield from calibrate.ask_steadily({CONTROL: conversation()}))[CONTROL])
            return decide_must_accept(control=[without], treated=[without], prerequisite=outside)
        treated = [conversation(*map(colour_block, colours)) for colours in sets]
        return (yield from sees(run, conversation(), treated, sets, able=names_colours))


def sees(
    run: Run, plain: Request, treated: list[Request], sets: list[list[str]], *, able: Able = calls_when_asked
) -> Steps[Verdict]:
    """Two requests that show three images each, against the same question without any where the first is not named."""
    pair = yield from ask_pair(plain, treated[0], proof=lambda message: named_in_order(message, sets[0]))
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        got = yield from calibrate.ask_steadily({"three other images": treated[1]})
        other = calibrate.answered_message(got["three other images"])
        sighting = yield from look_at_colours(run, pair, other, treated, sets, able=able)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


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
    question = told(colour_question(run))
    return [run.message([*map(colour_block, colours), question], max_tokens=60) for colours in colour_sets(run)]


def names_colours(run: Run) -> Steps[Skill]:
    """Is the model shown able to see the very images, where no tool returned them?"""
    sets = colour_sets(run)
    roles = [f"can the model see images (set {n + 1})" for n in range(len(sets))]
    return (
        yield from ask_skill(
            "names the colours of the same images outside of a tool result",
            dict(zip(roles, shown(run), strict=True)),
            lambda role, message: named_in_order(message, sets[roles.index(role)]),
        )
    )


def look_at_colours(
    run: Run,
    pair: Pair,
    other: Message | None,
    treated: list[Request],
    sets: list[list[str]],
    *,
    able: Able = calls_when_asked,
) -> Steps[Sighting]:
    """Two sets of three images, so that guessing (1 in 120 each) cannot be seeing. A model that obeys now and then is
    asked for each set again until it names it. `able` is what it must do every time, beside copying, for a miss to
    count.

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
    answers = [pair.messages[1], *([other] if other is not None else [])]
    if len(answers) < 2:
        return Sighting(effect=Effect.CANNOT_TELL, note="the second set of images was not answered")
    right = [named_in_order(message, colours) for message, colours in zip(answers, sets, strict=True)]
    copying = Skill(shown=1, tries=1) if all(right) else (yield from copies_codes(run))
    if copying.unsteady:
        for n, request in enumerate(treated):
            attempt = 1
            while not right[n] and attempt < MOST_TRIES:
                got = yield {f"set {n + 1} of the images": request.again(attempt)}
                message = calibrate.answered_message(got[f"set {n + 1} of the images"])
                right[n] = message is not None and named_in_order(message, sets[n])
                attempt += 1
    if all(right):
        return (yield from unless_echoed(run, Sighting(effect=Effect.SEEN)))
    missed = f"the colours {', '.join(sets[0])} are not named"
    if copying.unsteady:
        return unproven(copying, missed)
    if any(right):
        return Sighting(effect=Effect.CANNOT_TELL, note="the colours of one set of images are named, not of the other")
    for skill in (copying, (yield from able(run))):
        if not skill.steady:
            return unproven(skill, missed)
    same = bool(text_of(answers[0]).strip()) and text_of(answers[0]).strip() == text_of(answers[1]).strip()
    counted = yield from calibrate.counts_the_prompt(run)
    without, with_images = (prompt_total(message) for message in pair.messages)
    flat = bool(counted) and without is not None and with_images is not None and with_images - without < 20
    if (same or flat) and (yield from echoes(run)):
        # What an echo says of other images is cut off before it differs.
        return Sighting(effect=Effect.CANNOT_TELL, note=f"{missed}, but this endpoint echoes its prompt")
    if same or flat:
        why = "other images get the same answer" if same else "the prompt does not grow by them"
        return Sighting(effect=Effect.ABSENT, note=f"{missed}, and {why}")
    return Sighting(effect=Effect.CANNOT_TELL, note=f"{missed}, though the images may have arrived")


def named_in_order(message: Message, colours: list[str]) -> bool:
    """Are these colours, and no others, named in this order?"""
    named = re.findall(rf"\b({'|'.join(COLOURS)})\b", text_of(message).lower())
    return named == colours
