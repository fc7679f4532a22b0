"""Judges rows where the model is weak, noisy or odd: nothing that the model does may be told of the endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette

from conformance.lies import LIES, Lie
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Deviation, Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.reference.model.temper import TEMPERS
from conformance.reference.transforms import Act, answer_put
from conformance.rows import BY_ID
from tests.in_process import KEY, verdicts
from tests.proofs.lying import honest

SEEDS = range(1, 21)

DEAF_SEEDS = SEEDS[::5]
"""Of deaf endpoints there are 4,774, each with a model of its own: more of them tell more than more seeds."""

UNDER_ANOTHER_NAME = "goes_by_another_name"
ODD_MODELS = (*TEMPERS, UNDER_ANOTHER_NAME)

JUSTIFIED: dict[tuple[str, str], tuple[Status, Deviation | None]] = {
    (UNDER_ANOTHER_NAME, "fields.model"): (Status.PARTIAL, Deviation.RENAMED),
    ("thinks_although_disabled", "fields.thinking.disabled"): (Status.IGNORED, None),
    # An endpoint that leaves thinking in the text gives no block of it, whatever is asked for.
    ("thinks_in_the_text", "response.text_clean"): (Status.BROKEN, None),
    ("thinks_in_the_text", "fields.thinking"): (Status.IGNORED, None),
    ("thinks_in_the_text", "fields.thinking.adaptive"): (Status.ACCEPTED, None),
}
"""What an odd model's answers do show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseVerdict:
    """A verdict that the endpoint does not deserve."""

    model: str
    seed: int
    row: str
    lie: str
    told: str

    def __str__(self) -> str:
        where = f" under {self.lie}" if self.lie else ""
        return f"{self.model}, seed {self.seed}{where}: {self.row} is {self.told}"


def odd_endpoint(model: str, lie: Lie | None = None) -> Starlette:
    """An endpoint that keeps every rule, but for the lie, before an odd model."""
    acts = [lie.act] if lie else []
    if model == UNDER_ANOTHER_NAME:
        acts.append(Act("model", model, (answer_put("model", "another-7b-instruct"),)))
        return create_app(api_key=KEY, acts=acts)
    return create_app(api_key=KEY, acts=acts, temper=model)


def judged(model: str, seed: int) -> Mapping[str, Verdict]:
    """Every row's verdict on an honest endpoint before an odd model."""
    return verdicts(odd_endpoint(model), model=DEFAULT_MODELS[0], seed=seed, everywhere=True)


def false_verdicts(model: str, seed: int, found: Mapping[str, Verdict]) -> list[FalseVerdict]:
    """What is said of an honest endpoint that is not so. That nothing is known is never false."""
    return [
        FalseVerdict(model=model, seed=seed, row=row, lie="", told=_told(verdict))
        for row, verdict in found.items()
        if verdict.status not in (honest()[row], Status.UNTESTED)
        and (verdict.status, verdict.deviation) != JUSTIFIED.get((model, row))
    ]


def deaf_lies() -> list[Lie]:
    """The lies under which a row's field, block or tool is taken and not heard."""
    return [lie for lie in LIES if lie.status == Status.IGNORED]


def names_a_limit(lie: Lie) -> bool:
    """Is a lie told of requests with certain limits alone?"""
    return any("max_tokens" in step.given for step in lie.transforms)


def goes_by_turns(lie: Lie) -> bool:
    """Is a lie told of every second request? A model that thinks is asked most questions twice, first without room for
    it, so that each answer that shows anything may be of the same turn."""
    return any(step.name == "mark" for step in lie.transforms)


def falsely_heard(model: str, lie: Lie, seed: int) -> list[FalseVerdict]:
    """What is said of an endpoint that is deaf to a row: an odd model's words must not pass for the effect."""
    if names_a_limit(lie) and (model.startswith("thinks_") or model == "verbose"):
        return []  # it is told of a question by its max_tokens, which this model is given more of
    if goes_by_turns(lie) and model.startswith("thinks_"):
        return []
    app = odd_endpoint(model, lie)
    verdict = verdicts(app, model=DEFAULT_MODELS[0], rows=[BY_ID[lie.row]], seed=seed)[lie.row]
    if verdict.status in (Status(lie.status), Status.UNTESTED):
        return []
    return [FalseVerdict(model=model, seed=seed, row=lie.row, lie=lie.name, told=_told(verdict))]


MAY_SHOW_NOTHING = ("thinks_without_end",)
"""Models that answer one wording and are cut at every limit on another: there a row may be untested for one seed."""


BY_THE_CLOCK = ("stream.incremental",)
"""Rows that are read off the clock: where the machine is fast, nothing can be told of a model that answers at once."""


def flips(runs: Iterable[Mapping[str, Verdict]], model: str = "") -> dict[str, set[str]]:
    """The rows that came to different statuses in runs that differ in their seed alone."""
    statuses: dict[str, set[str]] = {}
    for run in runs:
        for row, verdict in run.items():
            unknown_by_chance = model in MAY_SHOW_NOTHING or row in BY_THE_CLOCK
            if verdict.status is not Status.UNTESTED or not unknown_by_chance:
                statuses.setdefault(row, set()).add(verdict.status.value)
    return {row: found for row, found in statuses.items() if len(found) > 1}


def _told(verdict: Verdict) -> str:
    code = verdict.deviation or verdict.reason
    return f"{verdict.status}{f' ({code})' if code else ''}: {verdict.note}"
