"""The content blocks of messages: text, images, documents, search results and what the history may hold of tools."""

from __future__ import annotations

import re

from conformance import calibrate
from conformance.answer import prompt_total, text_of
from conformance.exchange import Json, Request
from conformance.look import unproven
from conformance.pair import Message, Pair, ask_pair
from conformance.probes import failure_injected, only_validated
from conformance.row import Table
from conformance.rows import caching, history, server_history, sources, thought_history
from conformance.rows.pictures import COLOURS, colour_block
from conformance.rows.reading import contains, reads, reads_all, unless_echoed
from conformance.run import Run, Steps
from conformance.skills import MOST_TRIES, Skill, calls_when_asked, copies_codes
from conformance.verdict import Effect, Sighting, Verdict, decide_must_accept
from conformance.witness import Witness

TABLE = Table("content")

Block = dict[str, Json]


def text(words: str, **further: Json) -> Block:
    return {"type": "text", "text": words, **further}


@TABLE.row("content.string", "MUST read content given as a string", witness=Witness.NONCE, source=sources.MESSAGES)
def string(run: Run) -> Steps[Verdict]:
    code = run.nonce("content.string")
    question = run.wording(
        "content.string",
        f"The code of the green locker is {code}. What is the code of the green locker? Reply with the code only.",
        f"I noted that the code of the green locker is {code}. Which code does the green locker have? Reply with it.",
    )
    without = "What is the code of the green locker? Reply with the code only."
    return (
        yield from reads(
            run,
            control=run.message(without, max_tokens=40),
            treated=run.message(question, max_tokens=40),
            look=contains(code),
            grows=9,
            able=copies_codes_in_either_form,
        )
    )


def copies_codes_in_either_form(run: Run) -> Steps[Skill]:
    """The skill is asked for in strings, which is the very thing in doubt: in blocks it may be shown as well."""
    skill = yield from copies_codes(run)
    return skill if skill.steady else (yield from copies_codes(run, in_blocks=True))


@TABLE.row("content.text.text", "MUST read every text block", witness=Witness.NONCE, source=sources.MESSAGES)
def text_text(run: Run) -> Steps[Verdict]:
    first, second = run.nonce("text/1"), run.nonce("text/2")
    question = "What are the codes of the north door and of the south door? Reply with both codes."
    # The question shares a block with the second code, so that an endpoint that reads one block only shows which.
    parts = [f"The code of the north door is {first}.", f"The code of the south door is {second}. {question}"]
    return (
        yield from reads_all(
            run,
            # A string, so that an endpoint that takes no arrays refuses the row and not its control.
            control=run.message(question, max_tokens=60),
            treated=run.message([text(part) for part in parts], max_tokens=60),
            joined=run.message(" ".join(parts), max_tokens=60),
            codes=(first, second),
            what="text blocks",
        )
    )


@TABLE.row(
    "content.text.cache_control",
    "MUST cache up to a text block that carries cache_control and report it in usage",
    witness=Witness.USAGE,
    source=sources.CACHING,
)
def text_cache_control(run: Run) -> Steps[Verdict]:
    def build(label: str, marker: Block) -> Request:
        return run.message([text(caching.long_text(run, label), **marker), text("Say OK.")], max_tokens=32)

    return (yield from caching.caches(run, "content.text.cache_control", build))


@TABLE.row(
    "content.text.citations",
    "MUST accept citations on an assistant text block",
    witness=Witness.VALIDATION,
    source=sources.CITATIONS,
)
def text_citations(run: Run) -> Steps[Verdict]:
    cited = {
        "type": "char_location",
        "cited_text": "The harbour opens at six.",
        "document_index": 0,
        "document_title": "Harbour",
        "start_char_index": 0,
        "end_char_index": 25,
    }

    def conversation(**further: Json) -> Request:
        return run.conversation(
            [
                {"role": "user", "content": "When does the harbour open?"},
                {"role": "assistant", "content": [text("The harbour opens at six.", **further)]},
                {"role": "user", "content": "Thank you. Say OK."},
            ]
        )

    return (
        yield from only_validated(
            control=conversation(),
            valid=conversation(citations=[cited]),
            invalid=conversation(citations="none of this is a list"),
        )
    )


