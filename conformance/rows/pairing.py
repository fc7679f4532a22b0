"""Whether calls and their results are paired by id."""

from __future__ import annotations

from conformance import calibrate
from conformance.alike import same_shape
from conformance.answer import Answer, Outcome, read_answer, said_anywhere, text_of
from conformance.exchange import Request
from conformance.look import ask_again, or_shown_again, unless_unsteady
from conformance.pair import CONTROL, TREATED, Message, ask_pair
from conformance.rows.tool_turns import LOCKERS, NAMED, PAIRS, Block, after_tools, call, result, told
from conformance.run import Run, Steps
from conformance.skills import ask_skill, copies_codes, tries_of
from conformance.status import Reason
from conformance.verdict import Effect, Sighting, Verdict, decide_must_accept, untested

AT_ONCE = f"{len(LOCKERS)} calls, and their results in another order"


def tells_results_apart(run: Run, attempt: int = 0) -> Steps[Answer | None]:
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


def pairs_by_id(run: Run, *, swapped: str) -> Steps[Verdict]:
    """Two calls and their results, once as they belong and once with the ids of one side exchanged: only the ids
    tell whose result is whose, so the answer must change with them. Asked only where the results of many calls are not
    told apart at once.

    both lockers right before,   answers with exchanged ids      an orphan id    effect
      twice each
    not all answered             -                               -               cannot tell
    no                           -                               -               too weak
    yes                          the other code, PAIRS times     -               seen
    yes                          now one code, now the other     -               cannot tell
    yes                          never the other code            refused         not visible: validated only
    yes                          never the other code            fails           cannot tell
    yes                          never the other code            accepted        absent
    """
    apart_at_once = yield from tells_results_apart(run)
    if apart_at_once is not None:
        return decide_must_accept(control=[], treated=[apart_at_once], sighting=Sighting(effect=Effect.SEEN))
    codes = [run.nonce(f"pairs/{n}") for n in range(2)]
    ids = ["toolu_01first", "toolu_01second"]

    def conversation(call_ids: list[str], result_ids: list[str], locker: str = "red") -> Request:
        calls = [call(each, name) for each, name in zip(call_ids, ("red", "blue"), strict=True)]
        results = [result(each, f"The code in it is {code}.") for each, code in zip(result_ids, codes, strict=True)]
        question = f"What is the code in the {locker} locker? Reply with the code only."
        return after_tools(run, calls, results, question)

    def names(message: Message | None, number: int) -> bool:
        said = said_anywhere(message) if message is not None else ""
        return codes[number] in said and codes[1 - number] not in said

    plain, exchanged = conversation(ids, ids), ids[::-1]
    treated = conversation(exchanged, ids) if swapped == "calls" else conversation(ids, exchanged)
    pair = yield from ask_pair(plain, treated, role="with the ids exchanged")
    if pair.control[0].outcome in (Outcome.REFUSED, Outcome.BROKEN):
        return (yield from explain_failed_blocks(run, plain, pair.control[0], swapped))
    sighting = Sighting(effect=Effect.CANNOT_TELL)
    if pair.accepted:
        tries = {
            "the one locker, try 2": plain.again(1),
            **tries_of("the other locker", conversation(ids, ids, "blue"), times=2),
        }
        apart = yield from ask_skill(
            "tells two results apart", tries, lambda role, message: names(message, int("other" in role))
        )
        if apart.tries < len(tries):
            note = "the question about the other locker was not answered every time"
            sighting = Sighting(effect=Effect.CANNOT_TELL, note=note)
        elif not (apart.steady and names(pair.messages[0], 0)):
            note = "this model does not tell the two results apart, whatever their ids"
            sighting = Sighting(effect=Effect.TOO_WEAK, note=note)
        else:
            more = yield from ask_again(TREATED, treated, PAIRS - 1)
            turned = [names(message, 1) for message in (pair.messages[1], *more)]
            if len(turned) == PAIRS and all(turned):
                sighting = Sighting(effect=Effect.SEEN)
            elif len(turned) == PAIRS and not any(turned):
                sighting = yield from explain_unpaired(conversation(ids, [ids[0], "toolu_01stranger"]))
            else:
                note = (
                    f"with the ids exchanged the other code comes back in {turned.count(True)} of {len(turned)} tries"
                )
                sighting = Sighting(effect=Effect.CANNOT_TELL, note=note)
            sighting = yield from unless_unsteady(run, sighting, copies_codes)
    verdict = decide_must_accept(control=pair.control, treated=pair.treated, sighting=sighting)
    return (yield from or_shown_again(run, verdict, lambda attempt: tells_results_apart(run, attempt), copies_codes))


def explain_failed_blocks(run: Run, plain: Request, met: Answer, swapped: str) -> Steps[Verdict]:
    """Calls and their results fail although no id is exchanged. This row's block is the cause where it fails alone in
    the same way, and the conversation is answered without it; else nothing is known of it."""

    def conversation(calls: list[Block], results: list[Block]) -> Request:
        return after_tools(run, calls or [told("I opened it.")], results, "Say OK.")

    if swapped == "calls":
        alone = conversation([call("toolu_01first", "red")], [])
    else:
        alone = conversation([], [result("toolu_01first", "The locker is open.")])
    bare = conversation([], [])
    asked = {"without calls and results": bare, f"the {swapped} alone": alone}
    got = yield from calibrate.ask_steadily(asked)
    without, by_itself = (read_answer(got[role]) for role in asked)
    if without.answered and not same_shape(met.problem, by_itself.problem, ()):
        note = f"calls and results fail, but not for the {swapped}: {met.problem}"
        return untested(Reason.PREREQUISITE_REFUSED, note)
    again = yield {"without calls and results": bare.again_beside(plain), CONTROL: plain.again(1)}
    second, last = (read_answer(again[role]) for role in again)
    return decide_must_accept(control=[without, second], treated=[met, last])


def explain_unpaired(orphan: Request) -> Steps[Sighting]:
    """Exchanged ids change nothing for a model that tells results apart: are ids checked, at least?"""
    got = yield from calibrate.ask_steadily({"a result of no call": orphan})
    answer = read_answer(got["a result of no call"])
    if answer.outcome is Outcome.REFUSED:
        return Sighting(effect=Effect.NOT_VISIBLE, note="validated only: a result of no call is refused")
    if not answer.answered:
        return Sighting(effect=Effect.CANNOT_TELL, note=f"a result of no call: {answer.problem}")
    note = "the answer is the same when the ids are exchanged, and a result of no call is accepted"
    return Sighting(effect=Effect.ABSENT, note=note)
