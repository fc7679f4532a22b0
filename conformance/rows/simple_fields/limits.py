"""What ends an answer: max_tokens and stop_sequences."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.probing.calibrate import ask_reliably
from conformance.probing.capability import MOST_TRIES, copies_codes
from conformance.probing.contrast import CONTROL, TREATMENT, Message, ask_contrast
from conformance.probing.detection import STREAMED, Detection, ask_again, look_for, modes_agree
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, read_answer, text_of, usage_number
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation, Reason
from conformance.rows.shared import sources

SHORT = 16
LEAST = 1
LONG = 120

NEVER_SAID = "ZULU"

STATIONS = (
    "ALPHA",
    "BRAVO",
    "CHARLIE",
    "DELTA",
    "ECHO",
    "FOXTROT",
    "GOLF",
    "HOTEL",
    "KILO",
    "LIMA",
    "OSCAR",
    "PAPA",
)


@row(
    "fields.max_tokens",
    "MUST stop at max_tokens with stop_reason max_tokens",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.MESSAGES,
)
def max_tokens(run: Run) -> Conversation[Verdict]:
    short = beyond_the_limit(run)
    modes = {TREATMENT: short} if run.dialect.streamed else {TREATMENT: short, STREAMED: short.with_fields(stream=True)}
    met = [read_answer(each) for each in (yield modes).values()]
    if all(cut_as_it_must_be(each) for each in met):
        # Cut in both modes, and said so: what comes without a limit has nothing to add.
        return decide_must_accept(control=[], treatment=met[:1], finding=Finding(effect=Effect.SEEN))
    verdict = yield from cut_at(run, short, SHORT)
    if verdict.reason is Reason.MODEL_TOO_WEAK:
        # It answers so shortly that no such limit could be seen to cut it: a single token is beyond no answer.
        return (yield from cut_at(run, short.with_fields(max_tokens=LEAST), LEAST))
    return verdict


def cut_at(run: Run, short: Request, limit: int) -> Conversation[Verdict]:
    """Is the answer to this request, whose limit is so many tokens, cut there? One that is longer is proof that it is
    not, whatever the model; one that is shorter by itself is none."""
    contrast = yield from ask_contrast(run.message(counting(run), max_tokens=LONG), short)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        unlimited = contrast.messages[0]
        wide = usage_number(unlimited, "output_tokens")
        counts = wide != usage_number(contrast.messages[1], "output_tokens")

        def detect(message: Message) -> Detection:
            detection = look_at_limit(message, limit, text_of(unlimited), counted=counts, wide=wide)
            # A single word may be all that a model says.
            chance = limit == LEAST and detection.deviation is Deviation.UNREPORTED
            return Detection(seen=False, missed="one word at most is answered", void=True) if chance else detection

        finding = yield from look_for(run, contrast, short, detect, always=True, against_control=False)
        finding = yield from modes_agree(run, short, detect, finding, ask_capability=copies_codes)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def counting(run: Run) -> str:
    """A prompt whose answer is longer than any limit of these rows."""
    return run.wording(
        "max_tokens",
        "Count from 1 to 200, all numbers on one line, separated by spaces.",
        "Write the numbers from 1 to 200 in one line with a space between them.",
    )


def beyond_the_limit(run: Run) -> Request:
    """A request whose answer must be cut at its limit."""
    return run.message(counting(run), max_tokens=SHORT, exact=True)


def cut_as_it_must_be(answer: Answer) -> bool:
    """Is an answer to that request stopped at the limit, reported, and counted within it?"""
    if answer.message is None:
        return False
    detection = look_at_limit(answer.message, SHORT, "", counted=True)
    return detection.seen and detection.deviation is None


def look_at_limit(message: Message, limit: int, unlimited: str, *, counted: bool, wide: int | None = None) -> Detection:
    """Was the answer stopped at the limit? `unlimited` is what the same prompt gets with a wide limit, and `wide` how
    many tokens that was counted; `counted` tells whether usage.output_tokens moves with the answer at all. An answer
    that is no longer than the limit by itself tells nothing, but for one that is counted as just as long: a gateway
    that drops thoughts leaves no text to compare."""
    reason = message.get("stop_reason")
    spent = usage_number(message, "output_tokens") if counted else None
    text = text_of(message).strip()
    words = len(text.split())
    # Every word costs a token at least, so more words than tokens were not cut at the limit.
    if reason == "max_tokens" and (words > limit or (spent is not None and spent > limit)):
        beyond = f"{spent} output tokens" if spent is not None and spent > limit else f"{words} words"
        note = f"{beyond} where max_tokens is {limit}"
        return Detection(seen=True, note=note, deviation=Deviation.CLAMPED)
    if reason == "max_tokens":
        return Detection(seen=True)
    if words <= limit and len(text) < len(unlimited.strip()) and unlimited.strip().startswith(text):
        note = f"the answer is cut, but stop_reason is {reason}"
        return Detection(seen=True, note=note, deviation=Deviation.UNREPORTED)
    if spent == limit and wide is not None and wide > limit:
        note = f"{spent} output tokens where max_tokens is {limit}, but stop_reason is {reason}"
        return Detection(seen=True, note=note, deviation=Deviation.UNREPORTED)
    missed = f"{words} words and stop_reason {reason} where max_tokens is {limit}"
    return Detection(seen=False, missed=missed, void=words <= limit)


@row(
    "fields.stop_sequences",
    "MUST stop at the sequence, remove it, and report stop_reason stop_sequence and which one",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.MESSAGES,
)
def stop_sequences(run: Run) -> Conversation[Verdict]:
    plain, treatment, stop = yield from stopped_at(run)
    contrast = yield from ask_contrast(plain, treatment)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:

        def detect(message: Message) -> Detection:
            return look_at_stop(message, stop)

        finding = yield from look_for(
            run, contrast, treatment, detect, ask_capability=copies_codes, always=True, against_control=False
        )
        finding = yield from modes_agree(run, treatment, detect, finding, ask_capability=copies_codes)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def stopped_at(run: Run) -> Conversation[tuple[Request, Request, Stop]]:
    """A request, the same with stop sequences, and the one of them that its answer must stop at."""
    plain, words = a_line(run)
    stop = choose_stop((yield from _unstopped(run, plain, " ".join(words))), words)
    return plain, stopped_by(plain, stop.word), stop


def a_line(run: Run) -> tuple[Request, list[str]]:
    """A request for a line of words, and the words."""
    words = run.pick("stop", STATIONS, 5)
    line = " ".join(words)
    prompt = run.wording("stop", f"Repeat exactly: {line}", f"Reply with exactly these words: {line}")
    return run.message(prompt, max_tokens=40), words


def stopped_in_the_line(run: Run) -> Request:
    """The same as `stopped_at` comes to where the model repeats the line: its middle word is the stop."""
    plain, words = a_line(run)
    return stopped_by(plain, words[2])


def stopped_by(plain: Request, word: str) -> Request:
    return plain.with_fields(stop_sequences=[NEVER_SAID, word])


def _unstopped(run: Run, plain: Request, line: str) -> Conversation[str]:
    """What the prompt gets when nothing stops the answer: the line, where a model that obeys now and then gives it in
    one of several tries; else what it says instead, where it says the same again; else nothing to go by."""
    got = yield from ask_reliably({CONTROL: plain})
    control = read_answer(got[CONTROL]).message
    if control is None:
        return ""
    texts = [text_of(control)]
    if line not in texts[0]:
        times = MOST_TRIES - 1 if (yield from copies_codes(run)).unreliable else 1
        texts += map(text_of, (yield from ask_again(CONTROL, plain, times)))
    steady = texts[0] if len(set(texts)) == 1 < len(texts) else ""
    return next((text for text in texts if line in text), steady)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The word to stop at, and the text that comes before it when nothing stops the answer; empty where the model does
    not write the word at all. `goes_on`: does it write more after the word?"""

    word: str
    before: str
    goes_on: bool = False


