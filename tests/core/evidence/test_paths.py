"""Files lie where they should: no name leaves its folder, no two runs or models meet in one unseen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.evidence import paths
from conformance.evidence.paths import FolderError, clash, held, safe_name

NAMES = [
    "..",
    ".",
    "",
    "/",
    "../../etc/passwd",
    "..\\..\\windows",
    "/etc/passwd",
    "C:\\x",
    "a\x00b",
    "a\nb",
    "con",
    "NUL.txt",
    "com1",
    "x" * 5000,
    "модель",
    "другая",
    "ａ",
    "\u202emodel",
    "a\u0301",
    "\ud83d",
    "...",
    ".hidden",
    "model.",
    "~",
    "$(id)",
    "a*b?",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leaves_its_folder(name: str, tmp_path: Path) -> None:
    path = tmp_path / safe_name(name)
    assert path.parent == tmp_path
    assert path.resolve().parent == tmp_path.resolve()
    (path / "requests").mkdir(parents=True)
    assert len(path.name.encode()) < 150
    assert not path.name.startswith(".")
    assert not paths.RESERVED.fullmatch(path.name)


@pytest.mark.parametrize("name", [*NAMES, "/models/" + "deep/" * 40 + "some-model-q4_k_m.gguf", "x" * 101, "." * 200])
def test_a_name_that_was_made_is_made_the_same_again(name: str) -> None:
    """The site takes no other folder than such a one, and advises to rename it to what is made of it."""
    assert safe_name(safe_name(name)) == safe_name(name)
    assert len(safe_name(name)) <= paths.LONGEST_NAME


@given(st.text(min_size=80))
def test_a_long_name_that_was_made_is_made_the_same_again(name: str) -> None:
    assert safe_name(safe_name(name)) == safe_name(name)


@given(st.text())
def test_whatever_the_name_it_is_one_plain_segment(name: str) -> None:
    assert set(safe_name(name)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-")
    assert safe_name(name).strip(".") == safe_name(name) != ""


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("org/model", "org_model"),
        ("127.0.0.1:8080", "127.0.0.1_8080"),
        ("some-model_v1.5+x", "some-model_v1.5+x"),
        ("My Model", "My_Model"),
    ],
)
def test_a_usual_name_stays_readable(name: str, plain: str) -> None:
    assert safe_name(name) == plain


def test_names_that_no_file_can_have_do_not_meet_in_one_folder() -> None:
    safe = [safe_name(name) for name in NAMES]
    assert len(set(safe)) == len(NAMES)
    assert len({name.casefold() for name in safe}) == len(NAMES)
    assert safe_name("x" * 5000) != safe_name("x" * 5001)


def test_two_models_that_would_share_a_folder_are_told(tmp_path: Path) -> None:
    matrix = {"endpoint": {"provider": "acme", "model": "org/model"}}
    (tmp_path / "matrix.json").write_text(json.dumps(matrix), encoding="utf-8")
    assert clash(tmp_path, "acme", "org/model") == ""
    told = clash(tmp_path, "acme", "org_model")
    assert str(tmp_path) in told
    assert "'org/model'" in told
    assert "--reports" in told


@pytest.mark.parametrize("text", ["", "[]", "{", '{"endpoint": 5}', "[" * 100_000])
def test_a_report_that_cannot_be_read_is_in_nobodys_way(text: str, tmp_path: Path) -> None:
    (tmp_path / "selection.json").write_text(text, encoding="utf-8")
    assert clash(tmp_path, "acme", "m") == ""


HOLD = """
import sys
from pathlib import Path
from conformance.evidence.paths import FolderError, held
try:
    with held(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.readline()
except FolderError as error:
    print(error, flush=True)
"""


def other(path: Path) -> subprocess.Popen[str]:
    """Another process that holds a file until it is given a line, or killed."""
    return subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=-1, stdout=-1, encoding="utf-8")


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_a_file_is_held_by_one_process_and_free_once_that_is_done_or_dead(tmp_path: Path) -> None:
    path = tmp_path / "matrix.journal.jsonl"
    with other(path) as first:
        assert said(first) == "held"
        with other(path) as second:
            assert said(second).startswith(f"{tmp_path}: another run is writing here just now; wait until it ends")
        with pytest.raises(FolderError, match="--reports"), held(path):
            pass
        with held(tmp_path / "selection.journal.jsonl"):
            pass
        first.kill()
    with held(path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_where_no_lock_can_be_had_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(paths, "shared_folder", lambda: tmp_path / "file" / "in")
    with held(tmp_path / "matrix.journal.jsonl"):
        pass
