"""What a recorded column says of itself: rows that came later are no part of it, and its plan stays as it was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.evidence.cassette import CassetteError
from conformance.evidence.column import COLUMN, Column, read_column, write_column

WHOLE = Column(rows=("a", "b", "c"), planned={"requests": 30}, whole=True)
SOME = Column(rows=("b", "d"), planned={"requests": 9}, whole=False)


def test_a_column_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_column(tmp_path, WHOLE)
    assert read_column(tmp_path) == WHOLE


def test_a_recording_may_say_nothing_of_its_rows(tmp_path: Path) -> None:
    assert read_column(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rows": 1, "planned": {}}', '{"rows": []}'])
def test_what_is_no_column_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / COLUMN).write_text(text)
    with pytest.raises(CassetteError, match=r"column\.json: cannot be read .*record the column again"):
        read_column(tmp_path)


def test_rows_that_are_recorded_later_are_added_and_the_plan_of_the_whole_stays() -> None:
    assert SOME.joined(WHOLE) == Column(rows=("a", "b", "c", "d"), planned=WHOLE.planned, whole=True)


def test_the_whole_recorded_anew_has_its_own_plan() -> None:
    assert WHOLE.joined(None) == WHOLE
    assert WHOLE.joined(Column(rows=("a", "c"), planned={"requests": 2}, whole=False)) == WHOLE


def test_rows_of_a_recording_of_some_rows_are_never_the_whole() -> None:
    assert not SOME.joined(Column(rows=("a",), planned={}, whole=False)).whole
