"""Prompt caching: a marked prefix is written once and read the second time, as usage reports it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.probing import calibrate
from conformance.probing.calibrate import FILLER
from conformance.probing.contrast import Message, ask_contrast
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import prompt_total, read_answer, usage_number
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation

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
    """A text that no cache holds yet: it begins with a code of this run, and its words follow the seed."""
    opening = f"Ledger {run.nonce(f'{label}/1')}, volume {run.nonce(f'{label}/2')}. "
    chosen = " ".join(WORDS[run.draw(f"{label}/word/{n}", len(WORDS))] for n in range(40))
    text = f"{opening}{chosen}. "
    return (text + FILLER * (LENGTH // len(FILLER)))[:LENGTH]


TEXT_BLOCK = "content.text.cache_control"
"""What the long texts of marked and unmarked text blocks are made from."""


def in_a_text_block(run: Run, label: str, marker: dict[str, Json]) -> Request:
    """A long text block, marked or not, and a short question."""
    content = [{"type": "text", "text": long_text(run, label), **marker}, {"type": "text", "text": "Say OK."}]
    return run.message(content, max_tokens=32)


SYSTEM_BLOCK = "fields.system.cache_control"


def in_a_system_block(run: Run, label: str, marker: dict[str, Json]) -> Request:
    """A long block of a system prompt, marked or not, and a short question."""
    block = {"type": "text", "text": long_text(run, label), **marker}
    return run.message("Say OK.", max_tokens=32, system=[block])


Build = Callable[[str, dict[str, Json]], Request]

MARKED_ELSEWHERE: dict[str, Callable[[Run, str, dict[str, Json]], Request]] = {
    TEXT_BLOCK: in_a_text_block,
    SYSTEM_BLOCK: in_a_system_block,
}
"""The two places in which a marker is most likely read: where one of them makes usage report a cache, this endpoint can
report one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cached:
    """A place in a request that takes cache_control. `build(label, marker)` gives a request with a long text made from
    the label, and the marker in that place."""

    label: str
    build: Build

    def ask(self, run: Run) -> Conversation[Verdict]:
        """The verdict on the marked request, asked several times. Where it is cached, the unmarked one is asked again
        as well: engines that cache without being asked show it there too."""
        marked, plain = self.build(f"{self.label}/marked", MARKER), self.build(f"{self.label}/plain", {})
        contrast = yield from ask_contrast(
            plain, marked, role="marked, first time", control_role="unmarked, first time"
        )
        if not contrast.accepted:
            unclear = Finding(effect=Effect.CANNOT_TELL)
            return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=unclear)
        first = contrast.messages[1]
        # Where several machines serve one address, what was written may be found by a later request only.
        times = 3 if cached(first, "cache_creation_input_tokens") else 1
        later = yield from _ask_again(marked, "marked", times)
        read = any(cached(message, "cache_read_input_tokens") for message in later)
        unmarked_later = (yield from _ask_again(plain, "unmarked", 2)) if read else []
        got = yield from calibrate.ask_reliably({"baseline": calibrate.baseline(run)})
        finding = compare_usage(first, later, unmarked_later, short=calibrate.total_of(got["baseline"]) or 0)
        if finding.effect is Effect.ABSENT and not any(map(reports_a_cache, (*contrast.messages, *later))):
            finding = yield from unless_none_is_reported(run, self.label, finding)
        return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def reports_a_cache(message: Message) -> bool:
    """Does usage count any token as read from a cache, or as written to one?"""
    return any((usage_number(message, key) or 0) > 0 for key in COUNTS)


