"""The summary of a GitHub job: differences first, text from endpoints as text, and never over the size at which GitHub
drops the whole of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from conformance.protocol.exchange import one_line
from conformance.protocol.status import Status
from conformance.report.changes import Change
from conformance.report.diff import counted, described, tables
from conformance.report.markdown import cell, readiness
from conformance.report.markdown import table as rows_table
from conformance.report.matrix import by_table, contradictions, counts
from conformance.report.matrix_record import Matrix

LARGEST = 1024 * 1024
"""Bytes that GitHub keeps of one step's summary; beyond, it keeps none of them."""

SPARE = 4096
LEFT_OUT = "\n{} of this summary's sections did not fit into the {} bytes that a job summary holds; see matrix.md.\n"


def summary(matrix: Matrix, baseline: Matrix | None, found: Sequence[Change], room: int = LARGEST) -> str:
    """A run's summary, with what changed since the baseline where there is one. `room` is what is left of the size;
    a section that does not fit is left out whole, so that no table and no fold stands open."""
    kept, left_out, used = [], 0, 0
    for section in sections(matrix, baseline, found):
        size = len(section.encode("utf-8", "replace"))
        if used + size > room - SPARE:
            left_out += 1
            continue
        kept.append(section)
        used += size
    return "".join(kept) + (LEFT_OUT.format(left_out, LARGEST) if left_out else "")


def sections(matrix: Matrix, baseline: Matrix | None, found: Sequence[Change]) -> Iterator[str]:
    """The parts of a summary, in the order of what matters to whoever opens the job."""
    endpoint, rows = matrix.endpoint, matrix.rows
    tally = ", ".join(f"{number} {status}" for status, number in counts(rows).items())
    yield f"### {cell(endpoint.provider)}: {cell(endpoint.model)}\n\n{len(rows)} rows: {tally}.\n"
    if baseline is not None:
        told = [f"**Since the baseline:** {counted(baseline, matrix, found)}.", "", cell(described(baseline))]
        yield _joined("", *told, "", *tables(found))
    differing = contradictions(rows)
    if differing:
        yield _joined("", "**Differs from what is documented**", "", *rows_table(differing))
    failing = [row for row in rows if row.status is Status.BROKEN and row not in differing]
    if failing:
        yield _joined("", "**Broken**", "", *rows_table(failing))
    if matrix.profiles:
        yield _joined("", "**What it is ready for**", "", *readiness(matrix.profiles, matrix.by_id))
    for name, listed in by_table(rows).items():
        yield _joined("", *_folded(name, rows_table(listed)))


def _folded(name: str, lines: Sequence[str]) -> list[str]:
    return ["<details>", f"<summary>{escape(one_line(name))}</summary>", "", *lines, "", "</details>"]


def _joined(*lines: str) -> str:
    return "\n".join(lines) + "\n"
