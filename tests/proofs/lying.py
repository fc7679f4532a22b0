"""Judges rows on an endpoint that lies about one of them, and says what is wrong with the verdicts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from conformance.lies import Lie
from conformance.measure.judge import Evidence
from conformance.probing.run import Run
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.reference.endpoint import MOST_PROMPT_TOKENS
from conformance.report.curl import decisive
from conformance.rows import BY_ID
from tests.in_process import KEY, judged_with_logs, verdicts
from tests.proofs.reach import reached
from tests.proofs.showing import unshown

SHARE = 30
"""One in so many of the other rows that a lie can reach is looked at beside it where not all are."""

SEEDS = 12
"""So many different seeds are used, a lie having one of them."""

LONG_ROW, SMALL_CONTEXT = "errors.prompt_too_long", 20_000


@cache
def honest() -> dict[str, Status]:
    """What every row comes to where nobody lies."""
    found = verdicts(create_app(api_key=KEY), model=DEFAULT_MODELS[0])
    return {row: verdict.status for row, verdict in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What came of one lie: why its own row is not judged rightly, and which other rows moved unforeseen."""

    lie: Lie
    missed: str
    moved: tuple[str, ...]


def seed_of(lie: Lie) -> int:
    """Another seed for each lie, so that no wording or code is what tells it."""
    return random.Random(lie.id).randint(1, SEEDS)


def auth_of(lie: Lie) -> str:
    """Where the key goes: one that is no longer read in one header must go into the other."""
    return "bearer" if lie.row == "headers.x_api_key" else "x-api-key"


def looked_at(lie: Lie, *, whole: bool) -> list[str]:
    """The rows that are judged under a lie: its own, those of its collateral, and of the others all that it can reach,
    or a seeded share of them."""
    own = [lie.row, *lie.moves]
    others = [row for row in reached(lie, seed=seed_of(lie), auth=auth_of(lie)) if row not in own]
    if not whole:
        others = random.Random(f"others/{lie.id}").sample(others, len(others) // SHARE)
    return own + others


def judged_under(lie: Lie, *, whole: bool) -> Mapping[str, Verdict]:
    """Tells the lie and judges."""
    # The row that needs a whole context is asked where its own lies are told, before a model with a small one.
    long = lie.row == LONG_ROW
    app = create_app(api_key=KEY, acts=[lie.act], context=SMALL_CONTEXT if long else MOST_PROMPT_TOKENS)
    rows = [BY_ID[row] for row in looked_at(lie, whole=whole)]
    return verdicts(app, model=DEFAULT_MODELS[0], rows=rows, seed=seed_of(lie), auth=auth_of(lie), long_prompt=long)


def prove(lie: Lie, *, whole: bool) -> Proof:
    """What is wrong with the verdicts under a lie."""
    found = judged_under(lie, whole=whole)
    own = found[lie.row]
    told = f"{own.status} ({own.deviation or own.reason or ''}): {own.note}"
    missed = ""
    if own.status != lie.status or (own.deviation or own.reason or "") != lie.code:
        missed = f"due {lie.status} ({lie.code}), is {told}"
    elif not re.search(lie.note, own.note):
        missed = f"the note does not match {lie.note!r}: {own.note!r}"
    due = {**honest(), **lie.moves}
    moved = tuple(
        f"{row}: {verdict.status}, due {due[row]} ({verdict.note})"
        for row, verdict in found.items()
        if row != lie.row and verdict.status != due[row]
    )
    return Proof(lie=lie, missed=missed, moved=moved)


def moved_by(lie: Lie) -> dict[str, str]:
    """The other rows that a lie changes, with what each comes to. A line of its collateral that is right stays, if it
    says that a row does not change."""
    found = judged_under(lie, whole=True)
    return {
        row: str(verdict.status)
        for row, verdict in found.items()
        if row != lie.row and (verdict.status != honest()[row] or verdict.status == lie.moves.get(row))
    }


def unshown_under(lie: Lie) -> str:
    """Why the request that is printed beside the lie's own row does not show its finding; empty where it does."""
    long = lie.row == LONG_ROW
    app = create_app(api_key=KEY, acts=[lie.act], context=SMALL_CONTEXT if long else MOST_PROMPT_TOKENS)
    run = Run(seed=seed_of(lie), model=DEFAULT_MODELS[0], auth=auth_of(lie), long_prompt=long)
    verdict, log = judged_with_logs(app, run, [BY_ID[lie.row]])[lie.row]
    evidence = [Evidence(role="asked", exchange=exchange) for exchange in log]
    return unshown(lie.row, verdict, decisive(evidence, verdict.rests_on))


def complaints(proofs: Iterable[Proof]) -> list[str]:
    """One line for everything that is wrong."""
    return [
        f"{proof.lie.id}: {problem}"
        for proof in proofs
        for problem in ([proof.missed] if proof.missed else []) + [f"moves {row}" for row in proof.moved]
    ]
