"""Whether calls and their results are paired by id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from conformance.probing import calibrate
from conformance.probing.capability import copies_codes, tries_of, try_capability
from conformance.probing.contrast import CONTROL, TREATMENT, Message, ask_contrast
from conformance.probing.detection import TRIES, ask_again, or_shown_again, unless_unsteady
from conformance.probing.refusals import same_shape
from conformance.probing.run import Conversation, Run
from conformance.probing.validated import validated
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, untested
from conformance.protocol.answer import Answer, Outcome, read_answer, said_anywhere, text_of
from conformance.protocol.exchange import Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.shared.retold import shown_plainly, without_words
from conformance.rows.shared.scenes import every_code, tool_turns_read
from conformance.rows.shared.tool_turns import (
    LOCKERS,
    NAMED,
    PAIRS,
    Block,
    after_tools,
    call,
    result,
    shelf_codes,
    text_block,
)

NAMES = {"calls": ("tool_use",), "results": ("tool_result",)}

TWO_RESULTS = "the codes of two results, both asked for"
AT_ONCE = f"{len(LOCKERS)} calls, and their results in another order"


def tells_results_apart(run: Run, attempt: int = 0) -> Conversation[Answer | None]:
    """Many calls whose results come in another order, no result in the place of its call: do just the codes of a few
    lockers come back? Only the ids tell whose result is whose, no guessing hits these codes, and no pairing by place,
    however shifted, gives them: it leaves no odd number of fourteen as it was. None on a miss."""
    codes = {locker: run.nonce(f"pairs/{locker}") for locker in LOCKERS}
    ids = {locker: f"toolu_01{run.name(f'pairs/{locker}', 'pair')}" for locker in LOCKERS}
    called = run.pick("pairs/called", LOCKERS, len(LOCKERS))
    shift = 1 + run.draw("pairs/shift", len(LOCKERS) - 1)
    asked = run.pick("pairs/asked", LOCKERS, NAMED)
    *before, last = (f"the code in the {locker} locker" for locker in asked)
    question = run.wording(
        "pairs",
        f"What is {', '.join(before)} and {last}? Reply with the {NAMED} codes only.",
        f"{' '.join(f'What is {each}?' for each in (*before, last))} Answer with the {NAMED} codes, and nothing else.",
    )
    request = after_tools(
        run,
        [call(ids[locker], locker) for locker in called],
        [result(ids[locker], f"The code in it is {codes[locker]}.") for locker in called[shift:] + called[:shift]],
        question,
    )
    answer = read_answer((yield {AT_ONCE: request.again(attempt)})[AT_ONCE])
    said = text_of(answer.message) if answer.message is not None else ""
    found = {locker for locker in LOCKERS if codes[locker] in said}
    return answer if found == set(asked) else None


def pairs_by_id(run: Run, *, swapped: str) -> Conversation[Verdict]:
    """Two calls and their results, once as they belong and once with the ids of one side exchanged: only the ids
    tell whose result is whose, so the answer must change with them. Asked only where the results of many calls are not
    told apart at once.

    both lockers right before,   answers with exchanged ids      an orphan id    effect
      twice each
    not all answered             -                               -               cannot tell
    no                           -                               -               see `explain_not_apart`
    yes                          the other code, PAIRS times     -               seen
    yes                          now one code, now the other     -               cannot tell
    yes                          never the other code            refused,        not visible: validated only
                                                                 crashes
    yes                          never the other code            limited, away   cannot tell
    yes                          never the other code            accepted        absent
    """
    apart_at_once = yield from tells_results_apart(run)
    if apart_at_once is not None:
        return decide_must_accept(control=[], treatment=[apart_at_once], finding=Finding(effect=Effect.SEEN))
    codes = [run.nonce(f"pairs/{n}") for n in range(2)]
    ids = ["toolu_01first", "toolu_01second"]

    def conversation(call_ids: list[str], result_ids: list[str], locker: str = "red", named: bool = False) -> Request:
        calls = [call(each, name) for each, name in zip(call_ids, ("red", "blue"), strict=True)]
        places = ("the red locker", "the blue locker") if named else ("it", "it")
        results = [
            result(each, f"The code in {place} is {code}.")
            for each, place, code in zip(result_ids, places, codes, strict=True)
        ]
        question = f"What is the code in the {locker} locker? Reply with the code only."
        return after_tools(run, calls, results, question)

    def names(message: Message | None, number: int) -> bool:
        said = said_anywhere(message) if message is not None else ""
        return codes[number] in said and codes[1 - number] not in said

    plain, exchanged = conversation(ids, ids), ids[::-1]
    treatment = conversation(exchanged, ids) if swapped == "calls" else conversation(ids, exchanged)
    contrast = yield from ask_contrast(plain, treatment, role="with the ids exchanged")
    if contrast.control[0].outcome in (Outcome.REFUSED, Outcome.BROKEN):
        return (yield from explain_failed_blocks(run, plain, contrast.control[0], swapped))
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        tries = {
            "the one locker, try 2": plain.again(1),
            **tries_of("the other locker", conversation(ids, ids, "blue"), times=2),
        }
        apart = yield from try_capability(
            "tells two results apart", tries, lambda role, message: names(message, int("other" in role))
        )
        if apart.tries < len(tries):
            note = "the question about the other locker was not answered every time"
            finding = Finding(effect=Effect.CANNOT_TELL, note=note)
        elif not (apart.reliable and names(contrast.messages[0], 0)):
            both = [conversation(ids, ids, locker, named=True) for locker in ("red", "blue")]
            shows = [partial(names, number=number) for number in range(2)]
            finding = yield from explain_not_apart(run, both, shows)
        else:
            more = yield from ask_again(TREATMENT, treatment, PAIRS - 1)
            turned = [names(message, 1) for message in (contrast.messages[1], *more)]
            if len(turned) == PAIRS and all(turned):
                finding = Finding(effect=Effect.SEEN)
            elif len(turned) == PAIRS and not any(turned):
                finding = yield from explain_unpaired(plain, conversation(ids, [ids[0], "toolu_01stranger"]))
            else:
                note = (
                    f"with the ids exchanged the other code comes back in {turned.count(True)} of {len(turned)} tries"
                )
                finding = Finding(effect=Effect.CANNOT_TELL, note=note)
            finding = yield from unless_unsteady(run, finding, copies_codes)
    verdict = decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)
    return (yield from or_shown_again(run, verdict, lambda attempt: tells_results_apart(run, attempt), copies_codes))


def explain_not_apart(
    run: Run, both: list[Request], shows: Sequence[Callable[[Message], bool]]
) -> Conversation[Finding]:
    """Why two results are not told apart: by a model that cannot, or because something does not reach it.

    told apart in plain words   codes of two results come back, both asked for   effect
    not every time              -                                                too weak
    every time                  both                                             absent: no id is read
    every time                  else                                             lost
    """
    if not (yield from shown_plainly(run, both, shows)):
        note = "this model does not tell the two results apart, in plain words either"
        return Finding(effect=Effect.TOO_WEAK, note=note)
    apart = "the two results are told apart in plain words, and not as tool results"
    found = yield from results_that_come_back(run)
    if found == [True, True]:
        return Finding(effect=Effect.ABSENT, note=f"{apart}: the ids do not tell the model whose result is whose")
    told_of = "no result" if not any(found) else f"only the {'first' if found[0] else 'second'} of two results"
    return Finding(effect=Effect.LOST, note=f"{apart}: {told_of} reaches the model")


def unless_one_result_is_read(run: Run, verdict: Verdict) -> Conversation[Verdict]:
    """The verdict on a single result, where it is read: of several results of one turn, does every one arrive?

    codes of a second result in the   codes of two results,    both come back from   status
    conversation that rows share      both asked for           plain words
    any come back, or not answered    -                        -                     as it is
    none come back                    one comes back           yes                   partial (incomplete)
    none come back                    else                     -                     as it is
    """
    if verdict.status is not Status.SUPPORTED:
        return verdict
    scene = tool_turns_read(run)
    message = read_answer((yield {scene.role: scene.request})[scene.role]).message
    if message is None or any(code in said_anywhere(message) for code in shelf_codes(run)):
        return verdict
    found = yield from results_that_come_back(run)
    codes, request = two_results(run)
    if sum(found) != 1 or not (yield from shown_plainly(run, [request], [partial(says_all, codes=codes)])):
        return verdict
    note = f"of {len(codes)} results of one turn only the {'first' if found[0] else 'second'} is read"
    return Verdict(
        status=Status.PARTIAL, deviation=Deviation.INCOMPLETE, note=note, rests_on=(request.digest, *verdict.rests_on)
    )


def says_all(message: Message, codes: Sequence[str]) -> bool:
    return all(code in said_anywhere(message) for code in codes)


def results_that_come_back(run: Run) -> Conversation[list[bool]]:
    """Which codes of two results come back where both are asked for, in the better of TRIES tries?"""
    codes, request = two_results(run)
    best: list[bool] = [False, False]
    for attempt in range(TRIES):
        role = TWO_RESULTS if attempt == 0 else f"{TWO_RESULTS}, try {attempt + 1}"
        message = read_answer((yield {role: request.again(attempt)})[role]).message
        said = said_anywhere(message) if message is not None else ""
        best = max(best, [code in said for code in codes], key=sum)
        if all(best):
            break
    return best


def two_results(run: Run) -> tuple[list[str], Request]:
    """Two calls, a code in the result of each, and the question for both: no id is needed to answer it."""
    codes = [run.nonce(f"results/{n}") for n in range(2)]
    ids = ["toolu_01first", "toolu_01second"]
    made = [call(each, locker) for each, locker in zip(ids, ("red", "blue"), strict=True)]
    given = [result(each, f"The code in it is {code}.") for each, code in zip(ids, codes, strict=True)]
    return codes, after_tools(run, made, given, every_code(run, "your calls and their results"))


def explain_failed_blocks(run: Run, plain: Request, met: Answer, swapped: str) -> Conversation[Verdict]:
    """Calls and their results fail although no id is exchanged. This row's block is the cause where it fails alone in
    the same way, and the conversation is answered without it; else nothing is known of it."""

    def conversation(calls: list[Block], results: list[Block]) -> Request:
        return after_tools(run, calls or [text_block("I opened it.")], results, "Say OK.")

    if swapped == "calls":
        alone = conversation([call("toolu_01first", "red")], [])
    else:
        alone = conversation([], [result("toolu_01first", "The locker is open.")])
        alone = alone.with_fields(messages=without_words(alone.json["messages"]))
    bare = conversation([], [])
    asked = {"without calls and results": bare, f"the {swapped} alone": alone}
    got = yield from calibrate.ask_reliably(asked)
    without, by_itself = (read_answer(got[role]) for role in asked)
    if without.answered and not same_shape(met.problem, by_itself.problem, ()):
        note = f"calls and results fail, but not for the {swapped}: {met.problem}"
        return untested(Reason.PREREQUISITE_REFUSED, note)
    # A half of a pair is refused for being one as well.
    if met.outcome is Outcome.REFUSED and (yield from calibrate.says_so_of_anything(run, met.problem, NAMES[swapped])):
        return calibrate.of_anything(met)
    again = yield {"without calls and results": bare.again_beside(plain), CONTROL: plain.again(1)}
    second, last = (read_answer(again[role]) for role in again)
    return decide_must_accept(control=[without, second], treatment=[met, last])


def explain_unpaired(paired: Request, orphan: Request) -> Conversation[Finding]:
    """Exchanged ids change nothing for a model that tells results apart: are ids checked, at least?"""
    got = yield from calibrate.ask_reliably({"a result of no call": orphan})
    answer = read_answer(got["a result of no call"])
    told = yield from validated(answer, "a result of no call", good=paired, given=orphan)
    if told is not None:
        return told
    note = "the answer is the same when the ids are exchanged, and a result of no call is accepted"
    return Finding(effect=Effect.ABSENT, note=note)
