"""is_error: whether the model is told which calls of its tools failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from conformance.probing import calibrate
from conformance.probing.capability import copies_codes
from conformance.probing.contrast import CONTROL, TREATMENT, Contrast, Message, ask_contrast
from conformance.probing.detection import ask_again, or_shown_again, unless_unsteady
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import Answer, read_answer, text_of
from conformance.protocol.exchange import Json, Request
from conformance.rows.shared import sources
from conformance.rows.shared.retold import shown_plainly
from conformance.rows.shared.tool_turns import LOCKERS, NAMED, PAIRS, after_tools, call, result

WHICH = f"{NAMED} of {len(LOCKERS)} calls with the field"


@row(
    "content.tool_result.is_error",
    "MUST let the model know that the tool failed",
    evidence_kind=EvidenceKind.CONTRAST,
    source=sources.IMPLEMENT_TOOLS,
)
def is_error(run: Run) -> Conversation[Verdict]:
    told = yield from tells_which_failed(run)
    if told is not None:
        return decide_must_accept(control=[], treatment=[told], finding=Finding(effect=Effect.SEEN))
    # The same neutral words with and without the flag: only the flag can turn YES into NO.
    code = run.nonce("is_error")
    plain, treatment = was_it_a_success(run, code), was_it_a_success(run, code, is_error=True)
    met = read_answer((yield {WHICH: nine_calls(run)[0]})[WHICH])
    contrast = yield from ask_contrast(plain, treatment, refused=met)
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from succeeded(contrast, plain, treatment)
        if finding.effect is Effect.TOO_WEAK:
            finding = yield from unless_told_in_words(run, contrast, plain, treatment, finding)
        finding = yield from unless_unsteady(run, finding, copies_codes)
        if finding.effect is Effect.ABSENT and not (yield from tells_failure_from_success(run)):
            note = "this model says YES even where the result says in words that the call failed"
            finding = Finding(effect=Effect.TOO_WEAK, note=note)
    verdict = decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
    return (yield from or_shown_again(run, verdict, lambda attempt: tells_which_failed(run, attempt), copies_codes))


def nine_calls(run: Run) -> tuple[Request, list[str], set[str]]:
    """The question which of many calls failed, the codes that they gave, and those of the calls that failed."""
    codes = [run.nonce(f"is_error/{n}") for n in range(len(LOCKERS))]
    failed = set(run.pick("is_error/failed", codes, NAMED))
    ids = [f"toolu_01failed{n}" for n in range(len(LOCKERS))]
    results = [
        result(each, f"The code on the door is {code}.", **({"is_error": True} if code in failed else {}))
        for each, code in zip(ids, codes, strict=True)
    ]
    question = run.wording(
        "is_error/which",
        "Which of the tool calls failed? Reply with the codes of their results only.",
        "Some of the tool calls failed. Which calls failed? Give the codes of their results, nothing else.",
    )
    made = [call(*each) for each in zip(ids, LOCKERS, strict=True)]
    return after_tools(run, made, results, question), codes, failed


def tells_which_failed(run: Run, attempt: int = 0) -> Conversation[Answer | None]:
    """Each of many calls gave a code, and a few drawn ones carry the flag: are just their codes named? Nothing but the
    flag tells which they are, and no guessing hits them: no control has anything to add. None on a miss."""
    request, codes, failed = nine_calls(run)
    answer = read_answer((yield {WHICH: request.again(attempt)})[WHICH])
    said = text_of(answer.message) if answer.message is not None else ""
    if len(set(codes)) < len(codes) or {code for code in codes if code in said} != failed:
        return None
    return answer


def succeeded(contrast: Contrast, plain: Request, treatment: Request) -> Conversation[Finding]:
    """What `steady_answers` says, with no more asked than that takes: nothing where the first answers are neither
    of the two words, and nothing more without the flag where the answers with it stay YES."""
    without, with_it = ([yes_or_no(message)] for message in contrast.messages)
    if without != ["YES"] or with_it == [None]:
        return unsteady(without, with_it)
    with_it += map(yes_or_no, (yield from ask_again(TREATMENT, treatment, PAIRS - 1)))
    if set(with_it) == {"NO"}:
        without += map(yes_or_no, (yield from ask_again(CONTROL, plain, PAIRS - 1)))
    return steady_answers(without, with_it)


def steady_answers(without: Sequence[str | None], with_it: Sequence[str | None]) -> Finding:
    """Did it succeed, without and with is_error, PAIRS times each? Two words are easily guessed, so a model that says
    now this and now that shows nothing of the flag. That the flag changes nothing needs but one answer without it.

    without              with                 effect
    YES every time       NO every time        seen
    YES every time       YES every time       absent
    anything else        -                    too weak
    fewer than PAIRS     NO every time        cannot tell
    -                    fewer than PAIRS     cannot tell
    """
    if len(with_it) < PAIRS or (len(without) < PAIRS and set(with_it) == {"NO"}):
        return Finding(effect=Effect.CANNOT_TELL, note="not every try was answered")
    if set(without) == {"YES"} and set(with_it) == {"NO"}:
        return Finding(effect=Effect.SEEN)
    if set(without) == {"YES"} and set(with_it) == {"YES"}:
        return Finding(effect=Effect.ABSENT, note="the answer stays YES")
    return unsteady(without, with_it)


def unsteady(without: Sequence[str | None], with_it: Sequence[str | None]) -> Finding:
    """The finding on answers that are not the same every time, or neither of the two words."""
    told = (", ".join(word or "neither" for word in side) for side in (without, with_it))
    note = "this model does not answer steadily ({} without the flag; {} with it)".format(*told)
    return Finding(effect=Effect.TOO_WEAK, note=note)


def unless_told_in_words(
    run: Run, contrast: Contrast, plain: Request, treatment: Request, missed: Finding
) -> Conversation[Finding]:
    """The answers are not those that are due. Whose doing is it?

    says YES and NO where plain words say   without it once, and with it PAIRS   effect
    that the call succeeded, or failed      times: the very same word
    not every time                          -                                    too weak
    every time                              yes                                  absent
    every time                              no                                   cannot tell
    """
    shows = [partial(_says, word="YES"), partial(_says, word="NO")]
    if not (yield from shown_plainly(run, [plain, treatment], shows, outcomes=True)):
        return replace(missed, note=f"{missed.note}, nor from plain words")
    further = yield from ask_again(TREATMENT, treatment, PAIRS - 1)
    words = {yes_or_no(message) for message in (*contrast.messages, *further)}
    if len(words) == 1 and words != {None} and len(further) == PAIRS - 1:
        note = f"the answer is {words.pop()} with the flag and without it"
        return Finding(effect=Effect.ABSENT, note=f"{note}, and the right one where plain words say what happened")
    note = "the answers to the same question vary, although the model gives the right one from plain words"
    return Finding(effect=Effect.CANNOT_TELL, note=note)


def _says(message: Message, word: str) -> bool:
    return yes_or_no(message) == word


def was_it_a_success(run: Run, words: str, **flag: Json) -> Request:
    """A call, its result, and the question whether it succeeded."""
    question = run.wording(
        "is_error",
        "Did the tool call succeed? Reply with YES or NO.",
        "Was the tool call successful? Answer YES or NO, nothing else.",
    )
    return after_tools(run, [call("toolu_01error", "red")], [result("toolu_01error", words, **flag)], question)


def yes_or_no(message: Message) -> str | None:
    """The one word of the two that an answer says; None where it says neither or both."""
    said = {word.strip(".,!:*\"'") for word in text_of(message).upper().split()} & {"YES", "NO"}
    return said.pop() if len(said) == 1 else None


def tells_failure_from_success(run: Run) -> Conversation[bool]:
    """Is the model shown able to say that a call failed, where the result says so in words?"""
    got = yield from calibrate.ask_reliably(
        {
            "a result that says it failed": was_it_a_success(
                run, "Error: the tool call failed. The locker could not be opened."
            ),
            "a result that says it succeeded": was_it_a_success(run, "The tool call succeeded. The locker is open."),
        }
    )
    messages = [calibrate.answered_message(each) for each in got.values()]
    return [None if message is None else yes_or_no(message) for message in messages] == ["NO", "YES"]
