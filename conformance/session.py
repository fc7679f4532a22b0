"""One conformance run inside pytest: who measures, where the cassettes lie, and what the results come to."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from conformance.cassette import CassetteError, Recording
from conformance.judge import Judgement, judge
from conformance.measure import AskOnce, Progress, cassette_path, measure
from conformance.options import Target, facts_of, safe_name
from conformance.preflight import Place, check, find_model
from conformance.row import Row
from conformance.run import Run
from conformance.status import Reason
from conformance.verdict import untested
from conformance.wire import Limits, Secrets, Wire

WHERE = "where.json"
"""Written once the cassettes are there: tells every process that judges where they are."""


def measure_rows(
    target: Target, rows: Sequence[Row], scratch: Path, tell: Callable[[str, Progress | None], None]
) -> None:
    """Measures the rows of a live run, or finds the cassettes of a replay, and writes WHERE into `scratch`.

    Raises pytest.UsageError for a cassette that cannot be read, PreflightError when nothing can be measured.
    """
    if target.replay:
        where = _find_cassettes(target, rows)
    else:
        with _endpoint(target, tell) as (reached, url):
            where = asyncio.run(_measure(reached, url, rows, scratch, tell))
    (scratch / WHERE).write_text(json.dumps(where), encoding="utf-8")


@contextmanager
def _endpoint(target: Target, tell: Callable[[str, Progress | None], None]) -> Iterator[tuple[Target, str]]:
    """The target with its address; the embedded endpoint is started for the time of the run."""
    if not target.embedded:
        yield target, target.url
        return
    from conformance.reference.app import DEFAULT_MODELS, create_app
    from conformance.reference.server import serve

    key = f"embedded-{target.seed}-key"
    with serve(create_app(api_key=key)) as url:
        tell(f"embedded endpoint at {url}", None)
        # Nothing but this process is asked, so nothing needs to be spared.
        limits = replace(target.limits, rate=None)
        yield (
            replace(
                target, model=target.model or DEFAULT_MODELS[0], secrets=Secrets(key=SecretStr(key)), limits=limits
            ),
            url,
        )


async def _measure(
    target: Target, url: str, rows: Sequence[Row], scratch: Path, tell: Callable[[str, Progress | None], None]
) -> dict[str, Any]:
    place = Place(url=url, key_variable=target.key_variable)
    async with Wire(url, target.secrets, target.limits) as wire:
        ask, elsewhere = AskOnce(wire.send), _elsewhere(target)
        run = Run(
            seed=target.seed,
            model=target.model or "",
            auth=target.auth,
            anthropic_version=target.anthropic_version,
            long_prompt=target.long_prompt,
        )
        if target.model is None:
            run = replace(run, model=await find_model(run, ask, elsewhere, place))
        tell(f"measuring {len(rows)} rows of {run.model} at {url}", None)
        await check(run, ask, elsewhere, place)
        facts = facts_of(target, url, run.model)
        folder = target.folder(target.cassettes, run.model) if target.record else scratch / "cassettes"
        await measure(rows, run, ask, folder=folder, facts=facts, url=url, tell=lambda progress: tell("", progress))
    return {"folder": str(folder), "facts": facts}


def _elsewhere(target: Target) -> Callable[[str, Any], Any]:
    async def send(base: str, request: Any) -> Any:
        async with Wire(base, target.secrets, Limits(timeout=target.limits.timeout, patience=0)) as wire:
            return await wire.send(request)

    return send


def _find_cassettes(target: Target, rows: Sequence[Row]) -> dict[str, Any]:
    """Loads every cassette of the selection once, so that one that cannot be read ends the run before it begins."""
    model = target.model or _only_model(target)
    folder = target.folder(target.cassettes, model)
    if not any(folder.glob("*.yaml")):
        raise pytest.UsageError(f"--replay: {folder} holds no cassette; record some with --record")
    facts: dict[str, Any] = {}
    for row in rows:
        try:
            recorded = Recording(cassette_path(folder, row.id)).facts
        except FileNotFoundError:
            continue
        except CassetteError as error:
            raise pytest.UsageError(str(error)) from error
        facts = facts or recorded
    known = facts_of(target, target.url, model)
    return {"folder": str(folder), "facts": {**known, **{key: facts[key] for key in known if key in facts}}}


def _only_model(target: Target) -> str:
    parent = target.cassettes / safe_name(target.provider)
    found = sorted(each.name for each in parent.iterdir() if each.is_dir()) if parent.is_dir() else []
    if len(found) == 1:
        return found[0]
    known = f"it has {', '.join(found)}" if found else "there is none; record one with --record"
    raise pytest.UsageError(f"--replay: name the model with --model; looked in {parent}: {known}")


class Judge:
    """Judges rows from the cassettes that WHERE names; made once a process, when the first row is judged."""

    def __init__(self, scratch: Path) -> None:
        where = json.loads((scratch / WHERE).read_text(encoding="utf-8"))
        self.folder = Path(where["folder"])
        self.facts: dict[str, Any] = where["facts"]

    def __call__(self, row: Row, rerun: str) -> Judgement:
        """The judgement of a row. One without a cassette is untested, with the command that records it; `rerun` is
        the command that measures this row alone."""
        path = cassette_path(self.folder, row.id)
        try:
            return judge(row, Recording(path))
        except FileNotFoundError:
            note = f"{path} is not there; record it: {rerun} --record"
            return Judgement(row=row, verdict=untested(Reason.NO_CASSETTE, note))
        except Exception as error:
            # A fault of the suite's own must not cost the other rows their matrix; the row's test fails with this.
            place = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__}: {error}; {Path(place.filename).name}:{place.lineno}"
            note = f"the suite itself failed on this row's exchanges ({what}): please report it"
            return Judgement(row=row, verdict=untested(Reason.INTERNAL_ERROR, note))
