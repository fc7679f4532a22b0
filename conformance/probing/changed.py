"""Whether the endpoint that a run ended at is the one that it began at: a deployment on the way is said, not judged.

What was asked early with tools, with a system prompt and with thinking is asked once more at the end, one question
each: three requests of an honest run. A model may answer otherwise each time. So a difference counts only where one
question after the other shows it, and where the run itself does not show it come and go.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from conformance.probing.run import Conversation
from conformance.probing.unsteady import failure_of, question_of
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.answer import Outcome, blocks, prompt_total, read_answer, usage_number
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Reason

LEAST = 100
"""Exchanges of a run below which nothing is asked again: it is over too soon to meet a deployment."""

TRIES = 4
"""So often a question must differ in the same way: where a model wavers, that is one run of some hundreds."""

OF_MODEL = frozenset({"called", "thought"})
"""The differences that a model may bring about now and then."""

SLACK = 2
"""Tokens by which a count of the same prompt may move: a template may tell the date."""

LONGEST = 6 * 1024
"""Bytes of a request that is asked again."""

FIRST_TRY = 2_000_000
"""The `attempt` of such a question: it meets no try of a row's own, and no bare message of `pulse.py`."""

OF_STORES = (b'"file_id"', b'"container"', b'"url"', b'"cache_control"')
"""Requests with these say another thing later: what they name may be gone."""

Body = Mapping[str, Any]

WITH: Mapping[str, Callable[[Body], bool]] = {
    "tools": lambda body: bool(body.get("tools")),
    "a system prompt": lambda body: bool(body.get("system")),
    "thinking": lambda body: isinstance(body.get("thinking"), dict) and body["thinking"].get("type") == "enabled",
}