def choose_stop(unstopped: str, words: list[str]) -> Stop:
    """The middle word of the line where the model repeats the line; else a word of what it wrote instead (a weak
    model that always says the same can still be stopped); else the middle word, which it never says."""
    middle = words[2]
    if f"{words[1]} {middle} {words[3]}" in unstopped:
        return stop_at(middle, unstopped)
    own = unstopped.split()
    if len(own) >= 8:
        word = next((each for each in own[3:] if len(each) > 2 and unstopped.find(each) > 5), None)
        if word is not None:
            return stop_at(word, unstopped)
    return Stop(word=middle, before="")


def stop_at(word: str, unstopped: str) -> Stop:
    before, _, after = unstopped.partition(word)
    return Stop(word=word, before=before, goes_on=bool(after.strip()))


def leaked_part(text: str, stop: Stop) -> str:
    """The beginning of the word that a text ends with which should have ended before it; empty where it does not."""
    before, rest = stop.before.strip(), text.strip()
    if not before or not rest.startswith(before):
        return ""
    left = rest[len(before) :].strip()
    return left if left != stop.word and stop.word.startswith(left) else ""


def look_at_stop(message: Message, stop: Stop) -> Detection:
    """Was the answer stopped at the word, the word removed, and the stop reported?"""
    word, before = stop.word, stop.before
    text = text_of(message)
    reason, which = message.get("stop_reason"), message.get("stop_sequence")
    # Stopped at the other sequence is as good, unless the text ends just where this one stood.
    at_other = which == NEVER_SAID and text.strip() != before.strip()
    reported = reason == "stop_sequence" and (which == word or at_other)
    leaked = leaked_part(text, stop)
    if leaked:
        also = "it is reported" if reported else f"stop_reason is {reason} and stop_sequence {which!r}"
        note = f"the answer is cut inside the sequence {word}: {leaked!r} is left in the text, and {also}"
        return Detection(seen=True, note=note, deviation=Deviation.INCOMPLETE)
    if reported and word not in text:
        return Detection(seen=True)
    if reported:
        note = "the sequence is reported, but left in the text"
        return Detection(seen=True, note=note, deviation=Deviation.INCOMPLETE)
    told = f"stop_reason is {reason} and stop_sequence {which!r}"
    cut = bool(before.strip()) and word not in text and text.strip() == before.strip()
    kept = stop.goes_on and bool(before.strip()) and text.strip() == f"{before}{word}".strip()
    if kept or (which == word and word in text):
        note = f"the answer ends at {word}, but the word is left in the text, and {told}"
        return Detection(seen=True, note=note, deviation=Deviation.INCOMPLETE)
    if cut or which == word or (reason == "stop_sequence" and word not in text):
        return Detection(
            seen=True, note=f"the answer is cut at the sequence, but {told}", deviation=Deviation.UNREPORTED
        )
    if word not in text:
        return Detection(seen=False, missed="the answer neither stops at the sequence nor holds it", void=True)
    return Detection(seen=False, missed=f"the answer is not cut at the sequence ({told})")
