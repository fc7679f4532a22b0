"""What changed between runs: which rows are compared, and what counts as worse."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.expect.baseline import read_baseline
from conformance.protocol.status import Status
from conformance.report import diff
from conformance.report.changes import Change, Kind, compare
from conformance.report.history import Step, all_steps, run_file, steps
from conformance.report.matrix_record import Matrix
from tests.core.matrices import evidence, file, matrix, row

ROW = "fields.top_k"


def kinds(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Kind]:
    return {change.row: change.kind for change in compare(matrix(*before), matrix(*after, day=2))}


def history(*runs: Matrix) -> list[Step]:
    return list(steps("example/large", runs))


def judged_by(version: str, run: Matrix) -> Matrix:
    return replace(run, suite=replace(run.suite, version=version))


def kinds_of(step: Step) -> dict[str, Kind]:
    return {change.row: change.kind for change in step.changes}


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("supported", "supported", None),
        ("supported", "partial", Kind.WORSE),
        ("supported", "accepted", Kind.CHANGED),
        ("supported", "ignored", Kind.WORSE),
        ("ignored", "rejected", Kind.WORSE),
        ("rejected", "broken", Kind.WORSE),
        ("broken", "rejected", Kind.BETTER),
        ("partial", "supported", Kind.BETTER),
        ("supported", "untested", Kind.NOT_MEASURED),
        ("untested", "broken", Kind.MEASURED_NOW),
        ("untested", "untested", None),
    ],
)
def test_a_row_is_held_against_itself(before: str, after: str, kind: Kind | None) -> None:
    assert kinds([row(ROW, before)], [row(ROW, after)]) == ({ROW: kind} if kind else {})


@pytest.mark.parametrize("before", Status)
@pytest.mark.parametrize("after", Status)
def test_worse_is_what_a_baseline_calls_worse(before: Status, after: Status, tmp_path: Path) -> None:
    path = tmp_path / "matrix.json"
    path.write_text(json.dumps(file(row(ROW, before))), encoding="utf-8")
    complains = read_baseline(path).complaint(ROW, after) is not None
    assert (kinds([row(ROW, before)], [row(ROW, after)]).get(ROW) is Kind.WORSE) is complains


def test_another_deviation_is_a_change_and_another_note_is_none() -> None:
    clamped, mapped = row(ROW, "partial"), row(ROW, "partial", deviation="mapped")
    assert kinds([clamped], [mapped]) == {ROW: Kind.CHANGED}
    assert kinds([row(ROW, "rejected", "no")], [row(ROW, "rejected", "never")]) == {}
    assert kinds([row(ROW, "untested")], [row(ROW, "untested", reason="rate_limited")]) == {}


def test_only_rows_of_both_runs_are_compared() -> None:
    assert kinds([row("tools.name")], [row("tools.name"), row(ROW, "broken")]) == {ROW: Kind.NEW}
    assert kinds([row("tools.name"), row(ROW)], [row("tools.name")]) == {ROW: Kind.GONE}


def test_the_worse_ones_come_first() -> None:
    before = [row("fields.model", "ignored"), row("fields.top_p"), row(ROW)]
    after = [row("fields.model"), row("fields.top_p", "rejected"), row(ROW, "broken")]
    assert [change.row for change in compare(matrix(*before), matrix(*after))] == ["fields.top_p", ROW, "fields.model"]


def test_a_night_without_an_answer_hides_no_fall() -> None:
    runs = [
        matrix(row(ROW), day=1),
        matrix(row(ROW, "untested"), day=2),
        matrix(row(ROW, "untested"), day=3),
        matrix(row(ROW, "rejected"), day=4),
    ]
    first, second, third, fourth = history(*runs)
    assert first.changes == ()
    assert kinds_of(second) == {ROW: Kind.NOT_MEASURED}
    assert kinds_of(third) == {}
    assert kinds_of(fourth) == {ROW: Kind.WORSE}
    (fall,) = fourth.observed
    assert fall.before is not None
    assert fall.before.started == runs[0].run.started


def test_a_row_that_is_not_run_for_a_while_is_told_once() -> None:
    runs = [matrix(row("tools.name"), *more, day=day) for day, more in enumerate([[row(ROW)], [], [], [row(ROW)]], 1)]
    assert [kinds_of(step) for step in history(*runs)] == [{}, {ROW: Kind.GONE}, {}, {}]


def test_both_evidences_are_told_the_telling_exchange_first() -> None:
    refused = [
        evidence("baseline"),
        evidence("with the field, streamed"),
        evidence("with the field", 400, "refused", said="top_k: not allowed"),
        evidence("control"),
    ]
    before, after = matrix(row(ROW, note="it acts")), matrix(row(ROW, "rejected", "refused", evidence=refused), day=2)
    text = "\n".join(diff.lines(before, after, compare(before, after)))
    assert f"{ROW}: supported → rejected" in text
    assert "before (2026-01-01T02:00:00+00:00): it acts\n      with the field: POST /v1/messages: HTTP 200" in text
    assert "refused\n      with the field: POST /v1/messages: HTTP 400, refused, top_k: not allowed\n" in text
    assert text.index("refused, top_k") < text.rindex("with the field, streamed") < text.rindex("baseline:")


def test_a_long_evidence_is_cut_and_says_so() -> None:
    many = [evidence(f"try {number}") for number in range(9)]
    found = compare(matrix(row(ROW, evidence=many)), matrix(row(ROW, "broken", evidence=many)))
    assert found[0].after is not None
    assert found[0].after.evidence[-1] == "and 6 more"
    assert len(found[0].after.evidence) == 4


def test_a_diff_says_what_else_differs() -> None:
    before, after = matrix(row(ROW)), judged_by("0.2.0", matrix(row(ROW), model="small"))
    told = list(diff.cautions(before, after))
    assert len(told) == 2
    assert "model differs (large, small)" in told[0]
    assert "version of the suite differs (0.1.0, 0.2.0)" in told[1]
    assert "mind that" in diff.page(before, after, compare(before, after))
    assert not list(diff.cautions(before, before))


def test_the_markdown_of_a_diff_holds_no_markup_of_the_endpoint() -> None:
    before, after = matrix(row(ROW), model="a|b"), matrix(row(ROW, "rejected", "</td> | <b> @all"), model="a|c")
    page = diff.page(before, after, compare(before, after))
    assert page.count(r"a\|b") == page.count(r"a\|c") == 2
    assert f"| `{ROW}` | ● supported | ✕ rejected |" in page
    assert r"\</td\> \| \<b\> \@all<br>" in page
    assert "1 worse, 0 as before" in page


def test_a_change_says_whether_one_suite_judged_both() -> None:
    before, after = matrix(row(ROW)), judged_by("0.2.0", matrix(row(ROW, "broken"), day=2))
    (change,) = compare(before, after)
    assert not change.judged_alike
    (change,) = compare(before, matrix(row(ROW, "broken"), day=2))
    assert change.judged_alike


@pytest.mark.parametrize(
    ("run", "name"),
    [
        (matrix(row(ROW)), "runs/20260101T020000Z.json"),
        (matrix(row(ROW), mode="embedded"), None),
        (matrix(row(ROW, "untested")), None),
        (matrix(row(ROW), started=None), None),
    ],
    ids=["live", "embedded", "measured nothing", "sent nothing"],
)
def test_a_run_is_kept_under_when_it_began(run: Matrix, name: str | None) -> None:
    assert run_file(run) == name


def test_history_is_read_from_the_reports_folder(tmp_path: Path) -> None:
    old, new = file(row(ROW), day=1), file(row(ROW, "ignored"), day=2)
    folder = tmp_path / "example" / "large"
    for name, run in (("runs/20260101T020000Z.json", old), ("runs/20260102T020000Z.json", new), ("matrix.json", new)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(run), encoding="utf-8")
    other = tmp_path / "another" / "model"
    other.mkdir(parents=True)
    (other / "matrix.json").write_text(json.dumps(file(row(ROW), day=3, provider="another")), encoding="utf-8")
    found = all_steps(tmp_path)
    assert [(step.folder, step.started[:10]) for step in found] == [
        ("another/model", "2026-01-03"),
        ("example/large", "2026-01-02"),
        ("example/large", "2026-01-01"),
    ]
    assert kinds_of(found[1]) == {ROW: Kind.WORSE}
    assert all(isinstance(change, Change) for change in found[1].changes)


def test_rows_without_evidence_on_both_sides_are_named_in_one_line() -> None:
    before, after = matrix(row("tools.name"), row(ROW)), matrix(row("fields.top_p"), row(ROW, "untested"), day=2)
    found = compare(before, after)
    for text in ("\n".join(diff.lines(before, after, found)), diff.page(before, after, found).replace("`", "")):
        assert f"\nnot measured: {ROW}\n" in text
        assert "\nnew: fields.top_p\n" in text
        assert "\ngone: tools.name" in text
        assert "HTTP 200" not in text


def test_what_an_endpoint_says_steers_no_terminal() -> None:
    hostile = "a\x1b[2J\x9b\u202eb\r\nc" * 99
    said = [evidence(hostile, 400, "refused", said=hostile)]
    before = matrix(row(ROW, note=hostile, evidence=said), model=hostile, provider=hostile)
    after = matrix(row(ROW, "broken", hostile, evidence=said), day=2)
    lines = list(diff.lines(before, after, compare(before, after)))
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", "".join(lines))
    assert max(map(len, lines)) < 1000


def test_rows_stand_in_the_order_and_with_the_titles_of_the_later_run() -> None:
    before = matrix(row("fields.top_p"), row(ROW, title="MUST be as it was"), row("tools.name"))
    after = matrix(row("tools.name", "broken"), row(ROW, "broken"), row("fields.top_p", "broken"), day=2)
    found = compare(before, after)
    assert [change.row for change in found] == ["tools.name", ROW, "fields.top_p"]
    assert found[1].title == "MUST sample with top_k"


def test_no_change_is_said_in_words() -> None:
    same = matrix(row(ROW))
    assert diff.summarized(compare(same, same)) == "no change"
    assert diff.counted(same, same, []) == "1 as before"


def test_a_matrix_that_was_not_kept_counts_as_the_run_that_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "example" / "large"
    (folder / "runs").mkdir(parents=True)
    for name, day in (("runs/20260103T020000Z.json", 3), ("runs/20260102T020000Z.json", 2), ("matrix.json", 1)):
        (folder / name).write_text(json.dumps(file(row(ROW), day=day)), encoding="utf-8")
    assert [step.started[8:10] for step in all_steps(tmp_path)] == ["03", "02", "01"]