@TABLE.row("content.image", "MUST see a base64 image", witness=Witness.NONCE, source=sources.VISION)
def image(run: Run) -> Steps[Verdict]:
    question = run.wording(
        "image",
        "Each image has one colour. Name the colours of the three images in order, separated by commas.",
        "Each of these three images is of one colour. Which colours are they, in order? Reply with the colours.",
    )
    sets = [run.pick(f"image/{n}", list(COLOURS), 3) for n in range(2)]
    plain = run.message([text(question)], max_tokens=60)
    treated = [run.message([*map(colour_block, colours), text(question)], max_tokens=60) for colours in sets]
    pair = yield from ask_pair(plain, treated[0])
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        got = yield from calibrate.ask_steadily({"three other images": treated[1]})
        other = calibrate.answered_message(got["three other images"])
        sighting = yield from look_at_colours(run, pair, other, treated, sets)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


def look_at_colours(
    run: Run, pair: Pair, other: Message | None, treated: list[Request], sets: list[list[str]]
) -> Steps[Sighting]:
    """Two sets of three images, so that guessing (1 in 120 each) cannot be seeing. A model that obeys now and then is
    asked for each set again until it names it.

    both sets named in order   one set   copies, calls tools     same answer to both, or no growth   effect
    yes                        -         -                       -                                   seen
    no                         -         now and then            -                                   too weak
    no                         yes       every time, or never    -                                   cannot tell
    no                         no        never                   -                                   too weak
    no                         no        every time              yes                                 absent
    no                         no        every time              no                                  cannot tell
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
    for skill in (copying, (yield from calls_when_asked(run))):
        if not skill.steady:
            return unproven(skill, missed)
    same = bool(text_of(answers[0]).strip()) and text_of(answers[0]).strip() == text_of(answers[1]).strip()
    counted = yield from calibrate.counts_the_prompt(run)
    without, with_images = (prompt_total(message) for message in pair.messages)
    flat = bool(counted) and without is not None and with_images is not None and with_images - without < 20
    if same or flat:
        why = "other images get the same answer" if same else "the prompt does not grow by them"
        return Sighting(effect=Effect.ABSENT, note=f"{missed}, and {why}")
    return Sighting(effect=Effect.CANNOT_TELL, note=f"{missed}, though the images may have arrived")


def named_in_order(message: Message, colours: list[str]) -> bool:
    """Are these colours, and no others, named in this order?"""
    named = re.findall(rf"\b({'|'.join(COLOURS)})\b", text_of(message).lower())
    return named == colours


@TABLE.row("content.document", "MUST read a plain-text document", witness=Witness.NONCE, source=sources.CITATIONS)
def document(run: Run) -> Steps[Verdict]:
    code = run.nonce("document")
    block = {
        "type": "document",
        "title": "Locker list",
        "source": {
            "type": "text",
            "media_type": "text/plain",
            "data": f"The harbour keeps its keys in lockers. The code of the yellow locker is {code}. "
            "Lockers are opened in the morning and closed in the evening.",
        },
    }
    question = text("According to the document, what is the code of the yellow locker? Reply with the code only.")
    return (
        yield from reads(
            run,
            control=run.message([question], max_tokens=40),
            treated=run.message([block, question], max_tokens=40),
            look=contains(code),
            grows=30,
        )
    )


@TABLE.row(
    "content.search_result", "MUST read a search_result block", witness=Witness.NONCE, source=sources.SEARCH_RESULTS
)
def search_result(run: Run) -> Steps[Verdict]:
    code = run.nonce("search_result")
    block = {
        "type": "search_result",
        "source": "https://library.invalid/lockers",
        "title": "Lockers",
        "content": [text(f"Each locker of the library has a code. The code of the white locker is {code}.")],
    }
    question = text("According to the search result, what is the code of the white locker? Reply with the code only.")
    return (
        yield from reads(
            run,
            control=run.message([question], max_tokens=40),
            treated=run.message([block, question], max_tokens=40),
            look=contains(code),
            grows=20,
        )
    )


thought_history.add_rows(TABLE)
history.add_tool_rows(TABLE)
server_history.add_rows(TABLE)


@TABLE.row(
    "content.container_upload",
    "MAY act on a container_upload block (a bogus file id is an error)",
    witness=Witness.FAILURE_INJECTED,
    source=sources.FILES,
)
def container_upload(run: Run) -> Steps[Verdict]:
    bogus = f"file_{run.nonce('container_upload').replace('-', '')}"
    question = text("Say OK.")
    return (
        yield from failure_injected(
            run,
            control=run.message([question], max_tokens=32),
            treated=run.message([{"type": "container_upload", "file_id": bogus}, question], max_tokens=32),
            unknown=calibrate.unknown_block,
            names=("container_upload",),
            about=(bogus, "file"),
        )
    )
