"""The main job: `pytest`, and nothing else, in a clone of the repository."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.report.matrix import schema
from conformance.rows import ROWS
from tests.end_to_end.running import (
    ALL_PLUGINS,
    KEY_VARIABLE,
    Ended,
    copy_of_the_checkout,
    files_below,
    only_json,
    printed_line_in,
    rows_of,
    run_in,
)

SEED_ROWS = 63
REJECTED = {"fields.temperature.above_one", "tool_choice.string_form"}
"""What the official documents refuse: the embedded endpoint does as they say."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_the_checkout(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def bare(clone: Path) -> Ended:
    return run_in(clone, "--junitxml=reports/junit.xml", **{**ALL_PLUGINS, KEY_VARIABLE: None})


@pytest.fixture(scope="module")
def matrix(bare: Ended, clone: Path) -> dict[str, Any]:
    assert bare.code == 0, bare.out
    return only_json(clone / "reports")


def test_bare_pytest_ends_well_without_a_key_or_an_address(bare: Ended) -> None:
    assert bare.code == 0, bare.out


def test_every_row_is_in_the_matrix_in_the_order_of_the_rows(matrix: dict[str, Any]) -> None:
    assert [row["id"] for row in matrix["rows"]] == [row.id for row in ROWS]
    assert len(matrix["rows"]) >= SEED_ROWS


def test_the_matrix_is_what_its_packaged_schema_says(matrix: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.Draft202012Validator(schema()).validate(matrix)


def test_the_embedded_endpoint_supports_all_but_what_the_official_api_refuses(matrix: dict[str, Any]) -> None:
    asked = [row for row in matrix["rows"] if row["reason"] != "not_asked"]
    odd = {row["id"]: (row["status"], row["note"]) for row in asked if row["id"] not in REJECTED}
    strange = {id_: found for id_, found in odd.items() if found[0] not in ("supported", "accepted")}
    assert strange == {}, f"with --seed={matrix['run']['seed']}"
    assert {rows_of(matrix)[id_]["status"] for id_ in REJECTED} == {"rejected"}


def test_the_matrix_says_what_was_measured(matrix: dict[str, Any]) -> None:
    assert matrix["endpoint"]["provider"] == "embedded"
    assert matrix["endpoint"]["model"] == "reference-1"
    assert matrix["run"]["mode"] == "embedded"
    assert matrix["run"]["requests"] > SEED_ROWS
    assert matrix["run"]["started"] <= matrix["run"]["finished"]


def test_the_page_beside_the_matrix_shows_every_row_with_its_status(clone: Path, matrix: dict[str, Any]) -> None:
    (page,) = (clone / "reports").rglob("matrix.md")
    text = page.read_text(encoding="utf-8")
    for row in matrix["rows"]:
        assert re.search(rf"^\| `{re.escape(row['id'])}` \| \S+ {row['status']}\b", text, re.MULTILINE), row["id"]


def test_the_terminal_shows_every_row_with_its_status(bare: Ended, matrix: dict[str, Any]) -> None:
    shown = bare.out.partition("embedded: reference-1")[2]
    for row in matrix["rows"]:
        assert re.search(rf"^  \S {row['status']} +{re.escape(row['id'])} ", shown, re.MULTILINE), row["id"]


def test_nothing_is_said_to_differ_where_nothing_is_documented(bare: Ended) -> None:
    assert "differs from what is documented" not in bare.out


def test_each_row_that_is_not_supported_has_its_curl_and_its_pytest_line(bare: Ended, matrix: dict[str, Any]) -> None:
    expected = [row["id"] for row in matrix["rows"] if row["status"] != "supported"]
    assert bare.rows_with_commands() == expected
    for row in expected:
        curl, rerun = bare.commands(row)
        assert f"${KEY_VARIABLE}" in curl
        assert f"[{row}]" in rerun


def test_the_printed_pytest_line_measures_its_row_alone_and_finds_the_same(
    bare: Ended, clone: Path, tmp_path: Path
) -> None:
    _, line = bare.commands("tool_choice.string_form")
    again = printed_line_in(clone, line, f"--reports={tmp_path}", **{KEY_VARIABLE: None})
    assert again.code == 0, again.out
    (row,) = only_json(tmp_path, "selection")["rows"]
    assert (row["id"], row["status"]) == ("tool_choice.string_form", "rejected")


def test_the_printed_pytest_line_asks_with_the_same_nonces(bare: Ended, matrix: dict[str, Any]) -> None:
    _, line = bare.commands("tool_choice.string_form")
    assert f"--seed={matrix['run']['seed']}" in line


def test_junit_says_the_status_claim_and_agreement_of_every_row(clone: Path, matrix: dict[str, Any]) -> None:
    cases = ElementTree.parse(clone / "reports" / "junit.xml").getroot().iter("testcase")
    found = {}
    for case in cases:
        row = case.attrib["name"].partition("[")[2].removesuffix("]")
        found[row] = {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")}
    assert found.keys() == rows_of(matrix).keys()
    for row_id, properties in found.items():
        assert properties["status"] == rows_of(matrix)[row_id]["status"]
        assert properties["claim"] == ""
        assert properties["agreement"] == "undeclared"


def test_junit_comes_without_a_warning(bare: Ended) -> None:
    assert "warnings summary" not in bare.out
    assert " warnings in " not in bare.out


def test_a_run_leaves_its_reports_and_nothing_else_of_its_own(clone: Path, bare: Ended) -> None:
    left = {path.split("/")[0] for path in files_below(clone) if "__pycache__" not in path}
    assert left == {"conformance", "conftest.py", "pyproject.toml", "reports", ".pytest_cache"}, bare.out
