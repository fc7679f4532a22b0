"""Every server-side failure of the public reports is shown by the embedded endpoint and told, or excused by name."""

from __future__ import annotations

import csv
from importlib.resources import files

from conformance.lies import LIES

TABLE = files("conformance.lies") / "field_reports.tsv"


def listed() -> dict[str, str]:
    """The reports by id, with what excuses each: empty where it is shown."""
    rows = csv.DictReader(TABLE.read_text().splitlines(), delimiter="\t")
    return {row["id"]: row["excuse"] for row in rows}


def test_every_report_is_either_shown_or_excused() -> None:
    shown = {report for lie in LIES for report in lie.reports}
    assert shown - listed().keys() == set()
    assert {report for report, excuse in listed().items() if bool(excuse) == (report in shown)} == set()
