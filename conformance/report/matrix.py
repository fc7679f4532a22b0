"""The support matrix: every row of a run with its verdict, as data, and its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from conformance import __version__
from conformance.evidence.run_info import RunInfo
from conformance.expect.profile import Profile, assess
from conformance.protocol.status import Agreement, Reason, Status
from conformance.report.matrix_record import Matrix, MatrixEndpoint, MatrixRun, MatrixSuite, PlannedCost
from conformance.report.matrix_row import ExchangeCost, MatrixRow

SUITE = "messages-api-conformance"


def build(
    info: RunInfo,
    results: Sequence[MatrixRow],
    costs: Mapping[str, ExchangeCost],
    order: Sequence[str],
    profiles: Sequence[Profile] = (),
    *,
    planned: Mapping[str, int],
    dialect: str = "",
    unsteady: str = "",
) -> Matrix:
    """The matrix of a run. `info` is what its cassettes say of it, `costs` the price of every exchange once, `order`
    the ids of all rows, `profiles` those that the results are held against, `planned` what was expected of the run;
    `dialect` and `unsteady` are notes on how the endpoint was asked, and on failures that come by chance. The same
    arguments give the same value: nothing is read from a clock."""
    place = {row_id: number for number, row_id in enumerate(order)}
    findings = {each.id: each.finding for each in results}
    return Matrix(
        suite=MatrixSuite(name=SUITE, version=__version__),
        endpoint=MatrixEndpoint(
            provider=info.provider,
            url=info.url,
            model=info.model,
            auth=info.auth,
            anthropic_version=info.anthropic_version,
            dialect=dialect,
        ),
        run=MatrixRun(
            started=min((cost.started for cost in costs.values()), default=None),
            finished=max((cost.finished for cost in costs.values()), default=None),
            mode=info.mode,
            seed=info.seed,
            unsteady=unsteady or None,
            requests=sum(cost.requests for cost in costs.values()),
            input_tokens=sum(cost.input_tokens for cost in costs.values()),
            output_tokens=sum(cost.output_tokens for cost in costs.values()),
            planned=PlannedCost.from_json(planned),
            changed=info.changed or None,
        ),
        profiles=tuple(assess(profile, findings) for profile in profiles),
        rows=tuple(sorted(results, key=lambda row: place[row.id])),
    )


def dump(matrix: Matrix) -> str:
    """The text of matrix.json."""
    return json.dumps(matrix.as_json(), ensure_ascii=False, indent=1) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of matrix.json."""
    loaded: dict[str, Any] = json.loads(
        files("conformance.report").joinpath("matrix.schema.json").read_text(encoding="utf-8")
    )
    return loaded


def contradictions(rows: Iterable[MatrixRow]) -> list[MatrixRow]:
    """Rows whose observation differs from the vendor's claim, the worse ones first."""
    found = [row for row in rows if row.agreement in (Agreement.WORSE, Agreement.BETTER)]
    return sorted(found, key=lambda row: row.agreement is not Agreement.WORSE)


def why_no_verdict(matrix: Matrix) -> str:
    """Why a run is no verdict on its endpoint: it was cut, or the endpoint changed. Empty where it is one."""
    return cut_or_changed(matrix.rows, matrix.run.changed)


def cut_or_changed(rows: Iterable[MatrixRow], changed: str | None) -> str:
    """The note of the first row that the run was cut before, or else how the endpoint changed; empty for neither."""
    cut = next((row.note for row in rows if row.reason == Reason.RUN_CUT), "")
    return cut or changed or ""


def by_table(rows: Iterable[MatrixRow]) -> dict[str, list[MatrixRow]]:
    """The rows under their tables, both in order."""
    tables: dict[str, list[MatrixRow]] = {}
    for row in rows:
        tables.setdefault(row.table, []).append(row)
    return tables


def counts(rows: Iterable[MatrixRow]) -> dict[Status, int]:
    """How many rows have which status; a status that none has is left out."""
    tally: dict[Status, int] = {}
    for row in rows:
        tally[row.status] = tally.get(row.status, 0) + 1
    return tally
