"""The rows as a whole: ids that never vanish, titles, sources, and one test case each."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import ID_PATTERN, Table
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Agreement, Claimed, Deviation, Reason, Status
from conformance.report.matrix import schema
from conformance.rows import BY_ID, ROWS, TABLES, rows_of

ROOT = Path(__file__).parents[3]
SNAPSHOT = Path(__file__).with_name("row_ids.txt")


def test_no_row_id_that_was_ever_published_has_vanished() -> None:
    assert set(SNAPSHOT.read_text().split()) - BY_ID.keys() == set()


def test_every_row_id_is_in_the_snapshot() -> None:
    unlisted = BY_ID.keys() - SNAPSHOT.read_text().split()
    assert unlisted == set(), f"new rows: add their ids to {SNAPSHOT.name}"


def test_the_snapshot_lists_no_id_twice() -> None:
    listed = SNAPSHOT.read_text().split()
    assert len(set(listed)) == len(listed)


def test_no_two_rows_share_an_id() -> None:
    ids = [row.id for row in ROWS]
    assert len(set(ids)) == len(ids) == len(BY_ID) > 60


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_has_a_plain_id_a_level_and_an_official_source(row: Any) -> None:
    assert re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", row.id)
    level, _, rest = row.title.partition(" ")
    assert level in ("MUST", "SHOULD", "MAY")
    assert row.level == level
    assert rest.strip() == rest != ""
    assert not rest.endswith(".")
    assert re.fullmatch(r"https://[a-z.]+/\S+", row.source)


def test_the_rows_stand_in_the_order_of_their_tables() -> None:
    assert [row.table for row in ROWS] == [table.name for table in TABLES for _ in table.rows]
    assert [row for table in TABLES for row in rows_of(table.name)] == list(ROWS)
    assert len({table.name for table in TABLES}) == len(TABLES)
    assert all(table.rows for table in TABLES)


def test_every_row_is_one_test_case_of_its_table_and_named_by_its_id() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "conformance/test_rows.py"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    cases = [line for line in listing.splitlines() if "::" in line]
    assert sorted(cases) == sorted(f"conformance/test_rows.py::test_{row.table}[{row.id}]" for row in ROWS)


def no_probe(run: Run) -> Conversation[Verdict]:
    raise AssertionError("nothing is asked here")


@pytest.mark.parametrize(
    "row_id", ["Fields.model", "fields..model", ".model", "fields.", "fields model", "fields-model", ""]
)
def test_a_malformed_id_is_refused_and_named(row_id: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"row id {row_id!r} does not match {ID_PATTERN.pattern}")):
        Table("t").row(row_id, "MUST work", evidence_kind=EvidenceKind.RULE, source="https://x.example/")(no_probe)


def test_an_id_that_is_used_twice_is_refused_and_named() -> None:
    table = Table("t")
    table.row("t.a", "MUST work", evidence_kind=EvidenceKind.RULE, source="https://x.example/")(no_probe)
    with pytest.raises(ValueError, match=re.escape("row id 't.a' is used twice in table 't'")):
        table.row("t.a", "MUST work", evidence_kind=EvidenceKind.RULE, source="https://x.example/")(no_probe)
    assert [row.id for row in table.rows] == ["t.a"]


@pytest.mark.parametrize("title", ["must work", "Works", "MUSTwork", "SHALL work", ""])
def test_a_title_without_a_level_is_refused(title: str) -> None:
    with pytest.raises(ValueError, match=r"the title of 't\.a' must begin with MUST, SHOULD, MAY"):
        Table("t").row("t.a", title, evidence_kind=EvidenceKind.RULE, source="https://x.example/")(no_probe)


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
