"""What stands beside the pages of a site: the change page, the feed, the badges and the rows as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.report.badges import badge_files
from conformance.report.changes_page import Templates, change_pages
from conformance.report.history import all_steps, latest_runs
from conformance.report.sheet import sheet

SHEET = "rows.csv"


def extra_files(reports: Path, templates: Templates, site: str = "") -> Iterator[tuple[str, str]]:
    """The paths below the site's root, and what each holds. `site` is the address under which it is published, which
    a feed's readers need. Raises MatrixError."""
    latest = latest_runs(reports)
    yield from change_pages(all_steps(reports), templates, site)
    yield from badge_files(latest)
    yield SHEET, sheet(latest[folder] for folder in sorted(latest))
