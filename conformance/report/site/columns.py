"""The columns of the site: what was measured, and vendors whose documents are known but who were not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from conformance.evidence.paths import safe_name
from conformance.expect.claims.load import Claim, Provider, load_provider, provider_names
from conformance.protocol.status import Agreement, Status
from conformance.report import matrix as matrices
from conformance.report.history import LeftOut
from conformance.report.matrix_record import Matrix
from conformance.report.matrix_row import MatrixRow
from conformance.report.read import MatrixError, read_whole
from conformance.rows import BY_ID

MATRIX = "matrix.json"
OWN_FOLDERS = ("rows", "assets", "changes")
"""What the site keeps for itself below its root."""
INDEX = "index.html"


class SiteError(Exception):
    """The site cannot be built; the text names the file, its fault and what to do."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One endpoint and model, or one vendor that was not measured (`matrix` is None). `place` is the folder of its
    pages below the site's root, and `cassettes` that of its recordings, which may not be there."""

    provider: str
    place: str
    matrix: Matrix | None = None
    claims: Provider | None = None
    cassettes: Path | None = None

    @property
    def model(self) -> str:
        return self.matrix.endpoint.model if self.matrix else ""

    @property
    def title(self) -> str:
        return self.claims.title if self.claims else self.provider

    @property
    def name(self) -> str:
        """Provider and model in a line."""
        return f"{self.title} · {self.model}" if self.model else self.title

    @property
    def above(self) -> str:
        """The folder of the provider's page."""
        return self.place.partition("/")[0]

    @cached_property
    def rows(self) -> Mapping[str, MatrixRow]:
        """The measured rows by id; empty where nothing was measured."""
        return self.matrix.by_id if self.matrix else {}

    @cached_property
    def claimed(self) -> Mapping[str, Claim]:
        """What the vendor documents, by row."""
        return {claim.row: claim for claim in self.claims.claims} if self.claims else {}

    @property
    def counts(self) -> Mapping[Status, int]:
        return matrices.counts(self.rows.values())

    def agreeing(self, agreement: Agreement) -> int:
        """How many rows compare so with their claim."""
        return sum(row.agreement is agreement for row in self.rows.values())

    @property
    def contradicting(self) -> int:
        """How many rows are not as documented, either way."""
        return self.agreeing(Agreement.WORSE) + self.agreeing(Agreement.BETTER)


def columns(
    reports: Path,
    cassettes: Path,
    vendors: Sequence[Provider] | None = None,
    left_out: LeftOut = lambda path, why: None,
) -> list[Column]:
    """Every column, sorted by name: the matrices at `<provider>/<model>/matrix.json`, and the vendors that have claims
    but no matrix. `left_out` is told of each matrix that cannot be read or cannot have a place, for one of them must
    not cost the others their pages. Raises SiteError where there is none at all."""
    known = known_vendors() if vendors is None else vendors
    by_name = {vendor.name: vendor for vendor in known}
    found: list[Column] = []
    unfit: dict[Path, str] = {}
    for path in sorted(reports.glob(f"*/*/{MATRIX}")):
        try:
            found.append(_measured(path, cassettes, by_name))
        except (MatrixError, SiteError) as error:
            unfit[path] = str(error)
    if unfit and not found:
        raise SiteError("; ".join(unfit.values()))
    for path, why in unfit.items():
        left_out(path, why)
    if not found:
        raise SiteError(
            f"{reports}: no <provider>/<model>/{MATRIX} below it; run pytest with --reports={reports} first"
        )
    measured = {column.provider for column in found}
    declared = [
        Column(provider=vendor.name, place=safe_name(vendor.name), claims=vendor)
        for vendor in known
        if vendor.name not in measured and vendor.claims
    ]
    return sorted(
        [*found, *declared], key=lambda column: (column.title.casefold(), column.model.casefold(), column.place)
    )


def known_vendors() -> list[Provider]:
    """The vendors whose claims come with the suite."""
    return [load_provider(name, known_rows=BY_ID) for name in provider_names()]


def _measured(path: Path, cassettes: Path, vendors: Mapping[str, Provider]) -> Column:
    above, model = path.parent.parent.name, path.parent.name
    for name, says in ((above, _provider_of), (model, _model_of)):
        if safe_name(name) != name:
            due = safe_name(says(read_whole(path)))
            raise SiteError(f"{path}: {name!r} is no name of a folder that pytest makes; rename it {due!r}")
    if above in (*OWN_FOLDERS, INDEX) or model == INDEX:
        raise SiteError(f"{path}: the site keeps {above if above in OWN_FOLDERS else INDEX!r} for itself; rename it")
    loaded = read_whole(path)
    provider = loaded.endpoint.provider
    if safe_name(provider) != above:
        # Else one vendor's findings could stand on another's page.
        raise SiteError(f"{path}: it is of {provider!r}, whose folder is {safe_name(provider)!r}; move it there")
    return Column(
        provider=provider,
        place=f"{above}/{model}",
        matrix=loaded,
        claims=vendors.get(provider),
        cassettes=cassettes / above / model,
    )


def _provider_of(matrix: Matrix) -> str:
    return matrix.endpoint.provider


def _model_of(matrix: Matrix) -> str:
    return matrix.endpoint.model


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the site. `source` is the official page that states its rule; None for a row that this version of the
    suite does not have."""

    id: str
    table: str
    title: str
    evidence_kind: str
    source: str | None


def lines(of: Iterable[Column]) -> dict[str, list[Line]]:
    """Every row under its table, in the suite's order; rows that only a matrix knows come last in theirs."""
    tables: dict[str, list[Line]] = {}
    for known in BY_ID.values():
        line = Line(
            id=known.id,
            table=known.table,
            title=known.title,
            evidence_kind=known.evidence_kind.value,
            source=known.source,
        )
        tables.setdefault(line.table, []).append(line)
    strange = {row_id: row for column in of for row_id, row in column.rows.items() if row_id not in BY_ID}
    for row_id in sorted(strange):
        row = strange[row_id]
        line = Line(id=row_id, table=row.table, title=row.title, evidence_kind=row.witness, source=None)
        tables.setdefault(line.table, []).append(line)
    return tables
