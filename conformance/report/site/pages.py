"""The pages: each a path below the site's root and its text, from columns alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance import __version__
from conformance.expect.profile import Need, Profile, Readiness, all_profiles
from conformance.protocol.exchange import LONE
from conformance.protocol.status import Agreement, Claimed, Status, glyph
from conformance.report.matrix import SUITE, by_table, contradictions, dump
from conformance.report.matrix_row import MatrixRow
from conformance.report.readiness import reasons
from conformance.report.repository import file_page, new_issue
from conformance.report.site import words
from conformance.report.site.columns import INDEX, MATRIX, Column, Line, lines
from conformance.report.site.exhibits import exhibits
from conformance.report.site.plain import visible, web_address
from conformance.report.site.reproduce import Commands, commands
from conformance.rows import BY_ID

PACKAGE = "conformance.report.site"
ASSETS = "assets"

Pages = Iterator[tuple[str, str]]
"""Paths below the site's root, and what each holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every page is made from. `cassettes` is the recordings' folder as readers of the repository know it."""

    columns: Sequence[Column]
    tables: Mapping[str, Sequence[Line]]
    profiles: Sequence[Profile]
    repository: str
    cassettes: str

    @property
    def measured(self) -> list[Column]:
        return [column for column in self.columns if column.matrix]

    @property
    def lines(self) -> list[Line]:
        return [line for listed in self.tables.values() for line in listed]

    def of_provider(self, place: str) -> list[Column]:
        """The measured columns of one provider's folder."""
        return [column for column in self.measured if column.above == place]


def site_of(columns: Sequence[Column], repository: str, cassettes: str) -> Site:
    """The site of these columns."""
    return Site(
        columns=columns,
        tables=lines(columns),
        profiles=all_profiles(BY_ID),
        repository=repository.rstrip("/"),
        cassettes=cassettes,
    )


