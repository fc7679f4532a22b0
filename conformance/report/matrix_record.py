"""A whole matrix.json as records: one reader and one writer, which every report goes through.

The reader takes what follows the schema, and what an earlier version wrote: `conformance.report.read` checks that first
and says what is wrong with a file. What a file does not say is None, so that writing it gives the same file again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance.expect.profile import ProfileOutcome
from conformance.report.matrix_row import MatrixRow

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixSuite:
    """What judged the run."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixEndpoint:
    """Whom the run asked, and how. `dialect` is what every request carried beyond the bare form; empty for nothing."""

    provider: str
    url: str
    model: str
    auth: str
    anthropic_version: str
    dialect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCost:
    """What the rows of a run cost on an endpoint that supports everything. `most_requests` is None where an earlier
    version did not say it."""

    requests: int
    input_tokens: int
    output_tokens: int
    most_requests: int | None = None

    def as_json(self) -> dict[str, int]:
        """The plan as it stands in matrix.json."""
        told = {
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
        }
        return told if self.most_requests is None else {**told, "most_requests": self.most_requests}

    @staticmethod
    def from_json(planned: Mapping[str, int]) -> PlannedCost:
        """The plan of a matrix.json, or of a recorded column."""
        return PlannedCost(
            requests=planned["requests"],
            input_tokens=planned["input_tokens"],
            output_tokens=planned["output_tokens"],
            most_requests=planned.get("most_requests"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRun:
    """When the run was made, how, and at what cost. Times are UTC; None where nothing was sent. `unsteady` says what
    the run shows of failures that come by chance, `changed` how the endpoint at the end differs from the one at the
    beginning; None for neither. `planned` is None where an earlier version did not say it."""

    started: str | None
    finished: str | None
    mode: str
    seed: int
    unsteady: str | None
    requests: int
    input_tokens: int
    output_tokens: int
    planned: PlannedCost | None
    changed: str | None

    def as_json(self) -> dict[str, object]:
        """The run as it stands in matrix.json."""
        return {
            "started": self.started,
            "finished": self.finished,
            "mode": self.mode,
            "seed": self.seed,
            **({} if self.unsteady is None else {"unsteady": self.unsteady}),
            "requests": self.requests,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            **({} if self.planned is None else {"planned": self.planned.as_json()}),
            **({} if self.changed is None else {"changed": self.changed}),
        }

    @staticmethod
    def from_json(run: Mapping[str, Any]) -> MatrixRun:
        """The run of a matrix.json that follows the schema, or that of an earlier version."""
        return MatrixRun(
            started=run["started"],
            finished=run["finished"],
            mode=run["mode"],
            seed=run["seed"],
            unsteady=run.get("unsteady"),
            requests=run["requests"],
            input_tokens=run["input_tokens"],
            output_tokens=run["output_tokens"],
            planned=PlannedCost.from_json(run["planned"]) if "planned" in run else None,
            changed=run.get("changed"),
        )


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """The support matrix of one endpoint and model. `rows` are in the suite's order."""

    suite: MatrixSuite
    endpoint: MatrixEndpoint
    run: MatrixRun
    profiles: tuple[ProfileOutcome, ...]
    rows: tuple[MatrixRow, ...]

    @cached_property
    def by_id(self) -> Mapping[str, MatrixRow]:
        """The rows by their ids."""
        return {row.id: row for row in self.rows}

    def as_json(self) -> dict[str, object]:
        """The whole of matrix.json."""
        endpoint = self.endpoint
        return {
            "schema": SCHEMA,
            "suite": {"name": self.suite.name, "version": self.suite.version},
            "endpoint": {
                "provider": endpoint.provider,
                "url": endpoint.url,
                "model": endpoint.model,
                "auth": endpoint.auth,
                "anthropic_version": endpoint.anthropic_version,
                "dialect": endpoint.dialect,
            },
            "run": self.run.as_json(),
            "profiles": [each.as_json() for each in self.profiles],
            "rows": [each.as_json() for each in self.rows],
        }

    @staticmethod
    def from_json(matrix: Mapping[str, Any]) -> Matrix:
        """A matrix.json that follows the schema, or that of an earlier version."""
        suite, endpoint = matrix["suite"], matrix["endpoint"]
        return Matrix(
            suite=MatrixSuite(name=suite["name"], version=suite["version"]),
            endpoint=MatrixEndpoint(
                provider=endpoint["provider"],
                url=endpoint["url"],
                model=endpoint["model"],
                auth=endpoint["auth"],
                anthropic_version=endpoint["anthropic_version"],
                dialect=endpoint.get("dialect", ""),
            ),
            run=MatrixRun.from_json(matrix["run"]),
            profiles=tuple(map(ProfileOutcome.from_json, matrix.get("profiles", ()))),
            rows=tuple(map(MatrixRow.from_json, matrix["rows"])),
        )
