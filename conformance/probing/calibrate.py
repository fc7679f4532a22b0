"""What must be known of an endpoint and its model before a row can be judged.

Each question here is asked once a run and shared by all rows that need it; a row's cassette holds those it needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.probing.refusals import same_shape
from conformance.probing.run import Conversation, Dialect, Run
from conformance.probing.verdict import CONTROL_REASONS, Verdict, untested
from conformance.protocol.answer import Answer, Outcome, prompt_total, read_answer, text_of
from conformance.protocol.exchange import Exchange, Json, Request
from conformance.protocol.status import Reason

THINKING_ON = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
THINKING_OFF = {"thinking": {"type": "disabled"}}

DIALECTS = (
    Dialect(),
    Dialect(fields=THINKING_OFF, note="thinking is disabled in every request: without that there is no answer"),
    Dialect(
        headroom=4096,
        fields=THINKING_ON,
        note="thinking is enabled in every request and 4,096 tokens are added to every limit: without that there "
        "is no answer",
    ),
    Dialect(streamed=True, note="every request is streamed: this endpoint answers no other way"),
)
"""Tried in this order until a bare message is answered in words."""

FILLER = (
    "The harbour town keeps a ledger of every boat that enters the bay, with the weight of the catch, the hour of "
    "landing and the name of the skipper, and at the end of each month the clerk adds the columns by hand. "
)


def baseline(run: Run) -> Request:
    """The bare message that everything else is compared with."""
    return run.message("Say OK.", max_tokens=32)


def negotiate_dialect(run: Run) -> Conversation[Run | Verdict]:
    """The run in the dialect that this endpoint answers; a verdict where it answers none."""
    first: Answer | None = None
    silent = False
    for dialect in DIALECTS:
        if silent and not dialect.streamed:
            continue  # what got no whole answer in time would only cost as much time again
        candidate = replace(run, dialect=dialect)
        got = yield from ask_reliably({"baseline": baseline(candidate)})
        answer = read_answer(got["baseline"])
        first = first or answer
        silent = (got["baseline"].failure or "").startswith("timeout")
        if answer.message is not None and text_of(answer.message).strip():
            return candidate
        if answer.outcome in (Outcome.LOCKED, Outcome.WAITING, Outcome.UNREACHABLE):
            return untested(CONTROL_REASONS[answer.outcome], f"a bare message is not answered: {answer.problem}")
    assert first is not None
    problem = first.problem or "no text in the answer"
    return untested(Reason.CONTROL_REFUSED, f"no form of a bare message is answered: {problem}", first)


SECOND_TRY = 50
"""Added to `attempt` when a request is asked again because it failed, so that it meets no try of a row's own."""


def ask_reliably(asked: Mapping[str, Request]) -> Conversation[dict[str, Exchange]]:
    """Asks, and asks a second time what failed but for the endpoint's word (5xx, cut): one bad moment of a gateway
    must not decide what is known of an endpoint. A hang is not asked again: it costs the whole time limit."""
    got = dict((yield asked))
    failed = [
        role
        for role, exchange in got.items()
        if read_answer(exchange).outcome is Outcome.BROKEN and not (exchange.failure or "").startswith("timeout")
    ]
    if failed:
        got.update((yield {role: asked[role].again(asked[role].attempt + SECOND_TRY) for role in failed}))
    return got


def answered_message(exchange: Exchange) -> Mapping[str, Any] | None:
    """The Message of an exchange; None where it was not answered."""
    return read_answer(exchange).message


def longer(run: Run) -> Request:
    """The bare message with some hundred words before it: what a count must grow with."""
    return run.message(f"{FILLER * 2}\nSay OK.", max_tokens=32)


