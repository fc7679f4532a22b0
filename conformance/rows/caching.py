"""Prompt caching: a marked prefix is written once and read the second time, as usage reports it."""

from __future__ import annotations

from collections.abc import Callable

from conformance.answer import prompt_total, read_answer, usage_number
from conformance.calibrate import FILLER
from conformance.exchange import Json, Request
from conformance.probes import Message, ask_pair
from conformance.run import Run, Steps
from conformance.status import Deviation
from conformance.verdict import Effect, Sighting, Verdict, decide_must_accept

MARKER: dict[str, Json] = {"cache_control": {"type": "ephemeral"}}

LENGTH = 22_000
"""Characters: some 4,500 to 5,500 tokens. The highest official minimum is 4,096 tokens, small contexts have 8,192."""

WORDS = [
    "anchor",
    "barley",
    "candle",
    "damson",
    "ember",
    "fathom",
    "garnet",
    "hollow",
    "island",
    "jasper",
    "kettle",
    "lantern",
    "meadow",
    "nettle",
    "orchard",
    "pewter",
    "quarry",
    "ribbon",
    "saddle",
    "timber",
    "umber",
    "velvet",
    "willow",
    "yarrow",
    "zephyr",
]


def long_text(run: Run, label: str) -> str:
    """A text that no cache has met: it begins with a code of this run, and its words follow the seed."""
    opening = f"Ledger {run.nonce(f'{label}/1')}, volume {run.nonce(f'{label}/2')}. "
    chosen = " ".join(WORDS[run.draw(f"{label}/word/{n}", len(WORDS))] for n in range(40))
    text = f"{opening}{chosen}. "
    return (text + FILLER * (LENGTH // len(FILLER)))[:LENGTH]


def caches(run: Run, label: str, build: Callable[[str, dict[str, Json]], Request]) -> Steps[Verdict]:
    """The marked request twice, one after the other; where it is cached, the same without the marker twice as well
    (engines that cache unasked show it there too). `build(label, marker)` gives the request."""
    marked, plain = build(f"{label}/marked", MARKER), build(f"{label}/plain", {})
    pair = yield from ask_pair(plain, marked, role="marked, first time", control_role="unmarked, first time")
    if not pair.accepted:
        unclear = Sighting(effect=Effect.CANNOT_TELL)
        return decide_must_accept(control=pair.control, treated=pair.treated, sighting=unclear)
    got = yield {"marked, second time": marked.again(10), "unmarked, second time": plain.again(10)}
    second, unasked = read_answer(got["marked, second time"]), read_answer(got["unmarked, second time"])
    sighting = compare_usage(pair.messages[1], second.message, unasked.message)
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)


LEAST_CACHED = 1000
"""Tokens: fewer are some template's opening words, not the marked text of some 5,000."""


def compare_usage(first: Message, second: Message | None, unmarked_second: Message | None) -> Sighting:
    """What the usage of the same long prompt says, asked twice with the marker and twice without. Counts under
    LEAST_CACHED are as none.

    marked, second time       unmarked, second time    marked, first time      effect
    not answered              -                        -                       cannot tell
    a prompt too short        -                        -                       cannot tell: the text is not in it
    a read                    a read                   -                       in control (cached unasked)
    a read                    none                     a creation or a read    seen
    a read                    none                     neither                 seen, creation unreported
    no read                   -                        a creation              seen, read unreported
    no read                   -                        none                    absent
    """
    if second is None:
        return Sighting(effect=Effect.CANNOT_TELL, note="the same request was not answered a second time")
    whole = prompt_total(second)
    if whole is not None and 0 < whole < LEAST_CACHED:
        note = f"the prompt has {whole} tokens, so the marked text of some 5,000 is not part of it"
        return Sighting(effect=Effect.CANNOT_TELL, note=note)
    read = cached(second, "cache_read_input_tokens")
    created = cached(first, "cache_creation_input_tokens")
    early = cached(first, "cache_read_input_tokens")
    unasked = cached(unmarked_second, "cache_read_input_tokens") if unmarked_second is not None else 0
    if read and unasked > read // 2:
        note = f"the same prompt is cached without the marker as well ({unasked} tokens read)"
        return Sighting(effect=Effect.IN_CONTROL, note=note)
    if read and (created or early):
        return Sighting(effect=Effect.SEEN, note=f"{created} tokens written, then {read} read")
    if read:
        note = f"{read} tokens are read the second time, but none are reported as written the first time"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.UNREPORTED)
    if created:
        note = f"{created} tokens are written the first time, but none are read the second time"
        return Sighting(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)
    note = "usage reports no cache for a marked prompt of some 5,000 tokens that is sent twice"
    return Sighting(effect=Effect.ABSENT, note=note)


def cached(message: Message, key: str) -> int:
    """A cache count of usage, 0 where it is missing or too small to be the marked text."""
    count = usage_number(message, key) or 0
    return count if count >= LEAST_CACHED else 0
