"""A prompt that is longer than the model's context: asked on request alone, for it costs a whole context."""

from __future__ import annotations

import re
from dataclasses import replace

from conformance.option_names import LONG_PROMPT
from conformance.probing import calibrate
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.model_list import models_request
from conformance.probing.probes import Refusal
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.answer import Answer, describe_error, prompt_total, read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Reason, Status
from conformance.rows.errors.refusals import INVALID
from conformance.rows.shared import sources

FIRST_RUNG = 8_000
GROWTH = 4
LAST_RUNG = 3_000_000
"""Tokens: where no limit is known, prompts grow by GROWTH from the first rung; none is longer than the last."""

BEYOND = 1.3
"""How far beyond a known limit is asked: the tokens of a prompt are only estimated."""

LETTERS_A_TOKEN = 4.5
"""Of plain English, where the endpoint's own counts do not tell."""

CLIENT_WORDS = re.compile(r"prompt is too long", re.IGNORECASE)
"""What Claude Code looks for, to compact the conversation and go on."""


@row(
    "errors.prompt_too_long",
    "MUST answer an over-long prompt with 400 saying that the prompt is too long "
    "(only on request: it costs a full context)",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.ERRORS,
)
def prompt_too_long(run: Run) -> Conversation[Verdict]:
    """Prompts grow until one is not answered.

    a prompt of some length                             status
    answered, counted as less than half of it, twice    broken: it is cut silently
    answered, and none longer is asked                  untested (never_exercised)
    not done in time, where no limit is known           untested (cannot_tell)
    refused, limited, crashed                           as decide_must_refuse
    """
    if not run.long_prompt:
        note = f"not asked, for it costs a whole context: --{LONG_PROMPT} asks it"
        return untested(Reason.NOT_ASKED, note)
    limit = yield from stated_limit(run)
    letters = yield from letters_a_token(run)
    tokens, longest = round(limit * BEYOND) if limit else FIRST_RUNG, 0
    while tokens <= LAST_RUNG:
        request = prompt_of(run, round(tokens * (letters or LETTERS_A_TOKEN)))
        role = f"a prompt of about {tokens:,} tokens"
        exchange = (yield {role: request})[role]
        answer = read_answer(exchange)
        if not limit and slow(exchange):
            return untested(Reason.CANNOT_TELL, f"{role} is not done in time: {answer.problem}")
        if not answer.answered:
            control = calibrate.baseline(run)
            refusal = Refusal(control=control, bad={role: request}, stated=stated, missed=missed)
            verdict = yield from refusal.ask(run)
            return replace(verdict, note=f"{role}: {verdict.note}" if verdict.note else "")
        if letters:
            cut = yield from silently_cut(role, request, answer, tokens)
            if cut is not None:
                return cut
        longest, tokens = tokens, tokens * GROWTH
    asked = f"a prompt of about {longest:,} tokens is answered" if longest else f"the limit is {limit:,} tokens"
    return untested(Reason.NEVER_EXERCISED, f"{asked}, and none longer than {LAST_RUNG:,} is asked")


def stated(exchange: Exchange) -> bool:
    """Is the prompt refused for its length, in the words that clients look for?"""
    return INVALID.matches(exchange) and bool(CLIENT_WORDS.search(describe_error(exchange)))


def missed(exchange: Exchange) -> str:
    """What the refusal lacks, in words."""
    if not INVALID.matches(exchange):
        return INVALID.missed(exchange)
    return f"{describe_error(exchange)} (clients look for the words “prompt is too long”)"


def stated_limit(run: Run) -> Conversation[int | None]:
    """What /v1/models gives as the longest prompt of this model; None where it does not say."""
    got = yield {"the models": models_request(run)}
    body = got["the models"].json
    data = body.get("data") if isinstance(body, dict) else None
    for entry in data if isinstance(data, list) else ():
        if isinstance(entry, dict) and entry.get("id") == run.model:
            limit = entry.get("max_input_tokens")
            return limit if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0 else None
    return None


def letters_a_token(run: Run) -> Conversation[float | None]:
    """How many letters of the filler this endpoint counts as a token; None where its usage does not count prompts."""
    if not (yield from calibrate.counts_the_prompt(run)):
        return None
    short, long = calibrate.baseline(run), calibrate.longer(run)
    got = yield from calibrate.ask_reliably({"baseline": short, "a longer prompt": long})
    totals = [calibrate.total_of(exchange) or 0 for exchange in got.values()]
    return (len(long.body) - len(short.body)) / (totals[1] - totals[0])


def prompt_of(run: Run, letters: int) -> Request:
    """A prompt of this many letters, and a few."""
    return run.message(f"{calibrate.FILLER * (letters // len(calibrate.FILLER) + 1)}\nSay OK.", max_tokens=32)


SLOW = ("HTTP 408", "HTTP 504", "HTTP 524")
"""How a gateway says that the model took too long."""


def slow(exchange: Exchange) -> bool:
    """Was the time too short? A prompt that fits the context may take long, and that is no refusal."""
    return (exchange.failure or "").startswith("timeout") or read_answer(exchange).problem.startswith(SLOW)


def silently_cut(role: str, request: Request, answer: Answer, tokens: int) -> Conversation[Verdict | None]:
    """A prompt that is answered, but counted as a part of it: asked again before that is believed."""
    again = f"{role}, again"
    totals = [prompt_total(answer.message or {})]
    if not cut_short(totals[0], tokens):
        return None
    totals.append(calibrate.total_of((yield {again: request.again(1)})[again]))
    if not cut_short(totals[1], tokens):
        return untested(Reason.UNSTABLE, f"{role} is counted as {totals[0]} tokens once, and then as {totals[1]}")
    note = f"{role} is answered instead of refused, and counted as {totals[0]:,}: it is cut silently"
    return Verdict(status=Status.BROKEN, note=note)


def cut_short(total: int | None, tokens: int) -> bool:
    return total is not None and total * 2 < tokens
