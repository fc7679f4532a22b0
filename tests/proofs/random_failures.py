"""What an honest endpoint is falsely said to do where some of its answers fail by chance, whatever they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from conformance.probing.verdict import Verdict
from conformance.protocol.status import Reason, Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from tests.in_process import KEY, verdicts
from tests.random_faults import KINDS, Failing, Hit, by_chance, every

SHARES = (0.1, 0.3)
SEEDS = range(10)
TURNS = (6, 7, 9, 40)
"""Every so many requests one fails."""

Case = tuple[str, str, float]
"""A kind of failure, and when it comes: a seed of chance with a share, or every so many requests."""


def cases() -> list[Case]:
    """All that is proven."""
    chance = [(kind, f"chance {seed}", share) for kind in KINDS for share in SHARES for seed in SEEDS]
    return [*chance, *((kind, "every", float(turn)) for kind in KINDS for turn in TURNS)]


def _hit(when: str, often: float) -> Hit:
    return every(int(often)) if when == "every" else by_chance(often, int(when.removeprefix("chance ")))


@cache
def honest() -> Mapping[str, Status]:
    """What every row comes to where nothing fails."""
    found = verdicts(create_app(api_key=KEY), model=DEFAULT_MODELS[0], everywhere=True)
    return {row: verdict.status for row, verdict in found.items()}


def run_of(case: Case) -> Mapping[str, Verdict]:
    """One whole run."""
    kind, when, often = case
    app = Failing(create_app(api_key=KEY), kind, _hit(when, often))
    return verdicts(app, model=DEFAULT_MODELS[0], everywhere=True)


def false_words(case: Case) -> list[str]:
    """The rows of one run that are neither as they are where nothing fails nor untested, or whose model is blamed."""
    return [
        f"{' '.join(map(str, case))}: {row} is {verdict.status} ({verdict.deviation or verdict.reason}): {verdict.note}"
        for row, verdict in run_of(case).items()
        if verdict.status is not honest()[row]
        and (verdict.status is not Status.UNTESTED or verdict.reason is Reason.MODEL_TOO_WEAK)
    ]
