"""The evidence on a page: the very exchanges that the matrix names, readable, and never another run's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.report.matrix_record import Matrix
from conformance.report.site.columns import Column, columns
from conformance.report.site.exhibits import (
    LONGEST_STRING,
    LONGEST_TEXT,
    exhibits,
    readable,
)
from conformance.report.site.plain import HIDDEN, visible, web_address
from conformance.rows import BY_ID
from tests import site_material

ROW = "fields.stop_sequences"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Column:
    folder = tmp_path_factory.mktemp("measured")
    site_material.partly(folder, rows=[BY_ID[ROW]])
    (column,) = columns(folder / "reports", folder / "cassettes", [])
    return column


def changed(column: Column, **facts: object) -> Column:
    assert column.matrix
    said = column.matrix.as_json()
    for part in ("run", "endpoint"):
        of_part = said[part]
        assert isinstance(of_part, dict)
        of_part |= {key: value for key, value in facts.items() if key in of_part}
    return replace(column, matrix=Matrix.from_json(said))


def test_every_exchange_is_shown_once_in_the_role_in_which_it_was_asked(measured: Column) -> None:
    row = measured.rows[ROW]
    found = exhibits(measured, row)
    assert found.missing == ""
    assert [each.told for each in found.listed] == list(row.evidence)
    shown = [each.told.exchange or "" for each in found.listed if each.shown]
    assert sorted(shown) == sorted({each.exchange or "" for each in row.evidence})
    for each in found.listed:
        assert (each.shown is None) == (each.same_as is not None)
        if each.same_as:
            assert found.listed[each.same_as - 1].told.exchange == each.told.exchange
    assert found.decisive
    assert "stop_sequences" in found.decisive.request.json


@pytest.mark.parametrize(
    "fact", [{"seed": 8}, {"url": "https://other.example"}, {"model": "other"}, {"auth": "bearer"}]
)
def test_a_recording_of_another_run_is_not_shown(measured: Column, fact: dict[str, object]) -> None:
    found = exhibits(changed(measured, **fact), measured.rows[ROW])
    assert "not the one" in found.missing
    assert all(each.shown is None for each in found.listed)
    assert found.decisive is None


@pytest.mark.parametrize("told", [{"status": 500}, {"outcome": "broken"}, {"exchange": "0" * 16}, {"attempt": 3}])
def test_a_recording_that_was_answered_otherwise_is_not_shown(measured: Column, told: dict[str, Any]) -> None:
    row = measured.rows[ROW]
    row = replace(row, evidence=(*row.evidence[:-1], replace(row.evidence[-1], **told)))
    found = exhibits(measured, row)
    assert "not the one" in found.missing
    assert [each.told for each in found.listed] == list(row.evidence)


def test_a_matrix_that_names_no_exchange_says_how_to_write_it_anew(measured: Column) -> None:
    row = measured.rows[ROW]
    row = replace(row, evidence=(replace(row.evidence[0], exchange=None), *row.evidence[1:]))
    assert "replaying" in exhibits(measured, row).missing


def test_a_recording_that_is_not_there_or_cannot_be_read_is_told(measured: Column, tmp_path: Path) -> None:
    nowhere = replace(measured, cassettes=tmp_path)
    assert "not at hand" in exhibits(nowhere, measured.rows[ROW]).missing
    (tmp_path / f"{ROW}.yaml").write_text("!!python/object/apply:os.system ['true']")
    assert "could not be read" in exhibits(nowhere, measured.rows[ROW]).missing
    assert "not at hand" in exhibits(replace(measured, cassettes=None), measured.rows[ROW]).missing


def test_a_body_of_json_is_indented_and_its_long_strings_are_cut() -> None:
    long = "x" * 5000
    shown = readable(json.dumps({"a": {"b": long}, "ü": [1, 2.5, None]}, ensure_ascii=False).encode())
    assert '\n    "b": "' in shown.text
    assert "(5,000 characters in all)" in shown.text
    assert long[: LONGEST_STRING + 1] not in shown.text
    assert '"ü"' in shown.text
    assert shown.left_out == 0


@pytest.mark.parametrize(
    "odd",
    ['{"a":1,"a":2}', '{"a":NaN}', '{"a":1e999}', '{"a":' + "9" * 5000 + "}", "[" * 3000, '{"a":', "no json", ""],
    ids=["key twice", "NaN", "infinite", "long number", "deep", "cut", "text", "nothing"],
)
def test_what_indenting_would_hide_is_shown_as_it_came(odd: str) -> None:
    assert readable(odd.encode()).text == odd[:LONGEST_TEXT]


def test_a_long_body_is_cut_and_says_by_how_much() -> None:
    shown = readable(b"y" * (LONGEST_TEXT + 7))
    assert (len(shown.text), shown.left_out) == (LONGEST_TEXT, 7)


def test_bytes_that_are_no_text_are_spelled_out() -> None:
    assert readable(b"a\xffb\x00").text == "a\\xffb\x00"
    assert visible(readable(b"a\xffb\x00").text) == "a\\xffb⟨U+0000⟩"


@pytest.mark.parametrize(
    "hidden", ["\x1b", "\x07", "\r", "\x85", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\U000e0041"]
)
def test_what_cannot_be_seen_is_spelled_out(hidden: str) -> None:
    shown = visible(f"a{hidden}b")
    assert shown == f"a⟨U+{ord(hidden):04X}⟩b"
    assert HIDDEN.search(shown) is None
    shown.encode()


def test_what_writing_needs_is_left_alone() -> None:
    for text in ("line\n\tindented", "日本語", "می‌خواهم", "👩‍💻", "naïve"):
        assert visible(text) == text
    assert visible("a\r\nb") == "a\nb"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        "data:text/html,x",
        "//host/x",
        "/x",
        "http:",
        "https://[",
        "https://a\u202e",
        "",
    ],
)
def test_what_is_no_address_of_the_web_is_no_link(url: str) -> None:
    assert web_address(url) is None


def test_an_address_of_the_web_is_a_link() -> None:
    assert web_address("https://docs.example/a?b#c") == "https://docs.example/a?b#c"
    assert web_address(None) is None
