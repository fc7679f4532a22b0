"""matrix.md: the matrix as a page that reads well in a repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.expect.profile import ProfileOutcome
from conformance.protocol.status import glyph
from conformance.report.matrix import by_table, contradictions, counts, why_no_verdict
from conformance.report.matrix_record import Matrix
from conformance.report.matrix_row import MatrixRow
from conformance.report.readiness import reasons
from conformance.report.safe import for_code, for_markdown


def page(matrix: Matrix) -> str:
    """The whole page; the same matrix gives the same bytes."""
    endpoint, run, rows = matrix.endpoint, matrix.run, matrix.rows
    tally = ", ".join(f"{number} {status}" for status, number in counts(rows).items())
    cut = why_no_verdict(matrix)
    lines = [
        f"# {cell(endpoint.provider)}: {cell(endpoint.model)}",
        "",
        *([f"**No verdict: {cell(cut)}**", ""] if cut else []),
        *([f"**Unsteady: {cell(run.unsteady)}.**", ""] if run.unsteady else []),
        f"Measured from {run.started} to {run.finished} at {for_code(endpoint.url)} with the key in "
        f"{endpoint.auth}, anthropic-version {endpoint.anthropic_version}, seed {run.seed}: "
        f"{run.requests} requests, {run.input_tokens} tokens in, {run.output_tokens} out.",
        "",
        f"{len(rows)} rows: {tally}.",
    ]
    if endpoint.dialect:
        lines += ["", f"In every request: {cell(endpoint.dialect)}."]
    if matrix.profiles:
        lines += ["", "## What it is ready for", "", *readiness(matrix.profiles, matrix.by_id)]
    differing = contradictions(rows)
    if differing:
        lines += ["", "## Differs from what is documented", "", *table(differing)]
    for name, listed in by_table(rows).items():
        lines += ["", f"## {name}", "", *table(listed)]
    return "\n".join(lines) + "\n"


def readiness(profiles: Sequence[ProfileOutcome], rows: Mapping[str, MatrixRow]) -> list[str]:
    """A line a profile, and below it what keeps it from being ready."""
    lines = []
    for profile in profiles:
        lines.append(f"- {cell(profile.title)} (`{profile.name}`): **{profile.readiness}**")
        for means, listed, found in reasons(profile, rows):
            named = ", ".join(f"`{row}`" for row in listed)
            lines.append(f"  - {means} by {named}{f': {cell(found)}' if found else ''}")
        if profile.not_known:
            lines.append(f"  - not known: {', '.join(f'`{row}`' for row in profile.not_known)}")
    return lines


def table(rows: Sequence[MatrixRow]) -> list[str]:
    lines = ["| row | observed | documented | agreement | note |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        observed = f"{glyph(row.status)} {row.status}"
        code = row.code
        if code:
            observed += f" ({code})"
        lines.append(f"| `{row.id}` | {observed} | {row.claim or ''} | {row.agreement} | {cell(row.note)} |")
    return lines


def cell(text: str) -> str:
    """Text from an endpoint as plain text of a table cell."""
    return for_markdown(text)