def look_again(exchanges: Sequence[Exchange]) -> Conversation[str]:
    """Asks again what was asked early, and gives what differs now; empty where nothing does that no model explains.

    at the end                                           TRIES times, of one or     TRIES times, of so many
                                                         two questions              different questions
    refused in words that did not come and go, its
      prompt counted otherwise, or another model named   changed                    -
    with a tool call or thinking that it had not, or
      without one that it had                            nothing                    changed
    """
    rows = Counter(each.request.identity for each in exchanges)
    asked = {each.request.identity: each for each in exchanges}.values()
    half = sorted(each.after for each in asked)[len(asked) // 2] if asked else 0
    # Those that most rows share: they are the same in every run.
    fit = sorted(filter(may_be_asked_again, asked), key=lambda each: -rows[each.request.identity])
    early = [each for each in fit if each.after < half]
    steady, one_name = counts_steadily(exchanges), named_steadily(exchanges)
    shown = []
    for name, has in WITH.items():
        differing: Counter[str] = Counter()
        words: dict[str, str] = {}
        questions = list({question_of(each.request): each for each in early if has(each.request.json)}.values())[:TRIES]
        for number in range(TRIES if questions else 0):
            # The first two may lie before the change where later ones do not; a model needs as many as there are.
            at_once = differing.keys() - OF_MODEL
            before = questions[number % min(2, len(questions)) if at_once else number % len(questions)]
            role = f"asked again, with {name}"
            now = (yield {role: before.request.again(FIRST_TRY + number)})[role]
            met = differences(before, now, steady=steady, one_name=one_name)
            if "refused" in met and came_and_went(exchanges, failure_of(now), has):
                met = {}
            words |= met
            differing.update(kind for kind in met if kind not in OF_MODEL or (number < len(questions) and not at_once))
            if number not in (count - 1 for count in differing.values()):
                break
        shown += [f"a question with {name} is {words[kind]}" for kind, count in differing.items() if count == TRIES]
    return f"the endpoint changed during the run: {'; '.join(shown)}" if shown else ""


UNDER_WAY = 16
"""So many requests may be on their way at once: within that, which came first is not known."""


def came_and_went(exchanges: Sequence[Exchange], words: str, has: Callable[[Body], bool]) -> bool:
    """Was a question of this kind answered after something had failed in these words? Then they come and go."""
    failed = [each.after for each in exchanges if failure_of(each) == words]
    answered = [each.after for each in exchanges if may_be_asked_again(each) and has(each.request.json)]
    return bool(failed) and any(after > min(failed) + UNDER_WAY for after in answered)


def may_be_asked_again(exchange: Exchange) -> bool:
    """Was it answered, and does it say the same whenever it is asked?"""
    request = exchange.request
    named = any(word in request.body for word in OF_STORES)
    short = request.is_message and len(request.body) <= LONGEST and not named
    return short and isinstance(request.json, dict) and read_answer(exchange).answered


def differences(before: Exchange, now: Exchange, *, steady: bool, one_name: bool = True) -> dict[str, str]:
    """In which ways the same question is answered otherwise, each in words; empty for none, and where a crash or a
    limit keeps the answer away. Counts are compared where they are `steady`, the model's name where it changes once at
    most (`one_name`)."""
    first, second = read_answer(before), read_answer(now)
    if second.outcome is Outcome.REFUSED:
        return {"refused": f"answered at first and refused at the end ({second.problem})"}
    if first.message is None or second.message is None:
        return {}
    told = {}
    counts, counts_now = prompt_counts(first.message), prompt_counts(second.message)
    if steady and counts and counts_now and differ(counts, counts_now):
        told["counted"] = f"counted as {counts[-1]:,} tokens of prompt at first and as {counts_now[-1]:,} at the end"
    names = [each.get("model") for each in (first.message, second.message)]
    if one_name and all(names) and names[0] != names[1]:
        told["named"] = f"answered as {names[0]} at first and as {names[1]} at the end"
    kinds = {"called": ("a tool call", "tool_use"), "thought": ("thinking", "thinking")}
    for kind, (words, block) in kinds.items():
        had, has = (bool(blocks(each, block)) for each in (first.message, second.message))
        if had != has:
            told[kind] = f"answered {_with(had)} {words} at first and {_with(has)} it at the end"
    return told


def _with(there: bool) -> str:
    return "with" if there else "without"


def prompt_counts(message: Mapping[str, Any]) -> tuple[int, ...]:
    """The prompt's tokens as an endpoint may count them: with what came from a cache left out of input_tokens, or held
    in it already. Empty where it counts none."""
    total = usage_number(message, "input_tokens") or 0
    read = usage_number(message, "cache_read_input_tokens") or 0
    whole = prompt_total(message) or 0
    return (total, total + read, whole) if whole else ()


def differ(first: Sequence[int], second: Sequence[int]) -> bool:
    """Are these counts of the same prompt different, however the cache is counted?"""
    return all(abs(one - other) > SLACK for one, other in zip(first, second, strict=True))


def messages_in_order(exchanges: Sequence[Exchange]) -> Iterator[tuple[Exchange, Body]]:
    """Each exchange that was answered with a Message, once, in the order of sending."""
    for each in sorted({each.request.identity: each for each in exchanges}.values(), key=lambda each: each.after):
        message = read_answer(each).message if each.request.is_message else None
        if message is not None:
            yield each, message


def named_steadily(exchanges: Sequence[Exchange]) -> bool:
    """Does the model's name in the answers to one question go to another one at most once? Behind a router it comes
    and goes."""
    named: dict[str, list[str]] = defaultdict(list)
    for each, message in messages_in_order(exchanges):
        if message.get("model"):
            named[str(each.request.json.get("model"))].append(str(message["model"]))
    return all(sum(one != other for one, other in pairwise(names)) < 2 for names in named.values())


def counts_steadily(exchanges: Sequence[Exchange]) -> bool:
    """Does no question's count go from one number to another and back? Routers to several engines count so."""
    counted: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for each, message in messages_in_order(exchanges):
        counts = prompt_counts(message)
        if counts:
            counted[question_of(each.request)].append(counts)
    return all(sum(differ(*pair) for pair in pairwise(counts)) < 2 for counts in counted.values())


OF_NO_ANSWER = (
    *(Reason.UNREACHABLE, Reason.KEY_REFUSED, Reason.RATE_LIMITED, Reason.BUDGET, Reason.NO_CASSETTE),
    *(Reason.NOT_ASKED, Reason.NOT_APPLICABLE, Reason.INTERNAL_ERROR),
)
"""Why a row may be untested that says nothing of what the endpoint answered, or the model."""


def of_one_endpoint(verdict: Verdict, changed: str) -> Verdict:
    """The verdict on a row of a run. Where its endpoint changed (`changed` says how), any word on it or on the model
    may rest on the one half or on both: there is none."""
    if not changed or verdict.reason in OF_NO_ANSWER:
        return verdict
    word = f"{verdict.status.value}{f' ({verdict.reason.value})' if verdict.reason else ''}"
    return untested(Reason.CHANGED, f"{changed}; judged all the same: {word}", *verdict.rests_on)