@cache
def environment() -> Environment:
    """The templates' environment. Everything that is put into a page is escaped, and what is hidden in it is shown; a
    name that a template does not know is an error."""
    made = Environment(
        loader=PackageLoader(PACKAGE, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_shown,
    )
    made.filters["web_address"] = web_address
    made.filters["table_title"] = words.table_title
    made.filters["day"] = _day
    made.filters["moment"] = _moment
    made.globals |= {
        "words": words,
        "Status": Status,
        "Agreement": Agreement,
        "Claimed": Claimed,
        "Readiness": Readiness,
        "Need": Need,
        "glyph": lambda status: glyph(Status(status)),
        "code_meaning": words.code_meaning,
        "suite": SUITE,
        "version": __version__,
    }
    return made


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _day(moment: str | None) -> str:
    return moment[:10] if moment else "nothing was sent"


def _moment(moment: str | None) -> str:
    """A time of UTC to the minute."""
    return f"{moment[:10]} {moment[11:16]} UTC" if moment else "nothing was sent"


def render(template: str, path: str, **values: Any) -> tuple[str, str]:
    """One page. `path` is where it stands, which decides the way from it to the root."""
    root = "/".join([".."] * path.count("/")) or "."
    return path, environment().get_template(template).render(root=root, path=path, **values)


def pages(site: Site) -> Pages:
    """Every file of the site."""
    yield from assets()
    yield overview(site)
    for line in site.lines:
        yield row_page(site, line)
    for place in sorted({column.above for column in site.columns}):
        yield provider_page(site, place)
    for column in site.measured:
        yield column_page(site, column)
        yield data_file(column)
        yield from cell_pages(site, column)


def assets() -> Pages:
    """The style sheet and the scripts, as they are."""
    for file in sorted(files(PACKAGE).joinpath(ASSETS).iterdir(), key=lambda each: each.name):
        yield f"{ASSETS}/{file.name}", file.read_text(encoding="utf-8")


def overview(site: Site) -> tuple[str, str]:
    """All rows of all columns."""
    return render("overview.html", INDEX, site=site)


def row_page(site: Site, line: Line) -> tuple[str, str]:
    """One row over all columns: what its permanent address shows."""
    return render("row.html", f"rows/{line.id}/{INDEX}", site=site, line=line, needs=needs_of(site, line.id))


def needs_of(site: Site, row_id: str) -> list[tuple[Profile, Need]]:
    """The profiles that have this row, and how much each needs it."""
    return [(profile, profile.needs[row_id]) for profile in site.profiles if row_id in profile.needs]


def provider_page(site: Site, place: str) -> tuple[str, str]:
    """What a vendor documents, with its words, and the models that were measured."""
    all_of = [column for column in site.columns if column.above == place]
    tables = {
        table: [(line, all_of[0].claimed[line.id]) for line in listed if line.id in all_of[0].claimed]
        for table, listed in site.tables.items()
    }
    return render(
        "provider.html",
        f"{place}/{INDEX}",
        site=site,
        provider=all_of[0],
        measured=[column for column in all_of if column.matrix],
        tables={table: listed for table, listed in tables.items() if listed},
    )


def column_page(site: Site, column: Column) -> tuple[str, str]:
    """One provider and model: where it stands, what contradicts its documents, and every row."""
    assert column.matrix is not None
    return render(
        "column.html",
        f"{column.place}/{INDEX}",
        site=site,
        column=column,
        readiness=[(each, list(reasons(each, column.rows))) for each in column.matrix.profiles],
        differing=contradictions(column.rows.values()),
        tables=by_table(column.rows.values()),
        data=MATRIX,
    )


def data_file(column: Column) -> tuple[str, str]:
    """A column's matrix.json, without halves of characters, which no file can hold."""
    assert column.matrix is not None
    return f"{column.place}/{MATRIX}", LONE.sub("\N{REPLACEMENT CHARACTER}", dump(column.matrix))


def cell_pages(site: Site, column: Column) -> Pages:
    """One page a row of a column, with its evidence; beside it a request that is too long for a command line."""
    known = {line.id: line for line in site.lines}
    ids = [line.id for line in site.lines if line.id in column.rows]
    around = zip([None, *ids], ids, [*ids[1:], None], strict=False)
    for before, row_id, after in around:
        row = column.rows[row_id]
        evidence = exhibits(column, row)
        lines_to_run = commands(column, row, evidence.decisive)
        recording = f"{site.cassettes}/{evidence.path}"
        yield render(
            "cell.html",
            f"{column.place}/{row_id}.html",
            site=site,
            column=column,
            line=known[row_id],
            row=row,
            claim=_claim(column, row),
            evidence=evidence,
            recording=recording,
            recording_page=file_page(site.repository, recording),
            commands=lines_to_run,
            dispute=dispute(site, column, row, recording, lines_to_run),
            before=before,
            after=after,
        )
        if lines_to_run.body is not None:
            yield f"{column.place}/{lines_to_run.body_file}", lines_to_run.body


def _claim(column: Column, row: MatrixRow) -> Any:
    """The vendor's words where they still say what the row was held against."""
    claim = column.claimed.get(row.id)
    return claim if claim and claim.status == row.claim else None


def dispute(site: Site, column: Column, row: MatrixRow, recording: str, lines_to_run: Commands) -> str:
    """The address of an issue that says what is disputed and where its evidence lies, and asks for the rest."""
    assert column.matrix is not None
    run = column.matrix.run
    code = row.code
    facts = [
        f"row: {row.id} ({row.title})",
        f"provider: {column.provider}",
        f"model: {column.model}",
        f"observed: {row.status}{f' ({code})' if code else ''}",
        f"note: {row.note}",
        f"documented: {row.claim or 'nothing'} ({row.agreement})",
        f"run: {run.started}, {run.mode}, seed {run.seed}, suite {column.matrix.suite.version}",
        f"page: {column.place}/{row.id}.html",
        f"evidence: {recording}",
        f"again: {lines_to_run.pytest}",
    ]
    # Indented, so that nothing of the endpoint's own words is markup or a mention.
    quoted = "\n".join(f"    {' '.join(visible(fact).split())}" for fact in facts)
    body = f"{quoted}\n\nWhat is wrong with this finding, and how it can be seen:\n\n"
    return new_issue(site.repository, visible(f"{row.id}: {column.provider}, {column.model}"), body)
