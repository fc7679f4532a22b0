"""What is committed under reports/ and cassettes/: judged again without a network, it must come out the same."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from conformance.protocol.status import Status
from tests import published

COLUMNS = published.columns()
WEAK = Path("llama.cpp/smollm2")
"""A model that calls no tool, thinks nothing and copies a code every second time."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published.rebuild(tmp_path_factory.mktemp("published"))


def rows_of(column: Path) -> dict[str, dict[str, Any]]:
    matrix = json.loads((published.REPORTS / column / "matrix.json").read_text(encoding="utf-8"))
    return {row["id"]: row for row in matrix["rows"]}


def test_six_columns_are_published() -> None:
    assert len(COLUMNS) >= 6


def test_what_is_published_is_what_the_recordings_give_byte_for_byte(made: Path) -> None:
    changed = list(published.differences(made))
    assert not changed, "python -m tests.published writes them anew"


def test_a_changed_page_is_found(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / published.SITE.name, tmp_path / "site")
    before = published.digest(tmp_path / "site")
    assert f"{before}\n" == (made / published.DIGEST).read_text(encoding="utf-8")
    (tmp_path / "site" / "index.html").write_text("another", encoding="utf-8")
    assert published.digest(tmp_path / "site") != before


def test_a_changed_file_is_found(made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(published, "REPORTS", tmp_path)
    assert f"{COLUMNS[0]}/matrix.json" in list(published.differences(made))


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_every_deviation_carries_a_note_and_evidence(column: Path) -> None:
    for row in rows_of(column).values():
        if row["status"] in (Status.PARTIAL, Status.IGNORED, Status.REJECTED, Status.BROKEN):
            assert row["note"], row["id"]
            assert row["evidence"], row["id"]


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_no_row_lost_its_recording(column: Path) -> None:
    assert not [row["id"] for row in rows_of(column).values() if row["reason"] == "no_cassette"]


def test_the_site_shows_every_column(made: Path) -> None:
    index = (made / published.SITE.name / "index.html").read_text(encoding="utf-8")
    links = {f"{provider}/{model}" for provider, model in re.findall(r'href="./([^/"]+)/([^/"]+)/', index)}
    assert {column.as_posix() for column in COLUMNS} <= links


def test_nothing_is_called_ignored_for_what_the_model_cannot_do() -> None:
    rows = rows_of(WEAK)
    needs_a_model_that_calls = [row for row in rows if row.startswith(("tools.", "tool_choice.", "content.tool_use."))]
    assert needs_a_model_that_calls
    for row in [*needs_a_model_that_calls, "fields.thinking", "content.tool_result.is_error"]:
        assert rows[row]["status"] != Status.IGNORED, rows[row]["note"]
