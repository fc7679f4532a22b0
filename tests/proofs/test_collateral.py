"""The table of other rows that each lie changes: it is as its command writes it, and the proofs hold it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.lies import BY_ID, LIES
from conformance.lies.collateral import COLUMNS, listed, read, written
from conformance.protocol.status import Status
from conformance.rows import BY_ID as ROWS
from tests import collateral
from tests.collateral import PATH, replaced
from tests.proofs.lying import complaints, prove

LIE = "content.container_upload/refused_where_strangers_pass"
HEAD = "\t".join(COLUMNS) + "\n"


def test_the_table_is_as_its_command_writes_it() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert written(read(text)) == text


def test_each_line_names_a_lie_another_row_and_a_status() -> None:
    for lie, moves in listed().items():
        assert moves.keys() <= ROWS.keys() - {BY_ID[lie].row}, lie
        assert set(moves.values()) <= set(Status), lie


def test_a_lie_moves_what_the_table_lists() -> None:
    assert BY_ID[LIE].moves == listed()[LIE] != {}
    assert sum(len(lie.moves) for lie in LIES) == len(PATH.read_text(encoding="utf-8").splitlines()) - 1


def test_a_movement_that_is_not_listed_fails_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    row = next(iter(listed()[LIE]))
    monkeypatch.setitem(listed(), LIE, {row: "accepted"})
    assert [line for line in complaints([prove(BY_ID[LIE], whole=False)]) if line.startswith(f"{LIE}: moves {row}:")]
    monkeypatch.delitem(listed(), LIE)
    assert [line for line in complaints([prove(BY_ID[LIE], whole=True)]) if line.startswith(f"{LIE}: moves {row}:")]


def test_the_command_finds_a_movement_that_was_taken_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = PATH.read_bytes()
    monkeypatch.delitem(listed(), LIE)
    assert collateral.main(["--only", f"{LIE}$", "--processes", "1"], tmp_path / "table") == 0
    assert (tmp_path / "table").read_bytes() == before


def test_lines_of_other_lies_stay_and_those_of_none_go() -> None:
    before = {"a/x": {"b": "broken"}, "a/y": {"b": "broken"}, "a/gone": {"b": "broken"}}
    assert replaced(before, {"a/x": {}}, ["a/x", "a/y"]) == {"a/x": {}, "a/y": {"b": "broken"}}


def test_a_pattern_that_no_lie_has_is_refused() -> None:
    with pytest.raises(SystemExit):
        collateral.main(["--only", "nothing/"])


@pytest.mark.parametrize("text", ["row\tlie\n", HEAD + "a/x\tb\n", HEAD + "a/x\tb\tbroken\na/x\tb\tignored\n"])
def test_a_table_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"collateral|unpack"):
        read(text)
