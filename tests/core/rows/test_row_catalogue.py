"""The rows as a whole: ids that never vanish, titles, sources, and one test case each."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from conformance.probing import row as row_module
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import ID_PATTERN, REGISTERED, Row, row, table_of
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Agreement, Claimed, Deviation, Reason, Status
from conformance.report.matrix import schema
from conformance.rows import BY_ID, CATALOGUE, ROWS, TABLES, ordered, rows_of

ROOT = Path(__file__).parents[3]
NEW = {"tools.c": "tools", "tools.a": "tools", "tools.b": "tools", "fields.z": "simple_fields"}


def test_the_catalogue_lists_every_row_once_with_its_table_and_version() -> None:
    lines = [line.split("\t") for line in (files("conformance.rows") / CATALOGUE).read_text().splitlines()]
    assert lines[0] == ["id", "table", "since"]
    assert [(row_id, table) for row_id, table, _ in lines[1:]] == [(row.id, row.table) for row in ROWS]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", since) for _, _, since in lines[1:])


def test_a_row_that_is_not_listed_yet_stands_at_the_end_of_its_table() -> None:
    registered = {row_id: replace(BY_ID["fields.model"], id=row_id, table=table) for row_id, table in NEW.items()}
    assert ordered(["tools.b", "tools.a"], registered) == ["fields.z", "tools.b", "tools.a", "tools.c"]


def test_a_row_that_is_listed_and_gone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"lists rows that no file registers: tools\.b; an id is never removed"):
        ordered(["tools.b"], {})


def test_no_row_that_was_ever_published_has_vanished() -> None:
    published = {
        row["id"] for path in ROOT.glob("reports/*/*/matrix.json") for row in json.loads(path.read_bytes())["rows"]
    }
    assert len(published) > 100
    assert published - BY_ID.keys() == set()


def test_no_two_rows_share_an_id() -> None:
    ids = [row.id for row in ROWS]
    assert len(set(ids)) == len(ids) == len(BY_ID) > 60


@pytest.mark.parametrize("given", ROWS, ids=lambda given: given.id)
def test_a_row_has_a_plain_id_a_level_and_an_official_source(given: Row) -> None:
    assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", given.id)
    level, _, rest = given.title.partition(" ")
    assert level in ("MUST", "SHOULD", "MAY")
    assert given.level == level
    assert rest.strip() == rest != ""
    assert not rest.endswith(".")
    assert re.fullmatch(r"https://[a-z.]+/\S+", given.source)


def test_the_rows_stand_in_the_order_of_their_tables() -> None:
    assert [row for table in TABLES for row in rows_of(table)] == list(ROWS)
    assert all(rows_of(table) for table in TABLES)


def test_every_row_lies_in_the_folder_of_its_table() -> None:
    assert {row_id: row.probe.__module__.split(".")[2] for row_id, row in REGISTERED.items()} == {
        row.id: row.table for row in ROWS
    }


def test_every_folder_of_the_package_is_a_table_or_shared() -> None:
    folders = {path.parent.name for path in (ROOT / "conformance" / "rows").glob("*/__init__.py")}
    assert folders == {*TABLES, "shared"}


def test_every_row_is_one_test_case_of_its_table_and_named_by_its_id() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "conformance/test_rows.py"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    cases = [line for line in listing.splitlines() if "::" in line]
    assert sorted(cases) == sorted(f"conformance/test_rows.py::test_{row.table}[{row.id}]" for row in ROWS)


def no_probe(run: Run) -> Conversation[Verdict]:
    raise AssertionError("nothing is asked here")


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Row]:
    """What these tests register, apart from the suite's own rows."""
    own: dict[str, Row] = {}
    monkeypatch.setattr(row_module, "REGISTERED", own)
    return own


@pytest.mark.parametrize(
    "row_id", ["Fields.model", "fields..model", ".model", "fields.", "fields model", "fields-model", ""]
)
@pytest.mark.usefixtures("registered")
def test_a_malformed_id_is_refused_and_named(row_id: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"row id {row_id!r} does not match {ID_PATTERN.pattern}")):
        row(row_id, "MUST work", evidence_kind=EvidenceKind.RULE, source="https://x.example/")(no_probe)


def test_an_id_that_is_used_twice_is_refused_and_named(registered: dict[str, Row]) -> None:
    row("t.a", "MUST work", evidence_kind=EvidenceKind.RULE, source="https://x.example/")(no_probe)
    with pytest.raises(ValueError, match=re.escape("row id 't.a' is used twice")):
        row("t.a", "MUST work", evidence_kind=EvidenceKind.RULE, source="https://x.example/")(no_probe)
    assert list(registered) == ["t.a"]


@pytest.mark.parametrize("title", ["must work", "Works", "MUSTwork", "SHALL work", ""])
@pytest.mark.usefixtures("registered")
def test_a_title_without_a_level_is_refused(title: str) -> None:
    with pytest.raises(ValueError, match=r"the title of 't\.a' must begin with MUST, SHOULD, MAY"):
        row("t.a", title, evidence_kind=EvidenceKind.RULE, source="https://x.example/")(no_probe)


def test_the_table_of_a_row_is_the_folder_of_its_file() -> None:
    assert table_of("conformance.rows.tools.strict") == "tools"


def test_the_words_of_status_claim_and_agreement_are_the_same_in_code_and_schemas() -> None:
    matrix_row = schema()["properties"]["rows"]["items"]["properties"]
    claims = json.loads(files("conformance.expect.claims").joinpath("claims.schema.json").read_text(encoding="utf-8"))
    statuses = [status.value for status in Status]
    claimed = [claim.value for claim in Claimed]
    assert len(statuses) == 7
    assert matrix_row["status"]["enum"] == statuses
    assert matrix_row["claim"]["enum"] == [*claimed, None]
    assert matrix_row["agreement"]["enum"] == [agreement.value for agreement in Agreement]
    assert claims["$defs"]["claim"]["properties"]["status"]["enum"] == claimed


@pytest.mark.parametrize("words", [Status, Claimed, Agreement, Reason, Deviation])
def test_every_word_is_plain_and_stands_for_its_name(words: Any) -> None:
    assert all(re.fullmatch(r"[a-z_]+", word.value) and word.name.lower() == word.value for word in words)