def counts_the_prompt(run: Run) -> Conversation[bool | None]:
    """Is usage a witness: does the prompt's total grow with the prompt, and not with a field that is no prompt?

    Gateways that count the raw JSON, repeat a constant or report zero give False; None where it could not be seen.
    """
    plain = baseline(run)
    inert = plain.with_fields(metadata={"user_id": "u" * 240})
    asked = {"baseline": plain, "a longer prompt": longer(run), "a long field that is no prompt": inert}
    got = yield from ask_reliably(asked)
    if not all(read_answer(got[role]).answered for role in ("baseline", "a longer prompt")):
        return None
    short, long, with_inert = (total_of(got[role]) for role in asked)
    if short is None or long is None or short <= 0 or long - short < 40:
        return False
    # A refused metadata field says nothing about counting.
    return with_inert is None or abs(with_inert - short) < 10


def total_of(exchange: Exchange) -> int | None:
    """The prompt's total in usage; None where there is no answer or no count."""
    message = answered_message(exchange)
    return None if message is None else prompt_total(message)


def with_unknown_field(run: Run, value: Json = "x") -> tuple[str, Request]:
    """The name of a top-level field that no documentation knows, and the bare message with it."""
    name = run.name("unknown-field", "zz_field")
    return name, baseline(run).with_fields(**{name: value})


def unknown_field(run: Run, value: Json = "x") -> Conversation[Answer]:
    """How this endpoint meets a top-level field that no documentation knows; `value` as the known field has it."""
    _, request = with_unknown_field(run, value)
    got = yield from ask_reliably({"an unknown field": request})
    return read_answer(got["an unknown field"])


def unknown_block(run: Run) -> Conversation[Answer]:
    """How this endpoint meets a content block of a type that no documentation knows."""
    kind = run.name("unknown-block", "zz_block")
    content = [{"type": kind, "data": "x"}, {"type": "text", "text": "Say OK."}]
    got = yield from ask_reliably({"an unknown block": run.message(content, max_tokens=32)})
    return read_answer(got["an unknown block"])


def says_so_of_anything(run: Run, problem: str, names: Sequence[str] = ()) -> Conversation[bool]:
    """Is a request without messages, which every endpoint must refuse, refused in these very words? Then the words tell
    nothing of what was refused. Not asked where they name it (`names`)."""
    if any(name.casefold() in problem.casefold() for name in names if name):
        return False
    role = "without messages"
    got = yield from ask_reliably({role: baseline(run).without_fields("messages")})
    met = read_answer(got[role])
    return met.outcome is Outcome.REFUSED and same_shape(problem, met.problem, ())


def of_anything(answer: Answer) -> Verdict:
    """The verdict where a refusal is all that is known, and its words are those for any bad request."""
    note = f"refused in the words that this endpoint has for any bad request: {answer.problem}"
    return untested(Reason.NOT_ATTRIBUTABLE, note, answer)


SAMPLES = 3


def sample_prompt(run: Run) -> str:
    """A question whose honest answer differs every time."""
    return run.wording(
        "sample",
        "Write one random 20-digit number. Reply with the number only.",
        "Choose a random number with twenty digits and answer with nothing but that number.",
    )


def sample(run: Run, **fields: Json) -> Request:
    """The request that asks that question."""
    return run.message(sample_prompt(run), max_tokens=40, **fields)


def samples(
    run: Run, label: str, *, first: int = 0, count: int = SAMPLES, **fields: Json
) -> Conversation[list[Exchange]]:
    """The same request, asked `count` times, counted from `first`."""
    request = sample(run, **fields)
    asked = {f"{label} ({n + 1})": request.again(n) for n in range(first, first + count)}
    got = yield asked
    return [got[role] for role in asked]


def texts_of(exchanges: list[Exchange]) -> list[str] | None:
    """The texts of answers to the same question; None where one was not answered."""
    messages = [answered_message(each) for each in exchanges]
    if any(message is None for message in messages):
        return None
    return [text_of(message).strip() for message in messages if message is not None]


def free_sampling(run: Run) -> Conversation[dict[str, Json]]:
    """The fields under which this model's answers vary: none where they vary by themselves, else temperature 1
    (some engines start at temperature 0), where that is accepted."""
    bare = texts_of((yield from samples(run, "sampled bare")))
    if bare is not None and len(set(bare)) >= 3:
        return {}
    hot = texts_of((yield from samples(run, "sampled with temperature 1", temperature=1)))
    return {"temperature": 1} if hot is not None else {}
