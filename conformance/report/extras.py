"""What stands beside the pages of a site: the change page, the feed, the badges and the rows as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.report.badges import badge_files
from conformance.report.changes_page import Templates, change_pages
from conformance.report.history import LeftOut, all_steps, latest_runs
from conformance.report.sheet import sheet

SHEET = "rows.csv"


def extra_files(
    reports: Path, templates: Templates, site: str = "", left_out: LeftOut | None = None
) -> Iterator[tuple[str, str]]:
    """The paths below the site's root, and what each holds. `site` is the address under which it is published, which
    a feed's readers need. `left_out` is told of each run that cannot be read; without it, raises MatrixError."""
    latest = latest_runs(reports, left_out)
    yield from change_pages(all_steps(reports, left_out), templates, site)
    yield from badge_files(latest)
    yield SHEET, sheet(latest[folder] for folder in sorted(latest))
