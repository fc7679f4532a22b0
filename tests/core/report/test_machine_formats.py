"""Badges, CSV and job summaries: what machines read of a run."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from conformance.expect.profile import ProfileOutcome, Readiness
from conformance.report.badges import COLOURS, badge, badge_files
from conformance.report.changes import compare
from conformance.report.matrix_record import Matrix
from conformance.report.safe import for_sheet
from conformance.report.sheet import COLUMNS, sheet
from conformance.report.summary import LARGEST, SPARE, summary
from tests.core.matrices import everything, matrix, row, with_row

ROW = "fields.top_k"


def profile(readiness: str = "ready", blocking: int = 0, name: str = "vision") -> ProfileOutcome:
    because = [{"row": f"r{number}", "need": "required", "means": readiness} for number in range(blocking)]
    because += [{"row": "z", "need": "nice", "means": "degraded"}] if readiness == "blocked" else []
    entry = {"name": name, "title": name.capitalize(), "readiness": readiness, "because": because}
    return ProfileOutcome.from_json(entry)


def with_profile(one: ProfileOutcome, **fields: Any) -> Matrix:
    return replace(matrix(row(ROW), **fields), profiles=(one,))


@pytest.mark.parametrize(
    ("readiness", "rows", "said"),
    [
        ("ready", 0, "ready · 2026-01-01"),
        ("degraded", 2, "degraded by 2 rows · 2026-01-01"),
        ("blocked", 1, "blocked by 1 row · 2026-01-01"),
        ("unproven", 3, "unproven by 3 rows · 2026-01-01"),
    ],
)
def test_a_badge_says_the_readiness_and_the_day(readiness: str, rows: int, said: str) -> None:
    one = profile(readiness, rows)
    assert badge(one, [with_profile(one)]) == {
        "schemaVersion": 1,
        "label": "Vision",
        "message": said,
        "color": COLOURS[Readiness(readiness)],
    }


def test_every_readiness_has_a_colour_of_its_own() -> None:
    assert COLOURS.keys() == set(Readiness)
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_a_providers_badge_is_that_of_its_worst_model_and_of_its_oldest_run() -> None:
    runs = {
        "example/large": with_profile(profile(), day=3),
        "example/small": with_profile(profile("blocked", 2), day=2, model="small"),
        "another/one": with_profile(profile(), provider="another"),
    }
    files = {name: json.loads(text) for name, text in badge_files(runs)}
    assert files["badges/example/large/vision.json"]["message"] == "ready · 2026-01-03"
    assert files["badges/example/vision.json"]["message"] == "blocked by 2 rows, worst of 2 models · 2026-01-02"
    assert files["badges/another/vision.json"]["message"] == "ready · 2026-01-01"
    assert len(files) == 5


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_sheet_has_a_line_a_row_of_every_run() -> None:
    text = sheet([matrix(row(ROW, "partial", "at most 20, not more"), row("tools.name")), matrix(row(ROW), model="b")])
    lines = read(text)
    assert [(line["model"], line["row"], line["status"]) for line in lines] == [
        ("large", ROW, "partial"),
        ("large", "tools.name", "supported"),
        ("b", ROW, "supported"),
    ]
    assert lines[0]["deviation"] == "clamped"
    assert lines[0]["note"] == "at most 20, not more"
    assert lines[1]["claim"] == ""
    assert text.startswith(f"{','.join(COLUMNS)}\r\n")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("https://evil")', "＝1", "  =1", "\n=1"]
)
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert for_sheet(text).startswith("'")
    (line,) = read(sheet([matrix(row(ROW, note=text), model=text)]))
    for name in ("note", "model"):
        assert line[name].startswith("'")


def test_a_cell_with_separators_and_breaks_is_one_cell() -> None:
    (line,) = read(sheet([matrix(row(ROW, note='a "b", c\r\nd;e'))]))
    assert line["note"] == 'a "b", c d;e'


def test_differences_come_first_in_a_summary() -> None:
    before = matrix(*everything())
    after = matrix(*with_row(everything(), row(ROW, "rejected", "no", claim="supported", agreement="worse")), day=2)
    text = summary(after, before, compare(before, after))
    order = ["### example: large", "**Since the baseline:** 1 worse", "**Differs from what is", "<details>"]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert text.index(ROW) < text.index("<details>")
    assert text.count("<details>") == text.count("</details>") == 12


def test_a_summary_without_a_baseline_says_what_broke() -> None:
    text = summary(matrix(*with_row(everything(), row(ROW, "broken", "HTTP 500"))), None, [])
    assert "baseline" not in text
    assert text.index("**Broken**") < text.index("HTTP 500") < text.index("<details>")


def test_a_row_that_contradicts_and_is_broken_is_told_once_above_the_tables() -> None:
    broken = row(ROW, "broken", "HTTP 500", claim="supported", agreement="worse")
    text = summary(matrix(*with_row(everything(), broken)), None, [])
    assert text.partition("<details>")[0].count("HTTP 500") == 1
    assert "**Broken**" not in text


def test_a_summary_says_what_the_endpoint_is_ready_for() -> None:
    text = summary(with_profile(profile("blocked", 1)), None, [])
    assert "- Vision (`vision`): **blocked**" in text
    assert "ready for" not in summary(matrix(row(ROW)), None, [])


def test_a_summary_counts_what_it_leaves_out() -> None:
    loud = matrix(*everything("partial", note="x" * 600))
    text = summary(loud, None, [], 30_000)
    shown = text.count("<details>")
    assert shown > 0
    assert f"\n{12 - shown} of this summary's sections did not fit" in text


def test_a_summary_stays_under_its_size_and_leaves_no_fold_open() -> None:
    loud = matrix(*everything("broken", note="\U0001f4a5" * 600, agreement="worse", claim="supported"))
    for room in (LARGEST, 400_000, 20_000, SPARE, 0):
        text = summary(loud, loud, [], room)
        assert len(text.encode()) <= max(room, SPARE)
        assert text.count("<details>") == text.count("</details>")
        if room < LARGEST:
            assert "did not fit" in text


def test_text_from_an_endpoint_is_no_markup_in_a_summary() -> None:
    hostile = "</details><img src=x onerror=y> [a](javascript:b) @all `c` | d\n# e"
    run = matrix(row(ROW, "broken", hostile, table="</summary><b>"), model=hostile, provider=hostile)
    bare = re.sub(r"\\.", "", summary(run, run, compare(matrix(row(ROW, note=hostile)), run)))
    for raw in ("<img", "</details><", "[a](", "@all", "\n# e", "</summary><b>"):
        assert raw not in bare, raw
