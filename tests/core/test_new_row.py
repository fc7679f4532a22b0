"""The scaffold of a new row refuses what cannot be a row, and writes files that Python can read."""

from __future__ import annotations

import pytest

from tests.new_row import files_of


@pytest.mark.parametrize(
    ("row_id", "why"),
    [
        ("single_word", "an id is a table, a dot and a name"),
        ("messages.Single", "an id is a table, a dot and a name"),
        ("nothing.single_word", "there is no table nothing"),
        ("fields.model", "this row is there already"),
    ],
)
def test_what_cannot_be_a_new_row_is_refused(row_id: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        files_of(row_id)


def test_a_row_is_three_files_that_name_its_id() -> None:
    made = files_of("fields.some_field.deep")
    assert [str(path) for path in made] == [
        "conformance/rows/simple_fields/some_field_deep.py",
        "conformance/lies/simple_fields/some_field_deep.py",
        "tests/core/rows/simple_fields/test_some_field_deep.py",
    ]
    for path, text in made.items():
        compile(text, str(path), "exec")
        assert "fields.some_field.deep" in text