def unless_none_is_reported(run: Run, label: str, absent: Finding) -> Conversation[Finding]:
    """A cache that is not reported is ignored only where this endpoint can report one: it does so for the
    same marker elsewhere. Else nobody can tell whether it caches. The rows about those markers ask the same."""
    for other, build in MARKED_ELSEWHERE.items():
        if other == label:
            continue
        marked = build(run, f"{other}/marked", MARKER)
        for role, request in (("first time", marked), ("second time", marked.again(AGAIN))):
            place = f"marked elsewhere ({other}), {role}"
            message = read_answer((yield from calibrate.ask_reliably({place: request}))[place]).message
            if message is None:
                break
            if reports_a_cache(message):
                return absent
    note = f"{absent.note}, and nothing shows that this endpoint could report a cache"
    return Finding(effect=Effect.CANNOT_TELL, note=note)


def _ask_again(request: Request, label: str, times: int) -> Conversation[list[Message]]:
    """The same request again, one after the other, until one reads from a cache."""
    found: list[Message] = []
    for n, time in enumerate(("second", "third", "fourth")[:times]):
        role = f"{label}, {time} time"
        got = yield {role: request.again(AGAIN + n)}
        message = read_answer(got[role]).message
        if message is not None:
            found.append(message)
            if cached(message, "cache_read_input_tokens"):
                break
    return found


AGAIN = 10
"""The `attempt` of the second time, as all rows about a cache ask it."""

COUNTS = ("cache_creation_input_tokens", "cache_read_input_tokens")

LEAST_CACHED = 1000
"""Tokens: fewer are some template's opening words, not the marked text of some 5,000."""


def compare_usage(first: Message, later: list[Message], unmarked_later: list[Message], *, short: int) -> Finding:
    """What the usage of the same long prompt says, asked again with the marker and without it. Counts under
    LEAST_CACHED are as none; `short` is what a bare message counts, since some count the same for every prompt.

    marked, later             unmarked, later          marked, first time      effect
    not answered              -                        -                       cannot tell
    the very same answer      -                        -                       cannot tell: answers are cached whole
    a prompt too short,       -                        -                       cannot tell: the text is not in it
      or not counted
    a read                    a read                   -                       in control (cached unasked)
    a read                    none                     a creation or a read    seen
    a read                    none                     neither                 seen, creation unreported
    no read                   -                        a creation              seen, read unreported
    no read                   -                        none                    absent, where a cache is reported at all
    """
    if not later:
        return Finding(effect=Effect.CANNOT_TELL, note="the same request was not answered a second time")
    # One id for every answer is the fault of response.envelope; an answer that is kept has its old usage, too.
    if any(message.get("id") and message == first for message in later):
        note = "the very same answer is given again, so answers are cached whole here"
        return Finding(effect=Effect.CANNOT_TELL, note=note)
    whole = prompt_total(later[-1])
    if whole is None or whole - short < LEAST_CACHED:
        note = f"usage counts {whole or 0} tokens of prompt, so the marked text of some 5,000 is not seen in it"
        return Finding(effect=Effect.CANNOT_TELL, note=note)
    read, unasked = (
        max((cached(message, "cache_read_input_tokens") for message in messages), default=0)
        for messages in (later, unmarked_later)
    )
    created = cached(first, "cache_creation_input_tokens")
    early = cached(first, "cache_read_input_tokens")
    if read and unasked:
        note = f"the same prompt is cached without the marker as well ({unasked} tokens read)"
        return Finding(effect=Effect.IN_CONTROL, note=note)
    if read and (created or early):
        return Finding(effect=Effect.SEEN, note=f"{created} tokens written, then {read} read")
    if read:
        note = f"{read} tokens are read later on, but none are reported as written the first time"
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.UNREPORTED)
    if created:
        note = f"{created} tokens are written the first time, but none are read in {len(later)} tries"
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)
    note = "usage reports no cache for a marked prompt of some 5,000 tokens that is sent again"
    return Finding(effect=Effect.ABSENT, note=note)


def cached(message: Message, key: str) -> int:
    """A cache count of usage, 0 where it is missing or too small to be the marked text."""
    count = usage_number(message, key) or 0
    return count if count >= LEAST_CACHED else 0
